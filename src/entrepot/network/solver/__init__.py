"""Search for plans, and proof of how far they can be from the best."""
