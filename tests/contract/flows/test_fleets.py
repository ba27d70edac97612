"""Own fleets are known as carriers, and a fleet is set whole."""

from __future__ import annotations

import pytest

from entrepot.app import Platform
from entrepot.delivery.dispatch import fleet_store
from entrepot.flows.fleets import set_fleet
from entrepot.kernel.errors import InputError
from entrepot.simulator.demo import FLEET, VANS
from entrepot.stock import Node, upsert_nodes


def test_the_demos_fleet_is_set_once_and_is_a_carrier(platform: Platform) -> None:
    with platform.db.transaction() as conn:
        upsert_nodes(conn, [Node("RDC-E", 1, "00", latitude=31.3, longitude=120.6)])
        for _ in range(2):
            set_fleet(conn, platform.carriers, FLEET, "Asia/Shanghai", "demo")
        assert fleet_store.fleets(conn) == [FLEET]
        assert conn.execute("SELECT code, aliases FROM delivery.carrier").fetchall() == [("OWN", ["OWN"])]
    assert VANS.count == 4


def test_a_node_nobody_can_place_gets_no_fleet(platform: Platform) -> None:
    with platform.db.transaction() as conn:
        upsert_nodes(conn, [Node("RDC-E", 1, "00")])
        with pytest.raises(InputError, match="Nobody knows where RDC-E is"):
            set_fleet(conn, platform.carriers, FLEET, "Asia/Shanghai", "demo")
