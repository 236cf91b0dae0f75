"""Lists of products, as the metrics command prints them."""

from collections.abc import Callable, Iterator
from typing import Any

from analytics import baskets, leaderboard, products, prospects
from analytics.management.printing.words import plain, ratio, text
from analytics.metrics.base import Unit
from analytics.metrics.registry import METRICS
from analytics.query import Query
from datasources.models import Product
from putler.kernel.money import decimals


def _products(query: Query) -> dict[str, dict[str, Any]]:
    currency = query.currency or query.account.base_currency
    prices, buyers = products.prices(query), products.buyers(query)
    return {
        sold.name: {
            **{name: text(sold.values[slug], METRICS[slug].unit, currency) for name, slug in _OF_A_PRODUCT.items()},
            **dict(zip(("buyers", "new_buyers"), buyers.get(sold.public_id, (0, 0)), strict=True)),
            "avg_price": {
                code: f"{price:.{decimals(code)}f}" for code, price in sorted(prices.get(sold.public_id, {}).items())
            },
        }
        for sold in products.sold(query)
    }


def _bought_together(query: Query) -> dict[str, dict[str, Any]]:
    return {
        f"{pair.first}+{pair.second}": {
            "orders": pair.orders,
            "support": ratio(pair.support),
            "confidence": ratio(pair.confidence),
            "lift": ratio(pair.lift),
        }
        for pair in baskets.bought_together(query, least=1)
    }


def _first_product(query: Query) -> dict[str, dict[str, Any]]:
    return {
        row.name: {
            "new_customers": row.new_customers,
            "share": ratio(row.share),
            "repeat_rate": ratio(row.repeat_rate),
        }
        for row in baskets.first_products(query)
    }


def _fastest_moving(query: Query) -> str | None:
    found = leaderboard.fastest_moving(query)
    return found.name if found else None


def _leaderboard(query: Query) -> list[dict[str, Any]]:
    currency = query.account.base_currency
    return [
        {
            "rank": row.rank,
            "change": row.change,
            "product": row.sold.name,
            "curve": [text(amount, Unit.MONEY, currency) for amount in row.curve],
        }
        for row in leaderboard.leaderboard(query)
    ]


def _price_history(query: Query) -> dict[str, dict[str, dict[str, str]]]:
    """Of days with sales alone."""
    return {
        name: {
            currency: {f"{day}": f"{price:.{decimals(currency)}f}" for day, price in days.items() if price is not None}
            for currency, days in leaderboard.price_history(query, product).items()
        }
        for name, product in _sold(query)
    }


def _product_forecast(query: Query) -> dict[str, dict[str, Any]]:
    currency = query.account.base_currency
    found = {name: prospects.product_forecast(query, product) for name, product in _sold(query)}
    return {
        name: {"units": plain(one.units), "revenue": text(one.revenue, Unit.MONEY, currency)}
        for name, one in found.items()
    }


def _sold(query: Query) -> Iterator[tuple[str, Product]]:
    for row in products.sold(query):
        yield row.name, Product.objects.get(account=query.account, public_id=row.public_id)


_OF_A_PRODUCT = {
    "revenue": "product_revenue",
    "units": "product_units",
    "units_refunded": "product_units_refunded",
    "orders": "product_orders",
    "share": "product_share",
    "refund_rate": "product_refund_rate",
}


LISTS: dict[str, Callable[[Query], Any]] = {
    "products": _products,
    "bought_together": _bought_together,
    "first_product": _first_product,
    "fastest_moving": _fastest_moving,
    "leaderboard": _leaderboard,
    "price_history": _price_history,
    "product_forecast": _product_forecast,
}
