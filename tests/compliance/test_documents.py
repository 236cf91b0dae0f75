"""Documents as PDF: words stay words, whatever they look like, and the same document is the same file."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from compliance.documents import Document, Facts, Heading, Paragraph, Table, is_printable, pdf, plain

pytestmark = pytest.mark.rule("X8")
AT = datetime(2026, 11, 26, 12, 30, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script></w:p>{{ 7 }}**b**a\x00b\u202ec\nd"


def read(file: bytes) -> PdfReader:
    return PdfReader(BytesIO(file))


def words(file: bytes) -> str:
    return "\n".join(page.extract_text() for page in read(file).pages)


def written(*cells: str) -> bytes:
    """A document in which each text stands in every kind of part."""
    parts = [
        (Heading(text), Paragraph(text), Facts(((text, text),)), Table((text, "b"), ((text, "c"),))) for text in cells
    ]
    return pdf(Document("Title", tuple(part for four in parts for part in four), foot="Foot", mark="DRAFT"), at=AT)


def test_markup_is_printed_as_it_was_typed_and_does_nothing() -> None:
    file = written(HOSTILE)

    assert words(file).count("<script>alert(1)") == 6
    assert not [word for word in (b"/JavaScript", b"/JS", b"/Launch", b"/URI", b"/EmbeddedFile") if word in file]


def test_ten_thousand_signs_fill_pages_and_break_nothing() -> None:
    for sign in ("x", "W", "word ", "ب", "q" + "\u0301" * 99, "😀中", "\u202e", "\ud800"):
        name = sign * (10_000 // len(sign))
        found = words(pdf(Document("Title", (Facts((("Company", name),)), Heading("End"))), at=AT))

        letters = [each for each in plain(name) if each.isalpha() or each == "\ufffd"]
        assert len([each for each in found if each in letters]) >= len(letters), sign
        assert "End" in found


def test_every_script_that_the_font_has_is_found_again_and_others_are_told() -> None:
    found = words(written("Łódź Ωμέγα Київ", "חברה", "شركة", "東京 ☃"))

    assert all(word in found for word in ("Łódź Ωμέγα Київ", "חברה", "شركة", "\ufffd\ufffd ☃"))
    assert [is_printable(text) for text in ("Łódź", "شركة", "東京")] == [True, True, False]


def test_the_font_is_embedded_and_the_mark_stands_on_every_page() -> None:
    reader = read(written("long " * 2000))
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]

    assert all(page.extract_text().startswith("DRAFT") for page in reader.pages)
    assert len(reader.pages) > 2
    assert all("/FontFile2" in font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts)


def test_the_same_document_at_the_same_date_is_the_same_file() -> None:
    assert written("one") == written("one")
    assert written("one") != written("two")
