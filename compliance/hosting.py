"""What may be said of the data centre: what staff stated with a certificate, and only while that is valid."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from accounts import audit
from accounts.audit import Verb
from compliance.models import HostingStatement

NOT_STATED: Final = "not stated"


@dataclass(frozen=True)
class Statement:
    """`text`: the sentence, or that nothing is stated; `source`: the certificate that it rests on."""

    text: str = NOT_STATED
    source: HostingStatement | None = None

    @property
    def is_stated(self) -> bool:
        """Whether there is a claim."""
        return self.source is not None


def statement(today: date) -> Statement:
    """The newest statement, if its certificate is valid on this day; an older one does not stand in for it."""
    newest = HostingStatement.objects.order_by("-pk").first()
    if newest is None or newest.valid_until < today:
        return Statement()
    return Statement(f"The data centre of {newest.provider} is certified to ISO 27001.", newest)


def state(details: dict[str, Any], *, now: datetime) -> HostingStatement:
    """Note a certificate; the one before no longer counts."""
    with transaction.atomic():
        stated = HostingStatement.objects.create(**details, stated_at=now)
        audit.record(Verb.HOSTING_STATED, account_id=None, subject=stated)
    return stated
