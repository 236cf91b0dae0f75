"""A provider of canned answers, reached over real HTTP."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from datasources.connectors.http import Http
from datasources.connectors.streams import Connector


class Asked(NamedTuple):
    """A request: its path, and its parameters as a mapping of names to the last value of each."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]


class Canned(NamedTuple):
    """An answer."""

    status: int
    body: bytes
    headers: dict[str, str]


class Provider(ThreadingHTTPServer):
    """Gives the answers in their order, the last one for ever, and notes what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Canned] = []
        self.asked: list[Asked] = []
        self.pauses: list[float] = []

    def answers_with(self, body: object, *, status: int = 200, **headers: str) -> None:
        """Add an answer: bytes as they are, all else as JSON. Underscores in names of headers stand for dashes."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        self.answers.append(Canned(status, content, {name.replace("_", "-"): value for name, value in headers.items()}))

    def lists(self, *ids: str, has_more: bool = False, **fields: object) -> None:
        """Add a page of records with these ids, each with these fields."""
        self.answers_with({"data": [{"id": each, **fields} for each in ids], "has_more": has_more})

    def http(self, connector: Connector) -> Http:
        """Reach it as a connector does, without waiting between tries."""
        base = f"http://127.0.0.1:{self.server_address[1]}"
        headers = connector.headers("rk_test_123")
        return Http(base, headers=headers, explain=connector.explain, sleep=self.pauses.append)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Provider)
        url = urlsplit(self.path)
        self.server.asked.append(Asked(url.path, dict(parse_qsl(url.query)), dict(self.headers)))
        answers = self.server.answers
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Serve on a free port for one test."""
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
