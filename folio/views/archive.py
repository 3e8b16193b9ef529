"""The garden -> the contexts of the archive's lists: by year, by length, themes, series, connections."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from folio import archives, backmatter
from folio.backmatter import Connection
from folio.content import Page
from folio.garden import Garden
from folio.sheets import Groups, sheets
from folio.views.base import Context
from folio.views.listing import (
    ENTRIES_BYTES,
    Asked,
    line_weight,
    link_weight,
    listing,
    nth,
    sheet,
    spare_weight,
    years,
)

THEME_PAGES = 7  # shown of a theme
CITATIONS = 40  # shown of a page, each way


def archive(garden: Garden, intro: str, asked: Asked) -> Context:
    """Return the context of all pages by year, or of those whose title or tags hold every word of the query."""
    listed = garden.once(_listed)
    found = archives.matching(listed, asked.query)
    divided = _by_year(found) if asked.query else garden.once(_all_by_year)
    shown = nth(divided, asked.number)
    head = {"noindex": True} if asked.query else {}
    pages_url = f"/archive?q={quote(asked.query)}" if asked.query else "/archive"
    return {
        **listing(garden, "/archive", "Archive", intro, asked, count=len(divided), **head),
        "jumps": years(divided, pages_url),
        "years": tuple((year, pages) for year, pages in shown if year),
        "undated": next((pages for year, pages in shown if not year), ()),
        "total": len(listed),
        "words": sum(page.words for page in listed),
        "query": asked.query,
        "found": len(found),
        "pages_url": pages_url,
    }


def by_length(garden: Garden, intro: str, asked: Asked) -> Context:
    """Return the context of all pages by reading time."""
    pages, divided = garden.once(_listed), garden.once(_by_length)
    return {
        **listing(garden, "/archive/by-length", "Archive by length", intro, asked, count=len(divided)),
        "groups": nth(divided, asked.number),
        "total": len(pages),
        "words": sum(page.words for page in pages),
    }


def themes(garden: Garden, intro: str, asked: Asked) -> Context:
    """Return the context of the themes that several pages share."""
    found = backmatter.themes(garden)
    groups, count = sheet(
        [("", found)], lambda theme: 300 + sum(map(line_weight, theme.pages[:THEME_PAGES])), asked
    )  # fmt: skip
    return {
        **listing(garden, "/archive/themes", "Themes", intro, asked, count=count),
        "themes": tuple(theme for _, listed in groups for theme in listed),
        "total": len(found),
        "most": THEME_PAGES,
    }


def series(garden: Garden, intro: str, asked: Asked) -> Context:
    """Return the context of the series with their pages in order."""
    found = garden.all_series
    groups, count = sheet(((one, one.pages) for one in found), line_weight, asked)
    return {
        **listing(garden, "/archive/series", "Series", intro, asked, count=count),
        "series": groups,
        "total": len(found),
        "pages": sum(len(one.pages) for one in found),
    }


def connections(garden: Garden, intro: str, asked: Asked) -> Context:
    """Return the context of the pages with the pages they cite and are cited by, the most connected first."""
    found, divided = garden.once(backmatter.connections), garden.once(_connections)
    return {
        **listing(garden, "/archive/connections", "Connections", intro, asked, count=len(divided)),
        "connections": tuple(one for _, listed in nth(divided, asked.number) for one in listed),
        "total": len(found),
        "link_count": sum(len(one.cites) for one in found),
        "most": CITATIONS,
    }


def _connections(garden: Garden) -> Sequence[Groups[str, Connection]]:
    weights = {page.url: link_weight(page) for page in garden.site.public}

    def weigh(one: Connection) -> int:
        named = (one.page, *one.cites[:CITATIONS], *one.cited_by[:CITATIONS])
        return 80 + sum([weights[page.url] for page in named])

    return sheets([("", garden.once(backmatter.connections))], weigh)


def _listed(garden: Garden) -> tuple[Page, ...]:
    site = garden.site
    return (*archives.dated(site), *(p for p in site.public if not p.date and not p.is_index))


def _all_by_year(garden: Garden) -> Sequence[Groups[int, Page]]:
    return _by_year(garden.once(_listed))


def _by_year(pages: Sequence[Page]) -> Sequence[Groups[int, Page]]:
    groups = archives.by_year(page for page in pages if page.date)
    undated = tuple(page for page in pages if not page.date)
    return sheets((*groups, (0, undated)) if undated else groups, spare_weight, ENTRIES_BYTES)


def _by_length(garden: Garden) -> Sequence[Groups[str, Page]]:
    return sheets(archives.by_length(garden.once(_listed)), spare_weight, ENTRIES_BYTES)
