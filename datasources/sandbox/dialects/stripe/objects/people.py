"""Customers, and the addresses that stand beside payments."""

from ....world.catalogue import COUNTRIES
from ....world.facts import Buyer
from ..amounts import seconds
from ..desk import Desk, Object


def address(buyer: Buyer) -> Object:
    """Tell where somebody lives; the shop asks for no street."""
    return {
        "city": buyer.city, "country": buyer.country, "line1": None, "line2": None, "postal_code": None, "state": None,
    }  # fmt: skip


def customer_id(desk: Desk, buyer: Buyer) -> str:
    """Name a customer."""
    return desk.ids.of("cus", buyer.number, length=14)


def customer(desk: Desk, buyer: Buyer) -> Object:
    """Tell a customer."""
    return {
        "id": customer_id(desk, buyer),
        "object": "customer",
        "address": address(buyer),
        "balance": 0,
        "created": seconds(buyer.at),
        "currency": COUNTRIES[buyer.country].currency.lower(),
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": buyer.email,
        "invoice_prefix": desk.ids.of("x", buyer.number, length=8)[2:].upper(),
        "invoice_settings": {
            "custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": buyer.name,
        "next_invoice_sequence": 2,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }  # fmt: skip
