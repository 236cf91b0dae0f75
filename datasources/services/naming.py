"""Names of sources, no two alike, and of products, as files tell them beside the code."""

import re
from collections.abc import Mapping

from django.db import connection

from accounts.models import Account
from putler.copying import copy_rows

LONGEST = 500
LONGEST_OF_A_SOURCE = 190  # with room for a number
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def free_name(account: Account, wanted: str) -> str:
    """The name on one line, with a number where a linked source has it already."""
    wanted = " ".join(_UNSEEN.sub(" ", wanted).split())[:LONGEST_OF_A_SOURCE] or "Source"
    taken = set(account.sources.filter(unlinked_at=None).values_list("name", flat=True))
    candidates = (wanted if number == 1 else f"{wanted} {number}" for number in range(1, len(taken) + 2))
    return next(name for name in candidates if name not in taken)


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
