"""Whom a breach of an account concerns, and with what kinds of data: for its merchant within a day."""

from collections.abc import Iterator
from typing import Final

from accounts import audit
from accounts.models import Account
from compliance.record import purposes
from putler.kernel.cells import Cell
from putler.personal import Whose
from putler.tenancy import tenant

HEADER: Final = ("about", "e-mail", "name", "number at the provider", "role", "kinds of data")


def affected(account: Account) -> list[tuple[Cell, ...]]:
    """Everybody of whom something lies in the account; that the list was made is noted in its log."""
    with tenant(account.pk):
        rows = [*_members(account), *_buyers(account)]
        audit.record(audit.Verb.EXPORTED, account_id=account.pk, detail={"what": "breach_report"})
    return rows


def _members(account: Account) -> Iterator[tuple[Cell, ...]]:
    for one in account.memberships.select_related("user").order_by("pk"):
        yield Whose.MEMBER.value, one.user.email, one.user.name, "", one.role, _kinds(Whose.MEMBER)
    for invited in account.invitations.filter(used_at=None).order_by("pk"):
        yield Whose.MEMBER.value, invited.email, "", "", "invited", "the address that was invited"


def _buyers(account: Account) -> Iterator[tuple[Cell, ...]]:
    kinds = _kinds(Whose.BUYER)
    for customer in account.customers.order_by("pk").iterator():
        number = "" if customer.email else customer.key
        yield Whose.BUYER.value, customer.email, customer.name, number, "", kinds


def _kinds(whose: Whose) -> str:
    return "; ".join(sorted({purpose.of.purpose for purpose in purposes(whose)}))
