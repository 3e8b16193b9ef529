"""A gallery, a photograph or a shelf -> its page's context, its JSON data, its feed's photographs. For responses.py.

The order of a gallery may depend on its files' metadata. While too many of these are unread, it is shown in the order
of its file names, and that answer is not cached.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from folio import feeds, forms, galleries, originals, sheets, shelves, views
from folio.content import Photo, Section
from folio.errors import NotFound
from folio.generation import Generation
from folio.images import Facts
from folio.markdown import Document, Html
from folio.pages import newest
from folio.press import Press
from folio.shelves import Rack, Shelf
from folio.snapshot import Site

PAGE = views.GALLERY_PAGE


class Photographs(NamedTuple):
    """Answers one request, from the generation that was current when it began."""

    press: Press
    generation: Generation

    @property
    def site(self) -> Site:
        return self.generation.site

    def is_settled(self, thing: object) -> bool:
        """Say whether an answer may be cached: its order is known, or at most PAGE files have to be read for it."""
        if isinstance(thing, Rack | Shelf):
            return self.generation.shelves.is_complete
        section = self.site.section(thing.gallery) if isinstance(thing, Photo) else thing
        if not isinstance(section, Section) or not galleries.needs_facts(section.page):
            return True
        return len(self._unread(section)) <= PAGE

    def _unread(self, section: Section) -> list[Photo]:
        known = self.generation.shelves.facts
        return [photo for photo in section.photos if photo.path not in known]

    async def gallery(self, section: Section) -> Section:
        """Return a gallery ordered and captioned by its files' metadata, reading it if at most PAGE files lack it."""
        unread = self._unread(section)
        if unread and len(unread) <= PAGE:
            return shelves.in_order(section, await self.press.facts_of(section.photos))
        return section

    async def page(self, section: Section, n: int) -> tuple[Section, Mapping[str, Facts]]:
        """Return a gallery, and the facts of photographs on its page `n` (from 1). Raises NotFound past the last."""
        if not 1 <= n <= sheets.count(len(section.photos), PAGE):
            raise NotFound(section.url)
        section = await self.gallery(section)
        shown = sheets.nth(section.photos, n, PAGE)
        facts = await self.press.facts_of(shown)
        return shelves.in_order(section, facts) if self._unread(section) else section, facts

    async def of_gallery(self, section: Section, document: Document | None, html: Html, n: int) -> views.Context:
        """Return the context of page `n` of a gallery."""
        section, facts = await self.page(section, n)
        covers = await self.covers(section)
        if first := views.cover(self.site, section):
            facts = {**facts, **await self.press.facts_of([first])}
        is_whole = not self._unread(section) or len(section.photos) <= PAGE
        racks = await self.racks(section.url)
        return views.gallery(self.site, section, document, html.text, facts, n, covers, racks, is_whole=is_whole)

    async def covers(self, section: Section) -> tuple[views.Tile, ...]:
        """Return tiles for the galleries below a folder, a few photographs of each."""
        shown = views.covers(self.site, section)
        return views.tiles(shown, await self.press.facts_of(shown), self.site)

    async def racks(self, url: str) -> tuple[views.Step, ...]:
        """Return links to the shelves of a top-level folder, none for any other."""
        if url.count("/") != 1 or url == "/":
            return ()
        stock = self.generation.shelves
        return await asyncio.to_thread(views.racks, stock, url)

    async def of_photo(self, photo: Photo, caption: str) -> views.Context:
        """Return the context of a photograph's page; `caption` is the HTML of its sidecar's text."""
        section = self.site.section(photo.gallery)
        assert section is not None  # a photo has an address only in a gallery
        section = await self.gallery(section)
        n = next(n for n, one in enumerate(section.photos) if one.path == photo.path)
        near = section.photos[max(0, n - 1) : n + 2]
        facts = await self.press.facts_of(near)
        section = shelves.in_order(section, facts) if self._unread(section) else section
        own, stock = facts[photo.path], self.generation.shelves
        copies = await asyncio.to_thread(stock.copies, photo, own)
        original = originals.address(photo, self.site)
        return views.photo(self.site, section, n, own, caption, stock, copies, original)

    async def latest(self, path: str) -> Photographs:
        """Return self, or for a shelf with at most PAGE unread files the newer generation after reading them."""
        stock = self.generation.shelves
        if shelves.is_shelf(path) and 0 < len(self.site.photos) - stock.read <= PAGE:
            await self.press.survey()
            return Photographs(self.press, self.press.generation)
        return self

    async def find(self, path: str) -> Rack | Shelf | None:
        """Find the shelf at a URL path where the tree has nothing, None if none. Raises Moved for another spelling."""
        if not shelves.is_shelf(path):
            return None
        return await asyncio.to_thread(self.generation.shelves.find, path)

    async def of_shelf(self, thing: Rack | Shelf, n: int) -> tuple[str, views.Context]:
        """Return template and context of a shelf, or of a rack of them. Raises NotFound past the last page."""
        stock = self.generation.shelves
        if isinstance(thing, Rack):
            if not 1 <= n <= sheets.count(len(thing.shelves), views.RACK_PAGE):
                raise NotFound(thing.url)
            shown = sheets.nth(thing.shelves, n, views.RACK_PAGE)
            few = [photo for shelf in shown for photo in shelf.photos[: views.COVER_PHOTOS]]
            return "rack.html", views.rack(self.site, thing, stock, await self.press.facts_of(few), n)
        if not 1 <= n <= sheets.count(len(thing.photos), PAGE):
            raise NotFound(thing.url)
        facts = await self.press.facts_of(sheets.nth(thing.photos, n, PAGE))
        return "shelf.html", views.shelf(self.site, thing, stock, facts, n)

    async def photo_data(self, photo: Photo) -> dict[str, object]:
        """Return a photograph as JSON data."""
        section = self.site.section(photo.gallery)
        facts = await self.press.facts_of([photo])
        shows_place = section is not None and section.page is not None and section.page.shows_place
        informed = shelves.informed(photo, facts[photo.path], shows_place)
        return forms.photo_data(informed, facts[photo.path], self.site.config)

    async def data(self, section: Section, n: int) -> dict[str, object]:
        """Return page `n` of a gallery as JSON data."""
        section, facts = await self.page(section, n)
        return forms.gallery_data(section, self.site, facts, n, PAGE)

    async def newest(self, section: Section, most: int) -> tuple[tuple[Photo, ...], feeds.Media]:
        """Return a gallery's `most` newest dated photographs, except unreadable ones, and their pictures by URL."""
        section = await self.gallery(section)
        dated = [photo for photo in newest(section.photos) if photo.date][:most]
        facts = await self.press.facts_of(dated)
        shown = tuple(photo for photo in dated if facts[photo.path].width)
        return shown, {photo.url: views.medium(self.site, photo, facts[photo.path]) for photo in shown}
