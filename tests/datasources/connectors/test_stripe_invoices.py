"""Stripe's invoices: what was sold with each payment, to the cent, in the shapes of both APIs."""

from decimal import Decimal

import pytest

from datasources.connectors.base import DetailDraft, ItemDraft
from putler.kernel.money import Money
from tests.datasources.connectors.recordings import drafts, stripe


def details(invoice: str) -> list[DetailDraft]:
    """What a recorded invoice tells of its payments."""
    told = drafts("stripe", "invoices", stripe("invoices", invoice))
    return [draft for draft in told if isinstance(draft, DetailDraft)]


def test_a_paid_invoice_tells_its_lines_tax_and_subscription() -> None:
    assert details("in_1") == [
        DetailDraft(
            external_id="in_1",
            about="pi_1",
            presentment=Money(Decimal("119.00"), "EUR"),
            tax=1900,
            subscription_ref="sub_1",
            provider_refs=("in_1",),
            items=(ItemDraft("prod_1", 2, 10000),),
        )
    ]


def test_an_invoice_of_the_older_api_tells_the_same() -> None:
    [detail] = details("in_old")

    assert (detail.about, detail.tax, detail.subscription_ref) == ("pi_7", 1900, "sub_old")
    assert detail.items == (ItemDraft("prod_1", 2, 10000),)


def test_an_older_one_yet_has_a_plan_a_charge_and_tax_within_its_lines() -> None:
    [detail] = details("in_older")

    assert (detail.about, detail.tax) == ("ch_7", 1597)
    assert detail.items == (ItemDraft("prod_1", 2, 8403),)


def test_shipping_is_without_its_tax_and_lines_are_after_discounts() -> None:
    [detail] = details("in_2")

    assert (detail.shipping, detail.discount) == (500, 1256)
    assert detail.tax == 1661 + 95  # the sum of taxes left out that of shipping
    assert detail.items == (ItemDraft("prod_1", 2, 8744),)


def test_two_payments_share_one_invoice_in_the_order_of_their_making() -> None:
    first, second = details("in_3")

    assert (first.external_id, first.about, first.tax) == ("in_3", "pi_3", 1277)  # 19.00 × 80 ÷ 119
    assert (second.external_id, second.about, second.tax) == ("in_3:2", "pi_5", 623)
    assert first.items == (ItemDraft("prod_1", 2, 6723),)
    assert second.items == (ItemDraft("prod_1", 0, 3277),)


@pytest.mark.parametrize("invoice", ["in_1", "in_2", "in_3", "in_4", "in_5", "in_old", "in_older"])
def test_parts_add_up_to_what_was_paid(invoice: str) -> None:
    for detail in details(invoice):
        assert detail.presentment
        assert detail.items
        parts = sum(item.amount for item in detail.items) + detail.tax + detail.shipping
        assert parts == detail.presentment.minor


def test_a_payment_without_an_intent_is_known_by_its_charge() -> None:
    assert [detail.about for detail in details("in_4")] == ["ch_9"]


def test_credit_for_unused_time_takes_no_units_back() -> None:
    [detail] = details("in_5")

    assert detail.items == (ItemDraft("prod_1", 2, 10000), ItemDraft("prod_2", 0, -2000))


def test_lines_that_do_not_add_up_are_left_out_and_the_money_is_kept() -> None:
    [detail] = details("in_6")

    assert detail.items == ()
    assert detail.tax == 1900


def test_an_unpaid_invoice_tells_nothing() -> None:
    assert details("in_7") == []
