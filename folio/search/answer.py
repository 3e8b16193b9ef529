"""A query, a snapshot's catalogue and an open index -> the Results that a page of search shows.

Pure and bounded, but not quick enough for the event loop. Without an index, while the first is built, titles answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from markupsafe import Markup

from folio import sheets
from folio.content import Page
from folio.dates import Date
from folio.search.catalogue import Catalogue, Entry, Kind, newest_first
from folio.search.query import Query, Word
from folio.search.reader import Found
from folio.search.snippets import Looked, looked, snippet
from folio.search.words import SHORTEST_PREFIX

FacetName = Literal["in", "kind", "year", "tag"]

PAGE_HITS = 100  # on one page of results, at most
PLACES = 3  # of one hit


@dataclass(frozen=True, slots=True)
class Place:
    """Where on a page the answer stands: under a heading, `url` with its "#id". `snippet_html` as a Hit's."""

    heading: str
    url: str
    snippet_html: Markup


@dataclass(frozen=True, slots=True)
class Facet:
    """How many results share something, and how to ask for those alone.

    `name` is the filter ("in", "year", "tag", "kind"), `value` what to write behind its colon, `label` what to show;
    `query` is the whole query with this filter added, or taken out again when it is `chosen`.
    """

    name: FacetName
    value: str
    label: str
    count: int
    query: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. `snippet_html` is escaped and holds no tag but <mark>; `section` is the first segment of the URL.

    `places` are the headings under which the answer stands, at most PLACES of them, in the order of the page; none
    where it stands before the first heading or everywhere.
    """

    url: str
    title: str
    section: str
    snippet_html: Markup
    score: float
    date: Date | None
    kind: Kind
    page: Page | None = None
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Results:
    """One page of results. `page` counts from 1 and may lie past `pages`, with no hits then; `pages` is at least 1.

    `all_words` is False when nothing has every word and the hits have as many as any. `suggestion` is the query with
    its unknown words mended, "" when there is nothing better to ask. `building`: the index is not complete yet, done to
    `percent`. `corrected` is the query that was answered, where no page has a word as it was typed ("" otherwise).
    `partial`: time ran out, so there may be more and `total` is what was seen. `facets` count all results, not only
    those of this page: by name in the order in, kind, year (newest first), tag (commonest first).
    """

    query: str
    hits: tuple[Hit, ...] = ()
    total: int = 0
    page: int = 1
    pages: int = 1
    suggestion: str = ""
    building: bool = False
    all_words: bool = True
    percent: int = 100
    corrected: str = ""
    partial: bool = False
    facets: tuple[Facet, ...] = ()


class Texts(Protocol):
    """What is needed of an open index (`reader.Reader`)."""

    def find(self, query: Query, allowed: Mapping[str, Entry], languages: Sequence[str]) -> Found: ...

    def texts(self, urls: Iterable[str]) -> dict[str, str]: ...


def answer(
    query: Query, catalogue: Catalogue, reader: Texts | None, *, page: int, size: int, building: bool
) -> Results:
    """Answer a query: exact titles first, then by score, then the newest."""
    allowed = catalogue.allowed(query.filters)
    found = _found(query, catalogue, reader, allowed)
    exact = {url for url in catalogue.titles.get(query.tokens, ()) if url in allowed}
    scores = dict(found.scores)
    if not query.excluded:
        scores |= dict.fromkeys(exact - set(scores), 0.0)  # a page so new that it is not indexed yet
    ranked = sorted(scores, key=lambda url: (url not in exact, -round(scores[url], 6), newest_first(allowed[url])))
    page, size = max(1, page), max(1, min(size, PAGE_HITS))
    shown = sheets.nth(ranked, page, size)
    texts = reader.texts(shown) if reader else {}
    marks = looked(query, catalogue.languages)
    return Results(
        query=query.text,
        hits=tuple(_hit(allowed[url], scores[url], texts.get(url, ""), marks) for url in shown),
        total=len(ranked),
        page=page,
        pages=sheets.count(len(ranked), size),
        suggestion="" if found.all_words or exact else _suggestion(query, catalogue, found.unknown),
        building=building,
        all_words=found.all_words or bool(exact),
    )


def _found(query: Query, catalogue: Catalogue, reader: Texts | None, allowed: Mapping[str, Entry]) -> Found:
    if not query.words:  # filters alone: everything that passes
        return Found(dict.fromkeys(allowed, 0.0), True, ())
    if reader is None:
        return _by_title(query, allowed)
    found = reader.find(query, allowed, catalogue.languages)
    if not found.scores and any(len(word.tokens) > 1 for word in query.words):
        loosely = reader.find(query.loosened(), allowed, catalogue.languages)
        found = Found(loosely.scores, False, loosely.unknown)
    return found


def _by_title(query: Query, allowed: Mapping[str, Entry]) -> Found:
    wanted, out = set(query.tokens), {token for word in query.excluded for token in word.tokens}
    urls = (url for url, entry in allowed.items() if wanted <= set(entry.tokens) and not out & set(entry.tokens))
    return Found(dict.fromkeys(urls, 1.0), True, ())


def _hit(entry: Entry, score: float, text: str, marks: Looked) -> Hit:
    cut = snippet(text or entry.about, marks)
    return Hit(entry.url, entry.title, entry.section, cut, round(score, 3), entry.date, entry.kind, entry.page)


def _suggestion(query: Query, catalogue: Catalogue, unknown: Sequence[Word]) -> str:
    """Mend each word that no page has by the site's own vocabulary; "" when none can be."""
    mended = query.text
    for word in unknown:
        if len(word.tokens) == 1 and len(word.tokens[0]) >= SHORTEST_PREFIX:
            better = catalogue.nearest(word.tokens[0])
            if better:
                mended = mended.replace(word.written, better, 1)
    return mended if mended != query.text else ""
