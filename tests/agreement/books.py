"""The product and the naive computation, asked the same question of the same files."""

import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Account
from analytics import engine, lists, products, rollups
from analytics.explain import explain
from analytics.metrics.base import Simple, Total, Unit
from analytics.metrics.registry import METRICS
from analytics.query import By, Query, Scope
from datasources.models import DataSource, Upload
from datasources.services import uploads
from datasources.services.rates import load_rates
from putler.kernel.money import Money
from putler.kernel.periods import Period
from putler.tenancy import tenant
from tests import make
from tests.naive import metrics as naive
from tests.naive.worlds import World

LATER = datetime(2030, 1, 1, tzinfo=UTC)
OF_A_PRODUCT = {
    "product_revenue": "revenue", "product_units": "units", "product_units_refunded": "units_refunded",
    "product_orders": "orders", "product_share": "share", "product_refund_rate": "refund_rate",
}  # fmt: skip
NOT_NAIVE = {"pending_amount"}  # tests/analytics has its value, computed by hand
BREAKDOWNS = (By.MONTH, By.DAY, By.SOURCE, By.CURRENCY, By.COUNTRY)


@dataclass(frozen=True)
class Books:
    """One world, kept by the product in `account`."""

    world: World
    account: Account

    @classmethod
    def open(cls, world: World) -> "Books":
        """Load the world's rates and ledger into a new account."""
        load_rates(world.rates.splitlines())
        books = cls(world, make.account(currency=world.base, time_zone=world.zone))
        books.take(world.ledger)
        return books

    def take(self, ledger: str) -> Upload:
        """Import a file and let the rollups follow."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ledger.csv"
            path.write_text(ledger, encoding="utf-8")
            with tenant(self.account.pk):
                upload = Upload.objects.create(account=self.account, name="ledger.csv", path=str(path), preset="ledger")
            uploads.check(upload)
            assert upload.rows_refused == 0, upload.message
            uploads.import_good_lines(upload, now=make.NOW)
        self.follow()
        return upload

    def follow(self) -> None:
        """Bring the rollups up to date."""
        rollups.drain(self.account.pk, now=make.NOW)

    def source(self, name: str) -> DataSource:
        """A source by its name."""
        with tenant(self.account.pk):
            return DataSource.objects.get(account=self.account, name=name)

    def query(self, sources: Collection[str] | None = None, by: By | None = None) -> Query:
        """The world's whole range."""
        with tenant(self.account.pk):
            ids = None
            if sources is not None:
                ids = self.account.sources.filter(name__in=sources).values_list("pk", flat=True)
            scope = Scope.of(self.account, ids)
        period = Period(self.world.start, self.world.end, ZoneInfo(self.world.zone))
        return Query(self.account, period, scope, LATER, by=by)

    def expected(self, sources: Collection[str] | None = None, unlinked: Collection[str] = ()) -> dict[str, Any]:
        """What the naive computation says."""
        return naive.compute(
            self.world.ledger,
            self.world.rates,
            base=self.world.base,
            zone=self.world.zone,
            start=self.world.start,
            end=self.world.end,
            sources=None if sources is None else frozenset(sources),
            unlinked=frozenset(unlinked),
        )

    def differences(self, sources: Collection[str] | None = None, unlinked: Collection[str] = ()) -> list[str]:
        """Every figure on which the two disagree, over the range and every breakdown."""
        expected = self.expected(sources, unlinked)
        report = engine.run(self.query(sources))
        found = _compared("range", expected["values"], report.values)
        if report.unconverted != expected["unconverted"]:
            found.append(f"unconverted: {expected['unconverted']} but {report.unconverted}")
        for by in BREAKDOWNS:
            groups = engine.run(self.query(sources, by)).groups
            known = expected[f"by_{by}"]
            if missing := set(known) - set(groups):
                found.append(f"by {by} without {missing}")
            for key, values in groups.items():
                found += _compared(f"by {by} {key}", known.get(key) or dict.fromkeys(values), values)
        found += self._differing_products(sources, expected["products"]) + self._differing_hours(sources, expected)
        return found + self._unexplained(sources, report.values) + self._ranked(sources, expected)

    def _differing_products(self, sources: Collection[str] | None, expected: dict[str, Any]) -> list[str]:
        query = self.query(sources, By.PRODUCT)
        with tenant(self.account.pk):
            groups = engine.run(query).groups
            names = products.names(self.account, groups)
            listed = {sold.name: sold for sold in products.sold(query)}
            prices, buyers = products.prices(query), products.buyers(query)
            found = []
            for key, values in groups.items():
                naively = expected.get(names[key].replace("unattributed", ""), {})
                wanted = {slug: naively.get(name) for slug, name in OF_A_PRODUCT.items()}
                found += _compared(names[key], wanted, values)
                behind = sum(row[2] for row in self.rows_behind("product_revenue", query, key))
                if behind != values["product_revenue"]:
                    found.append(f"explain {names[key]}: {behind}, not {values['product_revenue']}")
        told = {
            name: (*buyers.get(sold.public_id, (0, 0)), prices.get(sold.public_id, {})) for name, sold in listed.items()
        }
        known = {name: (one["buyers"], one["new_buyers"], one["avg_price"]) for name, one in expected.items() if name}
        return found + ([] if told == known else [f"products: {known} but {told}"])

    def _differing_hours(self, sources: Collection[str] | None, expected: dict[str, Any]) -> list[str]:
        cells = {
            f"{cell.weekday}-{cell.hour:02}": {"orders": cell.orders, "gross_sales": cell.gross_sales}
            for cell in lists.heatmap(self.query(sources))
            if cell.sales
        }
        return [] if cells == expected["heatmap"] else [f"hours: {expected['heatmap']} but {cells}"]

    def _unexplained(self, sources: Collection[str] | None, values: dict[str, Any]) -> list[str]:
        query = self.query(sources)
        sums = {
            slug: sum(share for _, _, share in self.rows_behind(slug, query))
            for slug in values
            if isinstance(METRICS[slug], Simple | Total)
        }
        return [f"explain {slug}: {total}, not {values[slug]}" for slug, total in sums.items() if total != values[slug]]

    def rows_behind(self, slug: str, query: Query, group: str | None = None) -> list[tuple[str, str, Decimal]]:
        """(source, external id, share in major units) of the rows that `explain` shows, those of 0 left out; sorted."""
        with tenant(self.account.pk):
            explained = explain(slug, query, group=group)
            rows = explained.rows.values_list("source__name", "transaction__external_id", "share")
            is_money = explained.metric.unit is Unit.MONEY
            return sorted(
                (source, row, Money.from_minor(share, explained.currency).amount if is_money else Decimal(share))
                for source, row, share in rows
                if share
            )

    def _ranked(self, sources: Collection[str] | None, expected: dict[str, Any]) -> list[str]:
        with tenant(self.account.pk):
            ranked = [(top.customer.key, top.net_sales) for top in lists.top_customers(self.query(sources))]
        wanted = [tuple(row) for row in expected["top_customers"]]
        return [] if ranked == wanted else [f"top customers: {wanted} but {ranked}"]


def _compared(where: str, expected: dict[str, Any], values: dict[str, Any]) -> list[str]:
    """The figures that differ; a breakdown may have some that the naive computation does not cut that way."""
    found = []
    for slug, value in values.items():
        key = next((key for key in (slug, f"{slug}_seconds", f"median_{slug}") if key in expected), slug)
        if key not in expected:
            if where == "range" and slug not in NOT_NAIVE:
                found.append(f"{slug} is computed once only")
        elif not _same(expected[key], value):
            found.append(f"{where} {slug}: {expected[key]} but {value}")
    return found


def _same(one: Any, other: Any) -> bool:
    """Whether two figures are equal; where the naive computation has no group, there is nothing."""
    if one is None or other is None:
        return not one and not other
    return Decimal(one) == Decimal(other)
