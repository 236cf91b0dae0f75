"""Shopify's exports of money: the transactions of orders as the store knows them, and the payouts of Shopify Payments.

Neither numbers its rows, so they are known by what they say. A row of a payout is the gateway's side of an order's
payment; it is paired with the order by the order's name.
"""

from datasources.connectors.base import MovementDraft
from datasources.connectors.files.exported import Exported, Told
from datasources.connectors.files.outcomes import LeftOut
from datasources.connectors.files.shapes import plain
from datasources.connectors.files.shopify_orders import OWN_GATEWAY
from datasources.connectors.ledger_csv import LineRefused
from putler.kernel.money import Money

_TAKEN = {"sale": "sale", "capture": "sale", "refund": "refund", "change": "adjustment"}
_NO_MONEY = {"authorization", "void", "emvauthorization", "suggestedrefund"}
_STATUSES = {"success": "settled", "pending": "pending", "failure": "failed", "error": "failed", "awaitingresponse":
             "pending"}  # fmt: skip
_OF_PAYOUT = {
    "charge": "sale", "refund": "refund", "refundfailure": "refund", "dispute": "dispute", "chargeback": "dispute",
    "disputereversal": "dispute_reversal", "chargebackreversal": "dispute_reversal", "payout": "payout",
    "transfer": "payout", "transferfailure": "payout", "transfercancel": "payout", "payoutfailure": "payout",
}  # fmt: skip


class ShopifyTransactions(Exported):
    """Reads one row a transaction of an order; amounts are positive whatever their kind."""

    def draft(self, told: Told) -> MovementDraft:
        """Say what a row means."""
        word, status = plain(told["kind"]), _STATUSES.get(plain(told["status"]))
        if word in _NO_MONEY:
            raise LeftOut("Authorisations and voids move no money and are left out")
        if word not in _TAKEN or status is None:
            raise LineRefused(f"“{told['kind'][:40]}, {told['status'][:40]}” is no kind and status that Shopify has.")
        kind, currency = _TAKEN[word], self.currency(told["currency"])
        minor = abs(self.money(told["amount"], currency).minor)
        order, at = self.reference(told["order"], needed=True), self.instants[told["date"]]
        amount = Money.from_minor(minor if kind == "sale" else -minor, currency)
        return MovementDraft(
            external_id=f"{order[:150]}:{self.made_up(order, word, status, at.isoformat(), str(amount))}",
            kind=kind,
            status=status,
            occurred_at=at,
            amount=amount,
            presentment=amount,
            order_ref=order,
            payment_ref=self.reference(told["name"]) or None if plain(told["gateway"]) == OWN_GATEWAY else None,
            is_attempt=kind == "sale" and status != "settled",
        )


class ShopifyPayouts(Exported):
    """Reads one row a movement of Shopify Payments' balance."""

    def draft(self, told: Told) -> MovementDraft:
        """Say what a row means; of what is not known, its sign and words decide."""
        word, currency = plain(told["kind"]), self.currency(told["currency"])
        amount, fee = self.money(told["amount"], currency), self.minor(told["fee"], currency)
        if told["net"] and amount.minor - fee != self.minor(told["net"], currency):
            self.noted.add("Amount and fee do not make up net", told.line)
        at, order = self.instants[told["date"]], self.reference(told["order"])
        kind = _OF_PAYOUT.get(word) or ("fee" if word.endswith("fee") else "adjustment")
        if kind == "adjustment" and word not in {"adjustment", "reserve", "advance"}:
            self.noted.add(f"The type “{told['kind'][:40]}” is not known and counts as an adjustment", told.line)
        if kind in {"dispute", "dispute_reversal"}:
            kind = "dispute" if amount.minor <= 0 else "dispute_reversal"
        if kind == "sale" and amount.minor < 0:
            kind = "adjustment"
        return MovementDraft(
            external_id=self.made_up(order, word, at.isoformat(), str(amount), str(fee)),
            kind=kind,
            status="settled",
            occurred_at=at,
            amount=amount,
            presentment=self._presentment(told, amount),
            fee=fee,
            provider_refs=(order,) if order and kind in {"sale", "refund"} else (),
        )

    def _presentment(self, told: Told, amount: Money) -> Money:
        if not told["presented"] or not told["presented_currency"]:
            return amount
        seen = abs(self.money(told["presented"], currency := self.currency(told["presented_currency"])).minor)
        return Money.from_minor(-seen if amount.minor < 0 else seen, currency)
