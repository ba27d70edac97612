"""Write-back in the demo: its shops are written to over HTTP, at a double of the channels on this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from entrepot.hub.shops import Shop, Shops
from entrepot.infra.database import Database
from entrepot.simulator.receiver import VENDORS, Receiver
from entrepot.simulator.retailer import DemoRetailer, DemoShop

LOCATION: Final = "7001"
_HERE: Final = "http://127.0.0.1:"


def open_receiver(db: Database, shops: Shops, retailer: DemoRetailer) -> Receiver:
    """Start the channels' double and write its address into the demo's shops; whoever set another keeps it."""
    written = [shop for shop in retailer.shops if shop.channel in VENDORS and shop.kind == "channel"]
    receiver = Receiver({(shop.channel, shop.shop): shop.secret for shop in written})
    port = receiver.start()
    with db.transaction() as conn:
        for shop in written:
            known = shops.get(conn, shop.channel, shop.shop)
            if known.settings.get("write_url", _HERE).startswith(_HERE):
                shops.register(conn, _addressed(known, shop, port))
    return receiver


def _addressed(known: Shop, shop: DemoShop, port: int) -> Shop:
    settings = {"write_url": f"{_HERE}{port}/{shop.channel}/{shop.shop}", "location_id": LOCATION}
    return replace(known, settings=settings, secrets={**known.secrets, **shop.secret})
