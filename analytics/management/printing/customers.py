"""Lists of customers, as the metrics command prints them."""

from collections.abc import Callable
from typing import Any

from analytics import cohorts, lists, pareto, segments
from analytics.management.printing.words import ratio, text
from analytics.metrics.base import Unit
from analytics.query import Query
from putler.kernel.money import decimals


def _top_customers(query: Query) -> list[list[str]]:
    places = decimals(query.account.base_currency)
    return [[row.customer.key, f"{row.net_sales:.{places}f}"] for row in lists.top_customers(query)]


def _rfm(query: Query) -> dict[str, dict[str, Any]]:
    found = segments.rfm(query)
    return {
        one.customer.key: {
            "recency_days": one.recency_days,
            "frequency": one.frequency,
            "monetary": f"{one.monetary:.{decimals(found.currency)}f}",
            "r": one.r,
            "f": one.f,
            "m": one.m,
            "fm": one.fm,
            "segment": one.segment,
        }
        for one in segments.members(query, found)
    }


def _segments(query: Query) -> dict[str, dict[str, Any]]:
    found = segments.rfm(query)
    return {
        one.slug: {
            "customers": one.customers,
            "share": ratio(one.share),
            "net_sales": f"{one.net_sales:.{decimals(found.currency)}f}",
            "aov": text(one.aov, Unit.MONEY, found.currency),
            "median_recency_days": text(one.median_recency_days, Unit.DAYS, found.currency),
        }
        for one in segments.summary(found)
    }


def _migration(query: Query) -> dict[str, int]:
    moved = segments.migration(query, segments.rfm(query))
    return {f"{before or '-'} > {now}": count for (before, now), count in sorted(moved.items(), key=str)}


def _cohorts(query: Query) -> dict[str, dict[str, Any]]:
    found = cohorts.cohorts(query)
    return {
        f"{row.month:%Y-%m}": {
            "size": row.size,
            "active": list(row.active),
            "retention": [ratio(share) for share in row.retention],
            "orders": list(row.orders),
            "net_per_customer": [text(amount, Unit.MONEY, found.currency) for amount in row.net_per_customer],
        }
        for row in found.rows
    }


def _pareto(query: Query) -> dict[str, Any]:
    return _shares(pareto.of_customers(query), "customers")


def _pareto_products(query: Query) -> dict[str, Any]:
    return _shares(pareto.of_products(query), "products")


def _shares(found: pareto.Pareto, of: str) -> dict[str, Any]:
    return {
        of: found.count,
        "top_20_percent": found.top,
        "share_of_top_20_percent": ratio(found.share_of_top),
        f"{of}_for_80_percent": found.needed_for_most,
    }


LISTS: dict[str, Callable[[Query], Any]] = {
    "top_customers": _top_customers,
    "rfm": _rfm,
    "segments": _segments,
    "migration": _migration,
    "cohorts": _cohorts,
    "pareto": _pareto,
    "pareto_products": _pareto_products,
}
