"""Agreements on data processing: the text in its versions, who asked for one, and the files that were signed.

They hold no data of a merchant's customers and are worked on by staff across accounts, so they stand outside the wall.
"""

import hashlib
import uuid
from typing import ClassVar, Self

from django.db import models

DAYS_TO_SIGN = 14


class Law(models.TextChoices):
    """Which law an agreement is under."""

    IRELAND = "IE", "Law of Ireland (European Union)"
    ENGLAND = "GB", "Law of England and Wales (United Kingdom)"


class Capacity(models.TextChoices):
    """What the customer is towards the data."""

    CONTROLLER = "controller", "Ours: we decide what happens with them"
    PROCESSOR = "processor", "Of others: we act for clients of ours"


class DpaTemplate(models.Model):
    """A version of the text under one law. It is never altered: another wording is another version.

    `body`: {"title": …, "clauses": [{"id", "heading", "paragraphs"}]}. `approved_by`: the lawyer who read it, and when;
    without one it is a draft, which nobody is asked to sign.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    version = models.CharField(max_length=16)
    law = models.CharField(max_length=2, choices=Law.choices)
    body = models.JSONField()
    approved_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "law"], name="dpa_template_version")]
        verbose_name = "text of agreements"
        verbose_name_plural = "texts of agreements"

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_draft(self) -> bool:
        """Whether no lawyer approved it yet."""
        return not self.approved_by.strip()

    @classmethod
    def current(cls, law: str) -> "DpaTemplate":
        """The newest version under a law."""
        return cls.objects.filter(law=law).latest("pk")


class DpaRequests(models.QuerySet["DpaRequest"]):
    """Reads of requests."""

    def with_link(self, link: str) -> Self:
        """The request, if any, that this link of a mail leads to; whether it is still good is for the row to say."""
        return self.filter(link_digest=digest_of(link)) if link else self.none()


class DpaRequest(models.Model):
    """That somebody asked for an agreement, and how far it is.

    `template`: the version that was offered, whatever comes later. `written`: the offered document as plain values,
    from which the one with both signatures is made. `evidence`: what is known of each signature.
    `account`, `entered_by`: public ids, of the account that an owner asked from, and of staff who entered a request.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Waits for the mailbox to be checked"
        CONFIRMED = "confirmed", "Waits for our review"
        OFFERED = "offered", "Waits for the signature"
        SIGNED = "signed", "Waits for our signature"
        COMPLETE = "complete", "Signed by both"
        DECLINED = "declined", "Declined"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    company = models.CharField(max_length=200)
    address = models.CharField(max_length=500)
    register_number = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2)
    capacity = models.CharField(max_length=10, choices=Capacity.choices)
    signatory = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    mail = models.EmailField(max_length=254)
    law = models.CharField(max_length=2, choices=Law.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED)
    template = models.ForeignKey(DpaTemplate, models.PROTECT, null=True, related_name="requests")
    written = models.JSONField(null=True)
    evidence = models.JSONField(default=dict)
    account = models.UUIDField(null=True)
    entered_by = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    link_digest = models.CharField(max_length=64, null=True, unique=True)
    link_expires_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["DpaRequest"]] = DpaRequests.as_manager()

    class Meta:
        verbose_name = "agreement"

    def __str__(self) -> str:
        return str(self.public_id)


class DpaDocument(models.Model):
    """A file of an agreement, byte by byte. The application may add and delete such rows, and alter none."""

    class Kind(models.TextChoices):
        OFFERED = "offered", "as it was offered and signed"
        FINAL = "final", "with both signatures"

    request = models.ForeignKey(DpaRequest, models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "kind"], name="dpa_document_once")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.kind}"

    @property
    def is_intact(self) -> bool:
        """Whether it still is, to the bit, what its digest was taken of."""
        return hashlib.sha256(bytes(self.content)).hexdigest() == self.sha256


def digest_of(link: str) -> str:
    """What is kept of a link."""
    return hashlib.sha256(link.encode()).hexdigest()
