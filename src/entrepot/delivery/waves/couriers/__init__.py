"""Instant delivery: couriers on shifts bring orders from counters (stores, kitchens, forward warehouses) at once."""
