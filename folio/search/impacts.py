"""A document -> its terms, each with the weight that a query finds it by: BM25F, worked out when it is indexed.

What a word counts by where it stands (title, tags, headings, captions, body) and by how often, is added up and bounded
here, against a fixed length of text: a query only multiplies by how rare the word is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

TITLE, TAGS, DATE, HEADINGS, CAPTIONS = 4.0, 2.0, 2.0, 1.2, 0.8  # the most that one word counts by standing there
SATURATION, BY_LENGTH = 1.2, 0.6  # of BM25: how soon more of the same word stops counting; how much a long text loses
TYPICAL_WORDS = 900  # of a text
SHORT_TITLE = 3  # words; in a longer one each counts less
STEP = 24  # weights are a byte: multiples of 1/24, at most MOST
MOST = 255

Places = Sequence[tuple[float, Sequence[str]]]  # what a word counts there at most, and the words


def impacts(body: Mapping[str, int], places: Places, length: int) -> dict[str, int]:
    """Weigh each term: `body` counts terms of the whole text of `length` words; `places` add to it."""
    norm = SATURATION * (1 - BY_LENGTH + BY_LENGTH * length / TYPICAL_WORDS)
    by_count = {n: max(1, round(STEP * (SATURATION + 1) * n / (n + norm))) for n in set(body.values())}
    weights = {term: by_count[count] for term, count in body.items()}
    for most, terms in places:
        weight = round(STEP * most * (1 if len(terms) <= SHORT_TITLE else 0.6 + 0.4 * SHORT_TITLE / len(terms)))
        for term in set(terms):
            weights[term] = min(MOST, weights.get(term, 0) + weight)
    return weights
