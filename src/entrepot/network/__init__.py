"""Where warehouses stand, and how goods flow from them to the zones that buy."""
