"""Where the product runs while it is measured: a server and files of its own in var/bench, nothing reached outside."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import django
import psycopg
from django.core.management import call_command

from putler import local

ROOT: Final = Path(__file__).resolve().parent.parent
HOME: Final = ROOT / "var" / "bench"


@contextmanager
def product() -> Iterator[None]:
    """The product, set up in this process on its own database, as its command line is."""
    os.environ |= {"PUTLER_VAR": str(HOME), "DJANGO_SETTINGS_MODULE": "bench.settings", "LOG_LEVEL": "WARNING"}
    with local.database() as urls:
        if not urls:
            sys.exit("The benchmark brings a database of its own; unset DATABASE_URL.")
        django.setup()
        call_command("prepare_database", verbosity=0)
        call_command("update_rates", "--bundled", stderr=open(os.devnull, "w"))  # noqa: SIM115
        yield


def owner() -> psycopg.Connection:
    """A connection that may make the tables of peers; it sees no account's rows but one at a time, as anybody."""
    return psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True)


@contextmanager
def process(*command: str, inherited: int | None = None, **environment: str) -> Iterator[None]:
    """A program of the product beside us, ended with the block; `inherited`: a descriptor that it gets."""
    without = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    running = subprocess.Popen(
        [sys.executable, *command],
        env=without | environment,
        cwd=ROOT,
        start_new_session=True,
        pass_fds=[] if inherited is None else [inherited],
    )
    try:
        yield
    finally:
        running.terminate()
        with suppress(subprocess.TimeoutExpired):
            running.wait(timeout=10)
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
