"""A query, a snapshot's catalogue and an open index -> the Results that a page of search shows.

Pure and bounded, but not quick enough for the event loop. Without an index, while the first is built, titles answer.
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
from folio.search.snippets import Cut, Looked, Phrase, Sheet, Text, looked
from folio.search.texts import Part
from folio.search.words import SHORTEST_PREFIX

PAGE_HITS = 100  # on one page of results, at most
PLACES = 3  # of one hit
NEAREST = 10  # results, of which those with all words side by side move up
NEARER = 1.3  # times their score
MISSPELT = 3  # words of a query, past which it is not mended
FEW = 3  # results, so that a commoner word near a rare one is proposed
COMMONER = 10  # times


Row = tuple[bool, float, int, str]  # of one result, by which they are sorted: not the very title, worth, age, URL


@dataclass(frozen=True, slots=True)
class Place:
    """Where on a page the answer stands: under a heading, `url` with its "#id". `snippet_html` as a Hit's."""

    heading: str
    url: str
    snippet_html: Markup


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

    `all_words` is False when nothing has every word and the hits have as many as any. `suggestion` is a query that may
    be the better one, "" when there is nothing better to ask. `corrected` is the query that was answered, where no page
    has a word as it was typed ("" otherwise). `building`: the index is not complete yet, done to `percent`. `partial`:
    time ran out, so there may be more and `total` is what was seen. `facets` count all results, not only those of this
    page: by name in the order in, kind, year (newest first), tag (commonest first).
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
    """What can be found: everything public, and as much of it as the index holds. Kept from query to query."""

    catalogue: Catalogue
    reader: Reader | None

    @cached_property
    def documents(self) -> Mapping[int, Entry]:
        """The documents of the index that may be shown."""
        entries, numbers = self.catalogue.entries, self.reader.numbers if self.reader else {}
        return {number: entries[url] for url, number in numbers.items() if url in entries}

    def answer(self, query: Query, *, page: int, size: int, budget: Budget | None = None) -> Results:
        """Answer a query: exact titles first, then by score, then the newest; or, if it asks so, by age alone."""
        return _Answer(self, query, budget or Budget()).results(max(1, page), max(1, min(size, PAGE_HITS)))

    def sheet(self, url: str) -> Sheet:
        """Return the text of a page; of one that is not indexed yet, its description."""
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
            scores |= dict.fromkeys(exact - scores.keys(), 0.0)  # a page so new that it is not indexed yet
        order = (
            self._by_age(scores, page * size)
            if self.query.newest
            else self._by_worth(query, scores, exact, page * size)
        )
        shown = [row[-1] for row in sheets.nth(order, page, size)]
        marks = looked(query, catalogue.languages)
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
        """Move up what has all words of a query side by side, among the first."""
        if self.stock.reader is None or len(query.tokens) < 2 or self.budget.is_spent:
            return rows
        for n, (other, worth, age, url) in enumerate(rows[:NEAREST]):
            number = self.stock.reader.numbers.get(url)
            if number is not None and self._holds(number, [query.tokens]):
                rows[n] = (other, NEARER * worth, age, url)
        return sorted(rows[:NEAREST]) + rows[NEAREST:]

    def _by_url(self, found: Found) -> dict[str, float]:
        if not self.query.words:  # filters alone: everything that passes
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
        """Find what was asked for; where words are misspelt, what was meant, and the query that was meant."""
        if self.stock.reader is None or not self.query.words:
            return self.query, Found({}), ""
        found = self._search.find(self.query)
        if found.unknown and not found.partial and (meant := self._mended(found.unknown)):
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
        """Look into a page for phrases: its title, tags, description, headings and text."""
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

    def _mended(self, unknown: Sequence[Word]) -> Query | None:
        """Replace the words that no page has by the nearest that one has; None where there is none."""
        text = self.query.text
        for word in unknown if len(unknown) <= MISSPELT else ():
            near = self._near(word)
            if not near:
                return None
            text = text.replace(word.written, near[0], 1)
        return parse(f"{text} ", len(text) + 1) if text != self.query.text else None

    def _near(self, word: Word) -> list[str]:
        """Return words like one that may be misspelt, those that a page that may be shown has; the likeliest first."""
        reader = self.stock.reader
        if reader is None or len(word.tokens) != 1 or len(word.tokens[0]) < SHORTEST_PREFIX or self.budget.is_spent:
            return []
        shown = self.stock.documents.keys()
        return [
            near for near in reader.near(word.tokens[0]) if not shown.isdisjoint(reader.posting("words", near).numbers)
        ]

    def _suggestion(self, query: Query, found: Found) -> str:
        """Propose a far commoner word for a rare one, where little was found."""
        reader, text = self.stock.reader, query.text
        if reader is None or found.partial:
            return ""
        for word in query.words:
            count = reader.count(word.tokens[0]) if len(word.tokens) == 1 else COMMONER
            near = self._near(word) if count * COMMONER < len(reader.numbers) and count <= FEW else []
            if near and reader.count(near[0]) >= COMMONER * max(1, count):
                text = text.replace(word.written, near[0], 1)
        return text if text != query.text else ""

    def _hit(self, entry: Entry, score: float, marks: Looked) -> Hit:
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
