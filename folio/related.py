"""A garden's indexes -> the pages most like a given one. Pure and deterministic.

What two pages share makes them alike: what they link to, who links to both, tags, terms. Each such trait weighs the
more the fewer pages have it, and the pages are compared as vectors of these weights (by their cosine).
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

COMMON = 100  # pages; a trait that more of them have tells nothing
CANDIDATES = 24  # pages compared in full, those first whose shared traits weigh most
LEAST = 0.08  # likeness, of at most 1, below which two pages have nothing to do with each other
TERM = 0.6  # weight of a term beside that of a link or a tag: it was drawn by rule, not set by hand
_OWN, _CITING, _CITED = attrgetter("url"), attrgetter("page.url"), attrgetter("target")


@dataclass(frozen=True, slots=True)
class Kinship:
    """Where the traits of pages are found. `terms` maps each to the URLs of the pages that have it.

    `lengths` are those of pages that were asked for, by URL: each page is compared with again and again.
    """

    site: Site
    extracts: Mapping[str, Extract]
    outgoing: Mapping[str, tuple[Citation, ...]]
    incoming: Mapping[str, tuple[Citation, ...]]
    terms: Holders
    lengths: dict[str, float] = field(default_factory=dict, compare=False, repr=False)


def terms(site: Site, extracts: Mapping[str, Extract]) -> Holders:
    """Return every term, in small letters, with the URLs of the public pages that have it."""
    return holders.gather((page.url, _terms(page, extracts)) for page in site.public)


def terms_after(
    terms: Holders, pages: Iterable[Page], old: Mapping[str, Extract], new: Mapping[str, Extract]
) -> Holders:
    """Return the same when a few pages have other terms than they had."""
    return holders.changed(terms, ((page.url, _terms(page, old), _terms(page, new)) for page in pages))


def nearest(kin: Kinship, page: Page, limit: int) -> tuple[Page, ...]:
    """Return the pages most like this one, the likeliest first; the pages of folders, and itself, are none of them.

    None where nothing is much like it.
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
    """Return those CANDIDATES whose shared traits weigh most, the likeliest first; of the same weight by URL.

    All are weighed before any is compared by its URL: of the hundreds that share a tag nearly all are out then.
    """
    if len(urls) > CANDIDATES:
        least = sorted(map(shared.__getitem__, urls))[-CANDIDATES]
        urls = [url for url in urls if shared[url] >= least]
    return sorted(urls, key=lambda url: (-shared[url], url))[:CANDIDATES]


def _traits(kin: Kinship, page: Page) -> Iterator[tuple[float, Sequence[Any], Callable[[Any], str]]]:
    """Yield each trait of a page: its weight, what has it (the page as well), and how to read URLs off that."""
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
    """Weigh a trait that some of `count` pages have: ln 2 when all do, more the fewer do."""
    return math.log(1 + count / len(having))


def _length(kin: Kinship, page: Page) -> float:
    """Return the length of a page's vector: what it shares counts the less the more it holds.

    Each page is taken to hold one thing more that no other does, or one of which little is known would be like all.
    """
    if page.url not in kin.lengths:
        weights = (weight for weight, _, _ in _traits(kin, page))
        kin.lengths[page.url] = math.hypot(math.log(1 + len(kin.site.public)), *weights)
    return kin.lengths[page.url]


def _terms(page: Page, extracts: Mapping[str, Extract]) -> Sequence[str]:
    extract = extracts.get(page.path)
    return tuple(dict.fromkeys(term.casefold() for term in extract.terms)) if extract else ()
