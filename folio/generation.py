"""A snapshot and what is known of its texts and pictures -> a generation: all that answers are drawn from at a time.

press.py publishes one after the other. Each is made from the one before, since most of it is the same.
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

FEW = 20  # pages that come, go or change, whose words are put in the places of their old ones


@dataclass(frozen=True)
class Generation:
    """A snapshot and the answers made from it."""

    site: Site
    memory: Memory
    garden: Garden
    shelves: Shelves
    vocabulary: Holders  # the words of titles and addresses, for suggestions

    def known(self, site: Site, extracts: Extracts) -> dict[str, Extract]:
        """Return what is known of the texts of the next snapshot, by path; of pages that stay it is what it was."""
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
        """Put the next generation together, with all of it that takes long for a large site: so in a thread.

        `known` are the extracts at hand, by path; the facts of photographs are asked of their book. All links are
        followed first if there are not many, or if they are to be `at_once`.
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
    """Make the generation of a start, in which nothing is known: it is enough for the front page."""
    return Generation(site, _memory(site), Garden(site, complete=not site.public), Shelves(site, {}), {})


def shown(site: Site) -> list[Photo]:
    """Return the photographs that have a page of their own, listed or not."""
    quiet = (one for one in site.unlisted.values() if isinstance(one, Photo))
    return [*site.photos.values(), *quiet]


def _memory(site: Site) -> Memory:
    return Memory(site.config.limits.memory_mb << 20)
