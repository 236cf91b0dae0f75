"""Print the figures of a range as JSON: for operators, scripts and checks. docs/metrics.md says what each one means."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.management import account_of
from accounts.models import Account
from analytics import engine, lists, products
from analytics.metrics.base import Unit
from analytics.metrics.registry import METRICS
from analytics.query import By, Query, Scope
from analytics.report import Cell, Change, Figure, Values
from datasources.models import DuplicateLink
from putler.kernel.money import CURRENCIES, decimals
from putler.kernel.periods import Period, local_day
from putler.tenancy import tenant


class Refused(CommandError):
    """An argument that means nothing; ends the command with 2."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=2)


class Command(BaseCommand):
    """The figures of an account."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("account", help="the account's public id")
        parser.add_argument("--from", dest="first", required=True, help="first local day, as 2026-01-31")
        parser.add_argument("--to", dest="last", required=True, help="last local day, included")
        parser.add_argument("--by", help=" | ".join(By))
        parser.add_argument("--list", dest="list_name", help=" | ".join(LISTS))
        parser.add_argument("--sources", help="names, separated by commas; all of them without it")
        parser.add_argument("--currency", help="show money in this currency, approximately")
        parser.add_argument("--now", help="an instant, as 2026-01-31T12:00:00Z; the present without it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one JSON object."""
        account = account_of(options["account"])
        with tenant(account.pk):
            query = _query(account, options)
            answer = _answer(query)
            if name := options["list_name"]:
                if name not in LISTS:
                    raise Refused(f"There is no list “{name}”: choose from {', '.join(LISTS)}.")
                answer["list"] = LISTS[name](query)
        self.stdout.write(json.dumps(answer, ensure_ascii=False))


def _query(account: Account, options: dict[str, Any]) -> Query:
    first, last = _day(options["first"]), _day(options["last"])
    if last < first:
        raise Refused(f"The range ends ({last}) before it begins ({first}).")
    if options["currency"] not in {None, *CURRENCIES}:
        raise Refused(f"“{options['currency']}” is not an ISO 4217 currency code.")
    if options["by"] not in {None, *By}:
        raise Refused(f"Figures cannot be cut by “{options['by']}”: choose from {', '.join(By)}.")
    return Query(
        account=account,
        period=Period(first, last, account.zone),
        scope=_scope(account, options["sources"]),
        now=_instant(options["now"]),
        by=By(options["by"]) if options["by"] else None,
        currency=options["currency"],
    )


def _scope(account: Account, names: str | None) -> Scope:
    if names is None:
        return Scope.of(account)
    known = dict(account.sources.filter(unlinked_at=None).values_list("name", "pk"))
    chosen = [name.strip() for name in names.split(",")]
    for name in chosen:
        if name not in known:
            raise Refused(f"There is no source “{name}”: choose from {', '.join(sorted(known)) or 'none'}.")
    return Scope.of(account, [known[name] for name in chosen])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"“{text}” is not a day: write it as 2026-01-31.") from error


def _instant(text: str | None) -> datetime:
    if text is None:
        return timezone.now()
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"“{text}” is not an instant: write it as 2026-01-31T12:00:00Z.") from error
    if instant.tzinfo is None:
        raise Refused(f"“{text}” has no time zone: write it as 2026-01-31T12:00:00Z.")
    return instant


def _answer(query: Query) -> dict[str, Any]:
    report = engine.run(query)
    answer = {
        "account": str(query.account.public_id),
        "currency": report.currency,
        "time_zone": query.account.time_zone,
        "from": f"{local_day(report.span.start, query.account.zone)}",
        "to": f"{local_day(report.span.end, query.account.zone) - timedelta(1)}",
        "values": _values(report.values, report.currency),
        "unconverted": report.unconverted,
        "current_at": report.current_at and report.current_at.isoformat(),
    }
    if query.by:
        names = products.names(query.account, report.groups) if query.by is By.PRODUCT else {}
        groups = {names.get(key, key): values for key, values in report.groups.items()}
        answer["groups"] = {name: _values(values, report.currency) for name, values in groups.items()}
    return answer


def _values(values: Values, currency: str) -> dict[str, Any]:
    written = {slug: _text(value, METRICS[slug].unit, currency) for slug, value in values.items()}
    if "sale_every" in written:
        written["sale_every_seconds"] = written["sale_every"]  # the unit in the name, for readers of the file alone
    for slug in ("days_between_orders", "days_to_second_order"):
        if slug in written:
            written[f"median_{slug}"] = written[slug]  # likewise
    return written


def _text(value: Figure, unit: Unit, currency: str) -> str | float | None:
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
    forecast = _text(found.forecast_month_end, Unit.MONEY, currency)
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
            "value": _text(cell.value, cell.metric.unit, currency),
            "previous": _text(cell.previous, cell.metric.unit, currency),
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
            **{name: _text(sold.values[slug], METRICS[slug].unit, currency) for name, slug in _OF_A_PRODUCT.items()},
            "buyers": sold.buyers,
            "new_buyers": sold.new_buyers,
            "avg_price": {code: f"{price:.{decimals(code)}f}" for code, price in sorted(sold.prices.items())},
        }
        for sold in products.sold(query)
    }


_OF_A_PRODUCT = {
    "revenue": "product_revenue",
    "units": "product_units",
    "units_refunded": "product_units_refunded",
    "orders": "product_orders",
    "share": "product_share",
    "refund_rate": "product_refund_rate",
}
LISTS = {
    "products": _products,
    "heatmap": _heatmap,
    "top_customers": _top_customers,
    "duplicates": _duplicates,
    "month_to_date": _month_to_date,
    "today": _today,
    "balance_change": _balance_change,
}
