"""A QR code as the path of an SVG, so that a page needs neither an image from elsewhere nor markup from a library."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 4  # modules around the code that stay white


@dataclass(frozen=True)
class QrCode:
    """`path`: what to draw on a square of `size` units."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """The code that says this."""
    code: QRCode[Any] = QRCode(border=QUIET, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    rows = code.get_matrix()
    return QrCode(len(rows), "".join(_runs(y, row) for y, row in enumerate(rows)))


def _runs(y: int, row: list[bool]) -> str:
    parts, x = [], 0
    for is_dark, run in groupby(row):
        length = len(list(run))
        if is_dark:
            parts.append(f"M{x} {y}h{length}v1h-{length}z")
        x += length
    return "".join(parts)
