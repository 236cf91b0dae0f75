"""Connecting a source by the merchant's consent at the provider: the way there, and what comes back.

A consent is asked for with a random word that is good once, for ten minutes, for the person, session, account and
provider that it was made for. Only its digest is kept.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec
from django.conf import settings
from django.urls import reverse

from accounts.models import Account, User
from datasources.connectors.errors import ConnectorError
from datasources.connectors.http import submit
from datasources.models import DataSource, OAuthState
from datasources.services.connecting import ConnectError, Grant, connect, connect_again
from datasources.services.providers import Provider
from putler.tenancy import tenant

STATE_LASTS = timedelta(minutes=10)
MOST_OPEN = 5  # consents that one session may have asked for and not yet given


class Asker(NamedTuple):
    """Who asks, in which account, by which session (its key)."""

    account: Account
    user: User
    session_key: str


class _Token(msgspec.Struct):
    access_token: str
    livemode: bool = False
    scope: str = ""
    stripe_user_id: str | None = None


def begin_consent(asker: Asker, provider: Provider, *, now: datetime, again: DataSource | None = None) -> str:
    """The provider's address at which the merchant consents. Inside tenant(). Raises ConnectError.

    `again`: the source that the consent is to give new access to; None for a new one.
    """
    slug, oauth = provider.connector.slug, provider.connector.oauth
    if not provider.asks_consent:
        raise ConnectError(f"This site is not registered with {provider.connector.label}. Connect with a key.")
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
        source=again,
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
    grant = _exchange(provider, answer["code"], state.redirect_uri)
    if state.source:
        return connect_again(state.source, grant, now=now)
    return connect(asker.account, provider, grant, now=now)


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
        return OAuthState.objects.select_related("source").get(account=asker.account, digest=_digest(state))


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
        token = msgspec.json.decode(answer.body, type=_Token)
    except (ConnectorError, msgspec.DecodeError) as error:
        raise ConnectError(f"{label} did not complete the connection. Try again in a few minutes.") from error
    return Grant(token.access_token, token.livemode, token.scope, token.stripe_user_id)
