"""Delivery promises: a distribution of the delivery day for each order, a date from it, and how dates are kept."""
