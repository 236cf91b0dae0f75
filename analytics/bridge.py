"""Why a month here is not what its provider shows: from our net sales to what moved there, line by line.

Source: docs/metrics.md, “What the provider shows”. All amounts are minor units of one currency of the source.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import Account
from analytics.query import Scope
from analytics.reasons import of_left_out
from datasources.models import (
    Booked,
    DataSource,
    Kind,
    Odd,
    StatementKind,
    Status,
    Transaction,
    odd_parts,
)
from putler.kernel.periods import Interval, month_of

GROSS: Final = (Booked.SALE, Booked.CORRECTION)
DISPUTED: Final = (Booked.DISPUTE, Booked.DISPUTE_REVERSAL)
NET: Final = (*GROSS, Booked.REFUND, *DISPUTED)
_AMOUNTS: Final = ("gross", "refunds", "disputes", "base", "unconverted")
_INTEGER: Final = BigIntegerField()
_NOTHING: Final = Value(0, output_field=_INTEGER)
_UTC: Final = ZoneInfo("UTC")


class Line(StrEnum):
    """One reason why the two differ, in the order in which they are told."""

    HERE = "here"  # no reason: the rows that our own figure consists of
    AFTER = "other-month-there"
    BEFORE = "other-month-here"
    PENDING = "on-its-way"
    DUPLICATE = "counted-elsewhere"
    LEFT_OUT = "left-out"
    UNSETTLED = "no-money"
    FEES = "fees"
    CHARGES = "charges"
    ADJUSTMENTS = "adjustments"
    OTHER = "not-counted"
    UNREAD = "not-read"
    DIFFERENT = "told-otherwise"
    PAYOUTS = "payouts"


OF_PARTS: Final = (Line.UNREAD, Line.DIFFERENT)


@dataclass(frozen=True, slots=True)
class Month:
    """A source's month as two clocks cut it. `here`: the account's days; `there`: UTC, as providers book it."""

    account: Account
    source: DataSource
    scope: Scope
    here: Interval
    there: Interval

    @classmethod
    def of(cls, account: Account, source: DataSource, day: date) -> "Month":
        """The month that holds a day, on either clock. Inside tenant()."""
        here, there = (month_of(day, zone).interval for zone in (account.zone, _UTC))
        return cls(account, source, Scope.of(account), here, there)


@dataclass(frozen=True, slots=True)
class Bridge:
    """The way from what we count to what moved there, in one currency; `steps` without those over no row.

    here + Σ steps + unexplained = there. `unexplained` None: the provider told no balance that would show it.
    `base`: `here` in the account's base currency, but for `unconverted` rows.
    """

    currency: str
    gross: int
    refunds: int
    disputes: int
    base: int
    unconverted: int
    steps: dict[Line, tuple[int, int]]  # (rows, what they make up)
    unexplained: int | None

    @property
    def here(self) -> int:
        """Our net sales."""
        return self.gross - self.refunds - self.disputes

    @property
    def before_payouts(self) -> int:
        """What moved there but for what was paid out."""
        return self.there - self.steps.get(Line.PAYOUTS, (0, 0))[1]

    @property
    def there(self) -> int:
        """By how much the balance there changed."""
        return self.here + sum(amount for _, amount in self.steps.values()) + (self.unexplained or 0)


def bridges(month: Month) -> list[Bridge]:
    """One for each currency of the source's month, by code. Inside tenant()."""
    ours, steps = _ours(month), _steps(month)
    odd = list(odd_parts(month.source))
    for line, one in _odd_of(month, odd):
        rows, amount = steps[one.currency].get(line, (0, 0))
        steps[one.currency][line] = (rows + 1, amount + (one.theirs or 0) - (one.ours or 0))
    nothing = dict.fromkeys(_AMOUNTS, 0)
    return [
        Bridge(
            currency=currency,
            steps={line: steps[currency][line] for line in Line if line in steps[currency]},
            unexplained=_unexplained(month, currency, odd),
            **(nothing | {name: int(value or 0) for name, value in ours.get(currency, {}).items()}),
        )
        for currency in sorted({*ours, *steps})
    ]


def rows_of(month: Month, currency: str, line: Line) -> QuerySet[Any]:
    """The rows of a line, newest first, each with `share`: what it adds; they sum to the line. Not of OF_PARTS."""
    rows = _told(month).filter(currency=currency)
    if line is Line.FEES:
        found = rows.filter(is_there=True).exclude(fee=0).annotate(share=_NOTHING - F("fee"))
    elif line is Line.HERE:
        found = rows.filter(is_here=True, counted__isnull=False).annotate(share=F("counted"))
    else:
        found = rows.filter(line=line).annotate(share=F("theirs") - F("ours"))
    ordered: QuerySet[Any] = found.order_by("-occurred_at", "-pk")
    return ordered


def parts_of(month: Month, currency: str, line: Line) -> list[Odd]:
    """The parts of payouts of a line of OF_PARTS, oldest first. Inside tenant()."""
    return [
        one for its, one in _odd_of(month, list(odd_parts(month.source))) if its is line and one.currency == currency
    ]


def _ours(month: Month) -> dict[str, dict[str, Any]]:
    """{currency: what the bookings of our month come to}."""
    booked = month.account.bookings.filter(month.scope.holds, source=month.source, kind__in=NET, **_between(month.here))
    found = booked.values("currency").annotate(
        gross=Sum("amount", filter=Q(kind__in=GROSS)),
        refunds=-Sum("amount", filter=Q(kind=Booked.REFUND)),
        disputes=-Sum("amount", filter=Q(kind__in=DISPUTED)),
        base=Sum("base_amount"),
        unconverted=Count("pk", filter=Q(base_amount=None)),
    )
    return {row["currency"]: {name: row[name] for name in _AMOUNTS} for row in found.order_by()}


def _steps(month: Month) -> dict[str, dict[Line, tuple[int, int]]]:
    """{currency: {line: (rows, what they make up)}} of the rows that are in the ledger."""
    steps: dict[str, dict[Line, tuple[int, int]]] = defaultdict(dict)
    told = _told(month)
    found = told.exclude(line=None).values("currency", "line").annotate(n=Count("pk"), gap=Sum(F("theirs") - F("ours")))
    for row in found.order_by():
        steps[row["currency"]][Line(row["line"])] = (row["n"], int(row["gap"]))
    kept = told.filter(is_there=True).exclude(fee=0).values("currency").annotate(n=Count("pk"), total=Sum("fee"))
    for row in kept.order_by():
        steps[row["currency"]][Line.FEES] = (row["n"], -int(row["total"]))
    return steps


def _told(month: Month) -> QuerySet[Any]:
    """The source's rows of either month.

    `counted`: what a row adds to net sales, None where it is in none; `ours` and `theirs`: what it adds here and there,
    fees aside; `line`: why the two differ, None where they do not.
    """
    here, there = (Q(**_between(interval)) for interval in (month.here, month.there))
    moved = there & Transaction.moved(month.source)
    booked = month.account.bookings.filter(month.scope.holds, transaction=OuterRef("pk"), kind__in=NET)
    rows = month.account.transactions.filter(here | there, source=month.source, is_attempt=False)
    return rows.annotate(
        counted=Subquery(booked.values("amount")[:1], output_field=_INTEGER),
        is_here=ExpressionWrapper(here, output_field=BooleanField()),
        is_there=ExpressionWrapper(moved, output_field=BooleanField()),
    ).annotate(
        ours=Case(When(is_here=True, then=Coalesce("counted", _NOTHING)), default=_NOTHING),
        theirs=Case(When(is_there=True, then=F("amount")), default=_NOTHING),
        line=Case(*_reasons(month, there), default=None, output_field=CharField()),
    )


def _reasons(month: Month, there: Q) -> Iterator[When]:
    """Of which line a row is: the first that holds."""
    twins = month.account.duplicatelinks.filter(store_row=OuterRef("pk"), gateway_row__source__in=month.scope.sources)
    yield When(is_here=True, is_there=True, counted=F("amount"), then=None)
    yield When(is_here=True, is_there=False, counted__isnull=False, then=Value(Line.AFTER))
    yield When(is_here=False, is_there=True, counted__isnull=False, then=Value(Line.BEFORE))
    yield When(there & Q(is_there=False), then=Value(Line.UNSETTLED))
    yield When(is_there=False, then=None)
    yield When(kind=Kind.PAYOUT, then=Value(Line.PAYOUTS))
    yield When(kind=Kind.FEE, then=Value(Line.CHARGES))
    yield When(status=Status.PENDING, then=Value(Line.PENDING))
    yield When(Exists(twins), then=Value(Line.DUPLICATE))
    yield When(Q(kind=Kind.ADJUSTMENT), then=Value(Line.ADJUSTMENTS))
    yield When(of_left_out(month.account), then=Value(Line.LEFT_OUT))
    yield When(is_there=True, then=Value(Line.OTHER))


def _odd_of(month: Month, odd: list[Odd]) -> Iterator[tuple[Line, Odd]]:
    for one in odd:
        if month.there.start <= one.at < month.there.end:
            yield Line.UNREAD if one.ours is None else Line.DIFFERENT, one


def _unexplained(month: Month, currency: str, odd: list[Odd]) -> int | None:
    """What balances show beyond the parts of payouts; None where none was told since, or one that may mean it."""
    balances = month.account.reconciliations.filter(source=month.source, kind=StatementKind.BALANCE, currency=currency)
    known, found, seen_until = 0, 0, None
    for balance in balances.order_by("to_at"):
        parts = (one for one in odd if one.currency == currency and one.at <= balance.to_at)
        missing = -balance.difference - sum((one.theirs or 0) - (one.ours or 0) for one in parts)
        if month.there.start <= balance.to_at < month.there.end:
            found += missing - known
        elif balance.to_at >= month.there.end and missing != known and (not seen_until or seen_until < month.there.end):
            return None
        known, seen_until = missing, balance.to_at
    return found if seen_until and seen_until >= month.there.start else None


def _between(interval: Interval) -> dict[str, datetime]:
    return {"occurred_at__gte": interval.start, "occurred_at__lt": interval.end}
