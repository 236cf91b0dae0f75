"""The register of who else handles data: announcing a new one, objections, and what the site asks over the network."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.audit import Verb
from accounts.letters import Letter, link, send
from accounts.models import Account, Role, User
from compliance.models import Objection, SubProcessor
from datasources.connectors.registry import CONNECTORS
from putler.kernel.errors import PutlerError

NOTICE: Final = timedelta(days=30)
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class RegisterError(PutlerError):
    """An entry or objection that cannot be made."""


def announce(details: dict[str, Any], *, now: datetime) -> SubProcessor:
    """Enter a sub-processor and write to the owners of all accounts, in one transaction. Raises RegisterError.

    Where there is no owner yet, as on a new server, nobody has to be told ahead.
    """
    owners = _owners(now)
    if owners and details["since"] < (now + NOTICE).date():
        raise RegisterError(f"Owners are told {NOTICE.days} days ahead: choose a later first day.")
    with transaction.atomic():
        entered = SubProcessor.objects.create(**details, announced_at=now)
        letter = _announcement(entered)
        for email in owners:
            send(letter, to=email)
        audit.record(Verb.SUB_PROCESSOR_ANNOUNCED, account_id=None, subject=entered)
    return entered


def object_to(entered: SubProcessor, *, account: Account, by: User, reason: str, now: datetime) -> Objection:
    """Note an owner's objection, once an account, while there is time; our address is told. Raises RegisterError."""
    if entered.since <= now.date():
        raise RegisterError("The time for objections is over: it handles data already. Write to us instead.")
    with transaction.atomic():
        said = {"by": by.public_id, "reason": reason, "made_at": now}
        objection, is_new = Objection.objects.get_or_create(
            sub_processor=entered, account=account.public_id, defaults=said
        )
        if not is_new:
            raise RegisterError("An objection of your account is noted already. We are in touch.")
        send(_objected(), to=settings.SUPPORT_EMAIL)
        audit.record(Verb.SUB_PROCESSOR_OBJECTED, account_id=account.pk, subject=entered)
    return objection


def outbound() -> Iterator[str]:
    """Every host that this site, as it is configured, asks for something without a merchant having named it."""
    yield urlsplit(settings.PROVIDER_ECB_API_URL).hostname or ""
    yield settings.EMAIL_SERVER.host


def chosen_by_merchants() -> frozenset[str]:
    """The hosts of connectors, which are asked once a merchant connects them."""
    addresses = [getattr(connector, part, "") for connector in CONNECTORS.values() for part in ("api_url", "auth_url")]
    return frozenset(urlsplit(address).hostname or "" for address in addresses if address)


def undeclared(now: datetime) -> set[str]:
    """The hosts that are asked and stand in no register; this machine itself needs none."""
    listed = {host for entry in SubProcessor.objects.on(now.date()) for host in entry.hosts.split()}
    return set(outbound()) - listed - chosen_by_merchants() - LOOPBACK


def _owners(now: datetime) -> list[str]:
    still = Q(memberships__expires_at=None) | Q(memberships__expires_at__gt=now)
    owners = User.objects.filter(still, is_active=True, memberships__role=Role.OWNER)
    return list(owners.order_by("email").values_list("email", flat=True).distinct())


def _announcement(entered: SubProcessor) -> Letter:
    return Letter(
        subject="Putler is going to work with another sub-processor",
        opening=f"From {entered.since:%-d %B %Y} on, {entered.name} may handle data for us: {entered.purpose}. Until "
        "then "
        "you may object; the page behind this button says what it gets, where, and how.",
        action="Look at it",
        url=link("subprocessors"),
        closing="You get this mail as an owner of an account, as our agreement on data processing provides.",
    )


def _objected() -> Letter:
    return Letter(
        subject="An owner objects to a sub-processor",
        opening="The objection and the account are on the staff’s site.",
        action="Look at it",
        url=link("admin:compliance_objection_changelist"),
        closing="Answer before the sub-processor begins.",
    )
