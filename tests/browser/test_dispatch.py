"""A dispatcher's day in the console: planned, changed by mouse and keyboard, asked what must go, printed, driven."""

from __future__ import annotations

import httpx
import pytest

from tests.browser.ordering import Clerk
from tests.browser.pages import go, settled

pytestmark = pytest.mark.browser

VAN = {
    "code": "VAN", "name": "van", "count": 2, "weight_g": 10**6, "volume_mm3": 10**10, "opens": 0, "closes": 129_600,
    "fixed_cost": 8000, "cost_per_km": 200, "cost_per_hour": 4000,
}  # fmt: skip


@pytest.fixture(scope="module")
def day(console):
    """A store with two vans, and three orders that it is told to send, whoever of the day's stock would be cheaper."""
    with Clerk(console.address, console.name, console.password) as clerk:
        levels = clerk.get("/stock/levels?limit=500")["items"]
        near = [one for one in levels if one["node"].startswith("ST") and "上海" in one["node_name"]]
        node = max(near, key=lambda one: one["available"])["node"]
        has = sorted((one for one in near if one["node"] == node), key=lambda one: -one["available"])
        for number, sku in enumerate(one["sku"] for one in has[:3]):
            at = {
                "country": "CN",
                "province": "江苏省",
                "city": "苏州市",
                "latitude": 31.1 + number / 20,
                "longitude": 120.7,
            }
            order = clerk.place(f"van-{number}", sku, address=at, buyer={"name": "张小明", "phone": "13800000001"})
            clerk.wait_for(order, "sourced")
            clerk.send_from(order, node)
            clerk.do(order, "release")
        with httpx.Client(base_url=console.address, headers={"X-Requested-With": "entrepot"}, timeout=20) as api:
            api.post("/login", json={"name": console.name, "password": console.password}).raise_for_status()
            fleet = {"types": [VAN], "reach_km": 2000}
            api.put(f"/api/v1/dispatch/fleets/{node}", json=fleet).raise_for_status()
        yield clerk, node


def test_a_day_is_planned_changed_and_driven(open_page, day):
    clerk, node = day
    page = settled(open_page("/dispatch"))
    page.click(f'.dispatch-card[data-node="{node}"] [data-act=begin]')
    page.wait_for_url("**/dispatch/*")
    number = page.url.rsplit("/", 1)[-1]
    settled(page)
    # The first search of an installation compiles its loops.
    page.wait_for_selector('.dispatch-route[data-vehicle^="VAN"] .stop', timeout=150_000)
    page.wait_for_selector(".job-line", state="detached", timeout=150_000)
    route = page.locator('.dispatch-route[data-vehicle^="VAN"]:has(.stop)').first
    vehicle, stop = route.get_attribute("data-vehicle"), route.locator(".stop").first.get_attribute("data-stop")
    other = "VAN-2" if vehicle == "VAN-1" else "VAN-1"

    drag(page, stop, other)
    page.wait_for_selector(".dialog [data-cost]")
    dragged = int(page.get_attribute(".dialog [data-cost]", "data-cost"))
    assert dragged > 0
    page.click(".dialog [data-act=confirm]")
    page.wait_for_selector(f'.dispatch-route[data-vehicle="{other}"] .stop[data-stop="{stop}"]')

    # The keyboard does what the mouse did, and takes it back to the coin.
    page.focus(f'.stop[data-stop="{stop}"]')
    page.keyboard.press("Enter")
    page.wait_for_selector(".chance")
    page.select_option(".drawer select[name=vehicle]", vehicle)
    page.click(".drawer [data-act=move]")
    assert int(page.get_attribute(".dialog [data-cost]", "data-cost")) == -dragged
    page.click(".dialog [data-act=confirm]")
    page.wait_for_selector(f'.dispatch-route[data-vehicle="{vehicle}"] .stop[data-stop="{stop}"]')

    # What must go now: a word on every stop, one of which is chosen.
    page.click("[data-act=waves]")
    page.wait_for_selector("[data-verdict]", timeout=150_000)  # its search compiles other loops
    # The desk has no day before this one: a rule advises, which is said.
    assert "prizes" in page.locator("[data-basis=short]").inner_text()
    chosen = page.locator("[data-verdict]").first
    many = int(chosen.inner_text().split()[-1])
    chosen.click()
    assert page.locator(".stop:visible").count() == many
    page.locator("[data-verdict]").first.click()
    page.click(f'.stop[data-stop="{stop}"]')
    assert page.locator(".drawer .wave-reason").inner_text()
    agree(page, "09:00-11:00, 14:00~16:00")
    page.click(f'.stop[data-stop="{stop}"]')
    page.wait_for_selector(".drawer :text('09:00–11:00, 14:00–16:00')")
    agree(page, "")

    page.click(f'.stop[data-stop="{stop}"]')
    page.click(".drawer [data-act=lock]")
    page.wait_for_selector(f'.stop[data-stop="{stop}"] .tag')

    page.click("[data-act=release]")
    page.click(".dialog [data-act=confirm]")
    page.wait_for_selector("[data-act=recall]")
    sheet = page.locator(f'.dispatch-route[data-vehicle="{vehicle}"] header a').get_attribute("href")
    stops = page.locator(f'.dispatch-route[data-vehicle="{vehicle}"] .stop').count()
    page.set_viewport_size({"width": 390, "height": 844})
    go(page, sheet)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.emulate_media(media="print")
    assert printed(page) == {"stops": stops, "shown": [], "paper": ["rgb(255, 255, 255)"], "ink": ["rgb(0, 0, 0)"]}
    page.emulate_media(media="screen")
    page.click("[data-act=depart]")
    page.wait_for_selector(".round-stop.next [data-act=delivered]")
    assert page.locator(".round-stop.next a[href^='tel:']").count() == 1
    assert page.locator(".round-stop.next [data-act=delivered]").bounding_box()["height"] >= 44
    page.click(".round-stop.next [data-act=delivered]")
    page.wait_for_selector(".round-stop .status:has-text('Delivered')")
    stops = clerk.get(f"/dispatch/days/{number}")["stops"]
    clerk.wait_for(next(one["order"] for one in stops if one["status"] == "delivered"), "delivered")


def drag(page, stop, vehicle):
    """Drag a stop with the mouse onto a vehicle's route."""
    card, route = page.locator(f'.stop[data-stop="{stop}"]'), page.locator(f'.dispatch-route[data-vehicle="{vehicle}"]')
    card.scroll_into_view_if_needed()
    page.mouse.move(*middle(card))
    page.mouse.down()
    page.mouse.move(*middle(route.locator("header strong")), steps=5)
    page.mouse.up()


def test_a_day_whose_vehicles_are_home_for_the_night_says_why_nothing_is_planned(open_page, day):
    clerk, _ = day
    number = clerk.get("/dispatch/days")["items"][0]["id"]
    page = settled(open_page("/dispatch"))

    def over(route):
        told = route.fetch().json()
        vehicles = [{**one, "closes": "2020-01-01T20:00:00+08:00"} for one in told["vehicles"]]
        stops = [one["no"] for one in told["stops"]]
        route.fulfill(json={**told, "vehicles": vehicles, "routes": [], "unserved": stops})

    page.route(f"**/api/v1/dispatch/days/{number}", over)
    go(page, f"/dispatch/{number}")
    page.wait_for_selector(".gantt .tone-warn:has-text('within its shift')")
    page.unroute_all(behavior="ignoreErrors")


def middle(place):
    """Return the middle of an element in the window."""
    box = place.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def agree(page, times):
    """Agree on times of the stop whose drawer is open, and wait until the day was drawn anew."""
    drawn = page.query_selector(".stop")
    page.click(".drawer [data-act=agree]")
    page.fill("#ask-times", times)
    page.fill("#ask-reason", "she called")
    page.click(".dialog [data-act=confirm]")
    page.wait_for_selector(".dialog", state="detached")
    drawn.wait_for_element_state("hidden")


def printed(page):
    """Tell what a run sheet is on paper: its stops, what of the screen is still shown, and its colours."""
    return page.evaluate(
        """() => {
            const seen = (one) => one.checkVisibility();
            const cards = [...document.querySelectorAll(".round-stop")].filter(seen);
            const screen = [...document.querySelectorAll(".nav, .topbar, .toasts, button")].filter(seen);
            const style = (one) => getComputedStyle(one);
            const texts = cards.flatMap((one) => [one, ...one.querySelectorAll("strong, p:not(.faint)")]);
            return {
                stops: cards.length,
                shown: screen.map((one) => one.className),
                paper: [...new Set([document.body, ...cards].map((one) => style(one).backgroundColor))],
                ink: [...new Set(texts.map((one) => style(one).color))],
            };
        }"""
    )
