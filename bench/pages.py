"""Pages over HTTP, as a browser with a session asks for them."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from itertools import count
from statistics import median
from typing import Final
from urllib.parse import urlencode

from django.test import Client
from django.utils import timezone

from accounts.models import Account
from bench import floor
from bench.ranges import RANGES, Range
from bench.surroundings import process
from bench.timing import MEASURED
from datasources.connectors.base import MovementDraft
from datasources.services import ledger, news
from putler.kernel.money import Money
from putler.tenancy import tenant
from run import listen

# Every page: its name, its address, and whether it shows a range. One line each.
PAGES: Final = (
    ("Home", "/", True),
    ("Sales", "/sales/", True),
    ("Customers", "/customers/", True),
    ("List of customers", "/customers/list/", True),
    ("Products", "/products/", True),
    ("Insights", "/insights/", True),
    ("Transactions", "/transactions/", True),
    ("Sources", "/sources/", False),
    ("Files", "/files/", False),
)
HOME_PAGE: Final = PAGES[0][1]
FLOORS: Final = {"floor, fast": "/bench/fast/", "floor, cached": "/bench/cached/"}
FIRST_PORT: Final = 18_000
LONGEST: Final = 60.0  # seconds that a new transaction may take until it is seen
_shifted = count(1)  # ranges that nobody has asked for yet


class Browser:
    """A signed-in owner, on one kept connection."""

    def __init__(self, account: Account, port: int) -> None:
        client = Client()
        client.force_login(account.memberships.get().user)
        self.cookie = SimpleCookie({name: morsel.value for name, morsel in client.cookies.items()}).output([], "", ";")
        self.connection = HTTPConnection("127.0.0.1", port, timeout=120)

    def get(self, path: str) -> bytes:
        """A page's bytes."""
        self.connection.request("GET", path, headers={"Cookie": self.cookie.strip(), "Accept-Encoding": "identity"})
        answer = self.connection.getresponse()
        page = answer.read()
        if answer.status != 200:  # noqa: PLR2004
            raise SystemExit(f"{path} answers {answer.status}.")
        return page


@contextmanager
def site() -> Iterator[int]:
    """The product's web processes, as `run.py` starts them; yields their port."""
    with listen(FIRST_PORT) as listener:
        serve = ("-m", "gunicorn", "putler.wsgi", f"--bind=fd://{listener.fileno()}", "--workers=2", "--threads=4")
        with process(*serve, "--preload", "--log-level=warning", "--no-control-socket", inherited=listener.fileno()):
            yield listener.getsockname()[1]


def measured(account: Account, port: int) -> dict[str, float]:
    """Seconds by page: never asked for before, and asked for again; and the floor with Home's bytes."""
    browser = Browser(account, port)
    found = {}
    floor.keep(browser.get(HOME_PAGE + _parameters(RANGES[1])))
    for name, path in FLOORS.items():
        found[name] = _median(browser, [path] * (MEASURED + 1))
    for name, path, has_range in PAGES:
        for asked in RANGES if has_range else (None,):
            fresh = [path + (_parameters(asked, next(_shifted)) if asked else "") for _ in range(MEASURED + 1)]
            label = f"{name}, {asked.name}" if asked else name
            found[label] = _median(browser, fresh)
            found[f"{label}, again"] = _median(browser, [fresh[-1]] * (MEASURED + 1))
    return found


def seen_after(account: Account, port: int) -> float:
    """Seconds from one new transaction's commit until Home shows it, the workers running."""
    browser, path = Browser(account, port), HOME_PAGE + _parameters(RANGES[0])
    with process("manage.py", "qcluster", Q_CLUSTER_NAME="short"):
        took = []
        for number in range(MEASURED + 1):
            before = _figures(browser.get(path))
            _happen(account, number)
            began = time.perf_counter()
            while _figures(browser.get(path)) == before:
                if time.perf_counter() - began > LONGEST:
                    raise SystemExit("A new transaction was not seen within a minute.")
                time.sleep(0.01)
            took.append(time.perf_counter() - began)
    return median(took[1:])


def _happen(account: Account, number: int) -> None:
    amount = Money.from_minor(12_345 + number, account.base_currency)
    draft = MovementDraft(
        external_id=f"new-{timezone.now().timestamp()}", kind="sale", status="settled", amount=amount,
        presentment=amount, occurred_at=RANGES[0].period(account.zone).end - timedelta(hours=5),
    )  # fmt: skip
    with tenant(account.pk):
        source = account.sources.order_by("pk").first()
        assert source  # noqa: S101
        ledger.post(source=source, drafts=[draft], now=timezone.now())
        news.tell(account.pk)


def _figures(page: bytes) -> list[bytes]:
    return re.findall(rb'<p class="value">.*?</p>', page, re.DOTALL)


def _median(browser: Browser, paths: list[str]) -> float:
    took = []
    for path in paths:
        began = time.perf_counter()
        browser.get(path)
        took.append(time.perf_counter() - began)
    return median(took[1:])


def _parameters(asked: Range, days: int = 0) -> str:
    """The range's own parameters, some days earlier at its end so that nobody has asked for it before."""
    last = asked.last - timedelta(days)
    return "?" + urlencode({"from": asked.first - timedelta(days), "to": last})
