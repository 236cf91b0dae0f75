"""People and things that an account numbers 1, 2, 3 … as they are first told of."""

from collections.abc import Iterable

from django.db import connection

from putler.copying import copy_rows


def ids_of_customers(account_id: int, emails: dict[str, str | None]) -> dict[str, int]:
    """Key → id of these customers (`emails`: key → e-mail, or None), new ones numbered on."""
    return _upsert("datasources_customer", "key", "email", account_id, sorted(emails.items()))


def ids_of_products(account_id: int, skus: Iterable[str]) -> dict[str, int]:
    """SKU → id of these products, new ones numbered on."""
    return _upsert("datasources_product", "sku", "name", account_id, [(sku, sku) for sku in sorted(skus)])


def _upsert(table: str, key: str, name: str, account_id: int, rows: list[tuple[str, str | None]]) -> dict[str, int]:
    if not rows:
        return {}
    copy_rows("incoming_named", {"key": "text", "name": "text"}, rows)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {table} (account_id, {key}, {name}, public_id, number)
                SELECT %(account)s, i.key, i.name, gen_random_uuid(),
                       (SELECT coalesce(max(number), 0) FROM {table} WHERE account_id = %(account)s)
                       + row_number() OVER (ORDER BY i.key COLLATE "C")
                FROM incoming_named i
                WHERE NOT EXISTS (SELECT FROM {table} t WHERE t.account_id = %(account)s AND t.{key} = i.key)""",
            {"account": account_id},
        )
        cursor.execute(
            f"SELECT t.{key}, t.id FROM incoming_named i JOIN {table} t ON t.account_id = %s AND t.{key} = i.key",
            [account_id],
        )
        return dict(cursor.fetchall())
