"""Entrepot: one stock, one plan, one settlement for a retailer that sells through many channels."""

__version__ = "0.1.0"
