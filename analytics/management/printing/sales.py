"""Lists of sales, as the metrics command prints them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from analytics import activity, groups, lists, pulse
from analytics.management.printing.words import ratio, text
from analytics.metrics.base import Unit
from analytics.metrics.registry import METRICS
from analytics.query import Query
from analytics.report import Cell, Change, Values
from datasources.models import DuplicateLink
from putler.kernel.money import decimals


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


def _duplicates(query: Query) -> dict[str, dict[str, str]]:
    certain = (link for link in lists.duplicates(query) if link.match != DuplicateLink.Match.AMBIGUOUS)
    return {link.store_row.external_id: {"of": link.gateway_row.external_id, "match": link.match} for link in certain}


def _balance_change(query: Query) -> dict[str, str]:
    return {f"{source} {currency}": str(money) for (source, currency), money in lists.balance_change(query).items()}


def _pulse(query: Query) -> dict[str, Any]:
    found = pulse.pulse_last_weeks(query)

    def beats(each: list[pulse.Beat]) -> dict[str, Any]:
        return {
            f"{beat.period.first}": {
                "values": _values(beat.values, found.currency),
                "days": [day and _values(day, found.currency) for day in beat.days],
            }
            for beat in each
        }

    return {"weeks": beats(found.weeks), "months": beats(found.months)}


def _activity_log(query: Query) -> list[dict[str, Any]]:
    return [
        {"at": event.place.at.isoformat(), "what": event.what, "money": event.money and str(event.money)}
        for event in activity.activity_log(query)
    ]


def _by_group(query: Query) -> dict[str, dict[str, Any]]:
    currency = query.currency or query.account.base_currency
    return {
        row.group.name: {**_values(row.values, currency), "share": ratio(row.share)}
        for row in groups.sales_by_group(query)
    }


def _values(values: Values, currency: str) -> dict[str, Any]:
    return {slug: text(value, METRICS[slug].unit, currency) for slug, value in values.items()}


LISTS: dict[str, Callable[[Query], Any]] = {
    "month_to_date": _month_to_date,
    "today": _today,
    "heatmap": _heatmap,
    "duplicates": _duplicates,
    "balance_change": _balance_change,
    "pulse": _pulse,
    "activity_log": _activity_log,
    "by_group": _by_group,
}
