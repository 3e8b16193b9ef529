"""A thing of the site -> its form -> a Record, cached for the generation, and sent.

engine.py calls one method per route. Answers made from the snapshot are cached in the generation's memory under their
path, where pagecache finds them; files.py answers with files.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from folio import (
    conventions,
    feeds,
    forms,
    fragments,
    records,
    references,
    rendering,
    search,
    slugs,
    syndication,
    views,
)
from folio.answers import NEVER, REVALIDATED, Request, Response, deliver, number, redirect
from folio.content import Asset, Page, Photo, Section
from folio.errors import Moved, NotFound
from folio.openapi import Operation
from folio.photographs import Photographs
from folio.records import Record
from folio.replies import Reply, page_address
from folio.shelves import Rack, Shelf
from folio.snapshot import FEEDS, Found, Site, is_reserved

if TYPE_CHECKING:
    from folio.editions import Editions

Thing = Page | Section | Photo
MEDIA_TYPES = {"text/html": "", "text/markdown": "md", "text/plain": "txt", "application/json": "json"}  # form by type
SAFE_IN_QUERY = "%/:@!$&'()*+,;=?[]~-._"  # characters that stay as the visitor sent them


class Responses(Reply):
    """Answers with what the tree holds at an address, with search, and with data for programs."""

    __slots__ = ()

    @property
    def editions(self) -> Editions:
        from folio.editions import Editions

        return Editions(self.press, self.generation)

    async def content(self, req: Request, resp: Response, path: str) -> None:
        """Answer with what the tree holds at an address, in the form that its suffix or the Accept header requests."""
        if not path:
            self.site.asked_for(req.params)
        try:
            found = self._found(req, path)
        except NotFound:
            photographs = await self.photographs.latest(path)
            if shelf := await photographs.find(path):
                await self._shelf(req, resp, photographs, shelf)
                return
            if await self.editions.listed(req, resp, f"/{path}"):
                return
            raise
        thing = found.thing
        if isinstance(thing, Asset) or found.form == "file":
            await self.files.of(req, resp, found)
        elif found.form and found.form not in FEEDS and not self.site.config.features.offers(found.form):
            raise NotFound(found.address)
        elif found.form in slugs.BOUND:
            await self.editions.of(req, resp, thing, found.form)
        else:
            await self._representation(req, resp, thing, found)

    async def unrouted(self, path: str) -> Record | None:
        """Make the answer at the address of a page, of one of its forms or of an icon, without a request.

        For exports. Return None for anything else, which has to be requested from the application. Raises what
        `Site.find` raises if the tree has nothing at this path.
        """
        if path.startswith("icon/"):
            return self.files.drawn(path.removeprefix("icon/"))
        if is_reserved(f"/{path}"):
            return None
        thing, form = self.site.find(path)
        if not isinstance(thing, Page) or form in slugs.BOUND or (form and not self.site.config.features.forms):
            return None
        return await (self._form(thing, form, 1, negotiated=False) if form else self._essay(thing))

    def _found(self, req: Request, path: str) -> Found:
        """Find what has an address; a redirect to one of the engine's own pages keeps the query."""
        try:
            return self.site.find(path)
        except Moved as moved:
            query = quote(req._starlette.scope["query_string"], safe=SAFE_IN_QUERY)
            if query and moved.location in conventions.OWN:
                raise Moved(f"{moved.location}?{query}", moved.status) from None
            raise

    async def _representation(self, req: Request, resp: Response, thing: Thing, found: Found) -> None:
        offered = MEDIA_TYPES if self.site.config.features.forms else ("text/html",)
        media = req.preferred_media_type(tuple(offered)) or "text/html"
        form = found.form or MEDIA_TYPES[media]
        asked = "" if form else req.params.get("highlight", "")
        if asked and (words := self._highlighted(asked)):
            redirect(resp, f"{references.href(thing.url)}#{words}", 302, REVALIDATED)
            return
        n = number(req.params.get("page"), 1) if _is_paged(thing, form) else 1
        # A negotiated form, which varies with Accept, is cached apart from the one with a suffix, under no path.
        address = ("" if found.form or not form else "by Accept ") + Found(thing, form).address
        address = page_address(address, n)

        async def make() -> Record:
            if form in FEEDS:
                return await syndication.Syndication(self.press, self.generation).of(thing.url, form)
            if form:
                return await self._form(thing, form, n, negotiated=not found.form)
            return await self._page_of(thing, n)

        await deliver(req, resp, await (self.kept(address, make) if self.photographs.is_settled(thing) else make()))

    def _highlighted(self, words: str) -> str:
        """Return the text fragment by which a browser marks the words of `?highlight=`; pages do not vary with them."""
        query = search.parse(words, self.site.config.limits.query_characters)
        return fragments.words(word.written for word in query.words)

    async def _page_of(self, thing: Thing, n: int) -> Record:
        """Make the HTML page of a thing; `n` counts the pages of a folder from 1."""
        photographs = self.photographs
        if isinstance(thing, Photo):
            caption, document = await self.words(thing.sidecar)
            context = await photographs.of_photo(thing, caption.text) | views.seen_in(self.garden, thing)
            return self.html("photo.html", context, document)
        if isinstance(thing, Page):
            return await self._essay(thing)
        if thing.url == "/":
            return await self._home(thing)
        html, document = await self.words(thing.page)
        linked = views.linked_from(self.garden, thing.url)
        if not thing.is_gallery:
            tiles, racks = await photographs.covers(thing), await photographs.racks(thing.url)

            def make() -> Record:
                context = views.section(self.garden, thing, document, html.text, tiles, racks, n) | linked
                return self.html("section.html", context, document)

            return await asyncio.to_thread(make)
        context = await photographs.of_gallery(thing, document, html, n) | linked
        return self.html("gallery.html", context, document)

    async def _shelf(self, req: Request, resp: Response, photographs: Photographs, shelf: Rack | Shelf) -> None:
        """Answer with the photographs of one camera, lens or year, or with all cameras, lenses or years."""
        n = number(req.params.get("page"), 1)

        async def make() -> Record:
            return self.html(*await photographs.of_shelf(shelf, n))

        address = page_address(shelf.url, n)
        await deliver(req, resp, await (self.kept(address, make) if photographs.is_settled(shelf) else make()))

    async def _essay(self, page: Page) -> Record:
        html, document = await self.words(page)
        assert document is not None

        def make() -> Record:
            context = views.page(self.garden, page, document, html)
            return self.html("page.html", context, document)

        return await rendering.in_thread_if_long(self.site, page, make)

    async def _home(self, root: Section) -> Record:
        site = self.site
        html, document = await self.words(root.page)
        latest = site.posts[0] if site.posts else None
        summary = latest.description or (await self.press.document(latest, coloured=False)).summary if latest else ""
        strip = views.strip(site)
        tiles = views.tiles(strip, await self.press.facts_of(strip), site)
        await self.press.compiled()
        return self.html("home.html", views.home(site, document, html.text, summary, tiles), document)

    async def _form(self, thing: Thing, form: str, n: int, *, negotiated: bool) -> Record:
        """Make the Markdown, text or JSON of a thing; `n` counts the pages of a gallery's JSON from 1."""
        if isinstance(thing, Photo):
            data = await self.photographs.photo_data(thing)
            body = forms.dump(data) if form == "json" else forms.photo_text(data, markdown=form == "md").encode()
        elif isinstance(thing, Section):
            body = await self._section_form(thing, form, n)
            return await asyncio.to_thread(
                records.make, body, forms.CONTENT_TYPES[form], headers=REVALIDATED, pattern="/{path}",
                negotiated=negotiated,
            )  # fmt: skip
        else:
            html, document = await self.words(thing, "end")
            assert document is not None
            if form == "json":
                body = forms.dump(forms.page_data(thing, document, html))
            else:
                text = forms.markdown(thing, self.site.config) if form == "md" else forms.text(thing, document)
                body = text.encode()
        kind = forms.CONTENT_TYPES[form]
        return records.make(body, kind, headers=REVALIDATED, pattern="/{path}", negotiated=negotiated)

    async def _section_form(self, section: Section, form: str, n: int) -> bytes:
        if section.is_gallery and form == "json":
            return forms.dump(await self.photographs.data(section, n))
        if form == "json":
            return await asyncio.to_thread(lambda: forms.dump(forms.section_data(section, self.site)))
        if form == "md":
            return (await asyncio.to_thread(forms.section_markdown, section, self.site)).encode()
        _, document = await self.words(section.page)
        return forms.section_text(section, document).encode()

    async def random(self, resp: Response) -> None:
        """Redirect to a random post."""
        choices = self.site.posts or self.site.public
        if not choices:
            raise NotFound("/random")
        chosen = random.choice(choices)  # noqa: S311 - a walk, not a secret
        redirect(resp, references.href(chosen.url), 302, NEVER)

    async def sitemap(self, req: Request, resp: Response) -> None:
        """Answer with the sitemap, or part `?part=` of one that is too long for a single file."""
        part = number(req.params.get("part"), 0)
        address = f"/sitemap.xml?part={part}" if part else "/sitemap.xml"
        await self.machine(req, resp, address, lambda site: feeds.sitemap(site, part), "application/xml")

    async def machine(self, req: Request, resp: Response, path: str, make: Callable[[Site], bytes], kind: str) -> None:
        """Answer with something made of the whole site for programs; the author's own file at that path wins."""
        if own := self.site.files.get(path):
            await self.files.of(req, resp, Found(own))
            return

        async def record() -> Record:
            return await asyncio.to_thread(self._machine, path, make, kind)

        await deliver(req, resp, await self.kept(path, record))

    def _machine(self, path: str, make: Callable[[Site], bytes], kind: str) -> Record:
        """Make the record of `machine`; call it in a thread, as the time grows with the site."""
        return records.make(make(self.site), kind, headers=REVALIDATED, pattern=path)

    async def llms(self, req: Request, resp: Response, path: str, make: Callable[[Site], bytes]) -> None:
        """Answer with the site for language models. Raises NotFound if site.toml switches that off."""
        if not self.site.config.features.llms and path not in self.site.files:
            raise NotFound(path)
        await self.machine(req, resp, path, make, "text/plain; charset=utf-8")

    async def data(self, req: Request, resp: Response, value: Any, *, kept: bool = True) -> None:
        """Answer with JSON: a pydantic model, which may name a type of its own, or plain values.

        `kept` is False for values that change without a new snapshot; clients must not store them.
        """
        body = value.model_dump_json().encode() if hasattr(value, "model_dump_json") else forms.dump(value)
        content_type = getattr(value, "media_type", "application/json")
        await deliver(req, resp, records.make(body, content_type, headers=REVALIDATED if kept else NEVER))

    async def made(self, req: Request, resp: Response, path: str, make: Callable[[], Awaitable[Any]]) -> None:
        """Answer with JSON of a pydantic model that is costly to make, cached for the generation."""

        async def record() -> Record:
            body = (await make()).model_dump_json().encode()
            return await asyncio.to_thread(records.make, body, "application/json", headers=REVALIDATED, pattern=path)

        await deliver(req, resp, await self.kept(path, record))

    async def programs(self, req: Request, resp: Response, operations: Callable[[], Sequence[Operation]]) -> None:
        """Answer with the documentation of the API; to list its operations takes 0.1 s."""

        def page() -> Record:
            return self.html("api.html", views.programs(self.site, operations()), pattern="/api")

        await deliver(req, resp, await self.kept("/api", lambda: asyncio.to_thread(page)))


def _is_paged(thing: Thing, form: str) -> bool:
    """Say whether a form comes in pages: a folder's HTML, except the front page's, and a gallery's JSON."""
    return isinstance(thing, Section) and (thing.is_gallery if form == "json" else form == "" and thing.url != "/")
