"""A snapshot and the extracts of its texts -> the links between all pages, and which pages are related.

Each generation has one; the archives and the foot of every essay are made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, cast

from folio import archives, concordance, links, related, snapshot
from folio.content import Page
from folio.extracts import Extract
from folio.snapshot import Change, Site

if TYPE_CHECKING:
    from folio.archives import Series
    from folio.concordance import Concordance
    from folio.holders import Holders
    from folio.links import Citation, Leads
    from folio.related import Kinship

FEW = 100  # with at most this many changed pages, only their links are replaced
MANY_LINKS = 10_000  # more links (about 0.2 s) are resolved only after the next snapshot is published
Made = TypeVar("Made")
Of = TypeVarTuple("Of")


@dataclass(frozen=True)
class Garden:
    """The site with the extracts of its public pages, by path.

    `complete` is False while texts are still being parsed or links resolved: the garden is then correct but partial.
    `known` are resolved links by URL of their page; `settled` is False if some of them have to be resolved again.
    """

    site: Site
    extracts: Mapping[str, Extract] = field(default_factory=dict)
    complete: bool = True
    known: Mapping[str, Leads] = field(default_factory=dict)
    settled: bool = True

    def followed_by(self, site: Site, extracts: Mapping[str, Extract], *, at_once: bool = False) -> Garden:
        """Return the garden of the next snapshot.

        If a few pages changed, only their links and those that may refer to them are resolved. Otherwise all must be,
        because a name may mean something else now; if they are many, the previous ones whose targets exist are kept
        until this is called again with `at_once`.
        """
        if (changed := self._changed(site, extracts)) is not None:
            return self._revised(site, extracts, changed)
        before = {page.path: page for page in self.site.public if page.path in self.extracts}
        same = (page for page in site.public if before.get(page.path) is page)
        known: Mapping[str, Leads] = {page.url: self._leads[page.url] for page in same}
        still_true = known if self.settled and snapshot.leads_alike(self.site, site) else {}
        if at_once or links.count(site, extracts, still_true) <= MANY_LINKS:
            return Garden(site, extracts, len(extracts) == len(site.public), still_true)
        known = links.living(site, known)
        if links.count(site, extracts, known) > MANY_LINKS:
            known = {page.url: known.get(page.url, links.NOWHERE) for page in site.public}
        return Garden(site, extracts, complete=False, known=known, settled=False)

    def _changed(self, site: Site, extracts: Mapping[str, Extract]) -> Sequence[Change] | None:
        """Return the pages whose links may have changed, as (old, new), or None if they are more than FEW."""
        changes = snapshot.changed(self.site, site) if self.settled else None
        if changes is None:
            return None
        names = {name for old, new in changes for name in _renamed(old, new)}
        if self.site.tags.keys() != site.tags.keys():
            names.update(links.tags_named())
        paths = {*links.naming(self.written, names)} if names else set()
        if not self.complete:  # the extracts of unchanged pages may be new or gone as well
            paths.update(path for path, new in extracts.items() if self.extracts.get(path) is not new)
            paths.update(self.extracts.keys() - extracts.keys())
        paths -= {page.path for _, page in changes if page}
        others = [(page, page) for page in site.public if page.path in paths] if paths else []
        return [*changes, *others] if len(changes) + len(others) <= FEW else None

    def _revised(self, site: Site, extracts: Mapping[str, Extract], changed: Sequence[Change]) -> Garden:
        """Return a garden with the links of a few pages replaced; whatever was computed for the others is kept."""
        pages = {page.url: page for _, page in changed if page}
        known = dict(self._leads)
        old = {url: known.pop(url) for url in {page.url for page, _ in changed if page}}
        finder = links.Finder(site)
        new = {url: links.follow(finder, page, extracts.get(page.path)) for url, page in pages.items()}
        made = Garden(site, extracts, len(extracts) == len(site.public), known)
        done, seen = vars(made), vars(self)
        both = [page for page, _ in changed if page] + [page for was, page in changed if page and not was]
        done["_leads"] = {**known, **new}
        if "all_series" in seen and not any(page and page.series for pair in changed for page in pair):
            done["all_series"] = self.all_series
        if "outgoing" in seen:
            done["outgoing"] = links.outgoing_after(self.outgoing, old, new)
        if "incoming" in seen:
            done["incoming"] = links.incoming_after(self.incoming, old, new)
        if "shown" in seen:
            done["shown"] = links.shown_after(self.shown, pages, old, new)
        if "written" in seen:
            paths = [page.path for page in both]
            done["written"] = links.written_after(self.written, paths, self.extracts, extracts)
        if "terms" in seen:
            done["terms"] = related.terms_after(self.terms, both, self.extracts, extracts)
        return made

    def prepare(self) -> None:
        """Compute what responses need of a garden; slow for a large site, so run it in a thread."""
        _ = self.shown, self.kinship, self._series

    def foresee(self) -> None:
        """Compute, in a thread, what the next garden needs of this one, so that an edit does not wait 0.1 s for it."""
        _ = self.written

    def once(self, make: Callable[[Garden, *Of], Made], *of: *Of) -> Made:
        """Return `make(self, *of)`, computed once and cached.

        For lists that every page needs as a whole. Two threads calling at once may both compute it. All such lists of
        10,000 essays take 5 MB.
        """
        if (made := (make, *of)) not in self._made:
            self._made[made] = make(self, *of)
        return cast(Made, self._made[made])

    @cached_property
    def _made(self) -> dict[tuple[Any, ...], Any]:
        return {}

    def extract(self, page: Page) -> Extract:
        """Return the extract of a page, an empty one if it is not known."""
        return self.extracts.get(page.path) or Extract()

    def related(self, page: Page, limit: int = 3) -> tuple[Page, ...]:
        """Return up to `limit` public pages related to this one, the closest first."""
        if not self.site.public:  # before a large tree is read, when only single pages are known
            return ()
        return related.nearest(self.kinship, page, limit)

    def series(self, page: Page) -> Series | None:
        """Return the series that a page belongs to, if it has more than one page."""
        return self._series.get(page.path)

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Citation, ...]]:
        """The citations of each public page, by its URL; pages that cite nothing are left out."""
        return links.outgoing(self._leads)

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Citation, ...]]:
        """The citations of each page, folder, photograph or file, by its URL, newest citing page first."""
        return links.incoming(self.site, self._leads)

    @cached_property
    def shown(self) -> Mapping[str, tuple[Page, ...]]:
        """The public pages that show each picture, by its path, newest first."""
        return links.shown(self.site, self._leads)

    @cached_property
    def _leads(self) -> Mapping[str, Leads]:
        return links.followed(self.site, self.extracts, self.known)

    @cached_property
    def written(self) -> Holders:
        """The paths of the texts that contain each folded name or address, to find those that may refer to a page."""
        return links.written(self.extracts)

    @cached_property
    def kinship(self) -> Kinship:
        """The data from which related pages are computed."""
        return related.Kinship(self.site, self.extracts, self.outgoing, self.incoming, self.terms)

    @cached_property
    def terms(self) -> Holders:
        """The URLs of the public pages that contain each lower-case term."""
        return related.terms(self.site, self.extracts)

    @cached_property
    def _series(self) -> Mapping[str, Series]:
        return {page.path: one for one in self.all_series if len(one.pages) > 1 for page in one.pages}

    @cached_property
    def all_series(self) -> tuple[Series, ...]:
        """All series named by public pages."""
        return archives.series(self.site)

    @cached_property
    def concordance(self) -> Concordance:
        """The index of terms."""
        return concordance.concordance(self.site, self.extracts)


def _renamed(old: Page | None, new: Page | None) -> Iterator[str]:
    """Yield the names by which links may refer to a page now but not before, or before but not now."""
    if old and new:
        yield from (old.title, new.title) if old.title != new.title else ()
    if (page := new or old) and (old is None or new is None or old.date != new.date):
        yield from links.names_of(page)
