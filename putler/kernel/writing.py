"""How figures and days are written for whoever is being answered: the marks in numbers, and the order of dates."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import NamedTuple

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


class Style(NamedTuple):
    """`marks`: between thousands, and before decimals. `dates`: dmy, mdy or iso."""

    marks: str = ",."
    dates: str = "dmy"


_PLAIN = Style()
_style: ContextVar[Style] = ContextVar("writing_style", default=_PLAIN)


@contextmanager
def styled(style: Style) -> Iterator[None]:
    """Write so until the block ends."""
    token = _style.set(style)
    try:
        yield
    finally:
        _style.reset(token)


def marked(digits: str) -> str:
    """Digits such as 1,234.50 with the marks that are wanted; a space between thousands does not break."""
    marks = _style.get().marks.replace(" ", "\u00a0")
    return digits.translate({ord(","): marks[0], ord("."): marks[1]})


def day(on: date, *, has_year: bool = True) -> str:
    """A day such as 3 Nov 2026; without its year where that is said nearby."""
    order, month = _style.get().dates, _MONTHS[on.month - 1]
    if order == "iso":
        return on.isoformat() if has_year else f"{on:%m-%d}"
    text = f"{month} {on.day}" if order == "mdy" else f"{on.day} {month}"
    if not has_year:
        return text
    return f"{text}, {on.year}" if order == "mdy" else f"{text} {on.year}"


def is_day_first() -> bool:
    """Whether days are written in the order that lets a span leave out its first month."""
    return _style.get().dates == "dmy"
