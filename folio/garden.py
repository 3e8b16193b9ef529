"""A snapshot and what its texts hold -> what leads where and what is alike: the links of the whole site, read once.

Each generation has one; the archives and the end of every essay are drawn from it.
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

FEW = 100  # pages whose links are put in the places of their old ones
MANY_LINKS = 10_000  # more are not followed before the next snapshot is shown: about 0.2 s
Made = TypeVar("Made")
Of = TypeVarTuple("Of")


@dataclass(frozen=True)
class Garden:
    """The site with the extracts of its public pages, by path.

    `complete` is False while some are still being read, or links followed: then what is said here is true but not all.
    `known` are pages by URL whose links need no following; `settled` is False when some of them ought to be.
    """

    site: Site
    extracts: Mapping[str, Extract] = field(default_factory=dict)
    complete: bool = True
    known: Mapping[str, Leads] = field(default_factory=dict)
    settled: bool = True

    def followed_by(self, site: Site, extracts: Mapping[str, Extract], *, at_once: bool = False) -> Garden:
        """Make the garden of the next snapshot.

        Where a few pages changed, only their links are followed, and those that may mean one of them. Else all must be,
        for a name may mean something else now; when they are many, those of before stay as far as they lead somewhere,
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
        """Return the pages that may lead elsewhere, as they were and are, where they are few, else None."""
        changes = snapshot.changed(self.site, site) if self.settled else None
        if changes is None:
            return None
        names = {name for old, new in changes for name in _renamed(old, new)}
        if self.site.tags.keys() != site.tags.keys():
            names.update(links.tags_named())
        paths = {*links.naming(self.written, names)} if names else set()
        if not self.complete:  # else of a page that stays it is known what was
            paths.update(path for path, new in extracts.items() if self.extracts.get(path) is not new)
            paths.update(self.extracts.keys() - extracts.keys())
        paths -= {page.path for _, page in changes if page}
        others = [(page, page) for page in site.public if page.path in paths] if paths else []
        return [*changes, *others] if len(changes) + len(others) <= FEW else None

    def _revised(self, site: Site, extracts: Mapping[str, Extract], changed: Sequence[Change]) -> Garden:
        """Make the garden in which a few pages cite something else; what was worked out of the others is kept."""
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
        """Work out all that is asked of a garden: what takes long for a large site, so in a thread."""
        _ = self.shown, self.kinship, self._series

    def foresee(self) -> None:
        """Work out what only the garden after an edit asks of this one, which would wait 0.1 s for it: in a thread."""
        _ = self.written

    def once(self, make: Callable[[Garden, *Of], Made], *of: *Of) -> Made:
        """Return what a function makes of this garden, and of something in it, the same at each call.

        For lists of which every page needs all. Two threads that want it at once make it twice. All the lists of 10,000
        essays are 5 MB.
        """
        if (made := (make, *of)) not in self._made:
            self._made[made] = make(self, *of)
        return cast(Made, self._made[made])

    @cached_property
    def _made(self) -> dict[tuple[Any, ...], Any]:
        return {}

    def extract(self, page: Page) -> Extract:
        """Return what a page's text holds; an empty extract where that is not known."""
        return self.extracts.get(page.path) or Extract()

    def related(self, page: Page, limit: int = 3) -> tuple[Page, ...]:
        """Return the public pages most like this one, the likeliest first; none where none is much like it."""
        if not self.site.public:  # before a large tree is read: nothing is known of the others
            return ()
        return related.nearest(self.kinship, page, limit)

    def series(self, page: Page) -> Series | None:
        """Return the series of several pages that this one belongs to."""
        return self._series.get(page.path)

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Citation, ...]]:
        """What each public page cites, by its URL; pages that cite nothing are left out."""
        return links.outgoing(self._leads)

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Citation, ...]]:
        """Who cites each page, folder, photograph or file, by its URL, newest page first."""
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
        """The paths of the texts in which each folded name or address stands: who may mean a page by its title."""
        return links.written(self.extracts)

    @cached_property
    def kinship(self) -> Kinship:
        """What likeness is read from."""
        return related.Kinship(self.site, self.extracts, self.outgoing, self.incoming, self.terms)

    @cached_property
    def terms(self) -> Holders:
        """The URLs of the public pages that have each term, in small letters."""
        return related.terms(self.site, self.extracts)

    @cached_property
    def _series(self) -> Mapping[str, Series]:
        return {page.path: one for one in self.all_series if len(one.pages) > 1 for page in one.pages}

    @cached_property
    def all_series(self) -> tuple[Series, ...]:
        """The series that public pages name."""
        return archives.series(self.site)

    @cached_property
    def concordance(self) -> Concordance:
        """The index of what the texts speak of."""
        return concordance.concordance(self.site, self.extracts)


def _renamed(old: Page | None, new: Page | None) -> Iterator[str]:
    """Yield the names by which a link may mean a page that it did not mean before, or the other way round."""
    if old and new:
        yield from (old.title, new.title) if old.title != new.title else ()
    if (page := new or old) and (old is None or new is None or old.date != new.date):
        yield from links.names_of(page)
