"""The neutral CSV format (docs/csv-format.md): what each line says, and why a line or a file is refused."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.connectors.base import CustomerDraft, LineDraft, MovementDraft
from datasources.connectors.ledger_csv import REQUIRED, FileRefused, Good, InTestMode, Refused, read
from datasources.models import Upload
from datasources.services import uploads
from putler.kernel.money import Money
from putler.tenancy import tenant
from tests import make

LINE = {
    "source": "stripe",
    "source_kind": "gateway",
    "external_id": "ch_1",
    "kind": "sale",
    "status": "settled",
    "occurred_at": "2026-01-31T23:15:00Z",
    "amount": "110.00",
    "currency": "USD",
}
FULL = LINE | {
    "livemode": "1",
    "fee": "3.30",
    "tax": "8.00",
    "shipping": "11.00",
    "discount": "5.00",
    "customer": "Ann@Example.com",
    "country": "de",
    "order_ref": "A1",
    "payment_ref": "pi_1",
    "refund_of": "ch_0",
    "subscription": "sub_1",
    "lines": "TEE:1:60.50|MUG:red:2:30.50",
}


def written(*lines: dict[str, str]) -> io.StringIO:
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, lines[0])
    table.writeheader()
    table.writerows(lines)
    return io.StringIO(text.getvalue(), newline="")


def outcome(**changed: str) -> Any:
    [found] = read(written(LINE | changed))
    return found


def reason(**changed: str) -> str:
    found = outcome(**changed)
    assert isinstance(found, Refused)
    assert found.line == 2
    return found.reason


def draft(**changed: str) -> MovementDraft:
    found = outcome(**changed)
    assert isinstance(found, Good), found
    return found.draft


# What a line says


def test_a_full_line() -> None:
    [found] = read(written(FULL))
    money = Money.from_minor(11000, "USD")

    assert found == Good(2, "stripe", "gateway", MovementDraft(
        external_id="ch_1", kind="sale", status="settled", occurred_at=datetime(2026, 1, 31, 23, 15, tzinfo=UTC),
        amount=money, presentment=money, fee=330, tax=800, shipping=1100, discount=500,
        customer=CustomerDraft("ann@example.com"), country="DE", order_ref="A1", payment_ref="pi_1", parent_ref="ch_0",
        subscription_ref="sub_1", lines=(LineDraft("TEE", 1, 6050), LineDraft("MUG:red", 2, 3050)),
    ))  # fmt: skip


def test_the_shortest_line() -> None:
    found = draft()

    assert (found.customer, found.country, found.order_ref, found.lines) == (None, None, None, ())
    assert (found.fee, found.tax, found.shipping, found.discount) == (0, 0, 0, 0)


def test_columns_may_come_in_any_order_and_case_beside_others() -> None:
    turned = {name.upper(): value for name, value in reversed(LINE.items())} | {"row": "1"}

    assert list(read(written(turned))) == [outcome()]


def test_blanks_around_a_value_say_nothing() -> None:
    assert outcome(**{name: f"  {value} " for name, value in LINE.items()}) == outcome()


def test_an_instant_of_any_zone_is_kept_in_utc() -> None:
    assert draft(occurred_at="2026-02-01T05:00:00+05:45") == draft()


@pytest.mark.parametrize(
    ("currency", "amount", "minor"), [("jpy", "500", 500), ("KWD", "0.125", 125), ("EUR", "1.10", 110)]
)
def test_amounts_have_their_currencys_decimals(currency: str, amount: str, minor: int) -> None:
    assert draft(currency=currency, amount=amount).amount.minor == minor


def test_a_test_mode_line_is_told_apart_before_anything_else_is_read() -> None:
    assert outcome(livemode="0", amount="nothing", kind="nonsense") == InTestMode(2)


# Line numbers


def test_line_numbers_are_the_files_own() -> None:
    good, bad = LINE | {"order_ref": ""}, LINE | {"order_ref": "", "kind": "gift"}
    multiline = LINE | {"order_ref": 'said "hello,\nworld"\n\n'}

    assert [found.line for found in read(written(good, multiline, bad, good))] == [2, 3, 7, 8]


def test_a_quoted_value_keeps_its_commas_quotes_and_newlines() -> None:
    assert draft(order_ref='a "b",\nc').order_ref == 'a "b",\nc'


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way_and_empty_ones_are_skipped(newline: str) -> None:
    text = written(LINE).getvalue().replace("\r\n", "\n")
    header, line = text.splitlines()

    found = list(read(io.StringIO(newline.join([header, "", line, "", line, ""]), newline="")))

    assert [good.line for good in found] == [3, 5]


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_says_nothing(tmp_path: Path, encoding: str) -> None:
    account, path = make.account(), tmp_path / "file.csv"
    path.write_text(written(LINE).getvalue(), encoding=encoding)
    with tenant(account.pk):
        upload = Upload.objects.create(account=account, name=path.name, path=str(path), preset="ledger")

    uploads.check(upload)

    assert (upload.rows_good, upload.message) == (1, "")


# Why a line is refused


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"source": ""}, "source is empty"),
        ({"source": "s" * 201}, "source has 201 characters"),
        ({"source_kind": "bank"}, "source_kind is “bank”; it is one of gateway, store, file"),
        ({"external_id": " "}, "external_id is empty"),
        ({"external_id": "x" * 10_000}, "external_id has 10000 characters; 200 are the most"),
        ({"external_id": "a\x00b"}, "NUL character"),
        ({"kind": "gift"}, "kind is “gift”; it is one of sale, refund, fee, dispute"),
        ({"kind": ""}, "kind is “”"),
        ({"status": "done"}, "status is “done”; it is one of settled, pending, failed, cancelled"),
        ({"livemode": "no"}, "livemode is “no”"),
        ({"occurred_at": ""}, "occurred_at is “”; it is a time such as"),
        ({"occurred_at": "31.01.2026"}, "occurred_at is “31.01.2026”"),
        ({"occurred_at": "2026-02-30T00:00:00Z"}, "occurred_at is"),
        ({"occurred_at": "2026-01-31T23:15:00"}, "without a time zone; end it with Z for UTC"),
        ({"amount": ""}, "amount is “”"),
        ({"amount": "1,234.50"}, "amount is “1,234.50”; it is a number such as"),
        ({"amount": "12.345"}, "12.345 has more decimals than USD allows"),
        ({"amount": "5.5", "currency": "JPY"}, "more decimals than JPY allows"),
        ({"currency": ""}, "“” is not an ISO 4217 currency code"),
        ({"currency": "XXX"}, "“XXX” is not an ISO 4217 currency code"),
        ({"amount": "-1.00"}, "a sale’s amount is not negative"),
        ({"kind": "dispute"}, "a dispute’s amount is not positive"),
        ({"kind": "dispute_reversal", "amount": "-1"}, "a dispute reversal’s amount is not negative"),
        ({"tax": "-1"}, "tax is a part of the amount and has its sign"),
        ({"kind": "refund", "amount": "-5", "shipping": "1"}, "shipping is a part of the amount and has its sign"),
        ({"discount": "-1"}, "The discount is negative"),
        ({"customer": "ann"}, "customer is not an e-mail address"),
        ({"customer": "ann@ex ample.com"}, "customer is not an e-mail address"),
        ({"customer": "a" * 250 + "@b.de"}, "customer is not an e-mail address"),
        ({"country": "GER"}, "country is “GER”"),
        ({"country": "D1"}, "country is “D1”"),
        ({"lines": "TEE:1"}, "lines has “TEE:1”; each is PRODUCT:quantity:amount"),
        ({"lines": "TEE:one:110.00"}, "lines has “TEE:one:110.00”"),
        ({"lines": "TEE:1:1,0"}, "lines"),
        ({"lines": ":1:110.00"}, "its product is empty or too long"),
        ({"lines": f"{'x' * 201}:1:110.00"}, "its product is empty or too long"),
        ({"lines": "TEE:1:100.00"}, "The lines add up to 100.00, but amount − tax − shipping is 110.00"),
        ({"lines": "TEE:1:110.00", "tax": "10"}, "is 100.00"),
    ],
)
def test_a_refused_line_says_why(changed: dict[str, str], sentence: str) -> None:
    assert sentence in reason(**changed)


@pytest.mark.parametrize("kind", ["refund", "fee", "adjustment", "payout"])
@pytest.mark.parametrize("amount", ["-5.00", "5.00"])
def test_some_kinds_have_either_sign(kind: str, amount: str) -> None:
    assert str(draft(kind=kind, amount=amount).amount) == amount


@pytest.mark.parametrize("column", ["amount", "fee", "tax", "shipping", "discount"])
@pytest.mark.parametrize(
    "value",
    ["NaN", "sNaN", "Infinity", "-Infinity", "1e400", "-1e999999999", "1e15", "9" * 10_000, "0x10", "1.0.0", "€5"],
)
def test_what_is_no_amount_is_refused(column: str, value: str) -> None:
    assert column in reason(**{column: value})


def test_a_refusal_does_not_repeat_the_customer() -> None:
    assert "ann" not in reason(customer="ann at example")


def test_a_line_of_another_length_is_refused() -> None:
    text = ",".join(REQUIRED) + "\nstripe,gateway\n" + ",".join(LINE.values()) + ",more\n"

    assert list(read(io.StringIO(text))) == [
        Refused(2, "It has 2 fields, the header has 8."),
        Refused(3, "It has 9 fields, the header has 8."),
    ]


@pytest.mark.parametrize(
    "lines", ["TEE:1:Infinity", "TEE:1:-Infinity", "TEE:1:NaN", "TEE:1:1e999999999", "TEE:1:1e400|MUG:1:-1e400"]
)
def test_a_line_item_that_nobody_can_count_is_refused(lines: str) -> None:
    assert len(reason(lines=lines)) <= 500


@pytest.mark.parametrize("quantity", ["1e3", "9" * 5000, "10000000000", "1.5", ""])
def test_a_quantity_is_a_whole_number_of_moderate_size(quantity: str) -> None:
    assert "lines has" in reason(lines=f"TEE:{quantity}:110.00")


# Whatever stands in a file, the database can keep what is said of it


@pytest.mark.parametrize("column", sorted(FULL))
@pytest.mark.parametrize("value", ["x" * 10_000, "1." + "0" * 10_000 + "1", "9" * 10_000])
def test_a_refusal_is_at_most_a_line_long(column: str, value: str) -> None:
    [found] = read(written(FULL | {column: value}))

    assert isinstance(found, Refused)
    assert len(found.reason) <= 500


@pytest.mark.parametrize("column", sorted(FULL))
def test_a_nul_character_neither_comes_in_nor_is_repeated(column: str) -> None:
    [found] = read(written(FULL | {column: "a\x00:1:91.00"}))

    assert isinstance(found, Refused)
    assert "\x00" not in found.reason


@pytest.mark.parametrize(("amount", "currency"), [("900000000000000", "KWD"), ("1000000000000", "EUR")])
def test_an_amount_that_another_currency_or_a_sum_cannot_hold_is_refused(amount: str, currency: str) -> None:
    assert "too large" in reason(amount=amount, currency=currency)


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00Z"])
def test_an_instant_at_an_end_of_the_calendar_is_refused(instant: str) -> None:
    assert "occurred_at" in reason(occurred_at=instant)


@pytest.mark.parametrize(
    "lines", ["TEE:1:1e17|MUG:1:-1e17|CAP:1:110.00", "TEE:1000000000:10|MUG:1000000000:10|CAP:1000000000:90"]
)
def test_lines_that_the_columns_of_a_sum_cannot_hold_are_refused(lines: str) -> None:
    assert "lines" in reason(lines=lines)


@given(st.dictionaries(st.sampled_from(sorted(FULL)), st.text(), min_size=1))
def test_any_text_is_read_or_refused(changed: dict[str, str]) -> None:
    try:
        [found] = read(written(FULL | changed))
    except FileRefused:
        return

    assert isinstance(found, Good | InTestMode) or 0 < len(found.reason) <= 500


# Why a file is refused


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The header lacks the columns source, source_kind,"),
        ("\n\n", "The header lacks the columns"),
        (",".join(REQUIRED[:-1]), "The header lacks the column currency."),
        (",".join((*REQUIRED, "Amount ")), "The header has the column amount more than once"),
        (";".join(REQUIRED), "The header lacks the columns"),
        (",".join(REQUIRED) + '\n"never closed', "Line 2 is not valid CSV"),
        (",".join(REQUIRED) + '\n"closed"twice', "Line 2 is not valid CSV"),
        (",".join(REQUIRED) + "\n" + "x" * 200_000, "Line 2 is not valid CSV: field larger"),
    ],
)
def test_a_refused_file_says_why(text: str, sentence: str) -> None:
    with pytest.raises(FileRefused, match="^" + sentence):
        list(read(io.StringIO(text)))


def test_a_refusal_of_a_file_quotes_no_more_than_a_line() -> None:
    long = "x" * 10_000

    with pytest.raises(FileRefused) as raised:
        list(read(io.StringIO(",".join((*REQUIRED, long, long)))))

    assert len(str(raised.value)) <= 500
