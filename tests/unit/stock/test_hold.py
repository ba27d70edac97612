"""What a hold may ask, and what it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from entrepot.kernel.errors import InputError
from entrepot.stock.hold import Change, HoldLine, HoldRequest, HoldRow, as_held

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINE = HoldLine("1", "A", 2, "N1")


def asks(**more: object) -> HoldRequest:
    given: dict[str, object] = {"id": "h", "kind": "order", "lines": (LINE,)}
    return HoldRequest(**given | more)  # type: ignore[arg-type]


def row(**more: object) -> HoldRow:
    plain = HoldRow(
        "h", 0, "1", "A", "N1", 5, 5, 0, 0, "order", "held", None, None, None, None, False, 7, None, NOW
    )  # fmt: skip
    return plain._replace(**more)  # type: ignore[arg-type]


FAULTS: dict[str, dict[str, object]] = {
    "id '' is not 1 to 200 printable characters": {"id": ""},
    "doc 'a\\x00b' is not": {"doc": "a\x00b"},
    "kind 'gift' is none of cart, order, transfer, quota": {"kind": "gift"},
    "a cart needs a time at which it expires": {"kind": "cart"},
    "expires_at has no time zone": {"expires_at": datetime(2026, 3, 1)},
    "expires_at is not between 1970 and 2200": {"expires_at": datetime(9999, 12, 31, 23, tzinfo=UTC)},
    "a transfer names the node it goes to": {"kind": "transfer"},
    "and nothing else does": {"to_node": "N2"},
    "0 lines are not 1 to 1000": {"lines": ()},
    "two lines have one name": {"lines": (LINE, LINE)},
    "nodes is empty": {"nodes": ()},
    "qty 0 of line '1' is not between": {"lines": (LINE._replace(qty=0),)},
    "sku '' is not": {"lines": (LINE._replace(sku=""),)},
    "node 'customer' lies beyond the book": {"lines": (LINE._replace(node="customer"),)},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_said(fault: str) -> None:
    with pytest.raises(InputError) as caught:
        asks(**FAULTS[fault])
    assert fault in caught.value.message
    assert caught.value.mend


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(InputError) as caught:
        asks(id="", kind="gift", lines=(LINE._replace(qty=-1, sku=""),))
    faults = caught.value.fields["faults"]
    assert isinstance(faults, list)
    assert len(faults) == 4


def test_who_asks_and_until_when_is_not_part_of_the_content() -> None:
    first = asks(expires_at=NOW, actor="ann")
    assert first.digest() == asks(expires_at=NOW + timedelta(hours=1), actor="bob").digest()
    others = [
        replace(first, kind="quota"),
        replace(first, channel="web"),
        replace(first, doc="D"),
        replace(first, nodes=("N1",)),
        replace(first, may_displace=True),
        replace(first, lines=(LINE._replace(qty=3),)),
        replace(first, lines=(LINE._replace(line="2"),)),
    ]
    assert len({one.digest() for one in (first, *others)}) == len(others) + 1
    assert -(2**63) <= first.digest() < 2**63


def test_a_hold_is_held_while_a_piece_of_it_is() -> None:
    rows = [row(held=0, state="voided"), row(place=1, held=2), row(place=2, held=0, posted=5, state="posted")]
    held = as_held(rows, 9)
    assert (held.state, held.seq) == ("held", 9)
    assert [(one.node, one.qty) for one in held.placements] == [("N1", 2)]


def test_a_hold_that_is_over_shows_what_it_ended_with() -> None:
    rows = [row(held=0, state="moved"), row(place=1, node="N2", held=0, posted=3, state="posted"),
            row(place=2, held=0, state="voided")]  # fmt: skip
    assert [(one.node, one.qty) for one in as_held(rows, 1).placements] == [("N2", 3)]
    assert as_held([row(held=0, state="moved"), row(place=1, held=0, state="expired")], 1).state == "expired"


def test_a_change_counts_for_the_column_of_its_kind() -> None:
    soft = row(kind="cart")
    assert (Change(None, soft, "create").reserved, Change(None, soft, "create").allocated) == (5, 0)
    confirmed = Change(soft, soft._replace(kind="order"), "confirm")
    assert (confirmed.reserved, confirmed.allocated) == (-5, 5)
    assert Change(row(), row(held=2, posted=3), "post").allocated == -3
