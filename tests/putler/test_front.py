"""The site as it is deployed, seen from outside: gunicorn that speaks TLS itself, and Caddy before it."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from putler import front, postgres, tls
from tests.putler.conftest import CONFIGURED
from tests.putler.test_settings import PRODUCTION

pytestmark = [pytest.mark.rule("X9"), pytest.mark.rule("X1"), pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
S_CLIENT = ["openssl", "s_client", "-cipher", "ALL:@SECLEVEL=0"]
HANDSHAKE = r"^New, (TLSv\S+), Cipher is (\S+)$(?s:.*)^Server public key is (\d+) bit$"
GUNICORN = [sys.executable, "-m", "gunicorn", "putler.wsgi", "--config", "deploy/gunicorn.conf.py"]


Start = Callable[[dict[str, str]], AbstractContextManager["Front"]]


class Front(NamedTuple):
    """Where a front listens, and who vouches for it."""

    port: int
    http_port: int
    ca: str

    def seen(self) -> front.Measured:
        place = front.Place("localhost", self.port, self.http_port, self.ca)
        return front.measured(place, now=datetime.now(UTC))

    def shakes_hands(self, version: str) -> str:
        """What `openssl s_client` says of a handshake with this version; empty where there was none."""
        asked = [
            "openssl",
            "s_client",
            "-connect",
            f"localhost:{self.port}",
            f"-{version}",
            "-cipher",
            "ALL:@SECLEVEL=0",
        ]
        said = subprocess.run(asked, input=b"", capture_output=True, timeout=20).stdout.decode()
        found = re.search(HANDSHAKE, said, re.MULTILINE)
        return " ".join(found.groups()) if found else ""


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a production on a server that does not call itself embedded, with a certificate."""
    home = tmp_path_factory.mktemp("production")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(CONFIGURED)}
    certificate, key = tls.make_local(home / "tls", now=datetime.now(UTC))
    with postgres.server(home, options=(*postgres.FAST_BUT_NOT_CRASH_SAFE, "cluster_name=production")) as url:
        database = postgres.bootstrap(url)["DATABASE_URL"]
        own = {"PUBLIC_URL": "https://localhost", "DATABASE_URL": database, "PUTLER_VAR": str(home), "WEB_WORKERS": "1"}
        yield inherited | PRODUCTION | own | {"TLS_CERTIFICATE": str(certificate), "TLS_KEY": str(key)}
    shutil.rmtree(postgres.data_folder(home).parent)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def running(command: list[str], environment: dict[str, str], *ports: int) -> Iterator[None]:
    """Start a program, wait until it listens, and end it."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            until = time.monotonic() + 60
            while not all(listens(port) for port in ports):
                if process.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    pytest.fail(log.read().decode())
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


def listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def gunicorn_alone(production: dict[str, str]) -> Iterator[Front]:
    """As in deploy/systemd without a proxy: one that speaks TLS, one that sends everybody there."""
    port, http_port = free_port(), free_port()
    plain = {"BIND": f"127.0.0.1:{http_port}", "TLS_CERTIFICATE": "", "TLS_KEY": ""}
    with (
        running(GUNICORN, production | {"BIND": f"127.0.0.1:{port}"}, port),
        running(GUNICORN, production | plain, http_port),
    ):
        yield Front(port, http_port, production["TLS_CERTIFICATE"])


@contextmanager
def caddy_before_gunicorn(production: dict[str, str]) -> Iterator[Front]:
    """As in deploy/Caddyfile, with a certificate of one's own."""
    caddy = shutil.which("caddy")
    if caddy is None:  # its package starts a server on port 80, so nothing installs it unasked
        pytest.skip("deploy/Caddyfile WAS NOT TRIED: there is no Caddy here; `apt-get install caddy` brings it.")
    site, port, http_port = free_port(), free_port(), free_port()
    behind = {"BIND": f"127.0.0.1:{site}", "TRUSTED_PROXIES": "1", "TLS_CERTIFICATE": "", "TLS_KEY": ""}
    before = {
        "PUTLER_HOST": "localhost",
        "PUTLER_UPSTREAM": f"127.0.0.1:{site}",
        "HTTPS_PORT": str(port),
        "HTTP_PORT": str(http_port),
        "TLS_FILES": f"{production['TLS_CERTIFICATE']} {production['TLS_KEY']}",
        "XDG_DATA_HOME": production["PUTLER_VAR"],
        "XDG_CONFIG_HOME": production["PUTLER_VAR"],
    }
    command = [caddy, "run", "--adapter", "caddyfile", "--config", str(ROOT / "deploy" / "Caddyfile")]
    with running(GUNICORN, production | behind, site), running(command, os.environ | before, port, http_port):
        yield Front(port, http_port, production["TLS_CERTIFICATE"])


@pytest.mark.parametrize("start", [gunicorn_alone, caddy_before_gunicorn], ids=["gunicorn", "caddy"])
def test_the_front_is_as_it_should_be(production: dict[str, str], start: Start) -> None:
    with start(production) as shown:
        seen = shown.seen()
        assert seen.faults == ()
        assert (seen.protocols, seen.key) == (("TLS 1.2", "TLS 1.3"), "EC 256")
        assert seen.hsts == "max-age=63072000; includeSubDomains"

        hands = {version: shown.shakes_hands(version) for version in ("tls1", "tls1_1", "tls1_2", "tls1_3")}
        assert (hands["tls1"], hands["tls1_1"]) == ("", "")
        assert re.fullmatch(r"TLSv1\.2 ECDHE-ECDSA-AES\d+-GCM-SHA\d+ 256", hands["tls1_2"])
        assert re.fullmatch(r"TLSv1\.3 TLS_\S+ 256", hands["tls1_3"])
