"""Keys: how long the one that seals has been in use, and the certificate that the site shows."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from compliance.evidence.base import Finding, record, remembered
from putler.kernel.encryption import Keyring

LONGEST: Final = timedelta(days=366)
SMALLEST: Final = {"RSA": 2048, "EC": 256}  # bits; an elliptic key of 256 is worth an RSA key of 3,072
PROTOCOLS: Final = {"TLSv1.2", "TLSv1.3"}


def sealing(now: datetime) -> Finding:
    """Since when the key that seals is the same. Of a key only its name is known here."""
    name, before = next(iter(Keyring.parse(settings.PUTLER_KEYS).keys)), remembered("sealing_key")
    since = datetime.fromisoformat(before["since"]) if before.get("key") == name else now
    age = now - since
    said = f"AES-256; this key since {since:%-d %B %Y}"
    value = said if age <= LONGEST else f"{said}: it should have been replaced"
    return Finding(value, "the name of the first key", age <= LONGEST, {"key": name, "since": since.isoformat()})


def record_tls(kind: str, bits: int, protocols: Collection[str], *, now: datetime) -> None:
    """Write down the certificate and the protocols that a handshake with the site showed.

    `kind`: RSA or EC. `protocols`: those that were accepted, as `ssl` calls them.
    """
    is_large = bits >= SMALLEST.get(kind, bits + 1)
    is_new = bool(protocols) and set(protocols) <= PROTOCOLS
    value = f"{kind} key of {bits:,} bits; {', '.join(sorted(protocols))}"
    record("tls", Finding(value, "a handshake with the site", is_large and is_new), now=now)
