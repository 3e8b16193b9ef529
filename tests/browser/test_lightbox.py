"""The lightbox: a photograph's own page in a dialog over its gallery, by key, mouse, finger and through the history."""

from __future__ import annotations

import json
import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, Route, expect

from browser.browsing import wait_until_true
from browser.conftest import Open
from browser.kinds import GALLERY, KINDS
from browser.test_accessibility import ALL_RULES, axe

pytestmark = pytest.mark.needs("chromium")

SIZES = ((320, 640), (390, 844), (1440, 900))
TOO_WIDE = """(dialog) => [...dialog.querySelectorAll("*:not(.hush)")].filter((one) => {
  const { left, right } = one.getBoundingClientRect();
  return left < 0 || right > innerWidth;
}).map((one) => one.outerHTML.slice(0, 120))"""
FETCHED = """large => performance.getEntriesByType("resource")
  .filter(({ name, responseEnd }) => name.startsWith(large) && responseEnd).length >= 3"""  # this and its neighbours
LOADED = "async (image) => (await image.decode(), image.naturalWidth)"


def thumb(page: Page, n: int) -> Locator:
    return page.locator(".tile a").nth(n)


def address_of(page: Page, n: int) -> str:
    return str(thumb(page, n).evaluate("link => link.href"))


def opened(page: Page, n: int = 1) -> Locator:
    """Open the photograph of number `n` from its gallery by the keyboard; return the dialog."""
    page.goto(GALLERY)
    thumb(page, n).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    return page.get_by_role("dialog")


def closed(page: Page, address: str) -> None:
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(address + GALLERY)


def test_it_opens_by_the_keyboard_with_the_address_and_title_of_the_photograph(quiet_page: Open, address: str) -> None:
    page = quiet_page()
    dialog = opened(page)
    name = dialog.get_by_role("heading", level=1).inner_text()
    expect(dialog).to_have_accessible_name(name)
    expect(page).to_have_title(re.compile("^" + re.escape(name)))
    expect(page).to_have_url(address_of(page, 1))
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    assert dialog.locator("figure img").evaluate(LOADED) > 0
    page.keyboard.press("Escape")
    closed(page, address)
    expect(page).to_have_title(re.compile("^The harbour"))
    expect(thumb(page, 1)).to_be_focused()


def test_arrows_turn_and_the_focus_returns_to_the_picture_shown_last(quiet_page: Open, address: str) -> None:
    page = quiet_page()
    dialog = opened(page, 1)
    for key, n in (("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2)):
        page.keyboard.press(key)
        expect(page).to_have_url(address_of(page, n))
        expect(dialog.get_by_text(f"{n + 1} of")).to_be_visible()
    expect(dialog.get_by_role("status")).to_have_text(dialog.get_by_role("heading", level=1).inner_text())
    page.go_back()
    closed(page, address)
    expect(thumb(page, 2)).to_be_focused()


def test_the_links_in_it_turn_and_keep_the_focus(quiet_page: Open, address: str) -> None:
    page = quiet_page()
    dialog = opened(page, 0)
    expect(dialog.locator("[rel=prev]")).to_have_count(0)
    dialog.locator("[rel=next]").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(address_of(page, 1))
    expect(dialog.locator("[rel=next]")).to_be_focused()
    dialog.locator("[rel=prev]").click()
    expect(page).to_have_url(address_of(page, 0))
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()  # there is none before this one
    dialog.get_by_role("link", name="The harbour").click()
    closed(page, address)
    expect(thumb(page, 0)).to_be_focused()


def test_the_picture_itself_leads_on(quiet_page: Open) -> None:
    page = quiet_page()
    dialog = opened(page, 1)
    dialog.locator("figure img").click()
    expect(page).to_have_url(address_of(page, 2))


def test_back_closes_forward_opens_again(quiet_page: Open, address: str) -> None:
    page = quiet_page()
    opened(page, 1)
    page.go_back()
    closed(page, address)
    page.go_forward()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page).to_have_url(address_of(page, 1))
    page.get_by_role("button", name="Close").click()
    closed(page, address)


def test_reloaded_it_is_the_page_of_the_photograph_and_back_is_the_gallery(quiet_page: Open, address: str) -> None:
    page = quiet_page()
    opened(page, 1)
    page.reload()
    expect(page.locator("main > article.photo")).to_be_visible()
    expect(page.locator("dialog")).to_have_count(0)
    page.go_back()
    closed(page, address)
    expect(thumb(page, 1)).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_the_gallery_stays_where_it_was(quiet_page: Open, address: str) -> None:
    page = quiet_page(390, 500)
    page.goto(GALLERY)
    thumb(page, 5).scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    assert before > 0
    thumb(page, 5).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    closed(page, address)
    expect(thumb(page, 5)).to_be_focused()
    assert page.evaluate("scrollY") == before


def test_the_neighbours_are_there_before_they_are_asked_for(new_page: Open) -> None:
    page = new_page()
    dialog = opened(page, 1)
    large = dialog.locator("figure img").evaluate("image => image.currentSrc.match(/.*\\/images\\/\\d+\\//)[0]")
    wait_until_true(page, f"({FETCHED})({json.dumps(large)})")
    page.context.set_offline(True)
    for key, n in (("ArrowRight", 2), ("ArrowLeft", 1), ("ArrowLeft", 0)):
        page.keyboard.press(key)
        expect(page).to_have_url(address_of(page, n))
        assert dialog.locator("figure img").evaluate(LOADED) > 0


def test_a_double_click_opens_it_once(quiet_page: Open, address: str) -> None:
    page = quiet_page()
    page.goto(GALLERY)
    thumb(page, 1).dblclick()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    closed(page, address)
    expect(thumb(page, 1)).to_be_focused()


def test_what_cannot_be_fetched_is_gone_to(new_page: Open) -> None:
    page = new_page()

    def refuse(route: Route) -> None:
        route.abort() if route.request.resource_type == "fetch" else route.continue_()

    page.route(f"**{GALLERY}/*", refuse)
    page.goto(GALLERY)
    there = address_of(page, 1)
    thumb(page, 1).click()
    expect(page.locator("main > article.photo")).to_be_visible()
    expect(page).to_have_url(there)


def test_a_click_with_a_modifier_is_left_alone(quiet_page: Open) -> None:
    page = quiet_page()
    page.goto(GALLERY)
    with page.context.expect_page() as other:
        thumb(page, 1).click(modifiers=["Control"])
    expect(other.value.locator("main > article.photo")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_finger_turns_it(quiet_page: Open) -> None:
    page = quiet_page(390, 844, has_touch=True, is_mobile=True)
    page.goto(GALLERY)
    thumb(page, 1).tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    swipe(page, (300, 200), (120, 210))
    expect(page).to_have_url(address_of(page, 2))
    swipe(page, (120, 200), (300, 210))
    expect(page).to_have_url(address_of(page, 1))
    swipe(page, (200, 300), (130, 120))  # more down than across: that is reading, not turning
    swipe(page, (300, 200), (120, 210))
    expect(page).to_have_url(address_of(page, 2))


def swipe(page: Page, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Draw a finger over the screen, as a driver of one would report it."""
    client = page.context.new_cdp_session(page)
    touch = "Input.dispatchTouchEvent"
    client.send(touch, {"type": "touchStart", "touchPoints": [{"x": start[0], "y": start[1]}]})
    for n in range(1, 6):
        x, y = (start[at] + (end[at] - start[at]) * n / 5 for at in (0, 1))
        client.send(touch, {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
    client.send(touch, {"type": "touchEnd", "touchPoints": []})


def test_in_a_page_from_the_right_the_left_arrow_leads_on(quiet_page: Open) -> None:
    page = quiet_page()
    opened(page, 1)
    page.evaluate("document.dir = 'rtl'")
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(address_of(page, 2))


def test_the_page_of_a_photograph_turns_by_arrows_too_but_not_from_a_field(quiet_page: Open) -> None:
    page = quiet_page()
    page.goto(KINDS["photo"])
    before, after = (page.locator(f".turn [rel={rel}]").evaluate("link => link.href") for rel in ("prev", "next"))
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    page.locator("main input").focus()
    page.keyboard.press("ArrowLeft")
    page.locator("main input").blur()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowRight")  # the only one of the three that counts
    expect(page).to_have_url(after)
    page.go_back()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(before)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_it_fits_the_window(quiet_page: Open, size: tuple[int, int]) -> None:
    page = quiet_page(*size)
    dialog = opened(page)
    box = dialog.bounding_box()
    assert box
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, *size)
    assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    assert dialog.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_it_is_open(new_page: Open, scheme: str) -> None:
    page = new_page(bypass_csp=True, color_scheme=scheme)
    opened(page)
    page.evaluate(AXE_SCRIPT)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        results = axe(page, ALL_RULES)
        assert results.violations_count == 0, results.generate_report()


def test_a_row_of_photographs_on_another_page_opens_it_as_well(quiet_page: Open, address: str) -> None:
    page = quiet_page()
    page.goto("/")
    there = address_of(page, 0)
    thumb(page, 0).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page).to_have_url(there)
    page.keyboard.press("Escape")
    expect(page).to_have_url(address + "/")
    expect(thumb(page, 0)).to_be_focused()
