"""A site whose every text is an attack, in a real browser: nothing runs, and the policy has nothing to refuse."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from faults import attacks
from faults.hostile import MARK, MARKUP, SCHEMES
from playwright.sync_api import Browser, Page

from browser.browsing import site, wait_until_read, wait_until_true
from browser.conftest import opener

pytestmark = pytest.mark.needs("chromium")
HEAR = f"""
window.alive = [];
window.{MARK} = () => window.alive.push("called");
window.alert = window.confirm = window.prompt = (words) => window.alive.push(words);
addEventListener("securitypolicyviolation", ({{ violatedDirective, blockedURI }}) => {{
  window.alive.push(`${{violatedDirective}} ${{blockedURI}}`);
}});
"""
LISTS = ("/", "/archive", "/archive/sidenotes", "/archive/outlines", "/archive/terms", "/tags", "/directory",
         "/sitemap", "/photos/red", "/essays", "/heading", "/notes", "/archive/graph")  # fmt: skip
LINKS = """[...document.querySelectorAll('main a[href^="/"]')].map((one) => one.getAttribute("href"))"""


@pytest.fixture(scope="module")
def hurt(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where such a site is served."""
    folder = tmp_path_factory.mktemp("hurt")
    attacks.build(folder / "content")
    with site(folder, folder / "content") as address:
        wait_until_read(browser, address)
        yield address


@pytest.fixture
def window(browser: Browser, hurt: str) -> Iterator[Page]:
    with opener(browser, hurt) as new_page:
        page = new_page()
        page.add_init_script(HEAR)
        yield page


def visit(page: Page, path: str) -> None:
    page.goto(path)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert page.evaluate("window.alive") == [], path


def test_no_page_comes_alive(window: Page) -> None:
    seen: set[str] = set()
    for path in LISTS:
        visit(window, path)
        found = window.evaluate(LINKS)
        seen |= {href.partition("#")[0] for href in found if not href.endswith((".pdf", ".epub", ".xml"))}
    pages = sorted(href for href in seen if href.count("/") > 1 and "/archive" not in href)
    assert len(pages) > len(MARKUP) * 2
    for path in pages[:: max(1, len(pages) // 20)]:
        visit(window, path)


@pytest.mark.parametrize("text", [*MARKUP, *SCHEMES[:2]], ids=range(len(MARKUP) + 2))
def test_nothing_that_is_asked_comes_alive(window: Page, text: str) -> None:
    for path in (f"/search?q={quote(text)}", f"/{quote(text)}", f"/archive?q={quote(text)}"):
        visit(window, path)


def test_nothing_that_is_typed_comes_alive(window: Page) -> None:
    window.goto("/search")
    for text in ("words", *MARKUP[:4]):
        with window.expect_response(lambda reply: "autocomplete" in reply.url or "/search" in reply.url):
            window.locator(".search input").first.fill(text)
        window.evaluate("() => new Promise((done) => setTimeout(done, 300))")
        assert window.evaluate("window.alive") == [], text


def test_the_ear_hears(window: Page) -> None:
    """A check that cannot fail is worth nothing."""
    window.goto("/about-nothing")
    window.evaluate(f"document.body.insertAdjacentHTML('beforeend', '<img src=x onerror={MARK}()>')")
    wait_until_true(window, "window.alive.length > 0")
