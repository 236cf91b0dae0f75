"""One day in the shop: who comes, what they put into the basket, and who subscribes."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from .catalogue import COUNTRIES, COUPON_PERCENT, FREE_SHIPPING_FROM, PRODUCTS, part
from .clock import how_many, some_time
from .facts import Buyer, Line, Order
from .lives import live
from .people import guest_again, newcomer
from .till import SOON, Till

RETURNS, FORGETS, COUPONS, SUBSCRIBES = 0.56, 0.04, 0.08, 0.52
PLAIN: Final = (500, 1000, 1500, 2000, 2500, 4000)  # vouchers and the market stall
WHOLESALE: Final = (18_000, 64_000)


@dataclass(slots=True)
class Crowd:
    """Everybody who ever came."""

    buyers: list[Buyer] = field(default_factory=list)


def trade(till: Till, crowd: Crowd, *, day: date, age: int) -> None:
    """Write what happens on a day, `age` days after the shop opened."""
    moments = sorted(some_time(till.random, day) for _ in range(how_many(till.random, day, age=age)))
    for at in moments:
        _serve(till, _who(till, crowd, at), at)
    if till.random.random() < SUBSCRIBES:
        at = some_time(till.random, day)
        live(till, buyer=_register(till, crowd, at, may_be_guest=False), at=at)


def _who(till: Till, crowd: Crowd, at: datetime) -> Buyer:
    """Choose somebody known, who may forget to sign in, or let a stranger in."""
    if crowd.buyers and till.random.random() < RETURNS * min(1, len(crowd.buyers) / 200):
        buyer = till.random.choice(crowd.buyers)
        return guest_again(till.random, buyer) if buyer.email and till.random.random() < FORGETS else buyer
    return _register(till, crowd, at, may_be_guest=True)


def _register(till: Till, crowd: Crowd, at: datetime, *, may_be_guest: bool) -> Buyer:
    buyer = newcomer(till.random, number=till.diary.number(Buyer), at=at, may_be_guest=may_be_guest)
    crowd.buyers.append(buyer)
    if not buyer.is_guest:
        till.diary.write(buyer)
        till.diary.tell("buyer registered", buyer, at=at)
    return buyer


def _serve(till: Till, buyer: Buyer, at: datetime) -> None:
    """Take an order; guests and cafés pay an amount of which the provider learns nothing more."""
    currency = COUNTRIES[buyer.country].currency
    if buyer.is_cafe or buyer.is_guest:
        amount = till.random.randint(*WHOLESALE) if buyer.is_cafe else till.random.choice(PLAIN)
        till.collect_plain(buyer=buyer, amount=amount, currency=currency, at=at)
    else:
        till.collect(_basket(till, buyer, at), waits=SOON)


def _basket(till: Till, buyer: Buyer, at: datetime) -> Order:
    random, country = till.random, COUNTRIES[buyer.country]
    percent = COUPON_PERCENT if random.random() < COUPONS else 0
    chosen = random.choices(PRODUCTS, [product.weight for product in PRODUCTS], k=random.choice((1, 1, 2, 2, 3)))
    lines = []
    for product in dict.fromkeys(chosen):
        quantity = random.choice((1, 1, 1, 2, 3))
        price = product.prices[country.currency] * quantity
        discount = part(price, percent, 100)
        lines.append(Line(product.key, quantity, price - discount, discount))
    goods = sum(line.amount for line in lines)
    return Order(
        number=till.diary.number(Order),
        at=at,
        buyer=buyer,
        currency=country.currency,
        lines=tuple(lines),
        tax=part(goods, country.tax, 1000),
        shipping=0 if goods >= FREE_SHIPPING_FROM else country.shipping,
    )
