"""Square: orders, payments, refunds, catalogue, inventory and locations of its tills and shops."""

from entrepot.hub.channels.square.mapping import ADAPTER

__all__ = ["ADAPTER"]
