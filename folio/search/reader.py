"""The index, open for reading: a Query -> documents with scores, and their texts. Used by one thread at a time.

Each word of a query is asked for by itself and the answers are put together here: that bounds the work, and tells how
many of the words each page has. Whoosh's own parser, phrases, prefixes and wildcards are never used.
"""

from __future__ import annotations

import json
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folio.search import seal
from folio.search.query import Query, Word
from folio.search.words import stem

if TYPE_CHECKING:
    from whoosh.query import Query as WhooshQuery
    from whoosh.searching import Searcher

WEIGHTS = {"title": 8.0, "tags": 4.0, "heads": 2.5, "body": 1.0}  # of stems, by where they stand
EXACT = 0.5  # more, for the very word
EXPANSIONS = 24  # of a prefix: the commonest words that begin with it
EXPANDED = 0.3  # of their weight
PHRASE = 1.5  # a phrase is worth this times its words
VERIFIED = 1_000  # pages looked into for the phrases of a query, the best first
COMMON_PAGES = 200  # from this many pages on, a word that half of them have only counts where it is prominent
POSTINGS = 12_000  # pages of all words of a query together, past which a word only counts where it is prominent
EXPANDED_POSTINGS = 2_000  # of a prefix's longer words

Scores = dict[int, float]  # document number -> score


@dataclass(frozen=True, slots=True)
class Found:
    """URLs with their scores; `unknown` are the words of the query that no page has.

    `all_words` is False when no page has every word, and these have the most of them.
    """

    scores: Mapping[str, float]
    all_words: bool
    unknown: tuple[Word, ...]


class Reader:
    """One sealed state of the index. Raises whatever Whoosh raises on bad files; the caller drops it then."""

    def __init__(self, path: Path, sealed: seal.Seal) -> None:
        from whoosh.filedb.filestore import FileStorage
        from whoosh.scoring import BM25F

        self.seal = sealed
        vocabulary = json.loads((path / seal.VOCABULARY).read_text(encoding="utf-8"))
        self._words: Sequence[str] = vocabulary["words"]
        self._counts: Sequence[int] = vocabulary["counts"]
        # Not mapped into memory: reading a map whose file was cut short is a SIGBUS, the end of the whole engine.
        storage = FileStorage(str(path), supports_mmap=False, readonly=True)
        self._searcher: Searcher = storage.open_index().searcher(weighting=BM25F())
        reader = self._searcher.reader()
        self._pages = reader.doc_count()
        column = reader.column_reader("url") if self._pages else ()
        self._urls: Sequence[str] = [column[n] for n in range(reader.doc_count_all())] if self._pages else []
        self._numbers = {url: n for n, url in enumerate(self._urls) if not reader.is_deleted(n)}

    def close(self) -> None:
        self._searcher.close()

    def find(self, query: Query, allowed: Mapping[str, Any], languages: Sequence[str]) -> Found:
        """Find the allowed pages that have every word of the query, or failing that, as many as any page has."""
        stems = _Stems(languages)
        words = list({word.tokens: word for word in query.words}.values())  # asked for once, however often typed
        common = self._common(words)
        verified = VERIFIED // max(1, sum(len(word.tokens) > 1 for word in (*query.words, *query.excluded)))
        required: list[tuple[Word, Scores]] = []
        bonus: list[tuple[Word, Scores]] = []
        for word in words:
            scores = self._scores(self._prominent(word, stems) if word in common else self._anywhere(word, stems))
            (bonus if word in common else required).append((word, self._kept(word, scores, allowed, verified)))
        out = {number for word in query.excluded for number in self._of(word, allowed, verified)}
        counts = _counted([scores for _, scores in required], out)
        most = max(counts.values(), default=0)
        totals = {
            self._urls[number]: sum(scores.get(number, 0.0) for _, scores in (*required, *bonus))
            for number, count in counts.items()
            if count == most
        }
        return Found(totals, most == len(required), tuple(word for word, scores in required if not scores))

    def texts(self, urls: Iterable[str]) -> dict[str, str]:
        """Return the plain text of the documents of a few URLs."""
        numbers = [(url, self._numbers[url]) for url in urls if url in self._numbers]
        return {url: _unpacked(self._searcher.stored_fields(number)["text"]) for url, number in numbers}

    def prefixed(self, prefix: str, postings: int) -> list[str]:
        """Return the commonest words that begin with a prefix and are longer, with at most `postings` pages in all."""
        start, end = bisect_left(self._words, prefix), bisect_left(self._words, prefix + "\U0010ffff")
        longer: list[str] = []
        for n in nlargest(EXPANSIONS + 1, range(start, end), key=self._counts.__getitem__):
            if self._words[n] != prefix and self._counts[n] <= postings:
                longer.append(self._words[n])
                postings -= self._counts[n]
        return longer[:EXPANSIONS]

    def _of(self, word: Word, allowed: Mapping[str, Any], verified: int) -> Scores:
        from whoosh.query import And, Term

        asked = And([Term("words", token) for token in word.tokens])
        return self._kept(word, self._scores(asked), allowed, verified)

    def _common(self, words: Sequence[Word]) -> set[Word]:
        """Choose the words that all pages need not have, as too many have them; the rarest is never among them."""
        frequency = {word: min(self._searcher.doc_frequency("words", t) for t in word.tokens) for word in words}
        rarest, *others = sorted(frequency, key=lambda word: (frequency[word], word.written))
        spent, common = frequency[rarest], set()
        for word in others:
            spent += frequency[word]
            if spent > POSTINGS or (self._pages >= COMMON_PAGES and frequency[word] * 2 > self._pages):
                common.add(word)
        return common

    def _anywhere(self, word: Word, stems: _Stems) -> WhooshQuery:
        """Ask for a word in every field; for a phrase, for each of its words as they are written."""
        from whoosh.query import And, AndMaybe, Term

        if len(word.tokens) > 1:
            stemmed = {found for token in word.tokens for found in stems.of(token)}
            beside = _any(self._by_field(sorted(stemmed), {"title": WEIGHTS["title"], "tags": WEIGHTS["tags"]}, 1.0))
            return AndMaybe(And([Term("words", token) for token in word.tokens]), beside)
        token = word.tokens[0]
        terms = [Term("words", token, boost=EXACT), *self._by_field(stems.of(token), WEIGHTS, 1.0)]
        if word.prefix:
            longer = self.prefixed(token, EXPANDED_POSTINGS)
            terms += [Term("words", other, boost=EXPANDED) for other in longer]
            prominent = {field: weight for field, weight in WEIGHTS.items() if field in ("title", "tags")}
            found = {found for other in longer for found in stems.of(other)} - set(stems.of(token))
            terms += self._by_field(sorted(found), prominent, EXPANDED)
        return _any(terms)

    def _prominent(self, word: Word, stems: _Stems) -> WhooshQuery:
        prominent = {field: weight for field, weight in WEIGHTS.items() if field != "body"}
        return _any(self._by_field([found for token in word.tokens for found in stems.of(token)], prominent, 1.0))

    def _by_field(self, stems: Iterable[str], weights: Mapping[str, float], times: float) -> list[WhooshQuery]:
        from whoosh.query import Term

        return [Term(field, found, boost=weight * times) for found in stems for field, weight in weights.items()]

    def _scores(self, asked: WhooshQuery) -> Scores:
        return dict(self._searcher.search(asked, limit=None).items())

    def _kept(self, word: Word, scores: Scores, allowed: Mapping[str, Any], verified: int) -> Scores:
        """Keep what may be shown, and of a phrase what really has it: at most `verified` pages are looked into."""
        urls = self._urls
        scores = {number: score for number, score in scores.items() if urls[number] in allowed}
        if len(word.tokens) < 2:
            return scores
        phrase = f" {' '.join(word.tokens)} "
        best = nlargest(verified, scores, key=lambda number: (scores[number], urls[number]))
        return {n: PHRASE * scores[n] for n in best if phrase in f" {self._folded(n)} "}

    def _folded(self, number: int) -> str:
        return _unpacked(self._searcher.stored_fields(number)["folded"])


def _any(terms: list[WhooshQuery]) -> WhooshQuery:
    """Ask for any of the terms, by the plain matcher: Whoosh's own choice takes twice as long over all hits."""
    from whoosh.query import Or

    asked = Or(terms)
    asked.matcher_type = Or.DEFAULT_MATCHER
    return asked


class _Stems:
    """The stems of words in every language of the site."""

    def __init__(self, languages: Sequence[str]) -> None:
        self._languages = languages

    def of(self, token: str) -> list[str]:
        return sorted({stem(token, code) for code in self._languages})


def _counted(answers: Sequence[Scores], out: set[int]) -> dict[int, int]:
    """Count for each document how many answers have it, without those that are `out`."""
    counts: dict[int, int] = {}
    for scores in answers:
        for number in scores:
            if number not in out:
                counts[number] = counts.get(number, 0) + 1
    return counts


def _unpacked(packed: bytes) -> str:
    return zlib.decompress(packed).decode()
