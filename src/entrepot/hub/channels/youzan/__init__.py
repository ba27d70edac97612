"""Youzan (有赞): trades and refunds, pushed and queried."""

from entrepot.hub.channels.youzan.mapping import ADAPTER

__all__ = ["ADAPTER"]
