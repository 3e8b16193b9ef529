"""A Query and an open index -> documents with scores. Bounded by words, by pages whose text is read, and by time.

The rarest word of a query selects the pages; each further word is only scored for those left. If no page has every
word, those with the most words are found. Phrases are checked in the texts of the best-scored pages.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from folio.markdown.stopwords import FUNCTION
from folio.search.impacts import STEP
from folio.search.query import Query, Word
from folio.search.reader import Posting, Reader
from folio.search.words import stem

EXACT = 0.25  # bonus for the exact word, beside its stem
EXPANSIONS = 16  # words tried for a prefix: the commonest that begin with it
EXPANDED = 0.4  # factor on their weight
PHRASE = 1.5  # factor on the rarities of a phrase's words
VERIFIED = 400  # pages whose text is searched for the phrases of a query, the best first
COMMON_PAGES = 200  # from this many pages on, a word that half of them have counts as a function word
BUDGET_SECONDS = 0.15  # for finding; snippets take some more

Scores = dict[int, float]  # document number -> score
Holds = Callable[[int, Sequence[tuple[str, ...]]], bool]  # does the text of a document hold all these phrases?


@dataclass(frozen=True, slots=True)
class Found:
    """Documents with their scores; `unknown` are the words of the query that no page has.

    `all_words` is False if no page has every word; these have the most of them. `partial`: time ran out.
    """

    scores: Scores
    all_words: bool = True
    unknown: tuple[Word, ...] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One form of a word in the index (a stem, the exact word, an expansion), with the factor on its weights."""

    posting: Posting
    factor: float

    def scores(self, within: AbstractSet[int] | None) -> Iterable[tuple[int, float]]:
        """Yield the documents with the term and their scores; it may skip those not in `within` (None: all)."""
        numbers, unit = self.posting.numbers, self.factor / STEP
        worth = {weight: unit * weight for weight in set(self.posting.weights)}
        if within is None or len(numbers) < 2 * len(within):
            return zip(numbers, map(worth.__getitem__, self.posting.weights), strict=True)
        weights = dict(zip(numbers, self.posting.weights, strict=True))
        return [(number, worth[weights[number]]) for number in within & weights.keys()]


_NOWHERE = Term(Posting((), b""), 0.0)


class Budget:
    """The time that a query may take. `clock` returns seconds, by default of this thread's CPU time."""

    def __init__(self, clock: Callable[[], float] = time.thread_time, seconds: float = BUDGET_SECONDS) -> None:
        self._clock, self._until, self._seconds = clock, clock() + seconds, seconds

    @property
    def is_spent(self) -> bool:
        return self._clock() > self._until

    @property
    def is_overdrawn(self) -> bool:
        """True if one and a half times the budget is spent: then hits show descriptions, not snippets."""
        return self._clock() > self._until + self._seconds / 2


@dataclass(frozen=True, slots=True)
class Search:
    """The search of one query in one state of the index. `allowed` are the documents that may be found."""

    reader: Reader
    allowed: AbstractSet[int]
    languages: Sequence[str]
    holds: Holds
    budget: Budget

    def find(self, query: Query) -> Found:
        """Find the pages that have every word of the query, or else those with the most of them."""
        words = list({word.tokens: word for word in query.words}.values())  # each once, however often typed
        terms = {word: self._terms(word) for word in words}
        needed, common = self._divided(words, terms)
        unknown = tuple(word for word in needed if not any(term.posting.numbers for term in terms[word]))
        scores = {} if unknown else self._with_all(needed, terms)
        found = self._verified(Found(scores), query, terms)
        if not found.scores and len(query.tokens) > 1 and not found.partial:
            words = [word for word in query.loosened().words if word not in common]
            found = self._with_most(words, {word: self._terms(word) for word in words})
            found = Found(self._without(found.scores, query.excluded), False, unknown, self.budget.is_spent)
        scores = found.scores
        for word in common:
            for number, score in self._sum(terms[word], scores.keys()).items():
                scores[number] += score
        return Found(scores, found.all_words, unknown, found.partial)

    def _terms(self, word: Word) -> tuple[Term, ...]:
        """Return the forms of a word; for a phrase, first the pages with all its words, then it as one joined word."""
        if self.budget.is_spent:
            return ()
        if len(word.tokens) > 1:
            in_one = self._terms(Word(word.written, (word.joined,), word.prefix)) if word.joined else ()
            return (self._of_phrase(word), *in_one)
        token = word.tokens[0]
        exact = self.reader.posting("words", token)
        forms = [self.reader.posting("stems", form) for form in {stem(token, code) for code in self.languages}]
        rarity = self.reader.rarity(max(len(one.numbers) for one in forms))
        terms = [Term(one, rarity) for one in forms if one.numbers]
        terms.append(Term(exact, (EXACT if terms else 1.0) * self.reader.rarity(len(exact.numbers))))
        if word.prefix:
            longer = (self.reader.posting("words", other) for other in self.reader.prefixed(token, EXPANSIONS))
            terms += [Term(one, EXPANDED * self.reader.rarity(len(one.numbers))) for one in longer]
        return tuple(terms)

    def _of_phrase(self, word: Word) -> Term:
        each = [self.reader.posting("words", token) for token in dict.fromkeys(word.tokens)]
        each.sort(key=lambda one: len(one.numbers))
        both = set(each[0].numbers).intersection(*(one.numbers for one in each[1:]))
        rarest = each[0]
        kept = [(n, weight) for n, weight in zip(rarest.numbers, rarest.weights, strict=True) if n in both]
        posting = Posting([n for n, _ in kept], bytes(weight for _, weight in kept))
        return Term(posting, PHRASE * sum(self.reader.rarity(len(one.numbers)) for one in each))

    def _divided(
        self, words: Sequence[Word], terms: Mapping[Word, tuple[Term, ...]]
    ) -> tuple[list[Word], tuple[Word, ...]]:
        """Divide words into those that a page must have, the rarest first, and function or very common words."""
        count = {word: sum(len(term.posting.numbers) for term in terms[word][:1]) for word in words}
        pages = len(self.reader.numbers)
        common = [
            word
            for word in words
            if len(word.tokens) == 1
            and (word.tokens[0] in FUNCTION or (pages >= COMMON_PAGES and count[word] * 2 > pages))
        ]
        if len(common) == len(words):
            common.remove(min(common, key=lambda word: (count[word], word.written)))
        needed = [word for word in words if word not in common]
        return sorted(needed, key=lambda word: (count[word], word.written)), tuple(common)

    def _with_all(self, words: Sequence[Word], terms: Mapping[Word, tuple[Term, ...]]) -> Scores:
        left: Scores | None = None
        for word in words:
            scores = self._sum(terms[word], self.allowed if left is None else left.keys())
            left = scores if left is None else {n: left[n] + score for n, score in scores.items()}
            if not left:
                break
        return left or {}

    def _with_most(self, words: Sequence[Word], terms: Mapping[Word, tuple[Term, ...]]) -> Found:
        counts: Counter[int] = Counter()
        totals: Counter[int] = Counter()
        for word in words:
            scores = self._sum(terms[word], self.allowed)
            counts.update(scores.keys())
            for number, score in scores.items():
                totals[number] += score  # type: ignore[assignment]  # a Counter counts by anything
        most = max(counts.values(), default=0)
        return Found({number: totals[number] for number, count in counts.items() if count == most})

    def _sum(self, terms: Sequence[Term], within: AbstractSet[int]) -> Scores:
        """Return the sum of the scores of a word's forms for each of the documents `within`."""
        first, *others = terms or (_NOWHERE,)
        total = dict(first.scores(within))
        for term in others:
            for number, score in term.scores(within):
                total[number] = total.get(number, 0.0) + score
        return {number: total[number] for number in total.keys() & within}

    def _verified(self, found: Found, query: Query, terms: Mapping[Word, Sequence[Term]]) -> Found:
        """Keep the pages that hold the phrases, in their text or as one joined word, and none of the excluded words."""
        scores = self._without(found.scores, query.excluded)
        phrases = {
            word.tokens: {number for term in terms[word][1:] for number in term.posting.numbers}
            for word in terms
            if len(word.tokens) > 1
        }
        if not phrases:
            return Found(scores, partial=self.budget.is_spent)
        kept: Scores = {}
        best = sorted(scores, key=lambda number: (-scores[number], number))
        for done, number in enumerate(best):
            if done >= VERIFIED or self.budget.is_spent:
                return Found(kept, partial=True)
            unsure = [phrase for phrase, sure in phrases.items() if number not in sure]
            if not unsure or self.holds(number, unsure):
                kept[number] = scores[number]
        return Found(kept, partial=self.budget.is_spent)

    def _without(self, scores: Scores, excluded: Sequence[Word]) -> Scores:
        for word in excluded:
            gone = self._sum(self._terms(word), scores.keys()).keys()
            if len(word.tokens) > 1:
                best = sorted(gone, key=lambda number: (-scores[number], number))[:VERIFIED]
                gone = {n: 0.0 for n in best if not self.budget.is_spent and self.holds(n, [word.tokens])}.keys()
            scores = {number: score for number, score in scores.items() if number not in gone}
        return scores
