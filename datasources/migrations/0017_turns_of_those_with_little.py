"""A list gives way to those of sources with a quarter of its source's rows, until all of them is there."""

from django.db import migrations

from putler.looks import look_across

GOES_ON = """EXISTS (SELECT FROM public.accounts_account a
                     WHERE a.id = s.account_id AND (a.trial_ends_at IS NULL OR a.trial_ends_at > now()))"""


class Migration(migrations.Migration):
    dependencies = [("datasources", "0016_look_at_whole_tables")]

    operations = [
        migrations.RunSQL("DROP FUNCTION public.first_reads()", migrations.RunSQL.noop),
        look_across(
            "first_reads",
            returns=("account_id", "stream_id"),
            takes="bigint",
            query=f"""SELECT s.account_id, s.id FROM public.datasources_streamstate s
                      JOIN public.datasources_datasource d ON d.account_id = s.account_id AND d.id = s.source_id
                      WHERE s.tries = 0 AND NOT s.is_refused
                        AND (s.due_at <= now() AND s.head_at IS NULL
                             OR s.due_at <= now() + interval '1 minute' AND s.tail_at > s.floor_at
                                AND 4 * d.row_count < $1)
                        AND (s.lease_until IS NULL OR s.lease_until < now()) AND {GOES_ON}
                      ORDER BY s.head_at IS NOT NULL, s.due_at, s.id LIMIT 5""",
            reads={"datasources_datasource": ("account_id", "id", "row_count"), "datasources_streamstate": ("source_id",)},
        ),
    ]
