"""The house's own label maker: numbers of its own, printed at once. Pure, so the same request gives the same bytes.

It serves carriers whose numbers we may give (own vans, couriers who stick their own label over ours), and it makes the
port run for real where no vendor's adapter is configured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from entrepot.delivery.labels.label import FORMATS, Label, LabelRequest
from entrepot.delivery.labels.pdf import render_pdf
from entrepot.delivery.labels.svg import render_svg
from entrepot.delivery.labels.zpl import render_zpl
from entrepot.kernel.outcome import Outcome, Refusal

_RENDER: Final[dict[str, Callable[[LabelRequest, str], bytes]]] = {
    "svg": render_svg,
    "pdf": render_pdf,
    "zpl": render_zpl,
}
_MOST_SERIALS: Final = 10**11


@dataclass(frozen=True, slots=True)
class OwnLabels:
    """Makes labels with the house's own numbers: a prefix, eleven digits and a check digit.

    Parameters
    ----------
    prefix : str
        Two letters that tell our numbers from a carrier's.
    """

    prefix: str = "EN"

    def make(self, request: LabelRequest) -> Outcome[Label]:
        """Make a label; refused as ``out_of_numbers`` after the last serial."""
        if not 0 < request.serial < _MOST_SERIALS:
            message = f"Serial {request.serial} has no number of the house. Give the labels another prefix."
            return Outcome(refusal=Refusal("out_of_numbers", message, {"serial": request.serial}))
        number = tracking_number(self.prefix, request.serial)
        content = _RENDER[request.format](request, number)
        return Outcome(Label(request.id, number, request.format, FORMATS[request.format], content))

    def void(self, tracking_no: str) -> Outcome[bool]:
        """Take a number back: it is ours, and is never given again."""
        return Outcome(True)


def tracking_number(prefix: str, serial: int) -> str:
    """Write a number with its check digit.

    Notes
    -----
    The check digit is that of GS1 (GS1 General Specifications 7.9.1): weights 3 and 1 from the right.

    Examples
    --------
    >>> tracking_number("EN", 1), tracking_number("EN", 2)
    ('EN000000000017', 'EN000000000024')
    """
    digits = f"{serial:011d}"
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return f"{prefix}{digits}{-weighted % 10}"
