"""The walls between accounts, and the log that nobody changes: what the database itself says of them."""

from datetime import datetime
from typing import Final

from django.db import connection

from accounts import chains
from compliance.evidence.base import Finding
from putler.checks import runtime_role

# Who may enter is read before an account is; the logs of deeds and of looks have policies of their own.
APART: Final = {"accounts_membership", "accounts_auditevent", "compliance_grantaccess"}
TABLES: Final = """
    SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AND (
        SELECT count(*) = 1 AND bool_and(pg_get_expr(polqual, polrelid) LIKE '%%app.account_id%%'
            AND pg_get_expr(polwithcheck, polrelid) LIKE '%%app.account_id%%')
        FROM pg_policy WHERE polrelid = c.oid)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace = 'public'::regnamespace
      AND (has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE') OR has_any_column_privilege(c.oid, 'SELECT'))
"""


def tenants(now: datetime) -> Finding:
    """That every table of merchants shows one account at a time, to this very connection."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES.replace("%%", "%"))
        tables = {name: bool(is_walled) for name, is_walled in cursor.fetchall() if name not in APART}
    is_bound = not list(runtime_role(None, databases=[connection.alias]))
    walled = sum(tables.values())
    said = f"{walled} of {len(tables)} tables are behind it"
    return Finding(
        said if is_bound else f"{said}, but this connection is not bound by it",
        "the database’s own catalogue, read as the role that the site runs as",
        bool(tables) and walled == len(tables) and is_bound,
    )


def audit_log(now: datetime) -> Finding:
    """That no event was changed or taken out."""
    logs = list(chains.logs())
    broken = sum(1 for log in logs if chains.broken(log))
    said = f"{broken} of {len(logs)} logs do not add up" if broken else "Every event is as it was written"
    return Finding(said, "the chain of hashes over each log, computed anew", not broken)
