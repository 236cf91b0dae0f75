"""What Home shows: cards, a chart, breakdowns and top customers, written out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from analytics import engine, lists
from analytics.arrivals import arrivals, complete_since
from analytics.charts import Bar, Spark, bars_of, chart_of, part_of, series
from analytics.forms import QueryForm
from analytics.freshness import freshness
from analytics.metrics.registry import METRICS
from analytics.query import By, Query
from analytics.report import Cell, Report
from analytics.templatetags import metrics as write
from putler.kernel.periods import local_day
from putler.kernel.writing import marked

CARDS = ("net_sales", "orders", "aov", "paying_customers", "new_customers", "refund_rate", "fees", "net_earnings")
CUTS = ((By.SOURCE, "Sources", "Source"), (By.CURRENCY, "Currencies", "Currency"), (By.COUNTRY, "Countries", "Country"))
LOOKING_BACK = {"new_customers"}  # nobody knows them before all of history has arrived
TOP = 6  # rows of a short list


@dataclass(frozen=True, slots=True)
class Card:
    """A figure with its curve and the address of its rows."""

    cell: Cell
    spark: Spark
    url: str

    @property
    def tone(self) -> str:
        """Whether the change is welcome."""
        return write.tone(self.cell)


def overview(form: QueryForm) -> dict[str, Any]:
    """What Home shows of a period."""
    arriving = arrivals(form.account, form.chosen or form.all_sources)
    since = complete_since(arriving, form.today)
    query = replace(form.query(), metrics=frozenset(CARDS))
    whole = replace(query, by=form.grain, compare=query.compare if is_fair(query, since) else None)
    cuts = [replace(query, by=by, compare=None, metrics=frozenset({"net_sales", "orders"})) for by, _, _ in CUTS]
    report, *cut_reports = engine.run_all([whole, *cuts])
    zone, compared = form.account.zone, report.compared
    return {
        "report": report,
        "shown": write.days(report.span, zone),
        "compared": write.days(compared, zone) if compared else "",
        "cards": [card_of(form, report, slug, since) for slug in CARDS],
        "chart": chart_of(report, METRICS["net_sales"], since),
        "breakdowns": [
            (title, column, by.value, _breakdown(form, report, by))
            for (by, title, column), report in zip(CUTS, cut_reports, strict=True)
        ],
        "customers": list(_customers(form, query)),
        "arriving": arriving,
        "is_partial": since is not None and since > local_day(query.span.start, zone),
        "is_watched": any(not one.source.attention for one in arriving),
        "unconverted": unconverted(report),
        "is_behind": form.account.changedhours.exists(),
        "as_of": freshness(form, current_at=report.current_at, unconverted=report.unconverted),
    }


def card_of(form: QueryForm, report: Report, slug: str, since: date | None) -> Card:
    """A figure of the report; `since`: the first complete day, or None."""
    cell, curve = report.cell(slug), series(report, slug, since)
    if since and slug in LOOKING_BACK:
        cell, curve = Cell(cell.metric, None), []
    return Card(cell, Spark.of(curve), rows_url(form, metric=slug))


def is_fair(query: Query, since: date | None) -> bool:
    """Whether nothing is missing of what the period is compared with; `since`: the first complete day, or None."""
    other = query.comparison
    return since is None or other is None or since <= local_day(other.start, query.account.zone)


def unconverted(report: Report) -> str:
    """What no money figure contains, in words."""
    parts = [f"{count:,} row{'s' * (count > 1)} in {currency}" for currency, count in report.unconverted.items()]
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def rows_url(form: QueryForm, **which: Any) -> str:
    """The address of the rows behind a figure of the page."""
    return f"{reverse('transactions')}?{form.link(**which)}"


def _breakdown(form: QueryForm, report: Report, by: By) -> list[Bar]:
    sandboxes = {source.name for source in form.all_sources if source.is_test} if by is By.SOURCE else set()
    return [
        replace(
            bar,
            url=bar.key and rows_url(form, metric="net_sales", by=by.value, group=bar.key),
            is_sandbox=bar.key in sandboxes,
        )
        for bar in bars_of(report, most=TOP)
    ]


def _customers(form: QueryForm, query: Query) -> Iterator[Bar]:
    top = lists.top_customers(query, limit=TOP)
    most = max((row.net_sales for row in top), default=Decimal(0))
    for row in top:
        yield Bar(
            key=str(row.customer.public_id),
            name=row.customer.email or ("Erased customer" if row.customer.is_erased else "Customer without e-mail"),
            orders=marked(f"{row.orders:,}"),
            net_sales=write.money(row.net_sales, form.account.base_currency),
            share="",
            part=part_of(row.net_sales, most),
            url=rows_url(form, customer=row.customer.public_id),
        )
