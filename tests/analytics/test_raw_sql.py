"""Five years of two thousand rows: the widgets and raw SQL over the ledger agree to the last cent, in every zone."""

from datetime import timedelta
from pathlib import Path

import pytest

from accounts.models import Account
from analytics import rollups
from bench import loading, shop
from bench.agreement import SUBSETS, postgresql, unequal
from datasources.services.rates import load_rates
from tests import make

ROWS = 2_000
ZONES = {"Europe/London": SUBSETS, "America/New_York": SUBSETS[-1:], "Asia/Kolkata": SUBSETS[-1:]}


@pytest.mark.slow
@pytest.mark.django_db
def test_every_widget_range_and_choice_of_sources_agrees_with_raw_sql(tmp_path: Path) -> None:
    load_rates(_rates())
    account = loading.new_account("A shop")
    loading.take(account, shop.write(ROWS, tmp_path))
    found: list[str] = []
    for zone, choices in ZONES.items():
        Account.objects.filter(pk=account.pk).update(time_zone=zone)
        account.refresh_from_db()
        rollups.drain(account.pk, now=make.NOW)
        found += unequal(account, [postgresql(account)], choices)

    assert found == []


def _rates() -> list[str]:
    days = [shop.FIRST + timedelta(number) for number in range(-10, (shop.LAST - shop.FIRST).days + 1)]
    quotes = [(on, currency, rate + on.day % 7) for on in days for currency, rate in (("GBP", 8601), ("USD", 10873))]
    return ["date,currency,units_per_eur", *(f"{on},{currency},{rate / 10_000:.4f}" for on, currency, rate in quotes)]
