"""Stripe's own totals: payouts, the movements that each consists of, and the balance. The ledger is held against them.

Source: https://docs.stripe.com/api/payouts, https://docs.stripe.com/api/balance, https://docs.stripe.com/payouts/reconciliation
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from datasources.connectors.base import PayoutPartDraft, StatementDraft
from datasources.connectors.errors import Rejected, Transient
from datasources.connectors.http import Http
from datasources.connectors.streams import UNFILTERED, Page, Stream, Window
from datasources.connectors.stripe.lists import Listed, walk
from datasources.connectors.stripe.money import instant, money
from datasources.connectors.stripe.movements import from_balance_transaction
from datasources.connectors.stripe.records import Balance, Payout, PayoutPart, id_of

_UNDONE = {"failed", "canceled"}
_WITHIN = "/"  # in a position, between the payout before, one that is begun, and its part after which to go on
_PAYOUTS = Stream("payouts", "Payouts", "to know their parts", "/v1/payouts", Payout)
_TRIES = 3  # to see the balance while nothing moves
_SLACK = 86_400  # seconds after a payout in which nothing that it consists of can have been made


class PartOfPayout(PayoutPart, kw_only=True):
    """A part whose payout is known."""

    payout: str  # type: ignore[misc]


class BalanceAt(Balance, kw_only=True):
    """The balance once all up to an instant had moved, and nothing else."""

    created: int  # type: ignore[misc]


def from_payout(payout: Payout) -> Iterator[StatementDraft]:
    """What went to the bank; nothing of a payout that came back."""
    if payout.status not in _UNDONE:
        yield StatementDraft(payout.id, instant(payout.created), money(payout.amount, payout.currency))


def from_part(part: PayoutPart) -> Iterator[PayoutPartDraft]:
    """That a movement is part of a payout, by the name that the movement has in the ledger."""
    net = money(part.amount - part.fee, part.currency)
    for movement in from_balance_transaction(part):
        if movement.kind != "payout":
            yield PayoutPartDraft(movement.external_id, part.payout, movement.occurred_at, net)


def from_balance(balance: Balance) -> Iterator[StatementDraft]:
    """What lies there in each currency, one statement a day."""
    sums: dict[str, int] = defaultdict(int)
    for purse in (*balance.available, *balance.pending):
        sums[purse.currency] += purse.amount
    at = instant(balance.created)
    for currency, amount in sorted(sums.items()):
        yield StatementDraft(f"balance:{currency}:{at:%Y-%m-%d}", at, money(amount, currency), kind="balance")


def walk_parts(http: Http, stream: Stream, window: Window, position: str) -> Iterator[Page]:
    """The parts of all payouts of the window, a page at a time; behind each the walk may be taken up again."""
    after, _, within = position.partition(_WITHIN)
    if within:
        begun, _, last = within.partition(_WITHIN)
        yield from _parts(http, Payout(begun, 0, "", 0, ""), after, last)
        after = _manner(after) + begun
    for page in walk(http, _PAYOUTS, window, after):
        manner = UNFILTERED if page.is_unfiltered else ""
        after = after or manner
        for payout in page.records:
            yield from _parts(http, payout, after, "")
            after = manner + payout.id
    yield Page((), "", is_unfiltered=_manner(after) == UNFILTERED)


def walk_balance(http: Http, stream: Stream, window: Window, _: str) -> Iterator[Page]:
    """The balance, at a moment when the newest movement was the same before and after it was asked for."""
    for _try in range(_TRIES):
        before = _newest(http)
        balance = _decoded(http.get(stream.path), Balance)
        if _newest(http) == before:
            at = before[1] if before else int(window.end.timestamp())
            told = {name: getattr(balance, name) for name in ("available", "pending", "livemode")}
            yield Page([BalanceAt(**told, created=at)], "")
            return
    raise Transient("Stripe’s balance moves while it is read.")


WALKS: Mapping[str, Callable[[Http, Stream, Window, str], Iterator[Page]]] = {
    "payout_parts": walk_parts,
    "balance": walk_balance,
}


def _manner(position: str) -> str:
    return UNFILTERED if position.startswith(UNFILTERED) else ""


def _parts(http: Http, payout: Payout, after: str, last: str) -> Iterator[Page]:
    """What a payout consists of. Of one that was not made by Stripe itself, nobody knows."""
    manner, is_done = _manner(after), payout.status in _UNDONE
    while not is_done:
        query = [("limit", "100"), ("payout", payout.id)] + ([("starting_after", last)] if last else [])
        try:
            listed = _decoded(http.get("/v1/balance_transactions", query), Listed)
        except Rejected as error:
            if error.status == HTTPStatus.BAD_REQUEST:
                return
            raise
        found = [_decoded(raw, PayoutPart) for raw in listed.data]
        _refuse_strangers(payout, found)
        is_done = not (listed.has_more and found)
        if not is_done and found[-1].id == last:
            raise Transient("Stripe repeated a page of a payout.")
        last = "" if is_done else found[-1].id
        parts = [PartOfPayout(**msgspec.structs.asdict(part), payout=payout.id) for part in found]
        position = manner + payout.id if is_done else _WITHIN.join((after, payout.id, last))
        yield Page(parts, position, is_unfiltered=bool(manner))


def _refuse_strangers(payout: Payout, parts: list[PayoutPart]) -> None:
    """Refuse the list of a server that does not know the word “payout”: it tells everything, for each payout."""
    for part in parts:
        is_another = part.type == "payout" and id_of(part.source) not in {payout.id, None}
        if is_another or (payout.created and part.created > payout.created + _SLACK):
            raise Rejected("The server does not tell the parts of a payout.", status=HTTPStatus.NOT_FOUND)


def _newest(http: Http) -> tuple[str, int] | None:
    """The id and the time of the newest movement."""
    listed = _decoded(http.get("/v1/balance_transactions", [("limit", "1")]), Listed)
    if not listed.data:
        return None
    record: Any = _decoded(listed.data[0], PayoutPart)
    return record.id, record.created


def _decoded(body: bytes | msgspec.Raw, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Transient("Stripe’s answer was cut off, or is not what was asked for.") from error
