"""The staff's site: who gets in, and that nothing of a customer is in there."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts import audit
from accounts.audit import Verb
from accounts.models import Account, AuditEvent, Role, User
from accounts.staff import site
from compliance.models import DpaRequest, DpaTemplate, ErasureRequest, HostingStatement, Objection, SubProcessor
from datasources.models import ImportHealth, ImportRun, StreamState
from putler.tenancy import tenant
from tests import make
from tests.accounts.factor import Factors
from tests.accounts.factor import factors as factors

pytestmark = pytest.mark.django_db
REGISTERED = {
    "accounts.user", "accounts.account", "accounts.auditevent", "datasources.importhealth",
    "compliance.dpatemplate", "compliance.dparequest", "compliance.subprocessor", "compliance.objection",
    "compliance.hostingstatement", "compliance.erasurerequest",
}  # fmt: skip
SHOWN = {
    "accounts.user": {"email", "name", "is_staff", "is_active", "joined_at", "last_day", "has_second_factor"},
    "accounts.account": {"name", "public_id", "created_at", "trial_ends_at", "members"},
    "accounts.auditevent": {"seq", "at", "actor", "verb", "subject", "detail", "hash"},
    "compliance.erasurerequest": {
        "public_id", "kind", "account", "asked_by", "verified_how", "asked_at", "due_at", "started_at", "done_at",
        "cancelled_at", "digest",
    },
    "datasources.importhealth": {
        "public_id", "account", "provider", "state", "error_class", "started_at", "ended_at",
        "rows_read", "rows_new", "rows_changed", "rows_refused",
    },
    "compliance.dpatemplate": {"version", "law", "approved_by"},
    "compliance.dparequest": {
        "company", "address", "register_number", "country", "capacity", "signatory", "title", "mail", "law", "state",
        "asked_at", "changed_at",
    },
    "compliance.subprocessor": {
        "name", "purpose", "data_types", "country", "transfer_basis", "hosts", "agreement_on", "since", "announced_at",
        "ended_on",
    },
    "compliance.objection": {"sub_processor", "account", "by", "reason", "made_at"},
    "compliance.hostingstatement": {"provider", "certificate", "valid_until", "link", "stated_at"},
}  # fmt: skip
DEEDS = ("_extend_trial", "_reset_second_factor", "_review", "_ask_access", "_break_glass")
FILES = ("_document",)  # tests/compliance/test_agreements.py downloads them
CANARY = "canary-of-a-customer"


@pytest.fixture
def account() -> Account:
    """An account with a source, a customer and a row, each of which says what must not be seen."""
    account = make.account("Shop")
    make.member(account, make.user("alice"), Role.OWNER)
    source = make.source(account, CANARY, external_account=CANARY)
    make.post(source, make.movement("4711.11 EUR", customer=f"{CANARY}@example.com", order_ref=CANARY))
    audit.record(Verb.SOURCE_CONNECTED, account_id=account.pk, subject=source, detail={"provider": CANARY})
    return account


@pytest.fixture
def staff(client: Client) -> User:
    user = make.user("sam")
    user.is_staff = True
    user.save()
    return user


@pytest.fixture
def verified(client: Client, staff: User, factors: Factors) -> User:
    """Sam, with a second factor that was shown."""
    factors.show(client, staff)
    make.prove(client, staff)
    return staff


def addresses(patterns: list[Any] | None = None) -> Iterator[str]:
    """Every address of the admin, by name."""
    if patterns is None:
        [patterns] = [each.url_patterns for each in _all(get_resolver().url_patterns) if each.namespace == "admin"]
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield str(pattern.name)


def _all(patterns: list[Any]) -> Iterator[URLResolver]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield pattern
            yield from _all(pattern.url_patterns)


def agreements() -> dict[str, Any]:
    """A row of each that staff keep about agreements and who else handles data."""
    now, asked = timezone.now(), {"mail": "signer@example.com", "country": "DE", "capacity": "controller", "law": "IE"}
    entry = SubProcessor.objects.get()
    return {
        "dpatemplate": DpaTemplate.objects.first(),
        "dparequest": DpaRequest.objects.create(**asked, asked_at=now, changed_at=now),
        "subprocessor": entry,
        "objection": Objection.objects.create(
            sub_processor=entry, account=entry.public_id, by=entry.public_id, made_at=now
        ),
        "hostingstatement": HostingStatement.objects.create(valid_until=now, stated_at=now),
    }


def pages(user: User, account: Account) -> dict[str, str]:
    """An address of each, for rows that exist."""
    Account.objects.filter(pk=account.pk).update(trial_ends_at=timezone.now())
    audit.record(Verb.STAFF_CHANGED, account_id=None, subject=user)
    rows: dict[str, Any] = {
        "user": user,
        "account": account,
        "auditevent": AuditEvent.objects.filter(account=None).latest("seq"),
        "importhealth": ImportHealth.objects.get(),
        "erasurerequest": ErasureRequest.objects.create(kind="user", asked_by=f"user:{user.public_id}"),
        **agreements(),
    }
    found = {}
    for name in addresses():
        if name.endswith(FILES):
            continue
        kind = name.split("_")[1] if "_" in name and name != "app_list" else ""
        needs_row = name.endswith(("_change", "_history", *DEEDS))
        arguments: list[Any] = [rows[kind].public_id] if needs_row else ["accounts"] if name == "app_list" else []
        found[name] = reverse(f"admin:{name}", args=arguments)
    return found


@pytest.mark.rule("F7")
@pytest.mark.rule("S2")
def test_the_addresses_are_these() -> None:
    of_models = {
        f"{kind}_{page}"
        for kind in (name.replace(".", "_") for name in REGISTERED)
        for page in ("changelist", "change", "history")
    }

    of_deeds = {"accounts_user_reset_second_factor"} | {
        *(f"accounts_account_{deed}" for deed in ("extend_trial", "entering", "ask_access", "break_glass")),
        *("compliance_dparequest_enter", "compliance_dparequest_review", "compliance_dparequest_document"),
        *("compliance_subprocessor_enter", "compliance_hostingstatement_enter", "compliance_erasurerequest_enter"),
    }
    assert set(addresses()) == {"index", "login", "jsi18n", "app_list"} | of_models | of_deeds


@pytest.mark.rule("F7")
def test_nobody_is_led_to_the_one_sign_in(client: Client, staff: User, account: Account) -> None:
    answers = {name: client.get(url, follow=True) for name, url in pages(staff, account).items()}

    assert {answer.redirect_chain[-1][0].partition("?")[0] for answer in answers.values()} == {"/login/"}


@pytest.mark.rule("F7")
@pytest.mark.rule("F8")
def test_staff_without_a_second_factor_come_no_further_than_to_turning_it_on(
    client: Client, staff: User, account: Account
) -> None:
    client.force_login(staff)

    asked = {client.get(url).headers.get("Location", "") for url in pages(staff, account).values()}

    assert asked == {reverse("second_factor_app")}


@pytest.mark.rule("F7")
@pytest.mark.parametrize("who", ["owner with one", "owner"])
def test_whoever_is_not_staff_is_refused_everywhere(
    client: Client, staff: User, account: Account, factors: Factors, who: str
) -> None:
    alice = User.objects.get(email="alice@example.com")
    urls = pages(staff, account)
    client.force_login(alice)
    if who == "owner with one":
        factors.show(client, alice)

    asked = [client.get(url).status_code for url in urls.values()] + [
        client.post(url).status_code for url in urls.values()
    ]

    assert set(asked) == {403}


@pytest.mark.rule("F7")
def test_staff_who_were_shut_out_are_out(client: Client, verified: User) -> None:
    assert client.get("/staff/").status_code == 200
    User.objects.filter(pk=verified.pk).update(is_active=False)

    assert client.get("/staff/").status_code == 302


@pytest.mark.rule("S1")
@pytest.mark.rule("S2")
def test_no_page_shows_anything_of_a_customer(client: Client, verified: User, account: Account) -> None:
    answers = {name: client.get(url) for name, url in pages(verified, account).items()}

    shown = {name: answer.status_code for name, answer in answers.items() if name != "login"}
    assert set(shown.values()) == {200}
    for name, answer in answers.items():
        for secret in (CANARY, "4711", "argon2", "source_connected", verified.password):
            assert secret not in answer.content.decode(), (name, secret)


@pytest.mark.rule("S2")
def test_what_is_registered_and_shown_is_this() -> None:
    registered = {model._meta.label_lower: admin for model, admin in site._registry.items()}

    assert set(registered) == REGISTERED
    assert {name: {*admin.list_display, *(admin.fields or ())} for name, admin in registered.items()} == SHOWN
    assert all(admin.actions is None for admin in registered.values())
    assert {name: set(admin.search_fields) for name, admin in registered.items() if admin.search_fields} == {
        "accounts.user": {"email", "name"},
        "accounts.account": {"name"},
    }


@pytest.mark.rule("S2")
@pytest.mark.parametrize(
    "query",
    [
        "password__startswith=argon2",
        "password__regex=.",
        "memberships__account__name=Shop",
        "memberships__role=owner",
        "email__startswith=a",
        "is_staff__exact=1&password__contains=x",
        "id=1",
    ],
)
def test_a_list_answers_no_question_about_other_fields(client: Client, verified: User, query: str) -> None:
    answer = client.get(f"/staff/accounts/user/?{query}")

    assert (answer.status_code, "sam@example.com" in answer.content.decode()) in {(400, False), (302, False)}


@pytest.mark.rule("S2")
@pytest.mark.parametrize(
    "path",
    [
        "accounts/user/1/change/",
        "accounts/user/",
        "accounts/user/1/delete/",
        "accounts/user/add/",
        "autocomplete/",
        "password_change/",
        "r/1/1/",
    ],
)
def test_there_is_no_way_but_by_random_ids(client: Client, verified: User, path: str) -> None:
    answer = client.get(f"/staff/{path}")

    assert answer.status_code == (200 if path == "accounts/user/" else 404) or answer["Location"] == "/staff/"
    assert f"/user/{verified.pk}/" not in answer.content.decode()


@pytest.mark.rule("S2")
@pytest.mark.rule("A1")
def test_a_change_is_noted_by_random_id_and_in_the_staffs_log(client: Client, verified: User, account: Account) -> None:
    alice = User.objects.get(email="alice@example.com")

    answer = client.post(f"/staff/accounts/user/{alice.public_id}/change/", {"name": "Mallory", "is_staff": "on"})

    assert answer.status_code == 302
    alice.refresh_from_db()
    assert (alice.is_active, alice.is_staff, alice.name) == (False, False, "alice")
    [entry] = LogEntry.objects.all()
    assert {entry.object_repr, entry.object_id} == {str(alice.public_id)}
    event = AuditEvent.objects.filter(account=None).latest("seq")
    assert (event.verb, event.actor, event.subject) == (
        "staff_changed",
        f"user:{verified.public_id}",
        f"user:{alice.public_id}",
    )
    assert event.detail == {"fields": ["is_active"]}


@pytest.mark.rule("S1")
@pytest.mark.parametrize("path", ["/", "/transactions/", "/sources/", "/files/", "/settings/audit/"])
def test_staff_of_no_account_see_no_page_of_one(client: Client, verified: User, account: Account, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    with tenant(account.pk):
        assert AuditEvent.objects.filter(account=account, verb="signed_in").count() == 0


@pytest.mark.rule("S2")
def test_no_page_names_a_row_by_its_number(client: Client, verified: User, account: Account) -> None:
    for number in ("7000001", "7000002"):
        User.objects.create_user(f"{number}@example.com", id=int(number))
    other = User.objects.get(pk=7000002)

    for page in ("change", "history"):
        said = client.get(f"/staff/accounts/user/{other.public_id}/{page}/").content.decode()
        assert f"/staff/accounts/user/{other.public_id}/" in said
        assert "/7000002/" not in said


@pytest.mark.rule("S2")
@pytest.mark.parametrize(
    ("streams", "said"),
    [
        ([{"due_at": make.NOW}], "none"),
        ([{"due_at": make.NOW, "tries": 2}], "Transient"),
        ([{"due_at": make.NOW}, {"due_at": make.NOW, "is_refused": True}], "Rejected"),
        ([{"due_at": None}, {"due_at": None, "tries": 1}], "NeedsReconnect"),
        ([], "none"),
    ],
)
def test_the_health_of_imports_is_seen_across_accounts(db: None, streams: list[dict[str, Any]], said: str) -> None:
    for name in ("First", "Second"):
        source = make.source(make.account(name))
        with tenant(source.account_id):
            for number, fields in enumerate(streams):
                given = {"account": source.account, "source": source, "stream": f"list {number}", "number": number}
                StreamState.objects.create(**given, floor_at=make.NOW, error="secret of the provider", **fields)
            runs = {"account": source.account, "source": source, "started_at": make.NOW}
            ImportRun.objects.create(**runs, rows_read=7, state="done")
            unlinked = make.source(source.account, "gone", unlinked_at=make.NOW)

    rows = ImportHealth.objects.all()
    assert [(row.state, row.rows_read, row.error_class) for row in rows] == [("done", 7, said)] * 2
    assert len({row.account for row in rows}) == 2
    assert unlinked.public_id not in {row.public_id for row in rows}
