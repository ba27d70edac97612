"""Quality rules on a record with its parts: completeness, arithmetic, plausibility. They flag; they keep nothing out.

Vendors' own published samples break the arithmetic, so a rule that blocked would block the vendor.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from entrepot.hub.findings import Finding
from entrepot.kernel.facts import Fact

_AHEAD = timedelta(days=1)


def check_group(facts: list[Fact], pointer: str, received_at: datetime, findings: list[Finding]) -> None:
    """Append what is doubtful about an order and its parts to `findings`.

    Parameters
    ----------
    facts : list of Fact
        The record first, then its parts.
    pointer : str
        Where the record stands in the message.
    received_at : datetime
        When the message came, aware.
    findings : list of Finding
        Extended in place.
    """
    head = facts[0]
    if head.kind != "order":
        return
    for rule, observed, expected, message in _doubts(head, facts, received_at):
        findings.append(
            Finding(rule, "flag", "record", pointer, message, "", head.id, "", str(observed), str(expected))
        )


def _doubts(head: Fact, facts: list[Fact], received_at: datetime) -> Iterator[tuple[str, object, object, str]]:
    lines = [fact for fact in facts if fact.kind == "order_line"]
    placed = head.fields.get("placed_at")
    # A push that only moves a status has no amounts, and says nothing of lines.
    is_whole = not head.fields.keys().isdisjoint({"goods", "total", "line_ids"})
    if is_whole and not lines and head.fields.get("fulfilment_status") != "cancelled":
        yield "complete.lines", 0, ">= 1", "The order has no line."
    if isinstance(placed, str) and placed > _limit(received_at):
        yield "timely.placed_at", placed, f"<= {_limit(received_at)}", "The order was placed after it was received."
    goods = head.fields.get("goods")
    sums = [fact.fields.get("line_total") for fact in lines]
    if isinstance(goods, int) and sums and all(isinstance(amount, int) for amount in sums):
        total = sum(amount for amount in sums if isinstance(amount, int))
        if abs(total - goods) > len(lines):
            yield "arithmetic.goods", total, goods, "The lines do not add up to the order's goods."
    yield from _paid(head)


def _paid(head: Fact) -> Iterator[tuple[str, object, object, str]]:
    parts = {name: head.fields.get(name) for name in ("goods", "freight", "total")}
    goods, freight, total = (value if isinstance(value, int) else None for value in parts.values())
    if goods is None or total is None:
        return
    taxed = 0 if head.fields.get("tax_included", True) else _amount(head, "tax")
    discounts = _amount(head, "discount_seller") + _amount(head, "discount_platform")
    expected = goods + (freight or 0) + taxed + _amount(head, "adjust") - discounts
    if abs(expected - total) > 1:
        yield "arithmetic.total", total, expected, "Goods, freight, tax and discounts do not give the order's total."


def _amount(head: Fact, name: str) -> int:
    value = head.fields.get(name)
    return value if isinstance(value, int) else 0


def _limit(received_at: datetime) -> str:
    return (received_at + _AHEAD).astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
