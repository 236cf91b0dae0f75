"""Typed reading of environment variables: a missing or malformed one stops the start with a sentence."""

import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

TRUE: Final = ("1", "true", "yes", "on")
FALSE: Final = ("0", "false", "no", "off")


def is_set(name: str) -> bool:
    """Say whether the variable has a value; an empty one counts as unset."""
    return bool(os.environ.get(name))


def env_str(name: str, default: str | None = None) -> str:
    """Read a text; without a default the variable is required."""
    value = os.environ.get(name) or default
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. docs/operations.md lists every variable.")
    return value


def env_choice(name: str, choices: Sequence[str]) -> str:
    """Read one of the given words; there is no default."""
    value = env_str(name)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of: {', '.join(choices)}.")
    return value


def env_bool(name: str, *, default: bool) -> bool:
    """Read a switch: 1, true, yes, on or their opposites."""
    value = env_str(name, str(default)).lower()
    if value not in TRUE + FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be 1 or 0.")
    return value in TRUE


def env_int(name: str, default: int) -> int:
    """Read a whole number, zero or more."""
    value = env_str(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number.")
    return int(value)


def env_list(name: str, default: Sequence[str] = ()) -> list[str]:
    """Read a comma-separated list, blanks around its items removed."""
    items = (item.strip() for item in env_str(name, ",".join(default)).split(","))
    return [item for item in items if item]


def env_secret(name: str) -> str:
    """Read a secret: it is required, and no message ever repeats it."""
    return env_str(name)


def env_path(name: str, default: Path) -> Path:
    """Read a folder or file name, made absolute."""
    return Path(env_str(name, str(default))).resolve()


def env_database(name: str) -> dict[str, Any]:
    """Read a PostgreSQL URL as the entry that Django's DATABASES wants; libpq's parameters become OPTIONS."""
    try:
        parts = conninfo_to_dict(env_secret(name))
    except ProgrammingError:
        raise ImproperlyConfigured(f"{name} is no URL of the form postgresql://user:password@host/database.") from None
    known = {key: str(parts.pop(word, "")) for key, word in _DJANGO_NAMES.items()}
    return {"ENGINE": "django.db.backends.postgresql", **known, "OPTIONS": parts}


def is_this_machine(host: str) -> bool:
    """Whether what is sent to this host never leaves the machine: a socket's folder, localhost, a loopback address."""
    if host in {"", "localhost"} or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class MailServer(NamedTuple):
    """Where mail is handed over."""

    host: str
    port: int
    user: str
    password: str
    security: str  # "tls" from the first byte, "starttls", or "" for none

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is handed over: it is encrypted, or stays on this machine."""
        return bool(self.security) or is_this_machine(self.host)


def env_mail(name: str, default: str | None = None) -> MailServer:
    """Read a mail server's URL: smtp://user:password@host:587?tls=starttls, or smtps://… for TLS from the start."""
    refusal = f"{name} is no URL of the form smtp://user:password@host:587?tls=starttls or smtps://user:password@host."
    try:
        parts = urlsplit(env_str(name, default))
        port, options = parts.port, parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise ImproperlyConfigured(refusal) from None
    security = {"smtps": "tls", "smtp": "starttls" if options == {"tls": ["starttls"]} else ""}.get(parts.scheme)
    if security is None or not parts.hostname or (options and security != "starttls"):
        raise ImproperlyConfigured(refusal)
    usual = {"tls": 465, "starttls": 587, "": 25}[security]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(parts.hostname, port or usual, user, password, security)


_DJANGO_NAMES: Final = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
