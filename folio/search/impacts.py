"""A document -> its terms, each with a weight for ranking: BM25F, computed at indexing.

The weight sums up where a word stands (title, tags, headings, captions, body) and how often, bounded and relative to a
fixed length of text; a query only multiplies it by the word's rarity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

TITLE, TAGS, DATE, HEADINGS, CAPTIONS = 4.0, 2.0, 2.0, 1.2, 0.8  # the highest weight of a word in each field
SATURATION, BY_LENGTH = 1.2, 0.6  # BM25's k1, how soon repetition stops counting, and b, how much length counts
TYPICAL_WORDS = 900  # of a text, in place of BM25's average length
SHORT_TITLE = 3  # words; in a longer one each counts less
STEP = 24  # a weight is one byte: a multiple of 1/24, at most MOST
MOST = 255

Places = Sequence[tuple[float, Sequence[str]]]  # for each field, the highest weight of a word, and its words


def impacts(body: Mapping[str, int], places: Places, length: int) -> dict[str, int]:
    """Return the weight of each term; `body` counts the terms of the text, which has `length` words; `places` add."""
    norm = SATURATION * (1 - BY_LENGTH + BY_LENGTH * length / TYPICAL_WORDS)
    by_count = {n: max(1, round(STEP * (SATURATION + 1) * n / (n + norm))) for n in set(body.values())}
    weights = {term: by_count[count] for term, count in body.items()}
    for most, terms in places:
        weight = round(STEP * most * (1 if len(terms) <= SHORT_TITLE else 0.6 + 0.4 * SHORT_TITLE / len(terms)))
        for term in set(terms):
            weights[term] = min(MOST, weights.get(term, 0) + weight)
    return weights
