"""What the page of sales shows: one figure over time, cards, tables, and the hours of the week."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from analytics import engine, heat, tables
from analytics.arrivals import arrivals, complete_since
from analytics.charts import chart_of
from analytics.forms import SalesForm
from analytics.freshness import freshness
from analytics.metrics.registry import METRICS
from analytics.overview import card_of, is_fair, rows_url, unconverted
from analytics.query import By, Query
from analytics.templatetags import metrics as write
from putler.kernel.cells import Cell
from putler.kernel.periods import local_day

CARDS = (
    "gross_sales", "net_sales", "orders", "units", "discounts", "taxes", "shipping", "fees", "refunds", "refund_rate",
    "disputes", "failed_orders",
)  # fmt: skip
HOURS = "hours"  # the name of the map's file
FILES = {HOURS, *(by.value for by in tables.CUTS)}


class Choice(NamedTuple):
    """A link that changes one thing about the page."""

    label: str
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class _Links:
    """Addresses of this page with one thing changed, and of the files that it offers."""

    form: SalesForm

    def page(self, **changes: str) -> str:
        return f"{reverse('sales')}?{urlencode(self.form.asked | changes, doseq=True)}"

    def file(self, table: str) -> str:
        shown_in = {"currency": self.form.in_currency} if self.form.in_currency else {}
        return f"{reverse('sales_file')}?{self.form.link(table=table, **shown_in)}"


def sales(form: SalesForm) -> dict[str, Any]:
    """What the page shows of a period."""
    arriving = arrivals(form.account, form.chosen or form.all_sources)
    since = complete_since(arriving, form.today)
    query, links = form.query(), _Links(form)
    compare = query.compare if is_fair(query, since) else None
    wanted = frozenset({*CARDS, form.metric.slug})
    report = engine.run(replace(query, by=form.grain, compare=compare, metrics=wanted))
    zone, compared = form.account.zone, report.compared
    return {
        "report": report,
        "shown": write.days(report.span, zone),
        "compared": write.days(compared, zone) if compared else "",
        "cards": [card_of(form, report, slug, since) for slug in CARDS],
        "chart": chart_of(report, form.metric, since),
        "chart_url": rows_url(form, metric=form.metric.slug),
        "choices": list(_choices(links)),
        "grains": list(_grains(links)),
        "tables": [(_table(form, query, cut), links.file(by.value)) for by, cut in tables.CUTS.items()],
        "heat": _heat(form, query),
        "heat_hours": range(24),
        "heat_choices": list(_averages(links)),
        "heat_file": links.file(HOURS),
        "arriving": arriving,
        "is_partial": since is not None and since > local_day(query.span.start, zone),
        "is_watched": any(not one.source.attention for one in arriving),
        "unconverted": unconverted(report),
        "is_behind": form.account.changedhours.exists(),
        "as_of": freshness(form, current_at=report.current_at, unconverted=report.unconverted),
    }


def file_of(form: SalesForm, name: str) -> tuple[list[str], list[list[Cell]]]:
    """(header, rows) of one table of the page, by one of FILES, with all its rows."""
    if name == HOURS:
        header, rows = heat.export(replace(form.query(), currency=None))
        return list(header), rows
    titles, groups = tables.export(form.query(), tables.CUTS[By(name)])
    return titles, list(groups)


def _table(form: SalesForm, query: Query, cut: tables.Cut) -> tables.Table:
    sandboxes = {source.name for source in form.all_sources if source.is_test} if cut.by is By.SOURCE else set()
    return tables.table_of(query, cut, link=lambda **which: rows_url(form, **which), sandboxes=sandboxes)


def _heat(form: SalesForm, query: Query) -> list[heat.Line]:
    return heat.heat_of(
        replace(query, currency=None),
        form.account.base_currency,
        is_average=form.is_average,
        week_start=form.account.week_start,
        link=lambda **which: rows_url(form, **which),
    )


def _choices(links: _Links) -> Iterator[Choice]:
    for slug in links.form.metrics:
        yield Choice(METRICS[slug].label, links.page(curve=slug), slug == links.form.metric.slug)


def _grains(links: _Links) -> Iterator[Choice]:
    for by in links.form.grains:
        yield Choice(by.value.capitalize(), links.page(steps=by.value), by is links.form.grain)


def _averages(links: _Links) -> Iterator[Choice]:
    is_average = links.form.is_average
    yield Choice("Total", links.page(average=""), not is_average)
    yield Choice("Average", links.page(average="1"), is_average)
