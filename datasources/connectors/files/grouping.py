"""Rows of products gathered into orders, over a whole file: an order's rows need not stand together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from datasources.connectors.base import CustomerDraft
from datasources.connectors.files import cells
from datasources.connectors.files.outcomes import check_width
from datasources.connectors.files.reading import Reading
from datasources.connectors.files.spill import Gathered
from datasources.connectors.files.text import Row
from datasources.connectors.ledger_csv import LineRefused, Refused

_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Order:
    """What is known of an order so far.

    `line`: where it first appears. `worth`: of each row, in millionths. `spoiled_by`: a line of it that is refused.
    """

    line: int
    currency: str = ""
    at: datetime = _LATEST
    customer: CustomerDraft | None = None
    country: str = ""
    spoiled_by: int = 0
    skus: list[str] = field(default_factory=list)
    units: list[int] = field(default_factory=list)
    worth: list[int] = field(default_factory=list)


class Grouping:
    """Gathers. `names`: of products by code; `countries`: as told."""

    def __init__(self, reading: Reading, *, width: int) -> None:
        self.names: dict[str, str] = {}
        self.countries: set[str] = set()
        self._width, self._place = width, reading.columns["order"]
        self._numbers = cells.references("The order number", needed=True)
        self._product, self._of_order = _Product(reading, self.names), _OfOrder(reading, self.countries)
        self._alone: list[Refused] = []

    @property
    def products(self) -> int:
        """How many different codes were read."""
        return self._product.count

    def take(self, rows: Iterable[Row]) -> Gathered:
        """Gather the rows, by the number of their order."""
        return Gathered(self._numbered(rows))

    @property
    def alone(self) -> Iterator[Refused]:
        """The rows that name no order."""
        return iter(self._alone)

    def order(self, rows: list[Row]) -> tuple[Order, list[Refused]]:
        """One order from its rows, and those that cannot be read."""
        order, refused = Order(rows[0].line), []
        for row in rows:
            try:
                check_width(row, self._width)
                self._of_order.add(order, row.values)
                self._product.add(order, row.values)
            except LineRefused as error:
                order.spoiled_by = order.spoiled_by or row.line
                refused.append(Refused(row.line, str(error)))
        return order, refused

    def _numbered(self, rows: Iterable[Row]) -> Iterator[tuple[str, Row]]:
        for row in rows:
            try:
                if len(row.values) <= self._place:
                    check_width(row, self._width)
                yield self._numbers[row.values[self._place]], row
            except LineRefused as error:
                self._alone.append(Refused(row.line, str(error)))


class _OfOrder:
    """What each row tells of its order as a whole."""

    def __init__(self, reading: Reading, countries: set[str]) -> None:
        self._currency, self._fixed = cells.cell(reading, "currency"), reading.currency
        self._customer = cells.cell(reading, "email", "customer")
        self._date, self._time, self._country = (cells.cell(reading, name) for name in ("date", "time", "country"))
        self._has_time, self._has_currency = "time" in reading.columns, "currency" in reading.columns
        self._countries, self._customers = countries, cells.customers()
        self._instants, self._currencies = cells.instants(reading), cells.currencies()

    def add(self, order: Order, values: list[str]) -> None:
        date = f"{self._date(values)} {self._time(values)}" if self._has_time else self._date(values)
        at = self._instants[date]
        if at < order.at:
            order.at = at
        currency = self._currencies[self._currency(values)] if self._has_currency else self._fixed
        if order.currency != currency:
            if order.currency:
                raise LineRefused(f"Its currency is {currency}, but its order’s is {order.currency}.")
            order.currency = currency
        if order.customer is None:
            order.customer = self._customers[self._customer(values)]
        if not order.country and (country := self._country(values).strip()):
            order.country = country
            self._countries.add(country)


class _Product:
    """What each row tells of its product."""

    def __init__(self, reading: Reading, names: dict[str, str]) -> None:
        self._sku, self._name = cells.cell(reading, "sku"), cells.cell(reading, "name")
        self._units = cells.cell(reading, "quantity")
        self._is_of_line = "amount" in reading.columns
        self._money = cells.cell(reading, "amount", "price")
        self._names, self._skus = names, cells.references("The product code", needed=True)
        self._quantities = cells.quantities(reading)
        self._codes: set[str] = set()
        self._numbers = cells.numbers(reading, "The amount" if self._is_of_line else "The price")

    @property
    def count(self) -> int:
        return len(self._codes)

    def add(self, order: Order, values: list[str]) -> None:
        sku, units = self._skus[self._sku(values)], self._quantities[self._units(values)]
        money = self._numbers[self._money(values)]
        self._codes.add(sku)
        order.skus.append(sku)
        order.units.append(units)
        order.worth.append(money if self._is_of_line else money * units)
        if sku not in self._names and (name := self._name(values).strip()):
            self._names[sku] = name
