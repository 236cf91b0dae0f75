"""The sandbox as a program: `python -m datasources.sandbox --port 0` prints its address and runs until it is ended."""

import argparse
import signal
import sys
from datetime import date
from pathlib import Path
from threading import Event

from .dialects.stripe import Manner
from .dialects.stripe.tokens import Client
from .server import Sandbox
from .world.shop import OPENED, World


def main() -> int:
    """Serve until a signal arrives."""
    options = _options()
    ending = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    client = Client(options.client_id, options.client_secret)
    stripe = Manner(client=client, per_second=options.per_second, version=options.api)
    server = Sandbox(port=options.port, world=World(seed=options.seed, opened=options.opened), stripe=stripe)
    with server.with_rates(options.rates) if options.rates else server as sandbox:
        sys.stdout.write(f"{sandbox.url}\n")
        sys.stdout.flush()
        ending.wait()
    return 0


def _options() -> argparse.Namespace:
    usual = Manner()
    parser = argparse.ArgumentParser(prog="python -m datasources.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", default="harbour", help="another seed tells of another shop")
    parser.add_argument("--opened", type=date.fromisoformat, default=OPENED, help="the shop's first day")
    parser.add_argument("--client-id", default=usual.client.identifier)
    parser.add_argument("--client-secret", default=usual.client.secret)
    parser.add_argument("--per-second", type=int, default=usual.per_second, help="requests a key may send")
    parser.add_argument("--api", default=usual.version, help="Stripe's version for clients that name none")
    parser.add_argument("--rates", type=Path, help="the ECB's eurofxref-hist.zip, from which its rates go on")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
