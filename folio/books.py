"""A list of the site -> the book of it: which texts, in which order, under which title. Pure.

A folder, a tag, a year, a series, what a search found, the whole site: whatever lists pages can be read in one piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from folio import archives, dates
from folio.content import Page, Section
from folio.dates import Key
from folio.pages import Tag, newest
from folio.snapshot import Site

Part = Page | Section  # a text, or a gallery with its photographs
YEAR = re.compile(r"[0-9]{4}")


@dataclass(frozen=True, slots=True)
class Book:
    """A list to be read as a book: `url` is the list's own, `intro` the author's word before it, None for none.

    `parts` are in the order of reading: by weight, then from the oldest to the newest, then by title. `total` is how
    many there would be without the limit.
    """

    title: str
    url: str
    parts: tuple[Part, ...]
    total: int
    intro: Page | None = None
    description: str = ""
    series: str = ""

    @property
    def pages(self) -> tuple[Page, ...]:
        """The texts among the parts."""
        return tuple(part for part in self.parts if isinstance(part, Page))


def of_section(site: Site, section: Section) -> Book:
    """Bind a folder: its pages, then the folders below it. Of a gallery the photographs are the one part."""
    intro = section.page if section.page and section.page.body and not section.is_gallery else None
    title = section.title if section.url != "/" else site.config.title
    described = section.page.description if section.page else ""
    parts = (section,) if section.is_gallery else tuple(_below(site, section))
    return _cut(site, Book(title, section.url, parts, len(parts), intro, described))


def of_tag(site: Site, tag: Tag) -> Book:
    """Bind the pages of a tag."""
    return _of_pages(site, tag.name, tag.url, tag.pages)


def of_archive(site: Site, year: str = "") -> Book | None:
    """Bind every dated page, or those of a year ("2013"); None where there is no such page."""
    dated = (page for page in site.public if page.date and not page.is_index)
    of_year = [page for page in dated if not year or (page.date and page.date.year == int(year))]
    title, url = (year, f"/archive/{year}") if year else ("Archive", "/archive")
    return _of_pages(site, title, url, of_year) if of_year else None


def of_series(site: Site, slug: str) -> Book | None:
    """Bind the parts of a series by its slug, in their order; None where no page is in such a one."""
    series = next((one for one in archives.series(site) if one.slug == slug), None)
    if series is None:
        return None
    book = Book(series.name, f"/archive/series/{slug}", series.pages, len(series.pages), series=series.name)
    return _cut(site, book)


def of_search(site: Site, query: str, url: str, pages: Sequence[Page]) -> Book:
    """Bind what a search found, the likeliest first."""
    return Book(f"\u201c{query}\u201d", url, tuple(pages), len(pages))


def find(site: Site, url: str) -> Book | None:
    """Find the list at an address of the engine's own: "/tags/x", "/archive", "/archive/2013", "/archive/series/x"."""
    first, _, rest = url.removeprefix("/").partition("/")
    if first == "tags" and (tag := site.tags.get(rest)):
        return of_tag(site, tag)
    if first != "archive":
        return None
    if not rest or YEAR.fullmatch(rest):
        return of_archive(site, rest)
    return of_series(site, rest.removeprefix("series/")) if rest.startswith("series/") else None


def in_reading_order(pages: Iterable[Page]) -> tuple[Page, ...]:
    """Order pages as one reads them in a row: by weight, from the oldest to the newest, then by title."""

    def key(page: Page) -> tuple[bool, int, bool, Key, str, str]:
        weight, date = page.weight, page.date
        return (weight is None, weight or 0, date is None, dates.key(date), page.title.casefold(), page.path)

    return tuple(sorted(pages, key=key))


def _of_pages(site: Site, title: str, url: str, pages: Iterable[Page]) -> Book:
    intro = site.intros.get(url)
    parts = in_reading_order(pages)
    book = Book(intro.title if intro else title, url, parts, len(parts), intro, intro.description if intro else "")
    return _cut(site, book)


def _below(site: Site, section: Section) -> Iterator[Part]:
    """Yield what lies in a folder and below it."""
    yield from in_reading_order(section.pages)
    for below in site.below(section):
        if below.is_gallery:
            yield below
            continue
        if below.page and below.page.body:
            yield below.page
        yield from _below(site, below)


def _cut(site: Site, book: Book) -> Book:
    """Keep the newest parts of a book that is longer than a book may be."""
    most = site.config.limits.book_pages
    if len(book.parts) <= most:
        return book
    galleries = [part.url for part in book.parts if isinstance(part, Section)][:most]
    kept = {*galleries, *(page.url for page in newest(book.pages)[: most - len(galleries)])}
    parts = tuple(part for part in book.parts if part.url in kept)
    return Book(book.title, book.url, parts, book.total, book.intro, book.description, book.series)
