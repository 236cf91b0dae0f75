"""What posting would do: nothing is written, so that a person can decide first."""

from collections.abc import Sequence
from typing import NamedTuple

from datasources.bookkeeping.rows import LineItem
from datasources.connectors.base import MovementDraft
from datasources.models import Customer, DataSource, Product, Transaction
from datasources.services.arriving import told_by_provider
from datasources.services.details import Fact
from datasources.services.ledger import FACTS, as_posted
from datasources.services.people import key_of
from putler.tenancy import tenant

_NOBODY = -1  # no row has this id: a draft with a buyer or a product that is not known yet differs from every row


class Compared(NamedTuple):
    """How many movements the ledger has not, has otherwise, has just so."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Compared") -> "Compared":  # type: ignore[override]
        return Compared(*map(sum, zip(self, other, strict=True)))


def compare(source: DataSource | None, drafts: Sequence[MovementDraft]) -> Compared:
    """Hold drafts, each with another external id, against the ledger of their source; None: it is not there yet."""
    if source is None:
        return Compared(new=len(drafts))
    with tenant(source.account_id):
        rows = Transaction.objects.filter(account_id=source.account_id, source=source)
        found = rows.filter(external_id__in=[draft.external_id for draft in drafts]).values_list(*FACTS)
        known = {row[0]: row for row in found}
        told = [draft for draft in drafts if draft.external_id in known]
        better = told_by_provider(source, known)
        facts = _facts(source, [draft for draft in told if draft.external_id not in better])
    changed = sum(as_posted(fact) != known[fact.draft.external_id] for fact in facts)
    return Compared(new=len(drafts) - len(told), changed=changed, unchanged=len(told) - changed)


def _facts(source: DataSource, drafts: Sequence[MovementDraft]) -> list[Fact]:
    """The drafts with their customers and products as far as they are known."""
    keys = {key for draft in drafts if (key := key_of(source, draft.customer))}
    skus = {line.sku for draft in drafts for line in draft.lines}
    people = dict(Customer.objects.filter(account_id=source.account_id, key__in=keys).values_list("key", "pk"))
    things = dict(Product.objects.filter(account_id=source.account_id, sku__in=skus).values_list("sku", "pk"))
    return [
        Fact(
            draft,
            people.get(key, _NOBODY) if (key := key_of(source, draft.customer)) else None,
            tuple(LineItem(things.get(line.sku, _NOBODY), line.quantity, line.amount) for line in draft.lines),
        )
        for draft in drafts
    ]
