"""What is kept of people in the figures: who bought, by number. All of it is computed, and goes with what it is of."""

from django.db.models import Q, QuerySet

from analytics.models import (
    Generation,
    Goal,
    KeptPage,
    Rollup,
    RollupCountry,
    RollupCustomer,
    RollupHour,
    RollupOrder,
    RollupProduct,
    RollupTotal,
    SavedView,
    SourceGroup,
    State,
    SummedRollup,
)
from putler.personal import Basis, Declaration, Personal, Store, Subject, Whose
from putler.tenancy import tenant

BATCH = 5_000
BUYERS = Personal(
    Whose.BUYER, "to count customers exactly, over any choice of sources", Basis.PROCESSOR, "as long as the source",
    "with the source; the figures of others are computed again", is_exported=False,
    forgotten="stays: a number, which stands for nobody any more",
)  # fmt: skip
WHOSE_VIEW = Personal(
    Whose.MEMBER, "to find again what they looked at", Basis.CONTRACT, "until the member deletes it, or the account",
    "the row is deleted",
)  # fmt: skip

SHOWN = Personal(
    Whose.BUYER, "to show a page again without computing it", Basis.PROCESSOR, "until the figures change",
    "with the next version of the figures, and with each source that is deleted", is_exported=False,
    forgotten="deleted",
)  # fmt: skip

_KEY = "id account generation grain on source present absent"
_SUMS = " ".join(field.name for field in SummedRollup._meta.local_fields)  # counts and money, whatever they are called
FIELDS = {
    "analytics.Generation": Declaration(
        "id account number base_currency time_zone state version current_at built_to verified_at differences"
    ),
    "analytics.KeptPage": Declaration("id account generation key version around", {"html": SHOWN}),
    "analytics.Goal": Declaration("id account public_id metric first last target currency"),
    "analytics.SavedView": Declaration("id account public_id path query", {"user": WHOSE_VIEW, "name": WHOSE_VIEW}),
    "analytics.SourceGroup": Declaration("id account public_id name sources"),
    "analytics.RollupTotal": Declaration(
        f"{_KEY} {_SUMS} presentment_currency base_fees_kept_back native_fees_kept_back base_fees_apart "
        "native_fees_apart free_orders pending_sales base_pending_amount native_pending_amount anonymous_orders "
        "base_known_gross_sales native_known_gross_sales base_known_net_sales native_known_net_sales"
    ),
    "analytics.RollupCountry": Declaration(f"{_KEY} {_SUMS} country"),
    "analytics.RollupProduct": Declaration(
        f"{_KEY} number currency base_product_sold native_product_sold base_product_refunded native_product_refunded "
        "product_units product_units_refunded product_orders"
    ),
    "analytics.RollupHour": Declaration(f"{_KEY} sales orders gross"),
    "analytics.RollupCustomer": Declaration(
        _KEY,
        dict.fromkeys("buyers buyers_twice refunded number orders units gross net last_at".split(), BUYERS),
    ),
    "analytics.RollupOrder": Declaration(
        f"{_KEY} currency placed placed_at basket product net",
        dict.fromkeys("buyer product_buyer owner".split(), BUYERS),
    ),
}


def _rows(table: type[Rollup], subject: Subject, *, is_for_others: bool) -> QuerySet[Rollup]:
    """The rows of the source; `is_for_others`: those too that hold for others while it is out of view."""
    own = table._default_manager.filter(account_id=subject.account_id)
    if subject.source_id is None:
        return own.none()
    named = Q(source=subject.source_id) | Q(present__contains=[subject.source_id])
    absent = Q(absent__contains=[subject.source_id])
    return own.filter(named | (absent if is_for_others else absent & Q(generation__state=State.RETIRED)))


def _store(table: type[Rollup], label: str) -> Store:
    def erase(subject: Subject) -> bool:
        # Rows that hold for others are not deleted but computed again, once the ledger has changed.
        with tenant(subject.account_id):
            some = list(_rows(table, subject, is_for_others=False).values_list("pk", flat=True)[:BATCH])
            table._default_manager.filter(account_id=subject.account_id, pk__in=some).delete()
        return bool(some)

    def count(subject: Subject) -> int:
        return _rows(table, subject, is_for_others=True).count()

    return Store(label, count, erase, (table._meta.label,))


def _pages() -> Store:
    """All pages kept ready: which of them show something of the source nobody can tell. They are written anew."""

    def count(subject: Subject) -> int:
        return KeptPage.objects.filter(account_id=subject.account_id).count()

    def erase(subject: Subject) -> bool:
        with tenant(subject.account_id):
            KeptPage.objects.filter(account_id=subject.account_id).delete()
        return False

    return Store("Pages kept ready", count, erase, (KeptPage._meta.label,), is_last=True)


STORES = (
    _pages(),
    _store(RollupTotal, "Figures"),
    _store(RollupCountry, "Figures by country"),
    _store(RollupProduct, "Figures by product"),
    _store(RollupHour, "Figures by hour"),
    _store(RollupCustomer, "Figures by customer"),
    _store(RollupOrder, "Entries of orders"),
)
NOT_OF_A_SOURCE = {
    Generation._meta.label: "says which figures are shown",
    Goal._meta.label: "what the merchant wants of a figure",
    SavedView._meta.label: "filters under a member's own name; an id that is no source's is left out",
    SourceGroup._meta.label: "a name that the merchant gave; an id that is no source's counts nowhere",
}
