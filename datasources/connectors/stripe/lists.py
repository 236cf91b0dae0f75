"""How Stripe's lists are walked: newest first, from the id after which to go on, filtered where the server can.

A position is the id of the last record read, after the signs of how the list is asked for:

    (none)  cut to the window
    *       the whole list: the server refused to cut it
    **      the same without expanded objects: it refused those too
    ***     nothing but the position, for servers that refuse every other word
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

from datasources.connectors.errors import Rejected, Transient
from datasources.connectors.http import Http
from datasources.connectors.streams import UNFILTERED, Page, Stream, Window
from datasources.connectors.stripe.billing import Invoice, InvoiceLine, InvoiceLines

EVENT_TYPES = (
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.updated",
)
_MANNERS = tuple(UNFILTERED * signs for signs in range(4))
_CUT, _WHOLE, _PLAIN, _BARE = _MANNERS
_CHOSEN = {
    "subscriptions": [("status", "all")],  # else without the cancelled ones
    "events": [("types[]", name) for name in EVENT_TYPES],
}
_EXPANDED = {
    "invoices": [("expand[]", "data.payments")],
    "subscriptions": [("expand[]", "data.discounts.source.coupon")],
}
_OLDER = {"/v1/prices": "/v1/plans"}  # for servers that do not know the newer list

Query = list[tuple[str, str]]


class Listed(msgspec.Struct):
    data: list[msgspec.Raw]
    has_more: bool


class Head(msgspec.Struct):
    id: str


class Kind(msgspec.Struct):
    type: str = ""


class Answered(NamedTuple):
    """A decoded page; `last`: the id after which to go on, "" at the end."""

    records: list[Any]
    last: str


def walk(http: Http, stream: Stream, window: Window, position: str) -> Iterator[Page]:
    """The pages of a list from a position on; starts over, less demanding, where the server refuses the request."""
    manner, last = _parse(position)
    passed: set[str] = set()
    while True:
        try:
            answered = _ask(http, stream, _query(stream, window, manner), last)
        except Rejected as error:
            _check_refusal(error, is_first=not last)
            # A given position may be that of a record deleted since: first the same list from its start.
            manner = manner if last and not passed else _next_manner(stream, window, manner, error)
            last = ""
            passed.clear()
            continue
        last = answered.last
        yield Page(answered.records, manner + last if last else "", is_unfiltered=manner != _CUT)
        if not last:
            return
        if last in passed:
            raise Transient("Stripe repeated a page of a list.")
        passed.add(last)


def _parse(position: str) -> tuple[str, str]:
    last = position.lstrip(UNFILTERED)
    return position[: len(position) - len(last)], last


def _query(stream: Stream, window: Window, manner: str) -> Query:
    query = [("limit", "100")]
    if manner == _CUT:
        query += [("created[gte]", _seconds(window.start)), ("created[lt]", _seconds(window.end))]
    if manner != _BARE:
        query += _CHOSEN.get(stream.name, [])
    if manner in {_CUT, _WHOLE}:
        query += _EXPANDED.get(stream.name, [])
    return query


def _seconds(instant: Any) -> str:
    return str(int(instant.timestamp()))


def _check_refusal(error: Rejected, *, is_first: bool) -> None:
    """Raise what asking for less cannot help: only a server that refuses or stumbles over words may be asked again."""
    if error.status == HTTPStatus.INTERNAL_SERVER_ERROR and not is_first:
        raise Transient(str(error)) from error
    if error.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR}:
        raise error


def _next_manner(stream: Stream, window: Window, manner: str, error: Rejected) -> str:
    """The next way to ask that differs. Raises the refusal itself after the last, Transient for a server's stumble."""
    refused = _query(stream, window, manner)
    for other in _MANNERS[_MANNERS.index(manner) + 1 :]:
        if _query(stream, window, other) != refused:
            return other
    raise error if error.status == HTTPStatus.BAD_REQUEST else Transient(str(error))


def _ask(http: Http, stream: Stream, query: Query, last: str) -> Answered:
    body = _get(http, stream.path, query + [("starting_after", last)] if last else query)
    types = EVENT_TYPES if stream.name == "events" else ()
    try:
        answered = _decode(body, stream.record, types)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Transient("Stripe’s answer was cut off, or is not the list that was asked for.") from error
    return Answered([_complete(http, record) for record in answered.records], answered.last)


def _get(http: Http, path: str, query: Query) -> bytes:
    try:
        return http.get(path, query)
    except Rejected as error:
        if error.status != HTTPStatus.NOT_FOUND or path not in _OLDER:
            raise
        return http.get(_OLDER[path], query)


def _decode(body: bytes, record: type[msgspec.Struct], types: tuple[str, ...] = ()) -> Answered:
    listed = msgspec.json.decode(body, type=Listed)
    wanted = (raw for raw in listed.data if not types or msgspec.json.decode(raw, type=Kind).type in types)
    records = [msgspec.json.decode(raw, type=record) for raw in wanted]
    if listed.has_more and not listed.data:
        raise Transient("Stripe sent an empty page in the middle of a list.")
    return Answered(records, msgspec.json.decode(listed.data[-1], type=Head).id if listed.has_more else "")


def _complete(http: Http, record: Any) -> Any:
    """An invoice with all its lines, where more exist than come with it."""
    if not isinstance(record, Invoice) or not record.lines or not record.lines.has_more:
        return record
    lines, last, passed = [], "", set()
    while last not in passed:
        passed.add(last)
        query = [("limit", "100")] + ([("starting_after", last)] if last else [])
        page = _decode(http.get(f"/v1/invoices/{record.id}/lines", query), InvoiceLine)
        lines += page.records
        last = page.last
        if not last:
            return msgspec.structs.replace(record, lines=InvoiceLines(lines))
    raise Transient("Stripe repeated a page of an invoice.")
