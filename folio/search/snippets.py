"""The plain text of a page and a query -> the best passage as safe HTML, with the words of the query marked.

Also finds the headings with the best matches, and tells whether a text holds a phrase.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, islice
from typing import NamedTuple

from markupsafe import Markup, escape

from folio.markdown.stopwords import FUNCTION
from folio.search.query import Query
from folio.search.texts import Part
from folio.search.words import beginnings, compound, fold, is_cjk, lowered, one, stem, whole, written

LENGTH = 240  # characters of a snippet, about
SHORT = 140  # characters of a snippet under a heading, about
BEFORE = 60  # characters of a snippet before the first marked word, about
READ = 100_000  # characters of a text that are searched
MATCHES = 60  # of one word, considered when choosing the passage

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marker:
    """What to mark: whole words, their stems in each of `languages`, phrases of several, and a prefix ("" for none).

    `starts` are the beginnings of words that are worth folding and stemming, each with its alternative spellings;
    `rough_starts` those for texts with letters that fold to two; `keys` caches the result of `key` by spelling.
    """

    words: frozenset[str]
    stems: frozenset[str]
    phrases: tuple[Phrase, ...]
    prefix: str
    languages: tuple[str, ...]
    starts: frozenset[tuple[str, ...]]
    rough_starts: frozenset[tuple[str, ...]]
    keys: dict[str, str]

    def key(self, spelling: str) -> str:
        """Return the word, prefix or stem of the query that a written word matches; "" for none."""
        if spelling not in self.keys:
            self.keys[spelling] = self._key(one(spelling))
        return self.keys[spelling]

    def _key(self, word: str) -> str:
        if word in self.words:
            return word
        if self.prefix and word.startswith(self.prefix):
            return self.prefix
        return next((found for code in self.languages if (found := stem(word, code)) in self.stems), "")


def marker(query: Query, languages: Sequence[str]) -> Marker:
    """Return a Marker for a query, to be used on any number of texts."""
    single = {word.joined or word.tokens[0] for word in query.words if word.joined or len(word.tokens) == 1}
    single = single - FUNCTION or single  # function words tell nothing about a passage
    phrases = tuple(dict.fromkeys(word.tokens for word in query.words if len(word.tokens) > 1))
    forms = {word: {stem(word, code) for code in languages} for word in single}
    starts = {_common(word, form) for word, found in forms.items() for form in found} - {""}
    return Marker(
        words=frozenset(single),
        stems=frozenset().union(*forms.values()),
        phrases=phrases,
        prefix=next((word.joined or word.tokens[0] for word in query.words if word.prefix), ""),
        languages=tuple(languages),
        starts=frozenset(beginnings(word, exact=True) for word in starts),
        rough_starts=frozenset(beginnings(word, exact=False) for word in starts),
        keys={},
    )


def _common(word: str, form: str) -> str:
    """Return the common beginning of a word and its stem."""
    return word[: next((n for n, (a, b) in enumerate(zip(word, form, strict=False)) if a != b), len(form))]


class Match(NamedTuple):
    """A stretch of the text to mark, and the part of the query that it matches (`Marker.key` or a phrase)."""

    start: int
    end: int
    key: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text to search: as written, and `lowered` (`plain`); `is_rough` if it has letters that fold to two."""

    text: str
    plain: str
    is_rough: bool

    @classmethod
    def of(cls, text: str) -> Text:
        return cls(text, *lowered(text))


@dataclass(frozen=True)
class Sheet:
    """A page to search: its parts, and the offsets at which they begin in `body` and `headings`."""

    parts: tuple[Part, ...]

    @cached_property
    def body(self) -> Text:
        return Text.of(" ".join(part.text for part in self.parts)[:READ])

    @cached_property
    def headings(self) -> Text:
        return Text.of("\n".join(part.heading for part in self.parts))

    @property
    def starts(self) -> list[int]:
        return [0, *accumulate(len(part.text) + 1 for part in self.parts[:-1])]

    @property
    def heading_starts(self) -> list[int]:
        return [0, *accumulate(len(part.heading) + 1 for part in self.parts[:-1])]


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a page with matches: the `id` of its heading, the heading, and a snippet of its text."""

    id: str
    heading: str
    snippet_html: Markup


@dataclass(frozen=True, slots=True)
class Cut:
    """What a result shows of a page: the best passage, and the parts with the best matches."""

    snippet_html: Markup
    places: tuple[Place, ...] = ()


def cut(sheet: Sheet, marker: Marker, places: int) -> Cut:
    """Return a page's best passage, and at most so many places with the best matches, in the order of the page."""
    matches = _matches(sheet.body, marker)
    found = tuple(_places(sheet, matches, marker, places))
    return Cut(_passage(sheet.body.text, matches, LENGTH), found)


def _places(sheet: Sheet, matches: Sequence[Match], marker: Marker, most: int) -> Iterator[Place]:
    """Yield the parts with a heading that match the most different words of the query, at most `most`."""
    held = _by_part(matches, sheet.starts)
    named = _by_part(_matches(sheet.headings, marker), sheet.heading_starts)
    ranks = []
    for inside, above in zip(held, named, strict=True):
        words = {match.key for match in above}
        ranks.append((len(words | {match.key for match in inside}), len(words), len(inside)))
    best = max(ranks, default=(0, 0, 0))[0]
    chosen = [n for n, rank in enumerate(ranks) if sheet.parts[n].id and rank[0] == best > 0]
    for n in sorted(sorted(chosen, key=ranks.__getitem__, reverse=True)[:most]):
        part = sheet.parts[n]
        yield Place(part.id, part.heading, _passage(part.text, held[n], SHORT))


def _by_part(matches: Iterable[Match], starts: Sequence[int]) -> list[list[Match]]:
    """Group matches by the part that they stand in, with offsets relative to it."""
    grouped: list[list[Match]] = [[] for _ in starts]
    for match in matches:
        n = bisect_right(starts, match.start) - 1
        grouped[n].append(Match(match.start - starts[n], match.end - starts[n], match.key))
    return grouped


def snippet(text: str, marker: Marker) -> Markup:
    """Return the passage with the most matches, or the beginning of the text if there are none."""
    flat = Text.of(" ".join(text[:READ].split()))
    return _passage(flat.text, _matches(flat, marker), LENGTH)


def holds(text: Text, phrase: Phrase) -> bool:
    """Return True if a text holds a phrase."""
    return next(_phrases(text, phrase), None) is not None


def _passage(text: str, matches: Sequence[Match], length: int) -> Markup:
    start, end = _bounds(text, _best(matches, length), length)
    return _marked(text, matches, start, end, "… " if start else "", " …" if end < len(text) else "")


def _marked(text: str, matches: Sequence[Match], start: int, end: int, before: str = "", after: str = "") -> Markup:
    parts, at = [before], start
    for match in matches:
        if match.start >= at and match.end <= end:
            parts += [escape(text[at : match.start]), "<mark>", escape(text[match.start : match.end]), "</mark>"]
            at = match.end
    return Markup("".join((*parts, escape(text[at:end]), after)))  # noqa: S704 - each part is escaped


def _matches(text: Text, marker: Marker) -> list[Match]:
    """Return the matches in a text, in order and without overlaps."""
    return _without_overlaps(_candidates(text, marker))


def _candidates(text: Text, marker: Marker) -> Iterator[Match]:
    """Yield matches of single words, in the first spelling that the text has, and of phrases."""
    for spellings in marker.rough_starts if text.is_rough else marker.starts:
        yield from next(filter(None, (_words(text, start, marker) for start in spellings)), ())
    for phrase in marker.phrases:
        yield from islice(_phrases(text, phrase), MATCHES)


def _words(text: Text, start: str, marker: Marker) -> list[Match]:
    """Return the matches among the first MATCHES words that begin with `start`, hyphenated or not."""
    found = []
    for at in islice(_beginnings(text.plain, start), MATCHES):
        for form in (whole, compound):
            if (word := form(text.text, at)) and (key := marker.key(word[0])):
                found.append(Match(at, word.end(), key))
                break
    return found


def _phrases(text: Text, phrase: Phrase) -> Iterator[Match]:
    if text.is_rough:
        starts: Iterable[int] = _beginnings(text.plain, beginnings(phrase[0], exact=False)[0])
    else:
        starts = (match.start() for match in _loosely(phrase).finditer(text.plain))
    for at in starts:  # `_begins` is checked here: a lookbehind in the pattern made it five times as slow
        if _begins(text.plain, at) and (end := _end(text.text, at, phrase)):
            yield Match(at, end, " ".join(phrase))


@lru_cache(maxsize=64)
def _loosely(phrase: Phrase) -> re.Pattern[str]:
    """Return a pattern of candidates for a phrase in a `lowered` text: a tenth of the cost of exact comparison."""
    return re.compile(r"[\W_]*".join("'?".join(map(re.escape, token)) for token in phrase))


def _beginnings(plain: str, start: str) -> Iterator[int]:
    """Yield the offsets at which a word begins with `start`; Chinese and Japanese words begin anywhere."""
    at = plain.find(start)
    while at >= 0:
        if _begins(plain, at):
            yield at
        at = plain.find(start, at + 1)


def _begins(plain: str, at: int) -> bool:
    """Return True if a word may begin at an offset."""
    return not at or not plain[at - 1].isalnum() or is_cjk(plain[at]) or is_cjk(plain[at - 1])


def _end(text: str, at: int, phrase: Phrase) -> int:
    """Return the end of the phrase at an offset; 0 if it is not there."""
    follow = list(islice(written(text, at), len(phrase)))
    return follow[-1].end() if tuple(fold(word[0]) for word in follow) == phrase else 0


def _without_overlaps(found: Iterable[Match]) -> list[Match]:
    """Return the matches in order; of two that overlap, the first and longer one stays."""
    kept: list[Match] = []
    for match in sorted(found, key=lambda match: (match.start, -match.end)):
        if not kept or match.start >= kept[-1].end:
            kept.append(match)
    return kept


def _best(matches: Sequence[Match], length: int) -> Match | None:
    """Return the first match of the best passage: the most different words, then the most words, then the earliest."""
    best, best_rank, end = None, (0, 0), 0
    within: Counter[str] = Counter()
    for n, first in enumerate(matches):
        while end < len(matches) and (end <= n or matches[end].end <= first.start + length - BEFORE):
            within[matches[end].key] += 1
            end += 1
        rank = (len(within), end - n)
        if rank > best_rank:
            best, best_rank = first, rank
        within[first.key] -= 1
        if not within[first.key]:
            del within[first.key]
    return best


def _bounds(text: str, first: Match | None, length: int) -> tuple[int, int]:
    """Return the start and end of a passage: at the beginning of a sentence if one is near, else between words."""
    start = max(0, first.start - BEFORE) if first else 0
    if first and start:
        sentence = max(text.rfind(mark, start, first.start) for mark in (". ", "? ", "! ", "… "))
        space = text.find(" ", start, first.start)
        start = sentence + 2 if sentence >= 0 else space + 1 if space >= 0 else start
    end = start + length
    if end >= len(text):
        return start, len(text)
    space = text.rfind(" ", start + length // 2, end)
    return start, max(space if space > 0 else end, first.end if first else 0)
