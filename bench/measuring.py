"""One size, measured from its files to its pages."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Account
from analytics import rollups
from bench import agreement, columns, copying, loading, pages, shop
from bench.ranges import RANGES, Range
from bench.surroundings import HOME
from bench.timing import MEASURED, seconds, typical
from bench.widgets import WIDGETS, Question
from putler.tenancy import tenant

Result = dict[str, Any]
Say = Callable[[str], None]
SLOW = 20.0  # seconds that a peer may take before it is measured once only


def measure(size: int, say: Say) -> Result:
    """Everything about an account of so many rows."""
    files = shop.write(size, HOME / "files")
    account = loading.new_account(f"{size} rows")
    found: Result = {"size": size} | _moved_in(account, files, say)
    say("rollups: again from nothing")
    found["rebuild"] = typical(lambda: rollups.rebuild(account.pk, now=timezone.now()), measured=_times(size))
    found["copied"] = copying.copied_indexed(account.pk)
    found["bytes"] = _bytes(account)
    say("widgets")
    with columns.columns_of(account.pk, HOME) as duck:
        found["widgets"] = {each.name: dict(_widgets(account, each, duck)) for each in RANGES}
        found["unequal"] = [*agreement.unequal(account, [agreement.postgresql(account), agreement.columnar(duck)])]
    say("pages")
    with pages.site() as port:
        found["pages"] = pages.measured(account, port)
        say("one new transaction")
        found["seen_after"] = pages.seen_after(account, port)
    return found


def _moved_in(account: Account, files: list[Any], say: Say) -> Result:
    say("import")
    first, rewritten = loading.take(account, files), loading.rewritten()
    say("the same files again")
    again = loading.take(account, files)
    changed = loading.rewritten() - rewritten
    say("bare COPY and upsert")
    peer = copying.upserted(account.pk)
    return {"import": vars(first), "again": vars(again) | {"rewritten": changed}, "peer": peer._asdict()}


def _widgets(account: Account, asked: Range, duck: Any) -> Iterator[tuple[str, Result]]:
    question = Question.of(account, asked)
    engines = {"raw": agreement.postgresql(account), "duckdb": agreement.columnar(duck)}
    for name, ours in WIDGETS.items():
        found = {"ours": typical(partial(ours, question))}
        for who, engine in engines.items():
            ask = partial(agreement.answers, question, name, engine)
            took = seconds(ask)
            found[who] = took if took > SLOW else typical(ask)
        yield name, found


def _bytes(account: Account) -> Result:
    """Bytes on disk of the account's rows: its share of each table by rows, for other accounts lie there too."""
    kinds = {"rollups": [table._meta.db_table for table in rollups.TABLES], "ledger": [*copying.LEDGER]}
    return {kind: sum(_share(account, table) for table in tables) for kind, tables in kinds.items()} | {
        "facts": sum(_share(account, table) for table in copying.FACTS)
    }


def _share(account: Account, table: str) -> int:
    with tenant(account.pk), connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT relid FROM pg_partition_tree('{table}') WHERE isleaf
                AND relid IN (SELECT tableoid FROM {table} WHERE account_id = %s LIMIT 1)""",  # noqa: S608
            [account.pk],
        )
        [(relation,)] = cursor.fetchall() or [(None,)]
        cursor.execute("SELECT coalesce(pg_total_relation_size(%s), 0)", [relation])
        return int(cursor.fetchone()[0])


def _times(size: int) -> int:
    return MEASURED if size <= 10**5 else 1
