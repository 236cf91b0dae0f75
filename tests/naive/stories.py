"""What happens in an invented world: every case the contract has a rule for."""

from datetime import timedelta
from decimal import Decimal

from .author import ANYWHERE, CURRENCIES, GATEWAYS, MINUTE, STORES, Author, Record, mirrored, without_breakdown, zero

Piece = tuple[str, int, Decimal]
"""A line: product, quantity, amount."""


def plain_sale(author: Author) -> None:
    author.sale(author.rng.choice(ANYWHERE))


def poor_or_anonymous_sale(author: Author) -> None:
    sale = author.sale(author.rng.choice(ANYWHERE), customer=author.rng.choice(("", author.person())))
    if author.rng.random() < 0.5:
        sale |= {"lines": [], "tax": zero(sale["currency"]), "shipping": zero(sale["currency"])}


def free_order(author: Author) -> None:
    currency = author.rng.choice(CURRENCIES)
    nothing = {"lines": [("TEE", 1, zero(currency))], "tax": zero(currency), "shipping": zero(currency)}
    author.sale(author.rng.choice(ANYWHERE), currency=currency, **nothing)["amount"] = zero(currency)


def pair_by_reference(author: Author) -> tuple[Record, Record]:
    gateway_id = f"ref-{author.prefix}{len(author.records)}"
    store = author.sale(author.rng.choice(STORES), payment_ref=gateway_id)
    own = author.rng.choice(({}, {"country": "FR"}, {"order_ref": f"G-{author.prefix}{len(author.records)}"}))
    gateway = without_breakdown(author, author.rng.choice(GATEWAYS), store, external_id=gateway_id, **own)
    if author.rng.random() < 0.3:
        store["customer"] = ""
    return store, gateway


def pair_and_refund_of_gateway(author: Author) -> None:
    _, gateway = pair_by_reference(author)
    author.follow(gateway, "refund", -author.part_of(gateway["amount"], gateway["currency"]))


def pair_and_refund_of_store(author: Author) -> None:
    store, _ = pair_by_reference(author)
    author.follow(store, "refund", -author.part_of(store["amount"], store["currency"]))


def pair_and_paired_refund(author: Author) -> None:
    store, gateway = pair_by_reference(author)
    returned = author.follow(gateway, "refund", -gateway["amount"])
    at = returned["occurred_at"] + timedelta(seconds=9)
    explicit = author.rng.choice(({}, mirrored(store)))
    author.follow(store, "refund", -store["amount"], at=at, payment_ref=returned["external_id"], **explicit)


def probable_pair(author: Author) -> None:
    store = author.sale(author.rng.choice(STORES))
    seconds = author.rng.choice((-600, -45, 5, 599, 600))
    without_breakdown(author, author.rng.choice(GATEWAYS), store, seconds=seconds)


def near_miss(author: Author) -> None:
    """All but a probable pair: too late, somebody else, known to the gateway, anonymous, not settled."""
    store = author.sale(author.rng.choice(STORES))
    differences = (
        {"seconds": 601}, {"customer": "zoe@example.com"}, {"order_ref": f"G-{author.prefix}{len(author.records)}"},
        {"customer": ""}, {"status": "pending"}, {"livemode": "0"}, {"kind": "adjustment"},
    )  # fmt: skip
    different = {"seconds": 30, "kind": "sale"} | author.rng.choice(differences)
    kind = different.pop("kind")
    without_breakdown(author, author.rng.choice(GATEWAYS), store, **different)["kind"] = kind


def reference_that_does_not_fit(author: Author) -> None:
    """The store names a row of no source yet, of a file, or of another amount; or not the one that looks alike."""
    gateway_id = f"late-{author.prefix}{len(author.records)}"
    store = author.sale(author.rng.choice(STORES), payment_ref=gateway_id)
    case = author.rng.choice(("absent", "file", "amount", "alike"))
    if case == "file":
        without_breakdown(author, "till", store, external_id=gateway_id)
    if case == "amount":
        other = without_breakdown(author, "stripe", store, external_id=gateway_id)
        other["amount"] += author.money(1, 99, other["currency"])
    if case == "alike":
        without_breakdown(author, author.rng.choice(GATEWAYS), store)


def two_stores_name_one_gateway_row(author: Author) -> None:
    store, _ = pair_by_reference(author)
    same = ("amount", "currency", "customer", "payment_ref", "lines", "tax", "shipping")
    fields = {name: store[name] for name in same}
    at = store["occurred_at"] + author.rng.choice((-2, 2)) * MINUTE
    author.add(author.rng.choice(STORES), "sale", at, fields.pop("amount"), fields.pop("currency"), **fields)


def ambiguous_pair(author: Author) -> None:
    store = author.sale(author.rng.choice(STORES))
    without_breakdown(author, "stripe", store, seconds=60)
    if author.rng.random() < 0.5:
        without_breakdown(author, author.rng.choice(GATEWAYS), store, seconds=200)
    else:
        twin = without_breakdown(author, author.rng.choice(STORES), store, seconds=120)
        twin |= {"order_ref": f"S-{author.prefix}{len(author.records)}"}


def refunds_without_breakdown(author: Author) -> None:
    sale = author.sale(author.rng.choice(ANYWHERE))
    refund = author.follow(sale, "refund", -author.part_of(sale["amount"], sale["currency"]))
    if author.rng.random() < 0.6:
        author.follow(refund, "refund", author.part_of(-refund["amount"], refund["currency"]))


def refund_with_breakdown(author: Author) -> None:
    """A full refund that says of what; or one of the shipping, or of a first line with its units."""
    sale = author.sale(author.rng.choice(ANYWHERE))
    product, quantity, amount = sale["lines"][0]
    case = author.rng.choice(("all", "shipping", "line"))
    if case == "shipping" and sale["shipping"]:
        author.follow(sale, "refund", -sale["shipping"], shipping=-sale["shipping"])
    elif case == "line":
        author.follow(sale, "refund", -amount, lines=[(product, -quantity, -amount)])
    else:
        author.follow(sale, "refund", -sale["amount"], **mirrored(sale))


def refund_of_the_unknown(author: Author) -> None:
    sale = author.sale(author.rng.choice(ANYWHERE))
    author.follow(sale, "refund", -sale["amount"], refund_of=author.rng.choice(("", "never-seen")))


def part_payments(author: Author) -> None:
    """One order paid twice, in one source or two; only the first row carries the quantities."""
    source = author.rng.choice(ANYWHERE)
    order = f"P-{author.prefix}{len(author.records)}"
    first = author.sale(source, order_ref=order)
    second = author.sale(author.rng.choice((source, *ANYWHERE)), order_ref=order, currency=first["currency"])
    second |= {"lines": [(product, 0, amount) for product, _, amount in second["lines"]]}
    later, earlier = sorted((first, second), key=lambda record: record["occurred_at"], reverse=True)
    later["lines"], earlier["lines"] = unitless(later), united(earlier)


def unitless(record: Record) -> list[Piece]:
    """The lines without quantities."""
    return [(product, 0, amount) for product, _, amount in record["lines"]]


def united(record: Record) -> list[Piece]:
    """The lines with one unit each where they had none."""
    return [(product, quantity or 1, amount) for product, quantity, amount in record["lines"]]


def failures(author: Author) -> None:
    """One to three attempts, then perhaps paid, perhaps elsewhere."""
    order = author.rng.choice(("", f"F-{author.prefix}{len(author.records)}"))
    currency = author.rng.choice(CURRENCIES)
    source, again = author.rng.choice(ANYWHERE), author.rng.choice(ANYWHERE)
    for _ in range(author.rng.randint(1, 3)):
        failed = author.sale(source, order_ref=order, currency=currency, status="failed")
    if author.rng.random() < 0.5:
        author.sale(again, order_ref=order, currency=currency, at=author.later(failed))


def failure_paid_by_a_pair(author: Author) -> None:
    """Attempts failed at the store and at the gateway, each with its own name for the order; then a pair pays it."""
    store, gateway = pair_by_reference(author)
    store["order_ref"] = author.rng.choice(("", f"A-{author.prefix}{len(author.records)}"))
    gateway["order_ref"] = author.rng.choice(("", f"B-{author.prefix}{len(author.records)}"))
    for paid in (store, gateway):
        same = {"order_ref": paid["order_ref"], "currency": paid["currency"]}
        author.sale(paid["source"], status="failed", at=paid["occurred_at"] - MINUTE, **same)


def unfinished(author: Author) -> None:
    author.sale(author.rng.choice(ANYWHERE), status=author.rng.choice(("pending", "pending", "cancelled")))


def dispute(author: Author) -> None:
    sale = author.sale(author.rng.choice(GATEWAYS), currency=author.rng.choice(CURRENCIES))
    taken = author.rng.choice((sale["amount"], sale["amount"], zero(sale["currency"])))
    fee = author.money(0, 1500, sale["currency"])
    lost = author.follow(sale, "dispute", -taken, fee=fee)
    if author.rng.random() < 0.5:
        author.follow(lost, "dispute_reversal", taken, fee=-fee)


def adjustment(author: Author) -> None:
    """A correction, in whole or part; or one without a settled parent, which counts nowhere."""
    sale = author.sale(author.rng.choice(GATEWAYS), status=author.rng.choice(("settled", "settled", "pending")))
    parent = author.rng.choice((sale["external_id"], sale["external_id"], ""))
    amount = -author.part_of(sale["amount"], sale["currency"])
    author.follow(sale, "adjustment", amount, refund_of=parent)


def payout(author: Author) -> None:
    currency = author.rng.choice(CURRENCIES)
    author.add(author.rng.choice(GATEWAYS), "payout", author.moment(), -author.money(1000, 90000, currency), currency)


def fee_apart(author: Author) -> None:
    """A fee with a parent that counts, does not count, is a duplicate, is unknown or is none; or one given back."""
    store, gateway = pair_by_reference(author)
    failed = author.sale("stripe", status="failed")
    parent = author.rng.choice((store, gateway, failed))
    sign = author.rng.choice((-1, -1, -1, 1))
    amount = sign * author.money(1, 400, parent["currency"])
    author.follow(
        parent,
        "fee",
        amount,
        refund_of=author.rng.choice((parent["external_id"], parent["external_id"], "never-seen", "")),
    )


def sandbox_rows(author: Author) -> None:
    """Test rows, one of them named by a live store row."""
    sale = author.sale("stripe", livemode="0", lines=[], tax=zero("EUR"), shipping=zero("EUR"), currency="EUR")
    author.follow(sale, "refund", -sale["amount"], livemode="0")
    author.follow(sale, "fee", -author.money(1, 99, "EUR"), livemode="0")
    named = {"payment_ref": sale["external_id"], "customer": sale["customer"]}
    amount, at = sale["amount"], sale["occurred_at"]
    author.add("woo", "sale", at, amount, "EUR", **named, lines=[("TEE", 1, amount)])


def one_id_in_two_sources(author: Author) -> None:
    """A file uses a gateway's id for another sale; the gateway's refund is of its own."""
    sale = author.sale("stripe")
    author.sale("till", external_id=sale["external_id"])
    author.follow(sale, "refund", -author.part_of(sale["amount"], sale["currency"]))


STORIES = (
    plain_sale, plain_sale, plain_sale, poor_or_anonymous_sale, free_order,
    pair_by_reference, pair_and_refund_of_gateway, pair_and_refund_of_store, pair_and_paired_refund,
    probable_pair, probable_pair, near_miss, reference_that_does_not_fit, two_stores_name_one_gateway_row,
    ambiguous_pair,
    refunds_without_breakdown, refunds_without_breakdown, refund_with_breakdown, refund_of_the_unknown,
    part_payments, failures, failure_paid_by_a_pair, unfinished, dispute, adjustment, adjustment, payout,
    fee_apart, fee_apart, sandbox_rows,
    one_id_in_two_sources,
)  # fmt: skip
