"""A planner looks at a study of the network in a real Chromium."""

from __future__ import annotations

import pytest

from tests.browser.pages import settled

pytestmark = pytest.mark.browser

NETWORK = """{"network": {"sites": [
  {"id": "old", "fixed_cost": 500, "status": "existing", "closing_cost": 20}, {"id": "new", "fixed_cost": 100}],
 "zones": ["a", "b"], "demand": [{"zone": "a", "quantity": 10}, {"zone": "b", "quantity": 20}],
 "lanes": [{"from": "old", "to": "a", "cost": 4, "hours": 10}, {"from": "old", "to": "b", "cost": 4, "hours": 10},
  {"from": "new", "to": "a", "cost": 5, "hours": 20}, {"from": "new", "to": "b", "cost": 2, "hours": 20}]},
 "sites": {"old": {"latitude": 31, "longitude": 121}, "new": {"latitude": 39, "longitude": 116}},
 "zones": {"a": {"latitude": 30, "longitude": 114}, "b": {"latitude": 36, "longitude": 117}}}"""


def upload(page):
    """Send the network, to be solved in a second."""
    page.set_input_files(
        "form:has([data-act=upload]) input[type=file]",
        {"name": "mine.json", "mimeType": "application/json", "buffer": NETWORK.encode()},
    )
    page.fill("form:has([data-act=upload]) [name=seconds]", "1")
    page.click("[data-act=upload]")
    page.wait_for_url("**/network/*")


def test_an_uploaded_network_is_solved_shown_and_asked_what_if(open_page):
    page = settled(open_page("/network"))
    upload(page)
    page.wait_for_selector(".network-sites", timeout=150_000)  # the first search of an installation compiles
    assert page.inner_text("h1") == "mine.json"
    assert "620" in page.inner_text(".figures")
    assert "210" in page.inner_text(".figures")
    page.wait_for_selector(".network-map .map-node >> nth=1")
    # Every figure says why: 10 x 5 + 20 x 2 to customers, the dearest lane first, and the list behind it is the plan.
    page.click("tr:has-text('To customers and stores') .why-value >> nth=1")
    assert page.locator(".drawer .fact dd").all_inner_texts() == ["50", "40"]
    assert page.get_attribute(".drawer a.link", "href").endswith("/plan?form=xlsx")
    page.keyboard.press("Escape")
    unasked = ".figure-value:not(:has(.why-value)), .columns td.num:not(:has(.why-value))"
    assert page.locator(unasked).all_inner_texts() == []
    page.click("[data-act=what-if] >> nth=1")
    page.wait_for_selector(".network-sites strong:has-text('a year more')", timeout=30_000)
    page.click("[data-side=before]")
    assert page.get_attribute("[data-side=before]", "aria-pressed") == "true"


def test_a_search_that_ends_while_the_page_is_read_is_shown(open_page):
    page = settled(open_page("/network"))
    page.route("**/api/v1/network/studies/*", answer_as_before_the_search, times=1)
    page.route("**/api/v1/jobs/*", answer_when_it_has_ended)
    upload(page)
    page.wait_for_selector(".network-sites")


def answer_as_before_the_search(route):
    """Answer what a study was when its search had not ended."""
    answer = route.fetch()
    route.fulfill(response=answer, json={**answer.json(), "report": None})


def answer_when_it_has_ended(route):
    """Hold a question about a job back until it is done."""
    answer = route.fetch()
    while answer.json()["status"] in {"queued", "running"}:
        answer = route.fetch()
    route.fulfill(response=answer)
