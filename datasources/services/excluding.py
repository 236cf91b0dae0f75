"""Customers who count nowhere, by their address or its domain. Their rows stay, so it can be taken back."""

import re
from typing import Final

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.audit import Verb
from accounts.models import Account, User
from datasources.models import BOOKING_LOCK, Customer, Exclusion, roots
from datasources.services import rebooking
from datasources.services.decisions import matching
from putler.kernel.errors import PutlerError
from putler.tenancy import lock

_DOMAIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_LONGEST: Final = 254


def exclude(account: Account, told: str, *, by: User) -> Exclusion:
    """Leave out whoever has this address, or an address at this domain (with or without @). Inside tenant().

    Raises PutlerError: it is neither, or left out already.
    """
    kind, value = _rule(told)
    lock(BOOKING_LOCK, account.pk)  # no import is booking without knowing of it
    try:
        with transaction.atomic():
            exclusion = Exclusion.objects.create(account=account, kind=kind, value=value)
    except IntegrityError as error:
        raise PutlerError("They are left out already.") from error
    _book_again(exclusion)
    audit.record(
        Verb.CUSTOMERS_EXCLUDED, account_id=account.pk, subject=exclusion, actor=by, detail={"kind": kind.value}
    )
    return exclusion


def include(exclusion: Exclusion, *, by: User) -> None:
    """Let them count again, unless another rule leaves them out. Inside tenant()."""
    lock(BOOKING_LOCK, exclusion.account_id)
    _book_again(exclusion)
    account_id, kind = exclusion.account_id, exclusion.kind
    Exclusion.objects.filter(account_id=account_id, pk=exclusion.pk).delete()
    audit.record(Verb.CUSTOMERS_INCLUDED, account_id=account_id, subject=exclusion, actor=by, detail={"kind": kind})


def _rule(told: str) -> tuple[Exclusion.Kind, str]:
    text = told.strip().lower()
    name, _, domain = text.rpartition("@")
    if len(text) > _LONGEST or not _DOMAIN.fullmatch(domain) or any(sign.isspace() for sign in name):
        raise PutlerError("Write an e-mail address, or a domain as in example.com.")
    return (Exclusion.Kind.ADDRESS, text) if name else (Exclusion.Kind.DOMAIN, domain)


def _book_again(exclusion: Exclusion) -> None:
    """The movements of whoever the rule names, and of those merged into them."""
    account_id = exclusion.account_id
    named = set(matching(exclusion).values_list("pk", flat=True))
    merged = {pk for pk, head in roots(account_id, Customer).items() if head in named}
    rebooking.ask(account_id, customers=named | merged)
