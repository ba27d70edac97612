"""A label as SVG. Pure."""

from __future__ import annotations

from xml.sax.saxutils import escape

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


def render_svg(request: LabelRequest, tracking_no: str) -> bytes:
    """Draw a label."""
    size = f'width="{WIDTH_MM:g}mm" height="{HEIGHT_MM:g}mm" viewBox="0 0 {WIDTH_MM:g} {HEIGHT_MM:g}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">',
        f'<rect width="{WIDTH_MM:g}" height="{HEIGHT_MM:g}" fill="#fff"/>',
    ]
    for line in lines_of(request):
        parts.append(f'<text x="{MARGIN_MM:g}" y="{line.top:.1f}" font-size="{line.size:g}">{escape(line.text)}</text>')
    for left, width in bars(tracking_no, WIDTH_MM):
        parts.append(
            f'<rect x="{left:.3f}" y="{BARCODE_TOP_MM:g}" width="{width:.3f}" height="{BARCODE_HEIGHT_MM:g}"/>'
        )
    below = BARCODE_TOP_MM + BARCODE_HEIGHT_MM + NUMBER_SIZE_MM * 1.2
    parts.append(
        f'<text x="{WIDTH_MM / 2:g}" y="{below:g}" font-size="{NUMBER_SIZE_MM:g}" text-anchor="middle">'
        f"{escape(tracking_no)}</text></svg>"
    )
    return "".join(parts).encode()
