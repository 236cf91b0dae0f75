"""What the page of customers shows: cards, segments, cohorts, the few that bring most."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from analytics import cohorts, lists, pareto, segments
from analytics.forms_customers import MODES, CustomersForm
from analytics.framing import framed
from analytics.heat import LEVELS
from analytics.query import Query
from analytics.sales import Choice
from analytics.segments import BEST, SEGMENTS, Rfm
from analytics.templatetags import metrics as write
from putler.kernel.periods import Period, add_months
from putler.kernel.writing import marked

CARDS: Final = (
    "paying_customers", "new_customers", "returning_customers", "repeat_rate", "net_per_customer", "ltv_historic",
    "lost_customers", "days_between_orders",
)  # fmt: skip
MONTHS: Final = 12  # cohorts on the page
TOP: Final = 10
NAMELESS: Final = "Customer without e-mail"
ERASED: Final = "Erased customer"


class Spot(NamedTuple):
    """A cell of a grid; `level`: 0 to LEVELS; `says`: all of it in words."""

    text: str
    level: int
    says: str
    url: str
    label: str = ""
    is_running: bool = False


class SegmentRow(NamedTuple):
    """A segment, written out; `came` and `left`: who moved between segments since a month before."""

    label: str
    url: str
    customers: str
    share: str
    part: int
    net_sales: str
    aov: str
    recency: str
    came: str
    left: str


class CohortRow(NamedTuple):
    """A cohort, written out; a spot for each month up to the last, none for what lies ahead."""

    name: str
    size: str
    url: str
    spots: list[Spot]


class TopRow(NamedTuple):
    """One of the best customers of the period, written out."""

    name: str
    url: str
    net_sales: str
    rows_url: str
    orders: str
    units: str
    aov: str
    last_order: str
    segment: str


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of the page with one thing changed, and of the list of some of its customers."""

    form: CustomersForm

    def page(self, **changes: str) -> str:
        """This page."""
        return f"{reverse('customers')}?{urlencode(self.form.asked | changes, doseq=True)}"

    def people(self, **which: Any) -> str:
        """The list of these customers."""
        return f"{reverse('customer_list')}?{self.form.link(**which)}"


def customers(form: CustomersForm) -> dict[str, Any]:
    """What the page shows of a period."""
    query, links = replace(form.query(), currency=None, compare=None), Links(form)
    found = segments.rfm(query, as_of=form.as_of)
    cells = cohorts.cohorts(replace(query, period=_months(form)))
    brought = pareto.of_customers(query)
    return framed(form, CARDS) | {
        "is_scored": len(found.number) >= segments.FEWEST,
        "counted": len(found.number),
        "grid": _grid(found, links),
        "segments": list(_segments(found, query, links)),
        "pareto": brought,
        "pareto_share": percent(brought.share_of_top),
        "best_urls": {one.value: links.people(best=one.value) for one in pareto.Best},
        "top": list(_top(form, query, found)),
        "cohort_months": range(len(cells.months)),
        "cohort_rows": [_cohort_row(row, cells, links) for row in cells.rows],
        "has_running": cells.running is not None,
        "modes": [Choice(label, links.page(cohorts=slug), slug == form.mode) for slug, label in MODES.items()],
        "list_url": links.people(on=form.day),
    }


def name_of(customer: Any) -> str:
    """What a customer is called."""
    return str(customer.email or customer.name or (ERASED if customer.is_erased else NAMELESS))


def count(number: int) -> str:
    """A count, written out."""
    return marked(f"{number:,}")


def percent(share: Decimal | None) -> str:
    """A fraction in percent."""
    return write.NOTHING if share is None else marked(f"{share * 100:,.1f}%").replace("-", write.MINUS)


def level(value: Decimal | int, most: Decimal | int) -> int:
    """How strongly a cell is coloured."""
    return int(-(-Decimal(value) * LEVELS // Decimal(most))) if value > 0 and most > 0 else 0


def _months(form: CustomersForm) -> Period:
    last = form.days.last
    return Period(add_months(last.replace(day=1), 1 - MONTHS), last, form.account.zone)


def _grid(found: Rfm, links: Links) -> list[tuple[int, list[Spot]]]:
    """The scores, best recency first: (R, [spot of each FM])."""
    cells = found.cells()
    most = max(map(max, cells))
    return [(r, [_spot(r, fm, cells[r - 1][fm - 1], most, links) for fm in range(1, BEST + 1)]) for r in _BEST_FIRST]


_BEST_FIRST: Final = range(BEST, 0, -1)


def _spot(r: int, fm: int, customers: int, most: int, links: Links) -> Spot:
    label = SEGMENTS[segments.segment_at(r, fm)]
    says = f"{label}, recency {r}, frequency and money {fm}: {count(customers)} customer{'s' * (customers != 1)}"
    url = links.people(cell=f"{r}-{fm}", on=links.form.day) if customers else ""
    return Spot(count(customers) if customers else "", level(customers, most), says, url, label)


def _segments(found: Rfm, query: Query, links: Links) -> Iterator[SegmentRow]:
    moved = segments.migration(query, found)
    summary = segments.summary(found)
    most = max(row.customers for row in summary)
    for row in summary:
        came = sum(number for (old, new), number in moved.items() if new == row.slug != old)
        left = sum(number for (old, new), number in moved.items() if old == row.slug != new)
        yield SegmentRow(
            label=row.label,
            url=links.people(segment=row.slug, on=links.form.day) if row.customers else "",
            customers=count(row.customers),
            share=percent(row.share),
            part=100 * row.customers // most if most else 0,
            net_sales=write.money(row.net_sales, found.currency),
            aov=write.NOTHING if row.aov is None else write.money(row.aov, found.currency),
            recency=write.NOTHING if row.median_recency_days is None else marked(f"{row.median_recency_days:,.0f}"),
            came=f"+{count(came)}" if came else "",
            left=f"{write.MINUS}{count(left)}" if left else "",
        )


def _top(form: CustomersForm, query: Query, found: Rfm) -> Iterator[TopRow]:
    for row in lists.top_customers(query, limit=TOP):
        segment = found.segment_of(row.customer.number)
        yield TopRow(
            name=name_of(row.customer),
            url=reverse("customer", args=[row.customer.public_id]),
            net_sales=write.money(row.net_sales, found.currency),
            rows_url=f"{reverse('transactions')}?{form.link(customer=row.customer.public_id)}",
            orders=count(row.orders),
            units=count(row.units),
            aov=write.money(row.aov, found.currency),
            last_order=write.day(row.last_order_at.astimezone(form.account.zone).date()),
            segment=SEGMENTS[segment] if segment else write.NOTHING,
        )


def _cohort_row(row: cohorts.Cohort, cells: cohorts.Cohorts, links: Links) -> CohortRow:
    mode, name = links.form.mode, f"{row.month:%b %Y}"
    figures: dict[str, list[Any]] = {
        "customers": row.retention,
        "orders": list(row.orders),
        "net_sales": row.net_per_customer,
    }
    values = figures[mode]
    most = 1 if mode == "customers" else max([*values, 0])
    spots = []
    for place, value in enumerate(values):
        month = add_months(row.month, place)
        says = (
            f"{name}, {place} month{'s' * (place != 1)} later: "
            f"{count(row.active[place])} of {count(row.size)} ordered, "
            f"{count(row.orders[place])} orders, {write.money(row.net_per_customer[place], cells.currency)} each so far"
        )
        url = links.people(cohort=f"{row.month:%Y-%m}", month=f"{month:%Y-%m}") if row.active[place] else ""
        text = _written(mode, value, cells.currency)
        spots.append(Spot(text, level(value, most), says, url, is_running=month == cells.running))
    return CohortRow(name, count(row.size), links.people(cohort=f"{row.month:%Y-%m}"), spots)


def _written(mode: str, value: Any, currency: str) -> str:
    if mode == "customers":
        return marked(f"{value * 100:.0f}%")
    return count(value) if mode == "orders" else write.money(value, currency)
