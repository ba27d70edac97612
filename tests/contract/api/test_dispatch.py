"""A delivery day over HTTP: from orders to vans, changed by hand, driven, and back into the orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
import pytest

from entrepot.api import Services
from entrepot.delivery.dispatch import DayStop, DispatchDesk, Spot, store
from entrepot.delivery.dispatch.outlook import LEAST_DAYS, LEAST_ORDERS
from entrepot.delivery.roads import GreatCircle, Profile, Slice
from entrepot.flows.delivery_days import DeliveryDays
from entrepot.flows.personal import erase_order
from entrepot.infra.jobs import JobContext
from entrepot.infra.jobs.context import JobCancelled
from entrepot.stock import Movement, Node, Sku, upsert_nodes, upsert_skus
from tests.contract.api.conftest import Client

VAN: dict[str, object] = {
    "code": "VAN", "name": "van", "count": 2, "weight_g": 10_000, "volume_mm3": 10**9, "opens": 0, "closes": 129_600,
    "fixed_cost": 5000, "cost_per_km": 200, "cost_per_hour": 3000,
}  # fmt: skip
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
PLACES = {"T-1": (31.25, 120.7), "T-2": (31.3, 120.9), "T-3": (31.2, 120.5)}


@pytest.fixture
def today(services: Services) -> str:
    return services.days.today().isoformat()


@pytest.fixture
def dispatcher(services: Services, as_role: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch) -> Client:
    """A dispatcher of a house with two vans, three orders with a place, one without and one far away."""
    with services.db.transaction() as conn:
        upsert_nodes(conn, [Node("DC", 1, "test", kind="rdc", country="CN", latitude=31.3, longitude=120.6)])
        upsert_skus(conn, [Sku("TEA", 1, "test", title="茶", weight_g=2000)])
        at = datetime(2026, 11, 1, tzinfo=UTC)
        services.stock.post(conn, [Movement("in/1", "TEA", 90, "supplier", "on_hand", "DC", "on_hand", "receipt", at)])
    # No engine runs here: the job is done by hand.
    monkeypatch.setattr(services.jobs, "submit", lambda *_args, **_more: "job-1")
    client = as_role("dispatcher")
    assert client.request("PUT", "/api/v1/dispatch/fleets/DC", json={"types": [VAN]}).status_code == 200
    for number, (latitude, longitude) in {**PLACES, "T-far": (39.9, 116.4)}.items():
        place(client, services, number, {"latitude": latitude, "longitude": longitude})
    place(client, services, "T-nowhere", {"city": "苏州市"})
    return client


def place(client: Client, services: Services, number: str, address: dict[str, Any], qty: int = 1) -> None:
    body = {
        "order_id": number,
        "lines": [{"line_id": "1", "sku": "TEA", "qty": qty, "unit_price": 5000}],
        "address": {"street": "文三路 1 号", **address},
        "buyer": {"name": "张小明", "phone": "13800138000"},
    }
    assert client.post("/api/v1/orders", json=body).status_code == 201
    order = f"own:desk:{number}"
    services.saga.advance(order)
    released = client.post(f"/api/v1/orders/{order}/commands", json={"id": "r", "command": "release"})
    assert released.status_code == 200, released.text


def begun(client: Client, services: Services, day: str) -> int:
    """Begin the day and search it as its job does."""
    reply = client.post("/api/v1/dispatch/days", json={"node": "DC", "day": day})
    assert reply.status_code == 201, reply.text
    services.days.run(context(), reply.json()["id"], 0.2)
    return int(reply.json()["id"])


def context(*, cancelled: bool = False) -> JobContext:
    def progress(*_told: object) -> None:
        if cancelled:
            raise JobCancelled

    return cast(JobContext, SimpleNamespace(progress=progress, by="dispatcher-1"))


def read(client: Client, id: int) -> dict[str, Any]:
    reply = client.get(f"/api/v1/dispatch/days/{id}")
    assert reply.status_code == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


def number_of(day: dict[str, Any], order: str) -> int:
    return next(int(one["no"]) for one in day["stops"] if one["order"] == f"own:desk:{order}")


def states(client: Client, number: str) -> set[str]:
    pieces = client.get(f"/api/v1/orders/own:desk:{number}/pieces").json()["pieces"]
    return {one["state"] for one in pieces}


def test_a_day_is_planned_from_open_orders_and_says_what_it_leaves_out(
    dispatcher: Client, services: Services, today: str
) -> None:
    (waits,) = dispatcher.get("/api/v1/dispatch/open").json()
    assert (waits["stops"], waits["dispatch"], waits["no_place"]) == (4, None, ["own:desk:T-nowhere"])
    assert [(one["order"], one["reason"]) for one in waits["left_out"]] == [("own:desk:T-far", "out_of_reach")]
    id = begun(dispatcher, services, today)
    day = read(dispatcher, id)
    assert sorted(no for route in day["routes"] for no in (one["stop"] for one in route["visits"])) == sorted(
        number_of(day, order) for order in PLACES
    )
    nowhere = number_of(day, "T-nowhere")
    assert day["unserved"] == [nowhere]
    assert dispatcher.get(f"/api/v1/dispatch/days/{id}/stops/{nowhere}/why").json()["reason"] == "no_place"
    assert [one["action"] for one in day["versions"]] == ["search", "begin"]
    assert day["cost"] == day["versions"][0]["cost"] >= day["versions"][0]["bound"]
    again = dispatcher.post("/api/v1/dispatch/days", json={"node": "DC", "day": today})
    assert (again.status_code, again.json()["code"]) == (409, "dispatch.there")
    (listed,) = dispatcher.get("/api/v1/dispatch/days").json()["items"]
    assert (listed["stops"], listed["unserved"]) == (4, 1)


def test_a_move_is_tried_made_and_refused_when_it_is_stale(
    dispatcher: Client, services: Services, today: str, as_role: Callable[[str], Client]
) -> None:
    id = begun(dispatcher, services, today)
    day = read(dispatcher, id)
    stop, version = number_of(day, "T-1"), day["version"]
    at = next(route["vehicle"] for route in day["routes"] if stop in [one["stop"] for one in route["visits"]])
    other = "VAN-2" if at == "VAN-1" else "VAN-1"
    body = {"stop": stop, "vehicle": other, "place": 1, "version": version}
    url = f"/api/v1/dispatch/days/{id}:move"
    tried = dispatcher.post(url, json={**body, "dry_run": True}).json()
    assert (tried["version"], read(dispatcher, id)["version"]) == (version, version)
    made = dispatcher.post(url, json=body).json()
    after = read(dispatcher, id)
    assert (made["cost"], made["version"]) == (tried["cost"], version + 1)
    assert after["cost"] - day["cost"] == made["cost"]
    assert dispatcher.post(url, json=body).json()["code"] == "dispatch.stale"
    locked = {"stops": [stop], "locked": True, "version": version + 1}
    assert dispatcher.post(f"/api/v1/dispatch/days/{id}:lock", json=locked).json() == {"version": version + 2}
    services.days.run(context(), id, 0.2)
    again = read(dispatcher, id)
    assert next(one for one in again["stops"] if one["no"] == stop)["vehicle"] == other
    assert next(one for one in again["stops"] if one["no"] == stop)["is_locked"]
    masked = next(one for one in read(as_role("viewer"), id)["stops"] if one["no"] == stop)
    assert masked["receiver"]["name"] == "张**"
    assert masked["spot"] == {"latitude": 31.25, "longitude": 120.7}


def test_a_search_that_is_cancelled_keeps_the_best_so_far(dispatcher: Client, services: Services, today: str) -> None:
    id = dispatcher.post("/api/v1/dispatch/days", json={"node": "DC", "day": today}).json()["id"]
    with pytest.raises(JobCancelled):
        services.days.run(context(cancelled=True), id, 30)
    day = read(dispatcher, id)
    assert (day["versions"][0]["action"], len(day["unserved"])) == ("search", 1)


def test_an_open_day_says_which_stops_must_go_now_and_a_closed_one_nothing(
    dispatcher: Client, services: Services, today: str, as_role: Callable[[str], Client]
) -> None:
    id = begun(dispatcher, services, today)
    url = f"/api/v1/dispatch/days/{id}/waves"
    told = as_role("viewer").get(url).json()
    day = read(dispatcher, id)
    assert {one["stop"] for one in told["words"]} == {number_of(day, order) for order in PLACES}
    assert {one["verdict"] for one in told["words"]} <= {"must_go", "goes_along", "may_wait"}
    hours = datetime.fromisoformat(told["following"]) - datetime.fromisoformat(told["leaves"])
    assert hours == timedelta(minutes=60)
    # The desk had no day before: a rule without a forecast advises, and says so.
    assert told["policy"] == "prizes"
    least = {"least_days": LEAST_DAYS, "least_orders": LEAST_ORDERS}
    assert told["forecast"] == {"basis": "short", "days": 0, "orders": 0, **least}
    assert {one["futures"] for one in told["words"]} == {None}
    assert dispatcher.get(url, params={"every": 1}).status_code == 422
    assert dispatcher.get("/api/v1/dispatch/days/99/waves").json()["code"] == "dispatch.unknown"
    closed = {"state": "closed", "version": day["version"], "reason": "a test"}
    assert dispatcher.post(f"/api/v1/dispatch/days/{id}:state", json=closed).status_code == 200
    assert dispatcher.get(url).json() is None


def test_earlier_days_of_the_desk_are_what_the_advice_looks_ahead_with(
    dispatcher: Client, services: Services, today: str
) -> None:
    id = begun(dispatcher, services, today)
    url = f"/api/v1/dispatch/days/{id}/waves"
    remember(services, days=LEAST_DAYS - 1, orders=LEAST_ORDERS)
    short = dispatcher.get(url).json()
    assert (short["policy"], short["forecast"]["basis"]) == ("prizes", "short")
    assert (short["forecast"]["days"], short["forecast"]["orders"]) == (LEAST_DAYS - 1, LEAST_ORDERS)
    remember(services, days=1, orders=0, ago=LEAST_DAYS)
    told = dispatcher.get(url).json()
    assert (told["policy"], told["forecast"]["basis"], told["forecast"]["days"]) == (
        "conditional",
        "history",
        LEAST_DAYS,
    )
    asked = [one for one in told["words"] if one["verdict"] in ("goes_along", "may_wait")]
    assert all(0 <= one["later"] <= one["futures"] for one in asked)
    # Stops of several times, today's or earlier ones, are searched by another engine.
    remember(services, days=1, orders=24, ago=LEAST_DAYS + 1, windows=((0, 79_200), (82_800, 129_600)))
    assert dispatcher.get(url).json()["forecast"]["days"] == LEAST_DAYS + 1
    no = number_of(read(dispatcher, id), "T-1")
    times = {"windows": [{"opens": 0, "closes": 79_200}, {"opens": 82_800, "closes": 129_600}], "reason": "a test"}
    assert dispatcher.post(f"/api/v1/dispatch/days/{id}/stops/{no}:agree", json=times).status_code == 200
    again = dispatcher.get(url).json()
    assert (again["policy"], again["forecast"]["basis"]) == ("conditional", "history")
    assert {one["stop"] for one in again["words"]} == {one["stop"] for one in told["words"]}


def remember(
    services: Services, days: int, orders: int, ago: int = 1, windows: tuple[tuple[int, int], ...] = ()
) -> None:
    """Keep earlier days of the desk, `orders` in all, which became known at each hour of them."""
    with services.db.transaction() as conn:
        kept = store.earlier(conn, "DC", services.days.today(), services.days.today())[0]
        for back in range(ago, ago + days):
            day = kept.day - timedelta(days=back)
            names = [f"w{back}-{k}" for k in range(back - ago, orders, days)]
            stops = tuple(
                DayStop(
                    no=k,
                    work=name,
                    order=name,
                    spot=Spot(31.25 + k / 1000, 120.7),
                    known_by="address",
                    weight_g=500,
                    volume_mm3=10**6,
                    pieces=1,
                    opens=0,
                    closes=129_600,
                    service=300,
                    windows=windows,
                )
                for k, name in enumerate(names, start=1)
            )
            services.days.desk.begin(conn, msgspec.structs.replace(kept, day=day, stops=stops), {}, NOON, "test")
            midnight = datetime.combine(day, datetime.min.time(), ZoneInfo(kept.zone))
            for k, name in enumerate(names):
                at = midnight + timedelta(hours=k % 24, minutes=30)
                conn.execute(
                    "INSERT INTO orders.fulfilment (id, order_id, node, mode, released_at, ship_by) "
                    "VALUES (%s, %s, 'DC', 'ship', %s, %s)",
                    (name, name, at, at),
                )


def test_times_agreed_with_a_receiver_hold_until_the_promise_is_given_back(
    dispatcher: Client, services: Services, today: str, as_role: Callable[[str], Client]
) -> None:
    id = begun(dispatcher, services, today)
    before = read(dispatcher, id)
    no = number_of(before, "T-1")
    url = f"/api/v1/dispatch/days/{id}/stops/{no}:agree"
    times = [{"opens": 115_200, "closes": 118_800}, {"opens": 104_400, "closes": 108_000}]
    body = {"windows": times, "reason": "she called"}
    assert as_role("viewer").post(url, json=body).status_code == 403
    assert dispatcher.post(url, json=body).json() == {"windows": [times[1], times[0]]}
    services.days.run(context(), id, 0.2)
    day = read(dispatcher, id)
    told = next(one for one in day["stops"] if one["no"] == no)
    assert (told["opens"], told["closes"]) == (told["windows"][0]["opens"], told["windows"][1]["closes"])
    (start,) = [visit["start"] for route in day["routes"] for visit in route["visits"] if visit["stop"] == no]
    assert any(one["opens"] <= start <= one["closes"] for one in told["windows"])
    assert day["late"] == 0
    noted = next(
        one for one in as_role("admin").get("/api/v1/audit").json()["items"] if one["action"] == "dispatch.agree"
    )
    assert (noted["detail"]["stop"], noted["detail"]["reason"]) == (no, "she called")
    overlapping = {"windows": [times[0], times[0]], "reason": "a slip"}
    assert dispatcher.post(url, json=overlapping).json()["code"] == "dispatch.windows"
    assert dispatcher.post(url, json={"windows": [], "reason": "any time"}).json() == {"windows": []}
    after = next(one for one in read(dispatcher, id)["stops"] if one["no"] == no)
    was = next(one for one in before["stops"] if one["no"] == no)
    assert (after["windows"], after["opens"], after["closes"]) == ([], was["opens"], was["closes"])


def test_two_vans_are_searched_in_the_traffic_of_the_day(dispatcher: Client, services: Services, today: str) -> None:
    id = dispatcher.post("/api/v1/dispatch/days", json={"node": "DC", "day": today}).json()["id"]
    rush = Profile((Slice(0, 30.0), Slice(7 * 3600, 12.0), Slice(20 * 3600, 30.0)))
    days = DeliveryDays(services.db, DispatchDesk(GreatCircle(profile=rush)), services.clock)
    told = days.run(context(), id, 0.2)
    assert (told["engine"], told["unserved"]) == ("traffic", 1)  # the one without a place


def test_a_driver_sees_only_the_own_round_and_what_is_reported_reaches_the_order(
    dispatcher: Client, services: Services, today: str, as_role: Callable[[str], Client]
) -> None:
    driver = as_role("driver")
    id = begun(dispatcher, services, today)
    day = read(dispatcher, id)
    vehicle = day["routes"][0]["vehicle"]
    first, *others = [one["stop"] for one in day["routes"][0]["visits"]]
    url = f"/api/v1/rounds/{id}/{vehicle}"
    assert driver.get(url).status_code == 404
    assign = dispatcher.post(f"/api/v1/dispatch/days/{id}/vehicles/{vehicle}:assign", json={"driver": "driver-1"})
    assert assign.json() == {"driver": "driver-1"}
    state = {"state": "released", "version": day["version"]}
    assert dispatcher.post(f"/api/v1/dispatch/days/{id}:state", json=state).json() == {"state": "released"}
    assert [one["vehicle"] for one in driver.get("/api/v1/rounds").json()] == [vehicle]
    sheet = driver.get(url).json()
    assert [one["no"] for one in sheet["stops"]] == [first, *others]
    assert sheet["stops"][0]["receiver"]["name"] == "张小明"
    assert driver.get(f"/api/v1/dispatch/days/{id}").status_code == 403
    early = driver.post(f"{url}/stops/{first}:report", json={"status": "delivered"})
    assert early.json()["code"] == "dispatch.not_on_road"

    assert driver.post(f"{url}:depart").status_code == 200
    assert driver.post(f"{url}:depart").status_code == 200
    order = next(one for one in read(dispatcher, id)["stops"] if one["no"] == first)["order"].rpartition(":")[2]
    assert states(dispatcher, order) == {"shipped"}
    assert driver.post(f"{url}/stops/{first}:report", json={"status": "arrived"}).status_code == 200
    done = driver.post(f"{url}/stops/{first}:report", json={"status": "delivered"})
    assert done.status_code == 200, done.text
    services.saga.advance(f"own:desk:{order}")
    assert states(dispatcher, order) == {"delivered"}
    number = next(one for one in read(dispatcher, id)["stops"] if one["no"] == first)["parcel"]
    with services.db.read() as conn:
        events = conn.execute(
            "SELECT code FROM orders.tracking_event WHERE tracking_no = %s ORDER BY at, version", (number,)
        )
        assert [row[0] for row in events] == ["out_for_delivery", "delivered"]
        parcel = conn.execute("SELECT status, carrier FROM orders.parcel WHERE tracking_no = %s", (number,)).fetchone()
    assert parcel == ("delivered", "OWN")

    failed = driver.post(f"{url}/stops/{others[0]}:report", json={"status": "failed"})
    assert failed.json()["code"] == "dispatch.no_reason"
    why = {"status": "failed", "reason": "nobody_home"}
    assert driver.post(f"{url}/stops/{others[0]}:report", json=why).status_code == 200
    assert driver.post(f"{url}:return").status_code == 200
    told = {one["no"]: one for one in read(dispatcher, id)["stops"]}
    assert (told[others[0]]["status"], told[others[0]]["reason"]) == ("failed", "nobody_home")
    assert told[first]["planned_at"] is not None
    # What came back is brought again another day, under the same number.
    tomorrow = (services.days.today() + timedelta(days=1)).isoformat()
    next_id = begun(dispatcher, services, tomorrow)
    (again,) = [one for one in read(dispatcher, next_id)["stops"] if one["parcel"]]
    assert again["parcel"] == told[others[0]]["parcel"]


def test_erasing_an_order_takes_its_place_out_of_the_day(dispatcher: Client, services: Services, today: str) -> None:
    id = begun(dispatcher, services, today)
    erase_order(services.db, "own:desk:T-1", "a test")
    day = read(dispatcher, id)
    assert next(one for one in day["stops"] if one["order"] == "own:desk:T-1")["spot"] is None
