"""Files: handing one in, watching it, deciding about it, having its rows deleted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.module_loading import import_string
from django_q.models import OrmQ
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import Account, Role
from datasources.connectors.ledger_csv import OPTIONAL, REQUIRED, Good, read
from datasources.models import RefusedRecord, Upload, UploadState
from datasources.services import filing
from datasources.services.filing import Decision, NotNow
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db

HEADER = "source,source_kind,external_id,kind,status,occurred_at,amount,currency\n"
GOOD = "stripe,gateway,a,sale,settled,2026-01-05T10:00:00Z,10.00,EUR\n"
BAD = "stripe,gateway,b,sale,settled,yesterday,10.00,EUR\n"
EVERY_STATE = list(UploadState)


@pytest.fixture
def account() -> Account:
    return make.account()


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    folder = settings.UPLOADS = tmp_path / "uploads"
    return folder


@pytest.fixture
def owner(account: Account, client: Client, folder: Path) -> Client:
    alice = make.user("alice")
    make.member(account, alice, Role.OWNER)
    client.force_login(alice)
    return client


@pytest.fixture
def viewer(account: Account) -> Client:
    bob = make.user("bob")
    make.member(account, bob, Role.VIEWER)
    client = Client()
    client.force_login(bob)
    return client


def send(client: Client, content: str | bytes, name: str = "my.csv") -> Any:
    data = content if isinstance(content, bytes) else content.encode()
    return client.post("/files/upload/", {"file": SimpleUploadedFile(name, data)})


def uploads_of(account: Account) -> list[Upload]:
    with tenant(account.pk):
        return list(account.uploads.order_by("pk"))


def an_upload(account: Account, state: str, **fields: object) -> Upload:
    with tenant(account.pk):
        given = {"name": "my.csv", "path": "/nowhere/my.csv", "preset": "ledger"} | fields
        return Upload.objects.create(account=account, state=state, **given)


def queued() -> Iterator[tuple[str, tuple[int, ...], str]]:
    """(task, arguments, cluster) of each waiting job."""
    for job in OrmQ.objects.order_by("pk"):
        task = job.task["func"]
        function = import_string(task) if isinstance(task, str) else task
        yield function.__name__, job.task["args"], job.task["cluster"]


def test_a_file_is_kept_under_a_random_name_and_checked_by_a_worker(
    owner: Client, account: Account, folder: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = send(owner, HEADER + GOOD, "../../my shop.csv")

    (upload,) = uploads_of(account)
    assert answer.headers["Location"] == f"/files/{upload.public_id}/"
    assert (upload.name, upload.state) == ("my shop.csv", UploadState.CHECKING)
    assert Path(upload.path).read_text() == HEADER + GOOD
    assert Path(upload.path).parent == folder
    assert "shop" not in Path(upload.path).name
    assert list(queued()) == [("work_on_upload", (account.pk, upload.pk), "long")]


@pytest.mark.rule("X5")
@pytest.mark.parametrize(
    "refused",
    [
        (HEADER, "my.xlsx", "its name must end in .csv"),
        (HEADER, "csv", "its name must end in .csv"),
        ("", "my.csv", "This file is empty"),
        ("x" * 2001, "my.csv", "larger than"),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_reason(
    owner: Client, folder: Path, monkeypatch: pytest.MonkeyPatch, refused: tuple[str, str, str]
) -> None:
    monkeypatch.setattr(filing, "LARGEST", 2000)
    content, name, message = refused

    answer = send(owner, content, name)

    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not folder.exists()


def test_no_file_at_all_is_refused_too(owner: Client) -> None:
    answer = owner.post("/files/upload/")

    assert (answer.status_code, "Choose a file first" in answer.content.decode()) == (422, True)


@pytest.mark.rule("X4")
def test_handing_in_needs_the_forms_token(account: Account, owner: Client, folder: Path) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = owner.cookies

    assert send(strict, HEADER + GOOD).status_code == 403
    assert not uploads_of(account)


@pytest.mark.parametrize("state", EVERY_STATE)
def test_a_file_says_how_it_stands_and_is_watched_while_it_moves(owner: Client, account: Account, state: str) -> None:
    upload = an_upload(account, state, message="The header lacks the column kind.", rows_read=9, rows_good=7)

    page = owner.get(f"/files/{upload.public_id}/").content.decode()

    assert ('hx-trigger="every 2s"' in page) == (state in {"checking", "importing", "deleting"})
    assert ("The header lacks" in page) == (state == "failed")
    assert ('value="import"' in page) == (state == "waiting")
    assert ('id="deletion"' in page) == (state in {"done", "failed", "discarded"})


@pytest.mark.parametrize("state", EVERY_STATE)
def test_who_may_only_look_is_shown_no_button(viewer: Client, account: Account, state: str) -> None:
    upload = an_upload(account, state, rows_good=7)

    pages = [viewer.get(path).content.decode() for path in ("/files/", f"/files/{upload.public_id}/")]

    assert [page.count('method="post"') for page in pages] == [2, 2]  # signing out, and “not now”


def test_watching_asks_for_the_part_that_changes(owner: Client, account: Account) -> None:
    upload = an_upload(account, "importing", rows_good=7, rows_imported=3)

    parts = [
        owner.get(path, headers={"HX-Request": "true", "HX-Target": target}).content.decode()
        for path, target in (("/files/", "uploads"), (f"/files/{upload.public_id}/", "upload"))
    ]

    assert [part.startswith("<section") for part in parts] == [True, True]
    assert "3 of 7 lines imported" in parts[1]


def test_refused_lines_are_listed_in_their_order(owner: Client, account: Account) -> None:
    upload = an_upload(account, "waiting", rows_refused=1200)
    with tenant(account.pk):
        records = (
            RefusedRecord(account=account, upload=upload, line=line, reason=f"Fault {line}.") for line in (30, 4)
        )
        RefusedRecord.objects.bulk_create(records)

    page = owner.get(f"/files/{upload.public_id}/").content.decode()

    assert page.index("Fault 4.") < page.index("Fault 30.")
    assert "The first 2 of 1,200" in page


@pytest.mark.parametrize(("decision", "state"), [("import", "importing"), ("discard", "discarded")])
def test_a_decision_is_taken_and_worked_on(
    owner: Client, account: Account, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, decision: str,
    state: str,
) -> None:  # fmt: skip
    upload = an_upload(account, "waiting")

    with django_capture_on_commit_callbacks(execute=True):
        owner.post(f"/files/{upload.public_id}/decision/", {"decision": decision})

    assert [upload.state for upload in uploads_of(account)] == [state]
    assert list(queued()) == [("work_on_upload", (account.pk, upload.pk), "long")]


@pytest.mark.parametrize("state", [state for state in EVERY_STATE if state != "waiting"])
def test_a_decision_that_comes_too_late_changes_nothing_and_says_so(
    owner: Client, account: Account, state: str
) -> None:
    upload = an_upload(account, state)

    answer = owner.post(f"/files/{upload.public_id}/decision/", {"decision": "import"}, follow=True)

    assert "Someone was faster" in answer.content.decode()
    assert [upload.state for upload in uploads_of(account)] == [state]


def test_of_two_decisions_the_first_holds(account: Account) -> None:
    upload = an_upload(account, "waiting")
    with tenant(account.pk):
        mine, yours = (account.uploads.get(pk=upload.pk) for _ in range(2))
        filing.decide(mine, Decision.DISCARD)
        with pytest.raises(NotNow):
            filing.decide(yours, Decision.IMPORT)

    assert [upload.state for upload in uploads_of(account)] == ["discarded"]


def test_a_decision_that_is_none_is_refused(owner: Client, account: Account) -> None:
    upload = an_upload(account, "waiting")

    assert owner.post(f"/files/{upload.public_id}/decision/", {"decision": "maybe"}).status_code == 400


@pytest.mark.parametrize("state", EVERY_STATE)
def test_rows_are_deleted_only_once_the_file_has_come_to_rest(owner: Client, account: Account, state: str) -> None:
    upload = an_upload(account, state)

    owner.post(f"/files/{upload.public_id}/deletion/")

    expected = "deleting" if state in {"done", "failed", "discarded", "deleting"} else state
    assert [upload.state for upload in uploads_of(account)] == [expected]


def test_the_list_costs_the_same_for_one_and_for_twenty(owner: Client, account: Account) -> None:
    counts = []
    for number in (1, 20):
        for _ in range(number):
            an_upload(account, "done")
        with CaptureQueriesContext(connection) as queries:
            owner.get("/files/")
        counts.append(len(queries))

    assert counts == [8, 8]


def test_the_format_page_names_every_column(owner: Client) -> None:
    page = owner.get("/files/format/").content.decode()

    assert [name for name in (*REQUIRED, *OPTIONAL) if f"<code>{name}</code>" not in page] == []


def test_the_sample_file_reads_well() -> None:
    with (Path(__file__).resolve().parents[2] / "static" / "sample-ledger.csv").open(
        encoding="utf-8", newline=""
    ) as text:
        outcomes = list(read(text))

    assert 200 <= len(outcomes) <= 300
    assert {type(outcome) for outcome in outcomes} == {Good}
