"""What pages draw: curves as SVG path data, groups as bars. Figures in, words and geometry out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise, zip_longest
from typing import Any

from analytics.metrics.base import Metric, Unit
from analytics.query import By
from analytics.report import Figure, Report, Values
from analytics.templatetags import metrics as write
from analytics.templatetags.countries import country_name
from putler.kernel.periods import local_day
from putler.kernel.writing import day, marked

WIDTH, HEIGHT = 1000, 100
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_SIZES = ((10**9, "B"), (10**6, "M"), (10**3, "k"))
_LINES = 4  # of the grid, about
_LABELS = 6  # under the chart, at most
_FEW = 3  # on a phone


@dataclass(frozen=True, slots=True)
class Scale:
    """The figures from the lowest to the highest line of a grid; both are multiples of `step`."""

    bottom: Decimal
    top: Decimal
    step: Decimal

    @classmethod
    def over(cls, values: Iterable[Figure], *, is_whole: bool) -> "Scale":
        """The lines that hold zero and all values; between whole figures they are whole."""
        known = [Decimal(value) for value in values if value is not None]
        low, high = min(known, default=Decimal(0)), max(known, default=Decimal(0))
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
        span = high - low or Decimal(_LINES)
        power = Decimal(10) ** ((span / _LINES).adjusted())
        steps = (power * factor for factor in _STEPS)
        step = next(
            step for step in steps if step * _LINES >= span and (not is_whole or step == step.to_integral_value())
        )
        bottom = (low / step).to_integral_value(rounding="ROUND_FLOOR") * step
        return cls(bottom, max((high / step).to_integral_value(rounding="ROUND_CEILING") * step, bottom + step), step)

    def y(self, value: Decimal | int) -> Decimal:
        """How far below the top a value lies, as a share of the height."""
        return (self.top - value) / (self.top - self.bottom)

    def ticks(self) -> list[Decimal]:
        """The figures beside the grid, highest first."""
        return [self.top - self.step * n for n in range(int((self.top - self.bottom) / self.step) + 1)]


@dataclass(frozen=True, slots=True)
class Spark:
    """A figure's curve without axes."""

    line: str
    area: str

    @classmethod
    def of(cls, values: Sequence[Figure]) -> "Spark":
        """The curve of these values, from the lowest to the highest."""
        known = [Decimal(value) for value in values if value is not None]
        low, high = min(known, default=Decimal(0)), max(known, default=Decimal(0))
        room = (high - low) * Decimal("0.15") or Decimal(1)
        scale = Scale(low - room, high + room, room)
        return cls(*paths(_bridged(values), scale, len(values)))


@dataclass(frozen=True, slots=True)
class Label:
    """A word under the chart; `x` in percent of its width. A minor one has no room on a phone."""

    x: str
    text: str
    anchor: str
    is_minor: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """One metric over time beside what it is compared with, ready to be drawn and read out."""

    metric: Metric
    line: str
    area: str
    before: str
    grid: str
    zero: str
    ticks: list[str]
    labels: list[Label]
    rows: list[tuple[str, str, str]]  # (when, figure, the one before)
    data: dict[str, Any]  # for the reading cursor
    other: str = "Before"  # what the dashed curve is

    @property
    def data_id(self) -> str:
        """The element that holds the data."""
        return f"{self.metric.slug}-data"


@dataclass(frozen=True, slots=True)
class Curves:
    """Figures over days or months, keyed as `By` says, and those beside them; `other`: what the latter are."""

    keys: list[str]
    by: By | None
    now: list[Figure]
    before: list[Figure]
    currency: str
    is_approximate: bool = False
    other: str = "before"


@dataclass(frozen=True, slots=True)
class Bar:
    """One group, written out; `part` in percent of the largest; `key`: the report's, empty for the rest."""

    key: str
    name: str
    orders: str
    net_sales: str
    share: str
    part: int
    url: str = ""
    is_sandbox: bool = False  # a source whose money is invented


def bars_of(report: Report, *, most: int) -> list[Bar]:
    """The groups of a report with net sales and orders, the largest first; beyond `most` they are one bar."""
    ordered = sorted(report.groups.items(), key=lambda group: (-_net(group[1]), group[0]))
    moved = [(key, _net(values), Decimal(values["orders"] or 0)) for key, values in ordered if any(values.values())]
    shown, rest = moved[:most], moved[most:]
    if rest:
        shown.append(("", sum((net for _, net, _ in rest), Decimal(0)), sum((count for *_, count in rest), Decimal(0))))
    total, largest = _net(report.values), max((net for _, net, _ in shown), default=Decimal(0))
    return [
        Bar(
            key=key,
            name=_group_name(key, report.query.by) if key else f"{len(rest)} more",
            orders=marked(f"{count:,.0f}"),
            net_sales=write.money(net, report.currency, is_approximate=report.is_approximate),
            share=marked(f"{net / total * 100:,.1f}%").replace("-", write.MINUS) if total > 0 else write.NOTHING,
            part=part_of(net, largest),
        )
        for key, net, count in shown
    ]


def part_of(value: Decimal, largest: Decimal) -> int:
    """The length of a bar in percent; none below zero."""
    return round(max(value, Decimal(0)) / largest * 100) if largest > 0 else 0


def series(report: Report, slug: str, since: date | None = None) -> list[Figure]:
    """A metric over the report's groups, which are days or months; None for what lies ahead, or before `since`."""
    zone = report.query.account.zone
    today, earliest = local_day(report.query.now, zone), since or date.min
    latest = f"{report.query.now.astimezone(zone):%Y-%m-%dT%H}"
    is_hourly = report.query.by is By.HOUR
    return [
        values.get(slug) if earliest <= _first(key) <= today and not (is_hourly and key > latest) else None
        for key, values in report.groups.items()
    ]


def chart_of(report: Report, metric: Metric, since: date | None = None) -> Chart:
    """The curve of a metric over the report's groups, which are days or months, from `since` on."""
    keys, now = list(report.groups), series(report, metric.slug, since)
    before = [values.get(metric.slug) for values in report.previous_groups.values()][: len(keys)]
    currency, is_approximate = report.currency, report.is_approximate
    return drawn(metric, Curves(keys, report.query.by, now, before, currency, is_approximate=is_approximate))


def drawn(metric: Metric, curves: Curves) -> Chart:
    """The curve of a metric and a dashed one, over the same days or months."""
    keys, now, before = curves.keys, curves.now, curves.before
    scale = Scale.over([*now, *before], is_whole=metric.unit is Unit.COUNT)
    line, area = paths(now, scale, len(keys))
    names = [_name(key, curves.by) for key in keys]
    rows = [
        (name, _written(curves, metric, value), _written(curves, metric, previous))
        for name, value, previous in zip_longest(names, now, before)
    ]
    return Chart(
        metric=metric,
        line=line,
        area=area,
        before=paths(before, scale, len(keys))[0],
        grid="".join(f"M0,{scale.y(tick) * HEIGHT:.2f}H{WIDTH}" for tick in scale.ticks()),
        zero=f"M0,{scale.y(0) * HEIGHT:.2f}H{WIDTH}",
        ticks=[_tick(tick, scale.step, metric, curves.currency) for tick in scale.ticks()],
        labels=list(_labels(keys, curves.by)),
        rows=rows,
        data={"points": list(_points(rows, now, scale, curves.other))},
        other=curves.other.capitalize(),
    )


def paths(values: Sequence[Figure], scale: Scale, count: int) -> tuple[str, str]:
    """The line through the values and the area below it; a gap where there is no value. `count`: of the whole width."""
    if count == 1 and values:
        values, count = [values[0], values[0]], 2  # one day is a level line
    places = [(x, value) for x, value in enumerate(values)]
    line = area = ""
    for is_known, run in groupby(places, key=lambda place: place[1] is not None):
        if is_known:
            points = [(x * WIDTH / (count - 1), scale.y(value or 0) * HEIGHT) for x, value in run]
            drawn = "L".join(f"{x:.1f},{y:.2f}" for x, y in points)
            line += f"M{drawn}"
            base = scale.y(min(max(Decimal(0), scale.bottom), scale.top)) * HEIGHT
            area += f"M{drawn}L{points[-1][0]:.1f},{base:.2f}L{points[0][0]:.1f},{base:.2f}Z"
    return line, area


def _bridged(values: Sequence[Figure]) -> list[Figure]:
    """The values with straight lines over the gaps between them: small curves show a course, not single points."""
    known = [place for place, value in enumerate(values) if value is not None]
    bridged = list(values)
    for left, right in pairwise(known):
        start, end = Decimal(values[left] or 0), Decimal(values[right] or 0)
        for place in range(left + 1, right):
            bridged[place] = start + (end - start) * (place - left) / (right - left)
    return bridged


def _points(rows: list[tuple[str, str, str]], now: list[Figure], scale: Scale, other: str) -> Iterator[dict[str, Any]]:
    for index, ((when, value, previous), figure) in enumerate(zip(rows, now, strict=True)):
        lines = [when, value] + ([f"{other} {previous}"] if previous != write.NOTHING else [])
        yield {"x": index / max(len(rows) - 1, 1), "y": round(float(scale.y(figure or 0)), 4), "lines": lines}


def _labels(keys: list[str], by: By | None) -> Iterator[Label]:
    last = len(keys) - 1
    step = -(-len(keys) // _LABELS)
    shown = range(0, len(keys), step)
    every = -(-len(shown) // _FEW)
    for place, index in enumerate(shown):
        anchor = "start" if index == 0 else "end" if index == last else "middle"
        on = _first(keys[index])
        text = f"{on:%b %Y}" if by is By.MONTH else day(on, has_year=False)
        text = f"{int(keys[index][-2:])}:00" if by is By.HOUR else text
        yield Label(f"{100 * index / max(last, 1):.2f}%", text, anchor, is_minor=place % every > 0)


def _net(values: Values) -> Decimal:
    return Decimal(values["net_sales"] or 0)


def _group_name(key: str, by: By | None) -> str:
    return country_name(key) if by is By.COUNTRY else key


def _first(key: str) -> date:
    return date.fromisoformat(key[: len("2026-01-31")] if len(key) > len("2026-01") else f"{key}-01")


def _name(key: str, by: By | None) -> str:
    on = _first(key)
    match by:
        case By.MONTH:
            return f"{on:%B %Y}"
        case By.WEEK:
            return f"Week from {write.day(on)}"
        case By.HOUR:
            return f"{on:%a} {write.day(on)}, {int(key[-2:])}:00"
        case _:
            return f"{on:%a} {write.day(on)}"


def _written(curves: Curves, metric: Metric, value: Figure) -> str:
    return write.figure(metric, value, curves.currency, is_approximate=curves.is_approximate)


def _tick(value: Decimal, step: Decimal, metric: Metric, currency: str) -> str:
    size, unit = next(((size, unit) for size, unit in _SIZES if value and step >= size), (1, ""))
    scaled, places = value / size, max(-int((step / size).normalize().as_tuple().exponent), 0)
    if metric.unit is Unit.MONEY:
        return write.money(scaled, currency, places=places if value else 0) + unit
    return marked(f"{scaled:,.{places}f}").replace("-", write.MINUS) + unit
