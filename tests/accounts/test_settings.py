"""Settings of the business: who may change them, and what a change does at once."""

import re
from html import unescape

import pytest
from django.test import Client

from accounts.audit import Verb
from accounts.models import Account, AuditEvent, Role
from analytics import restating
from datasources.services import restating as bookings
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db
AS_IS = {
    "name": "A shop", "currency": "EUR", "time_zone": "Europe/Berlin", "week_start": "1", "fiscal_month": "1",
    "number_format": ",.", "date_format": "dmy", "purge_delay_days": "14",
}  # fmt: skip


@pytest.fixture
def account(client: Client) -> Account:
    account, alice = make.account(), make.user("alice")
    make.member(account, alice, Role.OWNER)
    client.force_login(alice)
    return account


def read(client: Client, address: str, **headers: str) -> str:
    return re.sub(r"\s+", " ", unescape(client.get(address, headers=headers).content.decode()))


def test_what_is_sent_is_kept(account: Account, client: Client) -> None:
    changes = {"name": " My shop ", "week_start": "7", "fiscal_month": "4", "number_format": ".,", "date_format": "iso"}
    changes |= {"purge_delay_days": "3"}

    client.post("/settings/business/", AS_IS | changes)

    account.refresh_from_db()
    kept = (account.name, account.week_start, account.fiscal_month, account.number_format, account.date_format)
    assert kept == ("My shop", 7, 4, ".,", "iso")
    assert account.purge_delay_days == 3
    assert not account.is_changing


@pytest.mark.rule("A1")
def test_a_change_stands_in_the_log_by_the_names_of_its_fields(account: Account, client: Client) -> None:
    client.post("/settings/business/", AS_IS | {"currency": "USD", "week_start": "7", "purge_delay_days": "3"})
    client.post("/settings/business/", AS_IS | {"currency": "USD", "week_start": "7", "purge_delay_days": "3"})

    with tenant(account.pk):
        [event] = AuditEvent.objects.filter(account_id=account.pk, verb=Verb.SETTINGS_CHANGED)
    assert event.detail == {"fields": ["currency", "week_start", "purge_delay_days"]}


def test_a_new_currency_waits_until_all_figures_are_in_it(account: Account, client: Client) -> None:
    client.post("/settings/business/", AS_IS | {"currency": "USD"})

    account.refresh_from_db()
    assert (account.base_currency, account.wanted) == ("EUR", ("USD", "Europe/Berlin"))
    page = read(client, "/")
    assert "Recomputing in USD, days of Europe/Berlin" in page
    assert "all figures are in EUR" in page


def test_the_note_counts_and_then_shows_the_page_anew(account: Account, client: Client) -> None:
    make.post(make.source(account), make.movement("5.00 USD"))
    make.follow(account)
    client.post("/settings/business/", AS_IS | {"time_zone": "Asia/Kolkata"})
    watched = {"HX-Current-URL": "http://testserver/sales/?period=all"}

    assert '<b class="num">0 %</b>' in read(client, "/figures/progress/", **watched)
    while restating.advance(account.pk, now=make.NOW):
        pass
    assert 'hx-get="/sales/?period=all"' in read(client, "/figures/progress/", **watched)
    assert "hx-get" not in read(client, "/figures/progress/", **{"HX-Current-URL": "http://evil.example/"})
    assert "hx-get" not in read(client, "/figures/progress/", **{"HX-Current-URL": "http://testserver/settings/"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"currency": "XXX"},
        {"time_zone": "Mars"},
        {"fiscal_month": "13"},
        {"purge_delay_days": "0"},
        {"purge_delay_days": "91"},
        {"purge_delay_days": "soon"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_kept(account: Account, client: Client, wrong: dict[str, str]) -> None:
    answer = client.post("/settings/business/", AS_IS | {"week_start": "7"} | wrong)

    account.refresh_from_db()
    assert answer.status_code == 422
    assert account.week_start == 1
    assert 'aria-invalid="true"' in answer.content.decode()


def test_a_stalled_restatement_is_found_again(account: Account, client: Client) -> None:
    make.post(make.source(account), make.movement("5.00 USD"))
    client.post("/settings/business/", AS_IS | {"currency": "USD"})

    assert bookings.stalled(now=make.NOW) == [account.pk]
    bookings.restate_slice(account.pk, now=make.NOW)
    assert bookings.stalled(now=make.NOW) == []
    account.refresh_from_db()
    with tenant(account.pk):
        assert restating.is_stalled(account, now=make.NOW)
