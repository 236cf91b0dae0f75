"""Figures by source, currency, country and product: as tables of a page, and in full for a file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from analytics import engine, products
from analytics.figures import UNATTRIBUTED
from analytics.metrics.base import Metric, Unit
from analytics.metrics.registry import METRICS
from analytics.query import By, Query
from analytics.report import Report, Values
from analytics.templatetags import metrics as write
from analytics.templatetags.countries import country_name
from putler.kernel.cells import Cell
from putler.kernel.writing import marked

MOST = 10  # rows of a table on a page
SHARE = "share"  # of net sales; products have a share of their own


class Cut(NamedTuple):
    """A table: its name, what its rows are called, and its columns, the first of which decides the order."""

    by: By
    title: str
    column: str
    slugs: tuple[str, ...]


_OF_SALES = ("net_sales", "gross_sales", "refunds", "refund_rate", "orders", "aov")
CUTS = {
    cut.by: cut
    for cut in (
        Cut(By.SOURCE, "Sources", "Source", _OF_SALES),
        Cut(By.CURRENCY, "Currencies", "Currency", _OF_SALES),
        Cut(By.COUNTRY, "Countries", "Country", _OF_SALES),
        Cut(
            By.PRODUCT,
            "Products",
            "Product",
            ("product_revenue", "product_units", "product_refund_rate", "product_share"),
        ),
    )
}
_ON_PHONES = {"net_sales", "orders", "product_revenue", "product_units"}


class Column(NamedTuple):
    """A figure's column; `is_wide`: phones have no room for it."""

    label: str
    formula: str
    is_wide: bool


class Figure(NamedTuple):
    """A cell: what it says, where its rows are, and whether phones have no room for it."""

    text: str
    url: str
    is_wide: bool


class Row(NamedTuple):
    """One group, written out."""

    name: str
    figures: list[Figure]
    is_sandbox: bool


@dataclass(frozen=True, slots=True)
class Table:
    """The first rows of a cut; `more`: how many are left out."""

    cut: Cut
    columns: list[Column]
    rows: list[Row]
    more: int


def table_of(query: Query, cut: Cut, *, link: Callable[..., str], sandboxes: set[str]) -> Table:
    """A cut of the query, largest first. `link`: parameters of rows → address."""
    report = _report(query, cut)
    ordered = _ordered(report, cut)
    names = _names(query, cut, [key for key, _ in ordered[:MOST]])
    rows = [
        Row(names[key], list(_figures(report, cut, key, values, link)), key in sandboxes)
        for key, values in ordered[:MOST]
    ]
    return Table(cut, list(_columns(cut)), rows, max(len(ordered) - MOST, 0))


def export(query: Query, cut: Cut) -> tuple[list[str], Iterator[list[Cell]]]:
    """(header, rows) of all groups: money in major units of the report's currency, shares as fractions."""
    report = _report(query, cut)
    ordered = _ordered(report, cut)
    names = _names(query, cut, [key for key, _ in ordered])
    slugs = [METRICS[slug] for slug in cut.slugs]
    labels = [f"{metric.label}, {report.currency}" if metric.unit is Unit.MONEY else metric.label for metric in slugs]
    rows = (
        [names[key], *(values.get(slug) for slug in cut.slugs), *([_share(report, values)] if _has_share(cut) else [])]
        for key, values in ordered
    )
    return [cut.column, *labels, *["Share"] * _has_share(cut)], rows


def _report(query: Query, cut: Cut) -> Report:
    return engine.run(replace(query, by=cut.by, compare=None, metrics=frozenset(cut.slugs)))


def _ordered(report: Report, cut: Cut) -> list[tuple[str, Values]]:
    first = cut.slugs[0]
    moved = [group for group in report.groups.items() if any(group[1].values())]
    return sorted(moved, key=lambda group: (-Decimal(group[1].get(first) or 0), group[0]))


def _names(query: Query, cut: Cut, keys: list[str]) -> dict[str, str]:
    if cut.by is By.PRODUCT:
        return products.names(query.account, keys) | {UNATTRIBUTED: "Without product"}
    return {key: country_name(key) if cut.by is By.COUNTRY else key for key in keys}


def _columns(cut: Cut) -> Iterator[Column]:
    for slug in cut.slugs:
        yield Column(METRICS[slug].label.removesuffix(" of a product"), METRICS[slug].formula, slug not in _ON_PHONES)
    if _has_share(cut):
        yield Column("Share", "net sales ÷ net sales of the whole period", is_wide=False)


def _figures(report: Report, cut: Cut, key: str, values: Values, link: Callable[..., str]) -> Iterator[Figure]:
    for slug in cut.slugs:
        text = _written(report, METRICS[slug], values)
        yield Figure(text, link(metric=slug, by=cut.by.value, group=key), slug not in _ON_PHONES)
    if _has_share(cut):
        share = _share(report, values)
        text = write.NOTHING if share is None else marked(f"{share * 100:,.1f}%").replace("-", write.MINUS)
        yield Figure(text, link(metric="net_sales", by=cut.by.value, group=key), is_wide=False)


def _written(report: Report, metric: Metric, values: Values) -> str:
    return write.figure(metric, values.get(metric.slug), report.currency, is_approximate=report.is_approximate)


def _has_share(cut: Cut) -> bool:
    return cut.by is not By.PRODUCT


def _share(report: Report, values: Values) -> Decimal | None:
    total = Decimal(report.values["net_sales"] or 0)
    return (Decimal(values["net_sales"] or 0) / total).quantize(Decimal("0.0001")) if total > 0 else None
