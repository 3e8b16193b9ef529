"""One server over the demonstration and one browser for all of these tests; a page in a context of its own for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.browsing import PATIENCE_MS, chromium, site, wait_until_read

Open = Callable[..., Page]

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the demonstration is served."""
    with site(tmp_path_factory.mktemp("browser")) as address:
        yield address


@pytest.fixture(scope="package")
def browser(address: str) -> Iterator[Browser]:
    """A browser, once the site can be searched. It ends before tests of other folders start their event loops."""
    with chromium() as browser:
        wait_until_read(browser, address)
        yield browser


@pytest.fixture
def new_page(browser: Browser, address: str) -> Iterator[Open]:
    """Open an empty window: `new_page(width, height, **what new_context takes)`; paths are those of the site."""
    with opener(browser, address) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def same_page(browser: Browser, address: str) -> Iterator[Page]:
    """One window for the tests of a module that only look: what it has loaded once it need not load again."""
    with opener(browser, address) as open_page:
        yield open_page(bypass_csp=True)


@contextmanager
def opener(browser: Browser, address: str) -> Iterator[Open]:
    """Yield what opens windows, and close them afterwards."""
    contexts = []

    def open_page(width: int = 1440, height: int = 900, **given: Any) -> Page:
        context = browser.new_context(
            base_url=address, viewport={"width": width, "height": height}, reduced_motion="reduce", **given
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


QUIET = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
  console.error(`refused: ${violatedDirective} ${blockedURI}`);
});
"""


@pytest.fixture
def quiet_page(new_page: Open) -> Iterator[Open]:
    """Open an empty window, as `new_page` does, in which no policy may be broken and nothing said in the console."""
    heard: list[str] = []

    def open_page(*size: int, **given: Any) -> Page:
        page = new_page(*size, **given)
        page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.add_init_script(QUIET)
        return page

    yield open_page
    assert heard == []
