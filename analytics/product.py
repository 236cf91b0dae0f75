"""What the page of one product shows: figures over time, prices, buyers, places and what is bought with it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.functions import TruncDate, TruncMonth

from analytics import baskets, engine, leaderboard, products, prospects
from analytics.arrivals import arrivals, complete_since
from analytics.charts import Chart, chart_of
from analytics.customer import summed_by
from analytics.customers import count, percent
from analytics.figures import buckets, label
from analytics.forms import DAYS_DRAWN, QueryForm
from analytics.leaderboard import Ranked
from analytics.lines import lines_of
from analytics.metrics.base import Metric, Simple, Unit
from analytics.metrics.registry import METRICS
from analytics.overview import rows_url
from analytics.product_list import moved, pair_line, url_of
from analytics.query import By, Query
from analytics.report import Report, Values
from analytics.spans import within
from analytics.templatetags import metrics as write
from analytics.templatetags.countries import country_name
from datasources.models import Product
from putler.kernel.writing import marked

FIGURES: Final = ("product_revenue", "product_units", "product_units_refunded", "product_orders",
                  "product_refund_rate", "product_share")  # fmt: skip
_CURVES: Final = ("product_revenue", "product_units")
_MOST: Final = 10
_OTHERS: Final = 5  # products that are offered for merging
_ALONE: Final = re.compile(r"(M[^ML]+)(?=M|$)")  # a point of a curve without neighbours


def product_page(product: Product, form: QueryForm, *, words: str) -> dict[str, Any]:
    """What the page shows of a period; `words`: of what somebody looks for, to merge the two."""
    query = replace(form.query(), currency=None, compare=None)
    generation = engine.serving(query)
    asked = query.in_zone(generation.zone)
    ranked = next((row for row in leaderboard.leaderboard(query) if row.sold.public_id == str(product.public_id)), None)
    lines = lines_of(query.account.pk).filter(query.scope.holds, within([asked.span]), product=product)
    currency = generation.base_currency
    return {
        "product": product,
        "shown": write.days(asked.span, generation.zone),
        "currency": currency,
        "figures": list(_figures(form, product, ranked, currency)),
        "charts": _charts(form, replace(asked, by=form.grain), lines, currency),
        "prices": _prices(form, asked, product),
        "has_many_days": form.days.day_count > DAYS_DRAWN,
        "countries": list(_countries(lines, currency)),
        "pairs": _pairs(product, query, form),
        "prospect": _prospect(product, query, currency, form),
        "rows_url": rows_url(form, metric="product_revenue", by=By.PRODUCT.value, group=product.public_id),
        "merged": list(form.account.products.filter(merged_into=product).order_by("pk")),
        "words": words,
        "others": _others(product, form, words),
        "is_behind": form.account.changedhours.exists(),
    }


def _figures(form: QueryForm, product: Product, ranked: Ranked | None, currency: str) -> Iterator[tuple[str, str, str]]:
    """(label, figure, address of its rows)."""
    if ranked is None:
        return
    change = moved(ranked)[0]
    yield "Rank", f"{ranked.rank}" + (f" ({change})" if change else ""), ""
    for slug in FIGURES:
        value = write.figure(METRICS[slug], ranked.sold.values[slug], currency)
        rows = rows_url(form, metric=slug, by=By.PRODUCT.value, group=product.public_id)
        yield METRICS[slug].label.removesuffix(" of a product"), value, rows
    buyers, new = ranked.buyers, ranked.new_buyers
    yield "Buyers", count(buyers), ""
    yield "New buyers", count(new), ""
    yield "Returning buyers", count(buyers - new), ""
    prices = products.prices(form.query(), product).get(str(product.public_id), {})
    for code, price in sorted(prices.items()):
        yield f"Average price, {code}", write.money(price, code), ""


def _charts(form: QueryForm, query: Query, lines: QuerySet[Any], currency: str) -> list[Chart]:
    """Revenue and units over time."""
    by, zone = form.grain, query.account.zone
    trunc = TruncMonth if by is By.MONTH else TruncDate
    moments = lines.annotate(moment=trunc("occurred_at", tzinfo=zone))
    found = {_day(moment): values for moment, values in summed_by(moments, "moment", _CURVES, currency).items()}
    nothing: Values = {"product_revenue": Decimal(0), "product_units": 0}
    groups = {label(day, by, {}): found.get(day, nothing) for day in buckets(query.span, by, zone)}
    since = complete_since(arrivals(form.account, form.chosen or form.all_sources), form.today)
    report = Report(query=query, currency=currency, span=query.span, values={}, groups=groups)
    return [chart_of(report, METRICS[slug], since) for slug in _CURVES]


def _day(moment: date) -> date:
    """The day of a date, or of an instant that stands for a month."""
    return moment.date() if isinstance(moment, datetime) else moment


def _prices(form: QueryForm, query: Query, product: Product) -> list[Chart]:
    """The price of one by day, a curve for each currency; days without sales are blank."""
    if form.days.day_count > DAYS_DRAWN:
        return []
    charts = []
    for currency, prices in leaderboard.price_history(query, product).items():
        metric = _price(currency)
        groups: dict[str, Values] = {day.isoformat(): {metric.slug: price} for day, price in prices.items()}
        report = Report(query=replace(query, by=By.DAY), currency=currency, span=query.span, values={}, groups=groups)
        chart = chart_of(report, metric)
        charts.append(replace(chart, line=_ALONE.sub(r"\1Z", chart.line), area=""))
    return charts


def _price(currency: str) -> Metric:
    return Simple(
        slug=f"price_{currency.lower()}",
        label=f"Price in {currency}",
        formula="mean price of one, before refunds",
        unit=Unit.MONEY,
        where=Q(),
    )


def _countries(lines: QuerySet[Any], currency: str) -> Iterator[tuple[str, str, str]]:
    """(country, units, revenue) of those that brought most."""
    found = summed_by(lines, "booking__country", _CURVES, currency)
    ordered = sorted(found.items(), key=lambda row: (-(row[1]["product_revenue"] or 0), row[0] or ""))
    for country, values in ordered[:_MOST]:
        units, revenue = (write.figure(METRICS[slug], values[slug], currency) for slug in reversed(_CURVES))
        yield country_name(country) if country else "Unknown", units, revenue


def _pairs(product: Product, query: Query, form: QueryForm) -> list[Any]:
    pairs = baskets.bought_together(query, limit=_MOST, of=product)
    return [pair_line(pair, url_of(form)) for pair in pairs]


class Prospect(NamedTuple):
    """What a product may bring next, written out; `record` says how far such forecasts were off."""

    units: str
    revenue: str
    record: str


def _prospect(product: Product, query: Query, currency: str, form: QueryForm) -> Prospect | None:
    """None while history is missing, or too short to have been right or wrong even once."""
    if arrivals(form.account, form.chosen or form.all_sources):
        return None
    expected = prospects.product_forecast(query, product)
    record = expected.record
    if expected.units is None or expected.revenue is None or record is None:
        return None
    share = f", {percent(record.share)} of what came" if record.share is not None else ""
    times = f"Each of the last {record.checked} forecasts" if record.checked > 1 else "The one forecast before"
    return Prospect(
        units=marked(f"{expected.units:,.1f}"),
        revenue=write.money(expected.revenue, currency, is_approximate=True),
        record=f"{times} was off by {marked(f'{record.mean_error:,.1f}')} units{share}, on average.",
    )


def _others(product: Product, form: QueryForm, words: str) -> list[Product]:
    """Which products the words may mean: by a part of the name or the stock-keeping unit."""
    if not words:
        return []
    named = Q(name__icontains=words) | Q(sku=words)
    others = form.account.products.filter(named, merged_into=None).exclude(pk=product.pk)
    return list(others.order_by("pk")[:_OTHERS])
