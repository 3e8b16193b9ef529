"""A snapshot and the facts of its texts and pictures -> a generation: everything that responses are made from.

press.py publishes one after another. Each is made from its predecessor, because most of it stays the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from folio import shelves, snapshot, suggestions
from folio.content import Page, Photo
from folio.extracts import Extract, Extracts
from folio.factsbook import FactsBook
from folio.garden import Garden
from folio.holders import Holders
from folio.records import Memory
from folio.shelves import Shelves
from folio.snapshot import Site

FEW = 20  # with at most this many pages added, removed or changed, only their words are replaced in the vocabulary


@dataclass(frozen=True)
class Generation:
    """A snapshot, what has been computed from it, and the cache of its responses."""

    site: Site
    memory: Memory
    garden: Garden
    shelves: Shelves
    vocabulary: Holders  # the words of titles and addresses, for suggestions

    def known(self, site: Site, extracts: Extracts) -> dict[str, Extract]:
        """Return the known extracts of the next snapshot, by path; those of unchanged pages are kept."""
        changes = snapshot.changed(self.site, site) if self.garden.complete else None
        if changes is None:
            return extracts.known(site.public, site.config.language)
        known = dict(self.garden.extracts)
        for old, _ in changes:
            if old:
                del known[old.path]
        known.update(extracts.known([new for _, new in changes if new], site.config.language))
        return known

    def unread(self, site: Site, known: Mapping[str, Extract]) -> Sequence[Page]:
        """Return the public pages of the next snapshot whose texts are not among the `known`."""
        changes = snapshot.changed(self.site, site) if self.garden.complete else None
        pages = site.public if changes is None else [new for _, new in changes if new]
        return [page for page in pages if page.path not in known]

    def followed_by(
        self, site: Site, known: Mapping[str, Extract], book: FactsBook, *, at_once: bool = False
    ) -> Generation:
        """Return the next generation, with everything computed that takes long for a large site; run it in a thread.

        `known` are the known extracts by path; `book` supplies the facts of photographs. If there are very many links
        to resolve, they are left for a later generation unless `at_once`.
        """
        facts = book.known(shown(site))
        site = shelves.arranged(site, facts)
        garden = self.garden.followed_by(site, known, at_once=at_once)
        garden.prepare()
        _ = site.sprites, site.past, site.beside
        return Generation(site, _memory(site), garden, Shelves(site, facts), self._vocabulary(site))

    def _vocabulary(self, site: Site) -> Holders:
        replaced = snapshot.replaced(self.site, site)
        if len(replaced) > FEW or not self.vocabulary:
            return suggestions.vocabulary(site)
        return suggestions.vocabulary_after(self.vocabulary, replaced) if replaced else self.vocabulary


def first(site: Site) -> Generation:
    """Return the generation of a start, without any facts: enough for the front page."""
    return Generation(site, _memory(site), Garden(site, complete=not site.public), Shelves(site, {}), {})


def shown(site: Site) -> list[Photo]:
    """Return the photographs that have a page of their own, including unlisted ones."""
    quiet = (one for one in site.unlisted.values() if isinstance(one, Photo))
    return [*site.photos.values(), *quiet]


def _memory(site: Site) -> Memory:
    return Memory(site.config.limits.memory_mb << 20)
