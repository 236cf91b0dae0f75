"""What must be true once the dust has settled, told by the shop and by the naive script."""

import csv
import io
from collections import Counter
from datetime import date, datetime
from typing import Any

from accounts.models import Account
from analytics import verifying
from datasources.models import Booking, DuplicateLink, Line, Transaction
from datasources.sandbox.world.shop import World
from putler.kernel.money import Money
from putler.tenancy import tenant
from tests.importing.sums import imported_sums, own_sums
from tests.naive.booking import keep_book
from tests.naive.make import COLUMNS

Rows = dict[str, tuple[Any, ...]]


def assert_ledger_is_world(account: Account, world: World, days: tuple[date, date], now: datetime) -> None:
    """Every movement of the shop is there once, with its money; the sums are those that the shop adds up itself."""
    wanted = Counter((one.at, one.currency, one.amount, one.fee) for one in world.facts.entries if one.at <= now)
    with tenant(account.pk):
        rows = Transaction.objects.filter(account=account, source__kind="gateway", is_attempt=False)
        found = Counter(rows.values_list("occurred_at", "currency", "amount", "fee"))
    assert (wanted - found, found - wanted) == ({}, {})
    assert imported_sums(account, days) == own_sums(world, account, days, now=now)


def assert_rollups_are_the_rows(account: Account, now: datetime) -> None:
    """What is stored is what would be computed anew."""
    assert verifying.verify(account.pk, now=now) == []


def assert_booked_as_the_naive_script_says(account: Account, rates: str) -> None:
    """Pairs, base amounts, orders and first orders are those of the naive script over the ledger as a file."""
    book = keep_book(ledger_as_text(account), rates, base=account.base_currency, sources=None, unlinked=frozenset())
    wanted: Rows = {
        entry.row.external_id: (
            entry.role,
            Money(entry.base.amount, account.base_currency).minor if entry.is_converted else None,
            entry.opens_order,
            entry.opens_customer,
        )
        for entry in book.entries
        if entry.role
    }
    columns = ("transaction__external_id", "kind", "base_amount", "is_order", "is_first")
    with tenant(account.pk):
        bookings = Booking.objects.filter(account=account, absent=None).exclude(
            kind__in=["pending_sale", "failed_sale"]
        )
        booked: Rows = {name: tuple(row) for name, *row in bookings.values_list(*columns)}
        links = DuplicateLink.objects.filter(account=account).exclude(gateway_row=None)
        pairs = dict(links.values_list("store_row__external_id", "gateway_row__external_id"))
    assert booked == wanted
    assert pairs == {store: gateway for (_, store), (_, gateway) in book.pairs.gateway_of.items()}


def ledger_as_text(account: Account) -> str:
    """The ledger in the neutral format; what rows call each other by is the external id."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    with tenant(account.pk):
        rows = list(Transaction.objects.filter(account=account).select_related("source", "customer").order_by("pk"))
        lines: dict[int, list[str]] = {}
        for line in Line.objects.filter(account=account).select_related("transaction").order_by("pk"):
            money = Money.from_minor(line.amount, line.transaction.currency).amount
            lines.setdefault(line.transaction_id, []).append(f"p{line.product_id}:{line.quantity}:{money}")
    names = _names(rows)
    for row in rows:
        writer.writerow(_columns(row, names) | {"lines": "|".join(lines.get(row.pk, []))})
    return out.getvalue()


def _columns(row: Transaction, names: dict[str, str]) -> dict[str, Any]:
    money = {
        name: Money.from_minor(getattr(row, name), row.currency).amount
        for name in ("amount", "fee", "tax", "shipping", "discount")
    }
    is_store = row.source.kind == "store"
    return money | {
        "row": row.pk,
        "source": row.source.name,
        "source_kind": row.source.kind,
        "external_id": row.external_id,
        "kind": row.kind,
        "status": row.status,
        "livemode": "1",
        "occurred_at": row.occurred_at.isoformat(),
        "currency": row.currency,
        "customer": row.customer.key if row.customer else "",
        "country": row.country or "",
        "order_ref": row.order_ref or "",
        "payment_ref": names.get(row.payment_ref or "", row.payment_ref or "") if is_store else "",
        "refund_of": names.get(row.parent_ref or "", row.parent_ref or ""),
        "subscription": row.subscription_ref or "",
    }


def _names(rows: list[Transaction]) -> dict[str, str]:
    """What a gateway's sale is called → its external id."""
    sales = [row for row in rows if (row.source.kind, row.kind, row.status) == ("gateway", "sale", "settled")]
    return {
        ref: row.external_id for row in sales for ref in (row.payment_ref, row.external_id, *(row.provider_refs or ()))
        if ref
    }  # fmt: skip
