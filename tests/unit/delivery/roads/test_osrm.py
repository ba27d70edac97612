"""Matrices of slices joined to travel, and places no road leads to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest

from entrepot.delivery.roads import OsrmServer, Place
from entrepot.delivery.roads.arrivals import arrivals_of
from entrepot.delivery.roads.osrm import cut_off, join
from entrepot.delivery.roads.server import Matrix
from entrepot.delivery.routing.timing import driving, value
from entrepot.delivery.routing.travel import Arrivals
from entrepot.kernel.errors import InputError, UpstreamError

EIGHT = 8 * 3600


def matrix(seconds: float) -> Matrix:
    way = np.array([[0.0, seconds], [seconds, 0.0]])
    return Matrix(way, 10 * way, np.zeros(2))


def test_a_drive_within_a_slice_takes_the_time_of_that_slice() -> None:
    drive = driving(join((0, EIGHT), [matrix(600), matrix(1200)]), 0, 1)
    assert value(drive, 3600.0) == pytest.approx(3600 + 600)
    assert value(drive, 12 * 3600.0) == pytest.approx(12 * 3600 + 1200)


def test_a_drive_over_the_change_goes_half_its_way_at_each_rate() -> None:
    drive = driving(join((0, EIGHT), [matrix(600), matrix(1200)]), 0, 1)
    assert value(drive, EIGHT - 300.0) == pytest.approx(EIGHT + 600)


def test_before_midnight_and_after_the_day_the_outer_slices_hold() -> None:
    drive = driving(join((0, EIGHT), [matrix(600), matrix(1200)]), 0, 1)
    assert value(drive, -7200.0) == pytest.approx(-6600)
    assert value(drive, 30 * 3600.0) == pytest.approx(30 * 3600 + 1200)


def test_slices_that_are_equal_give_times_that_stand_still() -> None:
    travel = join((0, EIGHT), [matrix(600), matrix(600)])
    assert travel.traffic is None
    assert (travel.time.between(0, 1), travel.distance.between(0, 1)) == (600, 6000)


def test_free_flow_is_that_of_the_quickest_slice() -> None:
    travel = join((0, EIGHT), [matrix(1200), matrix(600.5)])
    assert isinstance(travel.traffic, Arrivals)
    assert travel.time.between(0, 1) == 600


def test_an_arc_bends_at_most_twice_for_each_slice() -> None:
    found = arrivals_of((0, 3600, EIGHT), np.array([[600.0], [900.0], [300.0]]))
    assert int(found.first[1]) <= 6


def test_the_fewest_places_are_left_out_that_others_do_not_reach() -> None:
    missing = np.zeros((5, 5), dtype=bool)
    missing[3, :3] = missing[:3, 3] = missing[0, 4] = missing[1, 4] = missing[2, 4] = True
    assert cut_off(missing) == [3, 4]


@contextmanager
def osrm_that_says(answer: dict[str, object]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


PLACES = [Place(47.1, 9.5, "hall"), Place(47.2, 9.6, "mill")]


def told(durations: list[list[float | None]], away: float = 3.0) -> dict[str, object]:
    sources = [{"distance": 3.0}, {"distance": away}]
    return {"code": "Ok", "sources": sources, "durations": durations, "distances": durations}


def test_a_server_gives_times_that_stand_still() -> None:
    with osrm_that_says(told([[0, 90.4], [80.6, 0]])) as url:
        travel = OsrmServer(url).travel(PLACES)
    assert (travel.time.between(0, 1), travel.time.between(1, 0)) == (90, 81)


def test_a_place_far_from_a_road_is_told_with_its_distance() -> None:
    with osrm_that_says(told([[0, 9], [9, 0]], away=2500.0)) as url, pytest.raises(InputError) as caught:
        OsrmServer(url).travel(PLACES)
    assert "mill is 2,500 m from the nearest road" in caught.value.message


def test_a_place_without_a_way_is_told() -> None:
    with osrm_that_says(told([[0, None], [9, 0]])) as url, pytest.raises(InputError, match="has no way to or from"):
        OsrmServer(url).travel(PLACES)


def test_what_a_server_refuses_is_told() -> None:
    refusal = {"code": "TooBig", "message": "Too many table coordinates"}
    with osrm_that_says(refusal) as url, pytest.raises(UpstreamError, match="TooBig Too many table coordinates"):
        OsrmServer(url).travel(PLACES)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(UpstreamError, match="does not answer as OSRM"):
        OsrmServer("http://127.0.0.1:1").travel(PLACES)
