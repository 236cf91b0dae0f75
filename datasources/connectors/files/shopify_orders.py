"""Shopify's orders export: an order has as many rows as products, and only its first row has totals, status and dates.

A refund has a sum there and no date: it is dated by the cancellation, else by the order itself, so that a later export
does not move it, and that is said.
"""

from collections.abc import Iterable, Iterator

from datasources.bookkeeping.allocation import shared
from datasources.bookkeeping.rows import LineItem
from datasources.connectors.base import LineDraft, MovementDraft
from datasources.connectors.files.exported import Exported, Told
from datasources.connectors.files.numbers import to_minor
from datasources.connectors.files.outcomes import Outcome, check_width
from datasources.connectors.files.shapes import plain
from datasources.connectors.files.spill import Gathered
from datasources.connectors.files.text import Row
from datasources.connectors.ledger_csv import Good, LineRefused, Refused
from putler.kernel.money import Money, MoneyError, decimals

_PAID = {"paid", "partiallyrefunded", "refunded", "partiallypaid"}
_UNPAID = {"pending", "authorized", "voided", "expired", "unpaid"}
OWN_GATEWAY = "shopifypayments"


class ShopifyOrders(Exported):
    """Reads orders, each gathered from all of its rows over the whole file."""

    def read(self, rows: Iterable[Row]) -> Iterator[Outcome]:
        """What each order says; one with a row that is refused is left out with all of its rows."""
        self._narrow: list[Refused] = []
        gathered = Gathered(self._numbered(rows))
        yield from self._narrow
        for _, own in gathered.orders():
            try:
                yield from self._order([self._told_of(row) for row in own])
            except (LineRefused, MoneyError) as error:
                yield Refused(own[0].line, str(error), len(own))

    def _numbered(self, rows: Iterable[Row]) -> Iterator[tuple[str, Row]]:
        place = self.reading.columns["order"]
        for row in rows:
            if len(row.values) <= place or not row.values[place].strip():
                self._narrow.append(Refused(row.line, row.fault or "It names no order."))
            else:
                yield row.values[place].strip(), row

    def _told_of(self, row: Row) -> Told:
        try:
            check_width(row, self.width)
        except LineRefused as error:
            raise LineRefused(f"Line {row.line} of this order cannot be read. {error}") from error
        return self.told(row)

    def _order(self, told: list[Told]) -> Iterator[Outcome]:
        heads = [row for row in told if row["status"]]
        if not heads:
            raise LineRefused("No row of this order has its total and status.")
        if len({(row["amount"], row["status"], row["id"]) for row in heads}) > 1:
            raise LineRefused("Two rows of this order have different totals.")
        head = heads[0]
        status = plain(head["status"])
        if status in _UNPAID:
            self.noted.add("Orders that are not paid are left out", head.line)
            return
        if status not in _PAID:
            raise LineRefused(f"The status is “{head['status'][:40]}”; it is none of those that Shopify has.")
        sale = self._sale(head, told)
        refund = self._refund(head, sale)
        source, kind = self.reading.source, self.reading.source_kind
        yield Good(told[0].line, source, kind, sale, len(told))
        if refund:
            yield Good(head.line, source, kind, refund, 0)

    def _sale(self, head: Told, told: list[Told]) -> MovementDraft:
        currency = self.currency(head["currency"])
        total = self.money(head["amount"], currency).minor - self.minor(head["outstanding"], currency)
        tax, shipping, discount = (self.minor(head[name], currency) for name in ("tax", "shipping", "discount"))
        if total < 0 or min(tax, shipping, discount) < 0:
            raise LineRefused("Total, taxes, shipping and discount of an order are not negative.")
        if tax + shipping > total:
            tax = shipping = 0  # parts of a total that was not paid
        number, name = self.reference(head["id"]), self.reference(head["order"], needed=True)
        amount = Money.from_minor(total, currency)
        return MovementDraft(
            external_id=number or name,
            kind="sale",
            status="settled",
            occurred_at=self.instants[head["paid"] or head["date"]],
            amount=amount,
            presentment=amount,
            tax=tax,
            shipping=shipping,
            discount=discount,
            customer=self.customer(head["email"]),
            country=self.country(head["country"]),
            order_ref=number or name,
            payment_ref=name if plain(head["gateway"]) == OWN_GATEWAY else None,
            lines=self._products(told, total - tax - shipping, currency),
        )

    def _products(self, told: list[Told], goods: int, currency: str) -> tuple[LineDraft, ...]:
        """The products, their prices scaled to what was paid for goods in all."""
        found = []
        for row in told:
            if sku := self.product(row):
                units = self.units(row["quantity"])
                worth = self.exact(row["price"]) * units - self.exact(row["reduction"])
                found.append((sku, units, to_minor(worth, decimals(currency))))
        whole = sum(worth for _, _, worth in found)
        items = tuple(LineItem(place, units, worth) for place, (_, units, worth) in enumerate(found))
        scaled = shared(items, goods, whole, total=goods) if whole > 0 else items
        if sum(item.amount for item in scaled) != goods:
            return ()
        pairs = zip(found, scaled, strict=True)
        return tuple(LineDraft(sku, item.quantity, item.amount) for (sku, *_), item in pairs)

    def _refund(self, head: Told, sale: MovementDraft) -> MovementDraft | None:
        currency = sale.amount.currency
        minor = self.minor(head["refunded"], currency)
        if not minor:
            return None
        if minor < 0:
            raise LineRefused("The refunded amount is negative.")
        if not head["cancelled"]:
            self.noted.add("Refunds have no date in this file and are dated by their order", head.line)
        amount = Money.from_minor(-minor, currency)
        return MovementDraft(
            external_id=f"{sale.external_id}:refund",
            kind="refund",
            status="settled",
            occurred_at=self.instants[head["cancelled"]] if head["cancelled"] else sale.occurred_at,
            amount=amount,
            presentment=amount,
            customer=sale.customer,
            country=sale.country,
            order_ref=sale.order_ref,
            parent_ref=sale.external_id,
        )
