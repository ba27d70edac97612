"""One movement: what it must be, its two sides, its reversal."""

from datetime import UTC, datetime

import pytest

from entrepot.kernel.errors import InputError
from entrepot.stock.movement import Movement, booked_legs, is_outside, legs, reversal_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def movement(**changes: object) -> Movement:
    values = {
        "id": "m1", "sku": "A-1", "qty": 3, "from_node": "RDC-1", "from_state": "on_hand", "to_node": "customer",
        "to_state": "on_hand", "reason": "sale", "valid_at": NOON,
    }  # fmt: skip
    return Movement(**(values | changes))  # type: ignore[arg-type]


def test_two_legs_sum_to_zero() -> None:
    assert [(leg.account.node, leg.delta) for leg in legs(movement())] == [("RDC-1", -3), ("customer", 3)]


def test_only_the_leg_inside_the_book_changes_a_level() -> None:
    assert [leg.account.node for leg in booked_legs(movement())] == ["RDC-1"]


def test_a_transfer_has_two_booked_legs() -> None:
    sent = movement(to_node="S-1", to_state="in_transit", reason="transfer_out")
    assert [leg.account for leg in booked_legs(sent)] == [("A-1", "RDC-1", "on_hand"), ("A-1", "S-1", "in_transit")]


@pytest.mark.parametrize("node", ["supplier", "supplier:acme", "customer", "customer:vip", "scrap", "difference"])
def test_virtual_nodes_lie_outside(node: str) -> None:
    assert is_outside(node)


@pytest.mark.parametrize("node", ["transit", "S-1", "suppliers", "shopify:shop:customer"])
def test_other_nodes_lie_inside(node: str) -> None:
    assert not is_outside(node)


def test_a_reversal_swaps_the_accounts_at_the_same_valid_time() -> None:
    undone = reversal_of(movement(doc="order-1"), actor="ann")
    assert undone == movement(
        id="reversal:m1", from_node="customer", to_node="RDC-1", reason="reversal", reverses="m1", doc="order-1",
        actor="ann",
    )  # fmt: skip


def test_who_said_it_is_not_part_of_the_content() -> None:
    assert movement(source_id="aa").content == movement(source_id="bb", actor="ann").content
    assert movement(qty=4).content != movement().content


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"qty": 0}, "qty 0 is not between 1 and"),
        ({"qty": -3}, "qty -3 is not between"),
        ({"qty": 10**12 + 1}, "is not between"),
        ({"id": ""}, "id is empty"),
        ({"sku": "A\x00"}, "sku has a NUL"),
        ({"from_state": "reserved"}, "from_state 'reserved' is none of"),
        ({"reason": "magic"}, "reason 'magic' is none of"),
        ({"to_node": "RDC-1"}, "leaves and enters the same account"),
        ({"valid_at": datetime(2026, 3, 1)}, "valid_at has no time zone"),
        ({"reason": "reversal"}, "a reversal names what it reverses"),
        ({"reverses": "m0"}, "a reversal names what it reverses"),
    ],
)
def test_a_wrong_movement_says_what_is_wrong(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(InputError, match=fault) as caught:
        movement(**changes)
    assert caught.value.code == "stock.movement"


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(InputError, match=r"sku is empty; .*qty 0 .*; reason"):
        movement(sku="", qty=0, reason="magic")
