"""Availability: what each channel may promise of a SKU, now and by date, and why."""

from __future__ import annotations

from fastapi import Request

from entrepot.console.elements import widget
from entrepot.console.language import _
from entrepot.console.pages.listing import channel_choice, choice, column, listing, text_filter
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/availability`` and ``/availability/{sku}``."""
    guarded(services, "/availability", _draw_list)
    guarded(services, "/availability/{sku:path}", _draw_sku)


def _draw_list(visit: Visit, request: Request) -> None:
    with shell(visit, _("Availability"), "availability", widgets=["list"]):
        listing(
            "availability",
            url="/availability",
            link="/availability/{sku}",
            columns=[
                column("sku", _("SKU"), "code", width=136, card="title"),
                column("title", _("Product"), "text", flex=1, width=170, card="main"),
                column("channel", _("Channel"), "word", family="channel", width=130, card="main"),
                column("shop", _("Shop"), "code", width=120),
                column("now", _("Available now"), "number", width=110),
                column("offered", _("Shown to buyers"), "number", width=120, card="side"),
                column("next_date", _("More from"), "text", width=110),
                column("next_qty", _("Then"), "number", width=84),
                column("owed", _("Held, not covered"), "alarm", width=120),
                column("overdue", _("Overdue supply"), "alarm", width=120),
                column("position", _("Log position"), "number", width=110, hide=True),
                column("changed_at", _("Changed"), "time", width=120),
            ],
            filters=[
                text_filter("sku", _("SKU")),
                channel_choice(_("Channel")),
                text_filter("shop", _("Shop")),
                choice("out", _("All stock"), {"true": _("Sold out only")}),
            ],
            empty={
                "title": _("Nothing to promise yet"),
                "text": _("Availability appears when the stock book knows a SKU and a channel lists it."),
                "command": "entrepot load files stock.csv --mapping stock.toml",
            },
        )


def _draw_sku(visit: Visit, request: Request) -> None:
    sku = request.path_params["sku"]
    with shell(visit, sku, "availability", widgets=["availability"], crumb=(_("Availability"), "/availability")):
        widget("availability", sku=sku)
