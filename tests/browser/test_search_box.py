"""The search field as one types: titles that fit below it, results that follow, and the keys that lead to it."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, Route, expect

from browser.conftest import Open
from browser.kinds import ESSAY
from browser.test_accessibility import ALL_RULES, axe

pytestmark = pytest.mark.needs("chromium")


def field(page: Page) -> Locator:
    return page.locator(".search input")


def options(page: Page) -> Locator:
    return page.get_by_role("option")


def typed(page: Page, words: str) -> None:
    """Type into the empty field of the search page, and wait for what fits."""
    page.goto("/search")
    field(page).fill(words)
    expect(options(page).first).to_be_visible()


def test_titles_and_results_follow_what_is_typed(quiet_page: Open, address: str) -> None:
    page = quiet_page()
    typed(page, "harb")
    expect(options(page)).to_have_text(["The harbour", "The harbour year"])
    expect(page.locator(".hits a", has_text="The harbour year")).to_be_visible()
    expect(page).to_have_url(f"{address}/search?q=harb")
    expect(page).to_have_title(re.compile("harb"))
    expect(field(page)).to_have_attribute("aria-expanded", "true")
    expect(page.locator("output")).to_have_text(re.compile(r"2 suggestions\.\s+\d+ results? for “harb”"))
    page.reload()
    expect(field(page)).to_have_value("harb")
    expect(page.locator(".hits a", has_text="The harbour year")).to_be_visible()


def test_arrows_walk_over_the_titles_and_enter_goes_there(quiet_page: Open, address: str) -> None:
    page = quiet_page()
    typed(page, "harb")
    for key, n in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowDown", None), ("ArrowUp", 1), ("ArrowUp", 0)):
        page.keyboard.press(key)
        chosen = page.locator("[role=option][aria-selected=true]")
        if n is None:
            expect(chosen).to_have_count(0)
            expect(field(page)).to_have_attribute("aria-activedescendant", "")
        else:
            expect(chosen).to_have_text(options(page).nth(n).inner_text())
            expect(field(page)).to_have_attribute("aria-activedescendant", str(chosen.get_attribute("id")))
        expect(field(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/photography/harbour")


def test_a_title_can_be_clicked(quiet_page: Open, address: str) -> None:
    page = quiet_page()
    typed(page, "harb")
    options(page).nth(1).click()
    expect(page).to_have_url(f"{address}/essays/2025-09-the-harbour-year")


def test_enter_sends_the_words_when_no_title_is_chosen(quiet_page: Open) -> None:
    page = quiet_page()
    page.goto("/search")
    field(page).fill("grandmother")
    with page.expect_request(lambda request: request.is_navigation_request() and "q=grandmother" in request.url):
        page.keyboard.press("Enter")
    expect(page.locator(".hits a").first).to_be_visible()


def test_escape_folds_the_titles_then_empties_the_field(quiet_page: Open, address: str) -> None:
    page = quiet_page()
    typed(page, "harb")
    expect(page).to_have_url(f"{address}/search?q=harb")
    page.keyboard.press("Escape")
    expect(options(page)).to_have_count(0)
    expect(field(page)).to_have_attribute("aria-expanded", "false")
    expect(field(page)).to_have_value("harb")
    expect(page.locator(".hits a").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(field(page)).to_have_value("")
    expect(page).to_have_url(f"{address}/search")
    expect(page.locator(".hits")).to_have_count(0)


def test_leaving_the_field_folds_the_titles(quiet_page: Open) -> None:
    page = quiet_page()
    typed(page, "harb")
    page.keyboard.press("Tab")
    expect(options(page)).to_have_count(0)


def test_an_old_answer_never_follows_a_young_one(quiet_page: Open, address: str) -> None:
    page = quiet_page()
    late: list[Route] = []
    page.route(re.compile(r"q=har$"), lambda route: late.append(route))
    page.goto("/search")
    with page.expect_request(re.compile(r"/search\?q=har$")), page.expect_request(re.compile(r"complete\?q=har$")):
        field(page).fill("har")
    with page.expect_event("requestfailed"):
        field(page).fill("harbour y")
    expect(options(page)).to_have_text(["The harbour year"])
    expect(page).to_have_url(f"{address}/search?q=harbour%20y")
    assert len(late) == 2
    for route in late:
        route.abort()
    expect(options(page)).to_have_text(["The harbour year"])
    expect(page).to_have_url(f"{address}/search?q=harbour%20y")


def test_the_page_for_what_is_missing_suggests_as_well(new_page: Open) -> None:
    page = new_page()
    page.goto("/no/such/page")
    field(page).fill("marg")
    expect(options(page)).to_have_text(["Notes in the margin"])


@pytest.mark.parametrize("keys", ["/", "Control+k", "Meta+k"])
def test_a_key_leads_to_the_field(quiet_page: Open, address: str, keys: str) -> None:
    page = quiet_page()
    page.goto(ESSAY)
    page.keyboard.press(keys)
    expect(page).to_have_url(f"{address}/search#q")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_value("")
    field(page).blur()
    page.keyboard.press(keys)
    expect(field(page)).to_be_focused()


def test_keys_are_told_of_where_there_may_be_a_keyboard(new_page: Open) -> None:
    desk, telephone = new_page(), new_page(390, has_touch=True, is_mobile=True)
    for page in (desk, telephone):
        page.goto("/search")
        expect(page.locator("#keys")).not_to_have_attribute("hidden", "")  # the script has run
    expect(desk.locator("#keys")).to_be_visible()
    expect(telephone.locator("#keys")).to_be_hidden()


def test_the_key_that_needs_no_other_can_be_switched_off(quiet_page: Open, address: str) -> None:
    page = quiet_page()
    page.goto("/search")
    switch = page.get_by_label("So does")
    expect(switch).to_be_checked()
    switch.uncheck()
    page.keyboard.press("/")
    expect(switch).to_be_focused()
    page.goto(ESSAY)
    page.keyboard.press("/")
    page.keyboard.press("Control+k")
    expect(page).to_have_url(f"{address}/search#q")
    expect(switch).not_to_be_checked()
    switch.check()
    page.goto(ESSAY)
    page.keyboard.press("/")
    expect(page).to_have_url(f"{address}/search#q")


def test_a_refusal_is_said_where_the_results_would_be(new_page: Open) -> None:
    page = new_page(extra_http_headers={"X-Forwarded-For": "192.0.2.99"}, bypass_csp=True)
    page.goto("/search")
    while page.request.get("/search").ok:
        pass
    while page.request.get("/api/search/autocomplete?q=harb").ok:
        pass
    field(page).fill("harb")
    expect(page.locator(".results")).to_contain_text("There have been many requests from your address.")
    expect(page.locator("output")).to_contain_text("There have been many requests from your address.")
    expect(options(page)).to_have_count(0)
    page.goto("/search?q=harbour")
    expect(page.get_by_role("heading", level=1)).to_have_text("A moment, please")
    expect(field(page)).to_have_value("harbour")
    page.evaluate(AXE_SCRIPT)
    results = axe(page, ALL_RULES)
    assert results.violations_count == 0, results.generate_report()


def test_a_slash_in_a_field_is_a_slash(quiet_page: Open) -> None:
    page = quiet_page()
    page.goto("/search")
    field(page).press_sequentially("either/or")
    expect(field(page)).to_have_value("either/or")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_titles_are_open(new_page: Open, scheme: str) -> None:
    page = new_page(bypass_csp=True, color_scheme=scheme)
    typed(page, "the")
    page.keyboard.press("ArrowDown")
    page.evaluate(AXE_SCRIPT)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        results = axe(page, ALL_RULES)
        assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_the_titles_fit_the_window(quiet_page: Open, width: int) -> None:
    page = quiet_page(width)
    typed(page, "the")
    expect(page.get_by_role("listbox")).to_be_in_viewport()
    box = page.get_by_role("listbox").bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") == width
