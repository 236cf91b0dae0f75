"""The pages with figures: Home, and the rows behind them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import AccountRequest, account_required
from accounts.models import Role
from analytics import engine, lists
from analytics.charts import Spark, chart_of, series
from analytics.forms import QueryForm, RowsForm, SearchForm
from analytics.metrics.registry import METRICS
from analytics.query import By, Query
from analytics.report import Cell, Report, Values
from analytics.templatetags import metrics as write
from analytics.templatetags.countries import country_name

CARDS = ("net_sales", "orders", "aov", "paying_customers", "new_customers", "refund_rate", "fees", "net_earnings")
CUTS = {By.SOURCE: "Sources", By.CURRENCY: "Currencies", By.COUNTRY: "Countries"}
TOP = 6  # rows of a short list; the others are one row


@never_cache
@require_safe
@account_required(role=Role.VIEWER)
def home(request: AccountRequest) -> HttpResponse:
    form = QueryForm(request.GET, account=request.account, now=timezone.now())
    return render(request, "analytics/home.html", {"form": form} | (overview(form) if form.all_sources else {}))


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


@dataclass(frozen=True, slots=True)
class Bar:
    """One group of a breakdown, or one customer, written out; `part` in percent of the largest."""

    name: str
    orders: str
    net_sales: str
    share: str
    part: int
    url: str = ""


def overview(form: QueryForm) -> dict[str, Any]:
    """What Home shows of a period."""
    query = replace(form.query(), metrics=frozenset(CARDS))
    report = engine.run(replace(query, by=form.by))
    zone, compared = form.account.zone, report.compared
    return {
        "report": report,
        "shown": write.days(report.span, zone),
        "compared": write.days(compared, zone) if compared else "",
        "cards": [Card(report.cell(slug), Spark.of(series(report, slug)), _rows(form, metric=slug)) for slug in CARDS],
        "chart": chart_of(report, METRICS["net_sales"]),
        "breakdowns": [(title, by.value, list(_bars(form, query, by))) for by, title in CUTS.items()],
        "customers": list(_customers(form, query)),
        "is_behind": form.account.changedhours.exists(),
    }


def _rows(form: QueryForm, **which: Any) -> str:
    return f"{reverse('transactions')}?{form.link(**which)}"


def _bars(form: QueryForm, query: Query, by: By) -> Iterator[Bar]:
    report = engine.run(replace(query, by=by, compare=None, metrics=frozenset({"net_sales", "orders"})))
    ordered = sorted(report.groups.items(), key=lambda group: (-_net(group[1]), group[0]))
    moved = [(key, values) for key, values in ordered if values["orders"] or values["net_sales"]]
    total, most = _net(report.values), max((_net(values) for _, values in moved), default=Decimal(0))
    for key, values in moved[:TOP]:
        name = country_name(key) if by is By.COUNTRY else key
        yield _bar(report, name, values, total, most, url=_rows(form, metric="net_sales", by=by.value, group=key))
    if rest := [values for _, values in moved[TOP:]]:
        added = {slug: sum(Decimal(values[slug] or 0) for values in rest) for slug in ("net_sales", "orders")}
        yield _bar(report, f"{len(rest)} more", {**added, "orders": int(added["orders"])}, total, most)


def _bar(report: Report, name: str, values: Values, total: Decimal, most: Decimal, *, url: str = "") -> Bar:
    net = _net(values)
    return Bar(
        name=name,
        orders=f"{values['orders']:,}",
        net_sales=write.money(net, report.currency, is_approximate=report.is_approximate),
        share=f"{net / total * 100:,.1f}%".replace("-", write.MINUS) if total > 0 else write.NOTHING,
        part=round(max(net, Decimal(0)) / most * 100) if most > 0 else 0,
        url=url,
    )


def _net(values: Values) -> Decimal:
    return Decimal(values["net_sales"] or 0)


def _customers(form: QueryForm, query: Query) -> Iterator[Bar]:
    top = lists.top_customers(query, limit=TOP)
    most = max((row.net_sales for row in top), default=Decimal(0))
    for row in top:
        yield Bar(
            name=row.customer.email or "Customer without e-mail",
            orders=f"{row.orders:,}",
            net_sales=write.money(row.net_sales, form.account.base_currency),
            share="",
            part=round(max(row.net_sales, Decimal(0)) / most * 100) if most > 0 else 0,
            url=_rows(form, customer=row.customer.public_id),
        )
