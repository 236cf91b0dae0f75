"""How a file is stored: found out from its bytes, and within limits."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.connectors.files import text
from datasources.connectors.ledger_csv import FileRefused

TABLE = "Nr;Käufer\n1;Zoë\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def read(file: Path, content: bytes) -> list[text.Row]:
    file.write_bytes(content)
    return list(text.rows(file, text.stored(file)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_recognised(file: Path, encoding: str) -> None:
    file.write_bytes(TABLE.encode(encoding))

    assert text.stored(file) == (encoding, ";", ("Nr", "Käufer"))
    assert read(file, TABLE.encode(encoding)) == [(2, ["1", "Zoë"], "")]


@pytest.mark.parametrize("delimiter", list(text.DELIMITERS))
def test_the_delimiter_is_the_most_frequent_outside_quotes(file: Path, delimiter: str) -> None:
    file.write_text(f'"a,;\t|,;\t|"{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}3\n')

    assert text.stored(file).delimiter == delimiter


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_like(file: Path, end: str) -> None:
    assert read(file, f'a,b{end}1,"x{end}y"{end}{end}3,4{end}'.encode()) == [
        (2, ["1", f"x{end}y"], ""),
        (5, ["3", "4"], ""),
    ]


def test_a_compressed_file_is_inflated(file: Path) -> None:
    assert read(file, gzip.compress(TABLE.encode())) == [(2, ["1", "Zoë"], "")]


def test_names_of_columns_lose_what_the_eye_does_not_see(file: Path) -> None:
    file.write_bytes("\ufeff Order\u00a0No ,,b\n".encode())

    assert text.stored(file).header == ("Order No", "Column 2", "b")


def test_the_same_columns_have_the_same_digest(file: Path) -> None:
    digests = []
    for header in ("A,B", "a;b", "b,a"):
        file.write_text(f"{header}\n1,2\n")
        digests.append(text.stored(file).digest)

    assert (digests[0] == digests[1], digests[0] == digests[2]) == (True, False)


@pytest.mark.rule("X5")
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"one column\n", "only one column"),
        (b"a,b\n1,\x00\n", "NUL"),
        (b'a,b\n1,"never closed\n2,3\n', "never closed"),
        (b'a,b\n1,"' + b"x" * 40_000 + b'"\n', "field larger"),
        (b"a," * 200 + b"b\n", "201 columns"),
        (b"PK\x03\x04rest", "ZIP"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "damaged"),
        (b"a,b\n\x81\xff,\x8d\n", "not text"),
        (b"a," + b"b" * 2_000_000, "characters"),
    ],
)
def test_what_is_no_table_says_why(file: Path, content: bytes, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        read(file, content)


@pytest.mark.rule("X5")
def test_a_bomb_is_left_once_it_is_larger_than_allowed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "LARGEST", 2 * 1024 * 1024)
    bomb = gzip.compress(b"a,b\n" + b"1,2\n" * 1024 * 1024)
    assert len(bomb) < 20_000

    with pytest.raises(FileRefused, match="holds more than 2 MB"):
        read(file, bomb)


@pytest.mark.rule("X5")
def test_rows_are_counted(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MOST_ROWS", 2)

    assert len(read(file, b"a,b\n1,2\n3,4\n")) == 2
    with pytest.raises(FileRefused, match="more than 2 rows"):
        read(file, b"a,b\n1,2\n3,4\n5,6\n")


@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xfe", b"a,b\n", b"\xef\xbb\xbfa;b\n", b"\x1f\x8b"]))
def test_no_bytes_break_the_reading(tmp_path_factory: pytest.TempPathFactory, content: bytes, head: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "file.csv"
    try:
        read(file, head + content)
    except FileRefused:
        return
