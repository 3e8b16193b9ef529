"""The plain text of a page and a query -> the passage that answers best, its words marked. Safe HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from markupsafe import Markup, escape

from folio.search.query import Query
from folio.search.words import beginning_like, fold, stem, written

LENGTH = 240  # characters of a snippet, about
BEFORE = 60  # of them before the first marked word, about
READ = 100_000  # characters of a text that are looked through
MATCHES = 200  # looked at when choosing the passage


@dataclass(frozen=True, slots=True)
class Looked:
    """What to mark: whole words, their stems in each of `languages`, phrases of several, and a prefix ("" for none).

    `candidates` finds the words that are worth folding and stemming; `seen` remembers what came of it.
    """

    words: frozenset[str]
    stems: frozenset[str]
    phrases: tuple[tuple[str, ...], ...]
    prefix: str
    languages: tuple[str, ...]
    candidates: re.Pattern[str]
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


def looked(query: Query, languages: tuple[str, ...]) -> Looked:
    """Prepare to mark what a query asks for, in any number of texts."""
    single = [word.tokens[0] for word in query.words if len(word.tokens) == 1]
    phrases = tuple(word.tokens for word in query.words if len(word.tokens) > 1)
    stems = frozenset(stem(word, code) for word in single for code in languages)
    return Looked(
        words=frozenset(single),
        stems=stems,
        phrases=phrases,
        prefix=next((word.tokens[0] for word in query.words if word.prefix), ""),
        languages=languages,
        candidates=beginning_like({*single, *stems, *(phrase[0] for phrase in phrases)}),
        seen={},
    )


@dataclass(frozen=True, slots=True)
class Match:
    """A marked stretch of the text, and what of the query it stands for."""

    start: int
    end: int
    key: str


def snippet(text: str, looked: Looked) -> Markup:
    """Cut the passage with most of what was looked for, or the beginning when nothing of it is there."""
    flat = " ".join(text[:READ].split())
    matches = _matches(flat, looked)
    start, end = _bounds(flat, _best(matches))
    parts = [Markup("… ") if start else Markup()]
    at = start
    for match in matches:
        if match.start >= at and match.end <= end:
            parts += [
                escape(flat[at : match.start]),
                Markup("<mark>%s</mark>") % flat[match.start : match.end],
            ]
            at = match.end
    parts += [escape(flat[at:end]), Markup(" …") if end < len(flat) else Markup()]
    return Markup().join(parts)


def _matches(text: str, looked: Looked) -> list[Match]:
    """Find at most MATCHES stretches that do not overlap, in order."""
    return _without_overlaps(list(islice(_candidates(text, looked), MATCHES)))


def _candidates(text: str, looked: Looked) -> Iterator[Match]:
    for match in looked.candidates.finditer(text):
        folded, key = looked.key(match[0])
        if key:
            yield Match(match.start(), match.end(), key)
        for phrase in looked.phrases:
            if phrase[0] == folded:
                follow = list(islice(written(text, match.start()), len(phrase)))
                if tuple(fold(word[0]) for word in follow) == phrase:
                    yield Match(match.start(), follow[-1].end(), " ".join(phrase))


def _without_overlaps(found: list[Match]) -> list[Match]:
    """Keep the longer of two stretches that overlap, in order."""
    kept: list[Match] = []
    for match in sorted(found, key=lambda match: (match.start, -match.end)):
        if not kept or match.start >= kept[-1].end:
            kept.append(match)
    return kept


def _best(matches: Sequence[Match]) -> Match | None:
    """Return the match with which the best passage begins: most different words, then most, then the first."""
    best, best_rank = None, (0, 0)
    for n, first in enumerate(matches):
        within = []
        for match in matches[n : n + 40]:
            if match.end > first.start + LENGTH - BEFORE:
                break
            within.append(match.key)
        rank = (len(set(within)), len(within))
        if rank > best_rank:
            best, best_rank = first, rank
    return best or (matches[0] if matches else None)


def _bounds(text: str, first: Match | None) -> tuple[int, int]:
    """Choose where a passage begins and ends: at a sentence's beginning if one is near, else between words."""
    start = max(0, first.start - BEFORE) if first else 0
    if first and start:
        sentence = max(text.rfind(mark, start, first.start) for mark in (". ", "? ", "! ", "… "))
        space = text.find(" ", start, first.start)
        start = sentence + 2 if sentence >= 0 else space + 1 if space >= 0 else start
    end = start + LENGTH
    if end >= len(text):
        return start, len(text)
    space = text.rfind(" ", start + LENGTH // 2, end)
    return start, max(space if space > 0 else end, first.end if first else 0)
