"""Stripe: its API, its consent and its webhooks, over the shop's facts. Source: https://docs.stripe.com/api"""

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final

from ...wire import Answer, Request, told
from ...world.shop import NAME, World
from .desk import NEWEST, Desk, Object
from .errors import Refusal, bad, bad_key, no_access, no_key, no_path, too_many
from .hooks import Hooks
from .ids import Ids
from .limits import Buckets
from .lists import Counter
from .oauth import OAuth
from .objects.balance import account, balance
from .params import Params, parse
from .resources import RESOURCES
from .shelves import Library
from .tokens import Client, Tokens

PREFIX: Final = "/stripe"
STANDING_KEYS: Final = ("rk_test_sandbox", "sk_test_sandbox")
VERSION: Final = re.compile(r"20\d\d-\d\d-\d\d(\.[a-z]+)?")


@dataclass(frozen=True, slots=True)
class Manner:
    """How the dialect behaves: the application it knows, requests a second, and the version of who names none."""

    client: Client = Client("ca_sandbox", "sk_test_sandbox_platform")
    per_second: int = 100
    version: str = NEWEST


class Stripe:
    """The dialect: a request below `/stripe` in, an answer out."""

    def __init__(self, world: World, manner: Manner, *, now: Callable[[], datetime]) -> None:
        """Speak of that world as of `now`."""
        ids = Ids(world.seed)
        self._now, self._version, self._account = now, manner.version, ids.account
        self._library, self._lock = Library(world, ids), Lock()
        self._tokens = Tokens(manner.client.secret, now=now)
        self._buckets, self._client = Buckets(manner.per_second), manner.client
        self._oauth = OAuth(manner.client, self._tokens, account=ids.account, prefix=PREFIX, shop=f"{NAME} (Sandbox)")
        self.hooks = Hooks(self._events_since, account=ids.account, now=now)

    def handle(self, request: Request) -> Answer:
        """Answer any request."""
        answer = self._oauth.handle(request) or self.hooks.handle(request)
        if answer:
            return answer
        try:
            answer = told(self._read(request))
        except Refusal as refusal:
            answer = refusal.answer()
        marks = {"Request-Id": f"req_{secrets.token_hex(7)}", "Stripe-Version": self._asked_version(request)}
        return Answer(answer.status, answer.body, answer.kind, {**answer.headers, **marks})

    def _read(self, request: Request) -> Object:
        self._let_in(request)
        version = self._asked_version(request)
        if not VERSION.fullmatch(version):
            raise bad("Stripe-Version", f"Invalid Stripe API version: {version}")
        if request.method != "GET":
            raise no_path(request.method, request.path)
        now, params = self._now(), parse(request.asked())
        with self._lock:
            self._library.refresh(now)
        return self._route(request.path, params, self._library.desk(now, version=version))

    def _let_in(self, request: Request) -> None:
        """Raise Refusal: no key, nobody's key, another's account, or too many requests."""
        key = request.key()
        if not key:
            raise no_key()
        is_ours = key == self._client.secret or key.startswith(STANDING_KEYS)
        if not is_ours and not self._tokens.is_access(key):
            raise bad_key(key)
        wanted = request.headers.get("stripe-account", self._account)
        if wanted != self._account:
            raise no_access(wanted)
        if not self._buckets.take(key, now=self._now()):
            raise too_many()

    def _route(self, path: str, params: Params, desk: Desk) -> Object:
        counter = Counter(self._library, desk)
        match path.split("/")[1:]:
            case ["v1", name] if name in RESOURCES:
                return counter.page(RESOURCES[name], params)
            case ["v1", name, identifier] if name in RESOURCES:
                return counter.one(RESOURCES[name], identifier, params)
            case ["v1", "invoices", identifier, "lines"]:
                return counter.lines(identifier, params)
            case ["v1", "events", *identifier] if len(identifier) <= 1:
                return counter.one_event(identifier[0]) if identifier else counter.events(params)
        return self._shop(path, desk)

    def _shop(self, path: str, desk: Desk) -> Object:
        """Answer what there is once only."""
        if path == "/v1/balance":
            return balance(desk, self._library.shelves["balance_transactions"].facts)
        if path in ("/v1/account", f"/v1/accounts/{self._account}"):
            return account(desk)
        raise no_path("GET", path)

    def _asked_version(self, request: Request) -> str:
        return request.headers.get("stripe-version", self._version)

    def _events_since(self, since: datetime, now: datetime) -> Iterator[Object]:
        with self._lock:
            self._library.refresh(now)
        counter = Counter(self._library, self._library.desk(now, version=self._version))
        shelf = self._library.shelves["events"]
        recent = shelf.between(max(int(now.timestamp()) - 86_400, int(since.timestamp())), None, now=now)
        return (counter.tell(shelf.facts[place]) for place in recent if since < shelf.facts[place].at <= now)
