"""What the carriers' door asks of others."""

from __future__ import annotations

from typing import Protocol

from entrepot.delivery.labels.label import Label, LabelRequest
from entrepot.kernel.outcome import Outcome


class LabelMaker(Protocol):
    """Gets a parcel its label and number from whoever gives them: a carrier's interface, or the house itself.

    Both calls may come again after a crash: the same request must give the same number, and voiding what is void is
    done. A refusal is the carrier's considered no (``not_served``, ``too_heavy``, ``bad_address``, ``out_of_numbers``);
    a carrier that does not answer raises `entrepot.kernel.errors.UpstreamError`, and is asked again later.
    """

    def make(self, request: LabelRequest) -> Outcome[Label]:
        """Make the label of a request, or say why not."""
        ...

    def void(self, tracking_no: str) -> Outcome[bool]:
        """Take a number back before the parcel is handed over."""
        ...
