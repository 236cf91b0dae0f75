"""Lists as the metrics command prints them: text for money and ratios, names for keys."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from analytics import (
    anomalies,
    baskets,
    cohorts,
    facts,
    goals,
    leaderboard,
    lists,
    outlook,
    pareto,
    products,
    segments,
)
from analytics.metrics.base import Unit
from analytics.metrics.registry import METRICS
from analytics.models import Goal
from analytics.query import Query
from analytics.report import Cell, Change, Figure
from datasources.models import DuplicateLink
from putler.kernel.money import decimals


def text(value: Figure, unit: Unit, currency: str) -> str | float | None:
    """A figure as JSON holds it."""
    if not isinstance(value, Decimal):
        return value
    if unit is Unit.DAYS:
        return float(value)
    return f"{value:.{decimals(currency) if unit is Unit.MONEY else 4}f}"


def _top_customers(query: Query) -> list[list[str]]:
    places = decimals(query.account.base_currency)
    return [[row.customer.key, f"{row.net_sales:.{places}f}"] for row in lists.top_customers(query)]


def _duplicates(query: Query) -> dict[str, dict[str, str]]:
    certain = (link for link in lists.duplicates(query) if link.match != DuplicateLink.Match.AMBIGUOUS)
    return {link.store_row.external_id: {"of": link.gateway_row.external_id, "match": link.match} for link in certain}


def _month_to_date(query: Query) -> dict[str, Any]:
    found, currency = lists.month_to_date(query), query.currency or query.account.base_currency
    forecast = text(found.forecast_month_end, Unit.MONEY, currency)
    spans = {"current": found.current, "previous": found.previous}
    return {
        "now": found.now.isoformat(),
        **{name: [instant.isoformat() for instant in span] for name, span in spans.items()},
        **_cells(found.cells, currency),
        "forecast_month_end": forecast,
    }


def _today(query: Query) -> dict[str, Any]:
    found = lists.today(query)
    return {"now": found.now.isoformat(), **_cells(found.cells, query.currency or query.account.base_currency)}


def _balance_change(query: Query) -> dict[str, str]:
    return {f"{source} {currency}": str(money) for (source, currency), money in lists.balance_change(query).items()}


def _cells(cells: dict[str, Cell], currency: str) -> dict[str, dict[str, Any]]:
    return {
        slug: {
            "value": text(cell.value, cell.metric.unit, currency),
            "previous": text(cell.previous, cell.metric.unit, currency),
            "change": _change(cell.change),
        }
        for slug, cell in cells.items()
    }


def _change(change: Change) -> str | None:
    return f"{change:.4f}" if isinstance(change, Decimal) else change


def _heatmap(query: Query) -> dict[str, dict[str, Any]]:
    places = decimals(query.account.base_currency)
    return {
        f"{cell.weekday}-{cell.hour:02}": {"orders": cell.orders, "gross_sales": f"{cell.gross_sales:.{places}f}"}
        for cell in lists.heatmap(query)
        if cell.sales
    }


def _products(query: Query) -> dict[str, dict[str, Any]]:
    currency = query.currency or query.account.base_currency
    return {
        sold.name: {
            **{name: text(sold.values[slug], METRICS[slug].unit, currency) for name, slug in _OF_A_PRODUCT.items()},
            "buyers": sold.buyers,
            "new_buyers": sold.new_buyers,
            "avg_price": {code: f"{price:.{decimals(code)}f}" for code, price in sorted(sold.prices.items())},
        }
        for sold in products.sold(query)
    }


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
            "share": _ratio(one.share),
            "net_sales": f"{one.net_sales:.{decimals(found.currency)}f}",
            "aov": text(one.aov, Unit.MONEY, found.currency),
            "median_recency_days": text(one.median_recency_days, Unit.DAYS, found.currency),
        }
        for one in segments.summary(found)
    }


def _migration(query: Query) -> dict[str, int]:
    moved = segments.migration(query)
    return {f"{before or '-'} > {now}": count for (before, now), count in sorted(moved.items(), key=str)}


def _cohorts(query: Query) -> dict[str, dict[str, Any]]:
    found = cohorts.cohorts(query)
    return {
        f"{row.month:%Y-%m}": {
            "size": row.size,
            "active": list(row.active),
            "retention": [_ratio(share) for share in row.retention],
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
        "share_of_top_20_percent": _ratio(found.share_of_top),
        f"{of}_for_80_percent": found.needed_for_most,
    }


def _bought_together(query: Query) -> dict[str, dict[str, Any]]:
    return {
        f"{pair.first}+{pair.second}": {
            "orders": pair.orders,
            "support": _ratio(pair.support),
            "confidence": _ratio(pair.confidence),
            "lift": _ratio(pair.lift),
        }
        for pair in baskets.bought_together(query, least=1)
    }


def _first_product(query: Query) -> dict[str, dict[str, Any]]:
    return {
        row.name: {
            "new_customers": row.new_customers,
            "share": _ratio(row.share),
            "repeat_rate": _ratio(row.repeat_rate),
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


def _goals(query: Query) -> list[dict[str, Any]]:
    return [goal_of(query, goal) for goal in goals.running(query.account, query.now)]


def goal_of(query: Query, goal: Goal) -> dict[str, Any]:
    """How far a goal is."""
    found, unit = goals.progress(goal, query), METRICS[goal.metric].unit
    currency = goal.currency or query.account.base_currency
    return {
        "metric": goal.metric,
        "target": f"{goal.target.normalize():f}",
        "actual": text(found.actual, unit, currency) if unit is Unit.MONEY else text_of_number(found.actual),
        "progress": _ratio(found.progress),
        "elapsed_share": _ratio(found.elapsed_share),
        "pace": _ratio(found.pace),
        "needed_per_day": text(found.needed_per_day, unit, currency),
        "reached_on": found.reached_on and found.reached_on.isoformat(),
    }


def text_of_number(value: Decimal | None) -> str | None:
    """A number without zeros at its end."""
    return None if value is None else f"{value.normalize():f}"


def _anomalies(query: Query) -> list[dict[str, Any]]:
    return [
        {
            "day": one.day.isoformat(),
            "slug": one.slug,
            "value": text_of_number(one.value),
            "median": text_of_number(one.usual.median),
            "mad": text_of_number(one.usual.spread),
            "z": text_of_number(one.z),
        }
        for one in anomalies.anomalies(query)
    ]


def _seasonality(query: Query) -> dict[str, dict[str, Any]] | None:
    found, currency = outlook.seasonality(query), query.account.base_currency
    if found is None:
        return None
    return {
        f"{one.month:%Y-%m}": {"net_sales": text(one.net_sales, Unit.MONEY, currency), "index": _ratio(one.index)}
        for one in found
    }


def _time_machine(query: Query) -> dict[str, Any] | None:
    found = outlook.course_of_sales(query)
    if found is None:
        return None
    return {
        "month": f"{found.month:%Y-%m}",
        "value": text(found.value, Unit.MONEY, query.account.base_currency),
        "gained": text(found.gained, Unit.MONEY, query.account.base_currency),
        "lost": _ratio(found.lost),
        "ahead": [f"{amount:f}" for amount in found.ahead()],
    }


def _track_record(query: Query) -> dict[str, Any] | None:
    found = outlook.track_record(query)
    if found is None:
        return None
    return {
        "months": found.months,
        "mean_error": text(found.mean_error, Unit.MONEY, query.account.base_currency),
        "share": _ratio(found.share),
    }


def _did_you_know(query: Query) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fact in facts.did_you_know(query):
        found.setdefault(fact.about, []).append(fact.text)
    return found


def _ratio(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.4f}"


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
    "heatmap": _heatmap,
    "top_customers": _top_customers,
    "duplicates": _duplicates,
    "month_to_date": _month_to_date,
    "today": _today,
    "balance_change": _balance_change,
    "rfm": _rfm,
    "segments": _segments,
    "migration": _migration,
    "cohorts": _cohorts,
    "pareto": _pareto,
    "pareto_products": _pareto_products,
    "bought_together": _bought_together,
    "first_product": _first_product,
    "fastest_moving": _fastest_moving,
    "leaderboard": _leaderboard,
    "goal": _goals,
    "anomalies": _anomalies,
    "seasonality": _seasonality,
    "time_machine": _time_machine,
    "track_record": _track_record,
    "did_you_know": _did_you_know,
}
