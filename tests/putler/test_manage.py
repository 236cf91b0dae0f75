"""manage.py on a fresh clone: every command brings its own database."""

import subprocess
import sys
from pathlib import Path

import pytest

MANAGE = [sys.executable, str(Path(__file__).resolve().parents[2] / "manage.py")]


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run([*MANAGE, *arguments], env=environment, capture_output=True, text=True, timeout=60)


def test_stdout_is_the_answer_alone(fresh_clone: dict[str, str]) -> None:
    code = "from accounts.models import User; print(User.objects.count())"

    answer = run(fresh_clone, "shell", "-v0", "-c", code)

    assert (answer.returncode, answer.stdout) == (0, "0\n"), answer.stderr


@pytest.mark.rule("R5")
def test_an_ordinary_command_does_not_hold_the_owners_url(fresh_clone: dict[str, str]) -> None:
    code = "import os; print('DATABASE_OWNER_URL' in os.environ)"

    assert run(fresh_clone, "shell", "-v0", "-c", code).stdout == "False\n"


def test_migrate_runs_as_the_owner(fresh_clone: dict[str, str]) -> None:
    assert [run(fresh_clone, "migrate", *how).returncode for how in ([], ["--check"])] == [0, 0]


def test_migrate_says_what_is_missing(fresh_clone: dict[str, str]) -> None:
    configured = {"PUTLER_MODE": "local", "SECRET_KEY": "s", "PUTLER_KEYS": "k", "DATABASE_URL": "postgresql://x/y"}

    refused = run(fresh_clone | configured, "migrate")

    assert refused.returncode == 1
    assert "set DATABASE_OWNER_URL" in refused.stderr


def test_secrets_are_made_once_and_for_us_alone(fresh_clone: dict[str, str]) -> None:
    run(fresh_clone, "check")
    file = Path(fresh_clone["PUTLER_VAR"]) / "local.env"
    made = file.read_text()

    run(fresh_clone, "check")

    assert file.read_text() == made
    assert file.stat().st_mode & 0o777 == 0o600


def test_bootstrap_needs_neither_settings_nor_a_server_of_ours(fresh_clone: dict[str, str], tmp_path: Path) -> None:
    environment = fresh_clone | {"PUTLER_VAR": str(tmp_path)}

    refused = run(environment, "bootstrap_database", "postgresql://postgres@/postgres?host=/nowhere")

    assert "CommandError: connection" in refused.stderr
    assert not (tmp_path / "postgres").exists()
