"""Shopify (REST Admin API and webhooks): orders, fulfilments, refunds, goods, stock levels and locations."""

from entrepot.hub.channels.shopify.mapping import ADAPTER

__all__ = ["ADAPTER"]
