"""The one stock book: what is where, in which state, since when, and who said so.

Others use what is listed here.
"""

from entrepot.stock.asof import Snapshot
from entrepot.stock.balance import Balances, Negative, fold
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
from entrepot.stock.ledger import DocumentRow, FlowRow, LedgerRow
from entrepot.stock.levels import LevelQuery, LevelRow, NodeRow
from entrepot.stock.movement import OUTSIDE, REASONS, STATES, Account, Movement, is_outside, reversal_of
from entrepot.stock.pages import Page
from entrepot.stock.posting import Clash, Posted
from entrepot.stock.reconcile import Count, Difference
from entrepot.stock.service import StockBook

__all__ = [
    "OUTSIDE",
    "REASONS",
    "STATES",
    "Account",
    "Balances",
    "Clash",
    "Count",
    "Difference",
    "DocumentRow",
    "Drift",
    "FlowRow",
    "LedgerRow",
    "LevelQuery",
    "LevelRow",
    "Listing",
    "Movement",
    "Negative",
    "Node",
    "NodeRow",
    "Page",
    "Posted",
    "Problem",
    "Reading",
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
