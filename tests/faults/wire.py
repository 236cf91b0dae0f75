"""A transport below `Http`: the shop answers in this process, and a schedule may spoil what it says on the way."""

import io
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from datasources.sandbox.dialects.stripe import PREFIX, Stripe
from datasources.sandbox.wire import Answer, Request, told
from tests.importing.conftest import Clock

HOST = "http://provider.test"
SHORT_PAGE = 7  # records, so that small worlds have many pages
LATEST = timedelta(hours=5)  # after its creation, that a record may first be listed
REFUSED: Mapping[str, Answer] = {
    "revoked": told({"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}, status=401),
    "expired": told({"error": {"type": "invalid_request_error", "code": "api_key_expired"}}, status=401),
}
GONE = told(
    {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "Not there"}}, status=400
)
SPOILED: Mapping[str, Answer] = {
    "throttled": told({"error": {"message": "Too many requests"}}, status=429),
    "throttled for seconds": told({}, status=429, headers={"Retry-After": "7"}),
    "throttled for minutes": told({}, status=429, headers={"Retry-After": "600"}),
    "failed": told({"error": {"type": "api_error", "message": "Something went wrong"}}, status=500),
    "down": Answer(503, b"<html>Bad gateway</html>", "text/html"),
    "no JSON": Answer(200, b"<html>Welcome</html>", "text/html"),
    "empty in the middle": told({"object": "list", "data": [], "has_more": True}),
}
ON_THE_WAY = ("hung", "cut", "truncated", "unreachable", "repeated", "shuffled", "withdrawn")


@dataclass
class Weather:
    """What goes wrong for one seed: how often a request is spoiled, whether records come late, and until when.

    `seen`: what did go wrong, counted.
    """

    seed: int
    share: float
    late: float
    is_over: bool = False
    refusal: str = ""  # of the first key, from now on
    calm_from: float | None = None  # what is created from then on is listed at once
    times: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)

    def of(self, request: Request) -> str:
        """The fault of this request: the same whenever it is asked as often as now."""
        name = f"{request.path}?{request.query}"
        self.times[name] += 1
        rng = Random(f"{self.seed} {name} {self.times[name]}")
        if self.is_over or rng.random() >= self.share:
            return ""
        return rng.choice([*SPOILED, *ON_THE_WAY])

    def hides(self, record: Mapping[str, Any], now: datetime) -> bool:
        """Whether a record that exists is not listed yet."""
        rng = Random(f"{self.seed} late {record.get('id')}")
        waits = rng.random() < self.late and (self.calm_from is None or record.get("created", 0) < self.calm_from)
        is_hidden: bool = waits and now.timestamp() < record.get("created", 0) + rng.uniform(0, LATEST.total_seconds())
        self.seen["late"] += is_hidden
        return is_hidden


class Wire(HTTPAdapter):
    """Answers as the shop would, over a line as bad as the weather."""

    def __init__(self, shop: Stripe, weather: Weather, clock: Clock) -> None:
        super().__init__()
        self.shop, self.weather, self.clock = shop, weather, clock
        self.pages: dict[str, bytes] = {}
        self.pace = Random(f"{weather.seed} pace")

    def session(self) -> requests.Session:
        """A session whose requests come here."""
        session = requests.Session()
        session.mount(HOST, self)
        return session

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Let some time pass, and answer."""
        parts = urlsplit(request.url or "")
        query = dict(parse_qsl(parts.query)) if "expand" not in parts.query else None
        asked = urlencode(query | {"limit": str(SHORT_PAGE)}) if query and "limit" in query else parts.query
        headers = {name.lower(): str(value) for name, value in request.headers.items()}
        own = Request(str(request.method), parts.path.removeprefix(PREFIX), asked, headers)
        if not self.weather.is_over:
            self.clock.forward(seconds=self.pace.choice((0.1, 0.4, 2)))
        answer, length = self._spoiled(own, self.weather.of(own))
        raw = HTTPResponse(
            io.BytesIO(answer.body),
            headers={"Content-Type": answer.kind, "Content-Length": str(length), **answer.headers},
            status=answer.status,
            preload_content=False,
            enforce_content_length=True,
            request_method=own.method,
        )
        return self.build_response(request, raw)

    def _spoiled(self, request: Request, fault: str) -> tuple[Answer, int]:
        """The answer as it arrives, and the length that it announced."""
        seen = self.weather.seen
        if self.weather.refusal and request.headers.get("authorization", "").endswith("first"):
            seen[self.weather.refusal] += 1
            return REFUSED[self.weather.refusal], len(REFUSED[self.weather.refusal].body)
        if fault in {"hung", "unreachable"}:
            seen[fault] += 1
            self.clock.forward(seconds=30 if fault == "hung" else 0)
            raise requests.ReadTimeout if fault == "hung" else requests.ConnectionError
        answer = GONE if fault == "withdrawn" and "starting_after=" in request.query else SPOILED.get(fault)
        if answer:
            seen[fault] += 1
            return answer, len(answer.body)
        answer = self._listed(self.shop.handle(request))
        body, key = answer.body, request.path
        damage: dict[str, Callable[[], bytes]] = {
            "cut": lambda: body[: len(body) // 2],
            "truncated": lambda: body[: len(body) * 2 // 3],
            "repeated": lambda: self.pages.get(key, body),
            "shuffled": lambda: _shuffled(body, self.pace),
        }
        arrived = damage[fault]() if fault in damage else body
        seen[fault] += arrived != body
        self.pages[key] = body
        return Answer(answer.status, arrived, answer.kind, answer.headers), len(body if fault == "cut" else arrived)

    def _listed(self, answer: Answer) -> Answer:
        """The answer without the records that are late."""
        told_now = json.loads(answer.body)
        if answer.status != requests.codes.ok or not told_now.get("data"):
            return answer
        found = [one for one in told_now["data"] if not self.weather.hides(one, self.clock())]
        kept = found or told_now["data"][-1:]
        return Answer(answer.status, json.dumps({**told_now, "data": kept}).encode(), answer.kind, answer.headers)


def _shuffled(body: bytes, rng: Random) -> bytes:
    page = json.loads(body)
    if "data" in page:
        rng.shuffle(page["data"])
    return json.dumps(page).encode()
