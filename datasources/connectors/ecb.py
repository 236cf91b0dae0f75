"""The European Central Bank's euro reference rates.

Source: https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from xml.etree import ElementTree

from putler.kernel.errors import PutlerError
from putler.kernel.money import CURRENCIES

LAST_90_DAYS = "/stats/eurofxref/eurofxref-hist-90d.xml"
HISTORY = "/stats/eurofxref/eurofxref-hist.zip"


class RatesRefused(PutlerError):
    """A file of rates that is not what it should be; the text says where."""


class DayRate(NamedTuple):
    """One euro bought `units_per_eur` of `currency` on this day."""

    currency: str
    on: date
    units_per_eur: Decimal


def read_history(archive: bytes) -> Iterator[DayRate]:
    """From the zipped CSV of all days: a line a day, a column a currency, N/A where there was no rate."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
            text = zipped.read(zipped.namelist()[0]).decode()
        for record in csv.DictReader(io.StringIO(text)):
            on = date.fromisoformat(record.pop("Date"))
            for currency, units in record.items():
                if currency in CURRENCIES and units not in {"N/A", ""}:
                    yield DayRate(currency, on, Decimal(units))
    except (zipfile.BadZipFile, ValueError, KeyError, IndexError, InvalidOperation) as error:
        raise RatesRefused("The history of rates cannot be read.") from error


def read_last_days(document: bytes) -> Iterator[DayRate]:
    """From the XML of the last ninety days."""
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise RatesRefused("The daily rates are not the document that the ECB publishes.")
    try:
        for day in ElementTree.fromstring(document).iterfind(".//{*}Cube[@time]"):  # noqa: S314  no entities: see above
            for cube in day:
                if cube.attrib["currency"] in CURRENCIES:
                    on, units = date.fromisoformat(day.attrib["time"]), Decimal(cube.attrib["rate"])
                    yield DayRate(cube.attrib["currency"], on, units)
    except (ElementTree.ParseError, ValueError, KeyError, InvalidOperation) as error:
        raise RatesRefused("The daily rates cannot be read.") from error
