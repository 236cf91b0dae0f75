"""Exchange rates: the history that came with the installation, the ECB's daily file, and files of an operator.

Source: https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import NamedTuple
from xml.etree import ElementTree

import requests
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, QuerySet

from accounts.models import Account
from datasources.bookkeeping.conversion import OLDEST
from datasources.models import Booking, Rate
from datasources.services.booking import book
from datasources.services.copying import copy_rows
from putler.kernel.errors import PutlerError
from putler.kernel.money import CURRENCIES
from putler.tenancy import tenant

_DAILY_PATH = "/stats/eurofxref/eurofxref-hist-90d.xml"
_HISTORY_PATH = "/stats/eurofxref/eurofxref-hist.zip"
_DAILY_REACH = timedelta(days=85)
_TIMEOUT = (5, 30)  # seconds to connect, to read
_LARGEST_ANSWER = 20 * 1024 * 1024


class RatesError(PutlerError):
    """Rates that cannot be read; the text says why."""


class DayRate(NamedTuple):
    """One euro bought `units_per_eur` of `currency` on this day."""

    currency: str
    on: date
    units_per_eur: Decimal


def load_rates(lines: Iterable[str]) -> int:
    """Replace the days that an operator's file names (date,currency,units_per_eur) and convert their rows again.

    Returns how many rates were read. Raises RatesError and changes nothing when a line is wrong.
    """
    rates = list(_read_operator(lines))
    with transaction.atomic():
        Rate.objects.filter(on__in={rate.on for rate in rates}).delete()
        Rate.objects.bulk_create(Rate(**rate._asdict()) for rate in rates)
    if rates:
        days = [rate.on for rate in rates]
        _convert_again(since=min(days), until=max(days) + OLDEST)
    return len(rates)


def load_bundled() -> int:
    """Add what the bundled history has and the table lacks; returns how many rates that were."""
    return _add(_read_history((files("currency_converter") / "eurofxref-hist.zip").read_bytes()))


def update_rates(*, now: datetime) -> int:
    """Fetch the ECB's file over the network, add the days that are new and convert rows that waited for them.

    Returns how many rates were new. Raises RatesError when the file cannot be had.
    """
    last = Rate.objects.aggregate(last=Max("on"))["last"]
    is_close = last is not None and now.date() - last < _DAILY_REACH
    added = _add(_read_daily(_fetch(_DAILY_PATH)) if is_close else _read_history(_fetch(_HISTORY_PATH)))
    if added:
        convert_open()
    return added


def convert_open() -> None:
    """Convert again every row whose rate was not final when it was booked."""
    for account_id in Account.objects.values_list("pk", flat=True):
        with tenant(account_id):
            _book_all(account_id, Booking.objects.filter(account_id=account_id, is_rate_final=False))


def _convert_again(*, since: date, until: date) -> None:
    for account_id in Account.objects.values_list("pk", flat=True):
        with tenant(account_id):
            window = {"occurred_at__date__gte": since, "occurred_at__date__lte": until}
            _book_all(account_id, Booking.objects.filter(account_id=account_id, **window))


def _book_all(account_id: int, bookings: QuerySet[Booking]) -> None:
    book(account_id, set(bookings.values_list("transaction_id", flat=True)))


def _add(rates: Iterable[DayRate]) -> int:
    """Insert rates that are new; a published one never changes."""
    columns = {"currency": "text", "on_day": "date", "units_per_eur": "numeric"}
    with transaction.atomic(), connection.cursor() as cursor:
        copy_rows("incoming_rate", columns, rates)
        cursor.execute(
            """INSERT INTO datasources_rate (currency, "on", units_per_eur)
               SELECT currency, on_day, units_per_eur FROM incoming_rate ON CONFLICT DO NOTHING"""
        )
        return cursor.rowcount


def _read_operator(lines: Iterable[str]) -> Iterator[DayRate]:
    reader = csv.DictReader(lines)
    if set(reader.fieldnames or ()) != {"date", "currency", "units_per_eur"}:
        raise RatesError("The header of a rates file is date,currency,units_per_eur.")
    seen = set()
    for record in reader:
        try:
            rate = DayRate(record["currency"], date.fromisoformat(record["date"]), Decimal(record["units_per_eur"]))
        except (ValueError, InvalidOperation, TypeError) as error:
            raise RatesError(f"Line {reader.line_num} is not date,currency,units_per_eur.") from error
        if rate.currency not in CURRENCIES or not rate.units_per_eur.is_finite() or rate.units_per_eur <= 0:
            raise RatesError(f"Line {reader.line_num} has an unknown currency or a rate that is not positive.")
        if rate[:2] in seen:
            raise RatesError(f"Line {reader.line_num} names {rate.currency} on {rate.on} a second time.")
        seen.add(rate[:2])
        yield rate


def _read_history(archive: bytes) -> Iterator[DayRate]:
    """From the ECB's zipped CSV: a line a day, a column a currency, N/A where there was no rate."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
            text = zipped.read(zipped.namelist()[0]).decode()
        for record in csv.DictReader(io.StringIO(text)):
            on = date.fromisoformat(record.pop("Date"))
            for currency, units in record.items():
                if currency in CURRENCIES and units not in {"N/A", "", None}:
                    yield DayRate(currency, on, Decimal(units))
    except (zipfile.BadZipFile, ValueError, KeyError, IndexError, InvalidOperation) as error:
        raise RatesError("The history of rates cannot be read.") from error


def _read_daily(document: bytes) -> Iterator[DayRate]:
    """From the ECB's XML of the last ninety days."""
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise RatesError("The daily rates are not the document that the ECB publishes.")
    try:
        for day in ElementTree.fromstring(document).iterfind(".//{*}Cube[@time]"):  # noqa: S314  refused entities above
            on = date.fromisoformat(day.attrib["time"])
            for cube in day:
                if cube.attrib["currency"] in CURRENCIES:
                    yield DayRate(cube.attrib["currency"], on, Decimal(cube.attrib["rate"]))
    except (ElementTree.ParseError, ValueError, KeyError, InvalidOperation) as error:
        raise RatesError("The daily rates cannot be read.") from error


def _fetch(path: str) -> bytes:
    try:
        with requests.Session() as session:
            session.trust_env = False
            response = session.get(settings.PROVIDER_ECB_API_URL + path, timeout=_TIMEOUT, allow_redirects=False, stream=True)
            response.raise_for_status()
            body = response.raw.read(_LARGEST_ANSWER + 1, decode_content=True)
    except requests.RequestException as error:
        raise RatesError("The ECB’s rates could not be fetched.") from error
    if response.status_code != requests.codes.ok or len(body) > _LARGEST_ANSWER:
        raise RatesError("The ECB’s answer is not a file of rates.")
    return bytes(body)
