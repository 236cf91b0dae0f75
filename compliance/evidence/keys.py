"""Keys: how long the one that seals has been in use, and the certificate that the site shows."""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from accounts import resealing
from compliance.evidence.base import Finding, remembered
from putler import front
from putler.kernel.encryption import Keyring

LONGEST: Final = timedelta(days=366)
RESEALED_WITHIN: Final = timedelta(days=30)
SMALLEST: Final = {"RSA": 2048, "EC": 256}  # bits; an elliptic key of 256 is worth an RSA key of 3,072


def sealing(now: datetime) -> Finding:
    """Since when the key that seals is the same. Of a key only its name is known here."""
    name, before = next(iter(Keyring.parse(settings.PUTLER_KEYS).keys)), remembered("sealing_key")
    since = datetime.fromisoformat(before["since"]) if before.get("key") == name else now
    age = now - since
    left = sum(one.values for one in resealing.needed())
    said = f"AES-256; this key since {since:%-d %B %Y}"
    if age > LONGEST:
        said += ": it should have been replaced"
    elif left:
        said += f"; {left} values are still under a former one"
    is_met = age <= LONGEST and (not left or age <= RESEALED_WITHIN)
    return Finding(said, "the first key, and every sealed value", is_met, {"key": name, "since": since.isoformat()})


def certificate(now: datetime) -> Finding:
    """What a handshake with the site shows: the size of its key, the protocols that it accepts, and any fault."""
    address = urlsplit(settings.PUBLIC_URL)
    if address.scheme != "https":
        return Finding("The site’s address does not begin with https", "the address of the site", is_met=False)
    seen = front.measured(front.Place(address.hostname or "", address.port or 443), now=now)
    kind, _, bits = seen.key.partition(" ")
    is_large = bits.isdecimal() and int(bits) >= SMALLEST.get(kind, int(bits) + 1)
    is_new = bool(seen.protocols) and set(seen.protocols) <= set(front.WANTED)
    said = f"{seen.key} bits; {', '.join(seen.protocols)}"
    value = " ".join((said, *seen.faults))[:200]
    return Finding(value, "handshakes with the site, careless ones too", is_large and is_new and not seen.faults)
