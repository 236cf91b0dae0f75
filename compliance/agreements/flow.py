"""The way of an agreement: asked for, mailbox checked, reviewed and offered, signed, countersigned.

Each step locks the request, is possible in the states of `STEPS` alone, and is told in the staff's audit log. What is
offered is one file, byte by byte; what is signed is that file.
"""

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.audit import Verb
from accounts.letters import Letter, send
from accounts.models import AuditEvent, User
from compliance.agreements import letters, writing
from compliance.documents import pdf
from compliance.models import DpaDocument, DpaRequest, DpaTemplate
from compliance.models.agreements import DAYS_TO_SIGN, digest_of
from putler.kernel.errors import PutlerError

LINK_LIFE: Final = timedelta(days=DAYS_TO_SIGN)
KEPT: Final = timedelta(days=6 * 365 + 2)  # after the last step
State = DpaRequest.State
Kind = DpaDocument.Kind
# From which states a step is possible, and where it leads.
STEPS: Final[dict[str, tuple[frozenset[State], State]]] = {
    "confirm": (frozenset({State.ASKED}), State.CONFIRMED),
    "offer": (frozenset({State.CONFIRMED, State.OFFERED}), State.OFFERED),
    "sign": (frozenset({State.OFFERED}), State.SIGNED),
    "countersign": (frozenset({State.SIGNED}), State.COMPLETE),
    "send_again": (frozenset({State.COMPLETE}), State.COMPLETE),
    "decline": (frozenset({State.CONFIRMED, State.OFFERED, State.SIGNED}), State.DECLINED),
}
OVER: Final = "This link is no longer good. Ask for the agreement again, or write to us."
CHANGED: Final = "The agreement changed since this page was opened. Read it once more, please."
DRAFT: Final = "The text is a draft. Note at the template which lawyer approved it; nobody is asked to sign a draft."
NAMELESS: Final = "Set OPERATOR_NAME, OPERATOR_ADDRESS and OPERATOR_COUNTRY: an agreement names both parties."
DAMAGED: Final = "The file is not what was signed: its digest differs."


class AgreementError(PutlerError):
    """A step that is not possible now."""


@dataclass(frozen=True)
class Hand:
    """Who signs, and from where: a typed name, a network address, a browser, a moment."""

    name: str
    ip: str
    browser: str
    at: str

    @classmethod
    def of(cls, name: str, client: tuple[str, str], *, now: datetime) -> "Hand":
        """`client`: network address and browser."""
        return cls(name, *client, at=told(now))


def told(now: datetime) -> str:
    """A moment as evidence has it."""
    return f"{now:%Y-%m-%d %H:%M:%S} UTC"


def ask(details: dict[str, str], *, now: datetime, **origin: Any) -> DpaRequest:
    """Note a request and mail a link to its address. `origin`: `account` or `entered_by`, public ids."""
    asked = DpaRequest(asked_at=now, changed_at=now, **details, **origin)
    with transaction.atomic():
        key = _new_link(asked, now=now)
        asked.save()
        send(letters.check_mailbox(key), to=asked.mail)
        _note(Verb.DPA_ASKED, asked)
    return asked


def confirm(link: str, *, now: datetime) -> DpaRequest:
    """Note that the mailbox is read by who asked; the link is used up. Raises AgreementError."""
    with transaction.atomic():
        asked = _by_link(link, "confirm", now=now)
        asked.evidence |= {"confirmed_at": told(now)}
        _move(asked, "confirm", "evidence", now=now)
        _tell_us(letters.waits_for_us(asked))
        _note(Verb.DPA_CONFIRMED, asked)
        return asked


def offer(asked_id: int, *, now: datetime) -> DpaRequest:
    """Have the newest text offered, or the same file once more by another link. Raises AgreementError."""
    with transaction.atomic():
        asked = _taken(asked_id, "offer")
        if asked.template is None:
            _write(asked, now=now)
        key = _new_link(asked, now=now)
        _move(asked, "offer", "template", "written", now=now)
        send(letters.ready_to_sign(key), to=asked.mail)
        digest = asked.documents.get(kind=Kind.OFFERED).sha256
        _note(Verb.DPA_OFFERED, asked, digest=digest)
        return asked


def sign(link: str, hand: Hand, *, digest: str, now: datetime) -> DpaRequest:
    """Sign the file of that digest, which the person saw; the link is used up. Raises AgreementError."""
    with transaction.atomic():
        asked = _by_link(link, "sign", now=now)
        document = asked.documents.get(kind=Kind.OFFERED)
        if document.sha256 != digest:
            raise AgreementError(CHANGED)
        _require_intact(document)
        asked.evidence |= {"signed": asdict(hand), "digest": digest}
        _move(asked, "sign", "evidence", now=now)
        _tell_us(letters.waits_for_us(asked))
        _note(Verb.DPA_SIGNED, asked, digest=digest)
        return asked


def countersign(asked_id: int, hand: Hand, *, by: User, now: datetime) -> DpaRequest:
    """Sign for us and send both parties to the file with both signatures. Raises AgreementError."""
    with transaction.atomic():
        asked = _taken(asked_id, "countersign")
        offered = asked.documents.get(kind=Kind.OFFERED)
        _require_intact(offered)
        if offered.sha256 != asked.evidence["digest"]:
            raise AgreementError(DAMAGED)
        asked.evidence |= {"countersigned": asdict(hand) | {"by": str(by.public_id)}}
        whole = writing.with_evidence(
            writing.restored(asked.written or {}), asked, digest=offered.sha256, events=_events(asked)
        )
        digest = _keep(asked, Kind.FINAL, pdf(whole, at=now), now=now)
        key = _new_link(asked, now=now)
        _move(asked, "countersign", "evidence", now=now)
        send(letters.signed_by_both(key, digest=digest), to=asked.mail)
        _tell_us(letters.complete_for_us(asked, digest=digest))
        _note(Verb.DPA_COUNTERSIGNED, asked, digest=digest)
        return asked


def send_again(asked_id: int, *, now: datetime) -> DpaRequest:
    """Send another link to the file with both signatures. Raises AgreementError."""
    with transaction.atomic():
        asked = _taken(asked_id, "send_again")
        key = _new_link(asked, now=now)
        asked.save(update_fields=["link_digest", "link_expires_at"])
        send(letters.signed_by_both(key, digest=file_of(asked, Kind.FINAL).sha256), to=asked.mail)
        return asked


def decline(asked_id: int, *, now: datetime) -> DpaRequest:
    """Offer nothing after all. Raises AgreementError."""
    with transaction.atomic():
        asked = _taken(asked_id, "decline")
        _move(asked, "decline", now=now)
        send(letters.declined(), to=asked.mail)
        _note(Verb.DPA_DECLINED, asked)
        return asked


def opened(link: str, *, now: datetime) -> DpaRequest | None:
    """The request that a link of a mail leads to, while it is good."""
    return DpaRequest.objects.filter(link_expires_at__gt=now, link_digest=digest_of(link)).first() if link else None


def file_of(asked: DpaRequest, kind: str) -> DpaDocument:
    """A file of it, once its digest was computed anew and compared. Raises AgreementError, DpaDocument.DoesNotExist."""
    document = asked.documents.get(kind=kind)
    _require_intact(document)
    if kind == Kind.OFFERED and asked.evidence.get("digest", document.sha256) != document.sha256:
        raise AgreementError(DAMAGED)
    return document


def forget_old(*, now: datetime) -> None:
    """Delete requests whose mailbox nobody confirmed in time, and what is six years old."""
    DpaRequest.objects.filter(state=State.ASKED, link_expires_at__lte=now).delete()
    DpaRequest.objects.filter(changed_at__lte=now - KEPT).delete()


def _write(asked: DpaRequest, *, now: datetime) -> None:
    """Fix which text is offered, to whom and with which annexes: as a file, and as what the final one is made from."""
    template = DpaTemplate.current(asked.law)
    if template.is_draft:
        raise AgreementError(DRAFT)
    if not all(settings.OPERATOR[part] for part in ("name", "address", "country")):
        raise AgreementError(NAMELESS)
    document = writing.agreement(template, writing.Customer.of(asked), on=now)
    asked.template, asked.written = template, writing.kept(document)
    _keep(asked, Kind.OFFERED, pdf(document, at=now), now=now)


def _keep(asked: DpaRequest, kind: Kind, content: bytes, *, now: datetime) -> str:
    digest = hashlib.sha256(content).hexdigest()
    DpaDocument.objects.create(request=asked, kind=kind, content=content, sha256=digest, made_at=now)
    return digest


def _require_intact(document: DpaDocument) -> None:
    if not document.is_intact:
        raise AgreementError(DAMAGED)


def _by_link(link: str, step: str, *, now: datetime) -> DpaRequest:
    """The locked request of a link that is good for this step; of two at once, one finds it."""
    held = DpaRequest.objects.select_for_update(of=("self",)).filter(link_expires_at__gt=now)
    asked = held.filter(link_digest=digest_of(link)).first() if link else None
    if asked is None or State(asked.state) not in STEPS[step][0]:
        raise AgreementError(OVER)
    asked.link_digest = asked.link_expires_at = None
    return asked


def _taken(asked_id: int, step: str) -> DpaRequest:
    """The locked request, for a step of the staff."""
    asked = DpaRequest.objects.select_for_update(of=("self",)).get(pk=asked_id)
    if State(asked.state) not in STEPS[step][0]:
        raise AgreementError(f"This is not possible now: {asked.get_state_display().lower()}.")
    return asked


def _move(asked: DpaRequest, step: str, *fields: str, now: datetime) -> None:
    asked.state, asked.changed_at = STEPS[step][1], now
    asked.save(update_fields=["state", "changed_at", "link_digest", "link_expires_at", *fields])


def _new_link(asked: DpaRequest, *, now: datetime) -> str:
    """A link for the next mail; the one before is worth nothing from now on."""
    key = secrets.token_urlsafe(32)
    asked.link_digest, asked.link_expires_at = digest_of(key), now + LINK_LIFE
    return key


def _tell_us(letter: Letter) -> None:
    send(letter, to=settings.SUPPORT_EMAIL)


def _note(verb: Verb, asked: DpaRequest, *, digest: str = "") -> None:
    audit.record(verb, account_id=None, subject=asked, detail={"sha256": digest} if digest else None)


def _events(asked: DpaRequest) -> list[str]:
    """The ids of what the audit log says of it, oldest first."""
    events = AuditEvent.objects.filter(account=None, subject=f"dparequest:{asked.public_id}").order_by("seq")
    return [str(event) for event in events.values_list("public_id", flat=True)]
