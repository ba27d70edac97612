"""Carriers and parcels: rate cards, calendars, cartons, labels, tracking scorecards."""
