"""A label in ZPL II for label printers of 203 dpi; the printer draws the barcode. Pure."""

from __future__ import annotations

from typing import Final

from entrepot.delivery.labels.label import (
    BARCODE_HEIGHT_MM,
    BARCODE_TOP_MM,
    HEIGHT_MM,
    MARGIN_MM,
    WIDTH_MM,
    LabelRequest,
    lines_of,
)

_DOTS_PER_MM: Final = 8


def render_zpl(request: LabelRequest, tracking_no: str) -> bytes:
    """Write a label; ``^CI28`` reads it as UTF-8, ``^FH`` lets the marks ^, ~ and _ be text."""
    parts = [f"^XA^CI28^PW{_dots(WIDTH_MM)}^LL{_dots(HEIGHT_MM)}"]
    for line in lines_of(request):
        place = f"^FO{_dots(MARGIN_MM)},{_dots(line.top - line.size)}"
        parts.append(f"{place}^A0N,{_dots(line.size)},{_dots(line.size)}^FH_^FD{_text(line.text)}^FS")
    parts.append(
        f"^FO{_dots(2 * MARGIN_MM)},{_dots(BARCODE_TOP_MM)}^BY3^BCN,{_dots(BARCODE_HEIGHT_MM)},Y,N,N,A"
        f"^FH_^FD{_text(tracking_no)}^FS^XZ"
    )
    return "\n".join(parts).encode()


def _dots(millimetres: float) -> int:
    return round(millimetres * _DOTS_PER_MM)


def _text(text: str) -> str:
    return "".join(f"_{ord(mark):02X}" if mark in "^~_" else mark for mark in text)
