"""A label as a PDF of one page, without a library. Pure.

Chinese text is set in ``STSong-Light`` with the encoding ``UniGB-UCS2-H``: one of the fonts every PDF reader brings
or replaces, so that none has to be embedded.

References
----------
ISO 32000-1:2008, 9.7.5.2 (predefined CMaps), 7.5 (file structure).
"""

from __future__ import annotations

from typing import Final

from entrepot.delivery.labels.code128 import bars
from entrepot.delivery.labels.label import (
    BARCODE_HEIGHT_MM,
    BARCODE_TOP_MM,
    HEIGHT_MM,
    MARGIN_MM,
    NUMBER_SIZE_MM,
    WIDTH_MM,
    LabelRequest,
    lines_of,
)

_POINTS_PER_MM: Final = 72 / 25.4


def render_pdf(request: LabelRequest, tracking_no: str) -> bytes:
    """Write a label as a document."""
    content = _drawing(request, tracking_no)
    width, height = (f"{size * _POINTS_PER_MM:.2f}" for size in (WIDTH_MM, HEIGHT_MM))
    return _document(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R "
            "/Resources << /Font << /F1 5 0 R >> >> >>".encode(),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
            b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UCS2-H /Encoding /UniGB-UCS2-H "
            b"/DescendantFonts [6 0 R] >>",
            b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R "
            b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /DW 1000 /W [1 95 500] >>",
            b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
            b"/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
        ]
    )


def _drawing(request: LabelRequest, tracking_no: str) -> bytes:
    parts = [_text(line.text, MARGIN_MM, line.top, line.size) for line in lines_of(request)]
    bottom = BARCODE_TOP_MM + BARCODE_HEIGHT_MM
    for left, width in bars(tracking_no, WIDTH_MM):
        sizes = (left, HEIGHT_MM - bottom, width, BARCODE_HEIGHT_MM)
        parts.append(" ".join(f"{size * _POINTS_PER_MM:.3f}" for size in sizes) + " re f")
    parts.append(_text(tracking_no, WIDTH_MM / 4, bottom + NUMBER_SIZE_MM * 1.2, NUMBER_SIZE_MM))
    return "\n".join(parts).encode("ascii")


def _text(text: str, left: float, top: float, size: float) -> str:
    # The encoding knows characters of two bytes only; what lies beyond is shown as a question mark.
    plain = "".join(character if ord(character) < 0x10000 else "?" for character in text)
    x, y, points = left * _POINTS_PER_MM, (HEIGHT_MM - top) * _POINTS_PER_MM, size * _POINTS_PER_MM
    return f"BT /F1 {points:.2f} Tf {x:.2f} {y:.2f} Td <{plain.encode('utf-16-be').hex()}> Tj ET"


def _document(objects: list[bytes]) -> bytes:
    body = b"%PDF-1.4\n"
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n" % count
        + table
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(body))
    )
