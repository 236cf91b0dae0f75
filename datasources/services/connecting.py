"""Connecting a source: what a provider handed over, or a key that a merchant typed, becomes a source that is read.

The secret is proved by asking whom it belongs to, sealed at once, and the import begins when the source is committed.
"""

import hmac
import re
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django_q.tasks import async_task

from accounts import audit
from accounts.audit import Verb
from accounts.models import Account
from datasources.connectors.errors import ConnectorError
from datasources.connectors.streams import Identity
from datasources.importing.claims import ring
from datasources.models import FILES, Credential, DataSource, StreamState, Transaction
from datasources.services import hooks, revoking, unlinking
from datasources.services.naming import free_name
from datasources.services.providers import Provider, provider, unseal
from putler import sealing
from putler.kernel.errors import PutlerError
from putler.tenancy import lock, tenant

LOCK = "connecting"
REGISTER = "datasources.tasks.register_hook"


class ConnectError(PutlerError):
    """A source cannot be connected as asked; the text says what to do."""


class Grant(NamedTuple):
    """What a provider hands over: a secret, and what it is good for. `ending`: shown of a key that was typed in."""

    secret: str
    is_live: bool
    scopes: str = ""
    account: str | None = None
    ending: str = ""


def accept_key(account: Account, provider: Provider, key: str, *, name: str = "", now: datetime) -> DataSource:
    """The source that a typed key opens. Raises ConnectError. Outside tenant(): it asks the provider."""
    return connect(account, provider, _grant_of(provider, key), name=name, now=now)


def accept_key_again(source: DataSource, key: str, *, now: datetime) -> DataSource:
    """The same source, read with this key from now on. Raises ConnectError. Outside tenant()."""
    return connect_again(source, _grant_of(provider(source.provider), key), now=now)


def connect(account: Account, provider: Provider, grant: Grant, *, now: datetime, name: str = "") -> DataSource:
    """A source with its sealed credential and its lists, whose import begins on commit. Raises ConnectError."""
    _refuse_test_data(grant)
    identity = _identity(provider, grant)
    identity = identity._replace(ref=grant.account or identity.ref, name=name or identity.name)
    try:
        with tenant(account.pk):
            lock(LOCK, account.pk)
            known = _known(account, provider, grant, identity)
            if known:
                return _renew(known, grant, now)
            known = _from_files(account, provider)
            return _begin(known or _new(account, provider, identity), provider, grant, identity, now)
    except IntegrityError as error:  # a file brought a source of this name at the same moment
        raise ConnectError("Another source of this name came in just now. Please try again.") from error


def connect_again(source: DataSource, grant: Grant, *, now: datetime) -> DataSource:
    """A source with new access, which goes on where it stopped. Raises ConnectError. Outside tenant()."""
    _refuse_test_data(grant)
    whose = provider(source.provider)
    ref = grant.account or _identity(whose, grant).ref
    if source.external_account and ref != source.external_account:
        raise ConnectError(
            f"This access is not to the {whose.connector.label} account of {source.name}, or does not say so."
        )
    with tenant(source.account_id):
        lock(LOCK, source.account_id)
        still = source.account.sources.filter(pk=source.pk, purging_at=None).first()
        if still is None:
            raise ConnectError(f"{source.name} was removed. Connect it as a new source.")
        still.external_account = ref
        return _renew(still, grant, now)


def _grant_of(provider: Provider, key: str) -> Grant:
    form = provider.connector.key_form
    is_live = key.startswith(form.prefixes)
    if not re.fullmatch(r"[\x21-\x7e]+", key) or not (is_live or key.startswith(form.test_prefixes)):
        wanted = " or ".join(form.prefixes if settings.PRODUCTION else form.prefixes + form.test_prefixes)
        raise ConnectError(f"This is not the kind of key that is needed: one that begins with {wanted}.")
    return Grant(key, is_live, ending=key[-4:])


def _refuse_test_data(grant: Grant) -> None:
    if settings.PRODUCTION and not grant.is_live:
        raise ConnectError("This is access to test data only. Use the live mode of your account.")


def _identity(provider: Provider, grant: Grant) -> Identity:
    """Who the merchant is at the provider; proves that the secret opens something."""
    http = provider.http(grant.secret)
    try:
        return provider.connector.identify(http)
    except ConnectorError as error:
        raise ConnectError(f"{provider.connector.label} does not accept this access: {error}") from error
    finally:
        http.close()


def _known(account: Account, provider: Provider, grant: Grant, identity: Identity) -> DataSource | None:
    """The source of this account at the provider, also one that was unlinked and whose rows are still there.

    Where keys do not tell the account, that of this very key.
    """
    there = account.sources.filter(provider=provider.connector.slug, purging_at=None)
    if identity.ref:
        return there.filter(external_account=identity.ref).order_by(F("unlinked_at").desc(nulls_first=True)).first()
    linked = there.filter(unlinked_at=None)
    credentials = Credential.objects.filter(account=account, source__in=linked).select_related("source")
    same = (one for one in credentials if hmac.compare_digest(unseal(one).encode(), grant.secret.encode()))
    return next((credential.source for credential in same), None)


def _from_files(account: Account, provider: Provider) -> DataSource | None:
    """The oldest source that exports of this provider have brought: what they told, the provider will tell again."""
    files = account.sources.filter(provider=FILES, kind=provider.connector.kind, unlinked_at=None)
    brought = Transaction.objects.filter(account=account, upload__preset__startswith=f"{provider.connector.slug}-")
    return files.filter(pk__in=brought.values("source_id")).order_by("pk").first()


def _new(account: Account, provider: Provider, identity: Identity) -> DataSource:
    connector = provider.connector
    name = free_name(account, identity.name or connector.label)
    return DataSource(account=account, kind=connector.kind, name=name)


def _begin(source: DataSource, provider: Provider, grant: Grant, identity: Identity, now: datetime) -> DataSource:
    """Have a source read from the provider from now on, from the beginning of time."""
    account, connector = source.account, provider.connector
    source.provider, source.external_account = connector.slug, identity.ref
    source.is_test, source.connected_at = not grant.is_live, now
    source.save()
    _keep(source, grant, now)
    _let_it_ring(source, provider)
    begins = identity.began_at or connector.begins
    _add_new_lists(source, now, begins=begins)
    for state in StreamState.objects.filter(account=account, source=source).order_by("number"):
        ring(account.pk, state.pk)
    audit.record(Verb.SOURCE_CONNECTED, account_id=account.pk, subject=source, detail={"provider": source.provider})
    return source


def _add_new_lists(source: DataSource, now: datetime, *, begins: datetime | None = None) -> None:
    """The lists that the connector declares, as far as the source does not have them yet."""
    connector = provider(source.provider).connector
    known = set(
        StreamState.objects.filter(account_id=source.account_id, source=source).values_list("stream", flat=True)
    )
    for number, stream in enumerate(connector.streams):
        if stream.name in known:
            continue
        since = begins or connector.begins
        floor = max(since, now - stream.reach) if stream.reach else since
        whole = {"stream": stream.name, "number": number, "floor_at": floor, "due_at": now, "is_aside": stream.is_aside}
        StreamState.objects.create(account_id=source.account_id, source=source, **whole)


def _renew(source: DataSource, grant: Grant, now: datetime) -> DataSource:
    """Take new access to a source that is there; its lists go on where they stopped."""
    if source.is_test == grant.is_live:
        holds = "test" if source.is_test else "live"
        raise ConnectError(f"{source.name} holds {holds} data; this access is to others.")
    unlinking.restore(source=source, now=now)
    revoking.forget(source)
    source.attention, source.paused_at = "", None
    source.save(update_fields=["attention", "paused_at", "external_account"])
    _keep(source, grant, now)
    _add_new_lists(source, now)
    _let_it_ring(source, provider(source.provider))
    states = StreamState.objects.filter(account_id=source.account_id, source=source)
    states.update(due_at=now, lease_until=None, claim=F("claim") + 1, error="", tries=0)  # jobs with old access end
    for state in states.order_by("number"):
        ring(source.account_id, state.pk)
    detail = {"provider": source.provider}
    audit.record(Verb.SOURCE_RECONNECTED, account_id=source.account_id, subject=source, detail=detail)
    return source


def _keep(source: DataSource, grant: Grant, now: datetime) -> None:
    sealed = sealing.sealed(Credential(account_id=source.account_id, source=source), "sealed", grant.secret)
    told = {"sealed": sealed, "scopes": grant.scopes, "ending": grant.ending, "sealed_at": now}
    Credential.objects.update_or_create(account_id=source.account_id, source=source, defaults=told)


def _let_it_ring(source: DataSource, provider: Provider) -> None:
    """Make the address at which the provider may ring; our sandbox is told of it by itself."""
    if provider.connector.webhook:
        hooks.hook_of(source)
    if provider.is_sandbox:
        transaction.on_commit(partial(async_task, REGISTER, source.account_id, source.pk, cluster="short"))
