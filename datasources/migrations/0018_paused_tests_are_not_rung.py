"""The sandbox is told nothing of sources that are not read: paused ones, and those of accounts whose trial has ended."""

from django.db import migrations

from putler.looks import look_across


class Migration(migrations.Migration):
    dependencies = [("datasources", "0017_turns_of_those_with_little")]

    operations = [
        migrations.RunSQL("DROP FUNCTION public.hooks_of_tests()", migrations.RunSQL.noop),
        look_across(
            "hooks_of_tests",
            returns=("account_id", "source_id"),
            query="""SELECT s.account_id, s.id FROM public.datasources_datasource s
                     WHERE s.is_test AND s.unlinked_at IS NULL AND s.paused_at IS NULL
                       AND EXISTS (SELECT FROM public.datasources_hook h
                                   WHERE h.account_id = s.account_id AND h.source_id = s.id)
                       AND EXISTS (SELECT FROM public.accounts_account a
                                   WHERE a.id = s.account_id AND (a.trial_ends_at IS NULL OR a.trial_ends_at > now()))""",
            reads={"datasources_datasource": ("paused_at",)},
        ),
    ]
