"""A list of pages -> the book made of it: which texts, in which order, under which title. Pure.

Any list can be a book: a folder, a tag, a year, a series, the results of a search, the whole site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from folio import archives, dates
from folio.content import Page, Section
from folio.dates import Key
from folio.pages import Tag, newest
from folio.snapshot import Site

Part = Page | Section  # a Section here is always a gallery
YEAR = re.compile(r"[0-9]{4}")


@dataclass(frozen=True, slots=True)
class Book:
    """A list of pages as a book: `url` is the list's own, `intro` the page that introduces the list, if it has one.

    `parts` are in reading order: by weight, then oldest first, then by title. `total` is their number before the limit.
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
    """Make the book of a folder: its pages, then the folders below it. A gallery is the only part of its own book."""
    intro = section.page if section.page and section.page.body and not section.is_gallery else None
    title = section.title if section.url != "/" else site.config.title
    described = section.page.description if section.page else ""
    parts = (section,) if section.is_gallery else tuple(_below(site, section))
    return _cut(site, Book(title, section.url, parts, len(parts), intro, described))


def of_tag(site: Site, tag: Tag) -> Book:
    """Make the book of a tag."""
    return _of_pages(site, tag.name, tag.url, tag.pages)


def of_archive(site: Site, year: str = "") -> Book | None:
    """Make the book of all dated pages, or of those of a year ("2013"); None if there are none."""
    of_year = [page for page in archives.dated(site) if not year or (page.date and page.date.year == int(year))]
    title, url = (year, f"/archive/{year}") if year else ("Archive", "/archive")
    return _of_pages(site, title, url, of_year) if of_year else None


def of_series(site: Site, slug: str) -> Book | None:
    """Make the book of a series, in the order of its parts; None if no page belongs to it."""
    series = next((one for one in archives.series(site) if one.slug == slug), None)
    if series is None:
        return None
    book = Book(series.name, f"/archive/series/{slug}", series.pages, len(series.pages), series=series.name)
    return _cut(site, book)


def of_search(site: Site, query: str, url: str, pages: Sequence[Page]) -> Book:
    """Make the book of search results, best match first."""
    return Book(f"\u201c{query}\u201d", url, tuple(pages), len(pages))


def find(site: Site, url: str) -> Book | None:
    """Return the book of the list at "/tags/x", "/archive", "/archive/2013" or "/archive/series/x", None if none."""
    first, _, rest = url.removeprefix("/").partition("/")
    if first == "tags" and (tag := site.tags.get(rest)):
        return of_tag(site, tag)
    if first != "archive":
        return None
    if not rest or YEAR.fullmatch(rest):
        return of_archive(site, rest)
    return of_series(site, rest.removeprefix("series/")) if rest.startswith("series/") else None


def in_reading_order(pages: Iterable[Page]) -> tuple[Page, ...]:
    """Sort pages into reading order: by weight, then oldest first, then by title."""

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
    """Yield the parts in a folder and below it."""
    yield from in_reading_order(section.pages)
    for below in site.below(section):
        if below.is_gallery:
            yield below
            continue
        if below.page and below.page.body:
            yield below.page
        yield from _below(site, below)


def _cut(site: Site, book: Book) -> Book:
    """Limit a book to `limits.book_pages` parts: galleries first, then the newest pages."""
    most = site.config.limits.book_pages
    if len(book.parts) <= most:
        return book
    galleries = [part.url for part in book.parts if isinstance(part, Section)][:most]
    kept = {*galleries, *(page.url for page in newest(book.pages)[: most - len(galleries)])}
    parts = tuple(part for part in book.parts if part.url in kept)
    return replace(book, parts=parts)
