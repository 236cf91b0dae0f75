"""Every widget as the product computes it, brought into the shape in which `raw` answers.

Whoever adds a widget to a page adds its line here, and its statement there.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import numpy as np

from accounts.models import Account
from analytics import baskets, cohorts, engine, gaps, lists, segments
from analytics.query import By, Compare, Query, Scope
from analytics.report import Values
from bench.ranges import NOW, Range
from bench.raw import MANY, Asked
from datasources.models import Product
from putler.tenancy import tenant

Rows = list[tuple[Any, ...]]
Both = tuple[Rows, Rows]  # of the range, and of what it is compared with
TILES: Final = ("net_sales", "gross_sales", "refunds", "fees", "taxes", "orders")
MONTHLY: Final = ("gross_sales", "refunds", "net_sales", "orders", "paying_customers")
LIFETIME: Final = ("repeat_rate", "ltv_historic")


@dataclass(frozen=True, slots=True)
class Question:
    """One account, range and choice of sources, for both who answer it."""

    account: Account
    range: Range
    sources: tuple[int, ...]
    scope: Scope

    @classmethod
    def of(cls, account: Account, asked: Range, names: Iterable[str] | None = None) -> "Question":
        """About the sources of these names, or all."""
        with tenant(account.pk):
            known = account.sources.filter(unlinked_at=None)
            ids = (known if names is None else known.filter(name__in=names)).values_list("pk", flat=True)
            return cls(account, asked, tuple(sorted(ids)), Scope.of(account, list(ids)))

    def query(self, *metrics: str, by: By | None = None) -> Query:
        """For the engine; the clock stands behind the range."""
        wanted = frozenset(metrics) or None
        period = self.range.period(self.account.zone)
        return Query(self.account, period, self.scope, NOW, by=by, compare=Compare.YEAR, metrics=wanted)

    def asked(self) -> tuple[Asked, Asked]:
        """For raw SQL."""
        spans = self.range.spans(self.account.zone)
        one, other = (
            Asked(self.account.pk, self.sources, self.account.time_zone, span, self.range.by) for span in spans
        )
        return one, other


def tiles(question: Question) -> Both:
    report = engine.run(question.query(*TILES, "aov", "refund_rate", "net_earnings"))
    return [_row(report.values, TILES)], [_row(report.previous or {}, TILES)]


def trend(question: Question) -> Both:
    report = engine.run(question.query("net_sales", by=By(question.range.by)))
    one, other = (
        [(_day(key), minor) for key, values in groups.items() if (minor := _minor(values["net_sales"]))]
        for groups in (report.groups, report.previous_groups)
    )
    return one, other


def unique_customers(question: Question) -> Both:
    report = engine.run(question.query("paying_customers"))
    return [_row(report.values, ["paying_customers"])], [_row(report.previous or {}, ["paying_customers"])]


def new_and_returning(question: Question) -> Both:
    slugs = ("new_customers", "returning_customers")
    report = engine.run(question.query(*slugs))
    return [_row(report.values, slugs)], [_row(report.previous or {}, slugs)]


def top_products(question: Question) -> Both:
    report = engine.run(question.query("product_revenue", "product_units", by=By.PRODUCT))
    with tenant(question.account.pk):
        known = Product.objects.filter(account=question.account).values_list("public_id", "sku")
        skus = {str(public_id): sku or "" for public_id, sku in known}
    one, other = (_best(groups, skus) for groups in (report.groups, report.previous_groups))
    return one, other


def top_customers(question: Question) -> Both:
    query = question.query()
    assert query.comparison  # noqa: S101
    one, other = (
        [(top.customer.key, _minor(top.net_sales), top.orders) for top in lists.top_customers(asked, limit=MANY)]
        for asked in (query, replace(query, period=query.comparison))
    )
    return one, other


def heat_map(question: Question) -> Both:
    query = question.query()
    assert query.comparison  # noqa: S101
    one, other = (_hours(query), _hours(replace(query, period=query.comparison)))
    return one, other


def lifetime(question: Question) -> Both:
    report = engine.run(question.query(*LIFETIME))
    one, other = ([tuple(values[slug] for slug in LIFETIME)] for values in (report.values, report.previous or {}))
    return one, other


def rfm(question: Question) -> Both:
    """How many customers stand in each cell of the grid, and what they brought."""
    query = question.query()
    assert query.comparison  # noqa: S101
    ends = (query.span.end, query.comparison.end)
    one, other = (_cells(segments.rfm(query, as_of=end)) for end in ends)
    return one, other


def retention(question: Question) -> Both:
    query = question.query()
    assert query.comparison  # noqa: S101
    one, other = (_cohorts(query), _cohorts(replace(query, period=query.comparison)))
    return one, other


def coming_back(question: Question) -> Both:
    query = question.query()
    assert query.comparison  # noqa: S101
    with tenant(question.account.pk):
        generation = engine.serving(query)
        found = [gaps.read(query, generation, span) for span in (query.span, query.comparison)]
    one, other = ([(len(each.at), int(each.is_first.sum()))] for each in found)
    return one, other


def lost_customers(question: Question) -> Both:
    report = engine.run(question.query("lost_customers"))
    return [_row(report.values, ["lost_customers"])], [_row(report.previous or {}, ["lost_customers"])]


def bought_together(question: Question) -> Both:
    query = question.query()
    assert query.comparison  # noqa: S101
    one, other = (_pairs(query), _pairs(replace(query, period=query.comparison)))
    return one, other


def by_month(question: Question) -> Both:
    report = engine.run(question.query(*MONTHLY, by=By.MONTH))
    one, other = (
        [(_day(key), *_row(values, MONTHLY)) for key, values in groups.items() if any(values.values())]
        for groups in (report.groups, report.previous_groups)
    )
    return one, other


def cut_by(by: By) -> Callable[[Question], Both]:
    """Net sales and orders by source, country or currency."""

    def cut(question: Question) -> Both:
        report = engine.run(question.query("net_sales", "orders", by=by))
        one, other = (
            [(key, *_row(values, ("net_sales", "orders"))) for key, values in groups.items() if any(values.values())]
            for groups in (report.groups, report.previous_groups)
        )
        return sorted(one), sorted(other)

    return cut


WIDGETS: Final[dict[str, Callable[[Question], Both]]] = {
    "KPI tiles": tiles,
    "trend": trend,
    "unique customers": unique_customers,
    "new and returning": new_and_returning,
    "top products": top_products,
    "top customers": top_customers,
    "countries": cut_by(By.COUNTRY),
    "heat map": heat_map,
    "lifetime": lifetime,
    "segments": rfm,
    "cohorts": retention,
    "coming back": coming_back,
    "lost customers": lost_customers,
    "bought together": bought_together,
    "sources": cut_by(By.SOURCE),
    "currencies": cut_by(By.CURRENCY),
    "by month": by_month,
}


def agree(widget: str, ours: Both, theirs: Both) -> bool:
    """Whether two answers are the same to the last cent; raw SQL gives the parts of ratios, not the ratios."""
    return ours == ((_ratios(theirs[0]), _ratios(theirs[1])) if widget == "lifetime" else theirs)


def _ratios(rows: Rows) -> Rows:
    [(customers, repeaters, net)] = rows
    if not customers:
        return [(None, None)]
    share = (Decimal(repeaters) / customers).quantize(Decimal("0.0001"), "ROUND_HALF_UP")
    return [(share, (Decimal(net) / 100 / customers).quantize(Decimal("0.01"), "ROUND_HALF_UP"))]


def _best(groups: dict[str, Values], skus: dict[str, str]) -> Rows:
    rows: Rows = [
        (skus[key], *_row(values, ("product_revenue", "product_units")))
        for key, values in groups.items()
        if key in skus
    ]
    return sorted(rows, key=lambda row: (-row[1], row[0]))[:MANY]


def _cells(found: segments.Rfm) -> Rows:
    places = found.r * 10 + found.fm
    return [
        (place // 10, place % 10, int((places == place).sum()), int(found.net[places == place].sum()))
        for place in np.unique(places).tolist()
    ]


def _cohorts(query: Query) -> Rows:
    found = cohorts.cohorts(query)
    cells = [
        (f"{row.month}", f"{month}", active, _minor(net))
        for row in found.rows
        for month, active, net in zip(found.months[-len(row.active) :], row.active, row.net_sales, strict=True)
    ]
    return [cell for cell in cells if cell[2] or cell[3]]


def _pairs(query: Query) -> Rows:
    return [(pair.first, pair.second, pair.orders) for pair in baskets.bought_together(query, limit=MANY)]


def _hours(query: Query) -> Rows:
    cells = lists.heatmap(query)
    return [
        (cell.weekday, cell.hour, cell.sales, cell.orders, _minor(cell.gross_sales)) for cell in cells if cell.sales
    ]


def _row(values: Values, slugs: Iterable[str]) -> tuple[int, ...]:
    return tuple(_minor(values.get(slug)) for slug in slugs)


def _minor(value: Any) -> int:
    return int(value * 100) if isinstance(value, Decimal) else int(value or 0)


def _day(key: str) -> str:
    return key if len(key) > len("2026-01") else f"{key}-01"
