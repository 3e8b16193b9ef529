"""Site -> the nearest pages to an address that leads nowhere, for the 404."""

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
COMMON = 100  # pages looked at of a word that more have, such as a folder's name
SLIPS = 3  # unknown words of an address that are compared with every known one
LIKENESS = 0.5
SAME_FOLDER = 0.1  # more alike where the first parts of two addresses are the same
ADDRESS_CHARACTERS = 200


def words(text: str) -> frozenset[str]:
    """Return the words of an address or a title that tell things apart: folded, at least three letters."""
    return frozenset(word for word in re.split(r"[\W_]+", text.casefold()) if len(word) > 2 and not word.isdigit())


def vocabulary(site: Site) -> Holders:
    """Return every word of public titles and addresses with the URLs of the pages that have it."""
    return holders.gather((page.url, _words_of(page)) for page in site.public)


def vocabulary_after(known: Holders, replaced: Iterable[tuple[Page | None, Page | None]]) -> Holders:
    """Return the same when a few public pages, given as (old, new), are others, come or go."""
    changes = ((page.url, _words_of(old), _words_of(new)) for old, new in replaced if (page := new or old))
    return holders.changed(known, changes)


def _words_of(page: Page | None) -> frozenset[str]:
    return words(f"{page.url} {page.title}") if page else frozenset()


def nearest(site: Site, known: Holders, address: str, limit: int = 5) -> tuple[Page, ...]:
    """Return the pages an address was probably meant for, the likeliest first; a slip in a word is forgiven.

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
    return tuple(page for score, page in scored if score >= LIKENESS)[:limit]


def _meant(known: Holders, asked: str) -> Iterator[str]:
    """Yield the known words of an address, and those that its longest unknown ones were probably meant for."""
    unknown = []
    for word in sorted(words(asked)):
        if word in known:
            yield word
        else:
            unknown.append(word)
    for word in sorted(unknown, key=lambda word: (-len(word), word))[:SLIPS]:
        yield from difflib.get_close_matches(word, _alike(known, word), n=2, cutoff=0.8)


def _alike(known: Holders, word: str) -> list[str]:
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
    """Say how alike an address and a page are, 0 to 1.1; exactly so only from LIKENESS on, since that takes long."""
    own = page.url.strip("/").casefold()
    tail = own.rpartition("/")[2]
    compare = difflib.SequenceMatcher(None, asked.rpartition("/")[2])
    best = 0.0
    for candidate in (tail, page.title.casefold()):
        compare.set_seq2(candidate)
        worth = max(best, LIKENESS - SAME_FOLDER)
        if compare.real_quick_ratio() >= worth and compare.quick_ratio() >= worth:  # bounds from above
            best = max(best, compare.ratio())
    return best + (SAME_FOLDER if own.split("/")[0] == asked.split("/")[0] else 0.0)
