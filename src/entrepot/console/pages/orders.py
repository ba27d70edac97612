"""Orders: the list, and one order with its facts and where each came from."""

from __future__ import annotations

from fastapi import Request

from entrepot.console import words
from entrepot.console.elements import widget
from entrepot.console.language import _
from entrepot.console.pages.listing import channel_choice, choice, column, date_filter, listing, text_filter
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/orders`` and ``/orders/{id}``."""
    guarded(services, "/orders", _draw_list)
    guarded(services, "/orders/{order_id:path}", _draw_order)


def _draw_list(visit: Visit, request: Request) -> None:
    with shell(visit, _("Orders"), "orders", widgets=["list"]):
        listing(
            "orders",
            url="/orders",
            export="/orders.csv",
            link="/orders/{id}",
            columns=[
                column("native_id", _("Order"), "code", width=190, card="title"),
                column("channel", _("Channel"), "word", family="channel", width=120, card="main"),
                column("shop", _("Shop"), "code", width=130, hide=True),
                column("placed_at", _("Placed"), "time", width=130, sort=True, card="side"),
                column("payment_status", _("Payment"), "status", family="payment", width=112, card="main"),
                column("fulfilment_status", _("Fulfilment"), "status", family="fulfilment", width=120, card="main"),
                column("aftersale_status", _("After-sale"), "status", family="aftersale", width=112),
                column("exceptions", _("Exceptions"), "tags", family="exception", width=210, card="main"),
                column("paid", _("Paid amount"), "money", width=120, sort=True, card="side"),
                column("pieces", _("Pieces"), "number", width=84, sort=True),
                column("lines", _("Lines"), "number", width=80, hide=True),
                column("province", _("Province"), "text", width=100),
                column("city", _("City"), "text", width=110),
                column("store", _("Store"), "text", width=120, hide=True),
                column("updated_at", _("Changed"), "time", width=120, sort=True),
            ],
            filters=[
                text_filter("q", _("Order, buyer, SKU")),
                channel_choice(_("Channel")),
                choice("payment", _("Payment"), words.payment_statuses()),
                choice("fulfilment", _("Fulfilment"), words.fulfilment_statuses()),
                choice("aftersale", _("After-sale"), words.aftersale_statuses()),
                date_filter("from", _("Since")),
                date_filter("to", _("Until")),
            ],
            empty={
                "title": _("No orders yet"),
                "text": _("Orders appear as soon as a channel sends its first message, or when a file is loaded."),
                "command": "entrepot load files orders.csv --mapping orders.toml",
            },
        )


def _draw_order(visit: Visit, request: Request) -> None:
    order_id = request.path_params["order_id"]
    title = order_id.rpartition(":")[2]
    with shell(visit, title, "orders", widgets=["order"], crumb=(_("Orders"), "/orders")):
        widget("order", id=order_id, may_act=visit.may("fulfil"))
