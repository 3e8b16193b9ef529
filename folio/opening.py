"""The names of all files -> single pages, answered before the tree is read, each from its own file and a few more.

loading.py has one while a first start reads very many files. A page's text and the targets of its links are as on the
whole site; what depends on other pages (neighbours, related pages, backlinks) comes with the whole site. Where the
names leave a doubt, the request waits for that. Names cannot tell that some other page's header claims the same
address; that is reported as a collision when the header is read.
"""

from __future__ import annotations

import asyncio
import contextlib
import posixpath
import time
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property

from folio import redirects, references, slugs, targets
from folio import site as sites
from folio.config import Config
from folio.content import Page, Photo, Section
from folio.dates import Clock
from folio.entries import Entry, is_index_file, is_page, is_picture
from folio.errors import SiteError
from folio.heads import url_of
from folio.markdown import Document, Kind
from folio.names import MAX_FOUND, Places
from folio.pages import state_of
from folio.snapshot import Site, is_reserved
from folio.tree import Tree, read_some

MANY = 100  # files to read for one page, at most
MOST = 1_000  # files to read for all pages, at most; by then the whole site is ready as soon
Parse = Callable[[Page], Awaitable[Document]]
NONE: Collection[str] = frozenset()


class Opening:
    """`site` holds the pages requested so far, and those they link to, but lists none of them.

    `paths` are all files of the tree.
    """

    def __init__(self, config: Config, clock: Clock, paths: Collection[str]) -> None:
        self._config, self._clock, self._paths = config, clock, frozenset(paths)
        self._entries: dict[str, Entry] = {}
        self._answered: set[str] = set()
        self._turn, self._asked = asyncio.Lock(), asyncio.Event()
        first = [path for path in self._indexes if path.count("/") < 2]  # the menu in the header of every page
        self._read((*first, *self._paths & {redirects.WRITTEN}))
        self.site = self._assembled()

    async def has(self, address: str, parse: Parse) -> bool:
        """Try to add the page at a decoded URL path (or that of a form or an icon) to `site`; say whether it is there.

        `parse` returns its document. False where the whole site might answer differently.
        """
        if address.startswith("/icon/"):
            address = address[5:].removesuffix(".svg")
        if address in self._answered:
            return True
        async with self._turn:
            page = await asyncio.to_thread(self._page_at, address)
        if page is None:
            return False
        self._asked.set()
        try:
            document = await parse(page)
        except SiteError:
            return False
        async with self._turn:
            return await asyncio.to_thread(self._admit, address, page, document)

    async def is_asked(self, within_seconds: float) -> bool:
        """Wait up to `within_seconds`, and say whether a page was requested."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                return await self._asked.wait()
        return False

    def _page_at(self, address: str) -> Page | None:
        """Read the only file that can be the page at an address; None if none or several can."""
        base, form = slugs.cut_form(address)
        is_file = address[1:] in self._paths and not is_page(address)
        if is_file or address in references.ENGINE_FILES or form in slugs.BOUND:
            return None
        paths = {*self._named(address), *(self._named(base) if form else ())}
        if len(paths) != 1 or any(map(is_index_file, paths)):
            return None
        (path,) = paths
        if path.rpartition(".")[0] in self._pictured:  # it may be that picture's sidecar
            return None
        self._read(paths)
        return self._entries[path].page if path in self._entries else None

    def _admit(self, address: str, page: Page, document: Document) -> bool:
        """Read what a page links to; add it to the site if it answers there and every target is certain."""
        asked: set[tuple[str, Kind]] = {(link.target, link.kind) for link in document.links}
        asked |= {(image.target, image.kind) for image in document.images}
        asked |= {(target, "embed") for target in document.embeds}
        leads: dict[tuple[str, Kind], Collection[str]] = {}
        wanted: set[str] = set()
        for one in asked:
            if (found := self._leads(page, *one)) is None:
                return False
            leads[one] = found
            wanted |= {*found, *(beside for path in found for beside in self._beside(path))}
        if len(wanted) > MANY or len(self._entries) > MOST:
            return False
        self._read(wanted)
        site = self._assembled()
        if not (_answers(site, address, page) and all(_leads_there(site, page, *one, leads[one]) for one in asked)):
            return False
        self.site = site
        self._answered.add(address)
        return True

    def _leads(self, page: Page, written: str, kind: Kind) -> Collection[str] | None:
        """Return the files of which a target means one, NONE if it needs no file; None if their names do not tell.

        It searches in the order of references.locate, but in all files, whoever may see them.
        """
        target = targets.read(written, kind, self._config.base_url)
        path, folder = target.path, posixpath.dirname(page.path)
        if target.way in ("foreign", "nowhere") or not path:
            return NONE
        if target.way == "name":
            if "#" in written and any("#" in one for one in self._paths):  # it may be a part of a file name
                return None
            found = {one.path for one in self._places.find(path, folder)}
            return found if 0 < len(found) < MAX_FOUND and found <= self._paths else None
        if target.way != "path":
            return None
        relative = path.lstrip("/") if path.startswith("/") else posixpath.normpath(posixpath.join(folder, path))
        for candidate in (relative, path.lstrip("/")):
            if candidate in self._paths:
                return {candidate}
        address = (
            path if path.startswith("/") else posixpath.normpath(posixpath.join(posixpath.dirname(page.url), path))
        )
        for one in filter(None, (address, slugs.cut_form(address)[0])):
            if named := self._named(one):
                may_be_folder = slugs.spelling(one) in self._folders and not any(map(is_index_file, named))
                return None if may_be_folder and one not in map(url_of, named) else named
        return NONE if is_reserved(address) or address in references.ENGINE_FILES else None

    def _beside(self, path: str) -> Collection[str]:
        """Return the files that a file's kind and visibility depend on, its folder's included; none for a page."""
        if is_page(path):
            return NONE
        folder = path.rpartition("/")[0]
        start, end = (bisect_left(self._sorted, folder + mark) for mark in "/0") if folder else (0, None)
        near = self._sorted[start:end]  # "0" comes after "/"
        return {*near, *(page for above in _above([path]) for page in self._named(url_of(f"{above}/index.md")))}

    def _read(self, paths: Iterable[str]) -> None:
        """Read files that are not read yet, and the indexes above them, which may decide their visibility."""
        new = {path for path in paths if path not in self._entries}
        above = _above(new)
        new |= {path for path in self._indexes if path.rpartition("/")[0] in above}
        self._entries |= read_some(self._config, new, self._entries, time.time())

    def _assembled(self) -> Site:
        """Build a site of the entries read so far."""
        site = sites.assemble(self._config, Tree(self._entries), self._clock())
        tags = {slug: tag._replace(pages=()) for slug, tag in site.tags.items()}
        site = replace(site, public=(), tags=tags, problems=())  # keep `posts`, which tell what kind of thing a page is
        vars(site)["beside"] = {}
        return site

    def _named(self, address: str) -> Collection[str]:
        """Return the Markdown files whose place in the tree gives them an address, in any spelling."""
        return self._natural.get(slugs.spelling(address), NONE)

    @cached_property
    def _natural(self) -> Mapping[str, list[str]]:
        known: dict[str, list[str]] = {}
        for path in filter(is_page, self._paths):
            known.setdefault(slugs.spelling(url_of(path)), []).append(path)
        return known

    @cached_property
    def _indexes(self) -> Collection[str]:
        return tuple(filter(is_index_file, self._paths))

    @cached_property
    def _folders(self) -> Collection[str]:
        """The addresses that folders may have, in any spelling."""
        return {slugs.spelling(url_of(f"{folder}/index.md")) for folder in _above(self._paths) if folder}

    @cached_property
    def _places(self) -> Places:
        return Places(self._paths)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._paths)

    @cached_property
    def _pictured(self) -> Collection[str]:
        """The paths of pictures, without their suffix."""
        return {path.rpartition(".")[0] for path in self._paths if is_picture(path)}


def _above(paths: Iterable[str]) -> set[str]:
    """Return every folder above some files, the root as ""."""
    found: set[str] = set()
    for path in paths:
        while path and (path := path.rpartition("/")[0]) not in found:
            found.add(path)
    return found


def _answers(site: Site, address: str, page: Page) -> bool:
    """Say whether an address, in this very spelling, finds the page, and the page is public."""
    try:
        found = site.find(address[1:]).thing
    except SiteError:
        return False
    return isinstance(found, Page) and found.path == page.path and state_of(found, site.now) == "public"


def _leads_there(site: Site, page: Page, written: str, kind: Kind, paths: Collection[str]) -> bool:
    """Say whether a target leads to one of these files; True without any. Of embeds only pictures count."""
    if not paths:
        return True
    found = references.locate(site, page.path, written, kind)
    if found is None or (kind == "embed" and not isinstance(found.thing, Photo)):
        return False
    thing = found.thing.page if isinstance(found.thing, Section) else found.thing
    return thing is not None and thing.path in paths
