"""The road from a query to a report: read sums, read customers, then everything that follows from them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from analytics import gaps, goods, losses, people, sums
from analytics.buyers import union
from analytics.conversion import Rates
from analytics.figures import add_revenue_of_all, buckets, elapsed, evaluate, label
from analytics.metrics.base import Distinct, Simple
from analytics.metrics.registry import METRICS, needs
from analytics.models import Generation, State
from analytics.people import History, Piece
from analytics.query import By, Query
from analytics.report import Figure, Report, Values
from analytics.spans import Cover, before, cover
from putler import shown
from putler.kernel.periods import Interval
from putler.tenancy import tenant

_BY_DAYS = {By.DAY, By.WEEK}
_ALWAYS = ("movements", "unconverted")
_LIFETIME = frozenset({"lifetime_customers", "repeat_customers", "lifetime_net_sales"})
_OF_BUYERS = _LIFETIME | {"paying_customers", "refunded_customers"}


def run(query: Query) -> Report:
    """Answer a query from the rollups; only pieces of days are read from the bookings.

    The number of SQL statements depends on the query alone, never on the rows.
    """
    [report] = run_all([query])
    return report


def run_all(queries: Sequence[Query]) -> list[Report]:
    """Answer queries that differ in their cuts, metrics and comparison alone: what they share is read once."""
    with tenant(queries[0].account.pk):
        generation = serving(queries[0])
        shelf = Shelf(generation)
        readings = [Reading(query.in_zone(generation.zone), generation, shelf) for query in queries]
        for reading in readings:
            shown.note(reading.wanted)
        return [replace(one.report(), query=query) for one, query in zip(readings, queries, strict=True)]


def serving(query: Query) -> Generation:
    """The generation to read; an empty one before the first drain."""
    own = Generation.objects.filter(account=query.account, state=State.SERVING)
    return own.first() or Generation(
        pk=0, account=query.account, base_currency=query.account.base_currency, time_zone=query.account.time_zone
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """The figures of one range."""

    values: Values
    groups: dict[str, Values]
    unconverted: dict[str, int]


class Shelf:
    """What some queries read of the rollups: announced first, read at the first need, so that one read serves all."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self._asked: dict[Interval, dict[By | None, dict[str, Simple]]] = {}
        self._sums: dict[Interval, dict[By | None, list[sums.Row]]] = {}
        self._people: dict[tuple[Cover, frozenset[str]], list[Piece]] = {}

    def announce(self, span: Interval, by: By | None, measures: Sequence[Simple]) -> None:
        """Say what will be asked for."""
        asked = self._asked.setdefault(span, {}).setdefault(by, {})
        asked |= {measure.slug: measure for measure in measures}

    def rows(self, query: Query, span: Interval, by: By | None) -> list[sums.Row]:
        """The sums of a range by a cut."""
        if span not in self._sums:
            cuts = {cut: list(measures.values()) for cut, measures in self._asked[span].items()}
            hours: sums.Cuts = {By.HOUR: cuts.pop(By.HOUR)} if By.HOUR in cuts else {}  # which no rollup has
            by_day = query.currency is not None or bool(_BY_DAYS & cuts.keys())
            covered = cover(span, self.generation.zone, by_day=by_day)
            self._sums[span] = sums.read(query, self.generation, covered, cuts)
            if hours:
                days = Cover((), tuple(buckets(span, By.DAY, self.generation.zone).values()))
                self._sums[span] |= sums.read(query, self.generation, days, hours)
        return self._sums[span][by]

    def pieces(self, query: Query, covered: Cover, *, also: frozenset[str]) -> list[Piece]:
        """Who bought in a range; `also` as in `people.read`."""
        if (covered, also) not in self._people:
            self._people[covered, also] = list(people.read(query, self.generation, covered, also=also))
        return self._people[covered, also]


@dataclass(frozen=True, slots=True)
class Lives:
    """What is known of customers' whole lives, for the parts of a range too; None where nobody asks."""

    gaps: gaps.Gaps | None
    losses: losses.Losses | None

    def figures(self, span: Interval, pieces: Sequence[Piece]) -> dict[str, Figure]:
        """The figures of a span in which these bought."""
        found: dict[str, Figure] = self.gaps.figures(span) if self.gaps else {}
        if self.losses:
            found[losses.SLUG] = self.losses.among(union(piece.buyers for piece in pieces), span.end)
        return found


class Reading:
    """One query being answered from one generation."""

    def __init__(self, query: Query, generation: Generation, shelf: Shelf) -> None:
        self.is_approximate = query.currency not in {None, generation.base_currency}
        self.query = query if self.is_approximate else replace(query, currency=None)
        self.currency = self.query.currency or generation.base_currency
        self.generation, self.shelf = generation, shelf
        self.wanted = [slug for slug in METRICS if query.metrics is None or slug in query.metrics]
        self.needed = needs(self.wanted)
        parts = (self.needed | needs(_ALWAYS)).values()
        self.measures = [metric for metric in parts if isinstance(metric, Simple)]
        self.distinct = {slug for slug, metric in self.needed.items() if isinstance(metric, Distinct)}
        derives_new = "new_customers" in self.distinct and not query.scope.is_whole
        self.needs_history = derives_new or bool(self.distinct & _LIFETIME)
        self.needs_gaps, self.needs_losses = bool(self.distinct & gaps.SLUGS), losses.SLUG in self.distinct
        self.needs_buyers = self.needs_history or bool(self.distinct & _OF_BUYERS)
        self.elapsed: dict[Interval, dict[str, int]] = {}
        for span in filter(None, (self.query.span, self.query.comparison)):
            for by in {None, self.query.by}:
                shelf.announce(span, by, self._measures(by))

    def report(self) -> Report:
        """The answer, with what it is compared with."""
        answer = self.answer(self.query.span)
        compared = self.query.comparison
        previous = self.answer(compared) if compared else None
        return Report(
            query=self.query,
            currency=self.currency,
            span=self.query.span,
            values=answer.values,
            groups=answer.groups,
            compared=compared,
            previous=previous.values if previous else None,
            previous_groups=previous.groups if previous else {},
            unconverted=answer.unconverted,
            current_at=self.generation.current_at,
            differences=self.generation.differences,
            version=self.generation.version,
            is_approximate=self.is_approximate,
        )

    def answer(self, span: Interval) -> Answer:
        """The figures of a range and of its parts."""
        rows = self._rows(span, None)
        rates = self._rates(rows)
        pieces, past = self._pieces(span)
        parts = sums.total(rows, self._measures(None), self.currency, rates)
        lives = self._lives(span)
        distinct = self._distinct(pieces, History().add(past), parts) | lives.figures(span, pieces)
        values = self._figures({**parts, **distinct}, span, None)
        return Answer(values, self._groups(span, pieces, past, lives), sums.unconverted(rows, rates))

    def _groups(
        self, span: Interval, pieces: Sequence[Piece], past: Sequence[Piece], lives: "Lives"
    ) -> dict[str, Values]:
        by = self.query.by
        if by is None:
            return {}
        rows = self._rows(span, by)
        rates, measures = self._rates(rows), self._measures(by)
        rows_of: dict[sums.Key, list[sums.Row]] = defaultdict(list)
        for row in rows:
            rows_of[row.key].append(row)
        pieces_of = people.grouped(pieces, by, week_start=self.query.account.week_start)
        spans: dict[sums.Key, Interval] = dict.fromkeys([*rows_of, *pieces_of], span)
        if by.is_time:
            parts = buckets(span, by, self.generation.zone, week_start=self.query.account.week_start)
            spans = {key: part for key, part in parts.items()}
        names = self._names(by, spans)
        if by is By.PRODUCT:
            spans = {key: span for key in spans if key is None or key in names}
        parts_of = {key: sums.total(rows_of[key], measures, self.currency, rates) for key in spans}
        if by is By.PRODUCT:
            add_revenue_of_all(parts_of)
        history = History().add(past) if by.is_time else None
        groups = {}
        for key, part in spans.items():
            distinct = {} if by is By.PRODUCT else self._distinct(pieces_of[key], history, parts_of[key])
            distinct |= lives.figures(part, pieces_of[key]) if by.is_time else {}
            groups[label(key, by, names)] = self._figures({**parts_of[key], **distinct}, part, by)
        return groups if by.is_time else dict(sorted(groups.items()))

    def _names(self, by: By, keys: Collection[sums.Key]) -> dict[int, str]:
        account = self.query.account
        if by is By.SOURCE:
            return dict(account.sources.values_list("pk", "name"))
        if by is By.PRODUCT:
            return goods.public_ids(account.pk, [key for key in keys if isinstance(key, int)])
        return {}

    def _rows(self, span: Interval, by: By | None) -> list[sums.Row]:
        return self.shelf.rows(self.query, span, by)

    def _measures(self, by: By | None) -> list[Simple]:
        return [measure for measure in self.measures if measure.can_be(by)]

    def _rates(self, rows: Sequence[sums.Row]) -> Rates | None:
        if not self.is_approximate:
            return None
        days = [row.on for row in rows]
        currencies = {row.currency for row in rows}
        return Rates(currencies, self.currency, min(days, default=date.max), max(days, default=date.min))

    def _pieces(self, span: Interval) -> tuple[list[Piece], list[Piece]]:
        return (
            self._people(cover(span, self.generation.zone, by_day=self.query.by in _BY_DAYS))
            if self.needs_buyers
            else [],
            self._people(before(span, self.generation.zone)) if self.needs_history else [],
        )

    def _people(self, covered: Cover) -> list[Piece]:
        asked = {
            "buyers_twice": self.needs_history,
            "refunded": "refunded_customers" in self.distinct,
            "net": "lifetime_net_sales" in self.distinct,
        }
        also = frozenset(name for name, is_asked in asked.items() if is_asked)
        return self.shelf.pieces(self.query, covered, also=also)

    def _lives(self, span: Interval) -> "Lives":
        found = gaps.read(self.query, self.generation, span) if self.needs_gaps else None
        lost = losses.read(self.query, self.generation, span.end) if self.needs_losses else None
        return Lives(found, lost)

    def _distinct(self, pieces: Sequence[Piece], history: History | None, parts: sums.Sums) -> dict[str, Figure]:
        """The figures about who bought; moves `history` on. Without it new customers are only known of the whole."""
        buyers = union(piece.buyers for piece in pieces)
        found: dict[str, Figure] = {
            "paying_customers": len(buyers),
            "refunded_customers": len(union(piece.refunded for piece in pieces)),
        }
        new = parts.get("first_orders") if self.query.scope.is_whole else None
        if new is None and history is not None:
            new = len(buyers - history.once)
        if new is not None:
            found |= {"new_customers": new, "returning_customers": len(buyers) - new}
        if history is not None and self.needs_history:
            found |= history.add(pieces).figures(self.generation.base_currency)
        if self.is_approximate:
            found["lifetime_net_sales"] = None  # summed in the base currency only
        return found

    def _figures(self, parts: dict[str, Figure], span: Interval, by: By | None) -> Values:
        if span not in self.elapsed:  # groups that are no time share it
            self.elapsed[span] = elapsed(span, self.query.now, self.generation.zone)
        values = evaluate(self.needed, parts | self.elapsed[span], currency=self.currency, by=by)
        return {slug: values[slug] for slug in self.wanted if slug in values}
