"""A provider's export and its connection tell of the same money, which counts once whichever comes first."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Account
from datasources import tasks
from datasources.models import DataSource, Transaction, Upload, UploadState
from datasources.sandbox.world.shop import World
from datasources.services import filing, uploads
from datasources.services.providers import provider
from putler.tenancy import tenant
from tests import make
from tests.importing.conftest import KEY, Clock, Importer
from tests.importing.sums import assert_whole

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("young_sandbox")]

HEADER = "balance_transaction_id created available_on currency gross fee net reporting_category source_id".split()


def told_by_api() -> Iterator[dict[str, Any]]:
    """All balance transactions, newest first."""
    http, after = provider("stripe").http(KEY, sleep=lambda _: None), ""
    while True:
        query = [("limit", "100"), *([("starting_after", after)] if after else [])]
        page = json.loads(http.get("/v1/balance_transactions", query))
        yield from page["data"]
        if not page["has_more"]:
            http.close()
            return
        after = page["data"][-1]["id"]


def major(record: dict[str, Any], name: str) -> Decimal:
    return Decimal(record[name]).scaleb(0 if record["currency"] == "jpy" else -2)


@pytest.fixture
def report(tmp_path: Path, settings: Settings) -> Path:
    """Write the shop's itemised balance report."""
    settings.UPLOADS = tmp_path
    path = tmp_path / "balance.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for one in told_by_api():
            sums = [major(one, name) for name in ("amount", "fee", "net")]
            times = [
                datetime.fromtimestamp(one[name], UTC).strftime("%Y-%m-%d %H:%M:%S+00:00")
                for name in ("created", "available_on")
            ]
            source = one["source"] if isinstance(one["source"], str) else (one["source"] or {}).get("id", "")
            writer.writerow([one["id"], *times, one["currency"], *sums, one["reporting_category"], source])
    return path


def hand_in(account: Account, path: Path) -> Upload:
    with tenant(account.pk):
        upload = Upload.objects.create(account=account, name="balance.csv", path=str(path))
    return work_on(upload)


def work_on(upload: Upload) -> Upload:
    tasks.work_on_upload(upload.account_id, upload.pk)
    with tenant(upload.account_id):
        upload.refresh_from_db()
    return upload


def import_all(upload: Upload) -> Upload:
    with tenant(upload.account_id):
        filing.decide(upload, filing.Decision.IMPORT)
    return work_on(upload)


def rows_of(account: Account) -> list[int]:
    """How many rows each source has."""
    with tenant(account.pk):
        sources = DataSource.objects.filter(account=account)
        return [Transaction.objects.filter(account=account, source=source).count() for source in sources]


def test_a_file_of_a_connected_source_tells_nothing_new(
    young_importer: Importer, young_world: World, clock: Clock, report: Path
) -> None:
    young_importer.run()
    before = rows_of(young_importer.account)
    upload = hand_in(young_importer.account, report)

    assert (upload.state, upload.preset) == (UploadState.DONE, "stripe-balance")
    assert (upload.findings or {})["compared"] == {"new": 0, "changed": 0, "unchanged": upload.rows_good}
    assert rows_of(young_importer.account) == before
    assert_whole(young_importer.account, young_world, now=clock())


def test_a_connection_takes_over_the_source_that_a_file_brought(young_world: World, clock: Clock, report: Path) -> None:
    account = make.account()
    upload = import_all(hand_in(account, report))
    brought = rows_of(account)
    importer = Importer(account, clock)
    importer.run()

    assert (upload.state, brought, len(rows_of(account))) == (UploadState.DONE, [upload.rows_good], 1)
    assert_whole(account, young_world, now=clock())


def test_what_the_provider_told_itself_does_not_go_with_the_file(
    young_world: World, clock: Clock, report: Path
) -> None:
    account = make.account()
    upload = import_all(hand_in(account, report))
    Importer(account, clock).run()
    uploads.delete(upload)

    assert_whole(account, young_world, now=clock())


def test_with_two_connected_sources_it_is_asked_into_which(young_importer: Importer, report: Path) -> None:
    with tenant(young_importer.account.pk):
        make.source(young_importer.account, "other", provider="stripe")
    upload = hand_in(young_importer.account, report)

    assert (upload.state, uploads.open_questions(upload)) == (UploadState.ASKING, ["Name of the source"])
