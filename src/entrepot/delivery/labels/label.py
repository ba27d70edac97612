"""What a label is asked for with, and what comes back. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from entrepot.kernel.errors import InputError

FORMATS: Final = {"svg": "image/svg+xml", "pdf": "application/pdf", "zpl": "application/zpl"}
"""Forms a label is printed in, and their media types: a page, a document, a label printer's own language."""
WIDTH_MM: Final = 100.0
HEIGHT_MM: Final = 150.0
MARGIN_MM: Final = 4.0
BARCODE_TOP_MM: Final = 100.0
BARCODE_HEIGHT_MM: Final = 28.0
NUMBER_SIZE_MM: Final = 6.0
_LONGEST: Final = 120


class Address(NamedTuple):
    """Who is where."""

    name: str
    phone: str
    country: str
    province: str
    city: str
    street: str
    postal: str = ""

    @property
    def place(self) -> str:
        """Country and all below it, on one line."""
        return " ".join(part for part in (self.province, self.city, self.street, self.postal, self.country) if part)


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """A label that is asked for.

    Parameters
    ----------
    id : str
        Made by the client; the same id is the same label.
    serial : int
        Given by the house, once for each id.
    carrier, service : str
        Who takes the parcel.
    sender, receiver : Address
        From and to.
    weight_g : int
        As handed over.
    reference : str
        What the customer knows it by: the order's number.
    format : str
        A key of `FORMATS`.

    Raises
    ------
    InputError
        ``delivery.label`` when a receiver cannot be found by it, or the format is unknown.
    """

    id: str
    serial: int
    carrier: str
    service: str
    sender: Address
    receiver: Address
    weight_g: int
    reference: str = ""
    format: str = "svg"

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise InputError(
                "delivery.label", f"There is no label form {self.format!r}.", f"Use one of {', '.join(FORMATS)}."
            )
        missing = [name for name in ("name", "street") if not getattr(self.receiver, name).strip()]
        if missing or max(map(len, (*self.sender, *self.receiver, self.reference))) > _LONGEST:
            raise InputError(
                "delivery.label",
                f"The label of {self.id} has no receiver's {' and '.join(missing)}."
                if missing
                else f"A line on the label of {self.id} is longer than {_LONGEST} characters.",
                "Give name and street, each of at most 120 characters.",
            )


class Label(NamedTuple):
    """A label to print.

    Parameters
    ----------
    id, tracking_no : str
        The request's id, and the number the parcel is followed by.
    format, media_type : str
        See `FORMATS`.
    content : bytes
        The print.
    """

    id: str
    tracking_no: str
    format: str
    media_type: str
    content: bytes


class Line(NamedTuple):
    """A line of text on a label: what, its base line from the top, its size, all in millimetres."""

    text: str
    top: float
    size: float


def lines_of(request: LabelRequest) -> list[Line]:
    """Lay out what stands on a label above its barcode."""
    receiver, sender = request.receiver, request.sender
    said = (
        (f"{request.carrier} / {request.service}", 7.0),
        (f"{receiver.name} {receiver.phone}", 5.5),
        (receiver.place, 4.5),
        (f"{sender.name} {sender.phone}", 3.5),
        (sender.place, 3.0),
        (f"{request.weight_g / 1000:.2f} kg  {request.reference}", 3.5),
    )
    found: list[Line] = []
    top = MARGIN_MM
    for text, size in said:
        for line in _wrapped(_printable(text.strip()), (WIDTH_MM - 2 * MARGIN_MM) / size):
            top += size * 1.3
            found.append(Line(line, top, size))
    return found


def _wrapped(text: str, ems: float) -> list[str]:
    """Break a line where it gets wider than a number of ems; a Chinese character is one, a Latin one about half."""
    lines, width = [""], 0.0
    for character in text:
        wide = 1.0 if ord(character) > 0x2E7F else 0.55
        width += wide
        if width > ems:
            lines.append("")
            width = wide
        lines[-1] += character
    return lines


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
