"""Details: what other lists tell of a movement is laid over it, to the cent, and never the other way round."""

from dataclasses import replace

import pytest

from datasources.connectors.base import (
    CustomerRecordDraft,
    DetailDraft,
    ProductDraft,
    SubscriptionDraft,
    SubscriptionEventDraft,
)
from datasources.models import Customer, SubscriptionEvent
from putler.tenancy import tenant
from tests.datasources.told import (
    AT,
    ATTEMPT,
    CHARGE,
    CUSTOMER,
    INVOICE,
    SALE,
    attempted,
    facts,
    gateway,
    lines,
    money,
    moved,
    post,
    post_each,
    row,
)

pytestmark = pytest.mark.django_db


def test_a_converted_sale_has_its_parts_in_its_own_currency_to_the_cent() -> None:
    source = gateway()
    post(source, SALE, CHARGE, INVOICE)

    told = row(source, "ch_1")
    assert (told["currency"], told["amount"], told["tax"], told["shipping"], told["discount"]) == (
        "EUR",
        10_000,
        909,
        455,
        227,
    )
    assert lines(source, "ch_1") == [("prod_1", 1, 5_454), ("prod_2", 2, 3_182)]
    assert (told["presentment_currency"], told["presentment_amount"]) == ("USD", 11_000)


def test_a_part_of_an_invoice_has_its_part_of_tax_and_lines() -> None:
    source = gateway()
    post(source, moved("ch_1", 2_500), replace(CHARGE, presentment=money(2_750, "USD")), INVOICE)

    told = row(source, "ch_1")
    assert (told["tax"], told["shipping"]) == (227, 114)
    assert sum(amount for _, _, amount in lines(source, "ch_1")) == 2_500 - 227 - 114


def test_two_payments_of_one_invoice_each_have_their_share() -> None:
    source = gateway()
    whole = replace(INVOICE, presentment=money(5_500, "USD"), tax=500, shipping=250, items=(), discount=0)
    for number, half in enumerate((whole, replace(whole, external_id="in_1:2", about="pi_2")), 1):
        charge = replace(CHARGE, external_id=f"ch_{number}", about=f"ch_{number}", order_ref=f"pi_{number}")
        post(source, half, charge, moved(f"ch_{number}", 5_000))

    assert [row(source, name)["tax"] for name in ("ch_1", "ch_2")] == [455, 455]


def test_a_detail_of_an_order_finds_a_movement_that_names_its_order_itself() -> None:
    late, early = gateway(), gateway()
    sale = replace(SALE, order_ref="pi_1")

    assert facts(post_each(late, (sale, INVOICE))) == facts(post_each(early, (INVOICE, sale)))
    assert row(early, "ch_1")["tax"] == 909


def test_a_guest_is_known_by_e_mail() -> None:
    source = gateway()
    post(source, SALE, replace(CHARGE, customer_ref=None, email=" Guest@Example.com"))

    assert row(source, "ch_1")["customer__key"] == "guest@example.com"


def test_the_providers_customer_comes_before_a_guests_e_mail() -> None:
    source = gateway()
    post(source, SALE, CUSTOMER, CHARGE, DetailDraft("in_9", about="ch_1", email="other@example.com"))

    assert row(source, "ch_1")["customer__key"] == "ann@example.com"


def test_a_guests_e_mail_comes_before_a_customer_without_one() -> None:
    source = gateway()
    post(source, SALE, CHARGE, DetailDraft("in_9", about="ch_1", email="guest@example.com"))

    assert row(source, "ch_1")["customer__key"] == "guest@example.com"


def test_an_e_mail_that_comes_late_moves_all_rows() -> None:
    source = gateway()
    subscription = SubscriptionDraft("sub_1", "active", "cus_1", None, AT, None)
    post(source, SALE, CHARGE, subscription)
    assert row(source, "ch_1")["customer__key"] == f"{source.public_id}:cus_1"
    post(source, CUSTOMER)

    told = facts(source)
    for found in (told["rows"], told["bookings"], told["subscriptions"]):
        assert [each["customer__key"] for each in found] == ["ann@example.com"]


def test_an_e_mail_that_changes_moves_all_rows_of_that_customer_alone() -> None:
    source = gateway()
    other = replace(CHARGE, external_id="ch_2", about="ch_2", customer_ref="cus_2", order_ref="pi_2")
    post(source, CUSTOMER, replace(CUSTOMER, external_id="cus_2"), SALE, CHARGE, moved("ch_2", 4_000), other)
    post(source, replace(CUSTOMER, email="ann@work.example"))

    keys = {each["external_id"]: each["customer__key"] for each in facts(source)["rows"]}
    assert keys == {"ch_1": "ann@work.example", "ch_2": "ann@example.com"}


def test_one_person_is_one_customer_also_where_two_sources_know_them() -> None:
    source = gateway()
    post(source, CUSTOMER, SALE, CHARGE)
    post(gateway(source.account, "other"), replace(CUSTOMER, external_id="cus_9"))

    with tenant(source.account_id):
        assert Customer.objects.filter(account=source.account).count() == 1


def test_a_customer_that_the_provider_erased_is_known_by_the_id_alone() -> None:
    source = gateway()
    post(source, CUSTOMER, SALE, CHARGE)
    post(source, CustomerRecordDraft("cus_1", is_deleted=True))

    assert row(source, "ch_1")["customer__key"] == f"{source.public_id}:cus_1"


def test_what_is_too_long_to_be_kept_stops_nothing() -> None:
    source = gateway()
    post(source, SALE, replace(CHARGE, country="Germany"), ProductDraft("prod_1", "M" * 900))
    post(source, CustomerRecordDraft("cus_1", "a" * 300 + "@example.com", "N" * 900, "Germany"))

    told = row(source, "ch_1")
    assert (told["customer__key"], told["country"]) == (f"{source.public_id}:cus_1", None)
    assert told["customer__name"] == "N" * 200


def test_a_name_that_is_not_told_again_stays() -> None:
    source = gateway()
    post(source, SALE, CHARGE, CUSTOMER)
    post(source, replace(CUSTOMER, name=None))

    assert row(source, "ch_1")["customer__name"] == "Ann"


def test_an_attempt_never_replaces_the_money() -> None:
    source = gateway()
    post(source, SALE)
    post(source, ATTEMPT)
    assert (row(source, "ch_1")["currency"], row(source, "ch_1")["is_attempt"]) == ("EUR", False)

    post(source, SALE, ATTEMPT, CHARGE)
    assert (row(source, "ch_1")["amount"], row(source, "ch_1")["country"]) == (10_000, "DE")


def test_what_comes_with_a_stale_attempt_is_told_of_the_money() -> None:
    source = gateway()
    post(source, SALE)
    post(source, CHARGE, ATTEMPT)

    assert (row(source, "ch_1")["amount"], row(source, "ch_1")["country"]) == (10_000, "DE")


def test_money_replaces_its_attempt() -> None:
    source = gateway()
    post(source, ATTEMPT)
    post(source, SALE)

    assert (row(source, "ch_1")["status"], row(source, "ch_1")["currency"]) == ("settled", "EUR")


def test_a_later_word_on_an_attempt_holds() -> None:
    source = gateway()
    post(source, ATTEMPT)
    post(source, attempted("ch_1", "cancelled"))

    assert row(source, "ch_1")["status"] == "cancelled"


def event(amount: int, *, is_assumed: bool) -> SubscriptionEventDraft:
    return SubscriptionEventDraft(
        "created", "sub_1", "created", AT, money(amount, "EUR"), "month", 1, 1, is_assumed=is_assumed
    )


@pytest.mark.parametrize("order", [(True, False), (False, True)])
def test_what_is_assumed_of_a_subscription_never_replaces_what_is_certain(order: tuple[bool, bool]) -> None:
    source = gateway()
    for is_assumed in order:
        post(source, event(900 if is_assumed else 1_900, is_assumed=is_assumed))

    with tenant(source.account_id):
        assert SubscriptionEvent.objects.get(account=source.account).amount == 1_900
