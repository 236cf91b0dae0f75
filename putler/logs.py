"""Log lines as JSON objects, one a line, with whatever the call gave as `extra`."""

import json
import logging
from datetime import UTC, datetime
from typing import Final

STANDARD: Final = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request", "server_time", "status_code"}


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
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
