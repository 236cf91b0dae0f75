"""What the page of products shows: who leads, what moves, what is bought together and what comes first."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.urls import reverse

from analytics import baskets, leaderboard, pareto
from analytics.baskets import FirstProduct, Pair
from analytics.charts import Spark
from analytics.customers import count, percent
from analytics.forms import QueryForm
from analytics.forms_products import ProductsForm
from analytics.framing import framed
from analytics.leaderboard import Ranked
from analytics.metrics.registry import METRICS
from analytics.overview import rows_url
from analytics.query import By
from analytics.templatetags import metrics as write
from putler.kernel.cells import Cell

CARDS: Final = ("goods_sales", "units", "units_refunded", "units_per_order")
MOST: Final = 50  # products on the page
PAIRS: Final = 10
SLUGS: Final = ("product_revenue", "product_units", "product_refund_rate", "product_share")
HEADER: Final = ("Rank", "Change", "Product", "Revenue", "Units", "Refund rate", "Buyers", "New buyers", "Share")


class Line(NamedTuple):
    """A product of the leaderboard, written out; `tone`: whether it rose or fell."""

    rank: int
    moved: str
    tone: str
    name: str
    url: str
    revenue: str
    units: str
    rows: dict[str, str]
    refund_rate: str
    buyers: str
    share: str
    spark: Spark


class PairLine(NamedTuple):
    """Two products that are bought together, written out."""

    products: list[tuple[str, str]]  # (name, address)
    orders: str
    support: str
    confidence: str
    confidence_back: str
    lift: str


class FirstLine(NamedTuple):
    """What new customers bought first, written out."""

    name: str
    url: str
    customers: str
    share: str
    repeat_rate: str


def page(form: ProductsForm) -> dict[str, Any]:
    """What the page shows of a period; products are in the base currency."""
    query = replace(form.query(), currency=None)
    ranked = leaderboard.leaderboard(query)
    brought = pareto.pareto([Decimal(row.sold.values["product_revenue"] or 0) for row in ranked])
    fastest = leaderboard.fastest(row.sold for row in ranked)
    shown = ranked[: brought.size(form.chosen_best)] if form.chosen_best else ranked
    own = reverse("products")
    return framed(form, CARDS) | {
        "lines": [_line(row, form) for row in shown[:MOST]],
        "more": max(len(shown) - MOST, 0),
        "file": f"{reverse('product_file')}?{form.link()}",
        "pareto": brought,
        "pareto_share": percent(brought.share_of_top),
        "best_urls": {one.value: f"{own}?{form.link(best=one.value)}#leaders" for one in pareto.Best},
        "is_chosen": bool(form.chosen_best),
        "all_url": f"{own}?{form.link()}#leaders",
        "fastest": fastest,
        "fastest_url": url_of(form)(fastest.public_id) if fastest else "",
        "pairs": [pair_line(pair, url_of(form)) for pair in baskets.bought_together(query, limit=PAIRS)],
        "firsts": [_first(row, form) for row in baskets.first_products(query)[:PAIRS]],
    }


def file_of(form: QueryForm) -> tuple[list[str], Iterator[list[Cell]]]:
    """(header, rows) of the whole leaderboard; money in the base currency, shares as fractions."""
    titles = [f"{title}, {form.account.base_currency}" if title == "Revenue" else title for title in HEADER]
    return titles, (_cells(row) for row in leaderboard.leaderboard(replace(form.query(), currency=None)))


def url_of(form: QueryForm) -> Callable[[str], str]:
    """Public id → the page of a product, of the same period."""
    return lambda public_id: f"{reverse('product', args=[public_id])}?{form.link()}"


def pair_line(pair: Pair, url: Callable[[str], str]) -> PairLine:
    """Two products, written out."""
    return PairLine(
        products=[(pair.first, url(pair.keys[0])), (pair.second, url(pair.keys[1]))],
        orders=count(pair.orders),
        support=percent(pair.support),
        confidence=percent(pair.confidence),
        confidence_back=percent(pair.confidence_back),
        lift=f"{pair.lift:.2f}×",
    )


def moved(row: Ranked) -> tuple[str, str]:
    """(how the rank changed, its tone)."""
    if row.change is None:
        return "new", ""
    if not row.change:
        return "", ""
    return f"{'▲' if row.change > 0 else '▼'} {abs(row.change)}", "good" if row.change > 0 else "bad"


def _line(row: Ranked, form: QueryForm) -> Line:
    sold, currency = row.sold, form.account.base_currency
    text = {slug: write.figure(METRICS[slug], sold.values[slug], currency) for slug in SLUGS}
    change, tone = moved(row)
    return Line(
        rank=row.rank,
        moved=change,
        tone=tone,
        name=sold.name,
        url=url_of(form)(sold.public_id),
        revenue=text["product_revenue"],
        units=text["product_units"],
        rows={slug: rows_url(form, metric=slug, by=By.PRODUCT.value, group=sold.public_id) for slug in SLUGS},
        refund_rate=text["product_refund_rate"],
        buyers=count(row.buyers),
        share=text["product_share"],
        spark=Spark.of(row.curve),
    )


def _first(row: FirstProduct, form: QueryForm) -> FirstLine:
    url = url_of(form)(row.key)
    return FirstLine(row.name, url, count(row.new_customers), percent(row.share), percent(row.repeat_rate))


def _cells(row: Ranked) -> list[Cell]:
    sold = row.sold
    first, *rest = (sold.values[slug] for slug in SLUGS)
    return [row.rank, row.change, sold.name, first, *rest[:2], row.buyers, row.new_buyers, rest[2]]
