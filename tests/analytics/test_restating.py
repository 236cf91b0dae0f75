"""Another currency or time zone: what is shown equals its rows at every step, and in the end what a new account has."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from accounts.models import Account
from accounts.services import change_business
from analytics import engine, restating, rollups, verifying
from analytics.explain import explain
from analytics.metrics.base import Simple, Total, Unit
from analytics.metrics.registry import METRICS
from analytics.models import Generation, State
from analytics.query import By, Query, Scope
from datasources.models import BookedLine, Booking, Rate, Restatement, SourceKind
from datasources.services import restating as bookings
from putler.kernel.money import Money
from putler.kernel.periods import Period
from putler.tenancy import tenant
from tests import make
from tests.database import kept_rows
from tests.make import NOW, movement

pytestmark = pytest.mark.django_db
RATES = {"USD": ("1.10", "1.25"), "JPY": ("160.5", "171.3"), "KWD": ("0.33", "0.34")}


class Killed(BaseException):
    """As sudden as the end of a process."""


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookings, "SLICE", 2)


@pytest.fixture(scope="module", autouse=True)
def rates(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    quoted = {
        (currency, first + timedelta(n)): Decimal(units)
        for currency, quotes in RATES.items()
        for first, units in zip((date(2025, 11, 28), date(2026, 1, 30)), quotes, strict=True)
        for n in range(0, 60, 7)
    }
    with kept_rows(django_db_blocker):
        Rate.objects.bulk_create(
            Rate(currency=currency, on=on, units_per_eur=units) for (currency, on), units in quoted.items()
        )
        yield


def open_shop(currency: str = "EUR", time_zone: str = "Europe/Berlin") -> Account:
    account = make.account(currency=currency, time_zone=time_zone)
    stripe, woo = make.source(account), make.source(account, "woo", kind=SourceKind.STORE)
    ann = {"customer": "ann@example.com", "country": "DE"}
    make.post(
        stripe,
        movement("33.35 EUR", "2025-12-31 18:20", external_id="a", fee=31, lines="TEE 1 1111,MUG 1 1111,CAP 1 1113"),
        movement("110.00 USD", "2026-01-31 23:30", external_id="b", order_ref="B", lines="TEE 2 9900", **ann),
        movement(
            "-55.00 USD", "2026-02-01 09:00", external_id="c", kind="refund", parent_ref="b", order_ref="B", **ann
        ),
        movement("9999 JPY", "2026-02-14 10:15", external_id="d", fee=100, tax=17),
        movement("5.00 AUD", "2026-02-14 10:15", external_id="e"),  # of which no rate is known
    )
    make.post(stripe, movement("60.00 EUR", "2026-02-20 12:00", external_id="f", customer="ann@example.com"))
    make.post(woo, movement("60.00 EUR", "2026-02-20 11:59", external_id="W", payment_ref="f", lines="MUG 2 6000"))
    make.follow(account)
    return account


def late(account: Account) -> None:
    """Rows of a month that is built, of one that is not, and of one that had none."""
    with tenant(account.pk):
        source = account.sources.get(name="stripe")
    for n, at in enumerate(("2025-12-31 18:40", "2026-02-25 10:00", "2025-10-05 10:00")):
        make.post(source, movement("7.77 USD", at, external_id=f"late-{n}", customer="bob@example.com"))


def change(account: Account, currency: str | None = None, zone: str | None = None) -> None:
    account.refresh_from_db()
    change_business(account=account, currency=currency or account.base_currency, time_zone=zone or account.time_zone)


def steps(account: Account) -> Iterator[int]:
    """Every transaction of a change, one at a time."""
    numbers = count(1)
    for work in (bookings.restate_slice, restating.advance):
        is_going_on = True
        while is_going_on:
            is_going_on = work(account.pk, now=NOW)
            yield next(numbers)


def finish(account: Account) -> None:
    for _ in steps(account):
        pass
    make.follow(account)
    account.refresh_from_db()


def query(account: Account, **fields: Any) -> Query:
    account.refresh_from_db()
    period = Period(date(2025, 9, 1), date(2026, 3, 31), account.zone)
    return Query(account=account, period=period, scope=Scope.of(account), now=NOW, **fields)


def figures(account: Account) -> list[Any]:
    """All figures and where they come from, without ids."""
    with tenant(account.pk):
        reports = [engine.run(query(account, by=by)) for by in (None, By.DAY, By.MONTH, By.CURRENCY, By.COUNTRY)]
        products = engine.run(query(account, by=By.PRODUCT)).groups
        booked = Booking.objects.filter(account=account).order_by("transaction__external_id", "absent", "present")
        lines = BookedLine.objects.filter(account=account).order_by("booking__transaction__external_id", "product__sku")
        return [
            *((report.currency, report.values, report.groups, report.unconverted) for report in reports),
            sorted(repr(values) for values in products.values()),
            list(
                booked.values_list("base_currency", "base_amount", "base_fee", "base_tax", "is_rate_final", "is_first")
            ),
            list(lines.values_list("product__sku", "base_amount", "amount")),
        ]


@cache
def figures_of_new(currency: str, time_zone: str, *, has_late_rows: bool = False) -> list[Any]:
    """The figures of an account that always was as another became; for all tests, counted in the first of them."""
    account = open_shop(currency, time_zone)
    if has_late_rows:
        late(account)
        make.follow(account)
    return figures(account)


def check_rows(account: Account) -> None:
    """Every figure equals its rows."""
    with tenant(account.pk):
        asked = query(account)
        report = engine.run(asked)
        for slug, metric in METRICS.items():
            if isinstance(metric, Simple | Total) and metric.can_be(None):
                explanation = explain(slug, asked)
                total = sum(row.share for row in explanation.rows)
                is_money = metric.unit is Unit.MONEY
                shown = Money.from_minor(total, explanation.currency).amount if is_money else total
                assert (slug, report.values[slug]) == (slug, shown)


@pytest.mark.parametrize(
    ("currency", "zone"),
    [
        ("USD", None),
        ("JPY", "Asia/Kathmandu"),
        (None, "Asia/Kolkata"),
        (None, "America/St_Johns"),
        ("KWD", "Australia/Lord_Howe"),
    ],
)
def test_a_changed_account_has_the_figures_of_a_new_one(currency: str | None, zone: str | None) -> None:
    account = open_shop()
    change(account, currency, zone)

    finish(account)

    assert figures(account) == figures_of_new(currency or "EUR", zone or "Europe/Berlin")
    assert verifying.verify(account.pk, now=NOW) == []


def test_every_figure_equals_its_rows_at_every_step() -> None:
    account = open_shop()
    before = figures(account)
    change(account, "USD", "Asia/Kathmandu")

    for _ in steps(account):
        check_rows(account)
        assert figures(account) == before or not account.is_changing

    assert engine.run(query(account)).currency == "USD"


@pytest.mark.parametrize("when", range(1, 8))
def test_what_arrives_meanwhile_is_in_both(when: int) -> None:
    account = open_shop()
    change(account, "USD", "Asia/Kathmandu")

    for step in steps(account):
        if step == when:
            late(account)
            make.follow(account)
            check_rows(account)
    finish(account)

    assert figures(account) == figures_of_new("USD", "Asia/Kathmandu", has_late_rows=True)
    assert verifying.verify(account.pk, now=NOW) == []


@pytest.mark.parametrize("when", range(1, 9))
def test_a_killed_job_goes_on_where_the_last_piece_ended(when: int, monkeypatch: pytest.MonkeyPatch) -> None:
    account, deaths = open_shop(), count(1)
    change(account, "USD", "Asia/Kathmandu")

    def die_once(call: Any) -> Any:
        def work(*args: Any, **kwargs: Any) -> Any:
            done = call(*args, **kwargs)
            if next(deaths) == when:
                raise Killed
            return done

        return work

    for module, name in ((bookings, "book_as_before"), (rollups, "refresh"), (rollups, "serve")):
        monkeypatch.setattr(module, name, die_once(getattr(module, name)))
    with pytest.raises(Killed):
        finish(account)
    check_rows(account)
    finish(account)

    assert figures(account) == figures_of_new("USD", "Asia/Kathmandu")


@pytest.mark.parametrize("when", [2, 4, 6])
def test_a_second_change_gives_up_the_first(when: int) -> None:
    account = open_shop()
    change(account, "USD", "Asia/Kathmandu")
    for step in steps(account):
        if step == when:
            break
    change(account, "JPY", "Asia/Kolkata")

    finish(account)

    assert figures(account) == figures_of_new("JPY", "Asia/Kolkata")
    with tenant(account.pk):
        states = list(Generation.objects.filter(account=account).order_by("number").values_list("state", flat=True))
        assert not Restatement.objects.filter(account=account).exists()
    assert states[-1] == State.SERVING
    assert State.BUILDING not in states


def test_a_change_taken_back_leaves_nothing() -> None:
    account = open_shop()
    before = figures(account)
    change(account, "USD", "Asia/Kathmandu")
    for step in steps(account):
        if step == 6:
            break
    change(account, "EUR", "Europe/Berlin")

    finish(account)

    assert figures(account) == before
    with tenant(account.pk):
        assert Generation.objects.filter(account=account).count() == 1
        assert not Restatement.objects.filter(account=account).exists()


def test_progress_grows_from_nothing_to_everything() -> None:
    account = open_shop()
    change(account, "USD", "Asia/Kathmandu")
    seen = []

    for _ in steps(account):
        account.refresh_from_db()
        with tenant(account.pk):
            seen.append(restating.progress(account))

    assert seen[:-1] == sorted(seen[:-1])  # and then it is over
    assert (seen[0], seen[-1]) == (17, 0)
    assert 60 < seen[-2] <= 100


def test_an_account_without_rows_changes_at_once() -> None:
    account = make.account()
    change(account, "USD", "Asia/Kathmandu")

    finish(account)

    assert (account.base_currency, account.time_zone, account.is_changing) == ("USD", "Asia/Kathmandu", False)


def test_the_old_generation_is_kept_for_a_day() -> None:
    account = open_shop()
    change(account, zone="Asia/Kathmandu")

    finish(account)

    with tenant(account.pk):
        assert set(Generation.objects.filter(account=account).values_list("state", flat=True)) == {"serving", "retired"}
        rollups.drop_retired(account, now=NOW.replace(day=3))
        assert Generation.objects.get(account=account).state == State.SERVING
