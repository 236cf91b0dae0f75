"""Whether the product answers every question as raw SQL does: widgets × ranges × choices of sources."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import connection

from accounts.models import Account
from bench import raw
from bench.ranges import RANGES
from bench.widgets import WIDGETS, Question, Rows, agree
from putler.tenancy import tenant

Choice = tuple[str, ...] | None
SUBSETS: tuple[Choice, ...] = (
    None,
    ("Stripe", "Web shop"),
    ("Web shop",),
    ("PayPal",),
    ("PayPal", "Web shop", "Old shop"),
)
Engine = Callable[[str], list[tuple[Any, ...]]]  # answers one statement


def unequal(account: Account, engines: Sequence[Engine], choices: Sequence[Choice] = SUBSETS) -> Iterator[str]:
    """The questions about these choices of sources that the product and these engines do not all answer alike."""
    for asked in RANGES:
        for sources in choices:
            question = Question.of(account, asked, sources)
            for name, ours in WIDGETS.items():
                answer = ours(question)
                if not all(agree(name, answer, answers(question, name, engine)) for engine in engines):
                    yield f"{name}, {asked.name}, {', '.join(sources or ['all sources'])}, {account.time_zone}"


def answers(question: Question, widget: str, engine: Engine) -> tuple[Rows, Rows]:
    """What an engine says of a range, and of what it is compared with."""
    one, other = (raw.plain(engine(raw.STATEMENTS[widget](asked))) for asked in question.asked())
    return one, other


def postgresql(account: Account) -> Engine:
    """Raw SQL on the product's own tables, behind its wall."""

    def ask(statement: str) -> list[tuple[Any, ...]]:
        with tenant(account.pk), connection.cursor() as cursor:
            cursor.execute(statement)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    return ask


def columnar(duck: Any) -> Engine:
    """The same SQL in DuckDB."""
    return lambda statement: list(duck.execute(statement).fetchall())
