"""Which rows of the ledger may decide together what each counts as: a superset of their families."""

from collections.abc import Collection

from django.db import connection

from datasources.services.copying import copy_rows

# Rows that stand in some relation to a row of `family`: one order, a parent or child, perhaps the same payment.
_NEIGHBOURS = (
    """SELECT r.id FROM family f JOIN datasources_transaction x ON x.account_id = %(account)s AND x.id = f.id
       JOIN datasources_transaction r ON r.account_id = %(account)s AND r.order_ref = x.order_ref""",
    """SELECT r.id FROM family f JOIN datasources_transaction x ON x.account_id = %(account)s AND x.id = f.id
       JOIN datasources_transaction r
         ON r.account_id = %(account)s AND r.source_id = x.source_id AND r.external_id = x.parent_ref""",
    """SELECT r.id FROM family f JOIN datasources_transaction x ON x.account_id = %(account)s AND x.id = f.id
       JOIN datasources_transaction r
         ON r.account_id = %(account)s AND r.source_id = x.source_id AND r.parent_ref = x.external_id""",
)
_TWINS = (
    """SELECT r.id FROM family f JOIN datasources_transaction x ON x.account_id = %(account)s AND x.id = f.id
       JOIN datasources_transaction r ON r.account_id = %(account)s AND r.source_id = ANY(%(gateways)s)
        AND r.external_id = x.payment_ref
       WHERE x.source_id = ANY(%(stores)s)""",
    """SELECT r.id FROM family f JOIN datasources_transaction x ON x.account_id = %(account)s AND x.id = f.id
       JOIN datasources_transaction r ON r.account_id = %(account)s AND r.source_id = ANY(%(gateways)s)
        AND r.provider_refs @> ARRAY[x.payment_ref]::varchar[]
        AND r.occurred_at BETWEEN x.occurred_at - interval '3 days' AND x.occurred_at + interval '3 days'
       WHERE x.source_id = ANY(%(stores)s) AND x.payment_ref IS NOT NULL""",
    """SELECT r.id FROM family f JOIN datasources_transaction x ON x.account_id = %(account)s AND x.id = f.id
       JOIN datasources_transaction r ON r.account_id = %(account)s AND r.source_id = ANY(%(stores)s)
        AND r.payment_ref = ANY(array_append(coalesce(x.provider_refs, '{}'), x.external_id))
       WHERE x.source_id = ANY(%(gateways)s)""",
    """SELECT r.id FROM family f JOIN datasources_transaction x ON x.account_id = %(account)s AND x.id = f.id
       JOIN datasources_transaction r ON r.account_id = %(account)s AND r.customer_id = x.customer_id
        AND r.occurred_at BETWEEN x.occurred_at - interval '10 minutes' AND x.occurred_at + interval '10 minutes'
        AND r.kind = x.kind AND r.presentment_currency = x.presentment_currency
        AND r.presentment_amount = x.presentment_amount
       WHERE (x.source_id = ANY(%(stores)s) AND x.payment_ref IS NULL AND r.source_id = ANY(%(gateways)s))
          OR (x.source_id = ANY(%(gateways)s) AND x.order_ref IS NULL AND r.source_id = ANY(%(stores)s))""",
)


def relatives(account_id: int, ids: Collection[int]) -> set[int]:
    """The ids given and those of all rows that stand in a relation to them, however remote."""
    if not ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce(array_agg(id) FILTER (WHERE kind = 'store'), '{}'),
                      coalesce(array_agg(id) FILTER (WHERE kind = 'gateway'), '{}')
               FROM datasources_datasource WHERE account_id = %s AND unlinked_at IS NULL""",
            [account_id],
        )
        stores, gateways = cursor.fetchone()
        context = {"account": account_id, "stores": stores, "gateways": gateways}
        statement = " UNION ".join(_NEIGHBOURS + (_TWINS if stores and gateways else ()))
        found, frontier = set(ids), set(ids)
        while frontier:
            copy_rows("family", {"id": "bigint"}, ((row_id,) for row_id in frontier))
            cursor.execute(statement, context)
            frontier = {row_id for (row_id,) in cursor} - found
            found |= frontier
    return found
