"""Site -> the lists a reader browses by: years, lengths, series, the directory. Pure; each call is one pass."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from folio.content import Page, Section
from folio.pages import by_name
from folio.snapshot import Site

LENGTHS = (
    ("A minute or two", 2),
    ("Up to five minutes", 5),
    ("Up to ten minutes", 10),
    ("Up to twenty minutes", 20),
    ("Over twenty minutes", 10**9),
)  # (name, most minutes)
_MARKS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Node:
    """A folder of the directory: `count` public pages in it and below."""

    title: str
    url: str
    count: int
    children: tuple[Node, ...] = ()
    pages: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """The pages of a series in reading order; `name` is its most frequent spelling."""

    name: str
    slug: str
    pages: tuple[Page, ...]

    @property
    def url(self) -> str:
        """Its anchor in the list of all series."""
        return f"/archive/series#{self.slug}"


def dated(site: Site) -> tuple[Page, ...]:
    """Return the pages of the archive: every public page that has a date and is not a folder's index, newest first."""
    return tuple(page for page in site.newest if page.date and not page.is_index)


def by_year(pages: Iterable[Page]) -> tuple[tuple[int, tuple[Page, ...]], ...]:
    """Group dated pages, newest first, by year."""
    groups = itertools.groupby((page for page in pages if page.date), key=lambda page: page.date.year)  # type: ignore[union-attr]
    return tuple((year, tuple(group)) for year, group in groups)


def by_length(pages: Iterable[Page]) -> tuple[tuple[str, tuple[Page, ...]], ...]:
    """Group pages by reading time, the longest first in each; empty groups are left out."""
    groups: dict[str, list[Page]] = {name: [] for name, _ in LENGTHS}
    for page in sorted(pages, key=lambda page: (-page.words, page.path)):
        minutes = page.minutes
        groups[next(name for name, most in LENGTHS if minutes <= most)].append(page)
    return tuple((name, tuple(group)) for name, group in groups.items() if group)


def series(site: Site) -> tuple[Series, ...]:
    """Return the series named by public pages, sorted by name. Folder indexes are not part of their series."""
    named = by_name((page.series, page) for page in site.public if page.series and not page.is_index)
    found = (Series(name, slug, tuple(sorted(pages, key=_reading_order))) for slug, (name, pages) in named.items())
    return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.slug)))


def _reading_order(page: Page) -> tuple[bool, int, bool, tuple[float, ...], str]:
    """Sort key within a series: by part, else weight; pages with neither come last, oldest first, then the undated."""
    number = page.weight if page.part is None else page.part
    return (number is None, number or 0, page.date is None, page.date.key if page.date else (), page.path)


def matching(pages: Iterable[Page], query: str) -> tuple[Page, ...]:
    """Return the pages whose title and tags contain every word of a query as a substring; all pages if it is empty."""
    words = folded(query).split()
    if not words:
        return tuple(pages)
    held = ((page, folded(" ".join((page.title, *page.tags)))) for page in pages)
    return tuple(page for page, text in held if all(word in text for word in words))


def folded(text: str) -> str:
    """Fold case and strip accents: "Été" -> "ete"."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))


def folders(site: Site) -> tuple[tuple[Section, tuple[Page, ...]], ...]:
    """Return every public folder, sorted by URL, with the public pages directly in it."""
    return tuple((section, section.pages) for _, section in sorted(site.sections.items()))


def directory(site: Site, url: str = "/") -> tuple[Node, ...]:
    """Return the tree of public folders below `url`, with the number of pages in each."""
    section = site.sections.get(url)
    return tuple(_node(site, site.sections[child]) for child in section.sections) if section else ()


def _node(site: Site, section: Section) -> Node:
    children = directory(site, section.url)
    own = len(section.pages) + (1 if section.page else 0)
    return Node(section.title, section.url, own + sum(c.count for c in children), children, section.pages)
