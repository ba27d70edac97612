"""The one stock book: what is where, in which state, since when, and who said so.

Others use what is listed here.
"""

from entrepot.stock.asof import Snapshot
from entrepot.stock.balance import Balances, Negative, Overcommitted, fold
from entrepot.stock.catalogue import (
    Listing,
    Node,
    Sku,
    SkuRow,
    find_skus,
    sku_ids,
    upsert_listings,
    upsert_nodes,
    upsert_skus,
)
from entrepot.stock.facts import Problem, Reading, read_facts
from entrepot.stock.history import Drift
from entrepot.stock.hold import Held, HoldLine, HoldRequest, HoldRow, Part, Placement
from entrepot.stock.hold_queries import EntryRow, HoldDrift, HoldQuery
from entrepot.stock.ledger import DocumentRow, FlowRow, LedgerRow
from entrepot.stock.levels import LevelQuery, LevelRow, NodeRow
from entrepot.stock.movement import OUTSIDE, REASONS, STATES, Account, Movement, is_outside, reversal_of
from entrepot.stock.pages import Page
from entrepot.stock.posting import Clash, Posted
from entrepot.stock.quota import EVERYWHERE, Protection
from entrepot.stock.quota_store import CellLimits, QuotaRow
from entrepot.stock.reconcile import Count, Difference
from entrepot.stock.reservations import HoldDetail, Reservations
from entrepot.stock.service import StockBook

__all__ = [
    "EVERYWHERE",
    "OUTSIDE",
    "REASONS",
    "STATES",
    "Account",
    "Balances",
    "CellLimits",
    "Clash",
    "Count",
    "Difference",
    "DocumentRow",
    "Drift",
    "EntryRow",
    "FlowRow",
    "Held",
    "HoldDetail",
    "HoldDrift",
    "HoldLine",
    "HoldQuery",
    "HoldRequest",
    "HoldRow",
    "LedgerRow",
    "LevelQuery",
    "LevelRow",
    "Listing",
    "Movement",
    "Negative",
    "Node",
    "NodeRow",
    "Overcommitted",
    "Page",
    "Part",
    "Placement",
    "Posted",
    "Problem",
    "Protection",
    "QuotaRow",
    "Reading",
    "Reservations",
    "Sku",
    "SkuRow",
    "Snapshot",
    "StockBook",
    "find_skus",
    "fold",
    "is_outside",
    "read_facts",
    "reversal_of",
    "sku_ids",
    "upsert_listings",
    "upsert_nodes",
    "upsert_skus",
]
