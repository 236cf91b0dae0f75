"""Which certificates are strong enough, and that the outside look sees every fault."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from putler import front, tls
from tests.putler.test_settings import settings

pytestmark = pytest.mark.rule("X9")
NOW = datetime.now(UTC)
NAMES = ["-addext", "subjectAltName=DNS:localhost"]
KEYS = {
    "rsa1024": ["rsa:1024"],
    "rsa2048": ["rsa:2048"],
    "p192": ["ec", "-pkeyopt", "ec_paramgen_curve:prime192v1"],
    "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    "ed25519": ["ed25519"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates that OpenSSL makes without complaint, one of each kind of key."""
    made = tmp_path_factory.mktemp("certificates")
    request = ["openssl", "req", "-x509", "-nodes", "-days", "9", "-subj", "/CN=localhost", *NAMES]
    for name, key in KEYS.items():
        files: list[str | Path] = ["-keyout", made / f"{name}.key", "-out", made / f"{name}.pem"]
        subprocess.run([*request, "-newkey", *key, *files], check=True, capture_output=True)
    return made


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("rsa1024", "The certificate's key is RSA 1024: less than RSA 2048 is too weak."),
        ("p192", "The certificate's key is EC 192: less than EC 256 is too weak."),
        ("ed25519", "The certificate's key is Ed25519PublicKey, which browsers do not take"),
        ("missing", r"cannot be read: No such file or directory\."),
        ("rsa2048", ""),
        ("p256", ""),
    ],
)
def test_a_weak_certificate_is_refused_by_the_command_and_at_the_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, sentence: str
) -> None:
    certificate, key = str(folder / f"{name}.pem"), str(folder / f"{name}.key")
    if not sentence:
        call_command("check_tls", certificate, stdout=StringIO())
        assert settings(monkeypatch, TLS_CERTIFICATE=certificate, TLS_KEY=key)["TLS_CERTIFICATE"] == certificate
        return

    with pytest.raises(ImproperlyConfigured, match=sentence):
        settings(monkeypatch, TLS_CERTIFICATE=certificate, TLS_KEY=key)
    if name != "missing":
        with pytest.raises(CommandError, match=sentence):
            call_command("check_tls", certificate)


def test_a_certificate_of_this_machine_lasts_thirty_days_and_is_renewed_in_its_last_week(tmp_path: Path) -> None:
    certificate, key = tls.make_local(tmp_path, now=NOW)
    first = certificate.read_bytes()
    read = x509.load_pem_x509_certificate(first)
    assert (tls.kind_of_key(read), tls.weakness(read)) == ("EC 256", "")
    assert timedelta(days=29) < read.not_valid_after_utc - NOW <= tls.LASTS
    assert key.stat().st_mode & 0o077 == 0

    tls.make_local(tmp_path, now=NOW + timedelta(days=20))
    assert certificate.read_bytes() == first

    tls.make_local(tmp_path, now=NOW + timedelta(days=25))
    assert certificate.read_bytes() != first


class Careless(BaseHTTPRequestHandler):
    """Answers what the class says."""

    header = ""

    def do_GET(self) -> None:
        self.send_response(200)
        if self.header:
            self.send_header("Strict-Transport-Security", self.header)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Silent(ThreadingHTTPServer):
    """Says nothing of handshakes that it refuses."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(context: ssl.SSLContext | None, handler: type[Careless] = Careless) -> Iterator[int]:
    """A server of one's own; yields its port."""
    server = Silent(("127.0.0.1", 0), handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_everything_that_is_wrong_with_a_front_is_said(folder: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(folder / "rsa1024.pem", folder / "rsa1024.key")
    with served(context) as port, served(None) as http_port:
        seen = front.measured(front.Place("localhost", port, http_port), now=NOW)

    assert (seen.protocols, seen.key) == (("TLS 1.0", "TLS 1.1", "TLS 1.2"), "RSA 1024")
    said = "\n".join(seen.faults)
    for part in (
        "TLS 1.0 is accepted",
        "TLS 1.1 is accepted",
        "TLS 1.3 is refused",
        "RSA 1024: less than RSA 2048",
        "not one for localhost that a browser trusts",
        "is accepted; ECDHE with an authenticated cipher is wanted",
        "Strict-Transport-Security does not bind",
        "not sent to https for good, but answered 200",
    ):
        assert part in said, said
    assert len(seen.faults) == 8


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ("max-age=63072000; includeSubDomains", 0),
        ("includeSubDomains; max-age=31535999", 1),
        ("max-age=63072000", 1),
        ("max-age=0; includeSubDomains", 1),
    ],
)
def test_browsers_must_be_bound_for_a_year(folder: Path, header: str, fault: int) -> None:
    context = tls.context(str(folder / "p256.pem"), str(folder / "p256.key"))
    with served(context, type("Bound", (Careless,), {"header": header})) as port:
        seen = front.measured(front.Place("localhost", port, port, str(folder / "p256.pem")), now=NOW)

    assert len([text for text in seen.faults if "Strict" in text]) == fault
    assert [text for text in seen.faults if "Strict" not in text] == [
        f"Nothing on port {port} sends who comes without TLS to https."
    ]


def test_a_front_that_is_not_there_is_no_safe_one(folder: Path) -> None:
    with served(None) as port:
        with pytest.raises(CommandError, match=f"localhost:{port} speaks no TLS"):
            call_command("check_tls", f"localhost:{port}")
    with pytest.raises(CommandError, match=f"localhost:{port} cannot be asked: Connection refused"):
        call_command("check_tls", f"localhost:{port}")
    with pytest.raises(CommandError, match="no such file"):
        call_command("check_tls", "C:certificate.pem")
