"""The database's own catalogue: no relation with an account in it stands outside the walls, by whatever name."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models import Model

from tests.walls.conftest import Run
from tests.walls.specimens import TENANT_MODELS

pytestmark = pytest.mark.django_db
EXEMPT = {
    "accounts_membership": "says which accounts a person has: read before one is entered, filtered by accounts.access",
}
AUDIT_LOG = "accounts_auditevent"  # has policies of its own: see tests/accounts/test_audit.py
ACCESS_LOG = "compliance_grantaccess"  # likewise: see tests/compliance/test_access_log.py
# The looks across accounts, and the columns that they may read.
DEFINER_FUNCTIONS = {
    "accounts_arriving()",
    "accounts_with_changed_hours()",
    "accounts_with_old_events()",
    "audited_accounts()",
    "due_purges()",
    "due_revocations()",
    "due_streams()",
    "first_reads(bigint)",
    "hook_of(text)",
    "hooks_of_tests()",
    "idle_uploads()",
    "shorten_access_logs()",
    "shorten_audit_logs()",
    "waiting_rebookings()",
}
CHAINING = "chain_audit_event()"  # a trigger, which gives nothing back
COUNTS = {"rows_read", "rows_new", "rows_changed", "rows_refused"}
READ_ACROSS = {
    AUDIT_LOG: {"account_id", "seq", "at", "hash"},
    ACCESS_LOG: {"account_id", "at"},
    "compliance_staffaccessgrant": {"account_id", "asked_at"},
    "compliance_breakglass": {"account_id", "requested_at"},
    "accounts_account": {"id", "public_id", "trial_ends_at"},
    "datasources_changedhour": {"account_id"},
    "datasources_rebooking": {"account_id"},
    "datasources_datasource": {
        "paused_at",
        "account_id",
        "id",
        "public_id",
        "provider",
        "is_test",
        "external_account",
        "unlinked_at",
        "purge_after",
        "row_count",
    },
    "datasources_revocation": {"account_id", "id", "provider", "external_account", "due_at", "expires_at"},
    "datasources_hook": {"account_id", "source_id", "digest"},
    "datasources_hookevent": {"account_id", "received_at"},
    "datasources_streamstate": {
        "account_id",
        "id",
        "due_at",
        "source_id",
        "lease_until",
        "head_at",
        "tail_at",
        "floor_at",
        "tries",
        "is_refused",
    },
    "datasources_importrun": {"account_id", "source_id", "state", "started_at", "ended_at"} | COUNTS,
    "datasources_upload": {"account_id", "id", "state", "touched_at"},
}
WITH_ACCOUNT = """
    SELECT c.oid, c.relname, c.relkind, c.relispartition, c.relrowsecurity AND c.relforcerowsecurity,
           (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid),
           has_table_privilege('putler_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
           OR has_any_column_privilege('putler_app', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace = 'public'::regnamespace
"""
OWN = "(account_id = ( SELECT (NULLIF(current_setting('app.account_id'::text, true), ''::text))::bigint AS \"nullif\"))"


@pytest.mark.rule("R1")
def test_every_relation_with_an_account_is_forced_or_not_granted(run: Run) -> None:
    is_open = {
        name
        for _, name, _, _, is_forced, policies, is_granted in run(WITH_ACCOUNT)
        if is_granted and not (is_forced and policies == 1)
    }

    assert is_open == {*EXEMPT, AUDIT_LOG, ACCESS_LOG}


@pytest.mark.rule("R1")
def test_every_tenant_model_is_forced(run: Run) -> None:
    forced = {name for _, name, _, _, is_forced, policies, _ in run(WITH_ACCOUNT) if is_forced and policies == 1}

    assert forced == {model._meta.db_table for model in TENANT_MODELS}


@pytest.mark.rule("R1")
def test_every_policy_is_for_everyone_all_verbs_and_both_clauses(run: Run) -> None:
    policies = run(
        """SELECT DISTINCT polname, polcmd, polpermissive, polroles, pg_get_expr(polqual, polrelid),
                           pg_get_expr(polwithcheck, polrelid) FROM pg_policy
           WHERE polrelid NOT IN (%s::regclass, %s::regclass)""",
        AUDIT_LOG,
        ACCESS_LOG,
    )

    assert policies == [("tenant", "*", True, [0], OWN, OWN)]


@pytest.mark.rule("A2")
def test_the_audit_log_takes_events_of_any_account_and_shows_those_of_one_and_the_staffs(run: Run) -> None:
    forced = "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = %s"
    policies = run(
        """SELECT polname, polcmd, polpermissive, polroles, pg_get_expr(polqual, polrelid),
                  pg_get_expr(polwithcheck, polrelid) FROM pg_policy WHERE polrelid = %s::regclass ORDER BY 1""",
        AUDIT_LOG,
    )

    assert run(forced, AUDIT_LOG) == [(True,)]
    assert policies == [
        ("appended", "a", True, [0], None, "true"),
        ("own", "r", True, [0], f"((account_id IS NULL) OR {OWN})", None),
    ]


@pytest.mark.rule("S6")
def test_the_access_log_takes_and_shows_lines_of_one_account_and_changes_none(run: Run) -> None:
    policies = run(
        """SELECT polname, polcmd, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
           FROM pg_policy WHERE polrelid = %s::regclass ORDER BY 1""",
        ACCESS_LOG,
    )
    granted = """SELECT string_agg(DISTINCT privilege_type, ',') FROM pg_class, aclexplode(relacl)
                 WHERE relname = %s AND grantee = 'putler_app'::regrole"""

    assert run("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = %s", ACCESS_LOG) == [
        (True,)
    ]
    assert policies == [("appended", "a", None, OWN), ("own", "r", OWN, None)]
    assert run(granted, ACCESS_LOG) == [("SELECT",)]  # beside the columns that it may fill in
    assert not run("SELECT 1 WHERE has_column_privilege('putler_app', %s, 'at', 'INSERT')", ACCESS_LOG)


@pytest.mark.rule("R1")
def test_no_partition_opens_by_its_own_name(run: Run) -> None:
    partitions = [name for _, name, _, is_partition, *_ in run(WITH_ACCOUNT) if is_partition]
    opened = [
        (name, verb)
        for name in partitions
        for verb in (
            "SELECT FROM {}",
            "INSERT INTO {} DEFAULT VALUES",
            "UPDATE {} SET id = 1",
            "DELETE FROM {}",
            "TRUNCATE {}",
        )
        if not _is_denied(run, verb.format(name))
    ]

    assert len(partitions) == 4 * 32
    assert opened == []


def _is_denied(run: Run, statement: str) -> bool:
    try:
        with transaction.atomic():
            run(statement)
    except ProgrammingError as error:
        return "permission denied" in str(error)
    return False


@pytest.mark.rule("R1")
@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.db_table)
def test_the_owner_is_bound_too(model: type[Model], run: Run) -> None:
    assert run("SELECT tableowner FROM pg_tables WHERE tablename = %s", model._meta.db_table) == [("putler_owner",)]
    assert run("SELECT relforcerowsecurity FROM pg_class WHERE relname = %s", model._meta.db_table) == [(True,)]


@pytest.mark.rule("R1")
@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.db_table)
def test_the_policy_binds_the_app_role_and_hides_the_planners_statistics(model: type[Model], run: Run) -> None:
    assert run("SELECT row_security_active(%s)", model._meta.db_table) == [(True,)]  # what pg_stats asks too


@pytest.mark.rule("R6")
def test_views_see_what_their_reader_sees_and_nothing_is_materialised(run: Run) -> None:
    views = run(
        """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND (relkind = 'm'
           OR relkind = 'v' AND NOT coalesce(reloptions, '{}') @> '{security_invoker=true}')"""
    )

    assert views == [("import_health",)]  # for staff


@pytest.mark.rule("R6")
@pytest.mark.rule("S2")
def test_the_one_view_across_accounts_has_ids_states_and_counts(run: Run) -> None:
    columns = run("SELECT attname FROM pg_attribute WHERE attrelid = 'import_health'::regclass AND attnum > 0")
    of_view = "FROM pg_class, aclexplode(relacl) WHERE relname = 'import_health' AND grantee = 'putler_app'::regrole"

    assert {name for (name,) in columns} == {
        "public_id", "account", "provider", "state", "started_at", "ended_at", "error_class",
    } | COUNTS  # fmt: skip
    assert run(f"SELECT privilege_type {of_view}") == [("SELECT",)]
    assert run("SELECT viewowner FROM pg_views WHERE viewname = 'import_health'") == [("putler_system",)]


@pytest.mark.rule("R6")
def test_the_functions_that_look_across_accounts_are_these(run: Run) -> None:
    functions = run(
        """SELECT oid::regprocedure::text FROM pg_proc
           WHERE prosecdef AND pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)"""
    )

    assert {name for (name,) in functions} == {*DEFINER_FUNCTIONS, CHAINING}


@pytest.mark.rule("R6")
@pytest.mark.parametrize("name", sorted(DEFINER_FUNCTIONS))
def test_such_a_function_is_pinned_and_returns_ids_alone(name: str, run: Run) -> None:
    [(owner, config, is_public, modes_and_types, names)] = run(
        """SELECT proowner::regrole::text, proconfig, has_function_privilege('putler_backup', oid, 'EXECUTE'),
                  (SELECT array_agg(DISTINCT t::regtype::text) FROM unnest(proallargtypes, proargmodes) a (t, mode)
                   WHERE mode = 't'),
                  proargnames
           FROM pg_proc WHERE oid = %s::regprocedure""",
        name,
    )

    assert (owner, config, is_public) == ("putler_system", ["search_path=pg_catalog, pg_temp"], False)
    assert modes_and_types == ["bigint"]
    assert all(column.endswith("_id") for column in names if column)


@pytest.mark.rule("R6")
def test_the_system_role_may_read_the_columns_it_needs_and_no_more(run: Run) -> None:
    of_columns = """SELECT attrelid::regclass::text, attname::text, privilege_type FROM pg_attribute, aclexplode(attacl)
                    WHERE grantee = 'putler_system'::regrole"""
    of_tables = """SELECT relname, privilege_type FROM pg_class, aclexplode(relacl)
                   WHERE grantee = 'putler_system'::regrole AND relowner <> grantee"""
    appended = {(AUDIT_LOG, column, "INSERT") for column in ("account_id", "actor", "verb", "subject", "detail")}

    assert appended | {(table, column, "SELECT") for table, columns in READ_ACROSS.items() for column in columns} == {
        *run(of_columns)
    }
    past_their_time = (AUDIT_LOG, "compliance_breakglass", ACCESS_LOG, "compliance_staffaccessgrant")
    assert sorted(run(of_tables)) == [(table, "DELETE") for table in past_their_time]  # of logs, triggers see to it


@pytest.mark.rule("R5")
def test_the_app_role_reads_no_counter_of_rows(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
               AND has_sequence_privilege(current_user, oid, 'SELECT')"""
        )
        assert cursor.fetchall() == []
