"""A provider as data: what a merchant hands over, which lists are read, and how far each reaches."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, get_args, get_type_hints

import msgspec

from datasources.connectors.base import Draft
from datasources.connectors.errors import ConnectorError
from datasources.connectors.webhooks import Webhook

if TYPE_CHECKING:
    from datasources.connectors.http import Answer, Http

_WIDE = re.compile("write|admin|manage|full", re.IGNORECASE)
WHOLE_LIST = timedelta(days=36_500)  # as a horizon: records may change as long as they exist


class Order(Enum):
    """In which order a list tells its records."""

    NEWEST_FIRST = "newest first"
    OLDEST_FIRST = "oldest first"
    NONE = "none"


@dataclass(frozen=True)
class Stream:
    """One list of a provider.

    `record`: the struct that a record is decoded into, so the only fields that are ever read. `overlap`: how far an
    update reaches back before the end of the last one. `horizon`: how long after its creation a record may still
    change; that span is read again every day. `max_window`: the longest span that one request may ask for. `reach`: how
    far back from the present the list goes at all; None where it goes back to the beginning. `is_aside`: no figure is
    made of it, so none waits for its history.
    """

    name: str
    label: str
    purpose: str
    path: str
    record: type[msgspec.Struct]
    order: Order = Order.NEWEST_FIRST
    overlap: timedelta = timedelta(minutes=10)
    horizon: timedelta | None = None
    max_window: timedelta | None = None
    reach: timedelta | None = None
    is_aside: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of all that is read of a record, nested ones with dots."""
        return tuple(_fields(self.record))


class Window(NamedTuple):
    """The span of creation that is read: [start, end), UTC."""

    start: datetime
    end: datetime


UNFILTERED = "*"  # begins the positions of a walk over a whole list, for servers that refuse to filter it


class Page(NamedTuple):
    """One answer of a list: its records, and the position from which to go on ("" after the last).

    `is_unfiltered`: the server refused to cut the list to the window, so these records are of all times.
    """

    records: Sequence[Any]
    position: str
    is_unfiltered: bool = False


@dataclass(frozen=True)
class Scope:
    """A right that the merchant grants, in the provider's word and in plain words.

    `because`: why no smaller right would do, where the provider has none that can only read; the merchant is told.
    """

    name: str
    means: str
    because: str = ""

    def __post_init__(self) -> None:
        """Refuse a right that is not explained, or that is wider than reading without a reason."""
        if not self.means.endswith("."):
            raise ValueError(f"“{self.name}” lacks the sentence that tells merchants what it means.")
        if _WIDE.search(self.name) and not self.because.endswith("."):
            raise ValueError(f"“{self.name}” allows more than reading and lacks the sentence that says why.")


@dataclass(frozen=True)
class OAuth2:
    """Consent at the provider. The addresses begin with {auth} or {api}, which the environment may replace.

    `revoke_form`: what giving access back tells, as (field, one of client_id, client_secret, account, secret).

    None of the providers so far takes a proof key (PKCE); the first that does adds it here.
    """

    authorize: str
    token: str
    revoke: str
    revoke_form: tuple[tuple[str, str], ...]
    scopes: tuple[Scope, ...]


@dataclass(frozen=True)
class KeyForm:
    """A key that the merchant makes at the provider and enters here. `prefixes`: of keys that can only read."""

    label: str
    help: str
    prefixes: tuple[str, ...]
    test_prefixes: tuple[str, ...]


class Identity(NamedTuple):
    """The merchant as the provider knows them; None where it does not tell."""

    ref: str | None = None
    name: str | None = None
    began_at: datetime | None = None


class Connector(Protocol):
    """A provider: data, and a few functions that know neither a database nor a setting nor the present time.

    `per_second`: requests that it lets one merchant's access send, for all lists together.
    """

    slug: str
    label: str
    kind: str
    api_url: str
    auth_url: str
    oauth: OAuth2
    key_form: KeyForm
    streams: tuple[Stream, ...]
    never_read: tuple[str, ...]
    history: str
    begins: datetime
    per_second: int
    webhook: Webhook | None

    def headers(self, secret: str) -> Mapping[str, str]:
        """Give the headers of every request: the credential in its place, and the version that is spoken."""
        ...

    def explain(self, answer: "Answer") -> ConnectorError | None:
        """Say what an answer other than 200 means to this provider; None for the usual meaning of its status."""
        ...

    def identify(self, http: "Http") -> Identity:
        """Say whose data this is, by one request. Raises ConnectorError where we are not let in."""
        ...

    def pages(self, http: "Http", stream: Stream, window: Window, position: str) -> Iterator[Page]:
        """Give the pages of a list from a position on ("": its start). Raises ConnectorError."""
        ...

    def normalise(self, record: Any, stream: Stream) -> Iterator[Draft]:
        """Give what a record says. Raises MoneyError for an amount that cannot be."""
        ...

    def is_live(self, record: Any) -> bool | None:
        """Say whether a record is of live mode; None where it does not tell."""
        ...

    def made_at(self, record: Any) -> datetime:
        """Say when a record was created, UTC."""
        ...


def _fields(record: Any, prefix: str = "") -> Iterator[str]:
    for field in msgspec.structs.fields(record):
        name = prefix + field.encode_name
        nested = [kind for kind in _kinds(get_type_hints(record)[field.name]) if _is_struct(kind) and not _is_id(kind)]
        if nested:
            yield from (found for kind in nested for found in _fields(kind, f"{name}."))
        else:
            yield name


def _kinds(hint: Any) -> Iterator[Any]:
    yield hint
    for part in get_args(hint):
        yield from _kinds(part)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _is_id(kind: type[msgspec.Struct]) -> bool:
    """Whether nothing is read of an object but its id, which providers also send in its place."""
    return kind.__struct_fields__ == ("id",)
