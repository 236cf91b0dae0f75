"""The one module that reaches the network: bounded in time and size, without proxies, redirects or stored passwords."""

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, NamedTuple

import requests
from requests import RequestException, Session
from urllib3.exceptions import HTTPError

from datasources.connectors.errors import ConnectorError, NeedsReconnect, Rejected, Throttled, Transient

TIMEOUT = (5, 30)  # seconds to connect, seconds between two bytes
WHOLE = 35.0  # seconds that a whole answer may take
LARGEST = 20 * 1024 * 1024  # bytes of an answer, inflated
TRIES = 4  # of one request, before its job gives up for now
LAST_TRY = 20.0  # seconds after the first that a further try may begin, so that a job ends within its lease
LONGEST_PAUSE = 8.0  # seconds that a job waits by itself; what asks for more is put off

Params = Sequence[tuple[str, str]]


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Http:
    """One provider for one job: its address, the merchant's credential, one kept connection.

    `explain`: what an answer other than 200 means to this provider, or None for the usual meaning of its status.
    """

    def __init__(
        self,
        base: str,
        *,
        headers: Mapping[str, str],
        explain: Callable[[Answer], ConnectorError | None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base = base
        self.explain = explain
        self.sleep = sleep
        self.asked = 0  # requests that were sent
        self.session = Session()
        self.session.trust_env = False
        self.session.headers.update(headers)

    def get(self, path: str, params: Params = ()) -> bytes:
        """The body of a 200. Raises Transient after several tries, NeedsReconnect, Rejected."""
        until = time.monotonic() + LAST_TRY
        for tried in range(1, TRIES + 1):
            try:
                return self._get(path, params)
            except Transient as error:
                pause = error.retry_after if error.retry_after is not None else _back_off(tried)
                if tried == TRIES or pause > LONGEST_PAUSE or time.monotonic() + pause > until:
                    raise
                self.sleep(pause)
        raise AssertionError("The last try answers or raises.")

    def close(self) -> None:
        """Let the connection go."""
        self.session.close()

    def _get(self, path: str, params: Params) -> bytes:
        self.asked += 1
        answer = self._ask(path, params)
        if answer.status == HTTPStatus.OK:
            return answer.body
        raise self.explain(answer) or _meaning(answer)

    def _ask(self, path: str, params: Params) -> Answer:
        return _ask(self.session, "GET", self.base + path, params=list(params))


def fetch(url: str) -> bytes:
    """The body that a GET of an operator's address answers. Raises Transient for anything but a whole 200."""
    with _session() as session:
        answer = _ask(session, "GET", url)
    if answer.status != HTTPStatus.OK:
        raise Transient(f"The provider answered with status {answer.status}.")
    return answer.body


def look(url: str) -> Answer:
    """What a GET of an operator's address answers, whatever that is. Raises Transient where no answer came."""
    with _session() as session:
        return _ask(session, "GET", url)


def submit(url: str, form: Mapping[str, str], *, user: str = "") -> Answer:
    """Post a form, once. `user`: name of HTTP Basic, without a password. Raises Transient where no answer came."""
    with _session() as session:
        return _ask(session, "POST", url, data=form, auth=(user, "") if user else None)


@contextmanager
def _session() -> Iterator[Session]:
    with Session() as session:
        session.trust_env = False
        yield session


def _ask(session: Session, method: str, url: str, **content: Any) -> Answer:
    bounds: dict[str, Any] = {"timeout": TIMEOUT, "allow_redirects": False, "stream": True}
    until = time.monotonic() + WHOLE
    try:
        with session.request(method, url, **content, **bounds) as response:
            return Answer(response.status_code, b"".join(read(response, until)), response.headers)
    except (RequestException, HTTPError) as error:
        raise Transient("The provider could not be reached.") from error


def read(response: requests.Response, until: float) -> Iterator[bytes]:
    """A body as it comes. Raises Transient where it is too large, or goes on after `until` of the monotonic clock."""
    size = 0
    while part := response.raw.read1(64 * 1024, decode_content=True):
        size += len(part)
        if size > LARGEST:
            raise Transient("The provider’s answer is too large.")
        if time.monotonic() > until:
            raise Transient("The provider answers too slowly.")
        yield part


def _meaning(answer: Answer) -> ConnectorError:
    status = answer.status
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        error = Throttled if status == HTTPStatus.TOO_MANY_REQUESTS else Transient
        return error(f"The provider answered with status {status}.", retry_after=retry_after(answer))
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return NeedsReconnect("The provider no longer accepts our access.")
    if status == HTTPStatus.NOT_FOUND:
        return Rejected("The server does not offer this.", status=status)
    return Rejected(f"The provider refused a request with status {status}.", status=status)


def retry_after(answer: Answer) -> float | None:
    """Seconds that the provider asks us to wait, or None."""
    wish = answer.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]*)?", wish):
        return float(wish)
    try:  # a moment, of the provider's clock
        pause = parsedate_to_datetime(wish) - parsedate_to_datetime(answer.headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return max(pause.total_seconds(), 0.0)


def _back_off(tried: int) -> float:
    """Seconds before the next try: twice as long each time, spread so that jobs do not come back at once."""
    return 2.0 ** (tried - 1) * random.uniform(0.5, 1.0)  # noqa: S311  no secret depends on it
