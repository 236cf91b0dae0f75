"""What a provider's answer may cost, and the pauses that it asks for."""

import io

import pytest
import requests
from urllib3 import HTTPResponse

from datasources.connectors import http
from datasources.connectors.errors import Transient
from datasources.connectors.http import Answer, retry_after

DATE = "Sun, 01 Mar 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [
        ("7", 7.0), ("1.5", 1.5), (" 30 ", 30.0), ("Sun, 01 Mar 2026 12:02:00 GMT", 120.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0), ("soon", None), ("-5", None), ("", None), ("٣", None),
    ],
)  # fmt: skip
def test_a_pause_is_asked_for_in_seconds_or_by_a_moment(wish: str, seconds: float | None) -> None:
    assert retry_after(Answer(429, b"", {"Retry-After": wish, "Date": DATE})) == seconds


def test_a_moment_without_a_date_to_compare_is_no_wish() -> None:
    assert retry_after(Answer(429, b"", {"Retry-After": DATE})) is None


def answer(body: bytes) -> requests.Response:
    response = requests.Response()
    response.raw = HTTPResponse(io.BytesIO(body), preload_content=False)
    return response


@pytest.mark.rule("H4")
def test_an_answer_that_is_too_large_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LARGEST", 100_000)
    parts = http.read(answer(b" " * 200_000), until=float("inf"))

    with pytest.raises(Transient, match="too large"):
        list(parts)


@pytest.mark.rule("H4")
def test_an_answer_that_takes_too_long_is_cut() -> None:
    with pytest.raises(Transient, match="too slowly"):
        list(http.read(answer(b"some"), until=0.0))
