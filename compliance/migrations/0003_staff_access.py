"""Staff in accounts: permissions, and the log of what they looked at, which is only ever appended to."""

import datetime
import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models

from putler.schedules import recurring
from putler.tenancy import CreateTenantModel


APPEND_ONLY = """
    REVOKE ALL ON compliance_grantaccess FROM putler_app;
    GRANT SELECT, INSERT (account_id, "grant", staff_id, method, route, objects_seen, metrics, rows, status)
        ON compliance_grantaccess TO putler_app;
    GRANT SELECT (account_id, at), DELETE ON compliance_grantaccess TO putler_system;
    GRANT SELECT (account_id, asked_at), DELETE ON compliance_staffaccessgrant TO putler_system;
    GRANT SELECT (account_id, requested_at), DELETE ON compliance_breakglass TO putler_system;

    ALTER TABLE compliance_grantaccess ENABLE ROW LEVEL SECURITY;
    ALTER TABLE compliance_grantaccess FORCE ROW LEVEL SECURITY;
    CREATE POLICY appended ON compliance_grantaccess FOR INSERT WITH CHECK (
        account_id = (SELECT nullif(current_setting('app.account_id', true), '')::bigint));
    CREATE POLICY own ON compliance_grantaccess FOR SELECT USING (
        account_id = (SELECT nullif(current_setting('app.account_id', true), '')::bigint));

    CREATE FUNCTION public.refuse_to_change_the_access_log() RETURNS trigger
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND current_user = 'putler_system' AND OLD.at < now() - interval '2 years' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'The access log is only ever appended to.' USING ERRCODE = 'insufficient_privilege';
    END $$;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON compliance_grantaccess
        FOR EACH ROW EXECUTE FUNCTION public.refuse_to_change_the_access_log();
    CREATE TRIGGER never_emptied BEFORE TRUNCATE ON compliance_grantaccess
        FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_the_access_log();
"""

# A permission is kept a month longer than what was looked at under it: each line of the log finds its own.
RETENTION = """
    CREATE FUNCTION public.shorten_access_logs() RETURNS TABLE (account_id bigint)
        LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DELETE FROM public.compliance_staffaccessgrant g WHERE g.asked_at < now() - interval '25 months';
        DELETE FROM public.compliance_breakglass b WHERE b.requested_at < now() - interval '25 months';
        WITH gone AS (
            DELETE FROM public.compliance_grantaccess a WHERE a.at < now() - interval '2 years' RETURNING a.account_id
        ) SELECT DISTINCT gone.account_id FROM gone
    $$;
    REVOKE ALL ON FUNCTION public.shorten_access_logs() FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION public.shorten_access_logs() TO putler_app;
    GRANT CREATE ON SCHEMA public TO putler_system;
    ALTER FUNCTION public.shorten_access_logs() OWNER TO putler_system;
    REVOKE CREATE ON SCHEMA public FROM putler_system;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_staff_access'),
        ('compliance', '0002_agreements_and_register'),
        ('django_q', '0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateTenantModel(
            name='BreakGlass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('reason', models.CharField(default='suspected breach of terms', max_length=25)),
                ('evidence', models.CharField(max_length=1000)),
                ('requested_at', models.DateTimeField()),
                ('starts_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
                ('approved_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requested_by', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'public_id'), name='break_glass_public_id'), models.CheckConstraint(condition=models.Q(('reason', 'suspected breach of terms')), name='break_glass_reason'), models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(('approved_by', models.F('requested_by')), _negated=True), _connector='OR'), name='break_glass_by_two'), models.CheckConstraint(condition=models.Q(models.Q(('approved_by', None), ('expires_at', None), ('starts_at', None)), models.Q(('approved_by__isnull', False), ('expires_at__gt', models.F('starts_at')), ('expires_at__isnull', False), ('expires_at__lte', django.db.models.expressions.CombinedExpression(models.F('starts_at'), '+', models.Value(datetime.timedelta(days=1)))), ('starts_at__isnull', False)), _connector='OR'), name='break_glass_day')],
            },
        ),
        migrations.CreateModel(
            name='GrantAccess',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('grant', models.UUIDField()),
                ('method', models.CharField(max_length=10)),
                ('route', models.CharField(max_length=100)),
                ('objects_seen', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('metrics', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), default=list, size=None)),
                ('rows', models.PositiveIntegerField()),
                ('status', models.PositiveSmallIntegerField()),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='grant_accesses', to='accounts.account')),
                ('staff', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['account', '-at', '-id'], name='grant_access_newest')],
                'constraints': [models.UniqueConstraint(fields=('account', 'public_id'), name='grant_access_public_id')],
            },
        ),
        CreateTenantModel(
            name='StaffAccessGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('scope', models.CharField(choices=[('figures', 'Figures'), ('records', 'Customers and orders'), ('connections', 'Sources and how they are read')], max_length=11)),
                ('reason', models.CharField(max_length=500)),
                ('ticket', models.CharField(max_length=100)),
                ('asked_at', models.DateTimeField()),
                ('starts_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
                ('granted_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('staff', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'public_id'), name='staff_access_grant_public_id'), models.CheckConstraint(condition=models.Q(('scope__in', ['figures', 'records', 'connections'])), name='staff_access_grant_scope'), models.CheckConstraint(condition=models.Q(models.Q(('expires_at', None), ('granted_by', None), ('starts_at', None)), models.Q(('expires_at__gt', models.F('starts_at')), ('expires_at__isnull', False), ('expires_at__lte', django.db.models.expressions.CombinedExpression(models.F('starts_at'), '+', models.Value(datetime.timedelta(days=7)))), ('granted_by__isnull', False), ('starts_at__isnull', False)), _connector='OR'), name='staff_access_grant_week')],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, 'DROP FUNCTION public.refuse_to_change_the_access_log() CASCADE'),
        migrations.RunSQL(RETENTION, 'DROP FUNCTION public.shorten_access_logs()'),
        recurring('compliance.tasks.shorten_access_logs', minutes=24 * 60, cluster='short'),
    ]
