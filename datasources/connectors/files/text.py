"""A file's text: how it is stored, found out from its bytes, and its rows, within limits, read as a stream."""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from datasources.connectors.ledger_csv import FileRefused

LARGEST = 100 * 1024 * 1024  # bytes, once inflated
MOST_ROWS = 2_000_000
MOST_COLUMNS = 100
LONGEST_FIELD = 32 * 1024  # characters
LONGEST_LINE = 1024 * 1024  # characters up to a line break
DELIMITERS = ",;\t|"
_STRAY = (
    "It is not valid CSV: a quote in it is not doubled, or not closed, or the columns are separated otherwise here."
)
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

csv.field_size_limit(LONGEST_FIELD)


class Stored(NamedTuple):
    """How a file stores its rows, and the names of its columns, trimmed."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The same for files with the same columns."""
        return hashlib.sha256("\x1f".join(name.casefold() for name in self.header).encode()).hexdigest()


class Row(NamedTuple):
    """One row below the header; `line`: where it begins, the header's first line being 1.

    `fault`: why it is none, though the rows behind it may be good.
    """

    line: int
    values: list[str]
    fault: str = ""


def stored(path: Path) -> Stored:
    """Find out how a file is stored. Raises FileRefused where it is no table in a text file."""
    encoding = _encoding(path)
    with lines(path, encoding) as found:
        first = _first_line(found)
    counts = {sign: _outside_quotes(first).count(sign) for sign in DELIMITERS}
    delimiter = max(counts, key=lambda sign: counts[sign])
    if not counts[delimiter]:
        raise FileRefused("The first line names only one column, or none; it should name them all.")
    with lines(path, encoding) as found:
        first_row = next(_rows(found, delimiter))
        header = tuple(_name(value, number) for number, value in enumerate(first_row.values, 1))
    if first_row.fault:
        raise FileRefused(f"The first line should name the columns. {first_row.fault}")
    if len(header) > MOST_COLUMNS:
        raise FileRefused(f"The header has {len(header)} columns; {MOST_COLUMNS} are the most.")
    return Stored(encoding, delimiter, header)


def rows(path: Path, how: Stored) -> Iterator[Row]:
    """The rows below the header, empty ones left out. Raises FileRefused where the file breaks a limit or off."""
    with lines(path, how.encoding) as text:
        found = _rows(text, how.delimiter)
        next(found)
        for number, row in enumerate(found, 1):
            if number > MOST_ROWS:
                raise FileRefused(f"The file has more than {MOST_ROWS:,} rows. Split it and upload the parts.")
            yield row


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes. Raises FileRefused where it is gone."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise FileRefused("The file is no longer there; upload it again.") from error


class _Inflated(io.RawIOBase):
    """A file's bytes, inflated where it is compressed, and no more of them than allowed."""

    def __init__(self, file: BinaryIO) -> None:
        head = file.peek(4)[:4] if isinstance(file, io.BufferedReader) else b""
        if head.startswith(_ZIP):
            raise FileRefused("This is a ZIP archive or an Excel workbook. Save it as CSV, or compress it with gzip.")
        self._source = cast("BinaryIO", gzip.open(file)) if head.startswith(_GZIP) else file
        self._left = LARGEST

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            chunk = self._source.read(len(buffer))
        except (EOFError, OSError, zlib.error) as error:
            raise FileRefused("The file is damaged: it cannot be decompressed.") from error
        self._left -= len(chunk)
        if self._left < 0:
            raise FileRefused(f"The file holds more than {LARGEST // 1024 // 1024} MB. Split it by month or year.")
        buffer[: len(chunk)] = chunk
        return len(chunk)


@contextmanager
def lines(path: Path, encoding: str) -> Iterator[Iterator[str]]:
    """The lines of a file's text while it is open, inflated and within limits."""
    with _open(path) as file:
        binary = io.BufferedReader(_Inflated(file), 1024 * 1024)
        yield _checked(io.TextIOWrapper(binary, encoding=encoding, newline=""))


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise FileRefused("The file is no longer there; upload it again.") from error


def _checked(text: io.TextIOWrapper) -> Iterator[str]:
    try:
        while line := text.readline(LONGEST_LINE):
            if "\x00" in line:
                raise FileRefused("The file holds NUL characters: it is no text.")
            if len(line) == LONGEST_LINE:
                raise FileRefused(f"A line of the file has more than {LONGEST_LINE:,} characters.")
            yield line
    except UnicodeError as error:
        raise FileRefused("The file is not text in UTF-8, UTF-16 or Windows-1252.") from error


def _encoding(path: Path) -> str:
    """By its first bytes; else UTF-8 where all of it is that, and Windows-1252 otherwise."""
    with _open(path) as file:
        content = io.BufferedReader(_Inflated(file), 1024 * 1024)
        head = content.peek(3)
        if head.startswith(_UTF_16):
            return "utf-16"
        if head.startswith(b"\xef\xbb\xbf"):
            return "utf-8-sig"
        try:
            for _ in io.TextIOWrapper(content, encoding="utf-8", newline="").__iter__():
                pass
        except UnicodeDecodeError:
            return "cp1252"
        return "utf-8"


def _first_line(text: Iterator[str]) -> str:
    first = next((line for line in text if line.strip()), "")
    if not first:
        raise FileRefused("The file is empty.")
    return first


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _rows(text: Iterator[str], delimiter: str) -> Iterator[Row]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    start = 1
    while True:
        try:
            values = next(reader, None)
        except csv.Error as error:
            if "expected after" not in str(error):
                what = "a quote is never closed" if "unexpected end" in str(error) else str(error)
                raise FileRefused(f"From line {start} on it is not valid CSV: {what}.") from error
            yield Row(start, [], _STRAY)  # the reader begins anew with the next line
        else:
            if values is None:
                return
            if len(values) > 1 or (values and values[0].strip()):
                yield Row(start, values)
        start = reader.line_num + 1


def _name(text: str, number: int) -> str:
    """A column's name, without what the eye does not see; one that has none is called by its place."""
    return " ".join(text.replace("\ufeff", "").split())[:100] or f"Column {number}"
