"""The connector: which function reads which list."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from datasources.connectors.base import Draft
from datasources.connectors.errors import ConnectorError
from datasources.connectors.http import Answer, Http
from datasources.connectors.prefetch import ahead
from datasources.connectors.streams import Identity, Page, Stream, Window
from datasources.connectors.stripe import (
    answers,
    catalogue,
    declaration,
    invoices,
    lists,
    movements,
    subscriptions,
    totals,
    webhooks,
)
from datasources.connectors.stripe.identity import identify
from datasources.connectors.stripe.money import instant
from datasources.connectors.webhooks import Webhook

_VERSION = "2026-06-24.dahlia"
_DRAFTS: Mapping[str, Callable[[Any], Iterator[Draft]]] = {
    "products": catalogue.from_product,
    "prices": catalogue.from_price,
    "customers": catalogue.from_customer,
    "subscriptions": subscriptions.from_subscription,
    "events": subscriptions.from_event,
    "charges": movements.from_charge,
    "refunds": movements.from_refund,
    "disputes": movements.from_dispute,
    "invoices": invoices.from_invoice,
    "payouts": totals.from_payout,
    "balance_transactions": movements.from_balance_transaction,
    "payout_parts": totals.from_part,
    "balance": totals.from_balance,
}


class Stripe:
    """Stripe, read through its REST API. Source: https://docs.stripe.com/api"""

    slug = "stripe"
    label = "Stripe"
    kind = "gateway"
    api_url = "https://api.stripe.com"
    auth_url = "https://connect.stripe.com"
    oauth = declaration.OAUTH
    key_form = declaration.KEY_FORM
    streams = declaration.STREAMS
    never_read = declaration.NEVER_READ
    history = declaration.HISTORY
    begins = datetime(2011, 1, 1, tzinfo=UTC)
    per_second = 100  # Source: https://docs.stripe.com/rate-limits
    webhook: Webhook | None = webhooks.SCHEME

    def headers(self, secret: str) -> dict[str, str]:
        """Pin the version of the API; the key goes nowhere else."""
        return {"Authorization": f"Bearer {secret}", "Stripe-Version": _VERSION}

    def explain(self, answer: Answer) -> ConnectorError | None:
        """Say what a refusal means."""
        return answers.explain(answer)

    def identify(self, http: Http) -> Identity:
        """Say whose account this is."""
        return identify(http)

    def pages(self, http: Http, stream: Stream, window: Window, position: str) -> Iterator[Page]:
        """Walk a list, one page ahead of the caller; `lists` says what a position is made of."""
        walk = totals.WALKS.get(stream.name, lists.walk)
        return ahead(walk(http, stream, window, position))

    def normalise(self, record: Any, stream: Stream) -> Iterator[Draft]:
        """Give what a record says. Raises MoneyError for an amount that cannot be."""
        return _DRAFTS[stream.name](record)

    def is_live(self, record: Any) -> bool | None:
        """Say whether a record is of live mode; refunds and balance transactions do not tell."""
        found: bool | None = getattr(record, "livemode", None)
        return found

    def made_at(self, record: Any) -> datetime:
        """Say when a record was created, UTC."""
        return instant(record.created)
