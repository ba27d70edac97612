"""The life of orders in the database: load, decide, let the books act, save and tell, in the caller's transaction."""

from entrepot.orders.lifecycle.ports import About, Facts, Landed, Sources, Stock
from entrepot.orders.lifecycle.service import Edit, Lifecycle, Pace, Standing

__all__ = ["About", "Edit", "Facts", "Landed", "Lifecycle", "Pace", "Sources", "Standing", "Stock"]
