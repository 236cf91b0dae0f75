"""Workers on a fake clock: jobs from the real queue, lost, doubled, overtaken, and killed at a commit."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.db.models import Q
from django_q.models import OrmQ

from accounts.models import Account
from analytics import rollups
from datasources.importing.claims import LEASE
from datasources.importing.slices import import_slice
from datasources.models import StreamState
from putler.tenancy import tenant
from tests.importing.conftest import Clock

JOBS = 4_000  # more than any seed needs
AMONG_WORKERS = (
    "killed before a commit", "killed after a commit", "interrupted", "taken for dead", "bell twice", "bell lost"
)  # fmt: skip


class Killed(BaseException):
    """The worker is gone: nothing of it runs any more, and its connection is closed."""


class Workers:
    """What runs the jobs of one account. `skew`: how far their clock is from the shop's."""

    def __init__(self, account: Account, clock: Clock, *, rng: Random, skew: timedelta) -> None:
        self.account, self.shop_clock, self.rng, self.skew = account, clock, rng, skew
        self.is_calm = False
        self.seen: Counter[str] = Counter()
        self._is_nested = False

    def clock(self) -> datetime:
        """The workers' time; now and then another worker gets on while this one looks at it."""
        may_interrupt = not (self.is_calm or self._is_nested or connection.in_atomic_block)
        if may_interrupt and self.rng.random() < 0.03:
            self._interrupt()
        return self.shop_clock() + self.skew

    def sleep(self, seconds: float) -> None:
        """Let a pause pass."""
        self.shop_clock.forward(seconds=seconds)

    def work(self, most: int = JOBS) -> None:
        """Run jobs until there are none that are due, or so many have run."""
        for _ in range(most):
            job = self._next_job()
            if job is None:
                return
            self._run(*job)
        assert most < JOBS, "The jobs never end."

    @contextmanager
    def mortal(self) -> Iterator[None]:
        """Let commits be the last that a worker does."""
        commit = connection.commit

        def fatal() -> None:
            fate = "" if self.is_calm else self.rng.choices(("", "before", "after"), (40, 1, 1))[0]
            self.seen[f"killed {fate} a commit"] += bool(fate)
            if fate == "before":
                connection.close()
                raise Killed
            commit()
            if fate == "after":
                connection.run_on_commit = []  # its bells are never rung
                connection.run_commit_hooks_on_set_autocommit_on = False
                raise Killed

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(connection, "commit", fatal)
            yield

    def survive(self, deed: Callable[[], object]) -> None:
        """Do something as a process that may be killed, and whose successor finds the connection new."""
        try:
            deed()
        except Killed:
            connection.close()

    def _interrupt(self) -> None:
        """Another worker runs, perhaps after this one stood still so long that it is taken for dead."""
        self._is_nested = True
        self.seen["interrupted"] += 1
        if self.rng.random() < 0.5:
            self.seen["taken for dead"] += 1
            self.shop_clock.forward(seconds=LEASE.total_seconds() + 1)
        for state in self.rng.sample(self.states(), 2):
            self.survive(lambda pk=state.pk: self._slice(pk))  # type: ignore[misc]
        self._is_nested = False

    def _next_job(self) -> tuple[str, int] | None:
        """A bell from the queue, else what the sweep would ring for."""
        bells = list(OrmQ.objects.order_by("pk")[:8])
        if bells:
            bell = bells[0] if self.is_calm else self.rng.choice(bells)
            task = bell.task
            comes_twice = not self.is_calm and self.rng.random() < 0.1
            self.seen["bell twice"] += comes_twice
            if not comes_twice:
                bell.delete()
                if not self.is_calm and self.rng.random() < 0.05:
                    self.seen["bell lost"] += 1
                    return self._next_job()
            return str(task["func"]), task["args"][-1]
        now = self.shop_clock() + self.skew
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        with tenant(self.account.pk):
            due = StreamState.objects.filter(free, account=self.account, due_at__lte=now).order_by("number").first()
        return ("import_stream", due.pk) if due else None

    def _run(self, name: str, number: int) -> None:
        if "import_stream" in name:
            self.survive(lambda: self._slice(number))
        elif "drain_account" in name:
            self.survive(lambda: rollups.drain(self.account.pk, now=self.shop_clock()))

    def _slice(self, number: int) -> None:
        import_slice(self.account.pk, number, clock=self.clock, sleep=self.sleep)

    def states(self) -> list[StreamState]:
        """The lists of the account, in their order."""
        with tenant(self.account.pk):
            return list(StreamState.objects.filter(account=self.account).order_by("number"))
