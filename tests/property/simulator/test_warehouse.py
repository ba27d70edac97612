from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from entrepot.simulator import build_retailer
from entrepot.simulator.life import _share
from entrepot.simulator.orders import Line
from entrepot.simulator.warehouse import Stock

RETAILER = build_retailer(1)
NODE = RETAILER.nodes[0]


@given(st.lists(st.tuples(st.sampled_from(["receive", "reserve", "take", "lose", "release"]), st.integers(1, 9))))
def test_free_stock_lies_between_nothing_and_what_is_there(steps: list[tuple[str, int]]) -> None:
    stock, promised = Stock(RETAILER.nodes, 2), 0
    for step, units in steps:
        match step:
            case "receive":
                stock.receive(NODE, 1, units)
            case "reserve":
                promised += units * stock.reserve(NODE, 1, units)
            case "take":
                stock.take(NODE, 1, units)
            case "lose":
                stock.lose(NODE, 1)
            case _:
                stock.release(NODE, 1, min(units, promised))
                promised -= min(units, promised)
        assert 0 <= stock.free[0][1] == stock.on_hand[0][1] - promised


@given(st.lists(st.tuples(st.integers(100, 200_000), st.integers(1, 5)), min_size=1, max_size=4), st.integers(0, 100))
def test_an_order_s_discount_is_spread_whole(rows: list[tuple[int, int]], percent: int) -> None:
    sku = RETAILER.skus[0]
    lines = [Line(1, place, sku, pieces, price) for place, (price, pieces) in enumerate(rows, 1)]
    together = sum(line.gross for line in lines) * percent // 100
    _share(lines, together)
    assert sum(line.share for line in lines) == together
    assert all(0 <= line.net <= line.gross for line in lines)
