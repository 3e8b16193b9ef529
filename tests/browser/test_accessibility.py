"""Pages as assistive technology and the keyboard meet them.

axe looks at every kind of page wide and narrow, in light and dark. All of its rules run on the first of these looks;
the others leave out what cannot differ there: no colour depends on the width, nothing but colour on the scheme.
"""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

from browser.conftest import Open
from browser.kinds import ESSAY, KINDS

pytestmark = pytest.mark.needs("chromium")

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR = ["color-contrast", "link-in-text-block"]
ALL_RULES = {"runOnly": {"type": "tag", "values": TAGS}}
RULES_BUT_COLOUR = {**ALL_RULES, "rules": {rule: {"enabled": False} for rule in COLOUR}}
RULES_OF_COLOUR = {"runOnly": {"type": "rule", "values": COLOUR}}
LOOKS = ((1440, "light", ALL_RULES), (1440, "dark", RULES_OF_COLOUR), (390, "dark", RULES_BUT_COLOUR))
STOPS_BEFORE_MAIN = 8
FOCUS_PX = 3

IN_MAIN = "document.activeElement.closest('main') !== null"
OUTLINE = """() => {
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(document.activeElement);
  const box = document.activeElement.getBoundingClientRect();
  return [outlineStyle, parseFloat(outlineWidth), outlineColor !== "rgba(0, 0, 0, 0)", box.width > 1 && box.height > 1];
}"""


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_wide_or_narrow_in_light_or_dark(same_page: Page, kind: str) -> None:
    page = same_page
    page.goto(KINDS[kind])
    page.evaluate(AXE_SCRIPT)
    for width, scheme, rules in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        results = axe(page, rules)
        assert results.violations_count == 0, f"{width} {scheme}: {results.generate_report()}"


def axe(page: Page, rules: dict[str, Any]) -> AxeResults:
    """Run rules that are on the page already; Axe().run() would send half a megabyte of them each time."""
    return AxeResults(page.evaluate("rules => axe.run(rules)", {**rules, "resultTypes": ["violations"]}))


@pytest.mark.parametrize("kind", KINDS)
def test_a_keyboard_is_soon_at_the_text_and_sees_where_it_is(same_page: Page, kind: str) -> None:
    page = same_page
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(KINDS[kind])
    stops = 0
    page.keyboard.press("Tab")
    while not page.evaluate(IN_MAIN) and stops <= STOPS_BEFORE_MAIN:
        assert page.evaluate(OUTLINE) == ["solid", FOCUS_PX, True, True]
        stops += 1
        page.keyboard.press("Tab")
    assert 1 < stops <= STOPS_BEFORE_MAIN


def test_the_skip_link_leads_past_the_header(new_page: Open) -> None:
    page = new_page()
    page.goto(ESSAY)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(IN_MAIN)


def test_every_stop_of_an_essay_can_be_seen(new_page: Open) -> None:
    page = new_page()
    page.goto(ESSAY)
    seen = set()
    page.keyboard.press("Tab")
    while (here := page.evaluate("document.activeElement.outerHTML.slice(0, 200)")) not in seen:
        seen.add(here)
        assert page.evaluate(OUTLINE) == ["solid", FOCUS_PX, True, True], here
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
    assert len(seen) > 20
