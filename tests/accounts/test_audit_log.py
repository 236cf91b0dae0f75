"""The page of the audit log: its owner reads it, asks for a part of it, and takes it along."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from accounts import audit
from accounts.audit import Verb
from accounts.models import Account, AuditEvent, Role, User
from putler.kernel.cells import csv_text, written
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db
PAGE = "/settings/audit/"
HOSTILE = '=HYPERLINK("https://evil.example";"x")'


@pytest.fixture
def account() -> Account:
    account = make.account("Shop")
    alice = make.user("alice")
    make.member(account, alice, Role.OWNER)
    audit.record(Verb.ACCOUNT_STARTED, account_id=account.pk, actor=alice, subject=account)
    return account


@pytest.fixture
def alice(account: Account, client: Client) -> Client:
    user = User.objects.get(email="alice@example.com")
    client.force_login(user)
    make.prove(client, user)
    return client


def numbers(answer: object) -> list[int]:
    return [entry.event.seq for entry in answer.context["entries"]]  # type: ignore[attr-defined]


def test_the_owner_reads_who_did_what(alice: Client, account: Account) -> None:
    source = make.source(account, "<b>stripe</b>")
    audit.record(Verb.SOURCE_CONNECTED, account_id=account.pk, subject=source, detail={"provider": "stripe"})

    page = alice.get(PAGE).content.decode()

    assert "The account was started: <b>Shop</b>" in page
    assert f"Connected a source: <b>{escape('<b>stripe</b>')}</b>" in page
    assert "Putler itself" in page
    with tenant(account.pk):
        assert AuditEvent.objects.filter(account=account).latest("seq").hash in page


@pytest.mark.rule("A2")
def test_a_stranger_reads_nothing_of_it(client: Client, account: Account) -> None:
    other, charlie = make.account("Another shop"), make.user("charlie")
    make.member(other, charlie, Role.OWNER)
    client.force_login(charlie)
    make.prove(client, charlie)
    with tenant(account.pk):
        foreign = AuditEvent.objects.get(account=account)

    assert numbers(client.get(PAGE)) == []
    assert client.get(PAGE, {"after": str(foreign.public_id)}).status_code == 404
    assert foreign.hash not in client.post(f"{PAGE}export/", {"format": "json"}).content.decode()


def test_a_part_is_asked_for(alice: Client, account: Account) -> None:
    audit.record(Verb.FILE_RECEIVED, account_id=account.pk)
    user = User.objects.get()
    today, yesterday = timezone.now().date(), timezone.now().date() - timedelta(days=1)

    assert numbers(alice.get(PAGE, {"who": f"user:{user.public_id}"})) == [1]
    assert numbers(alice.get(PAGE, {"who": "site"})) == [2]
    assert numbers(alice.get(PAGE, {"what": "Sources and files"})) == [2]
    assert numbers(alice.get(PAGE, {"from": f"{yesterday}", "to": f"{today + timedelta(days=1)}"})) == [2, 1]
    assert numbers(alice.get(PAGE, {"to": f"{yesterday - timedelta(days=1)}"})) == []


@pytest.mark.parametrize(
    "bad", [{"who": "user:x"}, {"what": "x"}, {"from": "x"}, {"from": "0001-01-01"}, {"after": "x"}]
)
def test_a_bad_part_has_its_message_and_its_default(alice: Client, bad: dict[str, str]) -> None:
    answer = alice.get(PAGE, bad)

    assert numbers(answer) == [1]
    assert "Not all of the address was understood" in answer.content.decode()


def test_pages_follow_each_other_without_gap(alice: Client, account: Account) -> None:
    for _ in range(120):
        audit.record(Verb.FILE_RECEIVED, account_id=account.pk)

    first = alice.get(PAGE, {"what": "Sources and files"})
    audit.record(Verb.FILE_RECEIVED, account_id=account.pk)  # meanwhile
    second = alice.get(f"{PAGE}?{first.context['next']}")
    third = alice.get(f"{PAGE}?{second.context['next']}")

    assert numbers(first) + numbers(second) + numbers(third) == list(range(121, 1, -1))
    assert third.context["next"] == ""


@pytest.mark.parametrize("count", [1, 20])
def test_a_page_takes_the_same_queries_for_any_number_of_events(
    alice: Client, account: Account, count: int, django_assert_max_num_queries: object
) -> None:
    for number in range(count):
        source = make.source(account, f"stripe {number}")
        audit.record(Verb.SOURCE_CONNECTED, account_id=account.pk, subject=source)
    alice.get(PAGE)

    with django_assert_max_num_queries(14):  # type: ignore[operator]
        alice.get(PAGE)


@pytest.mark.rule("A4")
@pytest.mark.rule("X7")
def test_it_is_taken_along_as_a_file_that_no_spreadsheet_runs(alice: Client, account: Account) -> None:
    source = make.source(account, HOSTILE)
    audit.record(Verb.SOURCE_CONNECTED, account_id=account.pk, subject=source, detail={"provider": "stripe"})

    answer = alice.post(f"{PAGE}export/", {"format": "csv"})

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-log-')
    assert [(row["number"], row["verb"], row["subject_name"]) for row in rows] == [
        ("2", "source_connected", "'" + HOSTILE),
        ("1", "account_started", "Shop"),
    ]
    assert json.loads(rows[0]["detail"]) == {"provider": "stripe"}
    assert answer.content.endswith(b'"\r\n')


def test_the_json_file_holds_the_same(alice: Client, account: Account) -> None:
    answer = alice.post(f"{PAGE}export/", {"format": "json", "what": "Account and team"})

    [event] = json.loads(answer.content)
    assert (event["number"], event["verb"], event["actor_name"]) == (1, "account_started", "alice")
    assert event["at"].endswith("Z")


@pytest.mark.rule("X7")
@pytest.mark.parametrize(
    "text",
    [
        "=1",
        "+1",
        "-1",
        "@x",
        "\tx",
        "\rx",
        "\nx",
        " =1",
        "\u00a0=1",
        "\u3000=1",
        "\ufeff=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
    ],
)
def test_what_a_spreadsheet_could_run_stays_text(text: str) -> None:
    assert written(text) == f"'{text}"
    assert csv_text(["a"], [[text]]).endswith(f'"\'{text}"\r\n')


@pytest.mark.rule("X7")
@pytest.mark.parametrize("text", ["", "x", "a=1", "1-1", "‘x", "ann@example.com", " x"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert written(text) == text


def test_what_is_dropped_hides_no_formula() -> None:
    assert written("\0=1") == "'=1"


def test_numbers_are_numbers_and_quotes_are_doubled() -> None:
    assert csv_text(["n", "t", "none"], [[-5, 'a"b', None]]) == '"n","t","none"\r\n"-5","a""b",""\r\n'
