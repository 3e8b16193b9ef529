"""The garden + a page or photograph -> the context below it: backlinks, related pages, its place in a series."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from folio.content import Page, Photo
from folio.garden import Garden
from folio.pages import folder_of, parent_url
from folio.views.base import Context

if TYPE_CHECKING:
    from folio.links import Citation

MENTIONS = 12  # backlinks shown
RELATED = 3


class Mention(NamedTuple):
    """A page that links here, with the sentence of the link: text before it, the link's own words, text after it.

    All three are "" if the sentence is nothing but the link. `language` is "" if it is the site's.
    """

    title: str
    url: str
    before: str = ""
    words: str = ""
    after: str = ""
    language: str = ""


class SeriesBox(NamedTuple):
    """The place of a page in a series; `position` counts from 1, `url` leads to all series."""

    name: str
    url: str
    position: int
    pages: tuple[Page, ...]


def linked_from(garden: Garden, url: str) -> Context:
    """Return the backlinks of a URL: MENTIONS of them with their sentences, and the count of the others.

    Mere listings by the page's own folder are left out.
    """
    page = garden.site.pages.get(url)
    above = folder_of(page) if page else parent_url(url)
    citations = [one for one in garden.incoming.get(url, ()) if one.says_more or one.page.url != above]
    return {
        "mentions": tuple(map(_mention, citations[:MENTIONS])),
        "more_mentions": max(0, len(citations) - MENTIONS),
    }


def seen_in(garden: Garden, photo: Photo) -> Context:
    """Return the backlinks of a photograph, and the pages that show it, except its own gallery."""
    showing = (page for page in garden.shown.get(photo.path, ()) if page.url != photo.gallery)
    return {
        **linked_from(garden, photo.url),
        "showing": tuple(Mention(page.title, page.url, language=page.language) for page in showing),
    }


def end_of(garden: Garden, page: Page) -> Context:
    """Return the context of the end of a text page; related pages are not repeated if they are named above."""
    linked = linked_from(garden, page.url)
    box = series_box(garden, page)
    named = {mention.url for mention in linked["mentions"]} | {one.url for one in (box.pages if box else ())}
    near = garden.related(page, RELATED + len(named))
    return {**linked, "series": box, "related": tuple(one for one in near if one.url not in named)[:RELATED]}


def series_box(garden: Garden, page: Page) -> SeriesBox | None:
    """Return the place of a page in its series; None if it is in none."""
    series = garden.series(page)
    if series is None:
        return None
    position = next(n for n, one in enumerate(series.pages, 1) if one.path == page.path)
    return SeriesBox(series.name, series.url, position, series.pages)


def _mention(citation: Citation) -> Mention:
    page = citation.page
    if not citation.says_more:
        return Mention(page.title, page.url, language=page.language)
    before, words, after = citation.sentence.partition(citation.text)
    return Mention(page.title, page.url, before, words, after, page.language)
