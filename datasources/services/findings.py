"""What the check of a file finds: how much of what, of which time, and what of it is new."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from datasources.connectors.base import MovementDraft
from datasources.connectors.ledger_csv import Good, InTestMode, Refused
from datasources.services.comparing import Compared
from putler.kernel.money import Money, decimals

MOST_REASONS = 1_000  # refused lines that are kept by line; more are only counted


class Findings:
    """Looks on while a file is checked."""

    def __init__(self) -> None:
        self.rows: Counter[type] = Counter()
        self.movements = 0
        self.faults: list[Refused] = []
        self.compared: Compared | None = None  # with the ledger; None where nobody needs to decide
        self._sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._customers: set[int] = set()

    def watch(self, outcomes: Iterable[Good | Refused | InTestMode]) -> Iterator[Good]:
        """Hand on what is good, and note everything."""
        for outcome in outcomes:
            if isinstance(outcome, Good):
                self.rows[Good] += outcome.rows
                self._note(outcome.draft)
                yield outcome
            elif isinstance(outcome, Refused):
                self.rows[Refused] += outcome.rows
                if len(self.faults) < MOST_REASONS:
                    self.faults.append(outcome)
            else:
                self.rows[InTestMode] += 1

    @property
    def brings_nothing(self) -> bool:
        """Whether the ledger has all of it, just so."""
        return self.compared is not None and not (self.compared.new or self.compared.changed)

    def as_json(self) -> dict[str, Any]:
        """Plain values, to be kept and shown: `sums` by currency and kind, times in ISO format."""
        compared = self.compared and self.compared._asdict()
        return {
            "movements": self.movements,
            "sums": [
                _entry(kind, Money.from_minor(minor, currency), count)
                for (kind, currency), (count, minor) in sorted(self._sums.items(), key=lambda item: _place(item[0]))
            ],
            "first": self._first and self._first.isoformat(),
            "last": self._last and self._last.isoformat(),
            "customers": len(self._customers),
            "compared": compared,
        }

    def _note(self, draft: MovementDraft) -> None:
        self.movements += 1
        minor = draft.amount.minor
        kind = "free" if draft.kind == "sale" and not minor else draft.kind
        entry = self._sums[kind, draft.amount.currency]
        entry[0] += 1
        entry[1] += minor
        if self._first is None or draft.occurred_at < self._first:
            self._first = draft.occurred_at
        if self._last is None or draft.occurred_at > self._last:
            self._last = draft.occurred_at
        if draft.customer:
            self._customers.add(hash(draft.customer))


_KINDS = ("sale", "free", "refund", "dispute", "dispute_reversal", "fee", "adjustment", "payout")


def _entry(kind: str, total: Money, count: int) -> dict[str, Any]:
    digits = f"{decimals(total.currency)}g"  # as the page's formatting wants them
    return {"kind": kind, "currency": total.currency, "count": count, "sum": str(total), "digits": digits}


def _place(key: tuple[str, str]) -> tuple[str, int]:
    kind, currency = key
    return currency, _KINDS.index(kind)
