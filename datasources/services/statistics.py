"""What PostgreSQL knows of the tables that an import fills: without it, plans for an empty table read a full one."""

from django.db import connection

_FILLED = ("datasources_transaction", "datasources_line", "datasources_booking", "datasources_bookedline")
_OWN = " UNION ALL ".join(
    f"(SELECT tableoid, '{table}' AS whole FROM {table} WHERE account_id = %(account)s LIMIT 1)"  # noqa: S608
    for table in _FILLED
)
_GROWN = f"""SELECT c.oid::regclass, own.whole FROM pg_class c JOIN ({_OWN}) AS own ON own.tableoid = c.oid
             WHERE pg_relation_size(c.oid) > {4 * 8192} * greatest(c.relpages, 4)"""  # noqa: S608


def look_again(account_id: int) -> None:
    """Have PostgreSQL look at those of the account's partitions that are four times as large as when it last did.

    It would do so by itself a minute later, but a first import is done by then. Looking has plans made anew, also
    those that connections keep for their checks of foreign keys. What joins yield is reckoned by what is known of the
    whole tables, at which it would never look by itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(_GROWN, {"account": account_id})
        if grown := [f"{part}, ONLY {whole}" for part, whole in cursor]:
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(grown)}")
