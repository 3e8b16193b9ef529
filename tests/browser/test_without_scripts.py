"""The site with scripts switched off: all of it can be read, walked through and searched."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Open
from browser.kinds import ESSAY, GALLERY, LONG

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def plain(new_page: Open) -> Page:
    return new_page(390, java_script_enabled=False)


def test_search_finds(plain: Page) -> None:
    plain.goto("/")
    plain.get_by_role("link", name="Search", exact=True).click()
    plain.get_by_role("searchbox").fill("harbour")
    plain.get_by_role("button", name="Search").click()
    expect(plain.get_by_role("status")).to_contain_text("harbour")
    plain.locator(".hits a").first.click()
    expect(plain.get_by_role("heading", level=1)).to_contain_text("harbour")


def test_a_result_opens_at_its_words(plain: Page) -> None:
    plain.goto("/search?q=foreman+lavatory")
    plain.locator(".hits h2 a").first.click()
    expect(plain.get_by_text("It hung in the lavatory")).to_be_in_viewport()


def test_words_of_an_address_are_marked(plain: Page) -> None:
    plain.goto(f"{LONG}?highlight=lavatory")
    expect(plain.get_by_text("It hung in the lavatory")).to_be_in_viewport()


def test_no_key_is_offered_that_does_nothing(plain: Page) -> None:
    plain.goto("/search")
    expect(plain.locator("#keys")).to_be_hidden()


def test_a_gallery_leads_from_picture_to_picture(plain: Page) -> None:
    plain.goto(GALLERY)
    plain.locator(".tile a").first.click()
    first = plain.url
    expect(plain.locator("figure img")).to_be_visible()
    plain.locator("a[rel=next]").click()
    assert plain.url != first
    assert plain.locator("figure img").evaluate("async (image) => (await image.decode(), image.naturalWidth)") > 0


def test_every_link_of_the_header_leads_to_its_page(plain: Page) -> None:
    plain.goto(ESSAY)
    names = plain.get_by_role("navigation", name="Site").get_by_role("link").all_text_contents()
    assert len(names) >= 5
    for name in names:
        plain.get_by_role("navigation", name="Site").get_by_role("link", name=name).click()
        expect(plain.get_by_role("heading", level=1)).to_have_text(name)


def test_contents_unfold(plain: Page) -> None:
    plain.goto(LONG)
    plain.get_by_text("Contents", exact=True).click()
    plain.locator("details.toc a").last.click()
    expect(plain.locator("h2:target")).to_be_in_viewport()


def test_colours_follow_the_system_and_no_dead_switch_is_shown(plain: Page) -> None:
    plain.emulate_media(color_scheme="dark")
    plain.goto(ESSAY)
    expect(plain.locator("html")).to_have_css("background-color", "rgb(21, 19, 15)")
    expect(plain.locator(".theme")).to_be_hidden()
    expect(plain.locator(".copy")).to_have_count(0)
