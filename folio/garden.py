"""A snapshot and what its texts hold -> what leads where and what is alike: the links of the whole site, read once.

press.py makes one for each generation; the archives and the end of every essay are drawn from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from folio import links
from folio.content import Page
from folio.extracts import Extract
from folio.links import Citation
from folio.snapshot import Site


@dataclass(frozen=True)
class Garden:
    """The site with the extracts of its public pages, by path.

    `complete` is False while some are still being read: then what is said here is true but not all.
    """

    site: Site
    extracts: Mapping[str, Extract] = field(default_factory=dict)
    complete: bool = True

    def extract(self, page: Page) -> Extract:
        """Return what a page's text holds; an empty extract where that is not known."""
        return self.extracts.get(page.path) or Extract()

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Citation, ...]]:
        """What each public page cites, by its URL."""
        return links.outgoing(self.site, self.extracts)

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Citation, ...]]:
        """Who cites each page, photograph or file, by its URL."""
        return links.incoming(self.outgoing.values())
