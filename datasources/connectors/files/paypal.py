"""PayPal's activity download. A row's number is that of PayPal's API, so that a file and a connection never double.

Source: PayPal, "Activity download", balance affecting, in English and German; event groups as in
https://developer.paypal.com/docs/transaction-search/transaction-event-codes
"""

from datetime import datetime

from datasources.connectors.base import MovementDraft
from datasources.connectors.files.dates import DateOrder, NoDate, instant
from datasources.connectors.files.exported import Exported, Told
from datasources.connectors.files.outcomes import LeftOut
from datasources.connectors.files.shapes import plain
from datasources.connectors.files.zones import zone_named
from datasources.connectors.ledger_csv import LineRefused

_KINDS = {
    "sale": "expresscheckoutpayment websitepayment subscriptionpayment mobilepayment generalpayment "
    "paymentreceived preapprovedpaymentbilluserpayment invoicepayment ebayauctionpayment "
    "virtualterminalpayment directcreditcardpayment directpayment expresszahlung paypalexpresszahlung "
    "websitezahlung websitezahlungen handyzahlung abonnementzahlung abonnementszahlung allgemeinezahlung "
    "zahlungerhalten zahlungimeinzugsverfahren rechnungszahlung",
    "refund": "paymentrefund refund rückzahlung zahlungsrückzahlung erstattung rückerstattung",
    "dispute": "paymentreversal chargeback holdonbalancefordisputeinvestigation rückbuchung zahlungsrückbuchung "
    "kreditkartenrückbuchung",
    "dispute_reversal": "chargebackreversal cancellationofholdfordisputeresolution rückgängiggemachterückbuchung "
    "aufhebungderrückbuchung",
    "payout": "generalwithdrawal bankwithdrawal userinitiatedwithdrawal automaticwithdrawal allgemeineabbuchung "
    "bankabbuchung vonnutzereingeleiteteabbuchung automatischeabbuchung",
    "adjustment": "generalcurrencyconversion bankdeposittoppaccount allgemeinewährungsumrechnung "
    "bankgutschriftaufpaypalkonto",
}  # fmt: skip
_BY_TYPE = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_SET_ASIDE = ("hold", "reserve", "accounthold", "cancellationofhold", "releaseof", "reversalofgeneralaccounthold",
              "einbehaltung", "reserven", "freigabe")  # fmt: skip
_STATUSES = {
    "settled": "completed reversed refunded partiallyrefunded placed removed cleared returned abgeschlossen "
    "rückgängiggemacht zurückgezahlt teilweisezurückgezahlt",
    "pending": "pending held unclaimed underreview onhold processing ausstehend offen inbearbeitung",
    "failed": "denied failed expired blocked abgelehnt fehlgeschlagen abgelaufen",
    "cancelled": "canceled cancelled voided storniert",
}
_BY_STATE = {word: status for status, words in _STATUSES.items() for word in words.split()}
_PARTS = {"shoppingcartitem", "warenkorbartikel"}
_NOT_MONEY = {"memo", "vermerk", "nurinformation"}
_FEE_CODES = {"chargebackfee": "T0106"}


class PayPalActivity(Exported):
    """Reads one row a movement; items of carts and memos are none."""

    def draft(self, told: Told) -> MovementDraft:
        """Say what a row means; what its type does not tell, its sign does."""
        of_type = plain(told["kind"])
        if of_type in _PARTS or plain(told["impact"]) in _NOT_MONEY:
            raise LeftOut("Items of carts and memos move no money of their own and are left out")
        currency = self.currency(told["currency"])
        amount, fee = self.money(told["amount"], currency), -self.minor(told["fee"], currency)
        if told["net"] and amount.minor - fee != self.minor(told["net"], currency):
            self.noted.add("Gross and fee do not make up net", told.line)
        kind = self._kind(told, of_type, amount.minor)
        number = self.reference(told["id"], needed=True)
        is_credit = amount.minor > 0
        return MovementDraft(
            external_id=f"{number}:{_FEE_CODES.get(of_type, 'T0100')}" if kind == "fee" else number,
            kind=kind,
            status=_status(told["status"]),
            occurred_at=self.instants[self._when(told)] if not told["zone"] else self._at(told),
            amount=amount,
            presentment=amount,
            fee=fee,
            customer=self.customer(told["email"]) if is_credit else None,
            country=self.country(told["country"]) if is_credit else None,
            parent_ref=self.reference(told["parent"]) or None,
            lines=self.lines(told, amount.minor) if kind == "sale" else (),
        )

    def _kind(self, told: Told, of_type: str, minor: int) -> str:
        kind = _BY_TYPE.get(of_type)
        if kind is None and of_type.endswith(("fee", "gebühr", "fees")):
            return "fee"
        if kind is None and of_type.startswith(_SET_ASIDE):
            return "adjustment"
        if kind is None:
            self.noted.add(f"The type “{told['kind'][:40]}” is not known and was read by its sign", told.line)
            kind = "sale" if minor >= 0 else "refund" if told["parent"] else "adjustment"
        if kind == "sale" and minor < 0:
            return "adjustment"  # money that the merchant sent
        if kind in {"dispute", "dispute_reversal"}:
            return "dispute" if minor <= 0 else "dispute_reversal"
        return kind

    def _when(self, told: Told) -> str:
        return f"{told['date']} {told['time']}".strip()

    def _at(self, told: Told) -> datetime:
        zone = zone_named(told["zone"])
        if zone is None:
            raise LineRefused(f"The time zone is “{told['zone'][:40]}”; it cannot be read as one.")
        try:
            return instant(self._when(told), order=self.reading.dates or DateOrder.ISO, zone=zone)
        except NoDate as error:
            raise LineRefused(f"The date is “{self._when(told)[:40]}”; it cannot be read as one.") from error


def _status(text: str) -> str:
    status = _BY_STATE.get(plain(text)) if text else "settled"
    if status is None:
        raise LineRefused(f"The status is “{text[:40]}”; it is none of those that PayPal has.")
    return status
