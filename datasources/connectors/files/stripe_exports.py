"""Stripe's exports: the balance, itemised, as a report or from the dashboard; and the dashboard's payments.

A row of the balance is read by the very function that reads it from Stripe's API, so the numbers are the same and a
file and a connection never double. Amounts are in major units, unlike the API's.

Source: https://docs.stripe.com/reports/balance, https://docs.stripe.com/reports/reporting-categories
"""

from dataclasses import replace
from decimal import Decimal

from datasources.connectors.base import MovementDraft
from datasources.connectors.files.exported import Exported, Told
from datasources.connectors.files.numbers import SCALE
from datasources.connectors.files.outcomes import InTest
from datasources.connectors.files.shapes import plain
from datasources.connectors.ledger_csv import LineRefused
from datasources.connectors.stripe.money import units
from datasources.connectors.stripe.movements import from_balance_transaction
from datasources.connectors.stripe.records import BalanceTransaction
from putler.kernel.money import Money

_CHARGES = ("ch_", "py_")
_STATUSES = {
    "settled": "paid succeeded refunded partiallyrefunded partialrefund disputed disputelost disputewon complete",
    "pending": "pending uncaptured requirescapture processing incomplete requiresaction requirespaymentmethod "
    "requiresconfirmation",
    "failed": "failed blocked declined",
    "cancelled": "canceled cancelled expired",
}
_BY_STATE = {word: status for status, words in _STATUSES.items() for word in words.split()}


class StripeBalance(Exported):
    """Reads one row a balance transaction."""

    def draft(self, told: Told) -> MovementDraft:
        """Say what a row means: as the API's balance transaction does, and what other columns know of it."""
        currency = self.currency(told["currency"])
        source, charge = self.reference(told["source"]), self.reference(told["charge"])
        (draft,) = from_balance_transaction(
            BalanceTransaction(
                id=self.reference(told["id"], needed=True),
                amount=self._units(told["amount"], currency, needed=True),
                currency=currency,
                created=int(self.instants[told["date"]].timestamp()),
                type=told["kind"].lower(),
                fee=self._units(told["fee"], currency),
                reporting_category=told["kind"].lower(),
                source=source or None,
            )
        )
        refs = (*draft.provider_refs, *(self.reference(told[name]) for name in ("intent", "invoice")))
        own = draft.external_id == charge
        return replace(
            draft,
            presentment=self._presentment(told, draft.amount),
            customer=self.customer(told["email"]),
            order_ref=self.reference(told["intent"]) or None if draft.kind == "sale" else None,
            provider_refs=tuple(ref for ref in refs if ref),
            parent_ref=draft.parent_ref or (None if own or draft.kind == "sale" else charge or None),
            subscription_ref=self.reference(told["subscription"]) or None,
        )

    def _units(self, text: str, currency: str, *, needed: bool = False) -> int:
        if needed and not text:
            raise LineRefused("The amount is empty.")
        return units(Decimal(self.exact(text)).scaleb(-SCALE), currency)

    def _presentment(self, told: Told, amount: Money) -> Money:
        if not told["presented"] or not told["presented_currency"]:
            return amount
        seen = self.money(told["presented"], self.currency(told["presented_currency"]))
        same_sign = (seen.minor < 0) == (amount.minor < 0)
        return seen if same_sign else Money(-seen.amount, seen.currency)


class StripePayments(Exported):
    """Reads one row a payment. What was refunded of it has no date there and is left to the balance report."""

    def draft(self, told: Told) -> MovementDraft:
        """Say what a row means: the payment alone."""
        if plain(told["mode"]) == "test":
            raise InTest
        number, status = self.reference(told["id"], needed=True), _BY_STATE.get(plain(told["status"]))
        if not number.startswith(_CHARGES):
            raise LineRefused("Its number is no charge’s (ch_… or py_…), so it could be counted twice.")
        if status is None:
            raise LineRefused(f"The status is “{told['status'][:40]}”; it is none of those that Stripe has.")
        seen = self.money(told["amount"], self.currency(told["currency"]))
        amount = self._settled(told, seen) if status == "settled" else seen
        if self.exact(told["refunded"]):
            self.noted.add(
                "Refunds have no date in this file and are left out; Stripe’s balance report has them", told.line
            )
        return MovementDraft(
            external_id=number,
            kind="sale",
            status=status,
            occurred_at=self.instants[told["date"]],
            amount=amount,
            presentment=seen,
            fee=self.minor(told["fee"], amount.currency) if status == "settled" else 0,
            customer=self.customer(told["email"]),
            order_ref=self.reference(told["intent"]) or None,
            payment_ref=number,
            provider_refs=(told["intent"],) if told["intent"] else (),
            is_attempt=status != "settled",
        )

    def _settled(self, told: Told, seen: Money) -> Money:
        if not told["converted"] or not told["converted_currency"]:
            return seen
        return self.money(told["converted"], self.currency(told["converted_currency"]))
