"""Rollups follow their bookings."""

from datetime import date
from decimal import Decimal
from importlib import import_module

import numpy as np
import pytest
from django.db import connection

from accounts.models import Account
from analytics import engine, goods, rollups, tasks, verifying
from analytics.models import Generation, Grain, RollupProduct, RollupTotal, State
from analytics.query import By
from datasources.models import BookedLine, Booking, ChangedHour, Product
from putler.tenancy import tenant
from tests.analytics import random_shop
from tests.analytics.make import NOW, Shop, at


def stored(shop: Shop) -> list[list[dict[str, object]]]:
    generation = Generation.objects.get(account=shop.account, state=State.SERVING)
    return [verifying.rows_of(table, generation) for table in rollups.TABLES]


def days(shop: Shop, grain: Grain = Grain.DAY) -> dict[date, int | None]:
    rows = RollupTotal.objects.filter(account=shop.account, grain=grain, generation__state=State.SERVING)
    return dict(rows.order_by("on").values_list("on", "orders"))


def test_the_first_drain_makes_a_generation(shop: Shop) -> None:
    shop.sale(100, "2026-01-10 12:00")
    assert shop.drain() == 31
    generation = Generation.objects.get(account=shop.account)
    assert (generation.number, generation.state, generation.current_at) == (1, State.SERVING, NOW)
    assert not ChangedHour.objects.filter(account=shop.account).exists()


def test_a_drain_computes_changed_days_and_their_month(shop: Shop) -> None:
    shop.sale(100, "2026-01-10 12:00")
    shop.drain()
    shop.sale(100, "2026-01-12 12:00")
    assert shop.drain() == 1
    assert days(shop) == {date(2026, 1, 10): 1, date(2026, 1, 12): 1}
    assert days(shop, Grain.MONTH) == {date(2026, 1, 1): 2}


def test_a_deleted_booking_leaves_the_rollups(shop: Shop) -> None:
    kept, gone = shop.sale(100, "2026-01-10 12:00", customer="ann"), shop.sale(300, "2026-01-11 12:00", customer="bob")
    shop.drain()
    shop.forget(gone)
    shop.drain()
    values = engine.run(shop.query("2026-01-01", "2026-01-31")).values
    assert (values["gross_sales"], values["paying_customers"]) == (Decimal("1.00"), 1)
    assert list(days(shop)) == [kept.occurred_at.date()]


def test_a_day_without_bookings_has_no_rows(shop: Shop) -> None:
    gone = shop.sale(300, "2026-01-11 12:00", customer="bob")
    shop.drain()
    shop.forget(gone)
    shop.drain()
    assert not any(stored(shop))


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("Asia/Kathmandu", 18), ("Asia/Kolkata", 18), ("Australia/Lord_Howe", 13)],  # +5:45, +5:30, +10:30 in June
)
def test_an_hour_across_midnight_changes_two_days(db: None, zone: str, hour: int) -> None:
    shop = Shop(time_zone=zone)
    with tenant(shop.account.pk):
        shop.sale(100, "2026-07-15 12:00")
        shop.drain()
        shop.sale(100, f"2026-06-01 {hour}:01")
        shop.sale(100, f"2026-06-01 {hour}:59")
        touched = shop.drain()
        in_june = [day for day in days(shop) if day.month == 6]
    assert (touched, in_june) == (2, [date(2026, 6, 1), date(2026, 6, 2)])


def test_a_quiet_drain_changes_no_version(shop: Shop) -> None:
    shop.sale(100, "2026-01-10 12:00")
    shop.drain()
    version = engine.run(shop.query("2026-01-01", "2026-01-31")).version
    shop.drain(now=at("2027-02-01 00:00"))
    report = engine.run(shop.query("2026-01-01", "2026-01-31"))
    assert (report.version, report.current_at) == (version, at("2027-02-01 00:00"))


def test_rebuilding_gives_the_same_rows(shop: Shop) -> None:
    random_shop.fill(shop, seed=7, count=80)
    shop.drain()
    before = stored(shop)
    rollups.rebuild(shop.account.pk, now=NOW)
    assert stored(shop) == before
    assert Generation.objects.get(account=shop.account, state=State.SERVING).number == 2


def test_drain_after_drain_gives_the_rows_of_a_rebuild(shop: Shop) -> None:
    shop.drain()
    for seed in range(4):
        random_shop.fill(shop, seed=seed, count=15)
        shop.touch_everything()
        shop.drain()
    drained = stored(shop)
    rollups.rebuild(shop.account.pk, now=NOW)
    assert stored(shop) == drained


def test_the_order_of_arrival_leaves_no_trace(shop: Shop) -> None:
    sales = [(100, "2026-01-10 12:00", "ann"), (200, "2026-01-10 13:00", "bob"), (300, "2026-01-11 13:00", "ann")]
    found = []
    for order in (sales, sales[::-1]):
        made = [shop.sale(amount, when, customer=customer) for amount, when, customer in order]
        shop.drain()
        found.append([[{**row, "placed": None} for row in table] for table in stored(shop)])  # the movements' own ids
        for booking in made:
            shop.forget(booking)
    assert found[0] == found[1]


def test_another_time_zone_makes_another_generation(shop: Shop) -> None:
    shop.sale(100, "2026-01-10 23:30")
    shop.drain()
    Account.objects.filter(pk=shop.account.pk).update(time_zone="America/New_York")
    assert list(days(shop)) == [date(2026, 1, 11)]
    shop.drain()
    assert list(days(shop)) == [date(2026, 1, 10)]
    states = Generation.objects.filter(account=shop.account).values_list("state", flat=True)
    assert sorted(states) == ["retired", "serving"]


def test_a_retired_generation_goes_after_a_day(shop: Shop) -> None:
    shop.sale(100, "2026-01-10 23:30")
    shop.drain()
    rollups.rebuild(shop.account.pk, now=NOW)
    shop.drain(now=at("2027-01-03 00:00"))
    assert Generation.objects.filter(account=shop.account).count() == 1
    assert RollupTotal.objects.filter(account=shop.account).count() == 2


def test_verify_finds_nothing_in_true_rollups(shop: Shop) -> None:
    random_shop.fill(shop, seed=3, count=60)
    shop.drain()
    assert verifying.verify(shop.account.pk, now=NOW) == []
    assert Generation.objects.filter(account=shop.account).count() == 1


def test_verify_finds_what_nobody_noted(shop: Shop) -> None:
    sale = shop.sale(100, "2026-01-10 12:00")
    shop.drain()
    Booking.objects.filter(account=shop.account, pk=sale.pk).update(base_amount=200, amount=200)
    found = verifying.verify(shop.account.pk, now=NOW)
    assert {(one.table, one.is_stored, one.row["grain"]) for one in found} == {
        (table, is_stored, grain)
        for table in ("rolluptotal", "rollupcountry", "rolluphour")
        for is_stored in (True, False)
        for grain in ("day", "month")
    }


@pytest.mark.rule("R6")
def test_the_sweep_sees_ids_of_accounts_and_nothing_else(shop: Shop) -> None:
    shop.sale(100, "2026-01-10 12:00")
    Shop()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM public.accounts_with_changed_hours()")
        assert [column.name for column in cursor.description] == ["account_id"]
        assert cursor.fetchall() == [(shop.account.pk,)]


@pytest.mark.rule("R6")
def test_the_sweep_function_is_pinned_and_not_public(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosecdef, proconfig, pg_get_userbyid(proowner), proacl::text FROM pg_proc "
            "WHERE oid = 'public.accounts_with_changed_hours'::regproc"
        )
        definer, config, owner, grants = cursor.fetchone()
    assert definer
    assert config == ["search_path=pg_catalog, pg_temp"]
    assert owner == "putler_system"
    assert "{=X" not in grants
    assert ",=X" not in grants
    assert "putler_app=X" in grants


def test_verify_finds_sums_whose_bookings_are_gone(shop: Shop) -> None:
    sale = shop.sale(100, "2026-01-10 12:00")
    shop.sale(100, "2026-03-10 12:00")
    shop.drain()
    Booking.objects.filter(account=shop.account, pk=sale.pk).delete()
    found = verifying.verify(shop.account.pk, now=NOW)
    assert {str(one.row["on"])[:7] for one in found} == {"2026-01"}


def test_a_rebuild_reads_only_the_months_that_have_bookings(shop: Shop) -> None:
    shop.sale(100, "1970-01-10 12:00")
    shop.sale(100, "2199-01-10 12:00")
    assert shop.drain() == 62


def test_a_sample_finds_what_differs_on_its_days_alone(shop: Shop) -> None:
    for month in range(1, 7):
        shop.sale(100, f"2026-0{month}-10 12:00")
    shop.drain()
    Booking.objects.filter(account=shop.account, occurred_at__month=3).update(base_amount=200, amount=200)
    found = [bool(verifying.verify(shop.account.pk, now=NOW, days=1, seed=seed)) for seed in range(12)]
    assert found == [bool(verifying.verify(shop.account.pk, now=NOW, days=1, seed=seed)) for seed in range(12)]
    assert 0 < sum(found) < 12


def test_a_month_that_is_not_the_sum_of_its_days_is_found(shop: Shop) -> None:
    shop.sale(100, "2026-01-10 12:00")
    shop.sale(100, "2026-01-11 12:00")
    shop.drain()
    RollupTotal.objects.filter(account=shop.account, grain=Grain.MONTH).update(orders=7)
    found = verifying.verify(shop.account.pk, now=NOW, days=1)
    assert {(one.table, one.row["grain"]) for one in found} == {("rolluptotal", "month")}


def test_what_the_nightly_check_finds_is_logged_and_told_on_pages(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    sale = shop.sale(100, "2026-01-10 12:00")
    shop.drain()
    Booking.objects.filter(account=shop.account, pk=sale.pk).update(base_amount=200)
    tasks.verify_account(shop.account.pk, seed=1)
    assert "Rollups differ from their bookings" in caplog.text
    assert engine.run(shop.query("2026-01-01", "2026-01-31")).differences > 0
    rollups.rebuild(shop.account.pk, now=NOW)
    assert engine.run(shop.query("2026-01-01", "2026-01-31")).differences == 0


def test_what_products_bring_is_kept_by_rising_number(shop: Shop) -> None:
    huge = 2**31 - 1  # the most that a line can hold
    for when in ("2026-01-10 12:00", "2026-01-11 12:00"):
        sale = shop.sale(900, when)
        for product, amount in (("Tee", 500), ("Mug", 300), ("Tee", 0), (None, 100)):
            shop.line(sale, product, amount, quantity=huge, is_order=amount > 0)
    Product.objects.filter(account=shop.account, name="Tee").update(number=9)  # behind the other's
    shop.drain()

    kept = RollupProduct.objects.filter(account=shop.account).order_by("grain", "on")
    assert [_figures(row, "number", "base_product_sold", "product_units", "product_orders") for row in kept] == [
        ([0, 2, 9], [100 * days, 300 * days, 500 * days], [huge * days, huge * days, 2 * huge * days], [days] * 3)
        for days in (1, 1, 2)
    ]


def _figures(row: RollupProduct, *names: str) -> tuple[list[int], ...]:
    return tuple(np.frombuffer(getattr(row, name), goods.TYPES[name]).tolist() for name in names)


def test_verify_finds_lines_that_nobody_noted(shop: Shop) -> None:
    shop.line(shop.sale(500, "2026-01-10 12:00"), "Tee", 500, quantity=1, is_order=True)
    shop.drain()
    BookedLine.objects.filter(account=shop.account).update(quantity=2)
    found = verifying.verify(shop.account.pk, now=NOW)
    assert {(one.table, one.row["grain"]) for one in found} == {("rollupproduct", "day"), ("rollupproduct", "month")}


def test_a_product_that_is_gone_counts_nowhere(shop: Shop) -> None:
    sale = shop.sale(800, "2026-01-10 12:00")
    shop.line(sale, "Tee", 500, quantity=1, is_order=True)
    shop.line(sale, "Mug", 300, quantity=1, is_order=True)
    shop.drain()
    Product.objects.filter(account=shop.account, name="Tee").delete()
    groups = engine.run(shop.query("2026-01-01", "2026-01-31", by=By.PRODUCT)).groups
    assert [(values["product_revenue"], values["product_share"]) for values in groups.values()] == [(Decimal(3), 1)]


def test_packing_products_has_everything_added_up_anew(db: None) -> None:
    shop = Shop()
    with tenant(shop.account.pk):
        shop.line(shop.sale(500, "2026-01-10 12:30"), "Tee", 500, quantity=1, is_order=True)
        shop.drain()
        kept = stored(shop)
        RollupProduct.objects.filter(account=shop.account).delete()
    with connection.cursor() as cursor:
        cursor.execute(import_module("analytics.migrations.0007_packed_products").NOTE)
    with tenant(shop.account.pk):
        shop.drain()
        assert stored(shop) == kept
