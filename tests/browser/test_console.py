"""What people do in the console, in a real Chromium; every test also asserts that no other host is contacted."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from entrepot.console.assets import root
from tests.browser.pages import go, settled

pytestmark = pytest.mark.browser

PAGES = [
    "/", "/desk", "/orders", "/fulfilments", "/stock", "/availability", "/promises", "/carriers", "/network",
    "/quarantine", "/channels", "/writeback", "/jobs", "/audit", "/settings",
]  # fmt: skip
LATIN = {
    "SKU", "API", "CSV", "EN", "Excel", "Odoo", "Olist", "Shopify", "Square", "Asia", "Shanghai", "English", "JSON",
}  # fmt: skip
"""What may stay in Latin letters on a Chinese screen."""


def enter(page, console):
    page.fill("#name", console.name)
    page.fill("#password", console.password)
    page.click("button[type=submit]")
    page.wait_for_selector(".shell")
    return settled(page)


@pytest.fixture(scope="module")
def chinese_page(open_kept_page):
    return open_kept_page(language="zh_CN")


@pytest.fixture(scope="module")
def phone_page(open_kept_page):
    return open_kept_page(width=390)


@pytest.fixture(scope="module", params=["light", "dark"])
def themed_page(open_kept_page, request):
    return open_kept_page(theme=request.param)


def test_a_stranger_is_led_to_the_log_in_page_and_back(open_page, console):
    page = enter(open_page("/orders?payment=paid", log_in=False), console)
    assert page.url == f"{console.address}/orders?payment=paid"


def test_a_wrong_password_is_said_and_no_session_opens(open_page, console):
    page = open_page("/login", log_in=False)
    page.fill("#name", "admin")
    page.fill("#password", "not the password")
    page.click("button[type=submit]")
    page.wait_for_selector(".login-error:not(:empty)")
    assert "not right" in page.inner_text(".login-error")
    page.goto(console.address + "/orders")
    assert "/login" in page.url


def test_log_out_ends_the_session(open_page, console):
    page = enter(open_page(log_in=False), console)
    page.click(".person")
    page.click("text=Log out")
    page.wait_for_url("**/login")
    page.goto(console.address + "/")
    assert "/login" in page.url


def test_the_language_switches_and_stays(open_page):
    page = settled(open_page())
    assert page.inner_text("h1") == "Control tower"
    page.click(".language-button")
    page.wait_for_function("document.documentElement?.lang === 'zh-CN'")
    settled(page)
    assert page.inner_text("h1") == "控制塔"
    assert go(page, "/orders").inner_text("h1") == "订单"


@pytest.mark.parametrize("path", PAGES)
def test_a_chinese_page_has_no_english_words_left(chinese_page, path):
    page = go(chinese_page, path)
    text = page.evaluate(
        """() => {
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const found = [];
          while (walker.nextNode()) {
            const parent = walker.currentNode.parentElement;
            if (parent.checkVisibility() && !parent.closest("script,style,[translate=no],.leaflet-container"))
              found.push(walker.currentNode.data);
          }
          document.querySelectorAll("[placeholder],[aria-label],[title]").forEach((one) => {
            if (one.checkVisibility() && !one.closest("[translate=no],.leaflet-container,.ag-root"))
              found.push(one.getAttribute("placeholder"), one.getAttribute("aria-label"), one.title);
          });
          return found.filter(Boolean).join("\\n");
        }"""
    )
    assert set(re.findall(r"[A-Za-z]{2,}", text)) - LATIN == set()


def first_order(page, channel):
    go(page, f"/orders?channel={channel}&fulfilment=completed,delivered,shipped")
    page.wait_for_selector(".ag-row a.link")
    page.click(".ag-row a.link >> nth=0")
    page.wait_for_selector(".timeline:visible")
    return settled(page)


def test_from_an_order_to_the_bytes_it_came_from(open_page):
    page = first_order(open_page(), "taobao")
    page.click(".facts.numeric .why-value >> nth=0")
    page.wait_for_selector(".lineage .excerpt mark")
    shown = page.inner_text(".lineage .excerpt mark")
    page.click("text=Open the source message")
    page.wait_for_selector(".raw mark")
    assert page.inner_text(".raw mark") == shown
    # Another field lights up other bytes, and names its converter.
    page.click('[data-field="placed_at"] >> nth=0')
    assert re.search(r"\d{4}-\d\d-\d\d", page.inner_text(".raw mark"))
    assert page.inner_text(".pointer").count("cn_time") == 1
    assert page.inner_text('.field.lit [translate="no"] >> nth=0') == "placed_at"


def test_a_link_reproduces_a_filtered_list(open_page):
    page = settled(open_page("/orders?channel=douyin&sort=-paid"))
    page.wait_for_selector(".ag-row .ag-cell")
    channels = set(page.locator('.ag-row [col-id="channel"]').all_inner_texts())
    assert channels == {"Douyin"}
    page.select_option('select[name="fulfilment"]', "cancelled")
    page.wait_for_function("location.search.includes('fulfilment=cancelled')")


def test_a_quarantined_message_is_mended_and_replayed(open_page):
    page = settled(open_page("/quarantine"))
    page.click('.group[data-group^="field.placed_at|odoo_pos"] >> nth=0')
    page.wait_for_selector(".entry:has-text('0006-')")
    # A replay of the group says first what it would do: today's mapping still cannot read it.
    page.click("[data-act=replay]")
    page.wait_for_selector("[data-act=confirm]")
    assert "would be resolved" in page.inner_text(".dialog")
    page.keyboard.press("Escape")
    page.locator(".entry", has_text="0006-").get_by_text("Mend", exact=True).click()
    page.wait_for_selector(".raw-edit")
    page.fill(".raw-edit", page.input_value(".raw-edit").replace("0006-", "2026-"))
    page.click(".dialog button:text-is('Try')")
    page.wait_for_selector("text=This text can be translated.")
    page.click(".dialog button:text-is('Save and replay')")
    page.wait_for_selector(".toast.tone-good")
    page.wait_for_selector(".entry:has-text('0006-')", state="detached")


def test_the_keyboard_finds_moves_and_explains(open_page):
    page = settled(open_page("/orders"))
    page.wait_for_selector(".ag-row a.link")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('.ag-row').getAttribute('row-index')") == "1"
    page.keyboard.press("?")
    page.wait_for_selector(".drawer .keys")
    page.keyboard.press("Escape")
    assert page.locator(".drawer").count() == 0
    number = page.inner_text(".ag-row a.link >> nth=0")
    page.keyboard.press("/")
    page.keyboard.type(number)
    page.wait_for_selector(".search-hits a")
    page.keyboard.press("Enter")
    page.wait_for_selector(".timeline:visible")


def test_every_key_figure_says_why(open_page):
    page = settled(open_page())
    page.wait_for_selector("button.kpi")
    for place in range(page.locator("button.kpi").count()):
        page.click(f"button.kpi >> nth={place}")
        page.wait_for_selector(".drawer .formula")
        page.keyboard.press("Escape")


def test_on_a_phone_navigation_is_a_drawer_and_lists_are_cards(open_page):
    page = settled(open_page("/orders", width=390))
    page.wait_for_selector("a.card")
    assert not page.is_visible(".nav")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click(".menu-button")
    page.wait_for_selector(".nav", state="visible")
    page.click('.nav-item[data-key="stock"]')
    page.wait_for_url("**/stock")
    settled(page)
    page.wait_for_selector("a.card")
    page.tap("a.card >> nth=0")
    page.wait_for_selector(".figures .figure")


def test_dark_mode_is_there_from_the_first_paint_and_stays(open_page):
    page = settled(open_page(theme="dark"))
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 19, 18)"
    page.click(".theme-button")  # dark -> as the system
    page.click(".theme-button")  # -> light
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_a_missing_order_says_what_and_how_to_mend(open_page):
    page = settled(open_page("/orders/taobao:shop:nothing"))
    said = page.inner_text(".failed")
    assert "orders.unknown" in said
    assert page.locator(".failed button").count() == 1


def test_what_the_server_says_of_a_fault_is_in_the_language_of_the_page(open_page):
    page = settled(open_page("/orders/own:till:no(1)", language="zh_CN"))
    said = page.inner_text(".failed")
    assert "没有订单 'own:till:no(1)'。" in said
    assert "There is no" not in said
    sentences = ["The body is not JSON: a.b*c.", "Nobody knows this sentence.", ""]
    told = page.evaluate(
        "async ([root, sentences]) => sentences.map((await import(`${root}/i18n.js`)).inWords)", [root(), sentences]
    )
    assert told == ["正文不是 JSON：a.b*c。", *sentences[1:]]


def test_an_address_without_a_page_says_so_in_the_frame(open_page):
    page = settled(open_page("/no/such/page", language="zh_CN"))
    assert page.locator(".nav-item").count() > 5
    assert page.inner_text(".empty-title") == "该地址没有页面"


def test_data_is_never_read_as_markup(open_page, console):
    page = settled(open_page("/orders?q=<img src=x onerror=document.title='broken'>"))
    page.wait_for_selector(".empty")
    assert page.locator("img").count() == 0
    assert page.title() != "broken"


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_no_serious_violation(themed_page, path):
    script = Path(os.environ.get("ENTREPOT_AXE", "node_modules/axe-core/axe.min.js"))
    if not script.is_file():
        pytest.skip("axe-core is not here: npm install axe-core, or set ENTREPOT_AXE to its axe.min.js")
    page = go(themed_page, path)
    page.wait_for_timeout(300)
    page.evaluate(script.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    serious = [
        (one["id"], one["nodes"][0]["html"][:160], len(one["nodes"]))
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
    assert serious == []


@pytest.mark.parametrize("path", ["/", "/carriers", "/network", "/promises", "/writeback", "/jobs", "/settings"])
def test_tables_say_what_they_hold_and_set_figures_under_their_headings(phone_page, path):
    page = go(phone_page, path)
    tables = page.evaluate(
        """() => [...document.querySelectorAll("main .table")].map((table) => ({
          name: table.closest("[role=region][tabindex='0']")?.getAttribute("aria-label"),
          scopes: [...table.querySelectorAll("th")].map((one) => one.scope),
          heads: [...table.querySelectorAll("th")].map((one) => one.className),
          rows: [...table.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((one) => one.className)),
        }))"""
    )
    assert tables
    for table in tables:
        assert table["name"]
        assert set(table["scopes"]) == {"col"}
        assert all(row == table["heads"] for row in table["rows"])


def test_more_lanes_stand_under_those_shown_and_a_narrower_choice_in_their_place(open_page):
    page = settled(open_page("/carriers"))
    lanes = page.get_by_role("region", name="Lane scorecard").locator("tbody tr")
    shown = lanes.count()
    first = lanes.first.inner_text()
    page.get_by_role("button", name="More lanes").click()
    lanes.nth(shown).wait_for()
    assert lanes.first.inner_text() == first
    more = lanes.count()
    with page.expect_response(lambda reply: "enough=true" in reply.url):
        page.get_by_label("30 judged parcels or more").check()
    page.wait_for_function(
        "most => document.querySelectorAll('[aria-label=\"Lane scorecard\"] tbody tr').length < most", arg=more
    )


def test_an_answer_that_comes_after_a_newer_question_changes_no_table(open_page):
    page = settled(open_page("/carriers"))
    panel = page.locator("section[aria-label='Lane scorecard']")
    lanes = panel.locator("tbody tr")
    shown = lanes.all_inner_texts()
    late = []
    page.route("**/carriers/lanes?carrier=*", lambda route: late.append(route))
    panel.locator("select").select_option(index=1)
    with page.expect_response("**/carriers/lanes?limit=*"):
        panel.locator("select").select_option("")
    with page.expect_response("**/carriers/lanes?carrier=*") as answer:
        late[0].continue_()
    assert answer.value.json()["items"]
    page.wait_for_timeout(100)
    assert lanes.all_inner_texts() == shown


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_phone(phone_page, path):
    page = go(phone_page, path)
    wide = page.evaluate(
        """() => [...document.querySelectorAll("main *")]
          .filter((one) => one.checkVisibility())
          .filter((one) => !one.closest(".table-scroll,.filters,.carrier-cards,.leaflet-container,.raw"))
          .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
          .slice(0, 3).map((one) => `${one.tagName}.${one.className}`)"""
    )
    assert wide == []
