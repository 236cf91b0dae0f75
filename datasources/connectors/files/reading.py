"""How a file is to be read: what its columns mean, and what no cell says by itself."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from datasources.connectors.files.dates import DateOrder, date_orders
from datasources.connectors.files.exports import EXPORTS
from datasources.connectors.files.fields import NUMBERS, guess, missing
from datasources.connectors.files.numbers import currency_beside, decimal_marks
from datasources.connectors.files.shapes import Export, Shape, plain
from datasources.connectors.files.text import Row, Stored

_MOST_VALUES = 100_000  # different ones that are looked at to settle a question


@dataclass(frozen=True, slots=True)
class Reading:
    """`columns`: field → place of its column, from 0. `decimal` and `dates` are None while nobody has settled them.

    `currency` and `zone` hold where no column says otherwise. `shipping`: product codes that are postage. `refunds`,
    `adjustments`: how the numbers of orders begin that are none, before a digit.
    """

    shape: Shape
    columns: dict[str, int]
    currency: str
    zone: str
    source: str
    decimal: str | None = None
    dates: DateOrder | None = None
    shipping: tuple[str, ...] = ("POST", "DOT", "C2")
    refunds: str = "C"
    adjustments: str = "A"
    questions: tuple[str, ...] = field(default=())  # what the file itself left open, also once it is settled

    def as_json(self) -> dict[str, Any]:
        """Plain values, to be kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Reading":
        """What `as_json` gave."""
        lists = {name: tuple(kept[name]) for name in ("shipping", "questions")}
        dates = kept["dates"] and DateOrder(kept["dates"])
        return cls(**kept | lists | {"shape": Shape(kept["shape"]), "dates": dates})

    @property
    def missing(self) -> list[str]:
        """What must still be said before the file can be read."""
        lacking = missing(self.shape, self.columns)
        if self.decimal is None:
            lacking.append("Decimal mark")
        if self.dates is None:
            lacking.append("Order of day and month")
        if not self.source:
            lacking.append("Name of the source")
        return lacking

    @property
    def export(self) -> Export | None:
        """The provider's export that the file is; None for any other file."""
        return EXPORTS.get(self.shape)

    @property
    def source_kind(self) -> str:
        """What the source is that the file goes into."""
        return self.export.kind if self.export else "file"


def guessed(how: Stored, *, currency: str, zone: str, source: str, shape: Shape | None = None) -> Reading:
    """What the header tells; `decimal` and `dates` stay open. Times in a column that says so are UTC."""
    found, columns = guess(how.header, shape)
    is_utc = "date" in columns and plain(how.header[columns["date"]]).endswith("utc")
    return Reading(found, columns, currency=currency, zone="UTC" if is_utc else zone, source=source)


def settled(reading: Reading, rows: Iterable[Row]) -> Reading:
    """With the decimal mark, the order of dates and the currency that the rows prove; what was settled before stays."""
    if reading.decimal and reading.dates:
        return reading
    numbers, days = _values(reading, rows)
    marks, orders = decimal_marks(numbers), date_orders(days)
    open_ones = [name for name, options in (("decimal", marks), ("dates", orders)) if len(options) > 1]
    return replace(
        reading,
        decimal=reading.decimal or (marks.pop() if len(marks) == 1 else None),
        dates=reading.dates or (orders.pop() if len(orders) == 1 else None),
        questions=tuple(open_ones),
        currency=reading.currency if "currency" in reading.columns else currency_beside(numbers, reading.currency),
    )


def _values(reading: Reading, rows: Iterable[Row]) -> tuple[set[str], set[str]]:
    """The different numbers and days of the file."""
    numbers: set[str] = set()
    days: set[str] = set()
    of_numbers = [reading.columns[slug] for slug in NUMBERS if slug in reading.columns]
    of_days = reading.columns.get("date", -1)
    width = max([*of_numbers, of_days], default=0)
    for _, values, _ in rows:
        if len(values) <= width:
            continue
        if len(numbers) < _MOST_VALUES:
            for place in of_numbers:
                numbers.add(values[place])
        if of_days >= 0 and len(days) < _MOST_VALUES:
            days.add(values[of_days][:10])
    return numbers, days
