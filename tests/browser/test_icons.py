"""Icons as they are seen: drawn from one sprite for a list, in their section's colours, light or dark as chosen."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Page

from browser.conftest import Open
from browser.kinds import ESSAY
from folio import icons

pytestmark = pytest.mark.needs("chromium")

PAPERS = ("#fffdf6", "#15130f")


def colours(page: Page, selector: str) -> set[str]:
    """Return the colours of an element as it is painted, those of its smooth edges among them."""
    picture = Image.open(io.BytesIO(page.locator(selector).first.screenshot())).convert("RGB")
    return {f"#{r:02x}{g:02x}{b:02x}" for _, (r, g, b) in picture.getcolors(100_000)}  # type: ignore[misc, union-attr]


def test_a_list_draws_its_icons_from_one_sprite(new_page: Open) -> None:
    page, asked = new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/archive", wait_until="networkidle")
    shown = page.locator(".entries .icon")
    assert shown.count() > 20
    assert len({url for url in asked if "/icon-sprite/" in url}) == 1
    boxes = page.evaluate("[...document.querySelectorAll('.entries .icon use')].map((use) => use.getBBox().width)")
    assert min(boxes) > 0


@pytest.mark.parametrize(  # those of the page's own accent say none
    ("selector", "accent"), [(".entries .icon:not([class*=accent])", "ember"), (".entries .icon.accent-plum", "plum")]
)
def test_icons_of_a_list_wear_their_sections_accent_and_follow_the_switch(
    new_page: Open, selector: str, accent: str
) -> None:
    page = new_page(color_scheme="light")
    page.goto("/archive", wait_until="networkidle")
    (light, _), (dark, _) = icons.tones(accent)
    assert {light, PAPERS[0]} <= colours(page, selector)
    page.get_by_role("button", name="Dark").click()
    assert {dark, PAPERS[1]} <= colours(page, selector)
    assert light not in colours(page, selector)


def test_a_pages_own_icon_follows_the_switch(new_page: Open) -> None:
    page = new_page(color_scheme="dark")
    page.goto(ESSAY)
    (light, _), (dark, _) = icons.tones("ember")
    assert dark in colours(page, ".head .icon")
    page.get_by_role("button", name="Light").click()
    assert light in colours(page, ".head .icon")
