"""Which rows of the ledger may decide together what each counts as: a superset of their families."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.db import connection

from datasources.bookkeeping.pairing import NEAR, REACH, references
from datasources.bookkeeping.rows import LineItem, Row
from datasources.models import Product, roots

TOLD = (  # the facts of a `Row`, in its order
    "external_id kind status occurred_at currency amount fee tax shipping discount presentment_currency "
    "presentment_amount customer_id country order_ref payment_ref provider_refs parent_ref"
).split()
_SOURCES = "SELECT id, kind, purging_at IS NULL FROM datasources_datasource WHERE account_id = %s"
_LOAD = f"""SELECT t.id, t.source_id, s.kind, {", ".join(f"t.{name}" for name in TOLD[:-2])},
                   coalesce(t.provider_refs, '{{}}'), t.parent_ref
            FROM datasources_transaction t
            JOIN datasources_datasource s ON s.account_id = t.account_id AND s.id = t.source_id
            WHERE t.account_id = %s AND t.id = ANY(%s)"""
_LOAD_LINES = """SELECT transaction_id, product_id, quantity, amount FROM datasources_line
                 WHERE account_id = %s AND transaction_id = ANY(%s) ORDER BY id"""
_LOAD_DECISIONS = """SELECT n.store_id, n.store_ref, n.gateway_id, n.gateway_ref FROM datasources_notduplicate n
                     JOIN unnest(%s::bigint[], %s::text[]) AS s (source, ref)
                       ON n.store_id = s.source AND n.store_ref = s.ref
                     WHERE n.account_id = %s"""

_IDS = "SELECT id FROM datasources_transaction WHERE "
_OWN = " AND account_id = %s"
_SAME_ORDER = _IDS + "order_ref = ANY(%s)" + _OWN
_NAMED = _IDS + "source_id = ANY(%s) AND external_id = ANY(%s)" + _OWN
_CHILDREN = _IDS + "source_id = ANY(%s) AND parent_ref = ANY(%s)" + _OWN
_PAID_BY = _IDS + "payment_ref = ANY(%s)" + _OWN
_ALSO_NAMED = _IDS + "occurred_at BETWEEN %s AND %s AND provider_refs && %s::varchar[]" + _OWN
# OFFSET 0 keeps PostgreSQL from turning the index lookups into a join over the whole ledger.
_NEAR_IN_TIME = """SELECT n.id FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[])
                        AS c (customer, since, until)
                   CROSS JOIN LATERAL (
                       SELECT id FROM datasources_transaction
                       WHERE customer_id = c.customer AND occurred_at BETWEEN c.since AND c.until AND account_id = %s
                       OFFSET 0) n"""
_NONE: Mapping[int, Row] = {}


def relatives(account_id: int, ids: Collection[int], *, written: Mapping[int, Row] = _NONE) -> list[Row]:
    """The rows given and all that stand in a relation to them, however remote.

    Those of unlinked sources too: bookings hold for the sources in view, and one that comes back finds them right. Not
    those that are being deleted. `written`: those that this transaction wrote itself, by id, with their lines; they are
    not read again.
    """
    staying: list[Row] = []
    known, unread = set(ids), set(ids)
    with connection.cursor() as cursor:
        cursor.execute(_SOURCES, [account_id])
        sources = _Sources(cursor.fetchall())
        while unread:
            loaded = [written[row_id] for row_id in unread if row_id in written]
            if missing := [row_id for row_id in unread if row_id not in written]:
                cursor.execute(_LOAD, [account_id, missing])
                loaded += [Row(*facts) for facts in cursor]
            staying += [row for row in loaded if row.source_id in sources.staying]
            unread = set()
            for statement, parameters in _lookups(loaded, sources):
                cursor.execute(statement, [*parameters, account_id])
                unread |= {row_id for (row_id,) in cursor} - known
            known |= unread
    _read_lines(account_id, staying, written)
    if sources.may_pair:
        _read_decisions(account_id, staying)
    return staying


class _Sources:
    """The account's sources by what they are; `staying`: those that are not being deleted."""

    def __init__(self, told: Iterable[tuple[int, str, bool]]) -> None:
        told = list(told)
        self.staying = {source for source, _, stays in told if stays}
        self.gateways = [source for source, kind, _ in told if kind == "gateway"]
        self.may_pair = bool(self.gateways) and any(kind == "store" for _, kind, _ in told)


def lines_of(account_id: int, ids: list[int]) -> dict[int, list[LineItem]]:
    """The lines of some rows, by the rows' ids."""
    lines: dict[int, list[LineItem]] = defaultdict(list)
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_LOAD_LINES, [account_id, ids])
            for row_id, *line in cursor:
                lines[row_id].append(LineItem(*line))
    return lines


def _read_lines(account_id: int, rows: list[Row], written: Mapping[int, Row]) -> None:
    """Give the rows their lines, of products as they are merged by now."""
    lines = lines_of(account_id, [row.id for row in rows if row.id not in written])
    merged = roots(account_id, Product)
    for row in rows:
        own = row.lines if row.id in written else lines.get(row.id, ())
        row.lines = tuple(_merged(line, merged) for line in own) if merged else tuple(own)


def _merged(line: LineItem, merged: Mapping[int, int]) -> LineItem:
    known = line.product_id is not None and line.product_id in merged
    return line._replace(product_id=merged[line.product_id or 0]) if known else line


def _read_decisions(account_id: int, rows: list[Row]) -> None:
    """Tell the rows of shops which payments a person says they are not."""
    stores = {(row.source_id, row.external_id): row for row in rows if row.source_kind == "store"}
    apart: dict[tuple[int, str], set[tuple[int, str]]] = defaultdict(set)
    if not stores:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LOAD_DECISIONS, [[source for source, _ in stores], [ref for _, ref in stores], account_id])
        for source, ref, *other in cursor:
            apart[source, ref].add((other[0], other[1]))
    for key, others in apart.items():
        stores[key].apart = frozenset(others)


def _lookups(rows: list[Row], sources: _Sources) -> Iterator[tuple[str, list[Any]]]:
    """The statements that find the ids of the rows next to these, and what precedes the account in each."""
    if not rows:
        return
    own = list({row.source_id for row in rows})
    yield _CHILDREN, [own, [row.external_id for row in rows]]
    if orders := [row.order_ref for row in rows if row.order_ref]:
        yield _SAME_ORDER, [orders]
    if parents := [row.parent_ref for row in rows if row.parent_ref]:
        yield _NAMED, [own, parents]
    if sources.may_pair:
        yield from _lookups_of_twins(rows, sources)


def _lookups_of_twins(rows: list[Row], sources: _Sources) -> Iterator[tuple[str, list[Any]]]:
    if named := [row for row in rows if row.source_kind == "store" and row.payment_ref]:
        references_named = [row.payment_ref for row in named]
        times = [row.occurred_at for row in named]
        yield _NAMED, [sources.gateways, references_named]
        yield _ALSO_NAMED, [min(times) - REACH, max(times) + REACH, references_named]
    if names := [name for row in rows if row.source_kind == "gateway" for name in references(row)]:
        yield _PAID_BY, [names]
    if unnamed := [row for row in rows if row.customer_id and _may_be_probable(row)]:
        customers = [row.customer_id for row in unnamed]
        times = [row.occurred_at for row in unnamed]
        yield _NEAR_IN_TIME, [customers, [at - NEAR for at in times], [at + NEAR for at in times]]


def _may_be_probable(row: Row) -> bool:
    if row.source_kind == "store":
        return row.payment_ref is None
    return row.source_kind == "gateway" and not row.names_a_shops_order
