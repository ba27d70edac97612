"""Policies of rolling dispatch, by name."""

from __future__ import annotations

from entrepot.delivery.waves.policies.conditional import Conditional
from entrepot.delivery.waves.policies.futures import Futures
from entrepot.delivery.waves.policies.plain import Coin, Greedy, Lazy
from entrepot.delivery.waves.policies.policy import Policy
from entrepot.delivery.waves.policies.prizes import Prizes
from entrepot.kernel.errors import InputError

__all__ = ["POLICIES", "policy_of"]

POLICIES: dict[str, Policy] = {one.name: one for one in (Conditional(), Futures(), Prizes(), Greedy(), Lazy(), Coin())}
"""By name; the first is the default."""


def policy_of(name: str) -> Policy:
    """Return a policy by its name."""
    if name not in POLICIES:
        message = f"There is no policy {name}."
        raise InputError("waves.policy", message, f"Policies are {', '.join(POLICIES)}.")
    return POLICIES[name]
