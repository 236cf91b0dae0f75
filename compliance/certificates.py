"""Certificates of erasure: what went, when, who asked, how that was verified, and when the last backup is gone.

A certificate names nobody. Of whom it is about it holds a keyed digest, salted with its own number: the site can say
whether it is of a certain address, and nobody else can.
"""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any, Final

from django.conf import settings

from compliance.documents import Document, Facts, Heading, Paragraph, Table, pdf
from compliance.models import ErasureRequest

LIVE: Final = "This is so in the live database now. The last backup that may hold it lapses on the day named below."
STAYS: Final = {
    ErasureRequest.Kind.SUBJECT: (
        "Movements of money stay, with amounts, days and the numbers that providers and orders have, so that the "
        "merchant’s books are what they were; nothing in them tells who paid."
    ),
    ErasureRequest.Kind.USER: (
        "Audit logs keep what was done, for two years, under a random number that is nobody’s any more."
    ),
    ErasureRequest.Kind.ACCOUNT: (
        "The account’s audit log stays for two years, and the log of the staff’s access: random numbers, names of "
        "deeds, and why staff asked, no data of the account. Members who are in "
        "no other account are erased too, each under a certificate of their own."
    ),
    ErasureRequest.Kind.SOURCE_NOW: "Its receipt stays in the account.",
}


def subject_digest(request: ErasureRequest, told: str) -> str:
    """Of the address or number that was asked for, for this request alone."""
    said = f"{request.public_id}:{told.strip().lower()}".encode()
    return hmac.new(settings.ERASURE_KEY.encode(), said, hashlib.sha256).hexdigest()


def content(request: ErasureRequest) -> dict[str, Any]:
    """All that the certificate says, as JSON has it."""
    return {
        "certificate": str(request.public_id),
        "site": settings.PUBLIC_URL,
        "what": str(request.get_kind_display()),
        "account": _text(request.account),
        "of": _text(request.target),
        "subject_digest": request.subject,
        "asked_by": request.asked_by,
        "verified_how": str(request.get_verified_how_display()),
        "asked_at": _moment(request.asked_at),
        "started_at": _moment(request.started_at),
        "done_at": _moment(request.done_at),
        "before": request.before,
        "after": request.after,
        "stays": STAYS[ErasureRequest.Kind(request.kind)],
        "backups": LIVE,
        "backups_lapse_on": _moment(request.backups_lapse_at)[:10],
    }


def digest_of(request: ErasureRequest) -> str:
    """SHA-256 of what it says, keys sorted, without blanks."""
    said = json.dumps(content(request), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def as_json(request: ErasureRequest) -> str:
    """The certificate as a file, with its digest."""
    return json.dumps(content(request) | {"sha256": request.digest}, indent=2, ensure_ascii=False) + "\n"


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""


def as_pdf(request: ErasureRequest) -> bytes:
    """The certificate on paper: the same words, in the same order."""
    said = content(request)
    facts = Facts(
        (
            ("Number", said["certificate"]),
            ("What", said["what"]),
            ("Account", said["account"] or "none"),
            ("Of", said["of"] or "whoever is known by the digest below"),
            ("Keyed digest of whom it is about", said["subject_digest"]),
            ("Asked for by", said["asked_by"]),
            ("Verified", said["verified_how"]),
            ("Asked", said["asked_at"]),
            ("Begun", said["started_at"]),
            ("Done", said["done_at"]),
            ("Backups lapse on", said["backups_lapse_on"]),
        )
    )
    rows = tuple((name, f"{before:,}", f"{after or 0:,}") for name, before, after in request.lines)
    document = Document(
        title="Certificate of erasure",
        parts=(
            Paragraph(f"{said['site']} certifies that what is named here was erased."),
            facts,
            Heading("What lay where"),
            Table(("Place", "Before", "After"), rows, (6, 2, 2)),
            Paragraph(said["stays"]),
            Paragraph(said["backups"]),
        ),
        foot=f"SHA-256 of the certificate’s JSON: {request.digest}",
    )

    return pdf(document, at=request.done_at or request.asked_at)
