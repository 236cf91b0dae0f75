"""`python -m bench.fairness`: how long a small account waits for its figures beside long histories, with one worker.

Two shops of the sandbox: one of two years, with as many accounts reading it as are named, and one of three weeks. Times
are those of the small one, from its connection to its first rows and to its last, alone and while the others' history
is being read. What counts is their ratio.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

KEY = "rk_test_sandbox"
LONGEST = 900.0  # seconds


def main() -> int:
    """Measure both, and print JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.fairness", description=__doc__)
    parser.add_argument("--large", type=int, default=2, help="accounts that read two years")
    options = parser.parse_args()
    with ExitStack() as stack:
        _begin(stack)
        alone = _measure(0)
        beside = _measure(options.large)
    ratios = {name: round(beside[name] / alone[name], 1) for name in alone}
    sys.stdout.write(json.dumps({"alone": alone, "beside": beside, "ratio": ratios}, indent=1) + "\n")
    return 0


def _begin(stack: ExitStack) -> None:
    """A server, a database, and Django."""
    import django

    from putler import postgres
    from tests import ENVIRONMENT

    os.environ.update(ENVIRONMENT)  # noqa: TID251  a program of its own
    folder = Path(stack.enter_context(TemporaryDirectory()))
    server = stack.enter_context(postgres.server(folder, options=postgres.FAST_BUT_NOT_CRASH_SAFE))
    os.environ.update(postgres.bootstrap(server), DJANGO_SETTINGS_MODULE="putler.settings", LOG_LEVEL="ERROR")  # noqa: TID251
    django.setup()
    from django.core.management import call_command

    call_command("migrate", database="owner", verbosity=0)
    call_command("createcachetable", database="owner", verbosity=0)
    _read_each_at_its_own()


def _measure(large: int) -> dict[str, float]:
    """Seconds of the small account until its first rows, and until all of them."""
    from datasources.sandbox.dialects.stripe import Manner
    from datasources.sandbox.server import Sandbox
    from datasources.sandbox.world.shop import World

    today = datetime.now(UTC).date()
    manner = Manner(per_second=10**6)
    with (
        Sandbox(world=World(), stripe=manner) as old,
        Sandbox(world=World(opened=today - timedelta(days=21)), stripe=manner) as young,
    ):
        for number in range(large):
            _connect(old, f"large {number}")
            _work(lambda: False, rest=22)  # their first looks are over, and history has begun
        begun = time.monotonic()
        source = _connect(young, f"small beside {large}")
        _work(lambda: _rows(source) > 0)
        first = time.monotonic() - begun
        _work(lambda: _is_whole(source))
        return {"first rows": round(first, 2), "all rows": round(time.monotonic() - begun, 2)}


def _connect(sandbox: Any, name: str) -> Any:
    from django.conf import settings

    from accounts.models import Account
    from datasources.services.connecting import accept_key
    from datasources.services.providers import provider

    _lead_to(sandbox, settings)
    account = Account.objects.create(name=name, base_currency="EUR", time_zone="Europe/Berlin")
    source = accept_key(account, provider("stripe"), KEY, now=datetime.now(UTC))
    _ADDRESS[account.pk] = sandbox
    return source


_ADDRESS: dict[int, Any] = {}


def _read_each_at_its_own() -> None:
    """Have each account's lists read at its own sandbox, whoever's job it is that reads them."""
    from django.conf import settings

    tasks: Any = import_module("datasources.tasks")
    read = tasks.import_slice

    def import_slice(account_id: int, stream_id: int) -> None:
        _lead_to(_ADDRESS[account_id], settings)
        read(account_id, stream_id)

    tasks.import_slice = import_slice


def _lead_to(sandbox: Any, settings: Any) -> None:
    address = {"API_URL": f"{sandbox.url}/stripe", "AUTH_URL": f"{sandbox.url}/stripe"}
    settings.PROVIDERS = {"stripe": settings.PROVIDERS["stripe"] | address}


def _work(is_done: Callable[[], bool], *, rest: int = 10**9) -> None:
    """One worker: the queue's jobs in their order, until that is so or so many have run."""
    from django_q.models import OrmQ

    from analytics import tasks as analytics
    from datasources import tasks

    until = time.monotonic() + LONGEST
    while rest and not is_done() and time.monotonic() < until:
        bell = OrmQ.objects.order_by("pk").first()
        if bell is None:
            return
        task, rest = bell.task, rest - 1
        bell.delete()
        name, ids = str(task["func"]).rpartition(".")[2].split()[0], task["args"]
        for module in (tasks, analytics):
            if hasattr(module, name) and "hook" not in name:
                getattr(module, name)(*ids)


def _rows(source: Any) -> int:
    from datasources.models import Transaction
    from putler.tenancy import tenant

    with tenant(source.account_id):
        return int(Transaction.objects.filter(account_id=source.account_id).count())


def _is_whole(source: Any) -> bool:
    from datasources.models import StreamState
    from putler.tenancy import tenant

    with tenant(source.account_id):
        states = list(StreamState.objects.filter(account_id=source.account_id))
    return all(state.is_complete for state in states)


if __name__ == "__main__":
    sys.exit(main())
