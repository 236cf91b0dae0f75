"""The way to hosts that merchants name: checked, resolved once, and connected to what was checked.

The address that was judged is the address that is connected to, so a name that leads elsewhere a moment later leads
nowhere. TLS and the Host header keep the name. Whatever goes wrong, the merchant reads the same sentence.
"""

import socket
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from threading import Timer
from typing import Any
from urllib.parse import urljoin, urlsplit

from requests import RequestException, Response
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from datasources.connectors.addresses import BadAddress, is_outside, shop_address
from datasources.connectors.errors import ConnectorError, Transient
from datasources.connectors.http import TIMEOUT, Answer, Http, read

WHOLE = 60.0  # seconds that one question may take, redirects and all
MOST_REDIRECTS = 3
UNREACHABLE = "The shop could not be reached at this address."

Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True)
class Gate:
    """Which hosts may be asked. `ours`: our own public addresses. `inside`: "host:port" that a developer allows.

    `inside` comes from the operator's environment, in local mode alone; those are asked by plain http.
    """

    ours: Collection[str] = ()
    inside: Collection[str] = ()
    resolve: Resolve = resolve
    whole: float = WHOLE

    def address(self, host: str, port: int) -> str:
        """The one address to connect to. Raises BadAddress unless every address of the host is outside."""
        try:
            found = self.resolve(host, port)
        except OSError as error:
            raise BadAddress(UNREACHABLE) from error
        if f"{host}:{port}" not in self.inside and not all(is_outside(one, ours=self.ours) for one in found):
            raise BadAddress(UNREACHABLE)
        if not found:
            raise BadAddress(UNREACHABLE)
        return found[0]

    def base(self, text: str) -> str:
        """A typed address as it is asked. Raises BadAddress."""
        scheme, _, rest = text.partition("://")
        is_inside = scheme == "http" and rest.partition("/")[0] in self.inside
        return text.rstrip("/") if is_inside else shop_address(text).base


class ShopHttp(Http):
    """A merchant's shop for one job; `base`: its address as the merchant typed it. Raises BadAddress."""

    def __init__(
        self,
        base: str,
        *,
        gate: Gate,
        headers: Mapping[str, str],
        explain: Callable[[Answer], ConnectorError | None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(gate.base(base), headers={}, explain=explain, sleep=sleep)
        self.gate, self.own_headers = gate, dict(headers)
        self.adapter = _Adapter(gate)
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, self.adapter)

    def _ask(self, path: str, params: Sequence[tuple[str, str]]) -> Answer:
        url, asked, until = self.base + path, list(params), time.monotonic() + self.gate.whole
        watch = Timer(self.gate.whole, self.adapter.cut)
        watch.start()
        try:
            for _ in range(MOST_REDIRECTS + 1):
                with self._send(url, asked) as response:
                    answer = Answer(response.status_code, b"".join(read(response, until)), response.headers)
                if time.monotonic() >= until:
                    break  # what was cut may look whole
                if not _is_redirect(answer):
                    return answer
                url, asked = self._next(url, answer), []
        except (RequestException, HTTPError, OSError, ValueError, Transient) as error:
            raise Transient(UNREACHABLE) from error
        finally:
            watch.cancel()
        raise Transient(UNREACHABLE)

    def _send(self, url: str, params: list[tuple[str, str]]) -> Response:
        is_own = urlsplit(url).netloc == urlsplit(self.base).netloc
        headers = self.own_headers if is_own else {}  # a redirect takes no credential elsewhere
        return self.session.get(
            url, params=params, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
        )

    def _next(self, url: str, answer: Answer) -> str:
        """Where a redirect leads: to the same host, or from and to its www. Raises BadAddress."""
        target = urljoin(url, answer.headers.get("Location", ""))
        address = self.gate.base(target.partition("?")[0].partition("#")[0])
        hosts = [urlsplit(one).hostname or "" for one in (self.base, address)]
        if len({host.removeprefix("www.") for host in hosts}) > 1 or urlsplit(target).scheme != urlsplit(url).scheme:
            raise BadAddress(UNREACHABLE)
        return target


def _is_redirect(answer: Answer) -> bool:
    moved = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}
    return answer.status in moved | {HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT}


class _Adapter(HTTPAdapter):
    """Connects to checked addresses alone."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.sockets: list[socket.socket] = []
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        plain, private = _connections(self)
        pools = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}
        kinds = {"http": plain, "https": private}
        self.poolmanager.pool_classes_by_scheme = {
            scheme: type(pool.__name__, (pool,), {"ConnectionCls": kinds[scheme]}) for scheme, pool in pools.items()
        }

    def connect(self, host: str, port: int, timeout: Any) -> socket.socket:
        """A connection to the address that was checked. Raises OSError, BadAddress."""
        made = socket.create_connection((self.gate.address(host, port), port), timeout)
        self.sockets.append(made.dup())  # TLS takes the other one for itself
        return made

    def cut(self) -> None:
        """End what is under way: the time is up."""
        for one in self.sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for one in self.sockets:
            one.close()
        super().close()


def _connections(adapter: _Adapter) -> tuple[type[HTTPConnection], type[HTTPSConnection]]:
    def connected(connection: HTTPConnection) -> socket.socket:
        try:
            return adapter.connect(connection.host.rstrip("."), connection.port, connection.timeout)
        except (OSError, BadAddress) as error:
            raise NewConnectionError(connection, UNREACHABLE) from error

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connected(self)

    class Private(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connected(self)

    return Plain, Private
