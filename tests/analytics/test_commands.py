"""The metrics command and the jobs, as operators and workers meet them."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django_q.models import OrmQ, Schedule

from analytics import tasks
from analytics.metrics.registry import METRICS
from tests.analytics.make import Shop, at

RANGE = ("--from", "2026-01-01", "--to", "2026-01-31")


OTHER_NAMES = {"sale_every_seconds", "median_days_between_orders", "median_days_to_second_order"}
OF_ALL = [slug for slug, metric in METRICS.items() if metric.can_be(None)]


def answer(shop: Shop, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    call_command("metrics", str(shop.account.public_id), *RANGE, *arguments)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_it_prints_every_figure_as_text_or_integer(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.sale(28479, "2026-01-10 12:00", customer="ann", is_first=True)
    shop.drain()
    found = answer(shop, capsys)
    assert (found["currency"], found["from"], found["to"]) == ("EUR", "2026-01-01", "2026-01-31")
    assert set(found["values"]) == {*OF_ALL, *OTHER_NAMES}
    expected = {"gross_sales": "284.79", "orders": 1, "refund_rate": "0.0000", "dispute_rate": "0.0000"}
    assert found["values"] | expected == found["values"]
    assert found["values"]["sale_every"] == found["values"]["sale_every_seconds"] == 31 * 86400


def test_a_figure_over_nothing_is_null(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(shop, capsys)["values"]["aov"] is None


def test_yen_have_no_decimals(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.account.base_currency = "JPY"
    shop.account.save()
    shop.currency = "JPY"
    shop.sale(7350, "2026-01-10 12:00")
    shop.drain()
    assert answer(shop, capsys)["values"]["gross_sales"] == "7350"


def test_groups_and_lists_come_on_request(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.sale(100, "2026-01-10 12:00", customer="ann")
    shop.drain()
    assert list(answer(shop, capsys, "--by", "country")["groups"]) == ["unknown"]
    assert answer(shop, capsys, "--list", "top_customers")["list"] == [["ann", "1.00"]]
    assert answer(shop, capsys, "--list", "balance_change")["list"] == {"stripe EUR": "1.00"}
    today = answer(shop, capsys, "--list", "today", "--now", "2026-01-10T13:00:00Z")["list"]
    assert today["net_sales"] == {"value": "1.00", "previous": "0.00", "change": "new"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--list", "nonsense"), ("--sources", "nobody"), ("--by", "moon"), ("--currency", "ZZZ"), ("--now", "soon"),
        ("--now", "2026-01-01T00:00:00"), ("--to", "2025-01-01"), ("--from", "yesterday"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_told_in_one_line(shop: Shop, arguments: tuple[str, str]) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("metrics", str(shop.account.public_id), *RANGE, *arguments)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)


def test_an_unknown_account_is_told(db: None) -> None:
    for account in ("nobody", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(CommandError, match="There is no account"):
            call_command("metrics", account, *RANGE)


def test_rollups_are_rebuilt_and_verified_by_command(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    booking = shop.sale(100, "2026-01-10 12:00")
    call_command("rebuild_rollups", account=str(shop.account.public_id))
    call_command("verify_rollups", account=str(shop.account.public_id))
    type(booking).objects.filter(account=shop.account, pk=booking.pk).update(base_amount=900)
    with pytest.raises(CommandError, match="differ"):
        call_command("verify_rollups", account=str(shop.account.public_id), days=1)
    assert "31 days" in capsys.readouterr().out


def test_the_sweep_queues_a_drain_for_whoever_is_behind(shop: Shop) -> None:
    shop.sale(100, "2026-01-10 12:00")
    tasks.sweep()
    queued = [job.task for job in OrmQ.objects.all()]
    assert [(job["func"].__name__, job["args"]) for job in queued] == [("drain_account", (shop.account.pk,))]
    tasks.drain_account(shop.account.pk)
    assert shop.drain(now=at("2027-06-01 00:00")) == 0


def test_the_sweep_is_scheduled_every_minute(db: None) -> None:
    schedule = Schedule.objects.get(func="analytics.tasks.sweep")
    assert (schedule.minutes, schedule.repeats, schedule.cluster) == (1, -1, "short")


@pytest.mark.parametrize("command", ["rebuild_rollups", "verify_rollups"])
@pytest.mark.parametrize("account", ["nobody", "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_account_is_no_all_clear(db: None, command: str, account: str) -> None:
    with pytest.raises(CommandError, match="no account") as refused:
        call_command(command, "--account", account)
    assert refused.value.returncode == 2
