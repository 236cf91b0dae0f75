"""`python -m bench [SIZE …] [--provider]`: measure, print the tables, write var/bench/results.json and a drawing."""

import argparse
import sys
import time
from functools import partial

from bench.surroundings import HOME, product


def main() -> int:
    """Measure each size in turn, the provider last."""
    options = _options()
    HOME.mkdir(parents=True, exist_ok=True)
    with product():
        from bench import measuring, provider, report

        began = time.monotonic()
        results = {}
        for size in options.sizes:
            results[size] = measuring.measure(size, partial(_say, began, size))
            report.keep(results, {}, HOME)
        _say(began, 0, "provider")
        found = provider.measure(options.opened)
        report.keep(results, found, HOME)
        print("\n".join(report.text(results, found)))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=lambda text: int(float(text)), default=[10**5, 10**6])
    parser.add_argument("--opened", default="2024-01-01", help="the first day of the sandbox's shop")
    return parser.parse_args()


def _say(began: float, size: int, what: str) -> None:
    print(f"{time.monotonic() - began:7.0f} s  {size:>10,} rows  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
