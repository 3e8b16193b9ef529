"""Site -> the nearest pages to an address that leads nowhere, for the 404."""

from __future__ import annotations

import difflib
import heapq
import re
from bisect import insort
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter

from folio.content import Page, Visibility
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


def vocabulary(site: Site) -> Mapping[str, tuple[Page, ...]]:
    """Return every word of public titles and addresses with the pages that have it: built once a generation."""
    held: dict[str, list[Page]] = {}
    for page in site.public:
        for word in sorted(words(f"{page.url} {page.title}")):
            held.setdefault(word, []).append(page)
    return {word: tuple(pages) for word, pages in held.items()}


def vocabulary_after(
    known: Mapping[str, tuple[Page, ...]], retitled: Iterable[tuple[Page, Page]]
) -> Mapping[str, tuple[Page, ...]]:
    """Return the same when a few pages, given as (old, new), have other titles."""
    held = dict(known)
    for old, new in retitled:
        has = words(f"{new.url} {new.title}") if new.visibility is Visibility.PUBLISHED else frozenset()
        for word in has | words(f"{old.url} {old.title}"):
            pages = [page for page in held.pop(word, ()) if page.url != new.url]
            if word in has:
                insort(pages, new, key=attrgetter("url"))  # the order of a site's public pages
            if pages:
                held[word] = tuple(pages)
    return held


def nearest(known: Mapping[str, tuple[Page, ...]], address: str, limit: int = 5) -> tuple[Page, ...]:
    """Return the pages an address was probably meant for, the likeliest first; a slip in a word is forgiven."""
    asked = address[:ADDRESS_CHARACTERS].strip("/").casefold()
    shared: dict[str, float] = {}
    pages: dict[str, Page] = {}
    for match in sorted(_meant(known, asked), key=lambda word: (len(known[word]), word)):
        for page in known[match][:COMMON]:
            pages[page.url] = page
            shared[page.url] = shared.get(page.url, 0.0) + 1 / len(known[match])
    likely = heapq.nsmallest(CANDIDATES, shared, key=lambda url: (-shared[url], url))
    scored = sorted(((_likeness(asked, pages[url]), url) for url in likely), key=lambda s: (-s[0], s[1]))
    return tuple(pages[url] for score, url in scored if score >= LIKENESS)[:limit]


def _meant(known: Mapping[str, tuple[Page, ...]], asked: str) -> Iterator[str]:
    """Yield the known words of an address, and those that its longest unknown ones were probably meant for."""
    unknown = []
    for word in sorted(words(asked)):
        if word in known:
            yield word
        else:
            unknown.append(word)
    for word in sorted(unknown, key=lambda word: (-len(word), word))[:SLIPS]:
        yield from difflib.get_close_matches(word, _alike(known, word), n=2, cutoff=0.8)


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
