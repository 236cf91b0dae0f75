"""Every list of a range that is more than figures by group."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from .baskets import bought_together, fastest_moving, first_product
from .booking import keep_book
from .customers import top_customers
from .days import Range
from .lives import cohorts, migration, month_before, pareto, rfm
from .products import products


def compute_lists(  # noqa: PLR0913  one whole question
    ledger: str,
    rates: str,
    *,
    base: str,
    zone: str,
    start: date,
    end: date,
    sources: frozenset[str] | None = None,
    unlinked: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """The lists of the local days `start` to `end`, by the names of tests/golden/expected.json where it has them."""
    book = keep_book(ledger, rates, base=base, sources=sources, unlinked=unlinked)
    period = Range(start, end, ZoneInfo(zone))
    sold, now = products(book, period), rfm(book, period.end)
    return {
        "rfm": now,
        "migration": migration(rfm(book, month_before(period.end, period)), now),
        "cohorts": cohorts(book, period),
        "pareto": pareto([amount for _, amount in top_customers(book, period)], "customers"),
        "pareto_products": pareto([figures["revenue"] for name, figures in sold.items() if name], "products"),
        "bought_together": bought_together(book, period),
        "first_product": first_product(book, period),
        "fastest_moving": fastest_moving(sold),
    }
