"""What pages show of reconciliation: each source's balances and payouts beside the ledger's own sums."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import Account
from datasources.models import DataSource, Odd, Reconciliation, StatementKind, odd_parts
from putler.kernel.money import Money

PAYOUTS = 50  # of the list
ODD = 100


@dataclass(frozen=True, slots=True)
class Total:
    """A total of the provider's beside ours, in money."""

    row: Reconciliation
    ours: Money
    theirs: Money
    difference: Money
    odd: tuple["OddMovement", ...] = ()


@dataclass(frozen=True, slots=True)
class OddMovement:
    """A movement that explains a difference, in money; None where it is not there."""

    told: Odd
    ours: Money | None
    theirs: Money | None


@dataclass(frozen=True, slots=True)
class Totals:
    """One source: the newest balance in each currency, its payouts, and how many of these differ."""

    source: DataSource
    balances: list[Total]
    payouts: list[Total]
    differing: int
    compared: int


def overview(account: Account) -> list[Totals]:
    """Every linked source whose provider tells totals. Inside tenant()."""
    told = account.reconciliations.values("source")
    linked = account.sources.filter(unlinked_at=None, pk__in=told).order_by("name")
    return [of_source(source, payouts=5) for source in linked]


def of_source(source: DataSource, *, payouts: int = PAYOUTS) -> Totals:
    """One source's totals: balances by currency, payouts with those that differ first. Inside tenant()."""
    own = Reconciliation.objects.filter(account_id=source.account_id, source=source)
    newest: dict[str, Reconciliation] = {}
    for row in own.filter(kind=StatementKind.BALANCE).order_by("currency", "to_at"):
        newest[row.currency] = row
    every = sorted(own.filter(kind=StatementKind.PAYOUT), key=lambda row: row.to_at, reverse=True)
    differing = [row for row in every if row.difference]
    shown = [*differing, *(row for row in every if not row.difference)][:payouts]
    odd = list(odd_parts(source, [row.ref for row in differing]))[:ODD] if differing else []
    balances = [_total(row, ()) for row in newest.values()]
    wrong = len(differing) + sum(bool(one.row.difference) for one in balances)
    return Totals(source, balances, [_total(row, odd) for row in shown], wrong, len(every) + len(balances))


def _total(row: Reconciliation, odd: Iterable[Odd]) -> Total:
    ours, theirs, apart = (Money.from_minor(minor, row.currency) for minor in (row.ours, row.theirs, row.difference))
    return Total(row, ours, theirs, apart, tuple(_movement(one) for one in odd if one.payout_ref == row.ref))


def _movement(odd: Odd) -> OddMovement:
    ours = None if odd.ours is None else Money.from_minor(odd.ours, odd.currency)
    theirs = None if odd.theirs is None else Money.from_minor(odd.theirs, odd.currency)
    return OddMovement(odd, ours, theirs)
