"""Erasing what somebody asked for, and proving it: each kind of request is counted, written into the journal, erased,
and counted again. A job that is killed is begun again and goes on with what is left.
"""

from collections.abc import Callable
from copy import copy
from datetime import datetime, timedelta
from typing import Final, Protocol

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Verb
from accounts.letters import send
from accounts.models import Account, User
from analytics import keeping, rollups
from compliance import certificates, closing, journal, members, purging, request_letters
from compliance.models import ErasureRequest, JournalEntry, PurgeReceipt
from datasources.models import Customer, DataSource
from datasources.services import forgetting, unlinking
from putler.tenancy import tenant

Clock = Callable[[], datetime]
Counts = dict[str, int]
Kind = ErasureRequest.Kind
PATIENCE: Final = timedelta(minutes=11)  # longer than a job may run
UNPROVED: Final = timedelta(days=30)


class NotClean(RuntimeError):
    """Something is left after all: the job fails aloud and is begun again."""


class Deed(Protocol):
    """One kind of erasure: of whom it is, how much lies where, what the journal says, how it goes, who is told."""

    def __init__(self, request: ErasureRequest) -> None: ...
    def count(self) -> Counts: ...
    def entries(self) -> list[journal.Entry]: ...
    def erase(self, clock: Clock) -> None: ...
    def told(self) -> list[str]: ...


class OfSubject:
    """A customer of the merchant: who they are goes, what they paid stays."""

    def __init__(self, request: ErasureRequest) -> None:
        self.request = request
        self.account = Account.objects.get(public_id=str(request.account))
        with tenant(self.account.pk):
            own = Customer.objects.filter(account_id=self.account.pk)
            known = own.filter(public_id=request.target).first() if request.target else None
            self.ids = forgetting.whole(known) if known else set()

    def count(self) -> Counts:
        with tenant(self.account.pk):
            return forgetting.count(self.account.pk, self.ids)

    def entries(self) -> list[journal.Entry]:
        whose = self.account.public_id
        with tenant(self.account.pk):
            digests = forgetting.digests_of(self.account.pk, self.ids)
            people = Customer.objects.filter(account_id=self.account.pk, pk__in=self.ids)
            ids = list(people.values_list("public_id", flat=True))
        kind = JournalEntry.Kind
        customers = [journal.of(kind.CUSTOMER, one, account=whose) for one in ids]
        return [*customers, *(journal.of(kind.DIGEST, one, account=whose) for one in digests)]

    def erase(self, clock: Clock) -> None:
        forgetting.forget(self.account.pk, self.ids, now=clock())
        rollups.drain(self.account.pk, now=clock())
        with tenant(self.account.pk):
            keeping.forget(self.account.pk)

    def told(self) -> list[str]:
        return []


class OfUser:
    """A person who signs in."""

    def __init__(self, request: ErasureRequest) -> None:
        self.user = User.objects.filter(public_id=str(request.target)).first()

    def count(self) -> Counts:
        return members.count(self.user)

    def entries(self) -> list[journal.Entry]:
        return [journal.of(JournalEntry.Kind.USER, self.user.public_id)] if self.user else []

    def erase(self, clock: Clock) -> None:
        if self.user:
            members.erase(copy(self.user), now=clock())  # what is left is looked for by this one

    def told(self) -> list[str]:
        return [self.user.email] if self.user else []


class OfAccount:
    """An account with all that is behind its wall; the people who are in no other follow by requests of their own."""

    def __init__(self, request: ErasureRequest) -> None:
        self.account = Account.objects.filter(public_id=str(request.account)).first()

    def count(self) -> Counts:
        return closing.count(self.account)

    def entries(self) -> list[journal.Entry]:
        whose = self.account
        return [journal.of(JournalEntry.Kind.ACCOUNT, whose.public_id, account=whose.public_id)] if whose else []

    def erase(self, clock: Clock) -> None:
        if self.account:
            closing.close(copy(self.account), clock=clock)

    def told(self) -> list[str]:
        return [owner.email for owner in closing.owners(self.account)] if self.account else []


class OfSource:
    """A source, at once: the machine that deletes counts it and keeps a receipt."""

    def __init__(self, request: ErasureRequest) -> None:
        self.request = request
        self.account = Account.objects.get(public_id=str(request.account))

    def count(self) -> Counts:
        with tenant(self.account.pk):
            receipt = PurgeReceipt.objects.filter(account_id=self.account.pk, subject=str(self.request.target)).first()
            if receipt:
                return dict(receipt.before if receipt.after is None else receipt.after)
            own = DataSource.objects.filter(account_id=self.account.pk, public_id=str(self.request.target))
            return {"Rows of the ledger": sum(own.values_list("row_count", flat=True))}

    def entries(self) -> list[journal.Entry]:
        return []  # purging writes them

    def erase(self, clock: Clock) -> None:
        with tenant(self.account.pk):
            own = DataSource.objects.filter(account_id=self.account.pk, public_id=str(self.request.target))
            source = own.first()
        if source:
            unlinking.unlink(source=source, now=clock())
            unlinking.delete_now(source=source, now=clock())
            purging.purge_source(self.account.pk, source.pk, clock=clock)

    def told(self) -> list[str]:
        return [owner.email for owner in closing.owners(self.account)]


DEEDS: dict[str, type[Deed]] = {
    Kind.SUBJECT: OfSubject, Kind.USER: OfUser, Kind.ACCOUNT: OfAccount, Kind.SOURCE_NOW: OfSource,
}  # fmt: skip


def run(request_id: int, *, clock: Clock = timezone.now) -> ErasureRequest | None:
    """Do what is due; None where nothing is. Safe to repeat. Raises NotClean."""
    request = _begun(request_id, now=clock())
    if request is None:
        return None
    deed = DEEDS[request.kind](request)
    told, entries = deed.told(), deed.entries()
    _note_before(request, deed.count())
    if entries:
        journal.enter(*entries, now=clock())
    try:
        deed.erase(clock)
    except members.LastOwner as error:
        _refused(request, str(error), told, now=clock())
        return request
    return _ended(request, deed.count(), told, now=clock())


def waiting(*, now: datetime) -> list[int]:
    """What is due and at which no job is known to be."""
    due = ErasureRequest.objects.filter(done_at=None, cancelled_at=None, due_at__lte=now)
    return list(due.exclude(touched_at__gt=now - PATIENCE).order_by("pk").values_list("pk", flat=True))


def drop_unproved(*, now: datetime) -> None:
    """Drop what was asked for by mail, and whose asker never signed in to say so."""
    silent = ErasureRequest.objects.filter(due_at=None, cancelled_at=None, asked_at__lte=now - UNPROVED)
    silent.update(cancelled_at=now)


def _begun(request_id: int, *, now: datetime) -> ErasureRequest | None:
    with transaction.atomic():
        due = ErasureRequest.objects.filter(pk=request_id, done_at=None, cancelled_at=None, due_at__lte=now)
        request = due.select_for_update().first()
        if request is None:
            return None
        request.started_at, request.touched_at = request.started_at or now, now
        request.save(update_fields=["started_at", "touched_at"])
        return request


def _note_before(request: ErasureRequest, counts: Counts) -> None:
    """Keep what was there before the first batch."""
    if request.before is None:
        request.before = counts
        request.save(update_fields=["before"])


def _ended(request: ErasureRequest, after: Counts, told: list[str], *, now: datetime) -> ErasureRequest:
    if any(after.values()):
        raise NotClean(f"Something of request {request} is still there.")
    with transaction.atomic():
        held = ErasureRequest.objects.select_for_update().get(pk=request.pk)
        if held.done_at:  # by another job
            return held
        held.after, held.done_at = after, now
        if held.kind == Kind.SOURCE_NOW:
            held.before = _counted_by_receipt(held) or held.before
        held.digest = certificates.digest_of(held)
        held.save(update_fields=["before", "after", "done_at", "digest"])
        for address in told:
            send(request_letters.erased(held), to=address)
        account = Account.objects.filter(public_id=held.account).first() if held.account else None
        audit.record(Verb.ERASURE_DONE, account_id=account.pk if account else None, subject=held)
    return held


def _refused(request: ErasureRequest, why: str, told: list[str], *, now: datetime) -> None:
    """Take back what would leave an account without an owner, and say so to who asked."""
    with transaction.atomic():
        request.cancelled_at = now
        request.save(update_fields=["cancelled_at"])
        for address in told:
            send(request_letters.cannot_be_erased(why), to=address)


def _counted_by_receipt(request: ErasureRequest) -> Counts | None:
    account = Account.objects.get(public_id=str(request.account))
    with tenant(account.pk):
        receipt = PurgeReceipt.objects.filter(account_id=account.pk, subject=str(request.target)).first()
        return dict(receipt.before) if receipt else None
