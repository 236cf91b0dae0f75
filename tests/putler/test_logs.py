"""A log line is one JSON object."""

import json
import logging
import sys

import pytest

from putler.logs import HideSecrets, JsonFormatter


def line(message: str, **details: object) -> dict[str, object]:
    record = logging.makeLogRecord({"name": "putler", "levelname": "INFO", "msg": message, **details})
    assert HideSecrets().filter(record)
    return dict(json.loads(JsonFormatter().format(record)))


def test_extras_stand_beside_the_message() -> None:
    written = line("imported", run=7)

    assert {"logger": "putler", "level": "INFO", "message": "imported", "run": 7}.items() <= written.items()


def test_a_line_break_does_not_begin_another_line() -> None:
    record = logging.makeLogRecord({"msg": "one\ntwo"})

    assert "\n" not in JsonFormatter().format(record)


def test_an_exception_brings_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        _ = 1 / 0

    written = line("failed", exc_info=caught._excinfo or sys.exc_info())

    assert "ZeroDivisionError" in str(written["exception"])


KEYS = ("password", "token", "secret", "code", "state", "key", "authorization", "cookie", "api_key", "Set-Cookie")


@pytest.mark.rule("P5")
@pytest.mark.parametrize("key", KEYS)
def test_what_is_secret_by_its_name_is_hidden_wherever_it_stands(key: str) -> None:
    written = [
        line("x", **{key: "canary"}),
        line("x", details={key: "canary", "run": [{key: "canary"}]}),
        line("%s", args=({key: "canary"},)),
        line("GET /callback?a=1&%s=canary&b=2", args=(key,)),
        line(f"https://api.example/?{key}=canary"),
    ]

    assert "canary" not in str(written)
    assert "b=2" in str(written[3])


@pytest.mark.rule("P5")
@pytest.mark.parametrize(
    "text", ["Authorization: Bearer canary", "{'Cookie': 'a=canary; b=canary'}", "/reset/key/1-canary/"]
)
def test_headers_and_links_are_hidden(text: str) -> None:
    assert "canary" not in str(line(text))


@pytest.mark.parametrize("name", ["run", "provider", "monkey", "statement", "keyboard"])
def test_other_words_are_told(name: str) -> None:
    assert line(f"{name}: 7", **{name: "seven"}).items() >= {"message": f"{name}: 7", name: "seven"}.items()


def test_arguments_that_do_not_fit_stop_nothing() -> None:
    record = logging.makeLogRecord({"msg": "%d", "args": ("x",)})

    assert HideSecrets().filter(record)
