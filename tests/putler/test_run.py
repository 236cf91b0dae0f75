"""run.py as its users meet it: real processes, from the first start to the last."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from putler import tls
from run import _certify, _inbox, _sandbox, listen

pytestmark = pytest.mark.slow

LONGEST = 5  # days without rates: Christmas and a weekend
RUN = [sys.executable, str(Path(__file__).resolve().parents[2] / "run.py")]


class Site:
    """A running site: its process, what it printed, and its address."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("w") as file:
            self.process = subprocess.Popen(RUN, env=environment, stdout=file, stderr=subprocess.STDOUT)

    def address(self) -> str:
        """Wait until the site says where it is."""
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline and self.process.poll() is None:
            if match := re.search(r"Putler is at (\S+)", self.log.read_text()):
                return match[1]
            time.sleep(0.1)
        pytest.fail(self.log.read_text())


@contextmanager
def running(environment: dict[str, str]) -> Iterator[Site]:
    """Start the site and end it."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(environment, Path(folder) / "log")
        try:
            site.address()
            yield site
        finally:
            site.process.terminate()
            site.process.wait(timeout=20)


def family(environment: dict[str, str]) -> dict[int, str]:
    """Find every process that was started from this environment: {pid: its variables}."""
    mark, found = f"PUTLER_VAR={environment['PUTLER_VAR']}\0", {}
    for file in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # another's, or gone meanwhile
            found[int(file.parent.name)] = file.read_text(errors="replace")
    return {pid: variables for pid, variables in found.items() if mark in variables}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_site_comes_up_and_a_signal_ends_all_of_it(fresh_clone: dict[str, str], number: signal.Signals) -> None:
    with running(fresh_clone) as site:
        connection = HTTPConnection(urlsplit(site.address()).netloc, timeout=10)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200

        site.process.send_signal(number)

        assert site.process.wait(timeout=20) == 0
        assert not family(fresh_clone)


@pytest.mark.rule("R5")
def test_no_child_is_given_the_owners_url(fresh_clone: dict[str, str]) -> None:
    with running(fresh_clone):
        children = {pid: variables for pid, variables in family(fresh_clone).items() if "\0DATABASE_URL=" in variables}

        assert len(children) > 3
        assert not [pid for pid, variables in children.items() if "\0DATABASE_OWNER_URL=" in variables]


def test_a_child_that_dies_ends_everything(fresh_clone: dict[str, str]) -> None:
    with running(fresh_clone) as site:
        worker = min(pid for pid, variables in family(fresh_clone).items() if "Q_CLUSTER_NAME=short" in variables)
        os.kill(worker, signal.SIGKILL)

        assert site.process.wait(timeout=20) == 1
        assert "The short worker ended with status -9" in site.log.read_text()
        assert not family(fresh_clone)


def _mails_to(address: str, folder: Path) -> list[str]:
    """Those that are whole; a seal of the audit logs may be among the others."""
    mails = [path.read_text() for path in folder.glob("[!.]*.eml")]
    return [mail for mail in mails if f"To: {address}" in mail]


def test_a_mail_of_local_mode_arrives_in_its_inbox_and_nowhere_else(fresh_clone: dict[str, str]) -> None:
    folder = Path(fresh_clone["PUTLER_VAR"]) / "inbox"
    with running(fresh_clone) as site:
        browser = build_opener(HTTPCookieProcessor())
        page = browser.open(f"{site.address()}/password/reset/", timeout=10).read().decode()
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        form = urlencode({"csrfmiddlewaretoken": token[1], "email": "nobody@example.com"})
        browser.open(f"{site.address()}/password/reset/", form.encode(), timeout=10)
        deadline = time.monotonic() + 20
        while not (mails := _mails_to("nobody@example.com", folder)) and time.monotonic() < deadline:
            time.sleep(0.1)

        assert len(mails) == 1
        assert "Nobody signs in" in browser.open(f"{site.address()}/inbox/", timeout=10).read().decode()


@pytest.mark.parametrize(
    ("mode", "url"), [("local", "smtp://mail.example.com"), ("production", "smtps://mail.example.com")]
)
def test_a_configured_mail_server_is_used(monkeypatch: pytest.MonkeyPatch, mode: str, url: str) -> None:
    monkeypatch.setenv("PUTLER_MODE", mode)
    monkeypatch.setenv("EMAIL_URL", url)

    assert _inbox() == []
    assert os.environ["EMAIL_URL"] == url


def test_the_sandbox_brings_rates_of_the_last_working_day_at_once(fresh_clone: dict[str, str]) -> None:
    with running(fresh_clone) as site:
        url = next(
            found[1] for text in family(fresh_clone).values() if (found := re.search(r"\0DATABASE_URL=(.+?)\0", text))
        )
        deadline = time.monotonic() + 60
        with psycopg.connect(url, autocommit=True) as connection:
            newest = 'SELECT current_date - max("on") FROM datasources_rate'
            while (age := connection.execute(newest).fetchone()) and age[0] > LONGEST and time.monotonic() < deadline:
                time.sleep(0.5)

        assert age
        assert age[0] <= LONGEST
        assert "Exchange rates stay as they are" not in site.log.read_text()


@pytest.mark.parametrize("address", ["", "https://rates.example.com"])
def test_a_configured_source_of_rates_is_kept(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(os, "environ", {"PUTLER_MODE": "local", "PROVIDER_ECB_API_URL": address})
    children = _sandbox()

    assert os.environ["PROVIDER_ECB_API_URL"] == (address or f"{os.environ['SANDBOX_URL']}/ecb")
    assert Path(children[0].command[-1]).is_file()


def test_the_sandbox_knows_the_tokens_that_it_gave_before_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = []
    for _ in range(2):
        monkeypatch.setattr(os, "environ", {"PUTLER_MODE": "local", "SECRET_KEY": "secret"})
        (child,) = _sandbox()
        commands.append(child.command)

    secrets = [command[command.index("--client-secret") + 1] for command in commands]
    assert secrets[0] == secrets[1]


@pytest.mark.parametrize(
    "environment", [{"PUTLER_MODE": "production"}, {"PUTLER_MODE": "local", "PROVIDER_STRIPE_API_URL": "https://x"}]
)
def test_the_sandbox_runs_in_local_mode_alone_and_unless_a_provider_is_named(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    monkeypatch.setattr(os, "environ", environment)

    assert _sandbox() == []


@pytest.mark.rule("X9")
def test_a_certificate_is_made_in_local_mode_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "environ", {"TLS": "1", "PUTLER_MODE": "local", "PUTLER_VAR": str(tmp_path)})
    _certify()
    assert tls.weakness_of_file(os.environ["TLS_CERTIFICATE"]) == ""
    [sandbox] = _sandbox()
    assert sandbox.environment == {"SSL_CERT_FILE": os.environ["TLS_CERTIFICATE"]}  # it rings at our own address

    for environment in ({"PUTLER_MODE": "production"}, {}):
        monkeypatch.setattr(os, "environ", {"TLS": "1", "PUTLER_VAR": str(tmp_path)} | environment)
        with pytest.raises(ImproperlyConfigured, match="in local mode alone"):
            _certify()


def test_a_taken_port_is_left_to_its_owner() -> None:
    with listen(18_000) as first, listen(first.getsockname()[1]) as second:
        assert second.getsockname() > first.getsockname()
        assert second.getsockname()[0] == "127.0.0.1"


def test_an_answer_does_not_wait_for_the_client_to_confirm_its_first_part() -> None:
    with listen(18_000) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


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
