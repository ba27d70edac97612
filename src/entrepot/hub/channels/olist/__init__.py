"""Olist, a Brazilian marketplace: its public data set, joined to one document an order, a product or a seller."""

from entrepot.hub.channels.olist.mapping import ADAPTER

__all__ = ["ADAPTER"]
