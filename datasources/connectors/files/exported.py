"""What the readers of providers' exports share: cells by their meaning, money, and what is noted of the rows."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from datasources.connectors.base import CustomerDraft, LineDraft, MovementDraft
from datasources.connectors.files import cells
from datasources.connectors.files.numbers import SCALE
from datasources.connectors.files.outcomes import Noted, Outcome, each
from datasources.connectors.files.reading import Reading
from datasources.connectors.files.text import Row
from datasources.connectors.ledger_csv import LineRefused
from putler.kernel.money import Money, decimals


@dataclass(frozen=True, slots=True)
class Told:
    """One row: its line, and its cells by field, trimmed; a field that the file lacks is empty."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, field: str) -> str:
        return self.cells.get(field, "")


class Exported:
    """Reads a provider's export, one row a movement; what a provider's words mean is its subclass's."""

    def __init__(self, reading: Reading, *, width: int) -> None:
        self.names: dict[str, str] = {}
        self.countries: set[str] = set()
        self.noted = Noted()
        self.reading, self.width = reading, width
        self.instants = cells.instants(reading)
        self._currencies, self._customers = cells.currencies(), cells.customers()
        self._countries, self._refs = cells.countries(), cells.references("A number")
        self._needed = cells.references("The number", needed=True)
        self._skus, self._quantities = cells.references("The product"), cells.quantities(reading)
        self._numbers = cells.numbers(reading, "The amount")
        self._alike: Counter[str] = Counter()

    @property
    def products(self) -> int:
        """How many different products it has."""
        return len({sku for sku in self._skus.values() if sku})

    @property
    def notes(self) -> list[str]:
        """What was left out or assumed."""
        return list(self.noted)

    def read(self, rows: Iterable[Row]) -> Iterator[Outcome]:
        """What each row says."""
        return each(rows, self._of_row, reading=self.reading, width=self.width, noted=self.noted)

    def _of_row(self, row: Row) -> MovementDraft:
        return self.draft(self.told(row))

    def draft(self, told: Told) -> MovementDraft:
        """Say what the row means. Raises LineRefused, LeftOut, InTest."""
        raise NotImplementedError

    def told(self, row: Row) -> Told:
        """Give the row's cells by their fields."""
        return Told(row.line, {name: row.values[place].strip() for name, place in self.reading.columns.items()})

    def currency(self, text: str) -> str:
        """Read the code of a currency; the reading's own where the cell is empty."""
        return self._currencies[text] if text else self.reading.currency

    def exact(self, text: str) -> int:
        """Read a number in millionths; an empty cell is 0."""
        return self._numbers[text] if text else 0

    def minor(self, text: str, currency: str) -> int:
        """Read an amount in minor units; an empty cell is 0."""
        unit: int = 10 ** (SCALE - decimals(currency))
        units, rest = divmod(self.exact(text), unit)
        if rest:
            raise LineRefused(f"The amount is {cells.quoted(text)}: more decimals than {currency} has.")
        return units

    def money(self, text: str, currency: str) -> Money:
        """Read an amount; an empty cell is refused."""
        self._numbers[text]  # says what is wrong with it
        return Money.from_minor(self.minor(text, currency), currency)

    def reference(self, text: str, *, needed: bool = False) -> str:
        """Read a number or code."""
        return self._needed[text] if needed else self._refs[text]

    def customer(self, text: str) -> CustomerDraft | None:
        """Read a buyer's e-mail; exports also have words in its place, which are nobody."""
        try:
            return self._customers[text] if "@" in text else None
        except LineRefused:
            return None

    def country(self, text: str) -> str | None:
        """Read a country."""
        if text:
            self.countries.add(text)
        return self._countries[text]

    def product(self, told: Told) -> str:
        """Give a product's code, else its name."""
        sku = self._skus[told["sku"]] or self._skus[told["name"][: cells.LONGEST]]
        if sku and told["name"]:
            self.names.setdefault(sku, told["name"])
        return sku

    def units(self, text: str) -> int:
        """Read a quantity; 1 where there is none."""
        return self._quantities[text] if text else 1

    def lines(self, told: Told, goods: int) -> tuple[LineDraft, ...]:
        """Give the one product of a row."""
        sku = self.product(told)
        units = self.units(told["quantity"]) if sku else 0
        return (LineDraft(sku, -abs(units) if goods < 0 else units, goods),) if sku else ()

    def made_up(self, *said: str) -> str:
        """Give a number to a row that has none: by what it says, and by how many rows before say the same."""
        digest = hashlib.sha256("\x1f".join(said).encode("utf-8", "surrogatepass")).hexdigest()[:24]
        self._alike[digest] += 1
        return f"{digest}-{self._alike[digest]}"
