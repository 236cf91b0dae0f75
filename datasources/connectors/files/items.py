"""Files with one row a product: all rows with one order number are one order, wherever in the file they stand.

An order's amount is the exact sum of its rows, rounded once, and it is dated by its earliest row. A sum below zero is a
refund. Postage becomes the order's shipping where it has the order's sign and is not more than it, and stays a product
otherwise. An order with a row that is refused is left out: its amount would be wrong.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from datasources.connectors.base import LineDraft, MovementDraft
from datasources.connectors.files import cells
from datasources.connectors.files.countries import code_of
from datasources.connectors.files.grouping import Grouping, Order
from datasources.connectors.files.numbers import SCALE, to_minor
from datasources.connectors.files.outcomes import Outcome
from datasources.connectors.files.reading import Reading
from datasources.connectors.files.text import Row
from datasources.connectors.ledger_csv import Good, LineRefused, Refused
from putler.kernel.money import Money, decimals

_LARGEST = 10**11 * 10**SCALE


class Items:
    """Reads such a file. Once it is read, `names` are those of its products by code, `countries` all that it names."""

    def __init__(self, reading: Reading, *, width: int) -> None:
        self._reading = reading
        self._grouping = Grouping(reading, width=width)
        self._postage = {code.casefold() for code in reading.shipping}
        self.names, self.countries = self._grouping.names, self._grouping.countries

    @property
    def products(self) -> int:
        """How many different products it has."""
        return self._grouping.products

    @property
    def notes(self) -> list[str]:
        """Nothing is assumed of such a file."""
        return []

    def read(self, rows: Iterable[Row]) -> Iterator[Outcome]:
        """What names no order, and then the orders as they first appear, each behind its rows that are refused."""
        gathered = self._grouping.take(rows)
        yield from self._grouping.alone
        marks = {"refund": self._reading.refunds, "adjustment": self._reading.adjustments}
        kinds = _marking(marks, gathered.numbers())
        for number, own in gathered.orders():
            order, refused = self._grouping.order(own)
            yield from refused
            if size := len(own) - len(refused):
                yield self._outcome(number, order, size, kinds)

    def _outcome(self, number: str, order: Order, size: int, kinds: dict[str, str]) -> Outcome:
        if order.spoiled_by:
            reason = f"Line {order.spoiled_by} of the same order is refused, so the order is left out."
            return Refused(order.line, reason, size)
        marked = next((kind for kind, begin in kinds.items() if _begins(number, begin)), None)
        try:
            return Good(order.line, self._reading.source, "file", self._draft(number, order, marked), size)
        except LineRefused as error:
            return Refused(order.line, str(error), size)

    def _draft(self, number: str, order: Order, marked: str | None) -> MovementDraft:
        exact = sum(order.worth)
        if abs(exact) >= _LARGEST or sum(map(abs, order.units)) > cells.MOST_UNITS:
            raise LineRefused("The order is too large to be kept.")
        places = decimals(order.currency)
        minor = to_minor(exact, places)
        amount = Money.from_minor(minor, order.currency)
        shipping = self._shipping(order, minor, places)
        return MovementDraft(
            external_id=number,
            kind=marked or ("refund" if minor < 0 else "sale"),
            status="settled",
            occurred_at=order.at,
            amount=amount,
            presentment=amount,
            shipping=shipping,
            customer=order.customer,
            country=code_of(order.country),
            lines=self._lines(order, minor - shipping, places, is_postage_apart=bool(shipping)),
        )

    def _shipping(self, order: Order, minor: int, places: int) -> int:
        worth = [worth for sku, worth in zip(order.skus, order.worth, strict=True) if sku.casefold() in self._postage]
        postage = to_minor(sum(worth), places)
        return postage if 0 < postage <= minor or minor <= postage < 0 else 0

    def _lines(self, order: Order, goods: int, places: int, *, is_postage_apart: bool) -> tuple[LineDraft, ...]:
        """The products, each rounded; what rounding leaves over goes to the largest, the first of equals."""
        apart = self._postage if is_postage_apart else ()
        lines = [
            LineDraft(sku, units, to_minor(worth, places))
            for sku, units, worth in zip(order.skus, order.units, order.worth, strict=True)
            if sku.casefold() not in apart
        ]
        left = goods - sum(line.amount for line in lines)
        if left and lines:
            largest = max(range(len(lines)), key=lambda place: abs(lines[place].amount))
            lines[largest] = lines[largest]._replace(amount=lines[largest].amount + left)
        return tuple(lines)


def _marking(marks: dict[str, str], numbers: Iterable[str]) -> dict[str, str]:
    """The beginnings that set some numbers apart: where most have one, it is just how the shop counts."""
    count, found = 0, Counter[str]()
    for number in numbers:
        count += 1
        found.update(kind for kind, begin in marks.items() if begin and _begins(number, begin))
    return {kind: begin for kind, begin in marks.items() if 0 < 2 * found[kind] < count}


def _begins(number: str, begin: str) -> bool:
    return bool(re.match(re.escape(begin) + r"\d", number))
