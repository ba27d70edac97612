"""Kuaidi100 (快递100): parcels of many carriers, pushed and queried."""

from entrepot.hub.channels.kuaidi100.mapping import ADAPTER

__all__ = ["ADAPTER"]
