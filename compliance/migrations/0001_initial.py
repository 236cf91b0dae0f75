"""Receipts of deletions, and the job that deletes what has waited long enough."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from putler.schedules import recurring
from putler.tenancy import CreateTenantModel


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ("accounts", "0008_purge_delay"),
        ("datasources", "0011_unlinking_and_reconciling"),
        ('django_q', '0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more'),
    ]

    operations = [
        CreateTenantModel(
            name='PurgeReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('what', models.CharField(choices=[('source', 'Source'), ('file', 'File')], max_length=6)),
                ('subject', models.UUIDField()),
                ('provider', models.CharField(max_length=32)),
                ('asked_at', models.DateTimeField()),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('before', models.JSONField()),
                ('after', models.JSONField(null=True)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'public_id'), name='purge_receipt_public_id'), models.UniqueConstraint(fields=('account', 'subject'), name='purge_receipt_once')],
            },
        ),
        recurring("compliance.tasks.sweep", minutes=60, cluster="short"),
    ]
