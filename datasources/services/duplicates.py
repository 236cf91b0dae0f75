"""Payments that a shop and a payment provider both tell of, as the merchant sees and corrects them (E8).

Taking a pair apart is remembered by the sources' own ids, so that no import, and no rebuilding, joins it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import Account
from datasources.bookkeeping.pairing import NEAR, Pair, pair
from datasources.models import DuplicateLink, NotDuplicate, SourceKind, Status, Transaction
from datasources.services import booking, news
from datasources.services.relatives import relatives
from datasources.services.unlinking import told_of
from putler.kernel.money import Money

REASONS = {
    DuplicateLink.Match.REFERENCE: "The shop names this payment",
    DuplicateLink.Match.PROBABLE: "Same customer and amount within ten minutes",
}


@dataclass(frozen=True, slots=True)
class Match:
    """A shop's row and a gateway's row, and why they are taken for one payment, or may be; `is_apart`: they are not."""

    store: Transaction
    gateway: Transaction
    why: str
    is_apart: bool = False

    @property
    def seen(self) -> Money:
        """What the customer saw."""
        return Money.from_minor(self.store.presentment_amount, self.store.presentment_currency)


def may_exist(account: Account) -> bool:
    """Whether there is anything to be seen. Inside tenant()."""
    return account.duplicatelinks.exists() or account.notduplicates.exists()


def linked(account: Account) -> QuerySet[DuplicateLink]:
    """The pairs that count once, the newest first."""
    in_view = Q(store_row__source__unlinked_at=None, gateway_row__source__unlinked_at=None)
    links = account.duplicatelinks.filter(in_view).exclude(gateway_row=None)
    rows = links.select_related("store_row__source", "gateway_row__source")
    return rows.order_by("-store_row__occurred_at", "-pk")


def match_of(link: DuplicateLink) -> Match:
    """A pair for a page."""
    assert link.gateway_row, "an ambiguous one has none"  # noqa: S101  an impossible state
    return Match(link.store_row, link.gateway_row, REASONS[DuplicateLink.Match(link.match)])


def possible(account: Account, *, most: int) -> list[Match]:
    """Rows of shops that several payments fit, with each of these; all of them count. The newest first.

    Links speak of all sources. Where only an unlinked one leaves a choice, there is none to be made now.
    """
    links = account.duplicatelinks.filter(gateway_row=None, store_row__source__unlinked_at=None)
    rows = links.select_related("store_row__source", "store_row__customer").order_by("-store_row__occurred_at", "-pk")
    stores = {link.store_row_id: link.store_row for link in rows[:most]}
    pairs = _pairs_in_view(account, list(stores))
    open_ones = {found.store.id for found in pairs if found.gateway is None}
    taken = {found.gateway.id for found in pairs if found.gateway}
    matches = (match for pk, store in stores.items() if pk in open_ones for match in _candidates(store))
    return [match for match in matches if match.gateway.pk not in taken]


def apart(account: Account, *, most: int) -> list[Match]:
    """The pairs that the merchant took apart, as far as both rows are there; the latest first."""
    found = []
    for said in account.notduplicates.order_by("-decided_at", "-pk")[:most]:
        store, gateway = _row(account, said.store_id, said.store_ref), _row(account, said.gateway_id, said.gateway_ref)
        if store and gateway:
            found.append(Match(store, gateway, "You said that these are two payments", is_apart=True))
    return found


def take_apart(store: Transaction, gateway: Transaction, *, now: datetime) -> None:
    """Count the two as two payments from now on, also after they are read again. Inside tenant()."""
    NotDuplicate.objects.get_or_create(
        account_id=store.account_id,
        store_id=store.source_id,
        store_ref=store.external_id,
        gateway_id=gateway.source_id,
        gateway_ref=gateway.external_id,
        defaults={"decided_at": now},
    )
    _book_again(store, gateway)
    told_of(store.source, "pair_taken_apart")


def join_again(store: Transaction, gateway: Transaction) -> None:
    """Let the two be taken for one payment again, where they fit. Inside tenant()."""
    NotDuplicate.objects.filter(
        account_id=store.account_id,
        store_id=store.source_id,
        store_ref=store.external_id,
        gateway_id=gateway.source_id,
        gateway_ref=gateway.external_id,
    ).delete()
    _book_again(store, gateway)
    told_of(store.source, "pair_joined")


def _book_again(*rows: Transaction) -> None:
    account_id = rows[0].account_id
    booking.book(account_id, [row.pk for row in rows])
    news.tell(account_id)


def _pairs_in_view(account: Account, ids: list[int]) -> list[Pair]:
    """What these rows and their relatives are to each other, as if unlinked sources were not there."""
    linked = set(account.sources.filter(unlinked_at=None).values_list("pk", flat=True))
    return pair(row for row in relatives(account.pk, ids) if row.source_id in linked)


def _candidates(store: Transaction) -> Iterator[Match]:
    near = (store.occurred_at - NEAR, store.occurred_at + NEAR)
    rows = Transaction.objects.filter(
        account_id=store.account_id,
        customer=store.customer,
        occurred_at__range=near,
        kind=store.kind,
        status=Status.SETTLED,
        presentment_currency=store.presentment_currency,
        presentment_amount=store.presentment_amount,
        source__kind=SourceKind.GATEWAY,
        source__unlinked_at=None,
    )
    said = NotDuplicate.objects.filter(
        account_id=store.account_id, store_id=store.source_id, store_ref=store.external_id
    )
    apart = set(said.values_list("gateway_id", "gateway_ref"))
    for gateway in rows.select_related("source").order_by("occurred_at", "pk"):
        if (gateway.source_id, gateway.external_id) not in apart:
            yield Match(store, gateway, "One of several that fit")


def _row(account: Account, source_id: int, external_id: str) -> Transaction | None:
    rows = Transaction.objects.filter(account=account, source_id=source_id, external_id=external_id)
    return rows.filter(source__unlinked_at=None).select_related("source").first()
