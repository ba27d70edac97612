"""Stock: SKU × node, and the ledger of one cell with an as-of picker."""

from __future__ import annotations

from fastapi import Request

from entrepot.console import words
from entrepot.console.elements import widget
from entrepot.console.language import _
from entrepot.console.pages.listing import choice, column, listing, text_filter
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/stock`` and ``/stock/{sku}/{node}``."""
    guarded(services, "/stock", _draw_list)
    guarded(services, "/stock/{sku}/{node}", _draw_cell)


def _draw_list(visit: Visit, request: Request) -> None:
    with shell(visit, _("Stock"), "stock", widgets=["list"]):
        listing(
            "stock",
            url="/stock/levels",
            link="/stock/{sku}/{node}",
            export="/stock/levels.csv",
            sort="cover_days",
            columns=[
                column("sku", _("SKU"), "code", width=136, sort=True, card="title"),
                column("title", _("Product"), "text", flex=1, width=150, card="main"),
                column("node_name", _("Node"), "text", width=150, card="main", fallback="node"),
                column("status", _("Status"), "status", family="stock", width=108, card="side"),
                column("on_hand", _("On hand"), "number", width=88, sort=True),
                column("allocated", _("Allocated"), "number", width=82),
                column("reserved", _("Reserved"), "number", width=82),
                column("available", _("Available"), "number", width=88, sort=True, card="side"),
                column("quality_hold", _("Quality hold"), "number", width=88),
                column("damaged", _("Damaged"), "number", width=82),
                column("in_transit", _("In transit"), "number", width=82),
                column("on_order", _("On order"), "number", width=82),
                column("daily_sales", _("Sales per day"), "decimal", width=92, sort=True),
                column("cover_days", _("Cover, days"), "decimal", width=92, sort=True, card="side"),
            ],
            filters=[
                text_filter("q", _("SKU, product, node")),
                choice("status", _("Status"), words.stock_statuses()),
                text_filter("sku", _("SKU")),
                text_filter("node", _("Node code")),
            ],
            empty={
                "title": _("No stock yet"),
                "text": _("Stock appears when a channel, a till or a file reports receipts, counts or levels."),
                "command": "entrepot load files stock.csv --mapping stock.toml",
            },
        )


def _draw_cell(visit: Visit, request: Request) -> None:
    sku, node = request.path_params["sku"], request.path_params["node"]
    with shell(visit, f"{sku} @ {node}", "stock", widgets=["cell"], crumb=(_("Stock"), "/stock")):
        widget("cell", sku=sku, node=node)
