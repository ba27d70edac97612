"""The page of jobs: what ended, found by job and status, and what came of it."""

from __future__ import annotations

import pytest

from tests.browser.ordering import Clerk
from tests.browser.pages import go

pytestmark = pytest.mark.browser

DONE = "/jobs?name=order%20to%20delivery&status=done"


def test_a_job_is_found_by_name_and_leads_to_the_order_it_moved_on(open_page, console):
    with Clerk(console.address, console.name, console.password) as clerk:
        sku = max(clerk.get("/stock/levels?limit=500")["items"], key=lambda one: one["available"])["sku"]
        order = clerk.place("job-1", sku)
        clerk.wait_until(lambda: any(one["result"]["order"] == order for one in clerk.get(DONE)["items"]))
    page = go(open_page(), DONE)
    link = page.locator(f"tbody tr:has-text('Steps') a.link:has-text('{order}')").first
    link.wait_for()
    assert set(page.locator("tbody td:first-child").all_inner_texts()) == {"Order to delivery"}
    link.click()
    page.wait_for_url("**/orders/**")


def test_a_filter_that_finds_nothing_says_so(open_page):
    page = go(open_page(), "/jobs")
    page.select_option("select[name=name]", "network what-if")
    page.select_option("select[name=status]", "cancelled")
    page.wait_for_selector("text=No such job has ended.")
