"""Douyin shop (抖店): orders, after-sales and message pushes."""

from entrepot.hub.channels.douyin.mapping import ADAPTER

__all__ = ["ADAPTER"]
