"""The page of a source, and what can be done to it there."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, AuditEvent, Role
from datasources.models import DataSource, ImportRun, RefusedRecord, StreamState
from putler.tenancy import tenant
from tests import make
from tests.make import movement

pytestmark = pytest.mark.django_db
OPENED = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def account() -> Account:
    return make.account()


@pytest.fixture
def owner(account: Account, client: Client) -> Client:
    return member(client, account, "alice", Role.OWNER)


@pytest.fixture
def source(account: Account) -> DataSource:
    source = make.source(account, "Shop", provider="stripe")
    read = {"floor_at": OPENED, "tail_at": OPENED, "head_at": timezone.now()}
    with tenant(account.pk):
        StreamState.objects.create(account=account, source=source, stream="charges", number=0, **read)
    make.post(source, movement("12.34 EUR", customer="ann@example.com", external_id="ch_of_ann"))
    make.follow(account)
    return source


def member(client: Client, account: Account, name: str, role: Role) -> Client:
    user = make.user(name)
    make.member(account, user, role)
    client.force_login(user)
    return client


def do(client: Client, source: DataSource, deed: str, **form: str) -> str:
    return str(client.post(f"/sources/{source.public_id}/{deed}/", form, follow=True).content.decode())


def everywhere(client: Client) -> str:
    """What the pages show of figures, rows and customers."""
    pages = ["/?period=all", "/transactions/?period=all", "/sources/duplicates/", "/sources/reconciliation/"]
    found = [client.get(page).content.decode() for page in pages]
    return "".join([*found, client.post("/transactions/", {"search": "ann@example.com"}).content.decode()])


def test_the_page_tells_lists_runs_and_what_was_refused(owner: Client, source: DataSource) -> None:
    with tenant(source.account_id):
        StreamState.objects.update(error="Stripe answered with status 500.")
        ImportRun.objects.create(account=source.account, source=source, started_at=OPENED, rows_read=4711, state="done")
        RefusedRecord.objects.create(account=source.account, source=source, ref="ch_bad", reason="XYZ is no currency.")

    page = owner.get(f"/sources/{source.public_id}/").content.decode()

    for word in ("Charges", "Stripe answered with status 500. It is tried again", "4,711", "ch_bad", "XYZ is no"):
        assert word in page


@pytest.mark.rule("E6")
def test_unlinked_it_is_nowhere_and_brought_back_it_is_everywhere(owner: Client, source: DataSource) -> None:
    before = everywhere(owner)
    assert "€12.34" in before
    assert "ch_of_ann" in before

    page = do(owner, source, "unlink")
    hidden = everywhere(owner)
    assert "It is in no figure and no list" in page
    assert not [word for word in ("12.34", "ch_of_ann") if word in hidden]

    do(owner, source, "restore")

    assert "€12.34" in everywhere(owner)
    assert "ch_of_ann" in everywhere(owner)


def test_it_is_said_before_what_goes_and_when(owner: Client, source: DataSource) -> None:
    page = owner.get(f"/sources/{source.public_id}/unlink/").content.decode()

    assert "Its 1 row leaves every figure" in page
    assert "In 14 days, or when you say so" in page


def test_deleting_now_needs_fresh_proof(owner: Client, source: DataSource) -> None:
    do(owner, source, "unlink")
    answer = owner.post(f"/sources/{source.public_id}/deletion/")

    assert answer["Location"].startswith("/confirm/")
    with tenant(source.account_id):
        source.refresh_from_db()
    assert source.purge_after is not None
    assert source.purge_after > timezone.now() + timedelta(days=13)


def test_deleting_now_leads_to_the_receipt(owner: Client, source: DataSource) -> None:
    do(owner, source, "unlink")
    make.prove(owner, source.account.memberships.get().user)

    page = do(owner, source, "deletion")

    assert "The deletion begins within moments." in page
    with tenant(source.account_id):
        source.refresh_from_db()
    assert source.purge_after is not None
    assert source.purge_after <= timezone.now()


def test_deeds_are_in_the_log(owner: Client, source: DataSource) -> None:
    for deed in ("pause", "resume", "unlink", "restore"):
        do(owner, source, deed)

    with tenant(source.account_id):
        events = AuditEvent.objects.filter(subject=f"datasource:{source.public_id}").order_by("seq")
        told = [event.detail.get("changed", [event.verb])[0] for event in events]
    assert told == ["paused", "resumed", "source_unlinked", "restored"]


@pytest.mark.parametrize(
    ("first", "last", "complaint"),
    [
        ("", "2026-01-02", "Say from which day."),
        ("2026-01-03", "2026-01-02", "lies before the first"),
        ("x", "y", "This is no day."),
    ],
)
def test_days_that_are_none_are_refused_beside_the_field(
    owner: Client, source: DataSource, first: str, last: str, complaint: str
) -> None:
    answer = owner.post(f"/sources/{source.public_id}/again/", {"first": first, "last": last})

    assert (answer.status_code, complaint in answer.content.decode()) == (422, True)


def test_who_may_only_look_is_shown_no_deed(source: DataSource, account: Account) -> None:
    page = member(Client(), account, "bob", Role.VIEWER).get(f"/sources/{source.public_id}/").content.decode()

    main = page[page.index("<main") : page.index("</main>")]
    forms = set(re.findall(r'<form[^>]* action="([^"]*)"', main))
    assert forms == {"/settings/security/later/"}  # the banner of everybody without a second factor
    assert not [part for part in ("/unlink/", "/connect/") if part in main]


@pytest.mark.parametrize("page", ["/sources/", "/sources/{}/"])
def test_no_page_that_watches_reads_the_ledger(owner: Client, source: DataSource, page: str) -> None:
    target = {"hx-request": "true", "hx-target": "sources" if page == "/sources/" else "source"}
    with CaptureQueriesContext(connection) as queries:
        owner.get(page.format(source.public_id), headers=target)

    assert not [query for query in queries if "datasources_transaction" in query["sql"]]


def test_the_page_costs_the_same_with_one_and_with_twenty(owner: Client, source: DataSource) -> None:
    counts = []
    for number in (1, 20):
        with tenant(source.account_id):
            for _ in range(number):
                whole = {"account": source.account, "source": source, "started_at": OPENED, "state": "done"}
                ImportRun.objects.create(**whole)
                RefusedRecord.objects.create(account=source.account, source=source, reason="No currency.")
        with CaptureQueriesContext(connection) as queries:
            owner.get(f"/sources/{source.public_id}/")
        counts.append(len(queries))

    assert counts[0] == counts[1]
