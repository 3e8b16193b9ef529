"""What the engine's own lists share: the author's introduction, the tabs to the other lists, the pager."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from folio import backmatter
from folio.content import Page
from folio.errors import NotFound
from folio.garden import Garden
from folio.metadata import intro_head, numbered
from folio.sheets import SHEET_BYTES, Groups, address, sheets
from folio.views.base import Context, Step, base

ENTRIES_BYTES = 78_000  # of a list with an icon, a title and a date on each line: 85 KB with head and foot
Key = TypeVar("Key")
Item = TypeVar("Item")


class Asked(NamedTuple):
    """A request for a list: its page, from 1, and a filter for the lists that have one."""

    number: int = 1
    query: str = ""


class Tab(NamedTuple):
    """A link to another list; `current` if it is this one."""

    title: str
    url: str
    current: bool


def _always(garden: Garden) -> bool:
    return True


def _has_themes(garden: Garden) -> bool:
    large = any(len(tag.pages) >= backmatter.THEME_PAGES for tag in garden.site.tags.values())
    return large or any(page.section == backmatter.THEMES and not page.is_index for page in garden.site.public)


def _has_outlines(garden: Garden) -> bool:
    return any(len(one.headings) >= backmatter.OUTLINE_HEADINGS for one in garden.extracts.values())


VIEWS: Sequence[tuple[str, str, Callable[[Garden], bool]]] = (
    ("By year", "/archive", _always),
    ("By length", "/archive/by-length", _always),
    ("Themes", "/archive/themes", _has_themes),
    ("Series", "/archive/series", lambda garden: bool(garden.all_series)),
    ("Tags", "/tags", lambda garden: bool(garden.site.tags)),
    ("Sidenotes", "/archive/sidenotes", lambda garden: any(one.notes for one in garden.extracts.values())),
    ("Quotations", "/archive/quotes", lambda garden: any(one.quotes for one in garden.extracts.values())),
    ("Outlines", "/archive/outlines", _has_outlines),
    ("Connections", "/archive/connections", lambda garden: bool(garden.outgoing)),
    ("Graph", "/archive/graph", lambda garden: garden.site.config.features.graph and bool(garden.outgoing)),
    ("Index", "/archive/terms", lambda garden: any(one.terms for one in garden.extracts.values())),
    ("Directory", "/directory", _always),
    ("Sitemap", "/sitemap", _always),
)  # title, URL, whether the list holds anything
OF_HEADS = (
    "/archive",
    "/archive/by-length",
    "/archive/series",
    "/tags",
    "/directory",
    "/sitemap",
)  # made from front matter alone, so complete before the texts are parsed


def listing(garden: Garden, url: str, title: str, intro: str, asked: Asked, *, count: int = 1, **rest: Any) -> Context:
    """Return what listing.html needs, for page `asked.number` of `count`. Raises NotFound past the last."""
    if not 1 <= asked.number <= count:
        raise NotFound(url)
    canonical = numbered(garden.site, url, asked.number)
    return {
        **base(garden.site, intro_head(garden.site, url, title, canonical=canonical, **rest)),
        "intro": intro,
        "views": tabs(garden, url),
        "complete": garden.complete or url in OF_HEADS,
        "page_number": asked.number,
        "page_count": count,
        "pages_url": url,
    }


def tabs(garden: Garden, current: str) -> tuple[Tab, ...]:
    """Return links to the lists that hold something; to all while the texts are being read."""
    shown = ((name, url) for name, url, holds in VIEWS if url == current or not garden.complete or holds(garden))
    return tuple(Tab(name, url, url == current) for name, url in shown)


def sheet(
    groups: Iterable[tuple[Key, Sequence[Item]]], weigh: Callable[[Item], int], asked: Asked, most: int = SHEET_BYTES
) -> tuple[Groups[Key, Item], int]:
    """Return the groups on the requested page (none if there is no such page), and the count of pages."""
    divided = sheets(groups, weigh, most)
    return nth(divided, asked.number), len(divided)


def nth(divided: Sequence[Groups[Key, Item]], number: int) -> Groups[Key, Item]:
    """Return the groups on a page, from 1; none if there is no such page."""
    return divided[number - 1] if 1 <= number <= len(divided) else ()


def years(divided: Sequence[Groups[Key, Page]], pages_url: str) -> tuple[Step, ...]:
    """Return a link to the page where each year begins, in the order of the list; none if there is only one page."""
    begun: dict[int, int] = {}
    for number, groups in enumerate(divided, 1):
        for year in dict.fromkeys(page.date.year for _, pages in groups for page in pages if page.date):
            begun.setdefault(year, number)
    return tuple(Step(str(year), address(pages_url, number)) for year, number in begun.items() if len(divided) > 1)


def line_weight(page: Page) -> int:
    """Estimate the bytes of HTML that a page takes in a list of entries."""
    return 300 + 2 * len(page.url.encode()) + len(page.title.encode())


def spare_weight(page: Page) -> int:
    """Estimate the bytes of HTML that a page takes in the archive, of which one page is to hold 300 essays."""
    return 160 + len(page.url.encode()) + len(page.title.encode())


def link_weight(page: Page) -> int:
    """Estimate the bytes of HTML that a link to a page takes."""
    return 30 + len(page.url.encode()) + len(page.title.encode())
