"""SF's operation codes (opCode) by our tracking codes; the vendor's list as of 2022, and a journey of 2023."""

from __future__ import annotations

from typing import Final

_BY_MEANING: Final = {
    # told of, not yet with the courier: warehouse picking, booking a pick-up, put into a locker by the sender
    "created": "127 138 151 152 153 201 205 206 646 647",
    # taken over from the sender: 50 and 54 by courier, 43 into the depot, 607 by an agent
    "picked_up": "41 43 46 50 51 54 129 154 188 214 607 633 651 655 656 700 701 850 851 950",
    # loaded, left, on the road, in the air: 30 loaded, 36 vehicle sealed, 99 forwarded at the customer's wish
    "in_transit": "10 30 34 36 64 65 75 84 86 87 88 96 98 99 105 123 126 135 136 137 140 141 147 186 187 189 190 202 "
    "208 302 304 405 407 501 570 605 626 627 630 649 664 830 831 843 844 847 900 921 930 931 932 3036",
    "arrived": "11 31 89 106 406 571",
    "customs": "14 15 16 17 18 604 606 612 613 614 619 620 621 623",
    # 44 assigned to a courier, 204 handed to the courier
    "out_for_delivery": "44 47 122 204 211 212 634 657 676 677 880 933",
    # SF shop or station, Hive Box locker, partner's shelf
    "ready_for_pickup": "125 130 632 642 643 678",
    "attempt_failed": "70",
    "exception": "33 66 72 77 131 611 833 870 934",
    "returning": "631 648",  # goes on under a new number
    "returned": "215 660",
    # 8000 "the signature can be seen" follows 80
    "delivered": "80 97 128 658 679 935 8000",
}

TRACKING: Final = {number: code for code, numbers in _BY_MEANING.items() for number in numbers.split()}

ORDER_ERRORS: Final = {
    "8016": "This order was placed before; the parcel exists.",
    "8037": "This order was cancelled before.",
}
"""Refusals that mean "already done": a command that meets them has succeeded."""
