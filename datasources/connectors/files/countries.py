"""Names of countries, as files have them, and their ISO codes.

Source: the tz database's iso3166.tab (public domain), and names that files use instead.
"""

from pathlib import Path

_TABLE = Path(__file__).with_name("countries.tsv").read_text(encoding="utf-8")
_CODES = {name.casefold(): code for code, name in (line.split("\t") for line in _TABLE.splitlines())}
_KNOWN = frozenset(_CODES.values())


def code_of(text: str) -> str | None:
    """The ISO 3166 code of a country named in English, or by its code; None for what is no country."""
    code = text.upper()
    return code if code in _KNOWN else _CODES.get(text.casefold())
