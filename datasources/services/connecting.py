"""Connecting a source: by the merchant's consent at the provider, or by a key that can only read.

The merchant's permission is asked on a page of ours first. What the provider hands over is sealed at once, and the
import begins when the source is committed.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse

from accounts.models import Account, User
from datasources.connectors.errors import ConnectorError
from datasources.connectors.http import Answer, submit
from datasources.connectors.streams import Identity
from datasources.importing.claims import ring
from datasources.models import Credential, DataSource, OAuthState, StreamState
from datasources.services.providers import Provider, seal
from putler.kernel.errors import PutlerError
from putler.tenancy import tenant

STATE_LASTS = timedelta(minutes=10)
MOST_OPEN = 5  # consents that one session may have asked for and not yet given


class ConnectError(PutlerError):
    """A source cannot be connected as asked; the text says what to do."""


class Asker(NamedTuple):
    """Who asks, in which account, by which session (its key)."""

    account: Account
    user: User
    session_key: str


class Grant(NamedTuple):
    """What a provider hands over: a secret, and what it is good for. `ending`: shown of a key that was typed in."""

    secret: str
    is_live: bool
    scopes: str = ""
    account: str | None = None
    ending: str = ""


class _Token(msgspec.Struct):
    access_token: str
    livemode: bool = False
    scope: str = ""
    stripe_user_id: str | None = None


def begin_consent(asker: Asker, provider: Provider, *, now: datetime) -> str:
    """The provider's address at which the merchant consents. Inside tenant(). Raises ConnectError."""
    slug, oauth = provider.connector.slug, provider.connector.oauth
    state, redirect_uri = secrets.token_urlsafe(32), callback(slug)
    mine = OAuthState.objects.filter(account=asker.account, session_digest=_digest(asker.session_key))
    OAuthState.objects.filter(account=asker.account, expires_at__lt=now).delete()
    if mine.filter(used_at=None).count() >= MOST_OPEN:
        raise ConnectError("You have begun this several times just now. Wait ten minutes and try again.")
    OAuthState.objects.create(
        account=asker.account,
        user=asker.user,
        digest=_digest(state),
        session_digest=_digest(asker.session_key),
        provider=slug,
        redirect_uri=redirect_uri,
        expires_at=now + STATE_LASTS,
    )
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "scope": " ".join(scope.name for scope in oauth.scopes),
        "state": state,
        "redirect_uri": redirect_uri,
    }
    return f"{provider.url(oauth.authorize)}?{urlencode(query)}"


def accept_consent(asker: Asker, provider: Provider, answer: Mapping[str, str], *, now: datetime) -> DataSource:
    """The source that the merchant consented to. Raises ConnectError. Outside tenant(): it asks the provider."""
    state = _use_state(asker, provider, answer.get("state", ""), now)
    if answer.get("error") == "access_denied":
        raise ConnectError(f"You did not allow access at {provider.connector.label}; nothing was connected.")
    if answer.get("error") or not answer.get("code"):
        raise ConnectError(f"{provider.connector.label} did not give its consent. Try again in a few minutes.")
    return connect(asker.account, provider, _exchange(provider, answer["code"], state.redirect_uri), now=now)


def accept_key(account: Account, provider: Provider, key: str, *, name: str = "", now: datetime) -> DataSource:
    """The source that a typed key opens. Raises ConnectError. Outside tenant(): it asks the provider."""
    form = provider.connector.key_form
    is_live = key.startswith(form.prefixes)
    if not is_live and not key.startswith(form.test_prefixes):
        raise ConnectError(f"This is not the kind of key that is needed: {form.help}")
    return connect(account, provider, Grant(key, is_live, ending=key[-4:]), name=name, now=now)


def connect(account: Account, provider: Provider, grant: Grant, *, now: datetime, name: str = "") -> DataSource:
    """A source with its sealed credential and its lists, whose import begins on commit. Raises ConnectError."""
    if settings.PRODUCTION and not grant.is_live:
        raise ConnectError("This is access to test data only. Use the live mode of your account.")
    identity = _identity(provider, grant)
    try:
        with tenant(account.pk), transaction.atomic():
            return _create(account, provider, grant, identity._replace(name=name or identity.name), now)
    except IntegrityError as error:
        raise ConnectError(f"A source named “{name}” exists already; choose another name.") from error


def callback(slug: str) -> str:
    """Our address that a provider sends merchants back to; each provider has its own."""
    return settings.PUBLIC_URL + reverse("connect_callback", args=[slug])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _use_state(asker: Asker, provider: Provider, state: str, now: datetime) -> OAuthState:
    """The consent that was asked for, used up now, whatever comes of it."""
    with tenant(asker.account.pk):
        own = OAuthState.objects.filter(
            account=asker.account,
            digest=_digest(state),
            user=asker.user,
            session_digest=_digest(asker.session_key),
            provider=provider.connector.slug,
            expires_at__gt=now,
            used_at=None,
        )
        if not own.update(used_at=now):
            raise ConnectError("This consent was not asked for here, or too long ago. Begin again.")
        return OAuthState.objects.get(account=asker.account, digest=_digest(state))


def _exchange(provider: Provider, code: str, redirect_uri: str) -> Grant:
    label = provider.connector.label
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": provider.client_id,
        "client_secret": provider.client_secret,
        "redirect_uri": redirect_uri,
    }
    try:
        answer = submit(provider.url(provider.connector.oauth.token), form)
        token = _token(answer)
    except (ConnectorError, msgspec.DecodeError) as error:
        raise ConnectError(f"{label} did not complete the connection. Try again in a few minutes.") from error
    return Grant(token.access_token, token.livemode, token.scope, token.stripe_user_id)


def _token(answer: Answer) -> _Token:
    return msgspec.json.decode(answer.body, type=_Token)


def _identity(provider: Provider, grant: Grant) -> Identity:
    """Who the merchant is at the provider; proves that the secret opens something."""
    http = provider.http(grant.secret)
    try:
        return provider.connector.identify(http)
    except ConnectorError as error:
        raise ConnectError(f"{provider.connector.label} does not accept this access: {error}") from error
    finally:
        http.close()


def _create(account: Account, provider: Provider, grant: Grant, identity: Identity, now: datetime) -> DataSource:
    connector = provider.connector
    ref = grant.account or identity.ref
    known = account.sources.filter(provider=connector.slug, external_account=ref, unlinked_at=None).first()
    if ref and known:
        return _connect_again(known, grant, now)
    source = DataSource.objects.create(
        account=account,
        provider=connector.slug,
        kind=connector.kind,
        name=_free_name(account, identity.name or connector.label),
        external_account=ref,
        is_test=not grant.is_live,
        connected_at=now,
    )
    _keep(source, grant, now)
    begins = identity.began_at or connector.begins
    for number, stream in enumerate(connector.streams):
        floor = max(begins, now - stream.reach) if stream.reach else begins
        whole = {"stream": stream.name, "number": number, "floor_at": floor, "due_at": now}
        state = StreamState.objects.create(account=account, source=source, **whole)
        ring(account.pk, state.pk)
    return source


def _connect_again(source: DataSource, grant: Grant, now: datetime) -> DataSource:
    """Take new access to a source that is there; its lists go on where they stopped."""
    if source.is_test == grant.is_live:
        raise ConnectError(
            f"{source.name} holds {'test' if source.is_test else 'live'} data; this access is to others."
        )
    source.attention = ""
    source.save(update_fields=["attention"])
    _keep(source, grant, now)
    states = StreamState.objects.filter(account_id=source.account_id, source=source)
    states.update(due_at=now, lease_until=None, claim=F("claim") + 1, error="", tries=0)  # jobs with old access end
    for state in states.order_by("number"):
        ring(source.account_id, state.pk)
    return source


def _keep(source: DataSource, grant: Grant, now: datetime) -> None:
    sealed = seal(grant.secret, account_id=source.account_id, source_id=str(source.public_id))
    told = {"sealed": sealed, "scopes": grant.scopes, "ending": grant.ending, "sealed_at": now}
    Credential.objects.update_or_create(account_id=source.account_id, source=source, defaults=told)


def _free_name(account: Account, wanted: str) -> str:
    """The name, with a number where a linked source has it already."""
    taken = set(account.sources.filter(unlinked_at=None).values_list("name", flat=True))
    candidates = (wanted if number == 1 else f"{wanted} {number}" for number in range(1, len(taken) + 2))
    return next(name for name in candidates if name not in taken)
