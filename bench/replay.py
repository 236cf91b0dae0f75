"""The sandbox as a fast provider: it answers again from memory, so that the reader alone is measured.

`python -m bench.replay --now 2026-11-01T00:00:00+00:00 …` prints its address and runs until it is ended.
"""

import argparse
import time
from datetime import date, datetime
from threading import Event, Lock

from datasources.sandbox.dialects.stripe import Manner
from datasources.sandbox.server import Sandbox
from datasources.sandbox.wire import Answer, Request, told
from datasources.sandbox.world.shop import World


class Replay:
    """Answers in the sandbox's place: remembered, after a pause, and refused above so many a second."""

    def __init__(self, *, pause: float, per_second: float) -> None:
        self.pause, self.per_second = pause, per_second
        self.sandbox: Sandbox | None = None
        self._known: dict[tuple[str, str], Answer] = {}
        self._begun: list[float] = []
        self._lock = Lock()

    def __call__(self, request: Request) -> Answer | None:
        if self.per_second and not self._may():
            return told({"error": {"message": "Too many requests"}}, status=429)
        time.sleep(self.pause)
        key = request.path, request.query
        if request.method != "GET":
            return None
        if key not in self._known:
            assert self.sandbox  # noqa: S101
            self._known[key] = self.sandbox.stripe.handle(request)
        return self._known[key]

    def _may(self) -> bool:
        """Whether fewer than the limit were asked within the last second."""
        with self._lock:
            now = time.monotonic()
            self._begun = [at for at in self._begun if at > now - 1]
            if len(self._begun) >= self.per_second:
                return False
            self._begun.append(now)
            return True


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--now", type=datetime.fromisoformat, required=True)
    parser.add_argument("--opened", type=date.fromisoformat, required=True)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--per-second", type=float, default=0.0)
    options = parser.parse_args()
    replay = Replay(pause=options.pause, per_second=options.per_second)
    manner = Manner(per_second=10**6)
    sandbox = Sandbox(world=World(opened=options.opened), now=lambda: options.now, stripe=manner, faults=replay)
    replay.sandbox = sandbox
    with sandbox:
        print(sandbox.url, flush=True)
        Event().wait()


if __name__ == "__main__":
    main()
