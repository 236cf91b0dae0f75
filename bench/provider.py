"""A provider over HTTP: our import beside dlt on the same answers, and how much of a provider's limit it uses."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any, Final

import dlt
from django.conf import settings
from dlt.common.runtime import anon_tracker
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Request, Response

from accounts.models import Account
from bench import loading
from bench.surroundings import ROOT
from bench.timing import seconds
from datasources.importing.foreground import import_now
from datasources.models import DataSource, ImportRun
from datasources.services.connecting import accept_key
from datasources.services.providers import provider
from putler.tenancy import tenant

KEY: Final = "rk_test_sandbox"
NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
PAUSE: Final = 0.08  # seconds that a real provider takes for an answer
PER_SECOND: Final = 25  # requests that Stripe allows a key of its test mode


def measure(opened: str) -> dict[str, float]:
    """Records a second of both, and the share of the limit that ours reaches against a provider that takes its time."""
    with _serving("--opened", opened) as url:
        _import(url)  # the sandbox remembers its answers from here on
        records, took = _import(url)
        peer_records, peer_took = _dlt(url)
    with _serving("--opened", "2026-08-01", f"--pause={PAUSE}", f"--per-second={PER_SECOND}") as url:
        _import(url)
        asked, waited = _requests(url)
    ours, theirs = records / took, peer_records / peer_took
    share = asked / waited / PER_SECOND
    return {
        "records": records,
        "ours, records a second": ours,
        "dlt, records a second": theirs,
        "ratio": ours / theirs,
        f"share of {PER_SECOND} requests a second reached at {PAUSE * 1000:.0f} ms an answer": share,
    }


@contextmanager
def _serving(*options: str) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.replay", "--now", NOW.isoformat(), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as running:
        try:
            assert running.stdout  # noqa: S101
            yield f"{running.stdout.readline().strip()}/stripe"
        finally:
            running.terminate()


def _source(url: str) -> tuple[Account, DataSource]:
    settings.PROVIDERS = {"stripe": settings.PROVIDERS["stripe"] | {"API_URL": url, "AUTH_URL": url}}
    account = loading.new_account("Provider")
    return account, accept_key(account, provider("stripe"), KEY, now=NOW)


def _import(url: str) -> tuple[int, float]:
    """Records read by the product, into a new account, and the seconds that it took; the clock stands still."""
    account, source = _source(url)
    took = seconds(lambda: import_now(source, report=lambda _: None, clock=lambda: NOW))
    with tenant(account.pk):
        return sum(run.rows_read for run in ImportRun.objects.filter(account=account)), took


def _requests(url: str) -> tuple[int, float]:
    """Requests sent by the product, and the seconds that they took together."""
    asked = 0

    def count(*_: Any, **__: Any) -> None:
        nonlocal asked
        asked += 1

    _, source = _source(url)
    with _watched(count):
        took = seconds(lambda: import_now(source, report=lambda _: None, clock=lambda: NOW))
    return asked, took


@contextmanager
def _watched(count: Any) -> Iterator[None]:
    import datasources.connectors.http as network

    usual = network._ask

    def asking(*args: Any, **named: Any) -> Any:
        count()
        return usual(*args, **named)

    network._ask = asking
    try:
        yield
    finally:
        network._ask = usual


class _StartingAfter(BasePaginator):  # type: ignore[misc]  # its types are not looked at
    """How Stripe's lists go on."""

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        found = response.json()
        self._has_next_page = found["has_more"]
        self.last = found["data"][-1]["id"] if found["data"] else ""

    def update_request(self, request: Request) -> None:
        request.params = {**(request.params or {}), "starting_after": self.last}


def _dlt(url: str) -> tuple[int, float]:
    """Records that dlt reads from the same lists into DuckDB, and its seconds."""
    anon_tracker.disable_anon_tracker()
    streams = provider("stripe").connector.streams
    counted = 0

    def resource(path: str, name: str) -> Any:
        def read() -> Iterator[Any]:
            nonlocal counted
            client = RESTClient(url, auth=BearerTokenAuth(KEY), paginator=_StartingAfter(), data_selector="data")
            params = {"limit": 100} | ({"status": "all"} if name == "subscriptions" else {})
            for page in client.paginate(path, params=params):
                counted += len(page)
                yield page

        return dlt.resource(read, name=name, primary_key="id", write_disposition="merge")

    with TemporaryDirectory() as folder:
        target = dlt.destinations.duckdb(f"{folder}/dlt.duckdb")
        pipeline = dlt.pipeline("bench", destination=target, dataset_name="bench", pipelines_dir=folder)
        took = seconds(lambda: pipeline.run([resource(stream.path, stream.name) for stream in streams]))
    return counted, took
