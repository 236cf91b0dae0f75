"""Apply each patch alone to a copy of the tree and run the tests that it names: every one must fail.

`python -m tests.mutants [NAME …]`. The first line of a patch says what is broken, the second which tests notice:
`# tests: tests/agreement/test_golden.py`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.database import throw_away_server

ROOT = Path(__file__).resolve().parents[2]
PATCHES = Path(__file__).resolve().parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", ".*_cache", "__pycache__", ".hypothesis")
AT_ONCE = 2
LONGEST = 600  # seconds that the tests of one mutant may take
TESTS_FAILED = 1  # pytest's status; others mean that it could not run at all


class Verdict(NamedTuple):
    """Whether the tests noticed a mutant, and what they said."""

    name: str
    is_noticed: bool
    said: str


def main(names: list[str]) -> int:
    """Try the mutants named, or all; 1 when one of them lives."""
    patches = [patch for patch in sorted(PATCHES.glob("*.patch")) if not names or patch.stem in names]
    with throw_away_server() as urls, ThreadPoolExecutor(AT_ONCE) as pool:
        verdicts = list(pool.map(partial(_try, os.environ | urls), patches))
    alive = [verdict for verdict in verdicts if not verdict.is_noticed]
    for verdict in alive:
        print(f"\n{verdict.name} LIVES\n{verdict.said}")
    print(f"{len(verdicts) - len(alive)} of {len(verdicts)} mutants noticed")
    return 1 if alive or not verdicts else 0


def _try(environment: dict[str, str], patch: Path) -> Verdict:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
        applied = _run(["git", "apply", "--unidiff-zero", str(patch)], tree, environment)
        if applied.returncode:
            verdict = Verdict(patch.stem, is_noticed=False, said=f"The patch does not apply: {applied.stderr}")
        else:
            verdict = _noticed(patch, tree, environment)
    took = time.monotonic() - began
    print(f"{'noticed' if verdict.is_noticed else 'LIVES':8}{took:5.0f} s  {patch.stem}", flush=True)
    return verdict


def _noticed(patch: Path, tree: Path, environment: dict[str, str]) -> Verdict:
    tests = patch.read_text().splitlines()[1].removeprefix("# tests: ").split()
    command = [sys.executable, "-m", "pytest", "--quiet", "--exitfirst", "--numprocesses=0", *tests]
    ran = _run(command, tree, environment)
    return Verdict(patch.stem, ran.returncode == TESTS_FAILED, ran.stdout[-2000:] + ran.stderr[-1000:])


def _run(command: list[str], tree: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
