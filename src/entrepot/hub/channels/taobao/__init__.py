"""Taobao and Tmall (TOP): trades as the open platform returns and pushes them."""

from entrepot.hub.channels.taobao.mapping import ADAPTER

__all__ = ["ADAPTER"]
