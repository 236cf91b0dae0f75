"""Stripe's webhooks: a signature over moment and body, and which lists an event is news for.

Source: https://docs.stripe.com/webhooks#verify-manually
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from datasources.connectors.webhooks import TOLERANCE, Forged, Heard

HEADER = "Stripe-Signature"
MOST_SIGNATURES = 20  # in one header; while a secret is replaced there are two
LONGEST_ID = 200
_MONEY = "balance_transactions"
# The beginning of an event's type, the longest that fits counting → the lists in which it is seen.
NEWS = {
    "account.application.deauthorized": ("charges",),  # asking tells that we are no longer let in
    "charge.": ("charges", _MONEY),
    "charge.dispute.": ("disputes", _MONEY),
    "charge.refund": ("charges", "refunds", _MONEY),
    "customer.": ("customers",),
    "customer.deleted": ("customers", "events"),
    "customer.subscription.": ("subscriptions", "events"),
    "invoice.": ("invoices",),
    "payout.": ("payouts", _MONEY),
    "plan.": ("prices",),
    "price.": ("prices",),
    "product.": ("products",),
    "refund.": ("refunds", _MONEY),
}
EVENTS = (
    "charge.succeeded", "charge.failed", "charge.updated", "charge.refunded", "charge.dispute.created",
    "charge.dispute.closed", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated", "refund.created",
    "refund.updated", "refund.failed", "payout.paid", "payout.failed", "customer.created", "customer.updated",
    "customer.deleted", "customer.subscription.created", "customer.subscription.updated",
    "customer.subscription.deleted", "invoice.paid", "invoice.payment_failed", "product.created", "product.updated",
    "price.created", "price.updated",
)  # fmt: skip


class Event(msgspec.Struct):
    id: str
    type: str
    account: str | None = None


class StripeWebhook:
    """How Stripe rings."""

    secret_prefix = "whsec_"  # noqa: S105  the beginning of every one
    events: tuple[str, ...] = EVENTS
    steps: tuple[str, ...] = (
        "In Stripe, open Developers → Webhooks → Add destination, and choose events of your own account.",
        "Choose the events named below; others do no harm.",
        "Enter the address below as the endpoint’s URL and save it.",
        "Reveal the signing secret that Stripe then shows, and paste it here.",
    )

    def hear(self, body: bytes, headers: Mapping[str, str], *, secret: str, now: datetime) -> Heard:
        """Prove a delivery and say what it is about. Raises Forged."""
        _prove(body, headers.get(HEADER, ""), secret=secret, now=now)
        try:
            event = msgspec.json.decode(body, type=Event)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Forged("This is no event.") from error
        if not 0 < len(event.id) <= LONGEST_ID or "\0" in event.id:
            raise Forged("This is no event.")
        fitting = max((start for start in NEWS if event.type.startswith(start)), key=len, default="")
        return Heard(event.id, NEWS.get(fitting, ()), event.account)


def _prove(body: bytes, header: str, *, secret: str, now: datetime) -> None:
    parts = [part.strip().partition("=") for part in header.split(",")]
    moments = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1"]  # v0 is for tests of Stripe's own
    if len(moments) != 1 or not (moments[0].isascii() and moments[0].isdecimal() and len(moments[0]) <= 12):
        raise Forged("The signature names no moment.")
    wanted = hmac.new(secret.encode(), moments[0].encode() + b"." + body, sha256).hexdigest().encode()
    found = [hmac.compare_digest(wanted, one.encode()) for one in signatures[:MOST_SIGNATURES]]
    if not secret or not any(found):
        raise Forged("The signature is not the provider’s.")
    if abs(now - datetime.fromtimestamp(int(moments[0]), UTC)) > TOLERANCE:
        raise Forged("The signature is too old, or of the future.")


SCHEME = StripeWebhook()
