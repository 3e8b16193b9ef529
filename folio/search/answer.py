"""A query, a snapshot's catalogue and an open index -> the Results that the search page shows.

Pure and bounded, but too slow for the event loop. While the first index is being built, only titles are searched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from heapq import nsmallest

from markupsafe import Markup

from folio import sheets
from folio.content import Page
from folio.dates import Date
from folio.search import snippets
from folio.search.catalogue import Catalogue, Entry, Kind
from folio.search.facets import Facet, facets
from folio.search.finding import Budget, Found, Search
from folio.search.query import Query, Word, parse
from folio.search.reader import Reader
from folio.search.snippets import Cut, Marker, Phrase, Sheet, Text, marker
from folio.search.texts import Part
from folio.search.words import SHORTEST_PREFIX

PAGE_HITS = 100  # on one page of results, at most
PLACES = 3  # of one hit
NEAREST = 10  # the first results, among which those with all words side by side move up
NEARER = 1.3  # the factor on the score of those
MISSPELT = 3  # a query with more misspelt words is not corrected
FEW = 3  # with at most so many results, a commoner word is suggested in place of a rare one
COMMONER = 10  # how many times commoner it must be


Row = tuple[bool, float, int, str]  # the sort key of a result: False for the exact title, minus score, age rank, URL


@dataclass(frozen=True, slots=True)
class Place:
    """A heading under which matches stand; `url` ends in its "#id", `snippet_html` is as in Hit."""

    heading: str
    url: str
    snippet_html: Markup


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. `snippet_html` is escaped and holds no tag but <mark>; `section` is the first segment of the URL.

    `places` are the headings with the best matches, at most PLACES, in the order of the page; none if nothing matches
    under a heading.
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
    """One page of results. `page` counts from 1; beyond `pages`, which is at least 1, there are no hits.

    `all_words` is False if no page has every word; the hits are then those with the most. `suggestion` is a query that
    may find more, or "". `corrected` is the query that was answered instead if a word as typed is on no page, or "".
    `building`: the index is incomplete, done to `percent`. `partial`: time ran out, so there may be more and `total`
    counts those found so far. `facets` count all results, not only those of this page, in the order in, kind, year
    (newest first), tag (commonest first).
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


@dataclass(frozen=True)
class Stock:
    """What can be searched: a snapshot's catalogue, and the open index (None if there is none). Shared by queries."""

    catalogue: Catalogue
    reader: Reader | None

    @cached_property
    def documents(self) -> Mapping[int, Entry]:
        """The public documents of the index, by number."""
        entries, numbers = self.catalogue.entries, self.reader.numbers if self.reader else {}
        return {number: entries[url] for url, number in numbers.items() if url in entries}

    def answer(self, query: Query, *, page: int, size: int, budget: Budget | None = None) -> Results:
        """Answer a query: exact titles first, then by score, then the newest; with `query.newest`, by age alone."""
        return _Answer(self, query, budget or Budget()).results(max(1, page), max(1, min(size, PAGE_HITS)))

    def sheet(self, url: str) -> Sheet:
        """Return the text of a page; its description if it is not indexed yet."""
        number = self.reader.numbers.get(url) if self.reader else None
        if self.reader is None or number is None:
            return Sheet((Part("", "", self.catalogue.entries[url].about),))
        return Sheet(self.reader.text(number))


@dataclass(frozen=True)
class _Answer:
    stock: Stock
    query: Query
    budget: Budget
    _sheets: dict[str, Sheet] = field(default_factory=dict)

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        return self.stock.catalogue.allowed(self.query.filters)

    def results(self, page: int, size: int) -> Results:
        query, found, corrected = self._found()
        catalogue, entries = self.stock.catalogue, self.entries
        exact = {url for url in catalogue.titles.get(query.tokens, ()) if url in entries}
        scores = self._by_url(found)
        if not query.excluded:
            scores |= dict.fromkeys(exact - scores.keys(), 0.0)  # pages too new to be indexed
        order = (
            self._by_age(scores, page * size)
            if self.query.newest
            else self._by_worth(query, scores, exact, page * size)
        )
        shown = [row[-1] for row in sheets.nth(order, page, size)]
        marks = marker(query, catalogue.languages)
        hits = tuple(self._hit(entries[url], scores[url], marks) for url in shown)
        return Results(
            query=self.query.text,
            hits=hits,
            total=len(scores),
            page=page,
            pages=sheets.count(len(scores), size),
            suggestion="" if corrected or exact or len(scores) > FEW else self._suggestion(query, found),
            all_words=found.all_words or bool(exact),
            corrected=corrected,
            partial=found.partial or self.budget.is_overdrawn,
            facets=tuple(facets(query, [entries[url] for url in scores], catalogue.sections, catalogue.tags)),
        )

    def _by_age(self, scores: Mapping[str, float], most: int) -> list[Row]:
        age = self.stock.catalogue.age
        return nsmallest(most, ((False, 0.0, age[url], url) for url in scores))

    def _by_worth(self, query: Query, scores: Mapping[str, float], exact: set[str], most: int) -> list[Row]:
        age = self.stock.catalogue.age
        rows = ((url not in exact, -round(score, 4), age[url], url) for url, score in scores.items())
        return self._by_nearness(query, nsmallest(max(NEAREST, most), rows))

    def _by_nearness(self, query: Query, rows: list[Row]) -> list[Row]:
        """Move pages with all words of the query side by side up, among the first NEAREST."""
        if self.stock.reader is None or len(query.tokens) < 2 or self.budget.is_spent:
            return rows
        for n, (other, worth, age, url) in enumerate(rows[:NEAREST]):
            number = self.stock.reader.numbers.get(url)
            if number is not None and self._holds(number, [query.tokens]):
                rows[n] = (other, NEARER * worth, age, url)
        return sorted(rows[:NEAREST]) + rows[NEAREST:]

    def _by_url(self, found: Found) -> dict[str, float]:
        if not self.query.words:  # filters alone: all entries that pass
            return dict.fromkeys(self.entries, 0.0)
        documents = self.stock.documents
        if self.stock.reader is None:
            return self._by_title()
        return {documents[number].url: score for number, score in found.scores.items()}

    def _by_title(self) -> dict[str, float]:
        wanted = set(self.query.tokens)
        out = {token for word in self.query.excluded for token in word.tokens}
        fit = (e.url for e in self.entries.values() if wanted <= set(e.tokens) and not out & set(e.tokens))
        return dict.fromkeys(fit, 1.0)

    def _found(self) -> tuple[Query, Found, str]:
        """Return the query that was run, what it found, and its text if it is a spelling correction ("" if not)."""
        if self.stock.reader is None or not self.query.words:
            return self.query, Found({}), ""
        found = self._search.find(self.query)
        if found.unknown and not found.partial and (meant := self._corrected(found.unknown)):
            better = self._search.find(meant)
            if better.scores:
                return meant, better, meant.text
        return self.query, found, ""

    @cached_property
    def _search(self) -> Search:
        assert self.stock.reader is not None
        documents = self.stock.documents
        allowed = documents.keys()
        if self.query.filters:
            allowed = {n: e for n, e in documents.items() if e.url in self.entries}.keys()
        return Search(self.stock.reader, allowed, self.stock.catalogue.languages, self._holds, self.budget)

    def _holds(self, number: int, phrases: Sequence[Phrase]) -> bool:
        """Return True if a page holds every phrase, in its title, tags, description, headings or text."""
        entry = self.stock.documents[number]
        sheet = self._sheet(entry.url)
        tags = entry.page.tags if entry.page else ()
        around = Text.of("\n".join((entry.title, entry.about, *tags)))
        texts = (around, sheet.headings, sheet.body)
        return all(any(snippets.holds(text, phrase) for text in texts) for phrase in phrases)

    def _sheet(self, url: str) -> Sheet:
        if url not in self._sheets:
            self._sheets[url] = self.stock.sheet(url)
        return self._sheets[url]

    def _corrected(self, unknown: Sequence[Word]) -> Query | None:
        """Return the query with each unknown word replaced by the most similar known one; None if there is none."""
        text = self.query.text
        for word in unknown if len(unknown) <= MISSPELT else ():
            near = self._near(word)
            if not near:
                return None
            text = text.replace(word.written, near[0], 1)
        return parse(f"{text} ", len(text) + 1) if text != self.query.text else None

    def _near(self, word: Word) -> list[str]:
        """Return the words on public pages that are one edit away from a word, the likeliest first."""
        reader = self.stock.reader
        if reader is None or len(word.tokens) != 1 or len(word.tokens[0]) < SHORTEST_PREFIX or self.budget.is_spent:
            return []
        shown = self.stock.documents.keys()
        return [
            near for near in reader.near(word.tokens[0]) if not shown.isdisjoint(reader.posting("words", near).numbers)
        ]

    def _suggestion(self, query: Query, found: Found) -> str:
        """Return the query with rare words replaced by similar, far commoner ones; "" if there are none."""
        reader, text = self.stock.reader, query.text
        if reader is None or found.partial:
            return ""
        for word in query.words:
            count = reader.count(word.tokens[0]) if len(word.tokens) == 1 else COMMONER
            near = self._near(word) if count * COMMONER < len(reader.numbers) and count <= FEW else []
            if near and reader.count(near[0]) >= COMMONER * max(1, count):
                text = text.replace(word.written, near[0], 1)
        return text if text != query.text else ""

    def _hit(self, entry: Entry, score: float, marks: Marker) -> Hit:
        sheet = Sheet((Part("", "", entry.about),)) if self.budget.is_overdrawn else self._sheet(entry.url)
        found = snippets.cut(sheet, marks, PLACES)
        if not found.snippet_html and entry.about:
            found = replace(found, snippet_html=snippets.snippet(entry.about, marks))
        return Hit(
            entry.url,
            entry.title,
            entry.section,
            found.snippet_html,
            round(score, 3),
            entry.date,
            entry.kind,
            entry.page,
            _places(entry.url, found),
        )


def _places(url: str, found: Cut) -> tuple[Place, ...]:
    return tuple(Place(place.heading, f"{url}#{place.id}", place.snippet_html) for place in found.places)
