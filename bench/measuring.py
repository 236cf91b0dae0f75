"""One size, measured from its files to its pages."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.utils import timezone

from accounts.models import Account
from analytics import rollups
from analytics.models import Generation, State
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
    found |= _copies(account)
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


def _copies(account: Account) -> Result:
    """Seconds to copy the ledger with its indexes, and the bytes that ledger, facts alone and rollups fill."""
    with tenant(account.pk):
        serving = Generation.objects.get(account=account, state=State.SERVING).pk
    ledger, facts = (copying.copied_indexed(account.pk, tables) for tables in (copying.LEDGER, copying.FACTS))
    names = [table._meta.db_table for table in rollups.TABLES]
    summed = copying.copied_indexed(account.pk, names, generation=serving)
    sizes = {"rollups": summed.size, "ledger": ledger.size, "facts": facts.size}
    return {"copied": ledger.seconds, "bytes": sizes}


def _times(size: int) -> int:
    return MEASURED if size <= 10**5 else 1
