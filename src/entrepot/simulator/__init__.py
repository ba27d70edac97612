"""The demo retailer: a simulated world whose channels, carriers and warehouse send their native messages."""

from entrepot.simulator.history import history
from entrepot.simulator.live import LiveFeed
from entrepot.simulator.message import NativeMessage
from entrepot.simulator.retailer import DemoRetailer, DemoShop, build_retailer

__all__ = ["DemoRetailer", "DemoShop", "LiveFeed", "NativeMessage", "build_retailer", "history"]
