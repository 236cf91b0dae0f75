"""The audit log: who did what, written in the transaction of the deed and never changed afterwards.

`record` is a deed's last statement: it holds a lock on the account's log until the transaction ends, so nothing slow
may follow it. A deed that is taken back takes its event with it; what is refused is written by accounts.middleware,
once the refused transaction has ended.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Protocol

from django.db import connection

from accounts.models import User
from accounts.verbs import Verb as Verb

PLAIN: Final = re.compile(r"[A-Za-z0-9_.:+-]{0,64}")  # ids and names: neither an address nor a sentence fits
NOBODY: Final = "nobody"  # who is not signed in
SITE: Final = "site"  # a job, or a command of an operator
Detail = Mapping[str, str | int | bool | Sequence[str]]
_acting: ContextVar[Callable[[], Any] | None] = ContextVar("acting", default=None)


class Subject(Protocol):
    """What a deed is done to: a row with a random id."""

    public_id: uuid.UUID


@contextmanager
def acting(who: Callable[[], Any]) -> Iterator[None]:
    """Let events that name no actor be those of `who()`, a user who may be anonymous."""
    token = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(token)


def record(
    verb: Verb,
    *,
    account_id: int | None,
    subject: Subject | None = None,
    actor: User | None = None,
    detail: Detail | None = None,
) -> None:
    """Write a deed into the log of an account, or of the staff where `account_id` is None.

    `actor`: who did it, unless it is who sent the request. `detail`: ids and names of fields, no values.
    """
    who = _name(actor) if actor else _actor()
    what = _name(subject) if subject else ""
    _write(_ONE, account=account_id, actor=who, verb=verb.value, subject=what, detail=_plain(detail))


def record_of_person(user: User, verb: Verb, *, detail: Detail | None = None) -> None:
    """Write what a person did about themselves into the log of each account that they are in; the staff's, of staff.

    For sign-ins, passwords, second factors, sessions.
    """
    _write(_OF_PERSON, actor=_name(user), verb=verb.value, email=user.email, detail=_plain(detail))


def record_of_address(email: str, verb: Verb, *, detail: Detail | None = None) -> None:
    """Write what somebody unknown tried with an address; one statement, whether or not the address is known.

    It stands in the log of each account that the address' person is in, else in the staff's.
    """
    _write(_OF_PERSON, actor=NOBODY, verb=verb.value, email=email.strip().lower(), detail=_plain(detail))


# Not by the ORM, which would ask for the new row's id: the application reads those of one account's events only.
_ONE: Final = """
    INSERT INTO accounts_auditevent (account_id, actor, verb, subject, detail)
    VALUES (%(account)s, %(actor)s, %(verb)s, %(subject)s, %(detail)s)
"""
_OF_PERSON: Final = """
    INSERT INTO accounts_auditevent (account_id, actor, verb, subject, detail)
    SELECT m.account_id, %(actor)s, %(verb)s, coalesce('user:' || u.public_id, ''), %(detail)s::jsonb
    FROM (SELECT) AS one
    LEFT JOIN accounts_user u ON u.email = %(email)s
    LEFT JOIN accounts_membership m ON m.user_id = u.id AND NOT u.is_staff
        AND (m.expires_at IS NULL OR m.expires_at > statement_timestamp())
    ORDER BY m.account_id
"""  # sorted: two events never wait for each other


def _write(statement: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _actor() -> str:
    who = _acting.get()
    if who is None:
        return SITE
    user = who()
    return _name(user) if user.is_authenticated else NOBODY


def _name(subject: Any) -> str:
    return f"{subject._meta.model_name}:{subject.public_id}"  # of the request, a user is behind a proxy


def _plain(detail: Detail | None) -> str:
    """The detail as JSON. Raises ValueError for what cannot be the id or the name of something."""
    for value in (detail or {}).values():
        for text in [value] if isinstance(value, str) else [] if isinstance(value, int) else value:
            if not PLAIN.fullmatch(text):
                raise ValueError("An audit event holds ids and names of fields, nothing that people typed.")
    return json.dumps(dict(detail or {}))
