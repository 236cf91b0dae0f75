"""A mutant that no longer applies proves nothing."""

import subprocess

from tests.mutants.__main__ import PATCHES, ROOT

APPLY = ("git", "apply", "--check", "--unidiff-zero")


def test_every_mutant_applies_and_names_tests_that_exist() -> None:
    for patch in PATCHES.glob("*.patch"):
        tests = patch.read_text().splitlines()[1].removeprefix("# tests: ").split()
        checked = subprocess.run([*APPLY, patch], cwd=ROOT, capture_output=True, text=True, check=False)

        assert not checked.returncode, checked.stderr
        assert tests
        assert all((ROOT / test.partition("::")[0]).exists() for test in tests), patch.name
