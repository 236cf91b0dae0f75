"""The business and its trial."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from zoneinfo import available_timezones

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import forms
from accounts.currencies import NAMES
from accounts.models import Account, Role, User
from accounts.services import start_trial
from accounts.templatetags.trial import time_left
from putler.kernel.money import CURRENCIES
from tests import make

pytestmark = pytest.mark.django_db
BUSINESS = {"name": "Dora’s Dough", "time_zone": "America/New_York", "currency": "USD"}
PAYMENT = re.compile(r"card|iban|bank|bic|swift|cvc|cvv|vat|tax_(id|number)|billing", re.IGNORECASE)


@pytest.fixture
def dora(client: Client) -> User:
    user = make.user("dora")
    client.force_login(user)
    return user


@pytest.mark.parametrize("path", ["/", "/transactions/", "/files/"])
def test_who_has_no_account_starts_one(client: Client, dora: User, path: str) -> None:
    assert client.get(path)["Location"] == "/start/"


def test_a_business_is_owned_by_who_described_it(client: Client, dora: User) -> None:
    assert client.post("/start/", BUSINESS)["Location"] == "/"

    membership = dora.memberships.select_related("account").get()
    account = membership.account
    assert (account.name, account.time_zone, account.base_currency) == tuple(BUSINESS.values())
    assert membership.role == Role.OWNER


def test_the_trial_lasts_fourteen_days(client: Client, dora: User) -> None:
    before = timezone.now()
    client.post("/start/", BUSINESS)

    ends_at = Account.objects.get().trial_ends_at
    assert ends_at is not None
    assert before + timedelta(days=14) <= ends_at <= timezone.now() + timedelta(days=14)


@pytest.mark.parametrize("path", ["/", "/transactions/", "/files/", "/files/format/"])
def test_its_end_is_on_every_page_in_the_accounts_own_time(client: Client, dora: User, path: str) -> None:
    client.post("/start/", BUSINESS)
    Account.objects.update(trial_ends_at=datetime(2099, 7, 2, 3, 30, tzinfo=UTC))

    page = client.get(path).content.decode()

    assert "days left" in page
    assert "ends on 1 July 2099, 23:30" in page


def test_an_operators_account_has_no_trial(client: Client, dora: User) -> None:
    make.member(make.account(), dora, Role.OWNER)

    assert "Trial" not in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=14), "14 days left"),
        (timedelta(days=13, seconds=-5), "13 days left"),
        (timedelta(hours=1), "1 day left"),
        (timedelta(seconds=-1), "over"),
    ],
)
def test_days_that_have_begun_count(left: timedelta, said: str) -> None:
    assert time_left(timezone.now() + left - timedelta(microseconds=1)) == said


def test_a_second_post_makes_no_second_account(client: Client, dora: User) -> None:
    client.post("/start/", BUSINESS)

    assert client.post("/start/", BUSINESS | {"name": "Another"})["Location"] == "/"
    assert Account.objects.get().name == "Dora’s Dough"


@pytest.mark.django_db(transaction=True)
def test_two_posts_at_once_make_one_account() -> None:
    dora = make.user("dora")

    def start(_: int) -> int:
        try:
            return start_trial(owner=dora, name="A", currency="EUR", time_zone="UTC", now=timezone.now()).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(start, range(4)))) == 1
    assert Account.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "Tell us what your business is called."),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"time_zone": "Berlin"}, "This time zone is unknown."),
        ({"time_zone": "../../etc/passwd"}, "This time zone is unknown."),
        ({"currency": ""}, "Choose a currency."),
        ({"currency": "XXX"}, "This currency is unknown."),
    ],
)
def test_refusal(client: Client, dora: User, changed: dict[str, str], sentence: str) -> None:
    answer = client.post("/start/", BUSINESS | changed)

    assert (answer.status_code, sentence in answer.content.decode()) == (HTTPStatus.OK, True)
    assert not Account.objects.exists()


def test_every_zone_can_be_chosen_and_utc_is_until_the_browser_knows(client: Client, dora: User) -> None:
    page = client.get("/start/").content.decode()

    assert {zone for _, zones in forms.zones() for zone, _ in zones} == available_timezones()
    assert '<option value="UTC" selected>' in page
    assert "data-zone" in page


def test_every_currency_has_a_name() -> None:
    assert set(NAMES) == CURRENCIES


def test_nothing_asks_for_a_card_a_bank_or_a_tax_number() -> None:
    fields = {
        field.name for model in apps.get_app_config("accounts").get_models() for field in model._meta.get_fields()
    }
    asked = {name for form in (forms.SignUpForm, forms.BusinessForm) for name in form.base_fields}

    assert asked == {"name", "email", "password", "time_zone", "currency"}
    assert not [name for name in fields | asked if PAYMENT.search(name)]


@pytest.mark.parametrize(("path", "on"), [("/terms/", "2026-11-24"), ("/privacy/", "2026-11-26")])
def test_terms_and_privacy_are_public_dated_and_a_draft(path: str, on: str) -> None:
    page = Client().get(path).content.decode()

    assert f"Draft of {on}. A lawyer has not approved it yet." in page
    assert f'href="{path}"' in Client().get("/sign-up/").content.decode()
