"""Odoo Point of Sale: orders as its tills send them to the server."""

from entrepot.hub.channels.odoo_pos.mapping import ADAPTER

__all__ = ["ADAPTER"]
