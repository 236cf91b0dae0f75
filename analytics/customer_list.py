"""The list of customers: everybody, a segment, a cohort, or those that are searched for; by what they brought."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
from django.db.models import Q, QuerySet
from django.urls import reverse

from analytics import engine, lives, segments
from analytics.customers import count, name_of
from analytics.forms_customers import CustomerListForm
from analytics.packing import Ints
from analytics.pareto import Best, best_customers
from analytics.query import Query
from analytics.segments import NOWHERE, SEGMENTS, Rfm
from analytics.templatetags import metrics as write
from analytics.templatetags.countries import country_name
from datasources.models import Customer
from putler.kernel.cells import Cell
from putler.kernel.money import Money
from putler.kernel.periods import Interval, add_months, instant_of, midnight

PAGE: Final = 50
HEADER: Final = (
    "E-mail", "Name", "Country", "Orders", "Gross sales", "Net sales", "Last order", "Recency", "Frequency", "Money",
    "Segment",
)  # fmt: skip
_COUNTRY: Final = 2  # letters


class Person(NamedTuple):
    """A customer, written out."""

    name: str
    other_name: str
    url: str
    country: str
    orders: str
    gross_sales: str
    net_sales: str
    last_order: str
    segment: str
    is_merged: bool


@dataclass(frozen=True, slots=True)
class _Scores:
    """What is known of customers by the end of the day that is asked for; zero of who had not ordered."""

    form: CustomerListForm
    found: Rfm

    def person(self, customer: Customer) -> Person:
        """A customer with the figures so far."""
        currency, place = self.found.currency, self.place(customer.number)
        orders, gross, net = (
            int(figures[place]) if place is not None else 0
            for figures in (self.found.orders, self.found.gross, self.found.net)
        )
        segment = self.found.segment_of(customer.number)
        name = name_of(customer)
        return Person(
            name=name,
            other_name=customer.name if customer.name and customer.name != name else "",
            url=reverse("customer", args=[customer.public_id]),
            country=country_name(customer.country) if customer.country else "",
            orders=count(orders),
            gross_sales=write.minor(gross, currency),
            net_sales=write.minor(net, currency),
            last_order=write.NOTHING if place is None else write.day(self.last_day(place)),
            segment=SEGMENTS[segment] if segment else write.NOTHING,
            is_merged=customer.merged_into_id is not None,
        )

    def place(self, number: int) -> int | None:
        """Where the scores hold a customer."""
        place = int(np.searchsorted(self.found.number, number))
        is_there = place < len(self.found.number) and self.found.number[place] == number
        return place if is_there else None

    def last_day(self, place: int) -> date:
        """The local day of a last order."""
        return instant_of(int(self.found.last_at[place])).astimezone(self.form.account.zone).date()


def people(form: CustomerListForm, words: str) -> dict[str, Any]:
    """One page of customers: those that are searched for, or those who ordered, the most net sales first."""
    query = replace(form.query(), currency=None, compare=None)
    scores = _Scores(form, segments.rfm(query, as_of=form.as_of))
    if words:
        page = list(_matching(form, words)[: PAGE + 1])
        total = None
    else:
        chosen = _chosen(form, query, scores.found)
        page = _customers(form, scores.found.number[_after(form, scores, chosen)[: PAGE + 1]])
        total = len(chosen)
    return {
        "people": [scores.person(customer) for customer in page[:PAGE]],
        "next": form.page_link(after=page[PAGE - 1].public_id) if len(page) > PAGE else "",
        "total": total,
        "chosen": _name(form),
        "exclusions": list(form.account.exclusions.order_by("kind", "value")),
        "as_of": write.day(form.day),
        "file": f"{reverse('customer_file')}?{form.page_link()}",
    }


def file_of(form: CustomerListForm) -> tuple[list[str], Iterator[list[Cell]]]:
    """(header, rows) of the whole list; money in the base currency."""
    query = replace(form.query(), currency=None, compare=None)
    scores = _Scores(form, segments.rfm(query, as_of=form.as_of))
    chosen, currency = _chosen(form, query, scores.found), scores.found.currency
    titles = [f"{title}, {currency}" if title.endswith("sales") else title for title in HEADER]
    return titles, _lines(form, scores, chosen)


def _lines(form: CustomerListForm, scores: _Scores, chosen: Ints) -> Iterator[list[Cell]]:
    found = scores.found
    known = {one.number: one for one in form.account.customers.filter(number__in=found.number[chosen].tolist())}
    for place in chosen.tolist():
        if customer := known.get(int(found.number[place])):
            money = (Money.from_minor(int(part[place]), found.currency).amount for part in (found.gross, found.net))
            segment = int(found.segment[place])
            yield [
                customer.email or "", customer.name or "", customer.country or "", int(found.orders[place]), *money,
                scores.last_day(place).isoformat(), int(found.r[place]), int(found.f[place]), int(found.m[place]),
                "" if segment == NOWHERE else list(SEGMENTS.values())[segment],
            ]  # fmt: skip


def _matching(form: CustomerListForm, words: str) -> QuerySet[Customer]:
    """The customers that words name: by e-mail, a part of the name, an order, a transaction or a country."""
    rows = form.account.transactions.filter(Q(order_ref=words) | Q(external_id=words), customer__isnull=False)
    named = Q(email__startswith=words.lower()) | Q(name__icontains=words) | Q(pk__in=rows.values("customer"))
    if len(words) == _COUNTRY:
        named |= Q(country=words.upper())
    people = form.account.customers.filter(named)
    if position := form.position:
        people = people.filter(pk__gt=position.pk)
    return people.order_by("pk")


def _chosen(form: CustomerListForm, query: Query, found: Rfm) -> Ints:
    """The places of the customers that the address asks for: the most net sales first, then by number."""
    wanted = np.ones(len(found.number), np.bool_)
    if segment := form.cleaned_data.get("segment"):
        wanted &= np.isin(found.number, found.numbers(segment))
    if form.score:
        wanted &= (found.r == form.score[0]) & (found.fm == form.score[1])
    if cohort := form.first_of("cohort"):
        wanted &= np.isin(found.number, _cohort(query, cohort, form.first_of("month")))
    if best := form.cleaned_data.get("best"):
        wanted &= np.isin(found.number, best_customers(query, Best(best)))
    (places,) = np.nonzero(wanted)
    ordered: Ints = places[np.lexsort((found.number[places], -found.net[places]))]
    return ordered


def _after(form: CustomerListForm, scores: _Scores, chosen: Ints) -> Ints:
    """Those of them who follow the last customer of the page before."""
    place = scores.place(form.position.number) if form.position else None
    if place is None:
        return chosen
    net, last = scores.found.net, scores.found.net[place]
    follows = (net[chosen] < last) | (
        (net[chosen] == last) & (scores.found.number[chosen] > scores.found.number[place])
    )
    rest: Ints = chosen[follows]
    return rest


def _cohort(query: Query, cohort: date, month: date | None) -> Ints:
    """Who ordered first in a month, or those of them who ordered in another; nothing after the query's end counts."""
    generation = engine.serving(query)
    end, zone = query.in_zone(generation.zone).span.end, generation.zone
    instants = (min(midnight(on, zone), end) for on in (cohort, add_months(cohort, 1)))
    before, after = (lives.before(query, generation, instant).bought for instant in instants)
    numbers: Ints = np.setdiff1d(after, before, assume_unique=True)
    if month:
        span = Interval(min(midnight(month, zone), end), min(midnight(add_months(month, 1), zone), end))
        numbers = np.intersect1d(numbers, lives.during(query, generation, span).bought, assume_unique=True)
    return numbers


def _customers(form: CustomerListForm, numbers: Ints) -> list[Customer]:
    known = {customer.number: customer for customer in _of(form, numbers.tolist())}
    return [known[number] for number in numbers.tolist() if number in known]


def _of(form: CustomerListForm, numbers: Iterable[int]) -> QuerySet[Customer]:
    return form.account.customers.filter(number__in=numbers)


def _name(form: CustomerListForm) -> str:
    """What the chosen customers have in common."""
    parts = []
    if segment := form.cleaned_data.get("segment"):
        parts.append(SEGMENTS[segment])
    if form.score:
        r, fm = form.score
        parts.append(f"{SEGMENTS[segments.segment_at(r, fm)]} (recency {r}, frequency and money {fm})")
    if cohort := form.first_of("cohort"):
        month = form.first_of("month")
        parts.append(f"First order in {cohort:%B %Y}" + (f", ordered in {month:%B %Y}" if month else ""))
    if best := form.cleaned_data.get("best"):
        parts.append(f"{_BEST[Best(best)]}, {write.span(form.days.first, form.days.last)}")
    return ", ".join(parts)


_BEST: Final = {Best.FIFTH: "The best fifth", Best.MOST: "Those who bring 80%"}
