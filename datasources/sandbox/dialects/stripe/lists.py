"""A page of a list, newest first, and single objects; each as it stands at the moment of the answer."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any, Final

from ...world.facts import Refund
from .desk import Desk, Object
from .errors import bad, missing
from .objects.catalogue import coupon, coupon_id
from .objects.charges import refunds_of
from .objects.discounts import discount
from .objects.events import Event, event
from .objects.invoices import payments_of
from .objects.lines import lines
from .objects.refunds import failure_refund
from .params import PAGING, Params
from .resources import RESOURCES, Resource, Test, tests
from .shelves import Library, Shelf

EVENTS_KEPT: Final = timedelta(days=30)
INCLUDABLE: Final[dict[tuple[str, str], Callable[[Desk, Any], Object]]] = {
    ("charges", "refunds"): refunds_of,
    ("invoices", "payments"): payments_of,
}
DEEPEST: Final = 4
POLYMORPHIC: Final = "source"
CANNOT: Final = "This property cannot be expanded ({})."


class Counter:
    """Where objects are handed out for one request."""

    def __init__(self, library: Library, desk: Desk) -> None:
        """Hand out from the library, as the desk writes it."""
        self.library, self.desk = library, desk

    def page(self, resource: Resource, params: Params) -> Object:
        """Return one page of a list."""
        params.allow({*PAGING, *resource.filters, "created"})
        shelf = self.library.shelves[resource.name]
        data, has_more = self._cut(shelf, resource.noun, params, tests(resource, self.desk, params))
        return self._list(
            f"/v1/{resource.name}", [resource.build(self.desk, fact) for fact in data], params, has_more=has_more
        )

    def one(self, resource: Resource, identifier: str, params: Params) -> Object:
        """Return one object. Raises Refusal: there is none of that name."""
        params.allow({"expand[]"})
        found = self.find(identifier, among=(resource.name,))
        if found is None:
            raise missing(resource.noun, identifier)
        return self._expanded(found, params)

    def events(self, params: Params) -> Object:
        """Return a page of the events of the last 30 days."""
        params.allow({*PAGING, "created", "type", "types[]", "delivery_success"})
        wanted = {*params.lists.get("types", []), *([params.plain["type"]] if "type" in params.plain else [])}
        since = self.desk.now - EVENTS_KEPT
        checks: list[Test] = [lambda one: one.at >= since]
        if wanted:
            checks.append(lambda one: one.type in wanted)
        data, has_more = self._cut(self.library.shelves["events"], "event", params, checks)
        return self._list("/v1/events", [self.tell(one) for one in data], params, has_more=has_more)

    def one_event(self, identifier: str) -> Object:
        """Return one event."""
        shelf = self.library.shelves["events"]
        place = shelf.place(identifier, now=self.desk.now)
        if place is None:
            raise missing("event", identifier)
        return self.tell(shelf.facts[place])

    def tell(self, news: Event) -> Object:
        """Tell an event with its object as it was then."""
        kinds = {"charge.dispute": "disputes", "charge": "charges", "customer.subscription": "subscriptions"}
        family = news.type.rpartition(".")[0]
        name = kinds.get(family.removesuffix(".funds"), f"{family}s")
        then, topic = self.library.desk(news.at, version=self.desk.version), news.happening.about
        if name == "charges" and isinstance(topic, Refund):
            topic = self.library.files.attempts[topic.payment.number][-1]
        return event(self.desk, news, about=RESOURCES[name].build(then, topic))

    def lines(self, identifier: str, params: Params) -> Object:
        """Return a page of an invoice's lines, in their own order."""
        params.allow(PAGING)
        shelf = self.library.shelves["invoices"]
        place = shelf.place(identifier, now=self.desk.now)
        if place is None:
            raise missing("invoice", identifier, param="invoice")
        told = lines(self.desk, shelf.facts[place])
        names = [line["id"] for line in told]
        after = params.plain.get("starting_after")
        if after and after not in names:
            raise missing("line_item", after, param="starting_after", status=400)
        rest = told[names.index(after) + 1 :] if after else told
        limit = params.limit()
        return self._list(f"/v1/invoices/{identifier}/lines", rest[:limit], params, has_more=len(rest) > limit)

    def find(self, identifier: str, *, among: Iterable[str] = tuple(RESOURCES)) -> Object | None:
        """Return any object by its name."""
        for name in among:
            place = self.library.shelves[name].place(identifier, now=self.desk.now)
            if place is not None:
                return RESOURCES[name].build(self.desk, self.library.shelves[name].facts[place])
        payment = self.library.bounced.get(identifier)
        if "refunds" in among and payment and self.desk.has_happened(payment.bounced_at):
            return failure_refund(self.desk, payment)
        return None

    def _part(self, identifier: str) -> Object | None:
        """Return what has no list of its own and is seen only inside other objects."""
        if identifier == coupon_id(self.desk):
            return coupon(self.desk)
        owner = self.library.discounts.get(identifier)
        return discount(self.desk, owner) if owner else None

    def _cut(self, shelf: Shelf, noun: str, params: Params, checks: list[Test]) -> tuple[list[Any], bool]:
        """Return the facts of a page, newest first, and whether there are more in its direction."""
        limit = params.limit()
        places = shelf.between(*params.range("created"), now=self.desk.now)
        walk: Iterator[int] = reversed(places)
        before, after = params.plain.get("ending_before"), params.plain.get("starting_after")
        if before and after:
            raise bad("ending_before", "You cannot use both starting_after and ending_before.")
        if after:
            place = self._known(shelf, noun, after, "starting_after")
            walk = reversed(range(places.start, min(places.stop, place)))
        if before:
            place = self._known(shelf, noun, before, "ending_before")
            walk = iter(range(max(places.start, place + 1), places.stop))
        passing = (shelf.facts[place] for place in walk if all(check(shelf.facts[place]) for check in checks))
        found = list(islice(passing, limit + 1))
        page = found[:limit]
        return page[::-1] if before else page, len(found) > limit

    def _known(self, shelf: Shelf, noun: str, identifier: str, param: str) -> int:
        place = shelf.place(identifier, now=self.desk.now)
        if place is None:
            raise missing(noun, identifier, param=param, status=400)
        return place

    def _list(self, url: str, data: list[Object], params: Params, *, has_more: bool) -> Object:
        told = {"object": "list", "data": data, "has_more": has_more, "url": url}
        return self._expanded(told, params)

    def _expanded(self, told: Object, params: Params) -> Object:
        for path in params.lists.get("expand", []):
            steps = path.split(".")
            if len(steps) > DEEPEST:
                raise bad("expand", f"You cannot expand more than {DEEPEST} levels of a property.")
            self._expand(told, steps)
        return told

    def _expand(self, told: Object, steps: list[str], *, above: str = "") -> None:
        """Put whole objects where their names stand, along a path; sources are of many kinds and need not have all."""
        name, *rest = steps
        if name not in told and above == POLYMORPHIC:
            return
        if name not in told:
            told[name] = self._include(told, name)
        value = told[name]
        if isinstance(value, str):
            value = told[name] = self._whole(value, name)
        elif isinstance(value, list):
            value = told[name] = [self._whole(one, name) if isinstance(one, str) else one for one in value]
        elif isinstance(value, int | float):
            raise bad("expand", CANNOT.format(name))
        if rest:
            for inner in value if isinstance(value, list) else [value] if value else []:
                self._expand(inner, rest, above=name)

    def _whole(self, identifier: str, name: str) -> Object:
        found = self.find(identifier) or self._part(identifier)
        if found is None:
            raise bad("expand", CANNOT.format(name))
        return found

    def _include(self, told: Object, name: str) -> Object:
        """Return what an object shows only when asked to."""
        family = f"{told.get('object')}s"
        build = INCLUDABLE.get((family, name))
        if build is None:
            raise bad("expand", CANNOT.format(name))
        shelf = self.library.shelves[family]
        place = self._known(shelf, name, told["id"], "expand")
        return build(self.desk, shelf.facts[place])
