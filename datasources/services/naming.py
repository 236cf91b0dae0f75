"""Names of products, as files tell them beside the code."""

from collections.abc import Mapping

from django.db import connection

from putler.copying import copy_rows

LONGEST = 500


def name_products(account_id: int, names: Mapping[str, str]) -> None:
    """Give names to products that are called by their code so far (`names`: code → name). Inside tenant()."""
    if not names:
        return
    copy_rows("incoming_name", {"sku": "text", "name": "text"}, ((sku, name[:LONGEST]) for sku, name in names.items()))
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE datasources_product p SET name = i.name FROM incoming_name i
               WHERE p.account_id = %s AND p.sku = i.sku AND p.name = p.sku AND p.name <> i.name""",
            [account_id],
        )
