"""Files that others wrote: recognised, checked, decided about, imported, known again."""

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account, Role
from analytics.query import Scope
from datasources import tasks
from datasources.connectors.files import text
from datasources.connectors.files.dates import DateOrder
from datasources.connectors.ledger_csv import FileRefused
from datasources.models import Booking, DataSource, Product, Transaction, Upload, UploadState
from datasources.services import filing, ledger, news, recognising, uploads
from datasources.services.filing import Decision
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db

REAL = Path(__file__).parent / "fixtures" / "online-retail.csv"
HEADER = "order,date,sku,quantity,price\n"
ONE = "1,2026-01-05,TEE,2,5.50\n"
TWO = "2,2026-01-06,MUG,1,7.25\n"
UNCLEAR = "nr,when,what,how many,each\n"


@pytest.fixture
def account(tmp_path: Path, settings: Settings) -> Account:
    settings.UPLOADS = tmp_path
    return make.account(currency="GBP", time_zone="Europe/London")


def hand_in(account: Account, content: str | bytes, name: str = "shop.csv", **fields: Any) -> Upload:
    with tenant(account.pk):
        upload = Upload.objects.create(account=account, name=name, path="", **fields)
        upload.path = str(Path(settings.UPLOADS) / f"{upload.public_id}.csv")
        upload.save(update_fields=["path"])
    Path(upload.path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return work_on(upload)


def work_on(upload: Upload) -> Upload:
    tasks.work_on_upload(upload.account_id, upload.pk)
    with tenant(upload.account_id):
        upload.refresh_from_db()
    return upload


def decide(upload: Upload, decision: Decision = Decision.IMPORT) -> Upload:
    with tenant(upload.account_id):
        filing.decide(upload, decision)
    return work_on(upload)


def rows_of(account: Account) -> int:
    with tenant(account.pk):
        return Transaction.objects.filter(account=account).count()


def compared(upload: Upload) -> tuple[int, int, int]:
    found = (upload.findings or {})["compared"]
    return found["new"], found["changed"], found["unchanged"]


def test_a_file_with_columns_that_are_known_waits_with_its_totals(account: Account) -> None:
    upload = hand_in(account, REAL.read_bytes())

    assert (upload.state, upload.preset, rows_of(account)) == (UploadState.WAITING, "line-items", 0)
    assert [(entry["kind"], entry["count"], entry["sum"]) for entry in (upload.findings or {})["sums"]] == [
        ("sale", 6, "2449.95"),
        ("free", 2, "0.00"),
        ("refund", 3, "-53.41"),
        ("adjustment", 2, "0.00"),
    ]
    assert compared(upload) == (13, 0, 0)


def test_all_of_it_comes_in_when_somebody_says_so(account: Account) -> None:
    upload = decide(hand_in(account, REAL.read_bytes()))

    assert (upload.state, upload.rows_imported, upload.rows_new) == (UploadState.DONE, 94, 13)
    assert not Path(upload.path).exists()


def test_none_of_it_comes_in_when_somebody_says_so(account: Account) -> None:
    upload = decide(hand_in(account, REAL.read_bytes()), Decision.DISCARD)

    assert (upload.state, rows_of(account), Path(upload.path).exists()) == (UploadState.DISCARDED, 0, False)


def test_products_get_the_names_that_the_file_tells(account: Account) -> None:
    decide(hand_in(account, REAL.read_bytes()))

    with tenant(account.pk):
        assert Product.objects.get(account=account, sku="71053").name == "WHITE METAL LANTERN"


def test_there_is_nothing_new_in_a_file_that_is_known(account: Account) -> None:
    decide(hand_in(account, REAL.read_bytes()))
    again = hand_in(account, gzip.compress(REAL.read_bytes()), "other.csv.gz")

    assert (again.state, compared(again), again.rows_imported) == (UploadState.DONE, (0, 0, 13), 0)


def test_a_corrected_file_tells_what_differs_and_changes_only_that(account: Account) -> None:
    decide(hand_in(account, HEADER + ONE + TWO))
    corrected = hand_in(account, HEADER + ONE.replace("5.50", "6.50") + TWO + "3,2026-01-07,MUG,1,7.25\n")

    assert (corrected.state, compared(corrected)) == (UploadState.WAITING, (1, 1, 1))
    assert (decide(corrected).rows_changed, rows_of(account)) == (1, 3)


def test_with_a_bad_line_only_whole_good_orders_come_in(account: Account) -> None:
    upload = hand_in(account, HEADER + ONE + TWO + "1,2026-01-05,CUP,many,1\n")

    assert (upload.state, upload.rows_read, upload.rows_good, upload.rows_refused) == (UploadState.WAITING, 3, 1, 2)
    decide(upload)
    with tenant(account.pk):
        assert [row.external_id for row in Transaction.objects.filter(account=account)] == ["2"]


def test_a_source_is_in_no_figure_before_its_last_slice(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SLICE", 1)
    seen: list[tuple[int, int]] = []

    def look(account_id: int) -> None:
        seen.append((Transaction.objects.filter(account_id=account_id).count(), len(Scope.of(account).sources)))

    monkeypatch.setattr(news, "tell", look)
    decide(hand_in(account, HEADER + ONE + TWO))

    assert seen == [(1, 0), (2, 0), (2, 1)]


def test_a_killed_import_goes_on_behind_what_is_posted(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SLICE", 1)
    upload = hand_in(account, HEADER + ONE + TWO)
    monkeypatch.setattr(uploads, "name_products", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        decide(upload)
    with tenant(account.pk):
        upload.refresh_from_db()
    assert (upload.position, rows_of(account), _hidden(account)) == (2, 2, True)

    monkeypatch.undo()
    assert (work_on(upload).state, upload.rows_imported, _hidden(account)) == (UploadState.DONE, 2, False)


def _hidden(account: Account) -> bool:
    with tenant(account.pk):
        return DataSource.objects.get(account=account).is_arriving


def test_a_source_stays_hidden_while_another_file_is_still_coming_into_it(account: Account) -> None:
    first = hand_in(account, HEADER + ONE)
    with tenant(account.pk):
        Upload.objects.filter(account=account, pk=first.pk).update(state=UploadState.IMPORTING)
        source = DataSource.objects.create(account=account, name="shop", kind="file", provider="csv", is_arriving=True)
        make.post(source, make.movement(external_id="1"))
        Transaction.objects.filter(account=account).update(upload=first)
    decide(hand_in(account, HEADER + TWO, "shop.csv"))
    assert _hidden(account)

    work_on(first)
    assert not _hidden(account)


def test_what_the_header_does_not_tell_is_asked(account: Account) -> None:
    upload = hand_in(account, UNCLEAR + "1,5/13/2026,TEE,1,5.50\n")

    assert (upload.state, rows_of(account)) == (UploadState.ASKING, 0)
    assert Path(upload.path).exists()


def test_a_date_that_can_be_read_in_two_ways_is_asked(account: Account) -> None:
    upload = hand_in(account, HEADER + "1,01/02/2026,TEE,1,5.50\n")

    assert uploads.open_questions(upload) == ["Order of day and month"]


def test_what_was_said_once_is_remembered_for_files_with_the_same_columns(account: Account, client: Client) -> None:
    first = hand_in(account, UNCLEAR + "1,01/02/2026,TEE,1,5.50\n", "january.csv")
    say(client, first)
    decide(work_on(first))
    second = hand_in(account, UNCLEAR + "2,03/02/2026,TEE,1,5.50\n", "february.csv")

    assert (second.state, (second.reading or {})["reading"]["source"]) == (UploadState.WAITING, "january")
    with tenant(account.pk):
        assert [f"{row.occurred_at:%d %b}" for row in Transaction.objects.filter(account=account)] == ["01 Feb"]


def say(client: Client, upload: Upload, **changed: str) -> Any:
    """Tell what the columns of an UNCLEAR file mean, as the page does."""
    if not upload.account.memberships.exists():
        make.member(upload.account, make.user("alice"), Role.OWNER)
    client.force_login(upload.account.memberships.get().user)
    columns = {"order": "0", "date": "1", "sku": "2", "quantity": "3", "price": "4"}
    said = {"shape": "line-items", "was": "line-items", "decimal": ".", "dates": "dmy", "currency": "GBP"}
    said |= {"zone": "Europe/London", "source": "january"} | {f"column_{name}": at for name, at in columns.items()}
    return client.post(f"/files/{upload.public_id}/reading/", said | changed)


def test_a_column_that_is_still_missing_is_named(account: Account, client: Client) -> None:
    upload = hand_in(account, UNCLEAR + "1,5/13/2026,TEE,1,5.50\n")
    answer = say(client, upload, column_quantity="")

    assert answer.status_code == 422
    assert "Still needed: Quantity." in answer.content.decode()
    assert work_on(upload).state == UploadState.ASKING


def test_the_first_rows_are_shown_as_they_would_be_read(account: Account, client: Client) -> None:
    upload = hand_in(account, UNCLEAR + "1,5/3/2026,TEE,2,5.50\n")
    say(client, upload, column_quantity="")
    query = "shape=line-items&was=line-items&decimal=.&dates={}&currency=GBP&zone=Europe/London&source=x"
    query += "&column_order=0&column_date=1&column_sku=2&column_quantity=3&column_price=4"
    pages = [
        client.get(f"/files/{upload.public_id}/reading/?{query.format(dates)}").content.decode()
        for dates in ("dmy", "mdy")
    ]

    assert ["5 Mar 2026" in pages[0], "3 May 2026" in pages[1], "11.00 GBP" in pages[0]] == [True] * 3
    assert rows_of(account) == 0


def test_another_shape_has_other_columns(account: Account, client: Client) -> None:
    upload = hand_in(account, "date,amount\n2026-01-05,-5.00\n2026-01-05,-5.00\n2026-01-06,7.00\n")

    assert (upload.state, upload.preset, upload.rows_good) == (UploadState.WAITING, "movements", 3)
    decide(upload)
    with tenant(account.pk):
        kinds = Transaction.objects.filter(account=account).order_by("amount").values_list("kind", flat=True)
        assert list(kinds) == ["refund", "refund", "sale"]


def test_a_source_of_another_kind_is_not_written_into(account: Account) -> None:
    make.source(account, "shop")

    assert hand_in(account, HEADER + ONE).rows_refused == 1


@pytest.mark.rule("X5")
def test_a_bomb_is_refused_by_the_worker(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "LARGEST", 100_000)
    upload = hand_in(account, gzip.compress(HEADER.encode() + ONE.encode() * 100_000))

    assert (upload.state, "Split it" in upload.message) == (UploadState.FAILED, True)
    assert not Path(upload.path).exists()


@pytest.mark.rule("X6")
def test_hostile_words_of_a_file_stay_words(account: Account, client: Client) -> None:
    evil = "<script>alert(1)</script>\u202e"
    upload = hand_in(account, f"{evil},when\n{evil},{evil}\n", f"{evil}.csv")
    make.member(account, alice := make.user("alice"), Role.OWNER)
    client.force_login(alice)
    page = client.get(f"/files/{upload.public_id}/").content.decode()

    assert upload.state == UploadState.ASKING
    assert ("<script>alert" in page, "\u202e" in page) == (False, False)


def test_a_file_in_our_own_format_is_imported_at_once_also_when_compressed(account: Account) -> None:
    ledger = (
        "source,source_kind,external_id,kind,status,occurred_at,amount,currency\n"
        f"x,gateway,a,sale,settled,{timezone.now().isoformat()},1,EUR\n"
    )

    assert hand_in(account, gzip.compress(ledger.encode())).state == UploadState.DONE


def stopped(account: Account, monkeypatch: pytest.MonkeyPatch) -> Upload:
    """A file whose import broke off after its first slice."""
    monkeypatch.setattr(uploads, "SLICE", 1)
    upload = hand_in(account, HEADER + ONE + TWO)
    real, calls = ledger.post, []

    def breaks_off(**what: Any) -> ledger.Posted:
        calls.append(what)
        if len(calls) == 2:
            raise FileRefused("The disk is gone.")
        return real(**what)

    monkeypatch.setattr(ledger, "post", breaks_off)
    decide(upload)
    monkeypatch.setattr(ledger, "post", real)
    return upload


def test_an_import_that_stops_goes_on_behind_what_is_in(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = stopped(account, monkeypatch)
    assert (upload.is_stopped, Path(upload.path).exists(), rows_of(account), _hidden(account)) == (True, True, 1, True)

    decide(upload, Decision.AGAIN)
    assert (upload.state, upload.rows_new, rows_of(account), _hidden(account)) == (UploadState.DONE, 2, 2, False)
    assert not Path(upload.path).exists()


def test_an_import_that_stops_can_be_undone(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = stopped(account, monkeypatch)
    with tenant(account.pk):
        filing.request_deletion(upload)
    tasks.work_on_upload(account.pk, upload.pk)

    assert (rows_of(account), Path(upload.path).exists()) == (0, False)
    with tenant(account.pk):
        assert not DataSource.objects.filter(account=account).exists()


def test_the_page_of_a_stopped_import_offers_both(
    account: Account, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = stopped(account, monkeypatch)
    make.member(account, alice := make.user("alice"), Role.OWNER)
    client.force_login(alice)
    page = client.get(f"/files/{upload.public_id}/").content.decode()

    assert [words in page for words in ("Stopped", "Try again", "Delete 1 row", "1 of 2 lines")] == [True] * 4


def test_a_file_that_could_not_be_read_does_not_go_on(account: Account) -> None:
    upload = hand_in(account, HEADER + '1,"')

    with tenant(account.pk), pytest.raises(filing.NotNow):
        filing.decide(upload, Decision.AGAIN)


EXPORTS = Path(__file__).parent / "fixtures" / "exports"


def export(account: Account, name: str) -> Upload:
    return hand_in(account, (EXPORTS / f"{name}.csv").read_bytes(), f"{name}.csv")


def test_a_page_says_which_export_a_file_looks_like(account: Account, client: Client) -> None:
    upload = export(account, "stripe_balance_itemized")
    make.member(account, alice := make.user("alice"), Role.OWNER)
    client.force_login(alice)

    assert "This looks like a Stripe balance report." in client.get(f"/files/{upload.public_id}/").content.decode()
    assert "Stripe payments export" in client.get(f"/files/{upload.public_id}/reading/").content.decode()


def test_an_export_brings_a_source_that_is_what_the_provider_is(account: Account) -> None:
    for name in ("stripe_balance_itemized", "shopify_orders", "shopify_payouts"):
        decide(export(account, name))

    with tenant(account.pk):
        found = DataSource.objects.filter(account=account).order_by("name").values_list("name", "kind", "is_arriving")
        assert list(found) == [
            ("Shopify", "store", False),
            ("Shopify Payments", "gateway", False),
            ("Stripe", "gateway", False),
        ]


def test_a_shopify_order_and_its_payout_count_once(account: Account) -> None:
    for name in ("shopify_payouts", "shopify_transactions"):
        decide(export(account, name))

    with tenant(account.pk):
        ids = set(Scope.of(account).sources)
        sales = Booking.objects.filter(account=account, kind="sale")
        held = [one for one in sales if ids >= set(one.present or ()) and ids.isdisjoint(one.absent or ())]
        assert sorted(one.amount for one in held) == [2000, 11000]


def test_two_exports_of_the_same_payments_do_not_come_into_one_source(account: Account) -> None:
    decide(export(account, "shopify_orders"))
    second = export(account, "shopify_transactions")

    assert (second.state, "Delete its rows first" in second.message) == (UploadState.FAILED, True)


def test_what_is_assumed_of_an_export_is_told_before_it_is_imported(account: Account, client: Client) -> None:
    upload = export(account, "shopify_orders")
    make.member(account, alice := make.user("alice"), Role.OWNER)
    client.force_login(alice)

    assert "dated by their order" in client.get(f"/files/{upload.public_id}/").content.decode()


@pytest.mark.parametrize("name", sorted(path.stem for path in EXPORTS.glob("*.csv")))
def test_the_same_export_again_brings_nothing_new(account: Account, name: str) -> None:
    first = export(account, name)
    if first.state == UploadState.ASKING:
        with tenant(account.pk):
            reading = recognising.reading_of(first)
            assert reading
            filing.read_as(first, replace(reading, dates=DateOrder.MONTH_FIRST))
        work_on(first)
    decide(first)
    before, again = rows_of(account), export(account, name)

    assert before > 0
    assert ((again.findings or {})["compared"]["new"], (again.findings or {})["compared"]["changed"]) == (0, 0)
