"""Print the figures of a range as JSON: for operators, scripts and checks. docs/metrics.md says what each one means."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.management import account_of
from accounts.models import Account
from analytics import engine, products
from analytics.goals import METRICS_WITH_GOALS
from analytics.management.printing import LISTS
from analytics.management.printing.outlook import goal_of
from analytics.management.printing.words import text
from analytics.metrics.registry import METRICS
from analytics.models import Goal
from analytics.query import By, Query, Scope
from analytics.report import Values
from putler.kernel.money import CURRENCIES
from putler.kernel.periods import Period, local_day, month_of
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
        parser.add_argument("--goal", help="for the list goal: a figure and its target this month, as gross_sales=500")
        parser.add_argument("--now", help="an instant, as 2026-01-31T12:00:00Z; the present without it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one JSON object."""
        account = account_of(options["account"])
        with tenant(account.pk):
            query = _query(account, options)
            answer = _answer(query)
            if name := options["list_name"]:
                if name not in LISTS or (options["goal"] and name != "goal"):
                    raise Refused(f"There is no list “{name}”: choose from {', '.join(LISTS)}.")
                answer["list"] = _goal(query, options["goal"]) if options["goal"] else LISTS[name](query)
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


def _goal(query: Query, told: str) -> dict[str, Any]:
    """A goal of this month that nobody has set."""
    metric, _, target = told.partition("=")
    month = month_of(local_day(query.now, query.account.zone), query.account.zone)
    if metric not in METRICS_WITH_GOALS or not target.isdecimal():
        raise Refused(f"“{told}” is no goal: write it as gross_sales=500.")
    goal = Goal(account=query.account, metric=metric, first=month.first, last=month.last, target=Decimal(target))
    return goal_of(query, goal)


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
    written = {slug: text(value, METRICS[slug].unit, currency) for slug, value in values.items()}
    if "sale_every" in written:
        written["sale_every_seconds"] = written["sale_every"]  # the unit in the name, for readers of the file alone
    for slug in ("days_between_orders", "days_to_second_order"):
        if slug in written:
            written[f"median_{slug}"] = written[slug]  # likewise
    return written
