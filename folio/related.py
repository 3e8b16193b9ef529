"""A garden's indexes -> the pages most like a given one. Pure and deterministic.

Pages are alike by the traits they share: links to the same target, links from the same page, tags, terms. A trait
weighs the more the fewer pages have it; pages are compared by the cosine of their vectors of weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from folio import holders
from folio.content import Page
from folio.extracts import Extract
from folio.holders import Holders
from folio.links import Citation
from folio.pages import tag_slug
from folio.snapshot import Site

COMMON = 100  # pages; a trait that more of them have is ignored
CANDIDATES = 24  # pages compared in full: those whose shared traits weigh most
LEAST = 0.08  # similarity, of at most 1, below which pages are unrelated
TERM = 0.6  # weight of a term relative to a link or a tag: a rule extracted it, nobody set it by hand
_OWN, _CITING, _CITED = attrgetter("url"), attrgetter("page.url"), attrgetter("target")


@dataclass(frozen=True, slots=True)
class Kinship:
    """The indexes in which traits are looked up. `terms` maps each term to the URLs of the pages that have it.

    `lengths` caches the lengths of vectors, by URL: each page is compared many times.
    """

    site: Site
    extracts: Mapping[str, Extract]
    outgoing: Mapping[str, tuple[Citation, ...]]
    incoming: Mapping[str, tuple[Citation, ...]]
    terms: Holders
    lengths: dict[str, float] = field(default_factory=dict, compare=False, repr=False)


def terms(site: Site, extracts: Mapping[str, Extract]) -> Holders:
    """Return every term, casefolded, with the URLs of the public pages that have it."""
    return holders.gather((page.url, _terms(page, extracts)) for page in site.public)


def terms_after(
    terms: Holders, pages: Iterable[Page], old: Mapping[str, Extract], new: Mapping[str, Extract]
) -> Holders:
    """Return `terms` updated for a few `pages` whose terms changed."""
    return holders.changed(terms, ((page.url, _terms(page, old), _terms(page, new)) for page in pages))


def nearest(kin: Kinship, page: Page, limit: int) -> tuple[Page, ...]:
    """Return at most `limit` pages most similar to this one, the most similar first.

    The page itself and the indexes of folders are not among them; () if nothing is similar enough.
    """
    shared: dict[str, float] = {}
    for weight, having, url_of in _traits(kin, page):
        for url in map(url_of, having) if len(having) <= COMMON else ():
            shared[url] = shared.get(url, 0.0) + weight * weight
    shared.pop(page.url, None)
    likely = _likeliest(shared, shared.keys() & kin.site.pages.keys())  # others are folders, photographs
    own = _length(kin, page)
    pages = kin.site.pages
    scored = sorted((-shared[url] / (own * _length(kin, pages[url])), url) for url in likely)
    return tuple(pages[url] for score, url in scored if -score >= LEAST)[:limit]


def _likeliest(shared: Mapping[str, float], urls: Collection[str]) -> Sequence[str]:
    """Return the CANDIDATES whose shared traits weigh most, heaviest first; of the same weight by URL.

    Filtering by weight before sorting by URL excludes nearly all of the hundreds that share a tag.
    """
    if len(urls) > CANDIDATES:
        least = sorted(map(shared.__getitem__, urls))[-CANDIDATES]
        urls = [url for url in urls if shared[url] >= least]
    return sorted(urls, key=lambda url: (-shared[url], url))[:CANDIDATES]


def _traits(kin: Kinship, page: Page) -> Iterator[tuple[float, Sequence[Any], Callable[[Any], str]]]:
    """Yield each trait of a page: its weight, its holders (this page included), and a function for a holder's URL."""
    count = len(kin.site.public)
    for slug in dict.fromkeys(map(tag_slug, page.tags)):
        if tag := kin.site.tags.get(slug):
            yield _weight(count, tag.pages), tag.pages, _OWN
    for cited in kin.outgoing.get(page.url, ()):
        citing = kin.incoming[cited.target]
        yield _weight(count, citing), citing, _CITING
    for citation in kin.incoming.get(page.url, ()):
        beside = kin.outgoing[citation.page.url]
        yield _weight(count, beside), beside, _CITED
    for term in _terms(page, kin.extracts):
        having = kin.terms[term]
        yield TERM * _weight(count, having), having, str


def _weight(count: int, having: Sequence[Any]) -> float:
    """Return the weight of a trait that some of `count` pages have: ln 2 if all do, more the fewer do."""
    return math.log(1 + count / len(having))


def _length(kin: Kinship, page: Page) -> float:
    """Return the length of a page's vector: the longer, the less each shared trait counts.

    It includes one imaginary trait that no other page has, or pages with few traits would be similar to all.
    """
    if page.url not in kin.lengths:
        weights = (weight for weight, _, _ in _traits(kin, page))
        kin.lengths[page.url] = math.hypot(math.log(1 + len(kin.site.public)), *weights)
    return kin.lengths[page.url]


def _terms(page: Page, extracts: Mapping[str, Extract]) -> Sequence[str]:
    extract = extracts.get(page.path)
    return tuple(dict.fromkeys(term.casefold() for term in extract.terms)) if extract else ()
