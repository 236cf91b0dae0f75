"""The few that bring most: the 80/20 of customers and of products. Source: docs/metrics.md, “80/20”."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import numpy as np

from analytics import engine, lives, products
from analytics.packing import Ints
from analytics.query import Query
from putler.kernel.money import Money, round_half_up
from putler.tenancy import tenant


class Best(StrEnum):
    """Whom a sentence about the few means."""

    FIFTH = "fifth"  # the best 20 %
    MOST = "most"  # the fewest that bring 80 %


@dataclass(frozen=True, slots=True)
class Pareto:
    """`count`: of all; `top`: a fifth of them, rounded up; `share_of_top`: what they bring, with four decimals.

    `needed_for_most`: the fewest that bring 80 %. Both None where all together bring nothing.
    """

    count: int
    top: int
    share_of_top: Decimal | None
    needed_for_most: int | None

    def size(self, which: Best) -> int:
        """How many are meant."""
        return self.top if which is Best.FIFTH else self.needed_for_most or 0


def of_customers(query: Query) -> Pareto:
    """The paying customers of the query's range by net sales; who brought less than nothing counts as nothing."""
    with tenant(query.account.pk):
        generation = engine.serving(query)
        found = lives.during(query, generation, query.in_zone(generation.zone).span)
    net = (Money.from_minor(minor, generation.base_currency).amount for minor in found.net[found.bought].tolist())
    return pareto(list(net))


def best_customers(query: Query, which: Best) -> Ints:
    """The numbers of those of them who are meant, the most net sales first."""
    with tenant(query.account.pk):
        generation = engine.serving(query)
        found = lives.during(query, generation, query.in_zone(generation.zone).span)
    ordered = found.bought[np.lexsort((found.bought, -found.net[found.bought]))]
    numbers: Ints = ordered[: pareto([Decimal(net) for net in found.net[ordered].tolist()]).size(which)]
    return numbers


def of_products(query: Query) -> Pareto:
    """The products of the query's range by revenue; those that brought less than nothing count as nothing."""
    return pareto([Decimal(row.values["product_revenue"] or 0) for row in products.sold(query)])


def pareto(brought: Sequence[Decimal]) -> Pareto:
    """The same of any amounts."""
    ordered = sorted((max(amount, Decimal(0)) for amount in brought), reverse=True)
    top, total = -(-len(ordered) // 5), sum(ordered, Decimal(0))
    if not total:
        return Pareto(len(ordered), top, None, None)
    so_far, needed = Decimal(0), 0
    while so_far * 5 < total * 4:
        so_far += ordered[needed]
        needed += 1
    return Pareto(len(ordered), top, round_half_up(sum(ordered[:top], Decimal(0)) / total, 4), needed)
