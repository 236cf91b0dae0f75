"""Certificates and the TLS that the site speaks: what is strong enough, and one for this machine."""

import ipaddress
import os
import ssl
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SMALLEST_RSA: Final = 2048
SMALLEST_CURVE: Final = 256
CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; those of 1.3 are all of this kind
LASTS: Final = timedelta(days=30)
CERTIFICATE, KEY = "localhost.pem", "localhost.key"


def context(certificate: str, key: str) -> ssl.SSLContext:
    """How the site speaks TLS where no proxy does: 1.2 and 1.3, ECDHE and authenticated ciphers alone."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    found.set_ciphers(CIPHERS)
    found.load_cert_chain(certificate, key)
    return found


def kind_of_key(certificate: x509.Certificate) -> str:
    """The certificate's key as people call it, such as “RSA 2048”."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.key_size}"
    return type(key).__name__.lstrip("_")


def weakness(certificate: x509.Certificate) -> str:
    """Why nobody should trust the certificate's key, in a sentence; empty where it is strong enough."""
    kind, _, size = kind_of_key(certificate).partition(" ")
    smallest = {"RSA": SMALLEST_RSA, "EC": SMALLEST_CURVE}.get(kind)
    if smallest is None:
        return f"The certificate's key is {kind}, which browsers do not take: RSA or an elliptic curve is wanted."
    if int(size) < smallest:
        return f"The certificate's key is {kind} {size}: less than {kind} {smallest} is too weak."
    return ""


def weakness_of_file(path: str) -> str:
    """The same of a certificate in a file (PEM, the site's own first)."""
    try:
        return weakness(x509.load_pem_x509_certificate(Path(path).read_bytes()))
    except OSError as error:
        return f"The certificate {path} cannot be read: {error.strerror}."
    except ValueError:
        return f"{path} holds no certificate in PEM."


def make_local(folder: Path, *, now: datetime) -> tuple[Path, Path]:
    """A certificate of this machine's own names, good for thirty days, and its key; made anew in its last week."""
    certificate, key = folder / CERTIFICATE, folder / KEY
    if key.exists() and certificate.exists():
        made = x509.load_pem_x509_certificate(certificate.read_bytes())
        if made.not_valid_after_utc > now + timedelta(days=7):
            return certificate, key
    folder.mkdir(parents=True, exist_ok=True)
    private = ec.generate_private_key(ec.SECP256R1())
    _write(key, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    _write(certificate, _signed(private, now=now).public_bytes(Encoding.PEM))
    return certificate, key


def _signed(private: ec.EllipticCurvePrivateKey, *, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    addresses = [x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "::1")]
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + LASTS)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), *addresses]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )


def _write(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    path.with_suffix(".new").unlink(missing_ok=True)
    with os.fdopen(os.open(path.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    path.with_suffix(".new").replace(path)
