"""Sources: the list of what is connected, how far each is read, and removing a sandbox."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, Role
from datasources.models import DataSource, ImportRun, StreamState
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db

NOW = timezone.now()
OPENED = datetime(2024, 1, 1, tzinfo=UTC)
HERE = {"hx-target": "sources", "hx-request": "true"}


@pytest.fixture
def account() -> Account:
    return make.account()


@pytest.fixture
def owner(account: Account, client: Client) -> Client:
    return member(client, account, "alice", Role.OWNER)


@pytest.fixture
def viewer(account: Account) -> Client:
    return member(Client(), account, "bob", Role.VIEWER)


def member(client: Client, account: Account, name: str, role: Role) -> Client:
    user = make.user(name)
    make.member(account, user, role)
    client.force_login(user)
    make.prove(client, user)
    return client


def connected(account: Account, name: str = "Stripe", **fields: Any) -> DataSource:
    """A source of a provider of which one list is read from `tail_at` on."""
    state = {"stream": "charges", "floor_at": OPENED, "head_at": NOW, "tail_at": OPENED, "due_at": NOW, **fields}
    own = {part: state.pop(part) for part in ("is_test", "attention") if part in state}
    source = make.source(account, name, provider="stripe", **own)
    with tenant(account.pk):
        StreamState.objects.create(account=account, source=source, number=0, **state)
    return source


def shown(client: Client) -> str:
    return " ".join(client.get("/sources/").content.decode().split())


def test_sources_are_listed_with_what_they_hold(owner: Client, account: Account) -> None:
    source = make.source(account, "Stripe")
    make.post(source, make.movement(at="2026-01-30 10:00"), make.movement(at="2026-01-31 23:30"))
    make.source(account, "PayPal")

    page = shown(owner)

    assert "30 Jan 2026 –</span> <span>1 Feb 2026" in page  # half past midnight in Berlin
    assert page.index(">PayPal<") < page.index(">Stripe<")


def test_the_list_costs_the_same_for_one_and_for_twenty(owner: Client, account: Account) -> None:
    counts = []
    for number in (1, 20):
        for n in range(number):
            source = connected(account, f"{number}-{n}")
            make.post(source, make.movement())
            with tenant(account.pk):
                ImportRun.objects.create(account=account, source=source, started_at=NOW)
        with CaptureQueriesContext(connection) as queries:
            owner.get("/sources/")
        counts.append(len(queries))

    assert counts == [14, 14]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "Up to date"),
        ({"tail_at": NOW - timedelta(days=30)}, "Importing"),
        ({"tail_at": None, "head_at": None}, "Importing"),
        ({"attention": "The key was deleted."}, "Needs your attention"),
        ({"error": "Stripe answered with status 500."}, "Interrupted"),
    ],
)
def test_one_word_tells_how_a_source_is(owner: Client, account: Account, fields: dict[str, Any], word: str) -> None:
    connected(account, **fields)

    page = shown(owner)

    words = ("Up to date", "Importing", "Needs your attention", "Interrupted", "From files")
    assert [each for each in words if f">{each}</span>" in page] == [word]


def test_a_source_that_is_read_is_watched_until_it_is_complete(owner: Client, account: Account) -> None:
    source = connected(account, tail_at=NOW - timedelta(days=30))
    watched = owner.get("/sources/", headers=HERE).content.decode()
    with tenant(account.pk):
        source.streams.update(tail_at=OPENED)

    assert 'hx-trigger="every 2s"' in watched
    assert "<html" not in watched
    assert "hx-trigger" not in owner.get("/sources/", headers=HERE).content.decode()


def test_the_share_of_history_is_that_of_its_time(owner: Client, account: Account) -> None:
    connected(account, floor_at=NOW - timedelta(days=400), tail_at=NOW - timedelta(days=100))

    assert 'max="100" value="25"' in shown(owner)


@pytest.mark.parametrize(
    ("begun", "connected_at", "told"),
    [
        (timedelta(minutes=5), timedelta(minutes=5), "about 15 minutes"),
        (timedelta(seconds=9), timedelta(minutes=5), "under a minute"),
        (timedelta(hours=2), timedelta(hours=2), "about 6 hours"),
        (timedelta(minutes=5), timedelta(days=5), "—"),
    ],
)
def test_the_time_left_is_told_by_the_pace_of_the_first_run(
    owner: Client, account: Account, begun: timedelta, connected_at: timedelta, told: str
) -> None:
    source = connected(account, floor_at=NOW - timedelta(days=400), tail_at=NOW - timedelta(days=100))
    with tenant(account.pk):
        account.sources.update(connected_at=timezone.now() - connected_at)
        ImportRun.objects.create(account=account, source=source, started_at=timezone.now() - begun, rows_read=900)

    assert f"<dt>Time left</dt><dd>{told}</dd>" in shown(owner)


def test_no_share_is_told_before_every_list_has_begun(owner: Client, account: Account) -> None:
    source = connected(account, tail_at=NOW - timedelta(days=100))
    with tenant(account.pk):
        StreamState.objects.create(account=account, source=source, number=1, floor_at=OPENED, stream="refunds")

    assert '<progress aria-label="History of Stripe"></progress>' in shown(owner)


def test_a_lists_trouble_is_told_in_its_own_words(owner: Client, account: Account) -> None:
    connected(account, error="Stripe answered with status 500.")

    assert "Charges: Stripe answered with status 500. It is tried again by itself." in shown(owner)


def test_a_list_that_is_refused_does_not_keep_the_rest_from_being_complete(owner: Client, account: Account) -> None:
    source = connected(account)
    refused = {"stream": "disputes", "is_refused": True, "error": "The server does not offer this."}
    with tenant(account.pk):
        StreamState.objects.create(account=account, source=source, number=1, floor_at=OPENED, **refused)

    page = shown(owner)

    assert ">Up to date</span>" in page
    assert "Disputes: The server does not offer this. All else is read." in page


def test_lists_that_are_read_whole_are_named(owner: Client, account: Account) -> None:
    connected(account, is_unfiltered=True)

    assert "read from end to end each time: Charges." in shown(owner)


def test_a_broken_connection_says_what_to_do(owner: Client, account: Account) -> None:
    source = connected(account, attention="The key was deleted.")

    page = shown(owner)

    assert "The key was deleted." in page
    assert f'href="/sources/connect/stripe/?source={source.public_id}"' in page


def test_who_may_only_look_is_shown_no_button(viewer: Client, account: Account) -> None:
    connected(account, is_test=True, attention="The key was deleted.")

    page = viewer.get("/sources/").content.decode()

    main = page[page.index("</form>", page.index("<main")) + 7 : page.index("</main>")]  # without that of “not now”
    assert not [part for part in ("<form", "<button", "/connect/") if part in main]


def test_only_a_sandbox_is_marked_and_offered_to_be_removed(owner: Client, account: Account) -> None:
    connected(account, "Real shop")
    sandbox = connected(account, "Invented shop", is_test=True)

    page = shown(owner)

    assert page.count(">Sandbox</span>") == 1
    assert page.count("/removal/") == 1
    assert f"/sources/{sandbox.public_id}/removal/" in page


def test_what_is_no_sandbox_is_not_removed(owner: Client, account: Account) -> None:
    source = connected(account)
    make.prove(owner, account.memberships.get().user)

    answer = owner.post(f"/sources/{source.public_id}/removal/")

    with tenant(account.pk):
        source.refresh_from_db()
    assert (answer.status_code, source.unlinked_at) == (400, None)
