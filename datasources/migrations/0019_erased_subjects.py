"""Who was erased, by digest."""

import django.db.models.deletion
from django.db import migrations, models

from putler.tenancy import CreateTenantModel


class Migration(migrations.Migration):

    dependencies = [
        ("datasources", "0018_paused_tests_are_not_rung"),
    ]

    operations = [
        CreateTenantModel(
            name='ErasedSubject',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('erased_at', models.DateTimeField()),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'digest'), name='erased_subject_once')],
            },
        ),
    ]
