"""What codes of delivery days are called."""

from __future__ import annotations

from entrepot.console.language import _


def dispatch_words() -> dict[str, dict[str, str]]:
    """Return the families of words of the dispatcher's desk."""
    return {
        "dispatch": {"draft": _("Draft"), "released": _("Released"), "closed": _("Closed")},
        "stop": {
            "waiting": _("Waiting"),
            "arrived": _("There"),
            "delivered": _("Delivered"),
            "failed": _("Failed"),
            "skipped": _("Skipped"),
            "gone": _("Gone"),
        },
        "stop_reason": {
            "nobody_home": _("Nobody there"),
            "refused": _("Refused"),
            "wrong_address": _("Wrong address"),
            "damaged": _("Damaged"),
            "no_time": _("No time"),
            "other": _("Other"),
        },
        "unserved": {
            "no_place": _("Nobody knows where it is: correct the order's address"),
            "no_vehicle": _("No vehicle is at the depot any more"),
            "too_heavy": _("Heavier than any vehicle carries"),
            "too_large": _("Larger than any vehicle carries"),
            "window": _("No vehicle can be there before its time is over"),
            "shift": _("No vehicle would be back within its shift"),
            "full": _("Could be served: choose a vehicle, or search again"),
        },
        "wave": {
            "must_go": _("Must go"),
            "goes_along": _("Goes along"),
            "may_wait": _("May wait"),
            "too_late": _("Too late"),
        },
        "wave_policy": {"conditional": _("drawn futures"), "prizes": _("rule of usual costs")},
        "day_left_out": {
            "planned": _("on another day"),
            "out_of_reach": _("too far: left to carriers"),
            "with_carrier": _("with a carrier"),
            "cancelling": _("wants to be cancelled"),
        },
        "dispatch_action": {
            "begin": _("Begun"),
            "search": _("Searched"),
            "move": _("Moved"),
            "lock": _("Locked"),
            "unlock": _("Unlocked"),
        },
    }
