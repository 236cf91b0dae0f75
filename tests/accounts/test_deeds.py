"""Which deed leaves which event. A new deed gets a row here."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import audit, middleware
from accounts.audit import Verb
from accounts.events import GROUPS
from accounts.models import Account, AuditEvent, Role, User
from accounts.services import create_account, start_trial
from compliance import purging
from datasources import tasks
from datasources.models import DataSource, Upload
from datasources.services import uploads
from putler.tenancy import tenant
from tests import make
from tests.accounts.conftest import mails

pytestmark = [pytest.mark.django_db, pytest.mark.rule("A1")]
PASSWORD = "seven purple kettles"
HEADER = b"source,source_kind,external_id,kind,status,occurred_at,amount,currency\n"
FILE = HEADER + b"shop,gateway,1,sale,settled,2026-01-05T10:00:00Z,9,EUR\n"
BAD = FILE + b"shop,gateway,2,sale,settled,never,9,EUR\n"


class Shop:
    """Alice's account, and what she does with it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.account: Account = create_account(
            email="alice@example.com", name="Shop", currency="EUR", time_zone="UTC", password=PASSWORD
        )
        self.alice = User.objects.get()
        self.client.force_login(self.alice)
        make.prove(self.client, self.alice)

    def events(self, account: Account | None = None) -> list[AuditEvent]:
        whose = account or self.account
        with tenant(whose.pk):
            return list(AuditEvent.objects.filter(account=whose).order_by("seq"))

    def upload(self, body: bytes = FILE) -> Upload:
        self.client.post(reverse("upload_file"), {"file": SimpleUploadedFile("my.csv", body)})
        return self.uploaded()

    def uploaded(self) -> Upload:
        with tenant(self.account.pk):
            return Upload.objects.get(account=self.account)

    def decided(self, decision: str) -> None:
        upload = self.upload(BAD)
        uploads.check(upload)
        self.client.post(reverse("decide_file", args=[upload.public_id]), {"decision": decision})

    def source(self) -> DataSource:
        return make.source(self.account, is_test=True)


def _sign_in(shop: Shop, password: str = PASSWORD) -> None:
    Client().post("/login/", {"login": "Alice@example.com", "password": password})


def _reset(shop: Shop) -> None:
    client = Client()
    client.post("/password/reset/", {"email": "alice@example.com"})
    link = next(word for word in str(mails()[-1].body).split() if "/key/" in word)
    page = client.get(link.removeprefix("http://127.0.0.1:8000"), follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": "eight purple kettles"})


def _import(shop: Shop) -> None:
    tasks.work_on_upload(shop.account.pk, shop.upload().pk)


def _delete(shop: Shop) -> None:
    _import(shop)
    upload = shop.uploaded()
    shop.client.post(reverse("delete_file", args=[upload.public_id]))
    tasks.work_on_upload(shop.account.pk, upload.pk)


def _purge(shop: Shop) -> None:
    source = shop.source()
    shop.client.post(reverse("remove_source", args=[source.public_id]))
    purging.purge_source(shop.account.pk, source.pk)


def _aim(shop: Shop) -> None:
    shop.client.post(reverse("new_goal"), {"metric": "orders", "period": "this_year", "target": "9"})
    with tenant(shop.account.pk):
        goal = shop.account.goals.get()
    shop.client.post(reverse("goal", args=[goal.public_id]), {"target": "12"})
    shop.client.post(reverse("delete_goal", args=[goal.public_id]))


# deed → what the log says after the account was started.
DEEDS: dict[str, tuple[Callable[[Shop], Any], list[Verb]]] = {
    "start an account": (lambda shop: None, []),
    "sign in": (_sign_in, [Verb.SIGNED_IN]),
    "sign in with a wrong password": (lambda shop: _sign_in(shop, "wrong"), [Verb.SIGN_IN_FAILED]),
    "sign out": (lambda shop: shop.client.post("/logout/"), [Verb.SIGNED_OUT]),
    "replace a forgotten password": (_reset, [Verb.PASSWORD_RESET_ASKED, Verb.PASSWORD_RESET]),
    "upload": (lambda shop: shop.upload(), [Verb.FILE_RECEIVED]),
    "import": (_import, [Verb.FILE_RECEIVED, Verb.FILE_IMPORTED]),
    "accept": (lambda shop: shop.decided("import"), [Verb.FILE_RECEIVED, Verb.FILE_ACCEPTED]),
    "discard": (lambda shop: shop.decided("discard"), [Verb.FILE_RECEIVED, Verb.FILE_DISCARDED]),
    "delete": (_delete, [Verb.FILE_RECEIVED, Verb.FILE_IMPORTED, Verb.FILE_DELETION_ASKED, Verb.FILE_DELETED]),
    "remove a source": (_purge, [Verb.SOURCE_UNLINKED, Verb.SOURCE_PURGE_ASKED, Verb.SOURCE_PURGED]),
    "have a goal": (_aim, [Verb.GOAL_SET, Verb.GOAL_CHANGED, Verb.GOAL_DELETED]),
    "export the log": (lambda shop: shop.client.post("/settings/audit/export/"), [Verb.LOG_EXPORTED]),
    "forget a customer": (
        lambda shop: shop.client.post("/settings/privacy/customer/", {"words": "a@example.com", "confirmed": "yes"}),
        [Verb.ERASURE_ASKED],
    ),
    "take a copy": (lambda shop: shop.client.post("/settings/privacy/copy/", {"kind": "account"}), [Verb.EXPORTED]),
}
BY_OTHERS = {Verb.SIGN_IN_FAILED: "nobody", Verb.PASSWORD_RESET_ASKED: "nobody", Verb.PASSWORD_RESET: "nobody"} | (
    dict.fromkeys((Verb.FILE_IMPORTED, Verb.FILE_DELETED, Verb.SOURCE_PURGED), "site")
)


@pytest.fixture
def shop(client: Client, settings: Settings, tmp_path: Any) -> Shop:
    settings.UPLOADS = tmp_path
    return Shop(client)


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_leaves_its_events(shop: Shop, deed: str) -> None:
    do, verbs = DEEDS[deed]

    do(shop)

    [started, *found] = shop.events()
    assert (started.verb, started.actor) == (Verb.ACCOUNT_STARTED, "site")
    assert [event.verb for event in found] == verbs
    by_alice = f"user:{shop.alice.public_id}"
    assert [event.actor for event in found] == [BY_OTHERS.get(verb, by_alice) for verb in verbs]
    assert "alice" not in str([(event.subject, event.detail) for event in found])


def test_who_signs_up_and_starts_an_account_is_named(shop: Shop) -> None:
    nora = make.user("nora")

    with audit.acting(lambda: nora):
        account = start_trial(owner=nora, name="New", currency="EUR", time_zone="UTC", now=make.NOW)

    [event] = shop.events(account)
    assert (event.verb, event.actor, event.subject) == (
        "account_started",
        f"user:{nora.public_id}",
        f"account:{account.public_id}",
    )


@pytest.mark.rule("A4")
def test_a_refusal_is_noted_though_its_transaction_is_taken_back(shop: Shop) -> None:
    bob = make.user("bob")
    make.member(shop.account, bob, Role.VIEWER)
    shop.client.force_login(bob)

    answer = shop.client.post(reverse("upload_file"), {"file": SimpleUploadedFile("my.csv", FILE)})

    event = shop.events()[-1]
    assert (answer.status_code, event.verb, event.actor) == (403, "refused", f"user:{bob.public_id}")
    assert event.detail == {"route": "upload_file", "method": "POST"}


@pytest.mark.rule("A4")
def test_who_is_not_signed_in_cannot_fill_the_log(shop: Shop) -> None:
    before = AuditEvent.objects.filter(account=None).count()

    answer = Client(enforce_csrf_checks=True).post("/login/", {"login": "x", "password": "y"})

    assert (answer.status_code, AuditEvent.objects.filter(account=None).count()) == (403, before)


def test_every_verb_has_one_sentence() -> None:
    told = [verb for group in GROUPS.values() for verb in group]

    assert sorted(told) == sorted(Verb)


@pytest.mark.rule("A4")
def test_nor_can_who_is_refused_again_and_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    assert middleware.LIMITS == {"refused": "60/h/user"}
    monkeypatch.setitem(middleware.LIMITS, "refused", "3/h/user")
    before = AuditEvent.objects.filter(account=None).count()

    answers = {shop.client.get("/staff/").status_code for _ in range(5)}

    assert (answers, AuditEvent.objects.filter(account=None).count()) == ({403}, before + 3)
