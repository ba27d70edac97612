"""What a shop may promise: from stock, from supply that is due, and less what is kept from it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from entrepot.kernel.errors import InputError
from entrepot.stock.availability import Cell, ChannelPolicy, Due, Kept, More, Point, Supply, availability

TODAY = date(2026, 11, 2)
WEB = ChannelPolicy("web", "cn")


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def supply(id: str, qty: int, *days: int, node: str = "DC") -> Supply:
    p10, p50, p90 = days if len(days) == 3 else days * 3
    return Supply(id, node, qty, Due(day(p10), day(p50), day(p90)))


def test_holds_and_safety_come_off_the_stock() -> None:
    shown = availability([Cell("DC", 10, held=3, safety=2)], WEB, TODAY)
    assert (shown.now, shown.offered, shown.next) == (5, 5, None)
    assert shown.curve == (Point(TODAY, 5, 5, 5),)


def test_supply_counts_from_its_own_quantile_of_being_here() -> None:
    shown = availability([Cell("DC", 1, supplies=(supply("PO1", 10, 2, 4, 9),))], WEB, TODAY)
    assert shown.curve == (
        Point(TODAY, 1, 1, 1),
        Point(day(2), 11, 1, 1),
        Point(day(4), 11, 11, 1),
        Point(day(9), 11, 11, 11),
    )
    assert shown.next == More(day(9), 11)
    median = availability(
        [Cell("DC", 1, supplies=(supply("PO1", 10, 2, 4, 9),))], ChannelPolicy("web", "cn", quantile="p50"), TODAY
    )
    assert median.next == More(day(4), 11)


def test_supply_not_here_yet_counts_from_tomorrow_and_overdue_supply_on_no_day() -> None:
    late, hopeless = supply("PO1", 5, -3, -1, 2), supply("PO2", 7, -9, -5, -1)
    shown = availability([Cell("DC", 0, supplies=(late, hopeless))], WEB, TODAY)
    assert shown.curve == (Point(TODAY, 0, 0, 0), Point(day(1), 5, 5, 0), Point(day(2), 5, 5, 5))
    assert shown.overdue == 7


def test_supply_without_a_date_promises_nothing() -> None:
    shown = availability([Cell("DC", 0, supplies=(Supply("PO1", "DC", 9, None),))], WEB, TODAY)
    assert (shown.now, shown.next, shown.overdue) == (0, None, 0)


def test_a_later_protection_is_not_stolen_by_an_earlier_promise() -> None:
    sale = Kept("tmall", 8, day(5), day(8))
    assert availability([Cell("DC", 10, kept=(sale,))], WEB, TODAY).curve == (
        Point(TODAY, 2, 2, 2),
        Point(day(8), 10, 10, 10),
    )
    assert availability([Cell("DC", 10, kept=(sale,))], ChannelPolicy("tmall", "x"), TODAY).now == 10


def test_supply_before_the_protection_frees_what_is_here() -> None:
    sale = Kept("tmall", 8, day(5))
    shown = availability([Cell("DC", 10, kept=(sale,), supplies=(supply("PO1", 6, 1, 2, 4),))], WEB, TODAY)
    assert shown.now == 8


def test_what_is_kept_over_all_nodes_comes_off_the_sum_of_all() -> None:
    cells = [Cell("DC-1", 6), Cell("DC-2", 5)]
    kept = [Kept("tmall", 7, TODAY), Kept("web", 100, TODAY)]
    assert availability(cells, WEB, TODAY, kept).now == 4
    only_one = ChannelPolicy("web", "cn", nodes=frozenset({"DC-2"}))
    assert availability(cells, only_one, TODAY, kept).now == 4
    assert availability(cells, only_one, TODAY, [Kept("tmall", 3, TODAY)]).now == 5


def test_a_node_below_zero_takes_nothing_from_others_while_supply_covers_it() -> None:
    covered = Cell("DC-1", 0, held=5, supplies=(supply("PO1", 5, 3, node="DC-1"),))
    assert availability([covered, Cell("DC-2", 10)], WEB, TODAY).now == 10
    owing = availability([Cell("DC-1", 0, held=5), Cell("DC-2", 10)], WEB, TODAY)
    assert (owing.now, owing.owed) == (5, 5)


def test_only_the_nodes_that_serve_a_shop_count() -> None:
    shop = ChannelPolicy("web", "cn", nodes=frozenset({"DC-1", "S-1"}))
    assert availability([Cell("DC-1", 4), Cell("DC-2", 9), Cell("S-1", 1)], shop, TODAY).now == 5
    assert availability([Cell("DC-1", 4, is_open=False)], shop, TODAY).now == 0
    assert availability([], shop, TODAY).now == 0


def test_the_greater_buffer_holds_and_every_node_keeps_its_piece() -> None:
    cells = [Cell("S-1", 1), Cell("S-2", 9), Cell("DC", 100)]
    assert availability(cells, ChannelPolicy("web", "cn", buffer_units=3, buffer_percent=5), TODAY).offered == 104
    assert availability(cells, ChannelPolicy("web", "cn", buffer_units=9, buffer_percent=5), TODAY).offered == 101
    keeping = availability(cells, ChannelPolicy("web", "cn", keep_per_node=1), TODAY)
    assert keeping.now == 107
    assert availability([Cell("S-1", 1)], ChannelPolicy("web", "cn", buffer_percent=1), TODAY).offered == 0


def test_backorders_are_offered_only_where_a_shop_may_oversell() -> None:
    cells = [Cell("DC", 2, held=3, backorder_cap=5)]
    assert availability(cells, WEB, TODAY).offered == 0
    daring = ChannelPolicy("web", "cn", may_oversell=True)
    assert availability(cells, daring, TODAY).offered == 4
    assert availability([Cell("DC", 9, held=3, backorder_cap=5)], daring, TODAY).offered == 11


def test_where_something_is_kept_for_others_nobody_goes_beyond_what_is_there() -> None:
    daring = ChannelPolicy("web", "cn", may_oversell=True)
    kept = Kept("tmall", 1, TODAY)
    assert availability([Cell("DC", 4, backorder_cap=5, kept=(kept,))], daring, TODAY).offered == 3
    assert availability([Cell("DC", 4, backorder_cap=5)], daring, TODAY, [kept]).offered == 3


def test_a_policy_that_cannot_be_is_refused_with_all_its_faults() -> None:
    with pytest.raises(InputError, match=r"buffer_units -1, buffer_percent 101"):
        ChannelPolicy("web", "cn", buffer_units=-1, buffer_percent=101)
