"""What each role may do, as one table; a token's scopes only narrow it."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.kernel.errors import InputError, Refused

CAPABILITIES: dict[str, str] = {
    "read": "see channels, orders, stock, quarantine and jobs; personal data masked",
    "read_personal": "see names, telephones and addresses of customers in clear",
    "intake": "hand in messages and files",
    "operate": "replay, mend and dismiss quarantined messages",
    "jobs": "start and cancel jobs",
    "reserve": "hold stock for carts, orders and channels",
    "fulfil": "act on orders: release, accept, ship, cancel, take back",
    "stock_write": "count, adjust and move stock",
    "manage_carriers": "change carriers, rate cards and calendars",
    "dispatch": "plan delivery days of own vehicles, and release them to drivers",
    "drive": "see the stops of the vehicle one drives, and report what became of them",
    "plan": "approve or override plans",
    "network": "design warehouse networks",
    "settle": "approve settlements",
    "audit_read": "read the audit trail",
    "manage_channels": "add and change channels and their secrets",
    "manage_users": "add, change and disable users and anybody's tokens",
}

_VIEWER = frozenset({"read"})
_OPERATOR = _VIEWER | {"read_personal", "intake", "operate", "jobs", "reserve", "fulfil"}

ROLES: dict[str, frozenset[str]] = {
    "viewer": _VIEWER,
    "operator": _OPERATOR,
    "dispatcher": _OPERATOR | {"dispatch", "drive"},
    "driver": frozenset({"drive"}),
    "planner": _OPERATOR | {"stock_write", "plan", "network", "manage_carriers", "dispatch"},
    "finance": _OPERATOR | {"settle", "audit_read"},
    "admin": frozenset(CAPABILITIES),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who acts: a user, a user's token, or the platform itself.

    Parameters
    ----------
    name : str
        Who it is, for people.
    role : str
        A key of `ROLES`.
    scopes : frozenset of str or None
        The capabilities a token was narrowed to; None keeps the role's.
    user_id : int or None
        The user's number; None for the platform itself.
    language : str
        The user's language, or empty for the deployment's.
    epoch : int
        The user's session epoch; a session made in an older one is over.
    display_name : str
        How the console greets them.
    """

    name: str
    role: str
    scopes: frozenset[str] | None = None
    user_id: int | None = None
    language: str = ""
    epoch: int = 0
    display_name: str = ""

    def can(self, capability: str) -> bool:
        """Return whether they may do it."""
        return capability in capabilities_of(self)


SYSTEM = Principal("system", "admin")


def capabilities_of(principal: Principal) -> frozenset[str]:
    """Return what a principal may do: the role's set, narrowed by the scopes.

    Examples
    --------
    >>> sorted(capabilities_of(Principal("till-7", "operator", scopes=frozenset({"intake", "settle"}))))
    ['intake']
    """
    held = ROLES.get(principal.role, frozenset())
    return held if principal.scopes is None else held & principal.scopes


def require(principal: Principal, capability: str) -> None:
    """Refuse unless the principal holds the capability.

    Raises
    ------
    Refused
        ``auth.not_allowed`` when they do not.
    """
    if principal.can(capability):
        return
    roles = [role for role, held in ROLES.items() if capability in held]
    raise Refused(
        "auth.not_allowed",
        f"{principal.name} may not {CAPABILITIES.get(capability, capability)}: '{capability}' is not their right.",
        f"Ask an administrator for one of the roles {', '.join(roles)}, or use a token whose scopes include it.",
        principal=principal.name,
        role=principal.role,
        capability=capability,
    )


def check_role(role: str) -> str:
    """Return the role, or say which roles there are."""
    if role in ROLES:
        return role
    raise InputError("auth.unknown_role", f"There is no role '{role}'.", f"Use one of {', '.join(ROLES)}.", role=role)


def check_scopes(scopes: frozenset[str], role: str) -> frozenset[str]:
    """Return the scopes, or say which of them do not exist or exceed the role."""
    unknown = sorted(scopes - CAPABILITIES.keys())
    excess = sorted((scopes & CAPABILITIES.keys()) - ROLES[role])
    if scopes and not unknown and not excess:
        return scopes
    what = (
        f"There are no scopes {', '.join(unknown)}."
        if unknown
        else f"The role {role} does not hold {', '.join(excess)}."
        if excess
        else "A token needs at least one scope."
    )
    raise InputError("auth.bad_scopes", what, f"Choose from {', '.join(sorted(ROLES[role]))}.", scopes=sorted(scopes))
