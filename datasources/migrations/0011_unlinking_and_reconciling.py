"""Sources that pause, go and come back; what providers say of their own totals; pairs that a person takes apart."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from putler.looks import look_across
from putler.schedules import recurring
from putler.tenancy import CreateTenantModel, TenantForeignKey

KEY = ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID'))
ACCOUNT = ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account'))


def source(related_name):
    return TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name=related_name, to='datasources.datasource')


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0008_purge_delay"),
        ("datasources", "0010_merges_and_exclusions"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='importrun', name='import_run_state'),
        migrations.RemoveConstraint(model_name='streamstate', name='stream_window'),
        migrations.AddField('customeridentity', 'country', models.CharField(blank=True, max_length=2, null=True)),
        migrations.AddField('customeridentity', 'name', models.CharField(blank=True, max_length=200, null=True)),
        migrations.AddField('datasource', 'first_at', models.DateTimeField(blank=True, null=True)),
        migrations.AddField('datasource', 'last_at', models.DateTimeField(blank=True, null=True)),
        migrations.AddField('datasource', 'paused_at', models.DateTimeField(blank=True, null=True)),
        migrations.AddField('datasource', 'purge_after', models.DateTimeField(blank=True, null=True)),
        migrations.AddField('datasource', 'purging_at', models.DateTimeField(blank=True, null=True)),
        migrations.AddField('datasource', 'row_count', models.PositiveBigIntegerField(default=0)),
        migrations.AddField('statement', 'kind', models.CharField(choices=[('payout', 'Payout'), ('balance', 'Balance')], default='payout', max_length=7)),
        migrations.AddField('streamstate', 'again_from', models.DateTimeField(null=True)),
        migrations.AddField('streamstate', 'again_to', models.DateTimeField(null=True)),
        migrations.AddField('streamstate', 'is_aside', models.BooleanField(default=False)),
        migrations.AlterField('importrun', 'state', models.CharField(choices=[('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('stopped', 'Stopped')], default='running', max_length=7)),
        migrations.AlterField('streamstate', 'window_kind', models.CharField(choices=[('head', 'Head'), ('history', 'History'), ('reread', 'Reread'), ('again', 'Again')], max_length=7, null=True)),
        migrations.AddConstraint('importrun', models.CheckConstraint(condition=models.Q(('state__in', ['running', 'done', 'failed', 'stopped'])), name='import_run_state')),
        migrations.AddConstraint('statement', models.CheckConstraint(condition=models.Q(('kind__in', ['payout', 'balance'])), name='statement_kind')),
        migrations.AddConstraint('streamstate', models.CheckConstraint(condition=models.Q(('window_kind__in', ['head', 'history', 'reread', 'again']), ('window_kind', None), _connector='OR'), name='stream_window')),
        CreateTenantModel(
            name='NotDuplicate',
            fields=[
                KEY,
                ('store_ref', models.CharField(max_length=200)),
                ('gateway_ref', models.CharField(max_length=200)),
                ('decided_at', models.DateTimeField()),
                ACCOUNT,
                ('store', source('+')),
                ('gateway', source('+')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'store', 'store_ref', 'gateway', 'gateway_ref'), name='not_duplicate_pair')],
            },
        ),
        CreateTenantModel(
            name='PayoutPart',
            fields=[
                KEY,
                ('external_id', models.CharField(max_length=200)),
                ('payout_ref', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('currency', models.CharField(max_length=3)),
                ('net', models.BigIntegerField()),
                ACCOUNT,
                ('source', source('payout_parts')),
            ],
            options={
                'indexes': [models.Index(fields=['account', 'source', 'payout_ref'], name='payout_part_by_payout')],
                'constraints': [models.UniqueConstraint(fields=('account', 'source', 'external_id'), name='payout_part_external_id')],
            },
        ),
        CreateTenantModel(
            name='Reconciliation',
            fields=[
                KEY,
                ('ref', models.CharField(max_length=200)),
                ('kind', models.CharField(choices=[('payout', 'Payout'), ('balance', 'Balance')], max_length=7)),
                ('currency', models.CharField(max_length=3)),
                ('to_at', models.DateTimeField()),
                ('ours', models.BigIntegerField()),
                ('theirs', models.BigIntegerField()),
                ('first_difference_on', models.DateField(null=True)),
                ('made_at', models.DateTimeField()),
                ACCOUNT,
                ('source', source('reconciliations')),
            ],
            options={
                'indexes': [models.Index(fields=['account', 'source', 'to_at'], name='reconciliation_by_time')],
                'constraints': [models.UniqueConstraint(fields=('account', 'source', 'ref'), name='reconciliation_of_statement')],
            },
        ),
        CreateTenantModel(
            name='Revocation',
            fields=[
                KEY,
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('provider', models.CharField(max_length=32)),
                ('external_account', models.CharField(max_length=200, null=True)),
                ('sealed', models.TextField()),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(db_index=True)),
                ('expires_at', models.DateTimeField()),
                ACCOUNT,
            ],
            options={'abstract': False},
        ),
        look_across(
            "due_purges",
            returns=("account_id", "source_id"),
            query="""SELECT s.account_id, s.id FROM public.datasources_datasource s
                     WHERE s.unlinked_at IS NOT NULL AND s.purge_after <= statement_timestamp()""",
            reads={"datasources_datasource": ("account_id", "id", "unlinked_at", "purge_after")},
        ),
        # Whoever reads the same account at the provider elsewhere would lose it too: such a grant is left to expire.
        look_across(
            "due_revocations",
            returns=("account_id", "revocation_id"),
            query="""SELECT r.account_id, r.id FROM public.datasources_revocation r
                     WHERE r.expires_at <= statement_timestamp() OR r.due_at <= statement_timestamp() AND NOT EXISTS (
                         SELECT FROM public.datasources_datasource s
                         WHERE s.provider = r.provider AND s.external_account = r.external_account
                           AND s.unlinked_at IS NULL)""",
            reads={
                "datasources_revocation": ("account_id", "id", "provider", "external_account", "due_at", "expires_at"),
                "datasources_datasource": ("provider", "external_account"),
            },
        ),
        recurring("datasources.tasks.revoke_due", minutes=5, cluster="short"),
    ]
