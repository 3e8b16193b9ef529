"""The garden -> the back matter of the site: notes, quotations, outlines, themes, who cites whom. Pure.

Each call is one pass over the public pages; views/ turns the results into pages, graph.py draws the connections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from folio.content import Page
from folio.extracts import Extract
from folio.fragments import spelled
from folio.garden import Garden
from folio.markdown import Heading, Note
from folio.pages import newest

THEME_PAGES = 3  # fewest pages for a tag to count as a theme
OUTLINE_HEADINGS = 3  # fewest headings for a page to have an outline
THEMES = "themes"  # the folder whose pages are themes in their own right
FIRST_WORDS, LAST_WORDS = 5, 4  # of a quotation, quoted in its text fragment
Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True)
class Theme:
    """A subject of several pages: a tag, or a page of themes/ with the pages that it cites or that cite it."""

    title: str
    url: str
    description: str
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Quotation:
    """A block quotation as plain text; `fragment` is its URL fragment on the page, without the "#"."""

    text: str
    fragment: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A heading and its subheadings."""

    heading: Heading
    children: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Connection:
    """A page, the public pages that it cites in the order of its text, and those that cite it, newest first."""

    page: Page
    cites: tuple[Page, ...]
    cited_by: tuple[Page, ...]

    @property
    def count(self) -> int:
        return len(self.cites) + len(self.cited_by)


def notes(garden: Garden) -> tuple[tuple[Page, tuple[Note, ...]], ...]:
    """Return every page with notes, newest first, and its notes in reading order."""
    return _of_each(garden, lambda extract: extract.notes)


def quotations(garden: Garden) -> tuple[tuple[Page, tuple[Quotation, ...]], ...]:
    """Return every page with block quotations, newest first, and its quotations in reading order."""
    return _of_each(garden, _quotations)


def outlined(garden: Garden) -> tuple[Page, ...]:
    """Return every page of at least OUTLINE_HEADINGS headings, newest first."""
    return tuple(page for page in garden.site.newest if len(garden.extract(page).headings) >= OUTLINE_HEADINGS)


def outline(headings: Sequence[Heading]) -> tuple[Branch, ...]:
    """Nest each heading below the nearest preceding one of a lower level."""
    branches: list[Branch] = []
    start = 0
    for n in range(1, len(headings) + 1):
        if n == len(headings) or headings[n].level <= headings[start].level:
            branches.append(Branch(headings[start], outline(headings[start + 1 : n])))
            start = n
    return tuple(branches)


def themes(garden: Garden) -> tuple[Theme, ...]:
    """Return the themes, the largest first: tags of at least THEME_PAGES pages, and the pages of themes/."""
    site = garden.site
    tags = [
        Theme(tag.name, tag.url, site.intros[tag.url].description if tag.url in site.intros else "", tag.pages)
        for tag in site.tags.values()
        if len(tag.pages) >= THEME_PAGES
    ]
    by_url = {page.url: page for page in site.public}
    own = [
        Theme(page.title, page.url, page.description, newest(_neighbours(garden, by_url, page)))
        for page in site.public
        if page.section == THEMES and not page.is_index
    ]
    return tuple(sorted((*tags, *own), key=lambda theme: (-len(theme.pages), theme.title.casefold(), theme.url)))


def connections(garden: Garden) -> tuple[Connection, ...]:
    """Return every public page that cites another or is cited by one, the most connected first."""
    by_url = {page.url: page for page in garden.site.public}
    found = []
    for page in garden.site.public:
        cites = tuple(by_url[one.target] for one in garden.outgoing.get(page.url, ()) if one.target in by_url)
        cited_by = tuple(one.page for one in garden.incoming.get(page.url, ()))
        if cites or cited_by:
            found.append(Connection(page, cites, cited_by))
    return tuple(sorted(found, key=lambda one: (-one.count, one.page.path)))


def _neighbours(garden: Garden, by_url: dict[str, Page], page: Page) -> Iterable[Page]:
    cited = (one.target for one in garden.outgoing.get(page.url, ()))
    found = {url: by_url[url] for url in cited if url in by_url}
    return (found | {one.page.url: one.page for one in garden.incoming.get(page.url, ())}).values()


def _of_each(garden: Garden, facts: Callable[[Extract], tuple[Fact, ...]]) -> tuple[tuple[Page, tuple[Fact, ...]], ...]:
    drawn = ((page, facts(garden.extract(page))) for page in garden.site.newest)
    return tuple((page, found) for page, found in drawn if found)


def _quotations(extract: Extract) -> tuple[Quotation, ...]:
    return tuple(Quotation(one.text, _fragment(one.text, _above(extract.headings, one.line))) for one in extract.quotes)


def _above(headings: Sequence[Heading], line: int) -> str:
    """Return the id of the heading that a line belongs to, "" before the first heading."""
    return next((heading.id for heading in reversed(headings) if heading.line <= line), "")


def _fragment(text: str, heading: str) -> str:
    """Return a text fragment (WICG) for these words; browsers that do not support it go to the heading instead."""
    words = text.split()
    first = " ".join(words[:FIRST_WORDS])
    last = " ".join(words[-LAST_WORDS:])
    asked = spelled(first) if len(words) <= FIRST_WORDS + LAST_WORDS else f"{spelled(first)},{spelled(last)}"
    return f"{quote(heading)}:~:text={asked}"
