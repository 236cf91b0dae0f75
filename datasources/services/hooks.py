"""Webhooks of sources: the address, the secret, and what a delivery brings about.

A delivery changes no figure. It makes lists due, and what is new comes by asking the provider; a forged one would cost
one question. The address holds a random word and is found by its digest; both word and secret are sealed.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Case, F, Value, When
from django.urls import reverse

from datasources.connectors.errors import ConnectorError
from datasources.connectors.http import submit
from datasources.connectors.webhooks import Forged, Heard
from datasources.importing.claims import ring
from datasources.importing.plan import NUDGED, has_news
from datasources.models import DataSource, Hook, HookEvent, StreamState
from datasources.services.providers import provider
from putler import sealing
from putler.tenancy import lock, tenant

MINUTE = timedelta(minutes=1)
MOST_A_MINUTE = 600
KEPT = timedelta(days=90)
LONGEST_SECRET = 200


class Outcome(Enum):
    """What became of a delivery."""

    UNKNOWN = "unknown"
    TOO_MANY = "too many"
    FORGED = "forged"
    HEARD = "heard"
    HEARD_BEFORE = "heard before"


class Delivery(NamedTuple):
    """What was posted, as it came."""

    body: bytes
    headers: Mapping[str, str]


def found_hook(source: DataSource) -> Hook | None:
    """The source's hook, or None. Inside tenant()."""
    return Hook.objects.filter(account_id=source.account_id, source=source).select_related("source").first()


def hook_of(source: DataSource) -> Hook:
    """The source's hook, made where there is none. Inside tenant()."""
    lock("hooks", source.account_id)
    found = found_hook(source)
    if found:
        return found
    token = secrets.token_urlsafe(32)
    hook = Hook(account_id=source.account_id, source=source, digest=_digest(token))
    hook.sealed_token = sealing.sealed(hook, "sealed_token", token)
    hook.save()
    return hook


def address(hook: Hook) -> str:
    """The address that a provider is given. Inside tenant()."""
    return settings.PUBLIC_URL + reverse("hook", args=[sealing.opened(hook, "sealed_token")])


def keep_secret(hook: Hook, secret: str) -> None:
    """Take the secret that the provider signs with. Inside tenant()."""
    hook.sealed_secret = sealing.sealed(hook, "sealed_secret", secret)
    hook.save(update_fields=["sealed_secret"])


def forget(source: DataSource) -> None:
    """Delete where the source's provider may ring, and what it signs with; a later hook has another address.

    Events that were heard stay until the source's rows go: one that is told again is still an old one. Inside tenant().
    """
    Hook.objects.filter(account_id=source.account_id, source=source).delete()


def receive(token: str, delivery: Delivery, *, now: datetime) -> Outcome:
    """Take a delivery: prove it, and make the lists due that it is news for. Outside tenant()."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id, source_id FROM public.hook_of(%s)", [_digest(token)])
        row = cursor.fetchone()
    if row is None:
        return Outcome.UNKNOWN
    account_id, source_id = row
    with tenant(account_id):
        hook = Hook.objects.select_related("source").filter(account_id=account_id, source_id=source_id).first()
        if hook is None or hook.source.unlinked_at:
            return Outcome.UNKNOWN
        if _count(hook, now) > MOST_A_MINUTE:
            return Outcome.TOO_MANY
    try:
        heard = _prove(hook, delivery, now)
    except Forged:
        return Outcome.FORGED
    with tenant(account_id):
        return _take(hook, heard, now)


def forget_events(account_id: int, *, now: datetime) -> None:
    """Delete events that were heard long ago. Outside tenant()."""
    with tenant(account_id):
        HookEvent.objects.filter(account_id=account_id, received_at__lt=now - KEPT).delete()


def register_at_sandbox(account_id: int, source_id: int) -> None:
    """Tell our own sandbox where to ring, and sign with a secret of ours. Safe to repeat. Outside tenant()."""
    with tenant(account_id):
        source = DataSource.objects.filter(account_id=account_id, pk=source_id, unlinked_at=None).first()
        if source is None or not source.is_connected or not provider(source.provider).is_sandbox:
            return
        hook = hook_of(source)
        if not hook.sealed_secret:
            keep_secret(hook, "whsec_" + secrets.token_urlsafe(32))
        form = {"url": address(hook), "secret": sealing.opened(hook, "sealed_secret")}
        whose = provider(source.provider)
    submit(f"{whose.api_url}/_control/webhooks", form)


def _prove(hook: Hook, delivery: Delivery, now: datetime) -> Heard:
    """What a delivery says. Raises Forged."""
    scheme = provider(hook.source.provider).connector.webhook
    if scheme is None or not hook.sealed_secret:
        raise Forged("Nobody can sign here so far.")
    secret = sealing.opened(hook, "sealed_secret")
    try:
        heard = scheme.hear(delivery.body, delivery.headers, secret=secret, now=now)
    except Forged:
        raise
    except ConnectorError as error:
        raise Forged(str(error)) from error
    if heard.account and hook.source.external_account and heard.account != hook.source.external_account:
        raise Forged("This is an event of another account.")
    return heard


def _take(hook: Hook, heard: Heard, now: datetime) -> Outcome:
    event = HookEvent(account_id=hook.account_id, source=hook.source, event_ref=heard.ref, received_at=now)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO datasources_hookevent (account_id, source_id, event_ref, received_at)
               VALUES (%s, %s, %s, %s) ON CONFLICT (account_id, source_id, event_ref) DO NOTHING""",
            [event.account_id, event.source_id, event.event_ref, event.received_at],
        )
        is_new = cursor.rowcount == 1
    if not is_new:
        return Outcome.HEARD_BEFORE
    Hook.objects.filter(account_id=hook.account_id, pk=hook.pk).update(heard_at=now)
    _nudge(hook.source, heard.streams, now)
    return Outcome.HEARD


def _nudge(source: DataSource, names: tuple[str, ...], now: datetime) -> None:
    """Make lists due, soon but not twice within half a minute; what waits or is given up stays so."""
    # The source first, as whoever stops its lists does: two who take lists in turn would wait for each other.
    DataSource.objects.select_for_update(no_key=True).get(account_id=source.account_id, pk=source.pk)
    own = StreamState.objects.filter(account_id=source.account_id, source=source, stream__in=names)
    waiting = own.filter(error="", is_refused=False).exclude(due_at=None)
    for state in waiting.order_by("number").select_for_update(no_key=True):
        is_first = not has_news(state)
        soon = max(now, (state.head_at or now) + NUDGED)
        state.nudged_at, state.due_at = now, min(state.due_at or soon, soon)
        state.save(update_fields=["nudged_at", "due_at"] if state.lease_until is None else ["nudged_at"])
        if is_first and state.lease_until is None and soon == now:
            ring(source.account_id, state.pk)


def _count(hook: Hook, now: datetime) -> int:
    """How many deliveries came within this minute, with this one."""
    is_over = When(counted_from__lte=now - MINUTE, then=Value(1))
    begun = When(counted_from__lte=now - MINUTE, then=Value(now))
    own = Hook.objects.filter(account_id=hook.account_id, pk=hook.pk)
    own.update(counted=Case(is_over, default=F("counted") + 1), counted_from=Case(begun, default=F("counted_from")))
    return own.values_list("counted", flat=True).get()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
