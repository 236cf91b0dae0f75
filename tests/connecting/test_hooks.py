"""Webhooks: only the provider is heard, an event counts once, and all it does is to make lists due."""

import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from accounts.models import Account
from datasources import tasks
from datasources.importing.plan import NUDGED
from datasources.models import DataSource, Hook, HookEvent, StreamState
from datasources.sandbox.server import Sandbox
from datasources.services import hooks, unlinking
from datasources.services.hooks import Delivery, Outcome
from putler.tenancy import tenant
from tests.connecting.conftest import KEY, Merchant
from tests.test_permissions import addresses

SECRET = "whsec_canary"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
Damage = Callable[[bytes, str], tuple[bytes, str]]


def signed(body: bytes, *, secret: str = SECRET, at: datetime = NOW) -> str:
    moment = int(at.timestamp())
    return f"t={moment},v1={hmac.new(secret.encode(), f'{moment}.'.encode() + body, sha256).hexdigest()}"


def event(number: int = 1, kind: str = "charge.succeeded", **fields: Any) -> bytes:
    return json.dumps({"id": f"evt_{number}", "object": "event", "type": kind, **fields}).encode()


class Ear:
    """The hook of Alice's source, and what it is told."""

    def __init__(self, alice: Merchant) -> None:
        alice.enter(KEY)
        self.account, self.source = alice.account, alice.sources[0]
        with tenant(self.account.pk):
            hook = Hook.objects.select_related("source").get(account=self.account)
            hooks.keep_secret(hook, SECRET)
            self.address = hooks.address(hook)
            self.was_read(NOW - timedelta(minutes=5))
        self.token = self.address.rstrip("/").rpartition("/")[2]

    def was_read(self, at: datetime) -> None:
        """All lists were read up to that moment."""
        mine = StreamState.objects.filter(account=self.account)
        mine.update(head_at=at, tail_at=at, due_at=at + timedelta(minutes=10), lease_until=None)

    def hear(self, body: bytes, signature: str = "", *, now: datetime = NOW) -> Outcome:
        headers = {"Stripe-Signature": signature or signed(body, at=now)}
        return hooks.receive(self.token, Delivery(body, headers), now=now)

    @property
    def due(self) -> set[str]:
        """The lists that were made due."""
        with tenant(self.account.pk):
            return set(StreamState.objects.exclude(nudged_at=None).values_list("stream", flat=True))

    @property
    def events(self) -> int:
        with tenant(self.account.pk):
            return HookEvent.objects.filter(account=self.account).count()


@pytest.fixture
def ear(alice: Merchant) -> Ear:
    return Ear(alice)


def test_an_event_makes_its_lists_due_and_nothing_else(ear: Ear) -> None:
    assert ear.hear(event(kind="charge.refunded")) is Outcome.HEARD

    assert ear.due == {"charges", "refunds", "balance_transactions"}
    assert ear.events == 1


@pytest.mark.parametrize(
    ("kind", "lists"),
    [
        ("charge.dispute.closed", {"disputes", "balance_transactions"}),
        ("customer.deleted", {"customers", "events"}),
        ("customer.subscription.updated", {"subscriptions", "events"}),
        ("invoice.paid", {"invoices"}),
        ("account.application.deauthorized", {"charges"}),
        ("something.nobody.knows", set()),
    ],
)
def test_every_kind_of_event_has_its_lists(ear: Ear, kind: str, lists: set[str]) -> None:
    assert ear.hear(event(kind=kind)) is Outcome.HEARD
    assert ear.due == lists


DAMAGED: dict[str, Damage] = {
    "none at all": lambda _, __: (event(), " "),
    "another secret": lambda body, _: (body, signed(body, secret="whsec_else")),
    "cut": lambda body, proof: (body, proof[:-2]),
    "another moment": lambda body, proof: (body, proof.replace("t=", "t=1")),
    "no moment": lambda body, proof: (body, proof.partition(",")[2]),
    "two moments": lambda body, proof: (body, f"t=5,{proof}"),
    "the test scheme": lambda body, proof: (body, proof.replace("v1=", "v0=")),
    "written anew": lambda body, proof: (json.dumps(json.loads(body), indent=1).encode(), proof),
    "too old": lambda body, _: (body, signed(body, at=NOW - timedelta(seconds=301))),
    "of the future": lambda body, _: (body, signed(body, at=NOW + timedelta(seconds=301))),
    "an empty secret": lambda body, _: (body, signed(body, secret="")),
    "no event": lambda _, __: (b"[1]", signed(b"[1]")),
    "no text": lambda _, __: (b"\xff\xfe", signed(b"\xff\xfe")),
    "letters beyond ASCII": lambda body, _: (body, "t=1,v1=\u00fc"),
    "of another account": lambda _, __: (event(account="acct_else"), signed(event(account="acct_else"))),
}


@pytest.mark.rule("W1")
@pytest.mark.parametrize("damage", DAMAGED)
def test_what_the_provider_did_not_sign_just_now_is_refused(ear: Ear, damage: str) -> None:
    with tenant(ear.account.pk):
        DataSource.objects.update(external_account="acct_own")
    body, signature = DAMAGED[damage](event(), signed(event()))

    assert ear.hear(body, signature) is Outcome.FORGED
    assert (ear.due, ear.events) == (set(), 0)


@pytest.mark.rule("W1")
def test_a_signature_is_proved_before_anything_is_read(ear: Ear) -> None:
    assert ear.hear(b"{", signed(b"{", secret="whsec_else")) is Outcome.FORGED
    assert ear.hear(b"{") is Outcome.FORGED


@pytest.mark.rule("W1")
def test_the_second_of_two_secrets_is_enough(ear: Ear) -> None:
    body = event()
    mine = signed(body).replace("v1=", "v1=00,v1=")

    assert ear.hear(body, mine) is Outcome.HEARD


@pytest.mark.rule("W1")
def test_the_word_in_the_address_is_kept_as_a_digest_and_sealed(ear: Ear) -> None:
    with tenant(ear.account.pk):
        hook = Hook.objects.get(account=ear.account)

    assert len(ear.token) == 43
    assert not {ear.token, SECRET} & {hook.digest, hook.sealed_token, hook.sealed_secret}
    assert ear.hear(event()) is Outcome.HEARD
    assert hooks.receive(hook.digest, Delivery(event(2), {}), now=NOW) is Outcome.UNKNOWN


@pytest.mark.rule("W1")
def test_the_secret_of_another_source_opens_nothing(ear: Ear, charlie: Merchant) -> None:
    other = Ear(charlie)
    with tenant(other.account.pk):
        hook = Hook.objects.select_related("source").get(account=other.account)
        hooks.keep_secret(hook, "whsec_charlie")

    assert other.hear(event()) is Outcome.FORGED
    assert other.hear(event(), signed(event(), secret="whsec_charlie")) is Outcome.HEARD
    assert ear.due == set()


@pytest.mark.rule("W2")
def test_an_event_counts_once(ear: Ear) -> None:
    assert ear.hear(event()) is Outcome.HEARD
    with tenant(ear.account.pk):
        StreamState.objects.update(nudged_at=None)

    assert ear.hear(event()) is Outcome.HEARD_BEFORE
    assert ear.due == set()


@pytest.mark.rule("W2")
@pytest.mark.django_db(transaction=True)
def test_an_event_that_comes_ten_times_at_once_counts_once(ear: Ear) -> None:
    def hear(_: int) -> Outcome:
        try:
            return ear.hear(event())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(hear, range(10)))

    assert sorted(outcome.value for outcome in outcomes) == ["heard"] + ["heard before"] * 9


@pytest.mark.rule("W2")
def test_events_are_forgotten_after_ninety_days(ear: Ear) -> None:
    ear.hear(event(1), now=NOW - timedelta(days=91))
    ear.hear(event(2), now=datetime.now(UTC))
    tasks.forget_hook_events()

    with tenant(ear.account.pk):
        assert list(HookEvent.objects.values_list("event_ref", flat=True)) == ["evt_2"]


@pytest.mark.rule("W3")
def test_a_thousand_events_are_two_looks_a_minute(ear: Ear) -> None:
    looks, last = 0, NOW - timedelta(minutes=5)
    for number in range(500):
        now = NOW + timedelta(seconds=number * 0.119)
        assert ear.hear(event(number), now=now) is Outcome.HEARD
        with tenant(ear.account.pk):
            state = StreamState.objects.get(account=ear.account, stream="charges")
            if state.due_at and state.due_at <= now:
                looks, last = looks + 1, now
                ear.was_read(now)

    assert looks == 2
    assert NOW + timedelta(minutes=1) - last > NUDGED - timedelta(seconds=1)


@pytest.mark.rule("W3")
def test_a_list_that_waits_for_its_provider_or_a_person_goes_on_waiting(ear: Ear) -> None:
    with tenant(ear.account.pk):
        StreamState.objects.filter(stream="charges").update(error="Down.", due_at=NOW + timedelta(hours=1))
        StreamState.objects.filter(stream="balance_transactions").update(due_at=None)
    ear.hear(event())

    assert ear.due == set()


@pytest.mark.rule("W4")
def test_more_than_six_hundred_a_minute_are_too_many(ear: Ear) -> None:
    with tenant(ear.account.pk):
        Hook.objects.update(counted_from=NOW, counted=599)

    outcomes = [ear.hear(event(number)) for number in (1, 2)]
    assert outcomes == [Outcome.HEARD, Outcome.TOO_MANY]
    assert ear.hear(event(3), now=NOW + timedelta(minutes=1)) is Outcome.HEARD


@pytest.mark.rule("W4")
def test_only_webhooks_need_no_token_of_a_form() -> None:
    exempt = {
        str(pattern.name)
        for pattern in addresses(get_resolver().url_patterns)
        if getattr(pattern.callback, "csrf_exempt", False)
    }

    assert exempt == {"hook", "upload_file"}  # which is protected once what it receives is capped


@pytest.mark.rule("W4")
def test_a_webhook_reads_no_cookie_and_sets_none(ear: Ear, alice: Merchant) -> None:
    now = datetime.now(UTC)
    counts = []
    for number, client in enumerate((alice.client, Client(enforce_csrf_checks=True))):
        body = event(number)
        headers = {"Stripe-Signature": signed(body, at=now)}
        with CaptureQueriesContext(connection) as asked:
            answer = client.post(f"/hooks/{ear.token}/", body, content_type="application/json", headers=headers)
        assert (answer.status_code, answer.cookies.output(), answer.content) == (200, "", b"")
        counts.append([query["sql"] for query in asked if "session" in query["sql"] or "accounts_user" in query["sql"]])

    assert counts == [[], []]


@pytest.mark.rule("W1")
@pytest.mark.parametrize(("damage", "status"), [("", 200), ("forged", 400), ("strange", 404), ("huge", 413)])
def test_what_the_caller_is_told(ear: Ear, damage: str, status: int, said: Any) -> None:
    body = event() if damage != "huge" else b" " * (1024 * 1024 + 1)
    token = ear.token if damage != "strange" else "x" * 43
    proof = signed(body, at=datetime.now(UTC), secret=SECRET if damage != "forged" else "whsec_else")
    answer = Client().post(
        f"/hooks/{token}/", body, content_type="application/json", headers={"Stripe-Signature": proof}
    )

    assert (answer.status_code, answer.content) == (status, b"")
    assert token not in said.getvalue()


def test_a_source_that_is_removed_is_not_rung_for(ear: Ear) -> None:
    with tenant(ear.account.pk):
        DataSource.objects.update(unlinked_at=NOW)

    assert ear.hear(event()) is Outcome.UNKNOWN


def test_the_page_gives_the_address_and_takes_the_secret(ear: Ear, alice: Merchant, settings: Any) -> None:
    settings.SANDBOX_URL = ""
    page = f"/sources/{ear.source.public_id}/webhook/"
    refused = alice.client.post(page, {"secret": "sk_live_oops"})
    kept = alice.client.post(page, {"secret": "whsec_new"})

    assert ear.address in alice.client.get(page).content.decode()
    assert (refused.status_code, kept.status_code) == (422, 302)
    assert "sk_live_oops" not in refused.content.decode()
    assert ear.hear(event(), signed(event(), secret="whsec_new")) is Outcome.HEARD


@pytest.mark.parametrize("paused", ["source", "account"])
def test_the_sandbox_is_told_nothing_of_what_is_paused(ear: Ear, sandbox: Sandbox, paused: str) -> None:
    with tenant(ear.account.pk):
        if paused == "source":
            DataSource.objects.update(paused_at=NOW)
    if paused == "account":
        Account.objects.update(trial_ends_at=NOW)

    tasks.register_hooks()

    assert not sandbox.stripe.hooks._told


@pytest.mark.rule("C9")
def test_a_hook_goes_with_the_access_and_a_later_one_is_another(ear: Ear, alice: Merchant) -> None:
    ear.hear(event())
    unlinking.unlink(source=ear.source, now=NOW)
    with tenant(ear.account.pk):
        assert not Hook.objects.filter(account=ear.account).exists()
    assert ear.hear(event(2)) is Outcome.UNKNOWN

    unlinking.restore(source=ear.source, now=NOW)
    assert "set that up again too" in alice.client.get("/sources/").content.decode()
    later = Ear(alice)
    assert later.token != ear.token
    assert ear.hear(event(2)) is Outcome.UNKNOWN
    assert (later.hear(event()), later.hear(event(2))) == (Outcome.HEARD_BEFORE, Outcome.HEARD)


def test_the_sandbox_is_told_by_itself_and_rings(ear: Ear, alice: Merchant, sandbox: Sandbox) -> None:
    tasks.register_hook(ear.account.pk, ear.source.pk)
    tasks.register_hooks()

    [endpoint] = sandbox.stripe.hooks._told
    assert (endpoint.url, endpoint.secret) == (ear.address, SECRET)
