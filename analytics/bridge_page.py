"""The page of a source's month beside its provider's, written out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Sum
from django.urls import reverse

from accounts.models import Account
from analytics.arrivals import arrivals
from analytics.bridge import OF_PARTS, Bridge, Line, Month, bridges, parts_of, rows_of
from analytics.explain import after
from analytics.rows import Entry, entries_of
from analytics.templatetags import metrics as write
from datasources.models import DataSource, Transaction
from putler.kernel.periods import add_months, local_day, month_of

PAGE: Final = 50  # rows
WORDS: Final = {
    Line.HERE: ("Net sales here", "Sales, refunds and disputes of this month, by your days."),
    Line.AFTER: ("Another month’s there", "Of this month by your days, and of another by the provider’s clock."),
    Line.BEFORE: ("Another month’s here", "Of this month by the provider’s clock, and of another by your days."),
    Line.PENDING: ("On its way", "Not settled yet: in the balance there, and in no figure here."),
    Line.DUPLICATE: ("Counted with another source", "Another source tells of the same payment, and it counts once."),
    Line.LEFT_OUT: ("Customers left out", "You left who is behind these out of all figures."),
    Line.UNSETTLED: ("Failed, cancelled or open", "Attempts in lists there. No money moved."),
    Line.FEES: ("Fees kept back", "Net sales are before fees; the balance is after them."),
    Line.CHARGES: ("Fees charged apart", "Fees that belong to no single payment."),
    Line.ADJUSTMENTS: ("Adjustments", "Top-ups, reserves, loans, transfers: they belong to no sale."),
    Line.OTHER: ("Not counted for another reason", "What these rows count as depends on others that are not in view."),
    Line.UNREAD: ("Not among the rows here", "Payouts there contain them; they are not read yet, or were refused."),
    Line.DIFFERENT: ("Told otherwise in a payout", "A payout there contains another amount than the movement itself."),
    Line.PAYOUTS: ("Paid out to your bank", "Your own money on its way: no sale and no cost."),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the way, written out; `url`: its rows."""

    label: str
    why: str
    amount: str
    rows: int
    url: str


@dataclass(frozen=True, slots=True)
class Way:
    """The way in one currency, written out. `unexplained` empty where it is nothing; `is_sure`: a balance shows it."""

    currency: str
    here: Step
    gross: str
    refunds: str
    disputes: str
    steps: list[Step]
    before_payouts: str
    payouts: Step | None
    unexplained: str
    is_sure: bool
    there: str
    base: str
    unconverted: int


def months_of(account: Account, source: DataSource, today: date) -> list[date]:
    """The first days of the months in which a source has rows, newest first; none without rows."""
    if source.first_at is None:
        return []
    first = local_day(source.first_at, account.zone).replace(day=1)
    found, month = [], today.replace(day=1)
    while month >= first:
        found.append(month)
        month = add_months(month, -1)
    return found


def month_page(account: Account, source: DataSource, first: date, today: date) -> dict[str, Any]:
    """What the page shows of a month that begins on a day."""
    month = Month.of(account, source, first)
    every = months_of(account, source, today)
    period = month_of(first, account.zone)
    days = {"from": period.first, "to": period.last, "sources": source.public_id}
    return {
        "source": source,
        "month": first,
        "months": every,
        "earlier": next((one for one in every if one < first), None),
        "later": next((one for one in reversed(every) if one > first), None),
        "is_running": period.first <= today <= period.last,
        "is_partial": any(not one.since or one.since > first for one in arrivals(account, [source])),
        "is_same_clock": month.here == month.there,
        "ways": [_way(account, month, bridge, first) for bridge in bridges(month)],
        "figures_url": f"{reverse('sales')}?{urlencode(days)}",
    }


def rows_page(
    account: Account, source: DataSource, which: tuple[date, str, Line], position: Transaction | None
) -> dict[str, Any]:
    """One page of the rows of a line: those that follow a row."""
    first, currency, line = which
    month = Month.of(account, source, first)
    label, why = WORDS[line]
    found: dict[str, Any] = {"source": source, "month": first, "label": label, "why": why}
    if line in OF_PARTS:
        return found | _page_of_parts(month, currency, line)
    rows = rows_of(month, currency, line)
    sums = rows.aggregate(count=Count("pk"), total=Sum("share"))
    asked = after(rows, occurred_at=position.occurred_at, pk=position.pk) if position else rows
    page = list(asked.select_related("source", "customer")[: PAGE + 1])
    return found | {
        "entries": _entries(account, month, page[:PAGE]),
        "next": _link(which, page[PAGE - 1].public_id) if len(page) > PAGE else "",
        "count": sums["count"],
        "total": write.minor(int(sums["total"] or 0), currency),
    }


def _entries(account: Account, month: Month, rows: list[Any]) -> list[Entry]:
    held = account.bookings.filter(month.scope.holds, transaction__in=rows)
    bookings = {booking.transaction_id: booking for booking in held}
    return list(
        entries_of(account, [(row, bookings.get(row.pk), write.minor(row.share, row.currency)) for row in rows])
    )


def _page_of_parts(month: Month, currency: str, line: Line) -> dict[str, Any]:
    parts = parts_of(month, currency, line)
    return {
        "parts": [
            (
                one,
                write.NOTHING if one.ours is None else write.minor(one.ours, currency),
                write.minor(one.theirs or 0, currency),
                write.minor((one.theirs or 0) - (one.ours or 0), currency),
            )
            for one in parts
        ],
        "count": len(parts),
        "total": write.minor(sum((one.theirs or 0) - (one.ours or 0) for one in parts), currency),
    }


def _way(account: Account, month: Month, bridge: Bridge, first: date) -> Way:
    def written(amount: int) -> str:
        return write.minor(amount, bridge.currency)

    steps = dict(_steps(month.source, bridge, first))
    rows = rows_of(month, bridge.currency, Line.HERE).count()
    return Way(
        currency=bridge.currency,
        here=_step(month.source, bridge, first, Line.HERE, (rows, bridge.here)),
        gross=written(bridge.gross),
        refunds=written(-bridge.refunds),
        disputes=written(-bridge.disputes) if bridge.disputes else "",
        steps=[step for line, step in steps.items() if line is not Line.PAYOUTS],
        before_payouts=written(bridge.before_payouts),
        payouts=steps.get(Line.PAYOUTS),
        unexplained=written(bridge.unexplained) if bridge.unexplained else "",
        is_sure=bridge.unexplained is not None,
        there=written(bridge.there),
        base=write.minor(bridge.base, account.base_currency) if bridge.currency != account.base_currency else "",
        unconverted=bridge.unconverted,
    )


def _steps(source: DataSource, bridge: Bridge, first: date) -> Iterator[tuple[Line, Step]]:
    for line, found in bridge.steps.items():
        yield line, _step(source, bridge, first, line, found)


def _step(source: DataSource, bridge: Bridge, first: date, line: Line, found: tuple[int, int]) -> Step:
    label, why = WORDS[line]
    rows, amount = found
    url = reverse("source_month_rows", args=[source.public_id])
    link = _link((first, bridge.currency, line))
    sign = "+" if amount > 0 and line is not Line.HERE else ""
    return Step(label, why, sign + write.minor(amount, bridge.currency), rows, f"{url}?{link}")


def _link(which: tuple[date, str, Line], after_row: UUID | None = None) -> str:
    first, currency, line = which
    given = {"month": f"{first:%Y-%m}", "currency": currency, "line": line.value}
    return urlencode(given | ({"after": after_row} if after_row else {}))
