"""Channels: are they alive, how fast, what is new in their messages."""

from __future__ import annotations

from fastapi import Request

from entrepot.console.elements import widget
from entrepot.console.language import _
from entrepot.console.pages.listing import column, listing, text_filter
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/channels`` and ``/channels/{channel}/{shop}``."""
    guarded(services, "/channels", _draw_list)
    guarded(services, "/channels/{channel}/{shop}", _draw_channel)


def _draw_list(visit: Visit, request: Request) -> None:
    with shell(visit, _("Channels"), "channels", widgets=["list"]):
        listing(
            "channels",
            url="/channels",
            link="/channels/{channel}/{shop}",
            columns=[
                column("name", _("Name"), "text", flex=1, width=170, card="title", fallback="shop"),
                column("channel", _("Channel"), "word", family="channel", width=140, card="main"),
                column("shop", _("Shop"), "code", width=150, card="main"),
                column("last_message_at", _("Last message"), "time", width=130, card="side"),
                column("rate_per_min", _("Messages per minute"), "decimal", width=110),
                column("messages_24h", _("Messages, 24 h"), "number", width=110),
                column("messages", _("Messages"), "number", width=110),
                column("lag_ms", _("Lag"), "duration", width=90),
                column("findings", _("Findings"), "number", width=100),
                column("quarantined", _("In quarantine"), "alarm", width=100, card="side"),
                column("drift", _("New fields, 7 d"), "alarm", width=110),
            ],
            filters=[text_filter("q", _("Channel, shop"))],
            empty={
                "title": _("No channel has spoken yet"),
                "text": _(
                    "Point a channel's webhook at this server, or load a file. The demo retailer brings its own."
                ),
                "command": "entrepot serve --demo",
            },
        )


def _draw_channel(visit: Visit, request: Request) -> None:
    channel, shop = request.path_params["channel"], request.path_params["shop"]
    name = request.query_params.get("name") or shop
    with shell(visit, name, "channels", widgets=["channel"], crumb=(_("Channels"), "/channels")):
        widget("channel", channel=channel, shop=shop, columns=message_columns())


def message_columns() -> list[dict[str, object]]:
    """Return the columns of a list of messages."""
    return [
        column("received_at", _("Received"), "time", width=130, card="title"),
        column("topic", _("Topic"), "code", flex=1, width=180, card="main"),
        column("outcome", _("Outcome"), "status", family="outcome", width=120, card="side"),
        column("records", _("Records"), "number", width=90),
        column("findings", _("Findings"), "alarm", width=90),
        column("transport", _("Way in"), "word", family="transport", width=90),
        column("size", _("Size"), "bytes", width=90),
        column("signature", _("Signature"), "word", family="signature", width=110),
        column("id", _("Message"), "code", width=140),
    ]
