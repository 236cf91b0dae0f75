"""Numbers as files write them. Which sign is the decimal mark is settled for a whole file, never for one cell."""

import re
from collections import Counter
from collections.abc import Iterable

from putler.kernel.money import CURRENCIES

SCALE = 6  # decimals that are kept: prices may have parts of a penny
_UNIT: int = 10**SCALE
_LARGEST = 10**11 * _UNIT
_NOISE = dict.fromkeys(map(ord, " \u00a0\u202f\u2009'’$€£¥"))
_MINUS = str.maketrans({"−": "-", "–": "-"})
_SHAPES = {
    mark: re.compile(rf"([+-]?)(\d{{1,3}}(?:[{group}]\d{{3}})+|\d*)(?:[{mark}](\d*))?([+-]?)")
    for mark, group in ((".", ","), (",", "."))
}


_CODE = re.compile(r"[A-Z]{3}")
_SIGNS = {
    "€": ("EUR",),
    "£": ("GBP", "EGP", "SYP", "LBP", "SDG"),
    "¥": ("JPY", "CNY"),
    "$": tuple("USD AUD CAD NZD HKD SGD TWD MXN ARS CLP COP BRL BMD BSD BBD BZD FJD GYD JMD LRD NAD SBD SRD TTD XCD "
               "UYU".split()),
}  # fmt: skip


class NoNumber(ValueError):
    """The text is no number that can be kept."""


def decimal_marks(texts: Iterable[str]) -> set[str]:
    """Which of “.” and “,” may be the decimal mark of these numbers; both where none of them tells."""
    votes: dict[str, int] = {".": 0, ",": 0}
    told = False
    for text in texts:
        mark = _mark(text)
        if mark:
            votes[mark] += 1
        told = told or "." in text or "," in text
    if votes["."] == votes[","]:
        return {".", ","} if told else {"."}
    return {max(votes, key=lambda mark: votes[mark])}


def currency_beside(texts: Iterable[str], otherwise: str) -> str:
    """The currency whose code or sign stands beside most of these numbers; `otherwise` where none does.

    A sign that several currencies share is that of `otherwise` where it is one of them.
    """
    found: Counter[str] = Counter()
    count = 0
    for text in texts:
        count += any(map(str.isdigit, text))
        if code := _CODE.search(text):
            found[code[0]] += 1
        else:
            found.update(sign for sign in _SIGNS if sign in text)
    beside, often = found.most_common(1)[0] if found else ("", 0)
    if 2 * often <= count:
        return otherwise
    shared = _SIGNS.get(beside, (beside,))
    return otherwise if otherwise in shared or shared[0] not in CURRENCIES else shared[0]


def _mark(text: str) -> str | None:
    """The decimal mark that this one number tells of."""
    point, comma = text.rfind("."), text.rfind(",")
    if point >= 0 and comma >= 0:
        return "." if point > comma else ","
    if point < 0 and comma < 0:
        return None
    mark, other = (".", ",") if point >= 0 else (",", ".")
    whole, *rest = text.translate(_NOISE).strip("+-−()").split(mark)
    if len(rest) > 1:
        return other
    is_group = len(rest[0]) == 3 and 1 <= len(whole) <= 3 and whole.strip("0")
    return None if is_group else mark


def scaled(text: str, mark: str) -> int:
    """A number in millionths: “1.234,5” is 1234500000 where `mark` is “,”. Raises NoNumber."""
    plain = text.strip().translate(_NOISE).translate(_MINUS)
    is_bracketed = plain.startswith("(") and plain.endswith(")")
    found = _SHAPES[mark].fullmatch(plain.strip("()") if is_bracketed else plain)
    if not found or not (found[2] or found[3]) or (found[1] and found[4]):
        raise NoNumber("a number")
    whole, rest = re.sub(r"\D", "", found[2]), (found[3] or "").rstrip("0")
    if len(rest) > SCALE or len(whole) > 20:
        raise NoNumber(f"a number with at most {SCALE} decimals")
    value = int(whole or "0") * _UNIT + int(rest.ljust(SCALE, "0"))
    if value >= _LARGEST:
        raise NoNumber("a number that is not too large to be kept")
    return -value if is_bracketed or "-" in (found[1], found[4]) else value


def to_minor(value: int, decimals: int) -> int:
    """Millionths rounded once to minor units of a currency with so many decimals, half away from zero."""
    unit: int = 10 ** (SCALE - decimals)
    rounded = (2 * abs(value) + unit) // (2 * unit)
    return rounded if value >= 0 else -rounded
