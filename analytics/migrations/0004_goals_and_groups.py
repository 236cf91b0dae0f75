import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from putler.tenancy import CreateTenantModel


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_business_settings'),
        ('analytics', '0003_restating'),
    ]

    operations = [
        CreateTenantModel(
            name='Goal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('metric', models.CharField(max_length=40)),
                ('first', models.DateField()),
                ('last', models.DateField()),
                ('target', models.DecimalField(decimal_places=4, max_digits=20)),
                ('currency', models.CharField(max_length=3, null=True)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'public_id'), name='goal_public_id'), models.UniqueConstraint(fields=('account', 'metric', 'first', 'last'), name='goal_once'), models.CheckConstraint(condition=models.Q(('target__gt', 0)), name='goal_target'), models.CheckConstraint(condition=models.Q(('first__lte', models.F('last'))), name='goal_span')],
            },
        ),
        CreateTenantModel(
            name='SourceGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('name', models.CharField(max_length=100)),
                ('sources', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'public_id'), name='sourcegroup_public_id'), models.UniqueConstraint(fields=('account', 'name'), name='sourcegroup_name')],
            },
        ),
    ]
