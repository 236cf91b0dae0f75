"""Every widget as SQL over the ledger, written for the benchmark alone: PostgreSQL and DuckDB read the same text.

Amounts are minor units of the base currency. Each statement answers (name, figures …) rows whose order is given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from putler.kernel.periods import Interval, local_day, midnight

# ruff: noqa: S608  statements of constants, of ids and of instants of the benchmark's own
NET = "kind IN ('sale', 'correction', 'refund', 'dispute', 'dispute_reversal')"
GROSS = "kind IN ('sale', 'correction')"
COUNTED = "kind NOT IN ('pending_sale', 'failed_sale')"
MANY = 10  # rows of a list of the best


@dataclass(frozen=True, slots=True)
class Asked:
    """One account's rows of some instants; `sources`: those in view. `by`: day or month."""

    account_id: int
    sources: tuple[int, ...]
    zone: str
    span: Interval
    by: str

    @property
    def holds(self) -> str:
        """The bookings that there would be if no other source existed."""
        ids = f"ARRAY[{', '.join(map(str, self.sources))}]::bigint[]"
        return (
            f"b.account_id = {self.account_id} AND b.source_id IN ({', '.join(map(str, self.sources))}) "
            f"AND (b.present IS NULL OR b.present <@ {ids}) AND (b.absent IS NULL OR NOT b.absent && {ids})"
        )

    @property
    def rows(self) -> str:
        """The bookings of the range."""
        return f"datasources_booking b WHERE {self.holds} AND {self.within}"

    @property
    def within(self) -> str:
        """The condition on instants."""
        return f"b.occurred_at >= {_at(self.span.start)} AND b.occurred_at < {_at(self.span.end)}"

    @property
    def until(self) -> str:
        """Everything before the range's end."""
        return f"datasources_booking b WHERE {self.holds} AND b.occurred_at < {_at(self.span.end)}"

    @property
    def local(self) -> str:
        """When a booking was, by the account's clocks."""
        return f"(b.occurred_at AT TIME ZONE '{self.zone}')"


def tiles(asked: Asked) -> str:
    return f"""SELECT sum(base_amount) FILTER (WHERE {NET}), sum(base_amount) FILTER (WHERE {GROSS}),
                      coalesce(-sum(base_amount) FILTER (WHERE kind = 'refund'), 0),
                      coalesce(sum(base_fee) FILTER (WHERE {COUNTED}), 0)
                      - coalesce(sum(base_amount) FILTER (WHERE kind = 'fee'), 0),
                      coalesce(sum(base_tax) FILTER (WHERE {GROSS} OR kind = 'refund'), 0),
                      count(*) FILTER (WHERE is_order)
               FROM {asked.rows}"""


def trend(asked: Asked) -> str:
    return f"""SELECT CAST(date_trunc('{asked.by}', {asked.local}) AS date) AS moment,
                      sum(base_amount) FILTER (WHERE {NET}) AS net
               FROM {asked.rows} GROUP BY 1 HAVING sum(base_amount) FILTER (WHERE {NET}) <> 0 ORDER BY 1"""


def unique_customers(asked: Asked) -> str:
    return f"SELECT count(DISTINCT customer_id) FROM {asked.rows} AND is_order AND customer_id IS NOT NULL"


def new_and_returning(asked: Asked) -> str:
    return f"""SELECT count(*) FILTER (WHERE first >= {_at(asked.span.start)}),
                      count(*) FILTER (WHERE first < {_at(asked.span.start)})
               FROM (SELECT customer_id, min(occurred_at) AS first, max(occurred_at) AS last
                     FROM {asked.until} AND is_order AND customer_id IS NOT NULL GROUP BY customer_id) AS lives
               WHERE last >= {_at(asked.span.start)}"""


def top_products(asked: Asked) -> str:
    return f"""SELECT p.sku, sum(l.base_amount) AS revenue, coalesce(sum(quantity) FILTER (WHERE b.kind = 'sale'), 0)
               FROM datasources_bookedline l
               JOIN datasources_product p ON p.account_id = l.account_id AND p.id = l.product_id,
                    {asked.rows} AND l.account_id = {asked.account_id} AND l.booking_id = b.id
               GROUP BY p.sku ORDER BY revenue DESC, p.sku LIMIT {MANY}"""


def top_customers(asked: Asked) -> str:
    return f"""SELECT c.key, best.net, best.orders FROM (
                   SELECT customer_id, sum(base_amount) FILTER (WHERE {NET}) AS net,
                          count(*) FILTER (WHERE is_order) AS orders
                   FROM {asked.rows} AND customer_id IS NOT NULL GROUP BY customer_id) AS best
               JOIN datasources_customer c ON c.account_id = {asked.account_id} AND c.id = best.customer_id
               WHERE best.orders > 0 ORDER BY best.net DESC, c.key LIMIT {MANY}"""


def heat_map(asked: Asked) -> str:
    return f"""SELECT CAST(extract(isodow FROM {asked.local}) AS int), CAST(extract(hour FROM {asked.local}) AS int),
                      count(*), count(*) FILTER (WHERE is_order), sum(base_amount)
               FROM {asked.rows} AND kind = 'sale' GROUP BY 1, 2 ORDER BY 1, 2"""


def lifetime(asked: Asked) -> str:
    return f"""SELECT count(*), count(*) FILTER (WHERE orders > 1), sum(net)
               FROM (SELECT count(*) FILTER (WHERE is_order) AS orders, sum(base_amount) FILTER (WHERE {NET}) AS net
                     FROM {asked.until} AND customer_id IS NOT NULL GROUP BY customer_id) AS lives
               WHERE orders > 0"""


def segments(asked: Asked) -> str:
    scores = {"r": "last", "f": "orders", "m": "net"}
    scored = ", ".join(
        f"least(5, 1 + CAST(floor(5.0 * (rank() OVER (ORDER BY {value}) - 1) / count(*) OVER ()) AS int)) AS {score}"
        for score, value in scores.items()
    )
    return f"""SELECT r, CAST(floor((f + m + 1) / 2.0) AS int) AS fm, count(*), sum(net) FROM (
                   SELECT net, {scored} FROM (
                       SELECT max(occurred_at) FILTER (WHERE is_order) AS last,
                              count(*) FILTER (WHERE is_order) AS orders,
                              coalesce(sum(base_amount) FILTER (WHERE {NET}), 0) AS net
                       FROM {asked.until} AND customer_id IS NOT NULL GROUP BY customer_id) AS lives
                   WHERE orders > 0) AS scored
               GROUP BY 1, 2 ORDER BY 1, 2"""


def cohorts(asked: Asked) -> str:
    since = midnight(local_day(asked.span.start, ZoneInfo(asked.zone)).replace(day=1), ZoneInfo(asked.zone))
    firsts = f"""SELECT customer_id, min(occurred_at) AS first
                 FROM {asked.until} AND is_order AND customer_id IS NOT NULL GROUP BY customer_id"""
    return f"""SELECT CAST(date_trunc('month', f.first AT TIME ZONE '{asked.zone}') AS date) AS cohort,
                      CAST(date_trunc('month', {asked.local}) AS date) AS moment,
                      count(DISTINCT CASE WHEN is_order THEN b.customer_id END) AS buyers,
                      coalesce(sum(base_amount) FILTER (WHERE {NET}), 0) AS net
               FROM ({firsts}) AS f, {asked.until} AND f.customer_id = b.customer_id AND f.first >= {_at(since)}
                    AND {asked.local} >= date_trunc('month', f.first AT TIME ZONE '{asked.zone}')
               GROUP BY 1, 2
               HAVING count(CASE WHEN is_order THEN 1 END) > 0 OR sum(base_amount) FILTER (WHERE {NET}) <> 0
               ORDER BY 1, 2"""


def coming_back(asked: Asked) -> str:
    """Gaps that end in the range: how many, and how many led to a second order."""
    gaps = f"""SELECT occurred_at AS begun, lag(occurred_at) OVER each AS earlier, row_number() OVER each AS nth
               FROM {asked.until} AND is_order AND customer_id IS NOT NULL
               WINDOW each AS (PARTITION BY customer_id ORDER BY occurred_at)"""
    return f"""SELECT count(*), coalesce(sum(CASE WHEN nth = 2 THEN 1 ELSE 0 END), 0)
               FROM ({gaps}) AS gaps WHERE nth > 1 AND begun >= {_at(asked.span.start)}"""


def lost(asked: Asked) -> str:
    left = f"""SELECT customer_id, sum(amount) AS amount FROM {asked.until} AND {NET} AND customer_id IS NOT NULL
               GROUP BY customer_id, currency"""
    gone = f"SELECT customer_id FROM ({left}) AS purses GROUP BY customer_id HAVING max(amount) <= 0"
    return f"""SELECT count(DISTINCT customer_id) FROM {asked.rows} AND is_order AND customer_id IN ({gone})"""


def bought_together(asked: Asked) -> str:
    lines = f"""SELECT coalesce(l.order_row, b.transaction_id) AS placed, p.sku AS sku
                FROM datasources_bookedline l
                JOIN datasources_product p ON p.account_id = l.account_id AND p.id = l.product_id,
                     {asked.rows} AND l.account_id = {asked.account_id} AND l.booking_id = b.id AND l.is_order"""
    return f"""WITH alone AS (SELECT sku, count(DISTINCT placed) AS many FROM ({lines}) AS lines GROUP BY sku),
               whole AS (SELECT CAST(count(DISTINCT placed) AS double precision) AS orders FROM ({lines}) AS lines),
               pairs AS (
                   SELECT one.sku AS first, other.sku AS second, count(DISTINCT one.placed) AS both
                   FROM ({lines}) AS one JOIN ({lines}) AS other ON one.placed = other.placed AND one.sku < other.sku
                   GROUP BY 1, 2 HAVING count(DISTINCT one.placed) > 1)
               SELECT p.first, p.second, p.both
               FROM pairs p JOIN alone a ON a.sku = p.first JOIN alone b ON b.sku = p.second, whole
               ORDER BY p.both DESC, floor(p.both * whole.orders / (a.many * b.many) * 10000 + 0.5) DESC, 1, 2
               LIMIT {MANY}"""


def by_source(asked: Asked) -> str:
    return _cut(asked, "(SELECT name FROM datasources_datasource s WHERE s.id = b.source_id)")


def by_country(asked: Asked) -> str:
    return _cut(asked, "coalesce(country, 'unknown')")


def by_currency(asked: Asked) -> str:
    return _cut(asked, "presentment_currency")


def by_month(asked: Asked) -> str:
    return f"""SELECT CAST(date_trunc('month', {asked.local}) AS date) AS moment,
                      coalesce(sum(base_amount) FILTER (WHERE {GROSS}), 0),
                      coalesce(-sum(base_amount) FILTER (WHERE kind = 'refund'), 0),
                      coalesce(sum(base_amount) FILTER (WHERE {NET}), 0),
                      count(*) FILTER (WHERE is_order),
                      count(DISTINCT customer_id) FILTER (WHERE is_order)
               FROM {asked.rows} GROUP BY 1 ORDER BY 1"""


STATEMENTS: dict[str, Callable[[Asked], str]] = {
    "KPI tiles": tiles,
    "trend": trend,
    "unique customers": unique_customers,
    "new and returning": new_and_returning,
    "top products": top_products,
    "top customers": top_customers,
    "countries": by_country,
    "heat map": heat_map,
    "lifetime": lifetime,
    "segments": segments,
    "cohorts": cohorts,
    "coming back": coming_back,
    "lost customers": lost,
    "bought together": bought_together,
    "sources": by_source,
    "currencies": by_currency,
    "by month": by_month,
}


def plain(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows with whole numbers as such, whatever type an engine gives them; nothing is 0."""
    return [tuple(value if isinstance(value, str) else _plain(value) for value in row) for row in rows]


def _plain(value: Any) -> Any:
    if value is None:
        return 0
    return value.isoformat() if hasattr(value, "isoformat") else int(value)


def _cut(asked: Asked, key: str) -> str:
    return f"""SELECT name, net, orders FROM (
                   SELECT {key} AS name, coalesce(sum(base_amount) FILTER (WHERE {NET}), 0) AS net,
                          count(*) FILTER (WHERE is_order) AS orders
                   FROM {asked.rows} GROUP BY 1) AS cut
               WHERE net <> 0 OR orders > 0 ORDER BY name"""


def _at(instant: Any) -> str:
    return f"TIMESTAMPTZ '{instant:%Y-%m-%d %H:%M:%S}+00'"
