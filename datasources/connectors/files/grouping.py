"""Rows of products gathered into orders, over a whole file: an order's rows need not stand together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from datasources.connectors.base import CustomerDraft
from datasources.connectors.files import cells
from datasources.connectors.files.reading import Reading
from datasources.connectors.files.text import Row
from datasources.connectors.ledger_csv import LineRefused, Refused

_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Order:
    """What is known of an order so far. Its rows stand in lists, not objects, for the sake of long files.

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
    """Gathers. `orders`: by number, as they first appear; `names`: of products by code; `countries`: as told."""

    def __init__(self, reading: Reading, *, width: int) -> None:
        self.orders: dict[str, Order] = {}
        self.names: dict[str, str] = {}
        self.countries: set[str] = set()
        self._width = width
        self._number = cells.cell(reading, "order")
        self._numbers = cells.references("The order number", needed=True)
        self._product, self._of_order = _Product(reading, self.names), _OfOrder(reading, self.countries)

    @property
    def products(self) -> int:
        """How many different codes were read."""
        return self._product.count

    def take(self, rows: Iterable[Row]) -> Iterator[Refused]:
        """Gather the rows; answers those that cannot be read."""
        orders, numbers, number_of, width = self.orders, self._numbers, self._number, self._width
        for line, values in rows:
            order = None
            try:
                if len(values) != width:
                    raise LineRefused(f"It has {len(values)} fields, the header has {width}.")
                number = numbers[number_of(values)]
                order = orders.get(number)
                if order is None:
                    order = orders[number] = Order(line)
                self._of_order.add(order, values)
                self._product.add(order, values)
            except LineRefused as error:
                if order is not None:
                    order.spoiled_by = order.spoiled_by or line
                yield Refused(line, str(error))


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
        self._numbers = cells.numbers(reading, "The amount" if self._is_of_line else "The price")

    @property
    def count(self) -> int:
        return len(set(self._skus.values()))

    def add(self, order: Order, values: list[str]) -> None:
        sku, units = self._skus[self._sku(values)], self._quantities[self._units(values)]
        money = self._numbers[self._money(values)]
        order.skus.append(sku)
        order.units.append(units)
        order.worth.append(money if self._is_of_line else money * units)
        if sku not in self._names and (name := self._name(values).strip()):
            self._names[sku] = name
