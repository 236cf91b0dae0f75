"""Giving access back at the provider, as well as that can be done.

What lets us read a source is deleted with the deed that ends it. To tell the provider, which may be out of reach at
that moment, the secret waits in a sealed row of its own, for a day at most; the queue carries nothing of it.
"""

import logging
from datetime import datetime, timedelta
from functools import partial

import msgspec
from django.db import connection, transaction
from django_q.tasks import async_task

from datasources.connectors.errors import ConnectorError
from datasources.connectors.http import submit
from datasources.models import Credential, DataSource, Revocation
from datasources.services.providers import Provider, provider, unseal
from putler import sealing
from putler.kernel.encryption import SealError
from putler.tenancy import tenant

LASTS = timedelta(days=1)
AGAIN = timedelta(minutes=10)  # doubled with each try
TASK = "datasources.tasks.revoke_due"

log = logging.getLogger(__name__)


class Given(msgspec.Struct):
    """What is given back: the secret, and the provider's name of the merchant."""

    secret: str
    account: str | None


def give_up(source: DataSource, *, now: datetime) -> None:
    """Forget what lets us read the source, and have the provider told. Inside tenant()."""
    credential = Credential.objects.filter(account_id=source.account_id, source=source).first()
    if credential is None:
        return
    if not credential.ending and provider(source.provider).asks_consent:  # a typed key is the merchant's own
        _keep(source, credential, now)
        transaction.on_commit(partial(async_task, TASK, cluster="short"))
    credential.delete()


def forget(source: DataSource) -> None:
    """Tell the provider nothing: the same access has been given again. Inside tenant()."""
    own = Revocation.objects.filter(account_id=source.account_id, provider=source.provider)
    own.filter(external_account=source.external_account).delete()


def revoke_due(*, now: datetime) -> None:
    """Tell providers of all access that is to be given back; what they do not hear within a day is dropped."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id, revocation_id FROM public.due_revocations()")
        due = cursor.fetchall()
    for account_id, revocation_id in due:
        with tenant(account_id):
            own = Revocation.objects.filter(account_id=account_id, pk=revocation_id)
            row = own.first()
        if row and (row.expires_at <= now or _told(row)):
            with tenant(account_id):
                own.delete()
        elif row:
            with tenant(account_id):
                own.update(tries=row.tries + 1, due_at=now + AGAIN * 2.0 ** min(row.tries, 6))


def _keep(source: DataSource, credential: Credential, now: datetime) -> None:
    whose = {"account_id": source.account_id, "provider": source.provider, "external_account": source.external_account}
    row = Revocation(**whose, due_at=now, expires_at=now + LASTS)
    given = msgspec.json.encode(Given(unseal(credential), source.external_account)).decode()
    row.sealed = sealing.sealed(row, "sealed", given)
    row.save()


def _told(row: Revocation) -> bool:
    """Whether the provider took it. Outside tenant(): it asks the provider."""
    whose = provider(row.provider)
    try:
        given = msgspec.json.decode(sealing.opened(row, "sealed"), type=Given)
        answer = submit(whose.url(whose.connector.oauth.revoke), _form(whose, given))
    except (ConnectorError, SealError) as error:
        log.warning("Access could not be given back yet: %s", error, extra={"account_id": row.account_id})
        return False
    return answer.status < 500  # noqa: PLR2004  what it refuses, it refuses again: the access is gone already


def _form(whose: Provider, given: Given) -> dict[str, str]:
    known = {
        "client_id": whose.client_id,
        "client_secret": whose.client_secret,
        "account": given.account or "",
        "secret": given.secret,
    }
    return {name: known[what] for name, what in whose.connector.oauth.revoke_form}
