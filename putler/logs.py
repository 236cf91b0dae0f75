"""Log lines as JSON objects, one a line, with whatever the call gave as `extra` and without secrets."""

import json
import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

STANDARD: Final = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request", "server_time", "status_code"}
SECRETS: Final = "password|token|secret|code|state|key|authorization|cookie"
SECRET_NAME: Final = re.compile(rf"(?:^|[^a-z])(?:{SECRETS})s?\d?$", re.IGNORECASE)  # api-key, password1
IN_QUERIES: Final = re.compile(rf"([\w-]*(?:{SECRETS})s?\d?=)[^&\s\"']+", re.IGNORECASE)
IN_PATHS: Final = re.compile(r"(/(?:key|hooks)/)[^/\s\"']+")  # the link that sets a new password; a webhook's address
IN_HEADERS: Final = re.compile(r"((?:authorization|cookie)[\"']?: ?)[^\r\n]+", re.IGNORECASE)
HIDDEN: Final = "[hidden]"


class JsonFormatter(logging.Formatter):
    """Render a record's time, level, logger and message, its extras, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the record as one line of JSON."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_info:
            line["exception"] = hidden(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class HideSecrets(logging.Filter):
    """Take what is secret by its name out of a record: of its arguments, its extras, and any query, path or header."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without its secrets."""
        if isinstance(record.args, Mapping):
            record.args = hidden(record.args)
        elif record.args:
            record.args = tuple(map(hidden, record.args))
        with suppress(TypeError, ValueError):  # arguments that do not fit their message: the handler says so
            record.msg, record.args = hidden(record.getMessage()), None
        for name in vars(record).keys() - STANDARD:
            setattr(record, name, HIDDEN if SECRET_NAME.search(name) else hidden(getattr(record, name)))
        return True


def hidden(value: Any) -> Any:
    """The value with its secrets replaced, whatever it is made of."""
    if isinstance(value, str):
        for pattern in (IN_QUERIES, IN_PATHS, IN_HEADERS):
            value = pattern.sub(rf"\1{HIDDEN}", value)
        return value
    if isinstance(value, Mapping):
        return {name: HIDDEN if SECRET_NAME.search(str(name)) else hidden(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [hidden(each) for each in value]
    return value
