"""Documents as PDF, written from plain values by calls that put text on paper: nothing in them is read as markup.

The same document at the same date gives the same bytes, so a digest of it means something. The font comes with the
code (`fonts/`) and is embedded; it has Latin, Greek, Cyrillic, Hebrew, Arabic and others, set in their direction. What
it has no sign for is shown as a question mark in a diamond, never lost in silence.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TableCellFillMode
from fpdf.fonts import FontFace

FONTS: Final = Path(__file__).parent / "fonts"
FAMILY: Final = "DejaVu"
FILES: Final = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"
JOINERS: Final = "\u200c\u200d"  # which Persian and others are written with
PILED: Final = re.compile("([\u0300-\u036f]{3})[\u0300-\u036f]+")  # more marks on one letter than any language has
RIGHT_TO_LEFT: Final = {"R", "AL", "AN"}
WIDEST, MOST_LINES = 3.2, 24  # of a table: millimetres of a letter, lines of a cell
MARGIN, LINE, GREY, PALE = 20, 5.2, 110, 244  # millimetres; of grey, 255 is white


@dataclass(frozen=True)
class Heading:
    """The head of a part; the next part of `level` 1 begins on a new page where `is_on_new_page`."""

    text: str
    level: int = 1
    is_on_new_page: bool = False


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True)
class Facts:
    """Lines of a name and a value."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """Rows under a head, which stands again on each page. `widths`: how the columns share the line."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()


Part = Heading | Paragraph | Facts | Table


@dataclass(frozen=True)
class Document:
    """What is to be written. `foot`: at the foot of each page. `mark`: a word above each page, such as DRAFT."""

    title: str
    parts: tuple[Part, ...]
    foot: str = ""
    mark: str = ""


def pdf(document: Document, *, at: datetime) -> bytes:
    """The document as a file dated `at`."""
    paper = _Paper(document, at)
    paper.add_page()
    paper.write_title(document.title)
    for part in document.parts:
        match part:
            case Heading():
                paper.write_heading(part)
            case Paragraph():
                paper.write_paragraph(part.text)
            case Facts():
                paper.write_table((), part.rows, (1, 3))
            case Table():
                paper.write_table(part.head, part.rows, part.widths)
    return bytes(paper.output())


def plain(text: str) -> str:
    """The text as it is printed: without signs that control, and with a replacement for each that the font lacks."""
    composed = PILED.sub(r"\1", unicodedata.normalize("NFC", text))
    kept = (" " if sign in "\r\n\t" else sign for sign in composed)
    return "".join(_printed(sign) for sign in kept if sign in JOINERS or unicodedata.category(sign)[0] != "C")


def is_printable(text: str) -> bool:
    """Whether a document can show each letter of it."""
    return UNKNOWN not in plain(text)


def _printed(sign: str) -> str:
    return sign if ord(sign) in _signs() else UNKNOWN


@cache
def _signs() -> frozenset[int]:
    """The signs that every face of the font has."""
    faces = [set(TTFont(FONTS / name, lazy=True).getBestCmap() or ()) for name in FILES.values()]
    return frozenset(set.intersection(*faces))


class _Paper(FPDF):
    """A4, with the mark and the foot on each page."""

    def __init__(self, document: Document, at: datetime) -> None:
        super().__init__(format="A4")
        self.mark, self.foot = plain(document.mark), plain(document.foot)
        self.set_creation_date(at)
        self.set_title(plain(document.title))
        self.set_lang("en")
        self.set_creator("Putler")
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, margin=MARGIN + 4)
        for style, name in FILES.items():
            self.add_font(FAMILY, style, FONTS / name)
        self._plain_face()

    def header(self) -> None:
        """Print the mark."""
        if self.mark:
            self.set_font(FAMILY, "B", 9)
            self.set_text_color(170, 30, 30)
            self._put(self.mark, align="C")
            self.ln(3)
        self._plain_face()

    def footer(self) -> None:
        """Print the foot and the number of the page."""
        self.set_y(-MARGIN)
        self.set_font(FAMILY, "", 7)
        self.set_text_color(GREY)
        self.set_text_shaping(False)
        self.multi_cell(0, 4, f"{self.foot}   {self.page_no()} / {{nb}}".strip(), align="C")

    def write_title(self, text: str) -> None:
        """The title of the whole."""
        self.set_font(FAMILY, "B", 16)
        self._put(plain(text), height=8)
        self.ln(3)
        self._plain_face()

    def write_heading(self, heading: Heading) -> None:
        """A heading, kept together with what follows it."""
        if heading.is_on_new_page or self.will_page_break(30):
            self.add_page()
        self.ln(3)
        self.set_font(FAMILY, "B", 12 if heading.level == 1 else 10)
        self._put(plain(heading.text), height=6)
        self.ln(1)
        self._plain_face()

    def write_paragraph(self, text: str) -> None:
        """A paragraph and the space after it."""
        self._put(plain(text))
        self.ln(1.5)

    def write_table(self, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], widths: tuple[int, ...]) -> None:
        """Rows between thin lines; a name and its value where there is no head."""
        texts = [[plain(cell) for cell in row] for row in ((head, *rows) if head else rows)]
        if not texts:
            return
        self.set_font_size(8.5)
        self._shape("".join(cell for row in texts for cell in row))
        with self.table(
            col_widths=widths or None,
            first_row_as_headings=bool(head),
            headings_style=FontFace(emphasis="BOLD", fill_color=PALE),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            cell_fill_mode=TableCellFillMode.NONE,
            line_height=LINE,
            padding=1.2,
            text_align="LEFT",
            v_align="TOP",
        ) as table:
            for cells in texts:
                for piece in _pieces(cells, self._room(cells, widths)):
                    table.row(piece)
        self.ln(2)
        self._plain_face()

    def _room(self, cells: list[str], widths: tuple[int, ...]) -> list[int]:
        """How many letters, were they the widest, each cell of a row can hold on half a page."""
        shares = widths or (1,) * len(cells)
        return [max(1, int(self.epw * share / sum(shares) / WIDEST)) * MOST_LINES for share in shares]

    def _put(self, text: str, *, height: float = LINE, align: str = "") -> None:
        self._shape(text)
        is_rtl = _begins_right(text)
        self.multi_cell(0, height, text, align=align or ("R" if is_rtl else "L"), new_x="LMARGIN", new_y="NEXT")

    def _plain_face(self) -> None:
        self.set_font(FAMILY, "", 9.5)
        self.set_text_color(0)
        self.set_draw_color(200)

    def _shape(self, text: str) -> None:
        """Join and turn letters where a script asks for it; elsewhere each letter stays one, so text is found again."""
        self.set_text_shaping(any(unicodedata.bidirectional(sign) in RIGHT_TO_LEFT for sign in text))


def _pieces(cells: list[str], room: list[int]) -> Iterator[list[str]]:
    """A row, as several where a cell is so long that no page could hold it."""
    count = max(-(-len(cell) // most) for cell, most in zip(cells, room, strict=True)) or 1
    for number in range(count):
        yield [cell[number * most : (number + 1) * most] for cell, most in zip(cells, room, strict=True)]


def _begins_right(text: str) -> bool:
    kinds = (unicodedata.bidirectional(sign) for sign in text)
    return next((kind in RIGHT_TO_LEFT for kind in kinds if kind == "L" or kind in RIGHT_TO_LEFT), False)
