"""A log of orders for tests of what is drawn from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from entrepot.flows.network_draft import DraftSettings
from entrepot.flows.network_orders import NodeRow, OrderLog, Sent
from entrepot.flows.network_rates import DistanceRates

UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
EAST = NodeRow("E", "东仓", "East", "rdc", "CN", "江苏省", "苏州市", 31.30, 120.60)
NORTH = NodeRow("N", "北仓", "North", "rdc", "CN", "天津市", "天津市", 39.14, 117.18)
SHOP = NodeRow("S1", "店", "Shop", "store", "CN", "浙江省", "杭州市", 30.29, 120.16)


def sent(city, province, node, orders, *, channel="web", band=0, country="CN", latitude=None, longitude=None):
    grams = (400, 2_000, 9_000)[band]
    return Sent(channel, country, province, city, node, band, orders, orders, grams * orders, 0, latitude, longitude)


def log(*rows, sold=(), fed=(), nodes=(EAST, NORTH, SHOP), days=73):
    return OrderLog(UNTIL - timedelta(days=days), UNTIL, tuple(rows), tuple(sold), tuple(fed), tuple(nodes))


ROWS = (
    sent("上海市", "上海市", "E", 60),
    sent("上海", "上海市", "N", 10, channel="app"),
    sent("北京市", "北京市", "", 40),
    sent("北京市", "北京市", "N", 5, band=1),
    sent("成都市", "四川省", "E", 20),
)
SETTINGS = DraftSettings(centres=1, fronts=1, centre_cost=100_000, front_cost=20_000, closing_cost=0)
RATES = DistanceRates(1.3, 60.0)
