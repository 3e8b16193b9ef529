"""The map of the links: plain links without a script; with one, neighbours stand out, arrows walk and buttons zoom."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.browsing import wait_until_true
from browser.conftest import Open

pytestmark = pytest.mark.needs("chromium")
HUB = ".graph a[href='/essays/2026-06-20-a-page-is-a-file']"
SIZE = "document.querySelector('.graph svg').viewBox.baseVal.width"


@pytest.fixture
def graph(new_page: Open) -> Page:
    page = new_page()
    page.goto("/archive/graph")
    expect(page.get_by_role("button", name="Zoom in")).to_be_visible()
    return page


def test_without_a_script_a_node_leads_to_its_page(new_page: Open) -> None:
    page = new_page(390, java_script_enabled=False)
    page.goto("/archive/graph")
    page.locator(HUB).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A page is a file")


def test_what_a_page_is_joined_to_stands_out(graph: Page) -> None:
    graph.locator(HUB).hover()
    expect(graph.locator(".graph .shown")).to_have_text("A page is a file")
    near = graph.locator(".graph a.near")
    expect(near).not_to_have_count(0)
    drawn = graph.locator(".graph .lit").get_attribute("d") or ""
    assert drawn.count("M") == near.count() - 1 > 5
    graph.get_by_role("heading", level=1).hover()
    expect(graph.locator(".graph .shown")).to_have_text("")
    expect(graph.locator(".graph .dim")).to_have_count(0)


def test_the_keyboard_has_one_stop_and_walks_with_arrows(graph: Page) -> None:
    graph.get_by_role("link", name="as a table").focus()
    for _ in range(30):
        graph.keyboard.press("Tab")
        if graph.evaluate("document.activeElement.closest('svg') !== null"):
            break
    first = graph.evaluate("document.activeElement.getAttribute('href')")
    expect(graph.locator(".graph .shown")).not_to_have_text("")
    place = "[...document.activeElement.querySelector('circle').attributes].slice(0, 2).map((one) => Number(one.value))"
    x, _ = graph.evaluate(place)
    graph.keyboard.press("ArrowRight")
    assert graph.evaluate("document.activeElement.getAttribute('href')") != first
    assert graph.evaluate(place)[0] > x
    graph.keyboard.press("Tab")
    assert graph.evaluate("document.activeElement.closest('svg') === null")


def test_buttons_come_nearer_and_go_back(graph: Page) -> None:
    whole = graph.evaluate(SIZE)
    graph.get_by_role("button", name="Zoom in").click()
    assert graph.evaluate(SIZE) == pytest.approx(whole / 1.5, abs=1)
    graph.get_by_role("button", name="Zoom out").click()
    graph.get_by_role("button", name="Zoom out").click()
    assert graph.evaluate(SIZE) == whole


def test_the_wheel_alone_scrolls_and_with_control_zooms(graph: Page) -> None:
    whole = graph.evaluate(SIZE)
    graph.locator(HUB).hover()
    graph.mouse.wheel(0, 100)
    wait_until_true(graph, "scrollY > 0")
    assert graph.evaluate(SIZE) == whole
    graph.locator(HUB).hover()
    graph.keyboard.down("Control")
    graph.mouse.wheel(0, -60)
    wait_until_true(graph, f"{SIZE} < {whole}")


def test_a_quotation_is_found_in_its_place(new_page: Open) -> None:
    page = new_page()
    page.goto("/archive/quotes")
    page.get_by_role("link", name=re.compile("¶, in The harbour year")).click()
    expect(page.get_by_text("Masters of vessels are reminded")).to_be_in_viewport()


def test_a_note_is_found_in_its_place(new_page: Open) -> None:
    page = new_page()
    page.goto("/archive/sidenotes")
    page.get_by_role("link", name="1, note in Sixty-six letters").click()
    expect(page.locator("#sn-1:target")).to_be_in_viewport()
