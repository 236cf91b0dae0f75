"""What was erased stays erased: whatever is told of somebody who was is taken in without them.

`ledger.post` asks here before it writes anything. The movements come in as ever, so no sum changes; in place of the
address or the provider's id stands its digest, which leads to the customer's emptied row.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from django.conf import settings

from datasources.connectors.base import (
    CustomerDraft,
    CustomerRecordDraft,
    DetailDraft,
    Draft,
    MovementDraft,
    SubscriptionDraft,
)
from datasources.models import VEIL, Customer, CustomerIdentity, DataSource, ErasedSubject
from datasources.services.details import Fact

_NOBODY: Final = CustomerDraft()


def digest_of(account_id: int, key: str) -> str:
    """The keyed digest of an address, or of `source:provider id`: without the site's key nobody can try addresses."""
    said = f"{account_id}:{key}".encode()
    return hmac.new(settings.ERASURE_KEY.encode(), said, hashlib.sha256).hexdigest()


def veil_of(account_id: int, key: str) -> str:
    """What stands in its place."""
    return VEIL + digest_of(account_id, key)


class Shield:
    """What nobody tells of a source's erased customers."""

    def __init__(self, source: DataSource) -> None:
        self.source = source
        self._erased = ErasedSubject.objects.filter(account_id=source.account_id)
        self._holds = self._erased.exists()
        self._veils: dict[str, str] = {}
        self._persons: dict[str, str] = {}

    def veiled(self, drafts: Sequence[Draft]) -> Sequence[Draft]:
        """The drafts without those who were erased."""
        if not self._holds:
            return drafts
        self._look_up({name for draft in drafts for name in self._names(draft)})
        return [self._without(draft) for draft in drafts] if self._veils else drafts

    def emptied(self, facts: dict[str, Fact]) -> dict[str, Fact]:
        """The movements; those of erased customers without a country, whichever list told it."""
        if not self._holds:
            return facts
        ids = {fact.customer_id for fact in facts.values() if fact.customer_id and fact.draft.country}
        known = Customer.objects.filter(account_id=self.source.account_id, pk__in=ids, key__contains=VEIL)
        gone = set(known.values_list("pk", flat=True))
        return {
            key: fact._replace(draft=replace(fact.draft, country=None)) if fact.customer_id in gone else fact
            for key, fact in facts.items()
        }

    def _look_up(self, names: Iterable[str]) -> None:
        digests = {digest_of(self.source.account_id, name): name for name in names}
        found = self._erased.filter(digest__in=digests).values_list("digest", flat=True)
        self._veils = {digests[digest]: VEIL + digest for digest in found}
        identities = CustomerIdentity.objects.filter(
            account_id=self.source.account_id, source=self.source, external_id__in=self._veils.values()
        )
        self._persons = dict(identities.values_list("external_id", "customer__key"))

    def _names(self, draft: Draft) -> Iterator[str]:
        whom = _customer_in(draft)
        if whom.email:
            yield _plain(whom.email)
        if whom.provider_id:
            yield self._ref(whom.provider_id)

    def _without(self, draft: Draft) -> Draft:
        whom = _customer_in(draft)
        address = self._veils.get(_plain(whom.email or ""))
        ref = self._veils.get(self._ref(whom.provider_id or ""))
        if address is None and ref is None:
            return draft
        person = address or self._person(ref)
        ref = ref or whom.provider_id
        if isinstance(draft, MovementDraft):
            return replace(draft, customer=CustomerDraft(person, ref), country=None)
        if isinstance(draft, CustomerRecordDraft):
            return replace(draft, external_id=ref or "", email=person, name=None, country=None)
        if isinstance(draft, DetailDraft):
            return replace(draft, customer_ref=ref, email=address, country=None)
        return replace(draft, customer_ref=ref) if isinstance(draft, SubscriptionDraft) else draft

    def _person(self, ref: str | None) -> str | None:
        """Whom the provider's customer was known as by e-mail, should the provider tell another address now."""
        key = self._persons.get(ref or "", "")
        return key if key.startswith(VEIL) else None

    def _ref(self, provider_id: str) -> str:
        return f"{self.source.public_id}:{provider_id}"


def _customer_in(draft: Draft) -> CustomerDraft:
    """Whom a draft speaks of."""
    if isinstance(draft, MovementDraft):
        return draft.customer or _NOBODY
    if isinstance(draft, CustomerRecordDraft):
        return CustomerDraft(draft.email, draft.external_id)
    if isinstance(draft, DetailDraft):
        return CustomerDraft(draft.email, draft.customer_ref)
    return CustomerDraft(None, draft.customer_ref) if isinstance(draft, SubscriptionDraft) else _NOBODY


def _plain(email: str) -> str:
    return email.strip().lower()
