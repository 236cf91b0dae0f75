"""What the machine may ask, and what every answer carries."""

import pytest
from django.test import Client
from django_q.status import Stat
from pytest_django import DjangoAssertNumQueries


@pytest.mark.django_db
def test_healthz_asks_the_database_and_opens_no_session(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        answer = client.get("/healthz")

    assert answer.status_code == 200
    assert not answer.cookies


@pytest.mark.django_db
@pytest.mark.parametrize(("workers", "status"), [(0, 503), (2, 200)])
def test_readyz_wants_a_worker(client: Client, monkeypatch: pytest.MonkeyPatch, workers: int, status: int) -> None:
    monkeypatch.setattr(Stat, "get_all", lambda: [object()] * workers)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (status, {"unapplied_migrations": 0, "worker_clusters": workers})


@pytest.mark.django_db
def test_readyz_wants_every_migration(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stat, "get_all", lambda: [object()])
    monkeypatch.setattr("putler.health.MigrationExecutor.migration_plan", lambda *_: [("one", False)])

    assert client.get("/readyz").status_code == 503


@pytest.mark.django_db
@pytest.mark.rule("X2")
@pytest.mark.parametrize("path", ["/healthz", "/no-such-page"])
def test_every_answer_carries_the_headers(client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
