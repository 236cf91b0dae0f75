"""Words that people search for among all rows: each meaning is a statement of its own that an index serves."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q, QuerySet

from accounts.models import Account
from datasources.models import Transaction
from putler.kernel.money import CURRENCIES, decimals

SHORTEST_NAME: Final = 2  # letters
_AMOUNT: Final = re.compile(
    r"(?P<before>[A-Z]{3}|[€$£¥])?\s?(?P<sign>[-−]?)(?P<digits>\d[\d.,]{0,15})\s?(?P<after>[A-Z]{3}|€)?"
)
_SIGNS: Final = {"€": "EUR", "£": "GBP"}  # those that name one currency
_WITH: Final = {
    places: frozenset(code for code in CURRENCIES if decimals(code) == places)
    for places in sorted({decimals(code) for code in CURRENCIES})
}


def found(rows: QuerySet[Transaction], account: Account, words: str) -> QuerySet[Transaction]:
    """The rows of a customer's name or address, or of an order, a number or an amount.

    A name may be any part of it, an address its beginning, a number is whole. One condition made of all would be
    answered by looking at every row.
    """
    first, *others = (part.order_by().values("pk") for part in _meanings(rows, account, words))
    return rows.filter(pk__in=first.union(*others))


def _meanings(rows: QuerySet[Transaction], account: Account, words: str) -> Iterator[QuerySet[Transaction]]:
    address = words.lower()
    # Compared, not LIKE: behind the wall an index is used for nothing that could tell of other accounts' rows.
    yield rows.filter(
        customer__in=account.customers.filter(email__gte=address, email__lt=f"{address}\U0010ffff").values("pk")
    )
    if len(words) >= SHORTEST_NAME:
        yield rows.filter(customer__in=account.customers.filter(name__icontains=words).values("pk"))
    for column in ("order_ref", "external_id", "payment_ref"):
        yield rows.filter(**{column: words})
    if wanted := amount_of(words):
        yield rows.filter(wanted)


def amount_of(words: str) -> Q | None:
    """The condition on rows of an amount, whatever its sign; None for words that are no amount."""
    match = _AMOUNT.fullmatch(words.strip())
    value = _number(match["digits"]) if match else None
    if match is None or value is None:
        return None
    named = match["after"] or match["before"] or ""
    named = _SIGNS.get(named, named)
    if len(named) == len("EUR") and named not in CURRENCIES:
        return None
    minor = {places: value.scaleb(places) for places in _WITH}
    whole = {places: int(units) for places, units in minor.items() if units == units.to_integral_value()}
    signs = (-1,) if match["sign"] else (1, -1)
    condition = Q(pk__in=[])
    for places, units in whole.items():
        condition |= Q(amount__in=[sign * units for sign in signs], currency__in=sorted(_WITH[places]))
    every: dict[str, Any] = {"amount__in": sorted({sign * units for units in whole.values() for sign in signs})}
    return Q(**every) & condition & (Q(currency=named) if named in CURRENCIES else Q())


def size_between(least: Decimal | None, most: Decimal | None) -> Q:
    """The condition on rows with a `size`, the amount without its sign, from one number to another in major units."""
    found = Q()
    for bound, comparison in ((least, "gte"), (most, "lte")):
        if bound is not None:
            each = Q(pk__in=[])
            for places, codes in _WITH.items():
                each |= Q(**{f"size__{comparison}": bound.scaleb(places)}, currency__in=sorted(codes))
            found &= each
    return found


def _number(digits: str) -> Decimal | None:
    """1,234.50 and 1.234,50 and 1234; None for what may be two numbers."""
    marks = [sign for sign in digits if not sign.isdigit()]
    if not marks:
        return Decimal(digits)
    last = marks[-1]
    whole, _, part = digits.rpartition(last)
    groups = re.split(r"[.,]", whole)
    is_grouped = all(len(group) == len("000") for group in groups[1:]) and last not in marks[:-1]
    if not is_grouped or not part or not whole:
        return None
    return Decimal(f"{''.join(groups)}.{part}")
