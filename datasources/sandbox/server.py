"""The sandbox over HTTP, on this machine alone: each dialect below a prefix of its own."""

from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Final, Self
from urllib.parse import urlsplit

from .dialects import ecb
from .dialects.stripe import PREFIX, Manner, Stripe
from .wire import Answer, Fault, Handler, Request, no_fault, told
from .world.shop import World

HOST: Final = "127.0.0.1"
NAMES: Final = (HOST, "localhost")
LARGEST: Final = 1_000_000  # bytes of a request
TICK: Final = 1.0  # seconds between two looks for webhooks that are due
POLL: Final = 0.02  # seconds between two looks whether to end


class Sandbox:
    """A running server, for a `with` block or for good; `url` is its address."""

    def __init__(
        self,
        *,
        port: int = 0,
        world: World | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        stripe: Manner = Manner(),  # noqa: B008 - a frozen value
        faults: Fault = no_fault,
    ) -> None:
        """Listen on the port, 0 for a free one; `faults` may answer in a dialect's place."""
        self.world, self.now, self.faults = world or World(), now, faults
        self.stripe = Stripe(self.world, stripe, now=now)
        self.dialects: dict[str, Handler] = {PREFIX: self.stripe.handle}
        self._server = _Server(self._handle, port)
        self.url = f"http://{HOST}:{self._server.server_address[1]}"
        self._ending = Event()
        self._threads = [
            Thread(target=self._server.serve_forever, args=(POLL,), daemon=True),
            Thread(target=self._tick, daemon=True),
        ]

    def with_rates(self, history: Path) -> Self:
        """Speak for the ECB too, of which the file is the history so far."""
        self.dialects[ecb.PREFIX] = ecb.Ecb(history, now=self.now).handle
        return self

    def __enter__(self) -> Self:
        """Start to answer."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and give the port back."""
        self._ending.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()

    def _handle(self, request: Request) -> Answer:
        for prefix, handle in self.dialects.items():
            if request.path.startswith(f"{prefix}/"):
                inner = Request(
                    request.method, request.path.removeprefix(prefix), request.query, request.headers, request.body
                )
                return self.faults(inner) or handle(inner)
        return told({"error": f"The sandbox speaks below: {', '.join(self.dialects)}"}, status=404)

    def _tick(self) -> None:
        """Deliver webhooks as time passes."""
        while not self._ending.wait(TICK):
            self.stripe.hooks.deliver()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handle: Handler, port: int) -> None:
        self.handle_wire = handle
        super().__init__((HOST, port), _Connection)


class _Connection(BaseHTTPRequestHandler):
    """Turns HTTP into values and back; logs nothing, for addresses may hold codes."""

    protocol_version = "HTTP/1.1"
    server_version = "PutlerSandbox"
    sys_version = ""
    wbufsize = -1  # one packet an answer
    disable_nagle_algorithm = True
    timeout = 60

    def do_GET(self) -> None:
        """Answer a reading request."""
        self._answer()

    do_POST = do_GET
    do_DELETE = do_GET

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def _answer(self) -> None:
        assert isinstance(self.server, _Server)  # noqa: S101 - how it is built
        answer = self._refusal() or self.server.handle_wire(self._request())
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def _refusal(self) -> Answer | None:
        """Refuse names that are not this machine's, so that no foreign page can reach in, and huge bodies."""
        if urlsplit(f"//{self.headers.get('Host', '')}").hostname not in NAMES:
            return told({"error": "The sandbox answers to this machine's own name alone."}, status=421)
        if int(self.headers.get("Content-Length") or 0) > LARGEST:
            self.close_connection = True
            return told({"error": "That is too large."}, status=413)
        return None

    def _request(self) -> Request:
        target = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        return Request(self.command, target.path, target.query, headers, body)
