"""The plain text of a page and a query -> the passage that answers best, its words marked. Safe HTML.

Also whether a text holds a phrase, and under which headings the answer stands: all of it from one look at the text.
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
SHORT = 140  # of one under a heading
BEFORE = 60  # of them before the first marked word, about
READ = 100_000  # characters of a text that are looked through
MATCHES = 60  # of one word, looked at when choosing the passage

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What to mark: whole words, their stems in each of `languages`, phrases of several, and a prefix ("" for none).

    `sought` are the beginnings of words that are worth folding and stemming, each beside the other ways to spell it;
    `roughly` those for texts with letters that fold to two; `seen` remembers what came of it.
    """

    words: frozenset[str]
    stems: frozenset[str]
    phrases: tuple[Phrase, ...]
    prefix: str
    languages: tuple[str, ...]
    sought: frozenset[tuple[str, ...]]
    roughly: frozenset[tuple[str, ...]]
    seen: dict[str, str]

    def key(self, spelling: str) -> str:
        """Return what a written word matches, so that different finds can be told apart; "" for nothing."""
        if spelling not in self.seen:
            self.seen[spelling] = self._key(one(spelling))
        return self.seen[spelling]

    def _key(self, word: str) -> str:
        if word in self.words:
            return word
        if self.prefix and word.startswith(self.prefix):
            return self.prefix
        return next((found for code in self.languages if (found := stem(word, code)) in self.stems), "")


def looked(query: Query, languages: Sequence[str]) -> Looked:
    """Prepare to mark what a query asks for, in any number of texts."""
    single = {word.joined or word.tokens[0] for word in query.words if word.joined or len(word.tokens) == 1}
    single = single - FUNCTION or single  # those of grammar say nothing about a passage
    phrases = tuple(dict.fromkeys(word.tokens for word in query.words if len(word.tokens) > 1))
    forms = {word: {stem(word, code) for code in languages} for word in single}
    starts = {_common(word, form) for word, found in forms.items() for form in found} - {""}
    return Looked(
        words=frozenset(single),
        stems=frozenset().union(*forms.values()),
        phrases=phrases,
        prefix=next((word.joined or word.tokens[0] for word in query.words if word.prefix), ""),
        languages=tuple(languages),
        sought=frozenset(beginnings(word, exact=True) for word in starts),
        roughly=frozenset(beginnings(word, exact=False) for word in starts),
        seen={},
    )


def _common(word: str, form: str) -> str:
    """Return what a word and its stem begin with."""
    return word[: next((n for n, (a, b) in enumerate(zip(word, form, strict=False)) if a != b), len(form))]


class Match(NamedTuple):
    """A marked stretch of the text, and what of the query it stands for."""

    start: int
    end: int
    key: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text to look in: as it reads, and `lowered`; `is_rough` where letters in it fold to two."""

    text: str
    plain: str
    is_rough: bool

    @classmethod
    def of(cls, text: str) -> Text:
        return cls(text, *lowered(text))


@dataclass(frozen=True)
class Sheet:
    """A page to look in: its parts, and where each begins in the whole."""

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
    """A part of a text that answers: its `id`, its heading, and a snippet of what stands under it."""

    id: str
    heading: str
    snippet_html: Markup


@dataclass(frozen=True, slots=True)
class Cut:
    """What is shown of a text: the best passage of all, and the parts that answer."""

    snippet_html: Markup
    places: tuple[Place, ...] = ()


def cut(sheet: Sheet, looked: Looked, places: int) -> Cut:
    """Cut a text: its best passage, and at most so many places under headings, in order, that answer as well."""
    matches = _matches(sheet.body, looked)
    found = tuple(_places(sheet, matches, looked, places))
    return Cut(_passage(sheet.body.text, matches, LENGTH), found)


def _places(sheet: Sheet, matches: Sequence[Match], looked: Looked, most: int) -> Iterator[Place]:
    """Give the parts with a heading that hold as many different words of the query as any, the richest `most`."""
    held = _by_part(matches, sheet.starts)
    named = _by_part(_matches(sheet.headings, looked), sheet.heading_starts)
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
    """Deal matches out to the parts that they stand in, with their place there."""
    dealt: list[list[Match]] = [[] for _ in starts]
    for match in matches:
        n = bisect_right(starts, match.start) - 1
        dealt[n].append(Match(match.start - starts[n], match.end - starts[n], match.key))
    return dealt


def snippet(text: str, looked: Looked) -> Markup:
    """Cut the passage with most of what was looked for, or the beginning when nothing of it is there."""
    flat = Text.of(" ".join(text[:READ].split()))
    return _passage(flat.text, _matches(flat, looked), LENGTH)


def holds(text: Text, phrase: Phrase) -> bool:
    """Say whether a text holds a phrase."""
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


def _matches(text: Text, looked: Looked) -> list[Match]:
    """Find stretches that do not overlap, in order."""
    return _without_overlaps(_candidates(text, looked))


def _candidates(text: Text, looked: Looked) -> Iterator[Match]:
    """Find single words, in the first way to spell them that the text has, and phrases."""
    for spellings in looked.roughly if text.is_rough else looked.sought:
        yield from next(filter(None, (_words(text, start, looked) for start in spellings)), ())
    for phrase in looked.phrases:
        yield from islice(_phrases(text, phrase), MATCHES)


def _words(text: Text, start: str, looked: Looked) -> list[Match]:
    """Find the words that begin so and are looked for, with or without hyphens, among the first MATCHES."""
    found = []
    for at in islice(_beginnings(text.plain, start), MATCHES):
        for form in (whole, compound):
            if (word := form(text.text, at)) and (key := looked.key(word[0])):
                found.append(Match(at, word.end(), key))
                break
    return found


def _phrases(text: Text, phrase: Phrase) -> Iterator[Match]:
    if text.is_rough:
        starts: Iterable[int] = _beginnings(text.plain, beginnings(phrase[0], exact=False)[0])
    else:
        starts = (match.start() for match in _loosely(phrase).finditer(text.plain))
    for at in starts:  # the pattern has no look-behind, which would make it five times as slow
        if _begins(text.plain, at) and (end := _end(text.text, at, phrase)):
            yield Match(at, end, " ".join(phrase))


@lru_cache(maxsize=64)
def _loosely(phrase: Phrase) -> re.Pattern[str]:
    """Find what may be a phrase in a `lowered` text, and some that is not: a tenth of the cost of looking closely."""
    return re.compile(r"[\W_]*".join("'?".join(map(re.escape, token)) for token in phrase))


def _beginnings(plain: str, start: str) -> Iterator[int]:
    """Find where a word begins so; Chinese and Japanese words begin anywhere."""
    at = plain.find(start)
    while at >= 0:
        if _begins(plain, at):
            yield at
        at = plain.find(start, at + 1)


def _begins(plain: str, at: int) -> bool:
    """Say whether a word may begin at an offset."""
    return not at or not plain[at - 1].isalnum() or is_cjk(plain[at]) or is_cjk(plain[at - 1])


def _end(text: str, at: int, phrase: Phrase) -> int:
    """Return where a phrase ends that begins at an offset; 0 when something else follows."""
    follow = list(islice(written(text, at), len(phrase)))
    return follow[-1].end() if tuple(fold(word[0]) for word in follow) == phrase else 0


def _without_overlaps(found: Iterable[Match]) -> list[Match]:
    """Keep the longer of two stretches that overlap, in order."""
    kept: list[Match] = []
    for match in sorted(found, key=lambda match: (match.start, -match.end)):
        if not kept or match.start >= kept[-1].end:
            kept.append(match)
    return kept


def _best(matches: Sequence[Match], length: int) -> Match | None:
    """Return the match with which the best passage begins: most different words, then most, then the first."""
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
    """Choose where a passage begins and ends: at a sentence's beginning if one is near, else between words."""
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
