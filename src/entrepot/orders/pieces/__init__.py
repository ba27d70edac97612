"""The life of ordered units: pieces, the table of transitions, and the machine that reads it. Pure."""

from entrepot.orders.pieces.choice import REASONS, legal_commands
from entrepot.orders.pieces.machine import apply, spread
from entrepot.orders.pieces.piece import (
    Added,
    Applied,
    Book,
    Change,
    Command,
    Effect,
    Hold,
    Order,
    Piece,
    Place,
    Post,
    Spot,
    Take,
    Void,
)
from entrepot.orders.pieces.status import PHASES, is_ended, status
from entrepot.orders.pieces.transitions import (
    BOOKINGS,
    COMMANDS,
    EFFECTS,
    GUARDS,
    STATES,
    TOLD,
    TRANSITIONS,
    Transition,
)

__all__ = [
    "BOOKINGS",
    "COMMANDS",
    "EFFECTS",
    "GUARDS",
    "PHASES",
    "REASONS",
    "STATES",
    "TOLD",
    "TRANSITIONS",
    "Added",
    "Applied",
    "Book",
    "Change",
    "Command",
    "Effect",
    "Hold",
    "Order",
    "Piece",
    "Place",
    "Post",
    "Spot",
    "Take",
    "Transition",
    "Void",
    "apply",
    "is_ended",
    "legal_commands",
    "spread",
    "status",
]
