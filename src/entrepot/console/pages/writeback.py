"""Write-back: what each channel should show, and whether it was told."""

from __future__ import annotations

from fastapi import Request

from entrepot.console import order_words
from entrepot.console.elements import widget
from entrepot.console.language import _
from entrepot.console.pages.listing import channel_choice, choice, column
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/writeback``."""
    guarded(services, "/writeback", _draw)


def _draw(visit: Visit, request: Request) -> None:
    with shell(visit, _("Write-back"), "writeback", widgets=["writeback"]):
        widget(
            "writeback",
            may_act=visit.may("operate"),
            columns=[
                column("target", _("Listing or parcel"), "code", width=210, flex=1, card="title"),
                column("channel", _("Channel"), "word", family="channel", width=120, card="main"),
                column("shop", _("Shop"), "code", width=120),
                column("kind", _("Kind"), "word", family="wish", width=100, card="main"),
                column("state", _("Status"), "status", family="writeback", width=140, card="side"),
                column("wish.qty", _("Should show"), "number", width=96),
                column("accepted.qty", _("Shows"), "number", width=96),
                column("reason", _("Why not"), "text", width=150),
                column("attempts", _("Attempts"), "number", width=90),
                column("wished_at", _("Wanted since"), "time", width=120),
                column("accepted_at", _("Accepted"), "time", width=120),
                column("position", _("Log position"), "number", width=110),
            ],
            filters=[
                channel_choice(_("Channel")),
                choice("kind", _("Kind"), order_words.wish_kinds()),
                choice("state", _("Status"), order_words.writeback_states()),
            ],
        )
