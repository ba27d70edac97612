"""Write-back: what each channel should be told, told until it has heard it; the newest value wins."""

from entrepot.hub.writeback.queries import Summary, Target, TargetQuery, summary, targets
from entrepot.hub.writeback.service import Round, Writeback
from entrepot.hub.writeback.store import NewWish, retry, wish_for
from entrepot.hub.writeback.writer import ShipmentWish, StockWish

__all__ = [
    "NewWish",
    "Round",
    "ShipmentWish",
    "StockWish",
    "Summary",
    "Target",
    "TargetQuery",
    "Writeback",
    "retry",
    "summary",
    "targets",
    "wish_for",
]
