"""What the page of insights shows: goals, outlook, unusual days, seasons and facts, written out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from analytics import anomalies, engine, facts, goals, lists, outlook
from analytics.arrivals import arrivals
from analytics.charts import Chart, Curves, drawn, part_of
from analytics.freshness import freshness
from analytics.insights_forms import InsightsForm
from analytics.metrics.base import Metric
from analytics.metrics.registry import METRICS
from analytics.models import Goal
from analytics.overview import rows_url, unconverted
from analytics.query import By, Query
from analytics.templatetags import metrics as write
from analytics.templatetags.countries import country_name
from putler.kernel.periods import add_months
from putler.kernel.writing import marked

UNUSUAL = 12  # days on the page
_CUTS = {By.SOURCE: "Source", By.COUNTRY: "Country", By.PRODUCT: "Product"}
_LIST_PAGES = {"sales_heatmap": "sales"}


def insights(form: InsightsForm) -> dict[str, Any]:
    """What the page shows of a period. What needs all of history is left out while some of it is still arriving."""
    arriving = arrivals(form.account, form.chosen or form.all_sources)
    query = replace(form.query(), compare=None, currency=None)
    report = engine.run(replace(query, metrics=frozenset({"net_sales"})))
    found: dict[str, Any] = {
        "report": report,
        "shown": write.days(report.span, form.account.zone),
        "arriving": arriving,
        "is_watched": any(not one.source.attention for one in arriving),
        "unconverted": unconverted(report),
        "is_behind": form.account.changedhours.exists(),
        "goals": [_goal(form, query, goal) for goal in form.account.goals.order_by("-last", "metric")[:UNUSUAL]],
        "facts": [(fact.text, _fact_url(form, fact.about)) for fact in facts.did_you_know(query)],
        "heat_url": f"{reverse('sales')}?{form.link()}#heat",
        "as_of": freshness(form, current_at=report.current_at, unconverted=report.unconverted),
    }
    return found if arriving else found | _of_history(form, query)


def _of_history(form: InsightsForm, query: Query) -> dict[str, Any]:
    return {
        "forecast": _forecast(form, query),
        "machine": _machine(form, query),
        "seasons": _seasons(form, query),
        **_unusual(form, query),
    }


class Standing(NamedTuple):
    """A goal, written out; `part` in percent of it, `begun` of its days."""

    goal: Goal
    metric: Metric
    actual: str
    target: str
    days: str
    part: int
    begun: int
    says: str
    tone: str
    url: str


def _goal(form: InsightsForm, query: Query, goal: Goal) -> Standing:
    found, metric = goals.progress(goal, query), METRICS[goal.metric]
    currency = goal.currency or form.account.base_currency

    def written(value: Decimal | None) -> str:
        return write.figure(metric, value, currency, is_approximate=found.is_approximate)

    is_over = goal.last < form.today
    return Standing(
        goal=goal,
        metric=metric,
        actual=written(found.actual),
        target=written(goal.target),
        days=write.span(goal.first, goal.last),
        part=min(part_of(found.actual or Decimal(0), goal.target), 100),
        begun=int(found.elapsed_share * 100),
        says=_says(found, written(found.needed_per_day), is_over=is_over),
        tone=_tone(found, is_over=is_over),
        url=_rows(form, {"metric": metric.slug, "from": goal.first, "to": goal.last}),
    )


def _says(found: goals.Progress, needed: str, *, is_over: bool) -> str:
    """How it goes, in words."""
    if found.stays_below:
        held = "within the limit" if found.is_kept else "above the limit"
        return f"It was {held}." if is_over else f"It is {held}."
    if found.reached_on:
        return f"Reached on {write.day(found.reached_on)}."
    if is_over or found.needed_per_day is None:
        return "Not reached."
    pace = abs(found.pace or Decimal(0)) * 100
    words = (
        f"{marked(f'{pace:,.1f}')} points {'ahead of' if (found.pace or 0) >= 0 else 'behind'} the days that have begun"
    )
    left = f"{found.days_left} day{'s' * (found.days_left != 1)} left"
    return f"{words}. {needed} a day needed, {left}."


def _tone(found: goals.Progress, *, is_over: bool) -> str:
    if found.is_kept:
        return "good"
    if found.stays_below or is_over:
        return "bad"
    return "good" if (found.pace or 0) >= 0 else "warn"


def _fact_url(form: InsightsForm, about: str) -> str:
    """The page of what a fact is about; of a list without one, none."""
    if about in METRICS:
        return reverse("metric", kwargs={"slug": about})
    return f"{reverse(_LIST_PAGES[about])}?{form.link()}" if about in _LIST_PAGES else ""


class Forecast(NamedTuple):
    """The running month's gross sales, and how far forecasts were off; empty where nothing can be said."""

    expected: str
    so_far: str
    url: str
    record: str


def _forecast(form: InsightsForm, query: Query) -> Forecast | None:
    found = lists.month_to_date(query)
    if found.forecast_month_end is None:
        return None
    currency, record, says = form.account.base_currency, outlook.track_record(query), ""
    if record:
        share = f", {marked(f'{record.share * 100:,.1f}')}% of a month" if record.share is not None else ""
        months = f"{record.months} month{'s' * (record.months != 1)}"
        error = write.money(record.mean_error, currency)
        says = f"On this day of the last {months} it was off by {error}{share}, on average."
    gross = METRICS["gross_sales"]
    return Forecast(
        expected=write.money(found.forecast_month_end, currency, is_approximate=True),
        so_far=write.figure(gross, found.cells["gross_sales"].value, currency),
        url=_rows(form, {"metric": "gross_sales", "period": "this_month"}),
        record=says,
    )


@dataclass(frozen=True, slots=True)
class Machine:
    """The time machine: where net sales are heading, and where they would with what was assumed."""

    chart: Chart
    month: str
    value: str
    gained: Decimal
    lost: Decimal  # percent
    most_gained: Decimal
    ends_at: str
    ends_at_as_is: str
    is_changed: bool


def _machine(form: InsightsForm, query: Query) -> Machine | None:
    course = outlook.course_of_sales(query)
    if course is None or course.value < 0:
        return None
    gained = course.gained if form.gained is None else form.gained
    lost = course.lost if form.lost is None else form.lost / 100
    as_is, assumed = course.ahead(), course.ahead(gained=gained, lost=lost)
    is_changed = (gained, lost) != (course.gained, course.lost)
    keys = [f"{add_months(course.month, ahead + 1):%Y-%m}" for ahead in range(len(as_is))]
    currency = form.account.base_currency
    curves = Curves(keys, By.MONTH, list(assumed), list(as_is) if is_changed else [], currency, other="as things stand")
    return Machine(
        chart=drawn(METRICS["net_sales"], curves),
        month=f"{course.month:%B %Y}",
        value=write.money(course.value, currency),
        gained=gained,
        lost=(lost * 100).normalize() if lost else Decimal(0),
        most_gained=max(course.gained * 3, gained, Decimal(100)).quantize(Decimal(1)),
        ends_at=write.money(assumed[-1], currency, is_approximate=True),
        ends_at_as_is=write.money(as_is[-1], currency, is_approximate=True),
        is_changed=is_changed,
    )


class Season(NamedTuple):
    """A calendar month: its share of a mean month in the last year, and in the one before."""

    name: str
    net_sales: str
    of_mean: str
    part: int
    before: str
    url: str


def _seasons(form: InsightsForm, query: Query) -> list[Season] | None:
    found = outlook.seasonality(query)
    if found is None:
        return None
    earlier = {one.month: one.index for one in found}
    year = found[-outlook.MONTHS :]
    most = max((one.index or Decimal(0) for one in year), default=Decimal(0))
    return [
        Season(
            name=f"{one.month:%B %Y}",
            net_sales=write.money(one.net_sales, form.account.base_currency),
            of_mean=_index(one.index),
            part=part_of(one.index or Decimal(0), most),
            before=_index(earlier.get(add_months(one.month, -outlook.MONTHS))),
            url=_rows(form, _month(one.month)),
        )
        for one in year
    ]


def _index(index: Decimal | None) -> str:
    return write.NOTHING if index is None else f"{marked(f'{index * 100:,.0f}')}%".replace("-", write.MINUS)


def _rows(form: InsightsForm, which: dict[str, Any]) -> str:
    """The address of rows of another period than the page's, of the same sources."""
    sources = {"sources": [source.public_id for source in form.chosen]}
    return f"{reverse('transactions')}?{urlencode(which | sources, doseq=True)}"


def _month(month: date) -> dict[str, Any]:
    return {"metric": "net_sales", "from": month, "to": add_months(month, 1) - timedelta(1)}


class Unusual(NamedTuple):
    """A day unlike its weekday; `movers_url` shows what moved most."""

    day: str
    label: str
    value: str
    usual: str
    way: str
    url: str
    movers_url: str
    is_chosen: bool


def _unusual(form: InsightsForm, query: Query) -> dict[str, Any]:
    found = anomalies.anomalies(query)
    chosen = next((one for one in found if (one.day, one.slug) == form.chosen_day), found[0] if found else None)
    shown = found[:UNUSUAL]
    return {
        "unusual": [_unusual_day(form, one, is_chosen=one == chosen) for one in shown],
        "more_unusual": len(found) - len(shown),
        "chosen": _unusual_day(form, chosen, is_chosen=True) if chosen else None,
        "movers": list(_movers(form, query, chosen)) if chosen else [],
    }


def _unusual_day(form: InsightsForm, one: anomalies.Anomaly, *, is_chosen: bool) -> Unusual:
    metric, currency = METRICS[one.slug], form.account.base_currency
    return Unusual(
        day=f"{one.day:%a} {write.day(one.day)}",
        label=metric.label,
        value=write.figure(metric, _figure(one.slug, one.value), currency),
        usual=write.figure(metric, _figure(one.slug, one.usual.median), currency),
        way="up" if one.value > one.usual.median else "down",
        url=rows_url(form, metric=one.slug, by=By.DAY.value, group=one.day),
        movers_url=f"{reverse('insights')}?{form.page_link(day=one.day, slug=one.slug)}#unusual",
        is_chosen=is_chosen,
    )


def _movers(form: InsightsForm, query: Query, chosen: anomalies.Anomaly) -> Iterator[tuple[str, str, str, str]]:
    """(what kind of thing, which, its figure that day, its usual one)."""
    metric, currency = METRICS[chosen.slug], form.account.base_currency
    for mover in anomalies.movers(query, chosen):
        name = country_name(mover.group) if mover.cut is By.COUNTRY else mover.group
        value, usual = (
            write.figure(metric, _figure(chosen.slug, amount), currency) for amount in (mover.value, mover.usual)
        )
        yield _CUTS[mover.cut], name, value, usual


def _figure(slug: str, value: Decimal) -> Decimal:
    """A count is written without decimals, unless it is a median between two."""
    return value if value != value.to_integral_value() or METRICS[slug].unit == "money" else Decimal(int(value))
