"""What the stock book tells the log; other contexts read it at their own pace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from entrepot.infra.log import Event
from entrepot.stock.balance import Negative, Overcommitted
from entrepot.stock.movement import Movement
from entrepot.stock.reconcile import Difference

MOVED: Final = "stock.moved"
"""One movement was posted; key: its SKU."""

NEGATIVE: Final = "stock.negative"
"""A reported fact took an account below zero; key: ``sku@node``."""

OVERCOMMITTED: Final = "stock.overcommitted"
"""A fact took usable stock below what is promised of it; key: ``sku@node``."""

COUNTED: Final = "stock.counted"
"""A count disagreed with the book and was booked; key: ``sku@node``."""

LIMITS_CHANGED: Final = "stock.limits_changed"
"""What is kept back of a SKU, or for which channel, was set; key: the SKU."""


def moved(movements: Iterable[Movement]) -> list[Event]:
    """Announce posted movements."""
    return [
        Event(
            MOVED,
            movement.sku,
            {
                "id": movement.id,
                "qty": movement.qty,
                "from": [movement.from_node, movement.from_state],
                "to": [movement.to_node, movement.to_state],
                "reason": movement.reason,
                "doc": movement.doc,
                "valid_at": movement.valid_at.isoformat(),
            },
        )
        for movement in movements
    ]


def negative(findings: Iterable[Negative]) -> list[Event]:
    """Announce accounts below zero."""
    return [Event(NEGATIVE, f"{one.sku}@{one.node}", {"state": one.state, "balance": one.balance}) for one in findings]


def overcommitted(findings: Iterable[Overcommitted]) -> list[Event]:
    """Announce cells of which more is promised than is there."""
    return [
        Event(
            OVERCOMMITTED,
            f"{one.sku}@{one.node}",
            {"on_hand": one.on_hand, "promised": one.promised, "short": one.short},
        )
        for one in findings
    ]


def counted(findings: Iterable[Difference]) -> list[Event]:
    """Announce counts that disagreed."""
    return [
        Event(
            COUNTED,
            f"{one.sku}@{one.node}",
            {
                "count": one.count_id,
                "state": one.state,
                "counted": one.counted,
                "book": one.book,
                "movement": one.movement,
            },
        )
        for one in findings
    ]


def limits_changed(skus: Iterable[str]) -> list[Event]:
    """Announce SKUs whose quotas, safety stock or backorder cap were set."""
    return [Event(LIMITS_CHANGED, sku, {}) for sku in skus]
