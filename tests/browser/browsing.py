"""Starts what a look at the site needs: the engine over some content, and Debian's Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tools
from playwright.sync_api import Browser, Page, sync_playwright
from serving import ROOT, free_port, serving

ENGINE = "import logging, runpy; logging.disable(logging.INFO); runpy.run_path('engine.py', run_name='__main__')"
WHOLE = """async (patience) => {
  const last = performance.now() + patience;
  for (;;) {
    const { search, texts } = await (await fetch("/health")).json();
    if (search === "ready" && texts === "ready") return;
    if (performance.now() > last) throw new Error(`search is ${search}, the texts are ${texts}`);
    await new Promise((again) => setTimeout(again, 250));
  }
}"""
TRUE = """async (patience) => {
  const last = performance.now() + patience;
  while (!(CONDITION)) {
    if (performance.now() > last) throw new Error("it is not true");
    await new Promise((again) => setTimeout(again, 20));
  }
}"""
PATIENCE_MS = 60_000
CONTENT = ROOT / "content"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@contextmanager
def site(folder: Path, content: Path = CONTENT) -> Iterator[str]:
    """Serve `content` as `python engine.py` does, its made things below `folder`; yield its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environ = {
        "FOLIO_CONTENT": str(content), "FOLIO_CACHE": str(folder / "cache"), "FOLIO_STATE": str(folder / "state"),
        "FOLIO_HOST": "127.0.0.1", "FOLIO_PORT": str(port), "FOLIO_BASE_URL": address,
    }  # fmt: skip
    with serving(ENGINE, folder, environ=environ):
        yield address


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=tools.find("chromium"), args=[*ARGUMENTS])
        yield browser
        browser.close()


def wait_until_true(page: Page, condition: str) -> None:
    """Wait until a JavaScript expression is true.

    `page.wait_for_function` would evaluate it as a string at each look but the first, which our policy forbids.
    """
    page.evaluate(TRUE.replace("CONDITION", condition), PATIENCE_MS)


def wait_until_read(browser: Browser, address: str) -> None:
    """Wait until a site that has just been started has read its texts: for search, and for links and lists."""
    page = browser.new_page()
    page.goto(f"{address}/health")
    page.evaluate(WHOLE, PATIENCE_MS)  # not wait_for_function: a promise is true to it at once
    page.close()
