"""Site -> what leads where: for now the nearest pages to an address that leads nowhere."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from folio.content import Page
from folio.site import Site

CANDIDATES = 40  # pages compared letter by letter, those that share most words first
LIKENESS = 0.5
WORDS = 8  # of an address that are compared
ADDRESS_CHARACTERS = 200


def words(text: str) -> frozenset[str]:
    """Return the words of an address or a title that tell things apart: folded, at least three letters."""
    return frozenset(word for word in re.split(r"[\W_]+", text.casefold()) if len(word) > 2 and not word.isdigit())


def vocabulary(site: Site) -> Mapping[str, tuple[Page, ...]]:
    """Return every word of public titles and addresses with the pages that have it: built once a generation."""
    held: dict[str, list[Page]] = {}
    for page in site.public:
        for word in sorted(words(f"{page.url} {page.title}")):
            held.setdefault(word, []).append(page)
    return {word: tuple(pages) for word, pages in held.items()}


def nearest(known: Mapping[str, tuple[Page, ...]], address: str, limit: int = 5) -> tuple[Page, ...]:
    """Return the pages an address was probably meant for, the likeliest first; a slip in a word is forgiven."""
    shared: dict[str, float] = {}
    pages: dict[str, Page] = {}
    asked = address[:ADDRESS_CHARACTERS].strip("/").casefold()
    for word in sorted(words(asked))[:WORDS]:
        near = (word,) if word in known else difflib.get_close_matches(word, _alike(known, word), n=2, cutoff=0.8)
        for match in near:
            for page in known[match]:
                pages[page.url] = page
                shared[page.url] = shared.get(page.url, 0.0) + 1 / len(known[match])
    likely = [url for url, _ in sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:CANDIDATES]]
    scored = sorted(((_likeness(asked, pages[url]), url) for url in likely), key=lambda s: (-s[0], s[1]))
    return tuple(pages[url] for score, url in scored if score >= LIKENESS)[:limit]


def _alike(known: Mapping[str, tuple[Page, ...]], word: str) -> list[str]:
    """Return known words worth comparing: of about the same length, the same first or last letter, few others."""
    letters, others = set(word), 0.2 * len(word) + 0.8  # more strange letters than that, and the ratio is below 0.8
    return [
        k
        for k in known
        if abs(len(k) - len(word)) <= 2
        and (k[0] == word[0] or k[-1] == word[-1])
        and len(letters.difference(k)) <= others
    ]


def _likeness(asked: str, page: Page) -> float:
    own = page.url.strip("/").casefold()
    tail = own.rpartition("/")[2]
    compare = difflib.SequenceMatcher(None, asked.rpartition("/")[2])
    best = 0.0
    for candidate in (tail, page.title.casefold()):
        compare.set_seq2(candidate)
        best = max(best, compare.ratio())
    return best + (0.1 if own.split("/")[0] == asked.split("/")[0] else 0.0)
