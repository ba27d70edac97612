"""What people do with orders in the console: the desk, one order, the work of a node, availability, carriers."""

from __future__ import annotations

import pytest

from tests.browser.ordering import Clerk
from tests.browser.pages import go, settled

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sku(clerk):
    """A SKU with plenty of stock."""
    levels = clerk.get("/stock/levels?limit=500")["items"]
    return max(levels, key=lambda one: one["on_hand"])["sku"]


@pytest.fixture(scope="module")
def clerk(console):
    """Somebody who takes orders by telephone."""
    with Clerk(console.address, console.name, console.password) as opened:
        yield opened


@pytest.fixture(scope="module")
def held(clerk, sku):
    """Three orders whose risk somebody must look at."""
    orders = [clerk.place(f"risk-{number}", sku, hold="risk") for number in range(3)]
    for order in orders:
        clerk.wait_for(order, "risk_hold")
    return orders


def test_the_desk_counts_before_it_acts_on_many(open_page, held):
    page = settled(open_page("/desk?reason=held"))
    assert page.inner_text(".group.chosen .group-text strong") == "Held back"
    page.check(f'.desk-row[data-order="{held[0]}"] input')
    page.check(f'.desk-row[data-order="{held[1]}"] input')
    page.select_option("select[name=act]", "clear")
    page.click("[data-act=try]")
    page.wait_for_selector(".trial")
    assert page.locator(".trial .figure-value").all_inner_texts() == ["2", "2", "0"]
    # Nothing was done yet.
    page.keyboard.press("Escape")
    assert page.locator(f'.desk-row[data-order="{held[0]}"]').count() == 1
    page.click("[data-act=try]")
    page.click("[data-act=confirm]")
    page.wait_for_selector(".toast.tone-good")
    page.wait_for_selector(f'.desk-row[data-order="{held[0]}"]', state="detached")
    assert page.locator(f'.desk-row[data-order="{held[2]}"]').count() == 1


def test_an_override_asks_for_its_reason(open_page, clerk, held):
    page = settled(open_page(f"/orders/{held[2]}"))
    page.click(".more-acts summary")
    page.click('.more-acts [data-command="cancel"]')
    page.click("[data-act=confirm]")
    # The browser itself keeps a form without its reason.
    assert page.locator(".dialog textarea:invalid").count() == 1
    page.fill(".dialog textarea", "the buyer rang off")
    page.click("[data-act=confirm]")
    page.wait_for_selector(".dialog", state="detached")
    page.wait_for_selector(".piece .status:has-text('Cancelled')")
    assert clerk.get(f"/orders/{held[2]}/pieces")["history"][-1]["reason"] == "the buyer rang off"


def test_a_store_works_its_list_with_a_thumb_and_takes_a_step_back(open_page, clerk, sku):
    order = clerk.place("thumb", sku)
    clerk.wait_for(order, "sourced")
    clerk.do(order, "release")
    page = settled(open_page("/fulfilments?state=released", width=390))
    card = page.locator(f'.work-card[data-work^="{order}"]')
    assert all(button.bounding_box()["height"] >= 44 for button in card.locator("footer .button").all())
    card.locator('[data-command="accept"]').tap()
    page.wait_for_selector(".toast >> text=Undo")
    clerk.wait_for(order, "accepted")
    page.tap(".toast >> text=Undo")
    clerk.wait_for(order, "sourced")


def test_what_is_available_says_how_it_is_made(open_page, sku):
    page = settled(open_page(f"/availability/{sku}"))
    page.wait_for_selector(".chart canvas")
    shelf = page.inner_text(".step >> nth=0 >> .num")
    assert page.inner_text(".figure:has-text('On the shelf') .figure-value") == shelf
    page.click(".step >> nth=0")
    page.wait_for_selector(".drawer .formula")


def test_a_quote_says_its_parts_and_who_refuses(open_page):
    page = settled(open_page("/carriers"))
    page.fill("input[name=province]", "浙江省")
    page.fill("input[name=length]", "60")
    page.fill("input[name=width]", "40")
    page.fill("input[name=height]", "40")
    page.click("[data-act=quote]")
    page.wait_for_selector(".offer")
    assert "by volume" in page.inner_text(".offer >> nth=0")
    page.click(".offer .why-value >> nth=0")
    page.wait_for_selector(".drawer .formula")
    assert "Freight" in page.inner_text(".drawer .facts")
    assert page.locator(".quote-answer details li").count() > 0


def test_a_rate_card_with_a_fault_names_its_row(open_page, tmp_path):
    sheet = tmp_path / "cards.csv"
    sheet.write_text("record,carrier,name,days\ncarrier,NEW,New carrier,*\ncarrier,BAD,Bad carrier,someday\n")
    page = settled(open_page("/carriers"))
    page.set_input_files("input[type=file]", sheet)
    page.click("[data-act=import]")
    page.wait_for_selector(".faults li")
    assert "Row 3" in page.inner_text(".faults")
    assert "days" in page.inner_text(".faults")
    page.wait_for_selector(".carrier-card:has-text('New carrier')")


def test_a_decision_says_its_parts_is_replayed_and_overridden_with_a_reason(open_page, clerk, sku):
    order = clerk.place("decided", sku)
    clerk.wait_for(order, "sourced")
    decision = clerk.get(f"/orders/{order}/decision")
    page = settled(open_page(f"/orders/{order}"))
    page.wait_for_selector(".candidate-row.chosen")
    assert page.locator(".candidate-row").count() == len(decision["candidates"]) > 1
    page.click(".candidate-row >> nth=1")
    page.wait_for_selector(".drawer")
    assert "Freight" in page.inner_text(".drawer .facts >> nth=0")
    page.keyboard.press("Escape")
    page.click("[data-act=replay]")
    page.wait_for_selector(".toast.tone-good")
    page.click("[data-act=override]")
    page.fill(".dialog textarea", "the buyer wants it from there")
    page.click("[data-act=confirm]")
    page.wait_for_selector(".verdict .tone-warn")
    assert clerk.get(f"/orders/{order}/decision")["nodes"] == decision["candidates"][1]["nodes"]
    assert "the buyer wants it from there" in page.inner_text("main")


def test_an_order_shows_its_promise_and_a_date_can_be_asked_for(open_page, clerk, sku):
    clerk.wait_until(lambda: clerk.get("/promises/quality")["model"])
    order = clerk.place("promised", sku)
    clerk.wait_until(lambda: clerk.has(f"/orders/{order}/promise"))
    promised = clerk.get(f"/orders/{order}/promise")["promised"]
    page = settled(open_page(f"/orders/{order}"))
    page.wait_for_selector(".spread")
    page.click(f".why-value:has-text('{promised}')")
    page.wait_for_selector(".drawer .formula")
    go(page, "/promises")
    page.fill("input[name=destination]", "浙江省")
    page.click("[data-act=promise]")
    page.wait_for_selector(".spread")
    assert page.locator(".facts .why-value").count() == 2


def test_past_orders_are_promised_anew_and_show_how_that_was_kept(open_page):
    page = settled(open_page("/promises"))
    page.click("[data-act=past-orders]")
    page.wait_for_selector("[data-act=past-orders]:disabled", state="detached", timeout=60_000)
    past = page.locator("section.panel", has=page.locator("[data-act=past-orders]"))
    past.locator("tbody tr").first.wait_for()
    months = past.locator("tbody tr").count()
    past.locator("select").select_option("lane")
    assert past.locator("tbody tr").count() > months >= 1
    past.locator(".why-value").first.click()
    page.wait_for_selector(".drawer .formula")
