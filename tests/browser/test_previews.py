"""Previews of links within a text: by a mouse that rests and by the keyboard, out of the way of everybody else."""

from __future__ import annotations

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Open
from browser.kinds import ESSAY
from browser.test_accessibility import ALL_RULES, axe

pytestmark = pytest.mark.needs("chromium")

LINKED = "/essays/2025-06-01-die-handschrift-meiner-grossmutter"  # from ESSAY
LONG_MS = 5_000


def preview(page: Page) -> Locator:
    return page.get_by_role("tooltip")


def link(page: Page) -> Locator:
    return page.locator(f".prose a[href='{LINKED}']")


def opened(page: Page, path: str = ESSAY) -> None:
    """Open a page in which time passes when it is told to."""
    page.clock.install(time=0)
    page.goto(path)
    page.clock.pause_at(3_600)


def test_a_mouse_that_rests_is_told_what_a_link_leads_to(quiet_page: Open) -> None:
    page = quiet_page()
    opened(page)
    link(page).hover()
    page.clock.run_for(300)
    expect(preview(page)).to_have_count(0)
    page.clock.run_for(100)
    expect(preview(page)).to_contain_text("Die Handschrift meiner Großmutter")
    expect(preview(page)).to_contain_text("Über ein Kochbuch")
    expect(preview(page)).to_contain_text("1 June 2025 · 4 minutes")
    expect(preview(page)).to_have_attribute("lang", "de")
    expect(link(page)).to_have_accessible_description(preview(page).inner_text().replace("\n", " "))
    preview(page).hover()
    page.clock.run_for(LONG_MS)
    expect(preview(page)).to_be_visible()  # it stays while the mouse is on it
    page.mouse.move(1, 1)
    page.clock.run_for(300)
    expect(preview(page)).to_have_count(0)
    expect(link(page)).not_to_have_attribute("aria-describedby", "preview")


def test_a_mouse_that_passes_is_told_nothing(quiet_page: Open) -> None:
    page = quiet_page()
    asked = requests(page)
    opened(page)
    link(page).hover()
    page.clock.run_for(200)
    page.mouse.move(1, 1)
    page.clock.run_for(LONG_MS)
    expect(preview(page)).to_have_count(0)
    assert LINKED not in "".join(asked)


def requests(page: Page) -> list[str]:
    """Return a list that grows by the address of everything the page fetches."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.resource_type == "fetch" else None)
    return asked


def test_the_keyboard_is_told_too_and_escape_folds_it(quiet_page: Open) -> None:
    page = quiet_page()
    opened(page)
    while not link(page).evaluate("link => link === document.activeElement"):
        page.keyboard.press("Tab")
    page.clock.run_for(400)
    expect(preview(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(preview(page)).to_have_count(0)
    expect(link(page)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.clock.run_for(400)
    expect(preview(page)).to_be_visible()
    page.keyboard.press("Tab")
    expect(preview(page)).to_have_count(0)


def test_escape_folds_what_the_mouse_unfolded(quiet_page: Open) -> None:
    page = quiet_page()
    opened(page)
    link(page).hover()
    page.clock.run_for(400)
    expect(preview(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(preview(page)).to_have_count(0)


def test_a_finger_is_told_nothing(quiet_page: Open) -> None:
    page = quiet_page(390, 844, has_touch=True, is_mobile=True)
    asked = requests(page)
    opened(page)
    link(page).scroll_into_view_if_needed()
    box = link(page).bounding_box()
    assert box
    page.context.new_cdp_session(page).send(
        "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": box["x"] + 5, "y": box["y"] + 5}]}
    )
    page.clock.run_for(LONG_MS)
    expect(preview(page)).to_have_count(0)
    page.route(f"**{LINKED}", lambda route: route.fulfill(status=204))  # a tap that leads nowhere else
    link(page).tap()
    page.clock.run_for(LONG_MS)
    expect(preview(page)).to_have_count(0)
    assert asked == []


def test_references_of_notes_and_other_forms_of_a_page_have_none(quiet_page: Open) -> None:
    page = quiet_page()
    asked = requests(page)
    opened(page)
    others = page.locator(".prose .ref, .prose a[href^='http'], .prose a[href$='.md'], .prose a[href^='#'], .meta a")
    assert others.count() > 5
    for n in range(others.count()):
        others.nth(n).hover()
        page.clock.run_for(400)
    expect(preview(page)).to_have_count(0)
    assert asked == []


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_it_fits_the_window_and_each_page_is_asked_for_once(quiet_page: Open, width: int) -> None:
    page = quiet_page(width, 640)
    asked = requests(page)
    opened(page, "/colophon")
    links = page.locator(".prose a[href^='/']")
    assert links.count() >= 3
    for n in [*range(links.count())] * 2:
        links.nth(n).hover()
        page.clock.run_for(400)
        expect(preview(page)).to_have_count(1)
        box = preview(page).bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.mouse.move(1, 1)
        page.clock.run_for(300)
    assert len(asked) == len(set(asked)) == len({links.nth(n).get_attribute("href") for n in range(links.count())})


def test_there_is_one_at_a_time(quiet_page: Open) -> None:
    page = quiet_page()
    opened(page, "/colophon")
    links = page.locator(".prose a[href^='/']")
    page.keyboard.press("Tab")
    for one in (links.first, links.last):
        one.focus()
        page.clock.run_for(400)
        expect(preview(page)).to_have_count(1)
        expect(one).to_have_attribute("aria-describedby", "preview")
    links.nth(1).hover()
    page.clock.run_for(400)
    expect(page.locator("[aria-describedby=preview]")).to_have_attribute(
        "href", str(links.nth(1).get_attribute("href"))
    )
    expect(preview(page)).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_one_is_open(new_page: Open, scheme: str) -> None:
    page = new_page(bypass_csp=True, color_scheme=scheme)
    page.goto(ESSAY)
    page.evaluate(AXE_SCRIPT)
    link(page).hover()
    expect(preview(page)).to_be_visible()
    results = axe(page, ALL_RULES)
    assert results.violations_count == 0, results.generate_report()
