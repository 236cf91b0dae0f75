from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models

from putler.looks import look_across

APPEND_ONLY = """
    REVOKE ALL ON accounts_auditevent FROM putler_app;
    GRANT SELECT, INSERT (account_id, actor, verb, subject, detail) ON accounts_auditevent TO putler_app;
    GRANT SELECT (account_id, seq, at, hash), INSERT (account_id, actor, verb, subject, detail), DELETE
        ON accounts_auditevent TO putler_system;

    ALTER TABLE accounts_auditevent ENABLE ROW LEVEL SECURITY;
    ALTER TABLE accounts_auditevent FORCE ROW LEVEL SECURITY;
    CREATE POLICY appended ON accounts_auditevent FOR INSERT WITH CHECK (true);
    CREATE POLICY own ON accounts_auditevent FOR SELECT USING (
        account_id IS NULL OR account_id = (SELECT nullif(current_setting('app.account_id', true), '')::bigint));

    ALTER TABLE accounts_auditevent ADD CONSTRAINT audit_event_words CHECK (
        actor ~ '^(site|nobody|user:[0-9a-f-]{36})$' AND subject ~ '^([a-z]+:[0-9a-f-]{36})?$'
        AND verb ~ '^[a-z_]+$' AND jsonb_typeof(detail) = 'object'
        AND NOT jsonb_path_exists(detail,
            '$.** ? (@.type() == "string" && !(@ like_regex "^[A-Za-z0-9_.:+-]{0,64}$"))'));

    CREATE FUNCTION public.refuse_to_change_the_audit_log() RETURNS trigger
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND current_user = 'putler_system' AND OLD.at < now() - interval '2 years' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'The audit log is only ever appended to.' USING ERRCODE = 'insufficient_privilege';
    END $$;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON accounts_auditevent
        FOR EACH ROW EXECUTE FUNCTION public.refuse_to_change_the_audit_log();
    CREATE TRIGGER never_emptied BEFORE TRUNCATE ON accounts_auditevent
        FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_the_audit_log();
"""

# The last event is looked up after the lock is held: in a volatile function each statement sees what is committed by then.
CHAIN = """
    CREATE FUNCTION public.chain_audit_event() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        last record;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('accounts.audit'), (coalesce(NEW.account_id, 0) % 2147483648)::int);
        IF NEW.account_id IS NULL THEN
            SELECT seq, hash INTO last FROM public.accounts_auditevent
                WHERE account_id IS NULL ORDER BY seq DESC LIMIT 1;
        ELSE
            SELECT seq, hash INTO last FROM public.accounts_auditevent
                WHERE account_id = NEW.account_id ORDER BY seq DESC LIMIT 1;
        END IF;
        NEW.seq := coalesce(last.seq, 0) + 1;
        NEW.at := clock_timestamp();
        NEW.hash := encode(sha256(convert_to(coalesce(last.hash, '') || jsonb_build_array(
            NEW.account_id, NEW.seq, extract(epoch FROM NEW.at)::text, NEW.public_id,
            NEW.actor, NEW.verb, NEW.subject, NEW.detail)::text, 'UTF8')), 'hex');
        RETURN NEW;
    END $$;
    CREATE TRIGGER chained BEFORE INSERT ON accounts_auditevent
        FOR EACH ROW EXECUTE FUNCTION public.chain_audit_event();
"""

# What it deletes is recorded first, with the hash at the cut, from which the rest of the log is verified.
RETENTION = """
    CREATE FUNCTION public.shorten_audit_logs() RETURNS TABLE (account_id bigint)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        cut record;
    BEGIN
        FOR cut IN
            SELECT DISTINCT ON (e.account_id) e.account_id AS log, e.seq, e.hash FROM public.accounts_auditevent e
            WHERE e.at < now() - interval '2 years' ORDER BY e.account_id, e.seq DESC
        LOOP
            INSERT INTO public.accounts_auditevent (account_id, actor, verb, subject, detail)
                VALUES (cut.log, 'site', 'log_shortened', '', jsonb_build_object('seq', cut.seq, 'hash', cut.hash));
            DELETE FROM public.accounts_auditevent e
                WHERE e.account_id IS NOT DISTINCT FROM cut.log AND e.seq <= cut.seq;
            account_id := cut.log;
            RETURN NEXT;
        END LOOP;
    END $$;
"""

OWNED = """
    REVOKE ALL ON FUNCTION public.{0}() FROM PUBLIC;
    GRANT CREATE ON SCHEMA public TO putler_system;
    ALTER FUNCTION public.{0}() OWNER TO putler_system;
    REVOKE CREATE ON SCHEMA public FROM putler_system;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_sign_up'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=RandomUUID(), editable=False)),
                ('seq', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(max_length=41)),
                ('verb', models.CharField(max_length=40)),
                ('subject', models.CharField(blank=True, max_length=100)),
                ('detail', models.JSONField(default=dict)),
                ('hash', models.CharField(max_length=64)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=models.deletion.DO_NOTHING, related_name='audit_events', to='accounts.account')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('account', 'seq'), name='audit_event_seq', nulls_distinct=False),
                    models.UniqueConstraint(fields=('account', 'public_id'), name='audit_event_public_id'),
                ],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, 'DROP FUNCTION public.refuse_to_change_the_audit_log() CASCADE'),
        migrations.RunSQL(
            CHAIN + OWNED.format('chain_audit_event'), 'DROP FUNCTION public.chain_audit_event() CASCADE'
        ),
        migrations.RunSQL(
            RETENTION
            + 'GRANT EXECUTE ON FUNCTION public.shorten_audit_logs() TO putler_app;'
            + OWNED.format('shorten_audit_logs'),
            'DROP FUNCTION public.shorten_audit_logs()',
        ),
        look_across(
            'audited_accounts',
            returns=('account_id',),
            query='SELECT DISTINCT account_id FROM public.accounts_auditevent WHERE account_id IS NOT NULL',
            reads={'accounts_auditevent': ('account_id',)},
        ),
    ]
