"""Site + an unknown address -> the pages that were probably meant, for the 404."""

from __future__ import annotations

import difflib
import heapq
import re
from collections.abc import Iterable, Iterator

from folio import holders
from folio.content import Page
from folio.holders import Holders
from folio.snapshot import Site

CANDIDATES = 16  # pages compared letter by letter, those that share most words first
COMMON = 100  # pages considered of a word that more have, such as a folder's name
SLIPS = 3  # unknown words of an address, each compared with every known one
LIKENESS = 0.5
SUGGESTED = 5  # pages at most
SAME_FOLDER = 0.1  # added if the first segments of two addresses are equal
ADDRESS_CHARACTERS = 200


def words(text: str) -> frozenset[str]:
    """Return the distinctive words of an address or a title: casefolded, of at least three letters."""
    return frozenset(word for word in re.split(r"[\W_]+", text.casefold()) if len(word) > 2 and not word.isdigit())


def vocabulary(site: Site) -> Holders:
    """Map every word of public titles and addresses to the URLs of the pages that have it."""
    return holders.gather((page.url, _words_of(page)) for page in site.public)


def vocabulary_after(known: Holders, replaced: Iterable[tuple[Page | None, Page | None]]) -> Holders:
    """Return `known` updated for a few public pages, given as (old, new)."""
    changes = ((page.url, _words_of(old), _words_of(new)) for old, new in replaced if (page := new or old))
    return holders.changed(known, changes)


def _words_of(page: Page | None) -> frozenset[str]:
    return words(f"{page.url} {page.title}") if page else frozenset()


def nearest(site: Site, known: Holders, address: str) -> tuple[Page, ...]:
    """Return the pages that an address, or a query, probably means, the likeliest first, allowing for typing errors.

    `known` is the vocabulary of the site.
    """
    asked = address[:ADDRESS_CHARACTERS].strip("/").casefold()
    shared: dict[str, float] = {}
    for match in sorted(_meant(known, asked), key=lambda word: (len(known[word]), word)):
        for url in known[match][:COMMON]:
            shared[url] = shared.get(url, 0.0) + 1 / len(known[match])
    likely = heapq.nsmallest(CANDIDATES, shared, key=lambda url: (-shared[url], url))
    pages = [page for url in likely if (page := site.page(url))]
    scored = sorted(((_likeness(asked, page), page) for page in pages), key=lambda s: (-s[0], s[1].url))
    return tuple(page for score, page in scored if score >= LIKENESS)[:SUGGESTED]


def _meant(known: Holders, asked: str) -> Iterator[str]:
    """Yield the known words of an address, and those that its longest unknown words probably mean."""
    unknown = []
    for word in sorted(words(asked)):
        if word in known:
            yield word
        else:
            unknown.append(word)
    for word in sorted(unknown, key=lambda word: (-len(word), word))[:SLIPS]:
        yield from difflib.get_close_matches(word, _alike(known, word), n=2, cutoff=0.8)


def _alike(known: Holders, word: str) -> list[str]:
    """Return the known words of about the same length, with the same first or last letter, that lack few letters."""
    letters, others = set(word), 0.2 * len(word) + 0.8  # with more missing letters the ratio is below 0.8
    return [
        k
        for k in known
        if abs(len(k) - len(word)) <= 2
        and (k[0] == word[0] or k[-1] == word[-1])
        and len(letters.difference(k)) <= others
    ]


def _likeness(asked: str, page: Page) -> float:
    """Return the similarity of an address and a page, 0 to 1.1; inexact below LIKENESS, where exactness costs time."""
    own = page.url.strip("/").casefold()
    tail = own.rpartition("/")[2]
    compare = difflib.SequenceMatcher(None, asked.rpartition("/")[2])
    best = 0.0
    for candidate in (tail, page.title.casefold()):
        compare.set_seq2(candidate)
        worth = max(best, LIKENESS - SAME_FOLDER)
        if compare.real_quick_ratio() >= worth and compare.quick_ratio() >= worth:  # upper bounds
            best = max(best, compare.ratio())
    return best + (SAME_FOLDER if own.split("/")[0] == asked.split("/")[0] else 0.0)
