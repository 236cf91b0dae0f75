"""What must be in no log line of a whole run: every password, code, key and session that the tests use.

The site's own handler is listened to, behind its own filters. What is secret is learned where it is made or used, so a
new test brings its own canaries.
"""

import logging
import re
from io import StringIO
from typing import Any, Final

import pytest
from django.contrib.sessions.backends.base import SessionBase

from accounts import signing_up
from accounts.hashers import Argon2id
from compliance.agreements import flow
from datasources.services import connecting, consenting
from putler.logs import JsonFormatter

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,}")
SHORTEST: Final = 8  # what is shorter would be found by chance


class _Like(logging.Formatter):
    """Writes lines as another does, without being of its kind: the site has one handler of that."""

    def __init__(self, other: Any) -> None:
        super().__init__()
        self.other = other

    def format(self, record: logging.LogRecord) -> str:
        return str(self.other.format(record))


class Canaries:
    """Learns secrets while tests run, and looks for them in what was logged."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.phrases: set[str] = set()  # with signs of any kind, looked for anywhere
        self.tokens: set[str] = set()  # random words
        self.said = StringIO()
        self._learn(patch, Argon2id, "encode", lambda _, password, *rest: self.phrases.add(password))
        self._learn(patch, signing_up, "_digest", lambda _, code: self.phrases.add(code))
        self._learn(patch, connecting, "_keep", lambda _, grant, *rest: self.tokens.add(grant.secret))
        self._learn(patch, consenting, "_exchange", lambda _, code, *rest: self.tokens.add(code))
        self._learn_answers(patch, SessionBase, "_get_new_session_key")
        self._learn_answers(patch, flow, "_new_link")
        self._listen()

    def _learn(self, patch: pytest.MonkeyPatch, where: Any, name: str, note: Any) -> None:
        """Note what a function is given."""
        real = getattr(where, name)

        def noting(*args: Any, **kwargs: Any) -> Any:
            note(*args)
            return real(*args, **kwargs)

        patch.setattr(where, name, noting)

    def _learn_answers(self, patch: pytest.MonkeyPatch, where: Any, name: str) -> None:
        """Note what a function answers."""
        real = getattr(where, name)

        def noting(*args: Any, **kwargs: Any) -> Any:
            answer = real(*args, **kwargs)
            self.tokens.add(answer)
            return answer

        patch.setattr(where, name, noting)

    def _listen(self) -> None:
        [site] = [each for each in logging.getLogger().handlers if isinstance(each.formatter, JsonFormatter)]
        ours = logging.StreamHandler(self.said)
        ours.setFormatter(_Like(site.formatter))
        for each in site.filters:
            ours.addFilter(each)
        logging.getLogger().addHandler(ours)
        self.ours = ours

    def stop(self) -> None:
        """Listen no longer."""
        logging.getLogger().removeHandler(self.ours)

    def found(self) -> list[str]:
        """The log lines with a secret in them."""
        phrases = [phrase for phrase in self.phrases if len(phrase) >= SHORTEST]
        return [
            line
            for line in self.said.getvalue().splitlines()
            if self.tokens.intersection(TOKEN.findall(line)) or any(phrase in line for phrase in phrases)
        ]
