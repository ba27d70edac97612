"""The search on rich problems: fleets of several kinds and depots, reloads, releases, pickups, limits of a route."""
