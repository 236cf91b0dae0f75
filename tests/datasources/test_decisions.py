"""What is decided about customers and products: what is refused, what follows it, what the log says."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.audit import Verb
from accounts.models import Account, AuditEvent, Membership, Role, User
from datasources.models import Booking, Customer, DataSource, Exclusion, Product, Rebooking
from datasources.services import excluding, merging, people, rebooking
from datasources.services.people import unowned
from putler.kernel.errors import PutlerError
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make.user("alice")


@pytest.fixture
def account(alice: User) -> Account:
    account = make.account()
    make.member(account, alice, Role.OWNER)
    return account


@pytest.fixture
def source(account: Account) -> DataSource:
    source = make.source(account)
    make.post(
        source,
        make.movement(customer="ann@a.example", lines="TEE 1 1000"),
        make.movement(customer="bob@b.example", lines="MUG 1 1000"),
        make.movement(customer="cid@sub.b.example"),
    )
    return source


def customer(account: Account, name: str) -> Customer:
    return Customer.objects.get(account=account, email__startswith=name)


def booked(account: Account) -> list[str]:
    """Who has bookings, by the beginning of their address."""
    while rebooking.rebook_slice(account.pk):
        pass
    with tenant(account.pk):
        found = Booking.objects.filter(account=account).order_by("customer__email")
        return [str(email)[:3] for email in found.values_list("customer__email", flat=True)]


def events(account: Account) -> list[tuple[str, dict[str, object]]]:
    with tenant(account.pk):
        return list(AuditEvent.objects.filter(account=account).order_by("seq").values_list("verb", "detail"))


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        (" Ann@A.example ", ["bob", "cid"]),
        ("b.example", ["ann", "cid"]),
        ("@b.example", ["ann", "cid"]),
        ("nobody@b.example", ["ann", "bob", "cid"]),
    ],
)
def test_a_rule_is_an_address_or_a_domain_and_not_what_lies_below_it(
    source: DataSource, alice: User, rule: str, left: list[str]
) -> None:
    with tenant(source.account_id):
        excluding.exclude(source.account, rule, by=alice)
    assert booked(source.account) == left


@pytest.mark.parametrize(
    "rule", ["", "@", "example", "two words@a.example", "a@b", "x" * 250 + ".example", "*@a.example*"]
)
def test_what_is_no_rule_is_refused(source: DataSource, alice: User, rule: str) -> None:
    with tenant(source.account_id), pytest.raises(PutlerError, match="Write an e-mail address"):
        excluding.exclude(source.account, rule, by=alice)


def test_a_rule_stands_once_and_two_may_hold_one_customer(source: DataSource, alice: User) -> None:
    with tenant(source.account_id):
        one = excluding.exclude(source.account, "bob@b.example", by=alice)
        excluding.exclude(source.account, "b.example", by=alice)
        with pytest.raises(PutlerError, match="already"):
            excluding.exclude(source.account, "BOB@b.example", by=alice)
        excluding.include(one, by=alice)
    assert booked(source.account) == ["ann", "cid"]


def test_a_refund_without_a_buyer_goes_with_its_sale(source: DataSource, alice: User) -> None:
    sale = make.movement(customer="bob@b.example", external_id="sale")
    make.post(source, sale, make.movement("-5.00 EUR", kind="refund", parent_ref="sale"))
    with tenant(source.account_id):
        excluding.exclude(source.account, "bob@b.example", by=alice)
    assert booked(source.account) == ["ann", "cid"]


def test_a_later_payment_without_a_buyer_goes_with_its_order(source: DataSource, alice: User) -> None:
    make.post(source, make.movement(customer="bob@b.example", order_ref="7"), make.movement(order_ref="7"))
    with tenant(source.account_id):
        excluding.exclude(source.account, "bob@b.example", by=alice)
    assert booked(source.account) == ["ann", "cid"]


def test_who_is_merged_into_somebody_left_out_is_left_out(source: DataSource, alice: User) -> None:
    account = source.account
    with tenant(account.pk):
        merging.merge(customer(account, "ann"), into=customer(account, "bob"), by=alice)
        excluding.exclude(account, "bob@b.example", by=alice)
    assert booked(account) == ["cid"]
    with tenant(account.pk):
        merging.part(customer(account, "ann"), by=alice)
    assert booked(account) == ["ann", "cid"]


@pytest.mark.rule("Z5")
def test_who_sees_what_was_merged_sees_whom_it_counts_for(source: DataSource, alice: User, client: Client) -> None:
    account, bob = source.account, make.user("bob")
    hidden = make.source(account, "hidden")
    make.post(hidden, make.movement(customer="dora@d.example", lines="CAP 1 1000"))
    make.post(hidden, make.movement(customer="eve@e.example", lines="PEN 1 1000"))
    with tenant(account.pk):
        for one, other in (("ann", "dora"), ("dora", "eve")):
            merging.merge(customer(account, one), into=customer(account, other), by=alice)
        eve = customer(account, "eve")
        products = {each.sku: each for each in Product.objects.filter(account=account)}
        for sku, other in (("TEE", "CAP"), ("CAP", "PEN")):
            merging.merge(products[sku], into=products[other], by=alice)
    booked(account)
    make.follow(account)
    make.member(account, bob, Role.VIEWER)
    Membership.objects.filter(user=bob).update(sources=[source.pk])
    client.force_login(bob)

    for page, head in (("/products/", products["PEN"]), ("/customers/list/", eve)):
        address = f"/{page.split('/')[1]}/{head.public_id}/"
        assert address in client.get(f"{page}?period=all").content.decode()
        assert client.get(f"{address}?period=all").status_code == 200


def test_merges_follow_each_other(source: DataSource, alice: User) -> None:
    account = source.account
    with tenant(account.pk):
        merging.merge(customer(account, "ann"), into=customer(account, "bob"), by=alice)
        merging.merge(customer(account, "bob"), into=customer(account, "cid"), by=alice)
    assert booked(account) == ["cid", "cid", "cid"]
    with tenant(account.pk):
        merging.part(customer(account, "bob"), by=alice)
    assert booked(account) == ["bob", "bob", "cid"]


def test_nobody_is_merged_twice_or_into_themselves(source: DataSource, alice: User) -> None:
    account = source.account
    with tenant(account.pk):
        ann, bob, cid = (customer(account, name) for name in ("ann", "bob", "cid"))
        with pytest.raises(PutlerError, match="not merged"):
            merging.part(ann, by=alice)
        merging.merge(ann, into=bob, by=alice)
        for one, other in ((ann, ann), (ann, bob), (bob, ann), (ann, cid)):
            with pytest.raises(PutlerError):
                merging.merge(one, into=other, by=alice)
        with pytest.raises(PutlerError, match="cannot be one"):
            merging.merge(ann, into=Product.objects.get(account=account, sku="TEE"), by=alice)


def test_a_merge_moves_the_first_order(source: DataSource, alice: User) -> None:
    account = source.account
    make.post(source, make.movement(at="2026-01-01 10:00", customer="dan@d.example"))
    with tenant(account.pk):
        merging.merge(customer(account, "ann"), into=customer(account, "dan"), by=alice)
    assert booked(account) == ["bob", "cid", "dan", "dan"]
    with tenant(account.pk):
        firsts = Booking.objects.filter(account=account, is_first=True, customer__email="dan@d.example")
        assert [one.occurred_at.day for one in firsts] == [1]


def test_a_large_decision_is_followed_in_slices(
    source: DataSource, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = source.account
    monkeypatch.setattr(rebooking, "SLICE", 2)
    make.post(source, *(make.movement(customer="bob@b.example") for _ in range(4)))
    with tenant(account.pk):
        excluding.exclude(account, "b.example", by=alice)
        excluding.exclude(account, "a.example", by=alice)
    steps = 0
    while rebooking.rebook_slice(account.pk):
        steps += 1
    assert (steps, booked(account)) == (3, ["cid"])


def test_a_sweep_finds_whose_bell_was_lost(source: DataSource, alice: User) -> None:
    with tenant(source.account_id):
        excluding.exclude(source.account, "b.example", by=alice)
    assert rebooking.waiting() == [source.account_id]
    rebooking.rebook_slice(source.account_id)
    assert rebooking.waiting() == []


def test_who_others_were_merged_into_stays(source: DataSource, alice: User) -> None:
    account = source.account
    with tenant(account.pk):
        target = Customer.objects.create(account=account, number=99, key="target")
        merging.merge(customer(account, "ann"), into=target, by=alice)
        assert target not in unowned(account.pk)
        merging.part(customer(account, "ann"), by=alice)
        assert target in people.unowned(account.pk)


def test_the_log_says_what_was_decided_without_a_name(source: DataSource, alice: User) -> None:
    account = source.account
    with tenant(account.pk):
        ann, bob = customer(account, "ann"), customer(account, "bob")
        merging.merge(ann, into=bob, by=alice)
        merging.part(ann, by=alice)
        excluding.include(excluding.exclude(account, "b.example", by=alice), by=alice)
    assert events(account) == [
        (Verb.CUSTOMERS_MERGED, {"into": str(bob.public_id)}), (Verb.CUSTOMERS_PARTED, {}),
        (Verb.CUSTOMERS_EXCLUDED, {"kind": "domain"}), (Verb.CUSTOMERS_INCLUDED, {"kind": "domain"}),
    ]  # fmt: skip


def press(client: Client, name: str, *ids: object, **told: object) -> str:
    """Press a button as Alice and give where it leads."""
    answer = client.post(reverse(name, args=ids), told)
    assert answer.status_code == 302
    return str(answer["Location"])


def test_buttons_merge_part_and_leave_out(client: Client, source: DataSource, alice: User) -> None:
    client.force_login(alice)
    account = source.account
    with tenant(account.pk):
        ann, bob = customer(account, "ann"), customer(account, "bob")
        tee, mug = Product.objects.filter(account=account).order_by("-sku")
    assert press(client, "merge_customer", ann.public_id, into=bob.public_id, back="/?sources=x") == "/?sources=x"
    assert press(client, "merge_product", tee.public_id, into=mug.public_id, back="//evil.example/") == "/sources/"
    press(client, "exclude_customers", rule="cid@sub.b.example")
    assert booked(account) == ["bob", "bob"]
    with tenant(account.pk):
        rule = Exclusion.objects.get()
    press(client, "part_customer", ann.public_id)
    press(client, "part_product", tee.public_id)
    press(client, "include_customers", rule.public_id)
    assert booked(account) == ["ann", "bob", "cid"]
    with tenant(account.pk):
        assert not Rebooking.objects.exists()


def test_a_button_says_why_not(client: Client, source: DataSource, alice: User) -> None:
    client.force_login(alice)
    assert (
        "Write an e-mail address"
        in client.post(reverse("exclude_customers"), {"rule": "?"}, follow=True).content.decode()
    )
    with tenant(source.account_id):
        ann = customer(source.account, "ann")
    assert client.post(reverse("merge_customer", args=[ann.public_id]), {"into": "x"}).status_code == 404
