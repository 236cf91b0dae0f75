"""A log line is one JSON object."""

import json
import logging
import sys

import pytest

from putler.logs import JsonFormatter


def line(message: str, **details: object) -> dict[str, object]:
    record = logging.makeLogRecord({"name": "putler", "levelname": "INFO", "msg": message, **details})
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
