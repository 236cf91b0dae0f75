"""Stripe's money: every kind of balance transaction, and what charges, refunds and disputes tell of it."""

from decimal import Decimal
from typing import Any

import pytest

from datasources.connectors.base import DetailDraft, MovementDraft, StatementDraft
from datasources.connectors.stripe.money import money
from putler.kernel.money import Money, MoneyError
from tests.datasources.connectors.recordings import drafts, stripe


def movement(external_id: str) -> MovementDraft:
    """The row of a recorded balance transaction."""
    [draft] = drafts("stripe", "balance_transactions", stripe("balance_transactions", external_id))
    assert isinstance(draft, MovementDraft)
    return draft


def of_charge(external_id: str) -> tuple[DetailDraft, list[MovementDraft]]:
    """What a recorded charge tells: its detail, and the rows of its own."""
    detail, *others = drafts("stripe", "charges", stripe("charges", external_id))
    assert isinstance(detail, DetailDraft)
    return detail, [other for other in others if isinstance(other, MovementDraft)]


@pytest.mark.parametrize(
    ("recorded", "external_id", "kind", "amount", "fee"),
    [
        ("txn_01", "ch_1", "sale", "119.00", 203),  # charge / charge
        ("txn_02", "py_1", "sale", "50.00", 35),  # payment / charge, funds not available yet
        ("txn_03", "re_1", "refund", "-40.00", 0),  # refund / refund
        ("txn_04", "pyr_1", "refund", "-9.00", 0),  # payment_refund / refund
        ("txn_05", "txn_05", "adjustment", "-5.00", 0),  # refund / partial_capture_reversal
        ("txn_06", "txn_06", "adjustment", "-50.00", 0),  # payment_failure_refund / charge_failure
        ("txn_07", "txn_07", "adjustment", "-50.00", 0),  # payment_reversal / charge_failure
        ("txn_08", "txn_08", "refund", "40.00", 0),  # refund_failure / refund_failure
        ("txn_09", "txn_09", "dispute", "-119.00", 1500),  # adjustment / dispute
        ("txn_10", "txn_10", "dispute_reversal", "119.00", -1500),  # adjustment / dispute_reversal
        ("txn_11", "txn_11", "fee", "-2.00", 0),  # stripe_fee / fee
        ("txn_12", "txn_12", "fee", "-0.10", 0),  # stripe_fx_fee / fee
        ("txn_13", "txn_13", "fee", "-0.38", 0),  # tax_fee / tax
        ("txn_14", "txn_14", "fee", "-0.07", 0),  # network_cost / network_cost
        ("txn_15", "txn_15", "adjustment", "3.00", 0),  # application_fee / platform_earning
        ("txn_16", "txn_16", "payout", "-90.00", 0),  # payout / payout
        ("txn_17", "txn_17", "payout", "90.00", 0),  # payout_failure / payout_reversal
        ("txn_18", "txn_18", "payout", "90.00", 0),  # payout_cancel / payout_reversal
        ("txn_19", "txn_19", "adjustment", "10.00", 0),  # topup / topup
        ("txn_20", "txn_20", "adjustment", "-10.00", 0),  # transfer / transfer
        ("txn_21", "txn_21", "adjustment", "-0.70", 0),  # climate_order_purchase
        ("txn_22", "txn_22", "adjustment", "0.05", 0),  # of a type and a category yet unknown
        ("txn_23", "ch_2", "sale", "12.00", 65),  # with its source expanded
        ("txn_24", "ch_3", "sale", "8.00", 40),  # this and the next: older than categories
        ("txn_25", "re_3", "refund", "-8.00", 0),
        ("txn_26", "txn_26", "dispute", "-8.00", 1500),
        ("txn_27", "txn_27", "dispute_reversal", "8.00", 0),
        ("txn_28", "txn_28", "fee", "-1.00", 0),
    ],
)
def test_each_balance_transaction_is_one_settled_row(
    recorded: str, external_id: str, kind: str, amount: str, fee: int
) -> None:
    draft = movement(recorded)

    assert (draft.external_id, draft.kind, draft.amount, draft.fee) == (external_id, kind, euros(amount), fee)
    assert draft.presentment == draft.amount
    assert draft.status == "settled"
    assert draft.provider_refs == (recorded,)


@pytest.mark.parametrize(
    ("recorded", "payment_ref", "parent_ref"),
    [
        ("txn_01", "ch_1", None),
        ("txn_03", "re_1", None),  # the refund tells
        ("txn_05", "re_2", None),
        ("txn_06", "pyr_2", None),
        ("txn_07", None, "py_1"),
        ("txn_08", None, "re_1"),
        ("txn_09", "dp_1", None),  # the dispute tells
        ("txn_11", None, None),
        ("txn_16", "po_1", None),
    ],
)
def test_rows_name_their_parent_or_who_tells_it(recorded: str, payment_ref: str | None, parent_ref: str | None) -> None:
    draft = movement(recorded)

    assert (draft.payment_ref, draft.parent_ref) == (payment_ref, parent_ref)


def test_a_charge_tells_its_buyer_order_and_place() -> None:
    detail, movements = of_charge("ch_1")

    assert movements == []
    assert detail == DetailDraft(
        external_id="ch_1",
        about="ch_1",
        status="settled",
        presentment=euros("119.00"),
        customer_ref="cus_1",
        country="DE",
        order_ref="pi_1",
        provider_refs=("pi_1",),
    )


def test_a_guests_address_is_that_of_the_bill_else_of_the_receipt() -> None:
    billed, receipt = of_charge("ch_4")[0], of_charge("ch_2")[0]

    assert (billed.email, billed.customer_ref) == ("ana@example.com", None)
    assert receipt.email == "bo@example.com"


@pytest.mark.parametrize(
    ("charge", "detail", "attempt"),
    [
        ("ch_1", "settled", None),
        ("py_1", "pending", None),  # a debit under way, whose balance transaction exists
        ("py_2", "pending", "pending"),  # one whose balance transaction does not
        ("ch_4", None, "failed"),
        ("py_3", "settled", None),  # failed after all: its reversal is a row of its own
        ("ch_5", None, "pending"),  # an authorisation, still open
        ("ch_6", None, "cancelled"),  # an authorisation, given back
    ],
)
def test_what_became_of_a_charge(charge: str, detail: str | None, attempt: str | None) -> None:
    told, movements = of_charge(charge)

    assert told.status == detail
    assert [movement.status for movement in movements] == ([attempt] if attempt else [])
    assert all((movement.external_id, movement.kind) == (charge, "sale") for movement in movements)


def test_a_captured_part_is_what_the_buyer_saw_in_their_currency() -> None:
    detail, _ = of_charge("ch_8")

    assert detail.presentment == Money(Decimal("90.00"), "USD")
    assert detail.customer_ref == "cus_2"


def test_an_old_charge_tells_its_invoice() -> None:
    assert of_charge("ch_7")[0].provider_refs == ("pi_1", "in_old")


def test_a_refund_tells_its_sale_and_what_came_back() -> None:
    assert drafts("stripe", "refunds", stripe("refunds", "re_1")) == [
        DetailDraft(
            external_id="re_1",
            about="re_1",
            presentment=Money(Decimal("-40.00"), "USD"),
            parent_ref="ch_1",
            provider_refs=("pi_1",),
        )
    ]


def test_a_dispute_tells_its_sale() -> None:
    assert drafts("stripe", "disputes", stripe("disputes", "dp_1")) == [
        DetailDraft(external_id="dp_1", about="dp_1", parent_ref="ch_1", provider_refs=("pi_1",))
    ]


def test_a_payout_is_a_statement_unless_it_came_back() -> None:
    [paid] = drafts("stripe", "payouts", stripe("payouts", "po_1"))

    assert isinstance(paid, StatementDraft)
    assert paid.amount == euros("90.00")
    assert drafts("stripe", "payouts", stripe("payouts", "po_2")) == []


@pytest.mark.parametrize(
    ("number", "currency", "amount"),
    [
        (1234, "usd", "12.34"),
        (1234, "jpy", "1234"),
        (1234, "mga", "1234"),  # two decimals in ISO 4217, none at Stripe
        (123400, "isk", "1234"),  # the other way round
        (123400, "ugx", "1234"),
        (12340, "kwd", "12.340"),
        (1234, "huf", "12.34"),
    ],
)
def test_amounts_have_stripes_decimals(number: int, currency: str, amount: str) -> None:
    assert money(number, currency) == Money(Decimal(amount), currency.upper())


@pytest.mark.parametrize(("number", "currency"), [(1234, "isk"), (1234, "xxx"), (1234, "")])
def test_amounts_that_cannot_be_are_refused(number: int, currency: str) -> None:
    record: dict[str, Any] = stripe("balance_transactions", "txn_01") | {"amount": number, "currency": currency}

    with pytest.raises(MoneyError):
        drafts("stripe", "balance_transactions", record)


def euros(amount: str) -> Money:
    """An amount in EUR."""
    return Money(Decimal(amount), "EUR")
