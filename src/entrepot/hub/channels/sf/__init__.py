"""SF Express (顺丰): routes queried and pushed."""

from entrepot.hub.channels.sf.mapping import ADAPTER

__all__ = ["ADAPTER"]
