"""Addresses that merchants type: which may be asked at all, and which hosts lead out to the internet.

A shop's address comes from a tenant, so it could name our own network. Nothing here resolves or connects.
"""

import ipaddress
import re
from collections.abc import Collection
from typing import Final, NamedTuple
from urllib.parse import urlsplit

PORTS: Final = (443, 8443)
LONGEST_HOST: Final = 253
LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# What `is_global` lets pass, or judges by the release of Python: named here once and for all.
NEVER: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "::/127", "64:ff9b:1::/48", "100::/64", "2001:db8::/32", "3fff::/20",
        "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
COMPATIBLE: Final = ipaddress.IPv6Network("::/96")


class BadAddress(ValueError):
    """An address that a merchant typed cannot be used; the text says why, without naming where it leads."""


class Shop(NamedTuple):
    """A shop's address: its host in ASCII, its port, and the path below which it answers."""

    host: str
    port: int
    path: str

    @property
    def base(self) -> str:
        """The address to which paths are added."""
        port = "" if self.port == PORTS[0] else f":{self.port}"
        return f"https://{self.host}{port}{self.path}"


def shop_address(text: str) -> Shop:
    """The address in its parts. Raises BadAddress."""
    if re.search(r"[\x00-\x20\x7f\\]", text):
        raise BadAddress("An address has neither spaces nor backslashes.")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = PORTS[0] if parts.port is None else parts.port
    except ValueError as error:
        raise BadAddress("This is no address.") from error
    if parts.scheme != "https":
        raise BadAddress("The address must begin with https://.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise BadAddress("Enter the address alone, without a name, a password or a question mark.")
    if port not in PORTS:
        raise BadAddress("Only the ports 443 and 8443 are asked.")
    return Shop(_host(parts.hostname or ""), port, parts.path.rstrip("/"))


def is_outside(address: str, *, ours: Collection[str] = ()) -> bool:
    """Whether an IP address is one of the public internet, whatever it is wrapped in, and none of `ours`."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    every = list(_unwrapped(found))
    own = {ipaddress.ip_address(one) for one in ours}
    return all(one.is_global and one not in own and not _is_never(one) for one in every)


def _host(name: str) -> str:
    """A host name as it is resolved: at least two labels, none of them a number at the end, so never an IP address."""
    try:
        host = name.encode("idna").decode("ascii").lower() if name else ""
    except UnicodeError as error:
        raise BadAddress("This is no name of a host.") from error
    labels = host.split(".")
    is_name = len(labels) > 1 and all(LABEL.fullmatch(label) for label in labels)
    is_number = bool(re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]))
    if not is_name or is_number or len(host) > LONGEST_HOST:
        raise BadAddress("This is no name of a host on the internet.")
    return host


def _unwrapped(address: Address) -> list[Address]:
    """The address and those that it carries inside."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    inner: list[Address | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64 or address in COMPATIBLE:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    inside = [one for one in inner if one is not None]
    # A mapped address is nothing but the one inside; `is_global` of the wrapping differs between releases.
    return inside if address.ipv4_mapped or address in NAT64 else [address, *inside]


def _is_never(address: Address) -> bool:
    return any(address.version == network.version and address in network for network in NEVER)
