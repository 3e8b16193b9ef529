"""The plain text of a page and a query -> the passage that answers best, its words marked. Safe HTML.

Also whether a text holds a phrase, and under which headings the answer stands: all of it from one look at the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from markupsafe import Markup, escape

from folio.search.query import Query
from folio.search.texts import Part
from folio.search.words import beginnings, expands, fold, is_cjk, lowered, stem, whole, written

LENGTH = 240  # characters of a snippet, about
SHORT = 140  # of one under a heading
BEFORE = 60  # of them before the first marked word, about
READ = 100_000  # characters of a text that are looked through
MATCHES = 200  # of one word, looked at when choosing the passage

Phrase = tuple[str, ...]
_MARK = Markup("<mark>%s</mark>")


@dataclass(frozen=True, slots=True)
class Looked:
    """What to mark: whole words, their stems in each of `languages`, phrases of several, and a prefix ("" for none).

    `sought` are the beginnings of words that are worth folding and stemming, `roughly` those for texts with letters
    that fold to two; `seen` remembers what came of it.
    """

    words: frozenset[str]
    stems: frozenset[str]
    phrases: tuple[Phrase, ...]
    prefix: str
    languages: tuple[str, ...]
    sought: frozenset[str]
    roughly: frozenset[str]
    seen: dict[str, tuple[str, str]]

    def key(self, spelling: str) -> tuple[str, str]:
        """Return a word folded, and what it matches, so that different finds can be told apart; "" for nothing."""
        if spelling not in self.seen:
            folded = fold(spelling)
            self.seen[spelling] = (folded, self._key(folded))
        return self.seen[spelling]

    def _key(self, word: str) -> str:
        if word in self.words:
            return word
        if self.prefix and word.startswith(self.prefix):
            return self.prefix
        return next((found for code in self.languages if (found := stem(word, code)) in self.stems), "")


def looked(query: Query, languages: Sequence[str], more: Iterable[Phrase] = ()) -> Looked:
    """Prepare to mark what a query asks for, in any number of texts; `more` are phrases to look for besides."""
    single = {word.tokens[0] for word in query.words if len(word.tokens) == 1}
    phrases = tuple(dict.fromkeys((*(word.tokens for word in query.words if len(word.tokens) > 1), *more)))
    forms = {word: {stem(word, code) for code in languages} for word in single}
    starts = {_common(word, form) for word, found in forms.items() for form in found} - {""}
    starts |= {phrase[0] for phrase in phrases}
    return Looked(
        words=frozenset(single),
        stems=frozenset().union(*forms.values()),
        phrases=phrases,
        prefix=next((word.tokens[0] for word in query.words if word.prefix), ""),
        languages=tuple(languages),
        sought=frozenset(start for word in starts for start in beginnings(word, exact=True)),
        roughly=frozenset(start for word in starts for start in beginnings(word, exact=False)),
        seen={},
    )


def _common(word: str, form: str) -> str:
    """Return what a word and its stem begin with."""
    return word[: next((n for n, (a, b) in enumerate(zip(word, form, strict=False)) if a != b), len(form))]


@dataclass(frozen=True, slots=True)
class Match:
    """A marked stretch of the text, and what of the query it stands for."""

    start: int
    end: int
    key: str


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


def cut(parts: Sequence[Part], looked: Looked, places: int) -> Cut:
    """Cut a text: its best passage, and at most so many places under headings, in order, that answer as well."""
    flat = [" ".join(f"{part.text}"[:READ].split()) for part in parts]
    text = " ".join(flat)[:READ]
    starts = [0]
    for one in flat:
        starts.append(starts[-1] + len(one) + 1)
    matches = _matches(text, looked)
    return Cut(_passage(text, matches, LENGTH), tuple(_places(parts, flat, starts, matches, looked, places)))


def _places(
    parts: Sequence[Part],
    flat: Sequence[str],
    starts: Sequence[int],
    matches: Sequence[Match],
    looked: Looked,
    most: int,
) -> Iterator[Place]:
    """Give the parts with a heading that hold as many different words of the query as any, the richest `most`."""
    held: list[list[Match]] = [[] for _ in parts]
    for match in matches:
        n = bisect_right(starts, match.start) - 1
        if n < len(parts):
            held[n].append(Match(match.start - starts[n], match.end - starts[n], match.key))
    ranks = []
    for n, part in enumerate(parts):
        named = {match.key for match in _matches(part.heading, looked)} if part.id else set()
        ranks.append((len(named | {match.key for match in held[n]}), len(named), len(held[n])))
    best = max(ranks, default=(0, 0, 0))[0]
    chosen = [n for n, rank in enumerate(ranks) if parts[n].id and rank[0] == best > 0]
    for n in sorted(sorted(chosen, key=lambda n: ranks[n], reverse=True)[:most]):
        yield Place(parts[n].id, parts[n].heading, _passage(flat[n], held[n], SHORT))


def snippet(text: str, looked: Looked) -> Markup:
    """Cut the passage with most of what was looked for, or the beginning when nothing of it is there."""
    flat = " ".join(text[:READ].split())
    return _passage(flat, _matches(flat, looked), LENGTH)


def marked(text: str, looked: Looked) -> Markup:
    """Return a whole text, escaped, with what was looked for marked."""
    return _marked(text, _matches(text, looked), 0, len(text))


def holds(text: str, looked: Looked, phrases: Iterable[Phrase]) -> bool:
    """Say whether a text holds every one of some phrases that `looked` looks for."""
    if not expands(text):
        plain = lowered(text)
        if not all(_loosely(phrase).search(plain) for phrase in phrases):
            return False
    wanted = {" ".join(phrase) for phrase in phrases}
    for match in _candidates(text, looked, most=len(text)):
        wanted.discard(match.key)
        if not wanted:
            return True
    return not wanted


@lru_cache(maxsize=64)
def _loosely(phrase: Phrase) -> re.Pattern[str]:
    """Find what may be a phrase in a `lowered` text, and some that is not: a tenth of the cost of looking closely."""
    return re.compile(r"[\W_]*".join("'?".join(map(re.escape, token)) for token in phrase))


def _passage(text: str, matches: Sequence[Match], length: int) -> Markup:
    start, end = _bounds(text, _best(matches, length), length)
    before, after = Markup("… ") if start else Markup(), Markup(" …") if end < len(text) else Markup()
    return before + _marked(text, matches, start, end) + after


def _marked(text: str, matches: Sequence[Match], start: int, end: int) -> Markup:
    parts, at = [], start
    for match in matches:
        if match.start >= at and match.end <= end:
            parts += [escape(text[at : match.start]), _MARK % text[match.start : match.end]]
            at = match.end
    return Markup().join((*parts, escape(text[at:end])))


def _matches(text: str, looked: Looked) -> list[Match]:
    """Find stretches that do not overlap, in order."""
    return _without_overlaps(_candidates(text, looked, MATCHES))


def _candidates(text: str, looked: Looked, most: int) -> Iterator[Match]:
    """Find single words and phrases, at most so many of each beginning."""
    plain = lowered(text)
    for start in looked.roughly if expands(text) else looked.sought:
        for at in islice(_beginnings(plain, start), most):
            found = whole(text, at)
            if found is None:
                continue
            folded, key = looked.key(found[0])
            if key:
                yield Match(at, found.end(), key)
            for phrase in looked.phrases:
                if phrase[0] == folded and (end := _end(text, at, phrase)):
                    yield Match(at, end, " ".join(phrase))


def _beginnings(plain: str, start: str) -> Iterator[int]:
    """Find where a word begins so; Chinese and Japanese words begin anywhere."""
    at, anywhere = plain.find(start), is_cjk(start[0])
    while at >= 0:
        if anywhere or not at or not plain[at - 1].isalnum() or is_cjk(plain[at - 1]):
            yield at
        at = plain.find(start, at + 1)


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
    best, best_rank = None, (0, 0)
    for n, first in enumerate(matches):
        within = []
        for match in matches[n : n + 40]:
            if match.end > first.start + length - BEFORE:
                break
            within.append(match.key)
        rank = (len(set(within)), len(within))
        if rank > best_rank:
            best, best_rank = first, rank
    return best or (matches[0] if matches else None)


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
