"""Waves and same-day delivery: which orders go now, which wait for company, and what couriers carry at once."""
