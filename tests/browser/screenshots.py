"""Takes a picture of every kind of page, wide and narrow, light and dark, into screenshots/: `make screenshots`.

make screenshots ARGS="/essays /tags"                    these addresses alone
make screenshots ARGS="--content ~/writing --to drafts"  another writer's site
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, Page
from serving import ROOT

from browser.browsing import CONTENT, chromium, site, wait_until_read
from browser.kinds import KINDS

WIDTHS = {1440: 900, 390: 844}  # -> the height of such a window
SCHEMES = ("light", "dark")
SETTLED = """async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  await document.fonts.ready;
}"""


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="screenshots", description=__doc__.split(":")[0])
    parser.add_argument("paths", nargs="*", help="addresses, in place of one of every kind")
    parser.add_argument("--content", type=Path, default=CONTENT)
    parser.add_argument("--to", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--window", action="store_true", help="what a window shows, in place of the whole page")
    given = parser.parse_args()
    pages = {path.strip("/").replace("/", "-") or "home": path for path in given.paths} or KINDS
    with (
        tempfile.TemporaryDirectory() as folder,
        site(Path(folder), given.content.resolve()) as address,
        chromium() as browser,
    ):
        wait_until_read(browser, address)
        taken = pictures(browser, address, pages, given.to, whole=not given.window)
    print(f"{taken} pictures in {given.to}")


def pictures(browser: Browser, address: str, pages: Mapping[str, str], to: Path, *, whole: bool) -> int:
    """Take each page in every width and scheme, as `to`/NAME-WIDTH-SCHEME.png; return how many there are."""
    to.mkdir(parents=True, exist_ok=True)
    taken = 0
    for width, height in WIDTHS.items():
        context = browser.new_context(viewport={"width": width, "height": height})
        page = context.new_page()
        page.goto(address)  # for the fonts: they are used where they are there at the first paint
        page.evaluate("document.fonts.ready")
        for name, path in pages.items():
            page.goto(address + path)
            for scheme in SCHEMES:
                picture(page, to / f"{name}-{width}-{scheme}.png", scheme, whole=whole)
                taken += 1
        context.close()
    return taken


def picture(page: Page, file: Path, scheme: str, *, whole: bool) -> None:
    """Take the page as it is now, in a colour scheme, with everything on it loaded."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate(SETTLED)
    page.screenshot(path=file, full_page=whole, animations="disabled")


if __name__ == "__main__":
    main()
