"""Asking for an erasure: who may, how they proved it, when it begins, and how it is taken back."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django_otp import user_has_device
from django_q.tasks import async_task

from accounts import audit
from accounts.audit import Verb
from accounts.letters import send
from accounts.models import Account, Role, User
from compliance import certificates, journal, members, request_letters
from compliance.models import ErasureRequest, JournalEntry
from datasources.models import BOOKING_LOCK, Customer, DataSource
from datasources.services import forgetting
from datasources.services.shielding import digest_of
from putler.kernel.errors import PutlerError
from putler.tenancy import lock

GRACE: Final = timedelta(days=14)
NOTICE: Final = timedelta(hours=72)
TASK: Final = "compliance.tasks.run_erasure"
Kind = ErasureRequest.Kind
Proof = ErasureRequest.Proof


class CannotAsk(PutlerError):
    """It cannot be asked for like this; the sentence is for who asked."""


def proof_of(request: HttpRequest) -> Proof:
    """How somebody who passed `@sudo_required` showed who they are."""
    return Proof.SECOND_FACTOR if user_has_device(request.user) else Proof.PASSWORD


def of_subject(account: Account, words: str, *, by: User, proof: Proof, now: datetime) -> ErasureRequest:
    """Have whoever is known by this address or provider's id forgotten. Inside tenant().

    Of somebody whom no source has told of yet, the digest is kept, so that none ever does.
    """
    lock(BOOKING_LOCK, account.pk)  # an import either told of them before, or is told of this
    ids = forgetting.sought(account.pk, words)
    people = Customer.objects.filter(account_id=account.pk, pk__in=ids, merged_into=None)
    target = people.values_list("public_id", flat=True).first()
    digest = digest_of(account.pk, words.strip().lower())
    forgetting.shut_out(account.pk, [digest], now=now)
    journal.enter(journal.of(JournalEntry.Kind.DIGEST, digest, account=account.public_id), now=now)
    return _ask(Kind.SUBJECT, account=account.public_id, target=target, told=words, by=by, proof=proof, due_at=now)


def of_customer(customer: Customer, *, by: User, proof: Proof, now: datetime) -> ErasureRequest:
    """Have a customer forgotten, with all whom the merchant merged with them. Inside tenant()."""
    account = Account.objects.get(pk=customer.account_id)
    told = customer.email or str(customer.public_id)
    return _ask(
        Kind.SUBJECT, account=account.public_id, target=customer.public_id, told=told, by=by, proof=proof, due_at=now
    )


def of_user(user: User, *, proof: Proof, now: datetime) -> ErasureRequest:
    """Have oneself erased. Raises LastOwner."""
    members.check_may_go(user)
    if waiting := _open(Kind.USER, target=user.public_id):
        return _go(waiting, proof=proof, due_at=now, now=now)
    return _ask(Kind.USER, target=user.public_id, told=user.email, by=user, proof=proof, due_at=now)


def of_account(account: Account, *, by: User, proof: Proof, is_at_once: bool, now: datetime) -> ErasureRequest:
    """Close an account: its sources are hidden at once, and deleted with all the rest now or in 14 days."""
    due_at = now if is_at_once else now + GRACE
    known = _open(Kind.ACCOUNT, account=account.public_id)
    if known and known.due_at and known.due_at <= due_at:
        return known
    told = str(account.public_id)
    request = (
        _go(known, proof=proof, due_at=due_at, now=now)
        if known
        else _ask(
            Kind.ACCOUNT, account=account.public_id, target=account.public_id, told=told, by=by, proof=proof,
            due_at=due_at, asked_at=now,
        )
    )  # fmt: skip
    for address in _owners(account):
        send(request_letters.closing(request), to=address)
    audit.record(Verb.ACCOUNT_CLOSED, account_id=account.pk, subject=request, actor=by)
    return request


def of_source(source: DataSource, *, by: User, proof: Proof, now: datetime) -> ErasureRequest:
    """Unlink a source and delete all that it brought, at once."""
    account, told = source.account, str(source.public_id)
    waiting = ErasureRequest.objects.filter(kind=Kind.SOURCE_NOW, account=account.public_id, due_at=None)
    if asked := waiting.filter(cancelled_at=None).first():  # by mail
        asked.target = source.public_id
        return _go(asked, proof=proof, due_at=now, now=now)
    return _ask(
        Kind.SOURCE_NOW, account=account.public_id, target=source.public_id, told=told, by=by, proof=proof, due_at=now
    )


def of_provider(account: Account, target: UUID, kind: Kind, *, told: str, now: datetime) -> ErasureRequest:
    """What a provider orders, signed by it: a customer (its `customers/redact`) or a source (`shop/redact`)."""
    request = _new(kind, account=account.public_id, target=target, asked_by="provider")
    return _written(request, told=told, proof=Proof.PROVIDER, due_at=now)


def of_who_is_left(user: User, *, now: datetime) -> ErasureRequest:
    """The person whose last membership ended with an account."""
    known = _open(Kind.USER, target=user.public_id)
    request = known or _new(Kind.USER, target=user.public_id, asked_by=f"user:{user.public_id}")
    return _written(request, told=user.email, proof=Proof.PASSWORD, due_at=now)


def of_ended(account: Account, *, now: datetime) -> ErasureRequest:
    """An account that ends by itself, after its owners were warned."""
    known = _open(Kind.ACCOUNT, account=account.public_id)
    if known and known.due_at and known.due_at <= now:
        return known
    request = known or _new(Kind.ACCOUNT, account=account.public_id, target=account.public_id, asked_by="site")
    return _written(request, told=str(account.public_id), proof=Proof.ENDED, due_at=now)


def again(kind: Kind, *, account: UUID | None, target: UUID, now: datetime) -> ErasureRequest:
    """What was erased before, and came back with a backup."""
    request = _new(kind, account=account, target=target, asked_by="site")
    return _written(request, told=str(target), proof=Proof.RESTORE, due_at=now)


def take_back(request: ErasureRequest, *, now: datetime) -> bool:
    """Let it not be done; False where that has begun."""
    own = ErasureRequest.objects.filter(pk=request.pk, started_at=None, done_at=None, cancelled_at=None)
    with transaction.atomic():
        is_stopped = bool(own.update(cancelled_at=now))
        if is_stopped:
            account = Account.objects.filter(public_id=request.account).first() if request.account else None
            audit.record(Verb.ERASURE_TAKEN_BACK, account_id=account.pk if account else None, subject=request)
    return is_stopped


def by_mail(kind: Kind, address: str, *, by: User) -> ErasureRequest | None:
    """A mail from the address on file: a link goes there, and waits for its reader's proof. None: nobody has it."""
    user = User.objects.filter(email=address.strip().lower(), is_active=True).first()
    if user is None:
        return None
    request = _new(kind, account=_account_of(user, kind), target=user.public_id, asked_by=f"staff:{by.public_id}")
    request.subject = certificates.subject_digest(request, user.email)
    with transaction.atomic():
        request.save()
        send(request_letters.asked_by_mail(request), to=user.email)
        audit.record(Verb.ERASURE_ASKED, account_id=None, subject=request, actor=by, detail={"kind": kind.value})
    return request


def by_somebody_else(address: str, *, by: User) -> None:
    """A mail from another address: nothing is told or done, and the address on file learns of it."""
    with transaction.atomic():
        if user := User.objects.filter(email=address.strip().lower(), is_active=True).first():
            send(request_letters.somebody_asked(), to=user.email)
        audit.record(Verb.ERASURE_ASKED, account_id=None, actor=by, detail={"kind": "refused"})


def after_notice(kind: Kind, address: str, *, by: User, now: datetime) -> ErasureRequest | None:
    """Somebody who can no longer read the address on file: a notice goes there, and 72 hours pass."""
    user = User.objects.filter(email=address.strip().lower(), is_active=True).first()
    if user is None or kind not in {Kind.USER, Kind.ACCOUNT}:
        return None
    account = _account_of(user, kind)
    if kind == Kind.ACCOUNT and account is None:
        raise CannotAsk("They own no account.")
    request = _new(kind, account=account, target=account or user.public_id, asked_by=f"staff:{by.public_id}")
    with transaction.atomic():
        _written(request, told=user.email, proof=Proof.WAITED, due_at=now + NOTICE)
        send(request_letters.will_be_erased(request), to=user.email)
        audit.record(Verb.ERASURE_ASKED, account_id=None, subject=request, actor=by, detail={"kind": kind.value})
    return request


def _account_of(user: User, kind: Kind) -> UUID | None:
    """The account that somebody who wrote to us owns."""
    if kind not in {Kind.ACCOUNT, Kind.SOURCE_NOW}:
        return None
    owned = user.memberships.filter(role=Role.OWNER).order_by("pk")
    return owned.values_list("account__public_id", flat=True).first()


def _open(kind: Kind, **whose: UUID) -> ErasureRequest | None:
    waiting = ErasureRequest.objects.filter(Q(due_at=None) | Q(started_at=None), kind=kind, done_at=None, **whose)
    return waiting.filter(cancelled_at=None).order_by("pk").first()


def _new(kind: Kind, *, target: UUID | None, asked_by: str, account: UUID | None = None) -> ErasureRequest:
    return ErasureRequest(kind=kind, account=account, target=target, asked_by=asked_by)


def _ask(kind: Kind, *, told: str, by: User, proof: Proof, due_at: datetime, **fields: Any) -> ErasureRequest:
    request = ErasureRequest(kind=kind, asked_by=f"user:{by.public_id}", **fields)
    with transaction.atomic():
        _written(request, told=told, proof=proof, due_at=due_at)
        account = Account.objects.filter(public_id=request.account).first() if request.account else None
        audit.record(
            Verb.ERASURE_ASKED,
            account_id=account.pk if account else None,
            subject=request,
            actor=by,
            detail={"kind": kind.value},
        )
    return request


def _written(request: ErasureRequest, *, told: str, proof: Proof, due_at: datetime) -> ErasureRequest:
    request.subject = certificates.subject_digest(request, told)
    request.verified_how, request.due_at = proof, due_at
    request.save()
    _ring(request)
    return request


def _go(request: ErasureRequest, *, proof: Proof, due_at: datetime, now: datetime) -> ErasureRequest:
    """What waited has its proof now, or is to be done sooner."""
    request.verified_how, request.due_at, request.asked_at = proof, due_at, now
    request.save(update_fields=["verified_how", "due_at", "asked_at", "target"])
    _ring(request)
    return request


def _ring(request: ErasureRequest) -> None:
    transaction.on_commit(partial(async_task, TASK, request.pk, cluster="long"))  # one that is not due does nothing


def _owners(account: Account) -> list[str]:
    owners = account.memberships.filter(role=Role.OWNER, user__is_active=True).order_by("pk")
    return list(owners.values_list("user__email", flat=True))
