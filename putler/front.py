"""The site's front, seen from outside: which TLS it speaks, with which key, and where it sends who comes without.

It is asked as a browser would ask, and as somebody who offers less than a browser does.
"""

import re
import socket
import ssl
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final, NamedTuple

from cryptography import x509

from putler import tls
from putler.kernel.errors import PutlerError

A_YEAR: Final = 365 * 24 * 3600
PATIENCE: Final = 10  # seconds
VERSIONS: Final = {
    "TLS 1.0": ssl.TLSVersion.TLSv1,
    "TLS 1.1": ssl.TLSVersion.TLSv1_1,
    "TLS 1.2": ssl.TLSVersion.TLSv1_2,
    "TLS 1.3": ssl.TLSVersion.TLSv1_3,
}
WANTED: Final = ("TLS 1.2", "TLS 1.3")
EVERYTHING: Final = "ALL:@SECLEVEL=0"  # what OpenSSL has, without its own judgement
OURS: Final = {"NO_CIPHERS_AVAILABLE", "NO_PROTOCOLS_AVAILABLE"}  # of a handshake that our side did not even begin


class CannotAsk(PutlerError):
    """Nothing can be said of the front: it is not there, or this machine cannot ask the question."""


class Place(NamedTuple):
    """Where the front is."""

    host: str
    port: int = 443
    http_port: int = 80
    ca: str | None = None  # a file of who vouches for it, beside those whom everybody trusts


@dataclass(frozen=True)
class Measured:
    """What was seen at a moment. `faults`: a sentence for each thing that is not as it should be."""

    host: str
    at: datetime
    protocols: tuple[str, ...] = ()
    key: str = ""
    expires_at: datetime | None = None
    cipher: str = ""  # that TLS 1.2 agrees on
    hsts: str = ""
    faults: tuple[str, ...] = field(default=())


def measured(place: Place, *, now: datetime) -> Measured:
    """Ask the front. Raises CannotAsk where it does not answer at all."""
    try:
        protocols = tuple(name for name, version in VERSIONS.items() if _accepts(place, _careless(version)))
        if not protocols:
            raise CannotAsk(f"{place.host}:{place.port} speaks no TLS.")
        certificate = _certificate(place)
        hsts = _hsts(place)
        cipher = _agreed(place) if "TLS 1.2" in protocols else ""
        faults = (
            *_about_protocols(protocols),
            *_about_the_certificate(place, certificate),
            *_about_ciphers(place, protocols),
            *_about_hsts(hsts),
            *_about_http(place),
        )
    except OSError as error:  # ssl's errors among them
        raise CannotAsk(f"{place.host}:{place.port} cannot be asked: {error.strerror or error}.") from error
    key, until = tls.kind_of_key(certificate), certificate.not_valid_after_utc
    return Measured(place.host, now, protocols, key, until, cipher, hsts, faults)


def _about_protocols(accepted: tuple[str, ...]) -> Iterator[str]:
    for name in VERSIONS:
        if name in WANTED and name not in accepted:
            yield f"{name} is refused."
        if name not in WANTED and name in accepted:
            yield f"{name} is accepted; it is broken."


def _about_the_certificate(place: Place, certificate: x509.Certificate) -> Iterator[str]:
    if sentence := tls.weakness(certificate):
        yield sentence
    try:
        _shake(place, _strict(place))
    except ssl.SSLCertVerificationError as error:
        yield f"The certificate is not one for {place.host} that a browser trusts: {error.verify_message}."


def _about_ciphers(place: Place, accepted: tuple[str, ...]) -> Iterator[str]:
    """Of TLS 1.2 alone: what 1.3 has is all of the right kind."""
    if "TLS 1.2" not in accepted:
        return
    context = _careless(ssl.TLSVersion.TLSv1_2)
    known = [each for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"]
    others = [each["name"] for each in known if not (each["aead"] and each["kea"] == "kx-ecdhe")]
    context.set_ciphers(f"{':'.join(others)}:@SECLEVEL=0")
    if _accepts(place, context):
        yield f"{_shake(place, context)[0]} is accepted; ECDHE with an authenticated cipher is wanted."


def _about_hsts(header: str) -> Iterator[str]:
    seconds = re.search(r"max-age=\"?(\d+)", header)
    if not seconds or int(seconds[1]) < A_YEAR:
        yield "Strict-Transport-Security does not bind browsers to https for a year."
    elif "includesubdomains" not in header.lower():
        yield "Strict-Transport-Security leaves subdomains out."


def _about_http(place: Place) -> Iterator[str]:
    connection = HTTPConnection(place.host, place.http_port, timeout=PATIENCE)
    try:
        connection.request("GET", "/", headers={"Host": place.host})
        answer = connection.getresponse()
        target = answer.getheader("Location", "")
    except (OSError, HTTPException):
        yield f"Nothing on port {place.http_port} sends who comes without TLS to https."
        return
    finally:
        connection.close()
    if answer.status not in {301, 308} or not re.match(rf"https://{re.escape(place.host)}[/:]", target):
        yield f"Who comes without TLS is not sent to https for good, but answered {answer.status}."


def _agreed(place: Place) -> str:
    return _shake(place, _careless(ssl.TLSVersion.TLSv1_2))[0]


def _certificate(place: Place) -> x509.Certificate:
    """As it is presented, whoever vouches for it."""
    return x509.load_der_x509_certificate(_shake(place, _careless(None))[1])


def _hsts(place: Place) -> str:
    connection = HTTPSConnection(place.host, place.port, timeout=PATIENCE, context=_careless(None))
    try:
        connection.request("GET", "/")
        return connection.getresponse().getheader("Strict-Transport-Security", "")
    except HTTPException as error:
        raise CannotAsk(f"{place.host}:{place.port} answers no request.") from error
    finally:
        connection.close()


def _accepts(place: Place, context: ssl.SSLContext) -> bool:
    """Whether the front shakes hands on what the context offers. Raises OSError where it is not there."""
    try:
        _shake(place, context)
    except ssl.SSLError as error:
        if error.reason in OURS:
            raise
        return False
    except (ConnectionResetError, ConnectionAbortedError, BrokenPipeError):
        return False
    return True


def _shake(place: Place, context: ssl.SSLContext) -> tuple[str, bytes]:
    """The cipher that both agree on, and the certificate."""
    with (
        socket.create_connection((place.host, place.port), timeout=PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=place.host) as wrapped,
    ):
        cipher, certificate = wrapped.cipher(), wrapped.getpeercert(binary_form=True)
    return (cipher[0] if cipher else ""), certificate or b""


def _strict(place: Place) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if place.ca:
        context.load_verify_locations(place.ca)
    return context


def _careless(version: ssl.TLSVersion | None) -> ssl.SSLContext:
    """Offers all there is, of one version or of any, and believes everybody: it carries nothing, it only asks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(EVERYTHING)
    if version:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what is asked about
            context.minimum_version = context.maximum_version = version
    return context
