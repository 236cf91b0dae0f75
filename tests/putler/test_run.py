"""run.py as its users meet it: real processes, from the first start to the last."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

RUN = [sys.executable, str(Path(__file__).resolve().parents[2] / "run.py")]


@contextmanager
def running(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the site; yield its process and address."""
    with subprocess.Popen(RUN, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = iter(process.stdout.readline, "")
        address = next((match[1] for line in lines if (match := re.search(r"Putler is at (\S+)", line))), "")
        try:
            yield process, address
        finally:
            process.terminate()


def family(environment: dict[str, str]) -> dict[int, str]:
    """Find every process that was started from this environment: {pid: its variables}."""
    mark, found = f"PUTLER_VAR={environment['PUTLER_VAR']}\0", {}
    for file in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # another's, or gone meanwhile
            found[int(file.parent.name)] = file.read_text(errors="replace")
    return {pid: variables for pid, variables in found.items() if mark in variables}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_site_comes_up_and_a_signal_ends_all_of_it(fresh_clone: dict[str, str], number: signal.Signals) -> None:
    with running(fresh_clone) as (process, address):
        connection = HTTPConnection(urlsplit(address).netloc, timeout=10)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200

        process.send_signal(number)

        assert process.wait(timeout=20) == 0
        assert not family(fresh_clone)


@pytest.mark.rule("R5")
def test_no_child_is_given_the_owners_url(fresh_clone: dict[str, str]) -> None:
    with running(fresh_clone) as (process, _):
        children = {pid: variables for pid, variables in family(fresh_clone).items() if "\0DATABASE_URL=" in variables}

        assert len(children) > 3
        assert not [pid for pid, variables in children.items() if "\0DATABASE_OWNER_URL=" in variables]


def test_a_child_that_dies_ends_everything(fresh_clone: dict[str, str]) -> None:
    with running(fresh_clone) as (process, _):
        worker = min(pid for pid, variables in family(fresh_clone).items() if "Q_CLUSTER_NAME=short" in variables)
        os.kill(worker, signal.SIGKILL)

        assert process.wait(timeout=20) == 1
        assert process.stderr
        assert "The short worker ended with status -9" in process.stderr.read()
        assert not family(fresh_clone)


def test_a_taken_port_is_left_to_its_owner(fresh_clone: dict[str, str]) -> None:
    with running(fresh_clone) as (_, first), running(fresh_clone) as (_, second):
        assert urlsplit(second).port > urlsplit(first).port  # type: ignore[operator]


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_OWNER_URL"])
def test_one_database_url_alone_is_refused(fresh_clone: dict[str, str], name: str) -> None:
    environment = fresh_clone | {name: "postgresql://someone@db.example.com/putler"}

    refused = subprocess.run(RUN, env=environment, capture_output=True, text=True, timeout=20)

    assert refused.returncode == 2
    assert "bootstrap_database" in refused.stderr


def test_an_unconfigured_production_is_refused_with_a_sentence(fresh_clone: dict[str, str]) -> None:
    environment = fresh_clone | {"PUTLER_MODE": "production"}

    refused = subprocess.run(RUN, env=environment, capture_output=True, text=True, timeout=20)

    assert refused.returncode == 2
    assert refused.stderr.startswith("SECRET_KEY is not set.")
