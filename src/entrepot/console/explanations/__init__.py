"""What each key figure means, how it is computed and where its facts are: the text of the why drawer."""

from __future__ import annotations

from dataclasses import asdict

from entrepot.console.explanations.network import network_explanations
from entrepot.console.explanations.orders import order_explanations
from entrepot.console.explanations.stock import stock_explanations
from entrepot.console.explanations.tower import tower_explanations


def explanations() -> dict[str, dict[str, str]]:
    """Return the explanations by key, for the browser."""
    parts = tower_explanations() | stock_explanations() | order_explanations() | network_explanations()
    return {key: asdict(explanation) for key, explanation in parts.items()}
