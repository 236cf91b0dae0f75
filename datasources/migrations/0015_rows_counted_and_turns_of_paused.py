"""How many rows sources hold that had some before they were counted; and no turns for accounts that are paused."""

from django.db import migrations

from putler.looks import look_across

COUNT = """
DO $$
DECLARE whose bigint;
BEGIN
    FOR whose IN SELECT id FROM public.accounts_account LOOP
        PERFORM set_config('app.account_id', whose::text, true);
        UPDATE public.datasources_datasource s SET row_count = t.rows, first_at = t.first_at, last_at = t.last_at
        FROM (SELECT source_id, count(*) AS rows, min(occurred_at) AS first_at, max(occurred_at) AS last_at
              FROM public.datasources_transaction WHERE account_id = whose GROUP BY source_id) t
        WHERE s.account_id = whose AND s.id = t.source_id;
    END LOOP;
    PERFORM set_config('app.account_id', '', true);
END $$"""
GOES_ON = """EXISTS (SELECT FROM public.accounts_account a
                     WHERE a.id = s.account_id AND (a.trial_ends_at IS NULL OR a.trial_ends_at > now()))"""


class Migration(migrations.Migration):
    dependencies = [("datasources", "0014_search")]

    operations = [
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
        migrations.RunSQL(
            "DROP FUNCTION public.first_reads(); DROP FUNCTION public.accounts_arriving()", migrations.RunSQL.noop
        ),
        look_across(
            "first_reads",
            returns=("account_id", "stream_id"),
            query=f"""SELECT s.account_id, s.id FROM public.datasources_streamstate s
                      WHERE s.due_at <= now() AND s.head_at IS NULL AND s.tries = 0
                        AND (s.lease_until IS NULL OR s.lease_until < now()) AND {GOES_ON}
                      ORDER BY s.due_at, s.id LIMIT 5""",
            reads={"datasources_streamstate": ("head_at", "tries"), "accounts_account": ("id", "trial_ends_at")},
        ),
        look_across(
            "accounts_arriving",
            returns=("account_id",),
            query=f"""SELECT DISTINCT s.account_id FROM public.datasources_streamstate s
                      WHERE s.due_at <= now() + interval '1 minute' AND NOT s.is_refused
                        AND (s.tail_at IS NULL OR s.tail_at > s.floor_at)
                        AND (s.lease_until IS NULL OR s.lease_until < now()) AND {GOES_ON}""",
            reads={"datasources_streamstate": ("tail_at", "floor_at", "is_refused")},
        ),
    ]
