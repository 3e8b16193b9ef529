"""The index, open for reading: terms -> documents with weights, prefixes and misspellings -> words, documents -> texts.

Used by one thread at a time. Documents are numbered from 0 across all segments. finding.py does the ranking.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nlargest
from pathlib import Path
from typing import Any

from folio.search import seal, texts
from folio.search.texts import Part

LETTERS = 48  # the site's commonest letters, tried to correct a misspelt word
LONGEST_MISSPELT = 24  # characters
MARGIN = "\U0010ffff"  # sorts after every word


@dataclass(frozen=True, slots=True)
class Posting:
    """The documents with a term, ascending, deleted ones included, and one byte of weight for each."""

    numbers: Sequence[int]
    weights: bytes


@dataclass(frozen=True)
class Segment:
    """One of Whoosh's segments; they never change, so new states of the index share them."""

    name: str
    reader: Any
    urls: tuple[str, ...]
    texts: Any
    words: Sequence[str]  # sorted
    counts: Sequence[int]

    @cached_property
    def letters(self) -> Counter[str]:
        return Counter("".join(self.words))


class Reader:
    """One sealed state of the index. Raises whatever Whoosh raises on bad files; the caller must then drop it."""

    def __init__(self, path: Path, sealed: seal.Seal, before: Reader | None = None) -> None:
        from whoosh.filedb.filestore import FileStorage

        self.seal = sealed
        # Not memory-mapped: reading a mapped file that was truncated raises SIGBUS, which ends the whole engine.
        index = FileStorage(str(path), supports_mmap=False, readonly=True).open_index()
        known = {segment.name: segment for segment in before.segments} if before else {}
        listed = index._segments()
        self.segments: tuple[Segment, ...] = tuple(known.get(one.segment_id()) or _opened(index, one) for one in listed)
        self.numbers: dict[str, int] = {}  # of the documents not deleted, by URL
        self._bases: list[int] = []
        base = 0
        for segment, one in zip(self.segments, listed, strict=True):
            self._bases.append(base)
            gone = set(one.deleted_docs())
            self.numbers |= {url: base + n for n, url in enumerate(segment.urls) if n not in gone}
            base += len(segment.urls)

    def close(self, kept: Reader | None = None) -> None:
        """Close the segments, except for those that the reader `kept` shares."""
        shared = {segment.name for segment in kept.segments} if kept else ()
        for segment in self.segments:
            if segment.name not in shared:
                segment.reader.close()

    def posting(self, field: str, term: str) -> Posting:
        """Return the documents with a term; two empty sequences if there are none."""
        from folio.search.segments import postings

        found = [
            postings(segment.reader, field, term, base)
            for base, segment in zip(self._bases, self.segments, strict=True)
        ]
        found = [one for one in found if one[0]]
        if len(found) == 1:
            return Posting(*found[0])
        return Posting([n for numbers, _ in found for n in numbers], b"".join(weights for _, weights in found))

    def rarity(self, documents: int) -> float:
        """Return BM25's idf of a term that so many documents have."""
        return math.log(1 + (max(len(self.numbers), documents) - documents + 0.5) / (documents + 0.5))

    def text(self, number: int) -> tuple[Part, ...]:
        """Return the text of a document by its headings."""
        at = next(n for n in range(len(self._bases) - 1, -1, -1) if self._bases[n] <= number)
        return texts.unpack(self.segments[at].texts[number - self._bases[at]])

    def prefixed(self, prefix: str, most: int) -> list[str]:
        """Return the commonest words that begin with a prefix and are longer, at most `most`."""
        counts: Counter[str] = Counter()
        for segment in self.segments:
            start = bisect_left(segment.words, prefix)
            end = bisect_left(segment.words, prefix + MARGIN, start)
            for n in nlargest(2 * most, range(start, end), key=segment.counts.__getitem__):
                counts[segment.words[n]] += segment.counts[n]
        del counts[prefix]
        return [word for word, _ in counts.most_common(most)]

    def count(self, word: str) -> int:
        """Return how many documents have a word, deleted ones included."""
        places = ((segment, bisect_left(segment.words, word)) for segment in self.segments)
        return sum(s.counts[n] for s, n in places if n < len(s.words) and s.words[n] == word)

    def near(self, word: str) -> list[str]:
        """Return the indexed words one edit away from a word: those with the same first letter, then the commonest."""
        if len(word) > LONGEST_MISSPELT:
            return []
        counts = {other: count for other in set(edits(word, self.letters)) if (count := self.count(other))}
        counts.pop(word, None)
        return sorted(counts, key=lambda other: (other[0] != word[0], -counts[other], other))

    @cached_property
    def letters(self) -> tuple[str, ...]:
        total = sum((segment.letters for segment in self.segments), Counter[str]())
        return tuple(letter for letter, _ in total.most_common(LETTERS))


def _opened(index: Any, listed: Any) -> Segment:
    from whoosh.reading import SegmentReader

    from folio.search import segments

    reader = SegmentReader(index.storage, index.schema, listed)
    urls = tuple(str(url, "utf-8") for url in segments.column(reader, segments.ADDRESS))
    words, counts = segments.vocabulary(reader)
    return Segment(listed.segment_id(), reader, urls, segments.column(reader, segments.TEXT), words, counts)


def edits(word: str, letters: Iterable[str]) -> Iterator[str]:
    """Yield every string one edit away: a letter inserted, deleted, replaced, or swapped with its neighbour."""
    for n in range(len(word) + 1):
        head, tail = word[:n], word[n:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in letters:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]
