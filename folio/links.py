"""Site + extracts -> which page cites which, with the sentence that does. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from folio import references, targets
from folio.content import Page
from folio.extracts import Extract
from folio.snapshot import Site


@dataclass(frozen=True, slots=True)
class Citation:
    """A link from one public page to something a visitor may open: `target` is its canonical URL path, decoded.

    `text` are the words of the link, `sentence` the plain sentence that holds them (at most 300 characters).
    """

    page: Page
    target: str
    text: str
    sentence: str


def outgoing(site: Site, extracts: Mapping[str, Extract]) -> Mapping[str, tuple[Citation, ...]]:
    """Return what each public page cites, by the URL of the page, in the order of its text; each target once."""
    found = ((page, extracts.get(page.path)) for page in site.public)
    return {page.url: cited for page, extract in found if extract and (cited := tuple(_cited(site, page, extract)))}


def incoming(cited: Iterable[tuple[Citation, ...]]) -> Mapping[str, tuple[Citation, ...]]:
    """Return who cites each URL, newest page first."""
    citing: dict[str, list[Citation]] = {}
    for citations in cited:
        for citation in citations:
            citing.setdefault(citation.target, []).append(citation)
    return {url: tuple(sorted(found, key=_newest_first)) for url, found in citing.items()}


def _newest_first(citation: Citation) -> tuple[tuple[float, ...], str]:
    date = citation.page.date
    return (tuple(-part for part in date.key) if date else (0.0,), citation.page.path)


def _cited(site: Site, page: Page, extract: Extract) -> Iterator[Citation]:
    seen = {page.url}
    for link in extract.links:
        if targets.is_foreign(link.target) and not link.target.startswith(site.config.base_url):
            continue
        found = references.locate(site, page.path, link.target, link.kind)
        if found is None or found.thing.url in seen:
            continue
        seen.add(found.thing.url)
        yield Citation(page, found.thing.url, link.text, link.sentence)
