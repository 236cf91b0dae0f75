import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from putler.tenancy import CreateTenantModel


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_purge_delay'),
        ('analytics', '0004_goals_and_groups'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateTenantModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('name', models.CharField(max_length=60)),
                ('path', models.CharField(max_length=100)),
                ('query', models.TextField(blank=True)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'public_id'), name='savedview_public_id'), models.UniqueConstraint(fields=('account', 'user', 'name'), name='savedview_name')],
            },
        ),
    ]
