"""The few looks across accounts, by a role which sees every account: functions that return ids alone, and one view."""

from collections.abc import Mapping, Sequence

from django.db.migrations.operations import RunSQL

from putler.tenancy import APP_ROLE

SYSTEM_ROLE = "putler_system"


def look_across(
    name: str, *, returns: Sequence[str], query: str, reads: Mapping[str, Sequence[str]], takes: str = ""
) -> RunSQL:
    """The migration that creates the function `name`, which sweeps call as the application role.

    `returns`: names of its columns, all ids. `reads`: table → the only columns that the function's owner may read.
    `takes`: SQL types of its parameters, which the query calls $1, $2.
    """
    function = f"public.{name}({takes})"
    columns = ", ".join(f"{column} bigint" for column in returns)
    grants = [f"GRANT SELECT ({', '.join(names)}) ON public.{table} TO {SYSTEM_ROLE}" for table, names in reads.items()]
    create = f"""CREATE FUNCTION {function} RETURNS TABLE ({columns})
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ {query} $$"""
    handed_over = [
        f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {function} TO {APP_ROLE}",
        f"GRANT CREATE ON SCHEMA public TO {SYSTEM_ROLE}",  # an owner must be able to create
        f"ALTER FUNCTION {function} OWNER TO {SYSTEM_ROLE}",
        f"REVOKE CREATE ON SCHEMA public FROM {SYSTEM_ROLE}",
    ]
    return RunSQL([*grants, create, *handed_over], f"DROP FUNCTION {function}")


def view_across(name: str, *, query: str, reads: Mapping[str, Sequence[str]]) -> RunSQL:
    """The migration that creates the view `name`, in which the application role sees rows of every account.

    It must hold nothing of a customer; `reads` as in `look_across`.
    """
    view = f"public.{name}"
    grants = [f"GRANT SELECT ({', '.join(names)}) ON public.{table} TO {SYSTEM_ROLE}" for table, names in reads.items()]
    handed_over = [
        f"REVOKE ALL ON {view} FROM {APP_ROLE}",
        f"GRANT SELECT ON {view} TO {APP_ROLE}",
        f"GRANT CREATE ON SCHEMA public TO {SYSTEM_ROLE}",  # an owner must be able to create
        f"ALTER VIEW {view} OWNER TO {SYSTEM_ROLE}",
        f"REVOKE CREATE ON SCHEMA public FROM {SYSTEM_ROLE}",
    ]
    return RunSQL(
        [*grants, f"CREATE VIEW {view} WITH (security_barrier) AS {query}", *handed_over], f"DROP VIEW {view}"
    )
