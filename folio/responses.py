"""The one way an answer leaves: a thing of the site -> its form -> a Record, kept for the generation, and sent.

engine.py calls one method a route. What is drawn from the snapshot is kept in the generation's memory under its path,
where pagecache finds it; files.py answers with what is a file.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from folio import conventions, feeds, forms, graph, records, references, rendering, templates, views
from folio.answers import HTML, NEVER, REVALIDATED, Request, Response, deliver, number, other_forms, policy, redirect
from folio.content import Asset, Page, Photo, Section
from folio.editions import BOUND, Editions
from folio.errors import Moved, NotFound, SiteError
from folio.files import Files
from folio.garden import Garden
from folio.markdown import Document, Html, NoteStyle
from folio.pages import Tag, tag_slug
from folio.photographs import Photographs
from folio.press import Generation, Press
from folio.records import Record
from folio.shelves import Rack, Shelf
from folio.snapshot import Found, Site

Thing = Page | Section | Photo
Made = TypeVar("Made")
MAX_RESULT_PAGES = 1000
SAFE_IN_QUERY = "%/:@!$&'()*+,;=?[]~-._"  # what stays as the visitor sent it
FEEDS: Mapping[str, tuple[Callable[..., bytes], str]] = {
    "feed.xml": (feeds.rss, "application/rss+xml; charset=utf-8"),
    "rss.xml": (feeds.rss, "application/rss+xml; charset=utf-8"),
    "atom.xml": (feeds.atom, "application/atom+xml; charset=utf-8"),
    "feed.json": (feeds.json_feed, "application/feed+json"),
}


@dataclass(frozen=True, slots=True)
class Responses:
    """Answers one request from the generation it began with, so that no answer mixes two."""

    press: Press
    generation: Generation

    @property
    def site(self) -> Site:
        return self.generation.site

    @property
    def garden(self) -> Garden:
        return self.generation.garden

    @property
    def files(self) -> Files:
        return Files(self.press, self.generation)

    @property
    def photographs(self) -> Photographs:
        return Photographs(self.press, self.generation)

    @property
    def editions(self) -> Editions:
        return Editions(self.press, self.generation)

    async def content(self, req: Request, resp: Response, path: str) -> None:
        """Answer with whatever the tree holds at an address, in the form its suffix or the Accept header asks for."""
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
            await self.files.of(resp, found)
        elif found.form in BOUND:
            await self.editions.of(req, resp, thing, found.form)
        else:
            await self._representation(req, resp, thing, found)

    def _found(self, req: Request, path: str) -> Found:
        """Find what has an address. On the way to a page of the engine's own, what is asked of it is kept."""
        try:
            return self.site.find(path)
        except Moved as moved:
            query = quote(req._starlette.scope["query_string"], safe=SAFE_IN_QUERY)
            if query and moved.location in conventions.OWN:
                raise Moved(f"{moved.location}?{query}", moved.status) from None
            raise

    async def _representation(self, req: Request, resp: Response, thing: Thing, found: Found) -> None:
        media = req.preferred_media_type(tuple(forms.MEDIA_TYPES)) or "text/html"
        form = found.form or forms.MEDIA_TYPES[media]
        paged = isinstance(thing, Section) and thing.is_gallery and form in ("", "json")
        n = number(req.params.get("page"), 1) if paged else 1
        # A negotiated form is kept apart from the one with a suffix: it varies with Accept. No path begins with a word.
        address = ("" if found.form or not form else "by Accept ") + Found(thing, form).address
        address = _page_address(address, n)

        async def make() -> Record:
            if form in FEEDS:
                return await self._feed(thing.url, form)
            if form:
                return await self._form(thing, form, n, negotiated=not found.form)
            return await self._page_of(thing, n)

        deliver(req, resp, await (self._kept(address, make) if self.photographs.is_settled(thing) else make()))

    async def _page_of(self, thing: Thing, n: int) -> Record:
        """Make the HTML page of a thing; `n` counts the pages of a gallery from 1."""
        site, photographs = self.site, self.photographs
        if isinstance(thing, Photo):
            caption, document = await self._words(thing.sidecar)
            context = await photographs.of_photo(thing, caption.text) | views.seen_in(self.garden, thing)
            return self._html("photo.html", context, document)
        if isinstance(thing, Page):
            return await self._essay(thing)
        if thing.url == "/":
            return await self._home(thing)
        html, document = await self._words(thing.page)
        linked = views.linked_from(self.garden, thing.url)
        if not thing.is_gallery:
            tiles, racks = await photographs.covers(thing), await photographs.racks(thing.url)
            context = views.section(site, thing, document, html.text, tiles, racks) | linked
            return self._html("section.html", context, document)
        context = await photographs.of_gallery(thing, document, html, n) | linked
        return self._html("gallery.html", context, document)

    async def _shelf(self, req: Request, resp: Response, photographs: Photographs, shelf: Rack | Shelf) -> None:
        """Answer with the photographs of one camera, lens or year, or with all cameras, lenses or years."""
        n = number(req.params.get("page"), 1)

        async def make() -> Record:
            return self._html(*await photographs.of_shelf(shelf, n))

        address = f"page {n} of {shelf.url}" if n != 1 else shelf.url
        deliver(req, resp, await (self._kept(address, make) if photographs.is_settled(shelf) else make()))

    async def _essay(self, page: Page) -> Record:
        html, document = await self._words(page)
        assert document is not None

        def make() -> Record:
            context = views.page(self.garden, page, document, html)
            return self._html("page.html", context, document)

        return await rendering.apart(self.site, page, make)

    async def _home(self, root: Section) -> Record:
        site = self.site
        html, document = await self._words(root.page)
        latest = site.posts[0] if site.posts else None
        summary = latest.description or (await self.press.document(latest)).summary if latest else ""
        strip = views.strip(site)
        tiles = views.tiles(strip, await self.press.facts_of(strip), site)
        return self._html("home.html", views.home(site, document, html.text, summary, tiles), document)

    async def _words(
        self, page: Page | None, notes: NoteStyle = "margin", *, absolute: bool = False
    ) -> tuple[Html, Document | None]:
        """Render a page's own words; of no page, nothing."""
        if page is None:
            return Html(""), None
        rendered = await rendering.render(self.press, self.site, page, notes, absolute=absolute)
        return rendered.html, rendered.document

    async def _form(self, thing: Thing, form: str, n: int, *, negotiated: bool) -> Record:
        """Make the Markdown, text or JSON of a thing; `n` counts the pages of a gallery's JSON from 1."""
        if isinstance(thing, Photo):
            data = await self.photographs.photo_data(thing)
            body = forms.dump(data) if form == "json" else forms.photo_text(data, markdown=form == "md").encode()
        elif isinstance(thing, Section):
            body = await self._section_form(thing, form, n)
        else:
            html, document = await self._words(thing, "end")
            assert document is not None
            if form == "json":
                body = forms.dump(forms.page_data(thing, document, html))
            else:
                body = (
                    forms.markdown(thing, self.site.config) if form == "md" else forms.text(thing, document)
                ).encode()
        kind = forms.CONTENT_TYPES[form]
        return records.make(body, kind, headers=REVALIDATED, pattern="/{path}", negotiated=negotiated)

    async def _section_form(self, section: Section, form: str, n: int) -> bytes:
        if section.is_gallery and form == "json":
            return forms.dump(await self.photographs.data(section, n))
        if form == "json":
            return forms.dump(forms.section_data(section, self.site))
        if form == "md":
            return forms.section_markdown(section, self.site).encode()
        _, document = await self._words(section.page)
        return forms.section_text(section, document).encode()

    async def listing(self, req: Request, resp: Response, url: str) -> None:
        """Answer with one of the engine's own lists, page `?page=` of it; the author's page there introduces it.

        What `?q=` leaves of the archive is made anew each time, or a robot could fill the memory with it.
        """
        if url not in views.LISTINGS:
            if await self.editions.listed(req, resp, url):
                return
            raise self._nowhere(url)
        query = req.params.get("q", "").strip() if url == "/archive" else ""
        asked = views.Asked(number(req.params.get("page"), 1), query[: self.site.config.limits.query_characters])

        async def make() -> Record:
            intro, document = await self._words(self.site.intros.get(url))
            template, view = views.LISTINGS[url]
            return await asyncio.to_thread(self._list, url, template, document, view, intro.text, asked)

        if asked.query:
            deliver(req, resp, await make())
        else:
            deliver(req, resp, await self._kept(_page_address(url, asked.number), make))

    async def graph(self, req: Request, resp: Response) -> None:
        """Answer with the map of the links, its table on page `?page=`."""
        url, asked = "/archive/graph", views.Asked(number(req.params.get("page"), 1))

        async def make() -> Record:
            intro, document = await self._words(self.site.intros.get(url))
            drawn = await graph.draw(self.press.store, self.generation.garden)
            return await asyncio.to_thread(
                self._list, url, "graph.html", document, views.graph, intro.text, asked, drawn
            )

        deliver(req, resp, await self._kept(_page_address(url, asked.number), make))

    def _list(
        self, url: str, template: str, document: Document | None, view: Callable[..., views.Context],
        intro: str, asked: views.Asked, *more: Any,
    ) -> Record:  # fmt: skip
        """Make the page of a list, in a thread: an index of the whole site takes 0.1 s."""
        context = view(self.generation.garden, intro, asked, *more)
        headers = NEVER if asked.query else REVALIDATED
        return self._html(template, context, document, pattern=url, headers=headers)

    async def tag(self, req: Request, resp: Response, slug: str) -> None:
        """Answer with the pages of a tag, page `?page=` of them."""
        if slug not in self.site.tags and await self.editions.listed(req, resp, f"/tags/{slug}"):
            return
        tag = self._tag(slug)
        asked = views.Asked(number(req.params.get("page"), 1))

        async def make() -> Record:
            intro, document = await self._words(self.site.intros.get(tag.url))
            context = views.tag(self.generation.garden, intro.text, asked, tag)
            return self._html("tag.html", context, document, pattern="/tags/{slug}")

        deliver(req, resp, await self._kept(_page_address(tag.url, asked.number), make))

    def _tag(self, slug: str) -> Tag:
        """Find a tag by its slug. Raises Moved for another spelling of it, NotFound."""
        if tag := self.site.tags.get(slug):
            return tag
        if tag := self.site.tags.get(tag_slug(slug)):
            raise Moved(references.href(tag.url))
        raise self._nowhere(f"/tags/{slug}")

    def _nowhere(self, url: str) -> SiteError:
        """Make what to raise where the engine has nothing of this spelling: Moved where it means something."""
        meant = self.site.engines(url)
        return Moved(references.href(meant)) if meant else NotFound(url)

    async def feed(self, req: Request, resp: Response, name: str, tag: str = "") -> None:
        """Answer with the feed of the site's posts, or of a tag's pages."""
        url = f"/tags/{tag}" if tag else "/"
        if name not in FEEDS or (tag and tag not in self.site.tags):
            raise self._nowhere(f"{url}/{name}")
        address = f"{url.rstrip('/')}/{name}"
        deliver(req, resp, await self._kept(address, lambda: self._feed(url, name)))

    async def _feed(self, url: str, name: str) -> Record:
        """Make the feed of the site, a section or a tag."""
        site = self.site
        if url != "/" and (section := site.sections.get(url)) and section.photos:
            return await self._gallery_feed(section, name)
        pages, title = self._feed_of(url)
        newest = pages[: site.config.limits.feed_entries]
        html: dict[str, str] = {}
        for page in newest:
            html[page.url] = (await self._words(page, "end", absolute=True))[0].text
            await asyncio.sleep(0)  # thirty pages in one go would hold everybody else up
        summaries = {page.url: (await self.press.document(page)).summary for page in newest}
        make, content_type = FEEDS[name]
        body = make(
            site,
            newest,
            title=title,
            url=url,
            self_url=f"{url.rstrip('/')}/{name}",
            html=lambda page: html[page.url],
            summary=lambda page: summaries[page.url],
        )
        return records.make(body, content_type, headers=REVALIDATED, pattern="/{path}/feed.xml")

    async def _gallery_feed(self, gallery: Section, name: str) -> Record:
        """Make the feed of a gallery: its newest photographs, each with its caption."""
        site = self.site
        photos, media = await self.photographs.newest(gallery, site.config.limits.feed_entries)
        html: dict[str, str] = {}
        for photo in photos:
            caption, _ = await self._words(photo.sidecar, "end", absolute=True)
            html[photo.url] = views.feed_entry(site, photo, media[photo.url], caption.text)
        make, content_type = FEEDS[name]
        body = make(
            site,
            tuple(views.feed_page(photo) for photo in photos),
            title=f"{site.config.title}: {gallery.title}",
            url=gallery.url,
            self_url=f"{gallery.url}/{name}",
            html=lambda page: html[page.url],
            media=media,
        )
        return records.make(body, content_type, headers=REVALIDATED, pattern="/{path}/feed.xml")

    def _feed_of(self, url: str) -> tuple[tuple[Page, ...], str]:
        site = self.site
        if url == "/":
            return site.posts, site.config.title
        if url.startswith("/tags/"):
            tag = site.tags[url.removeprefix("/tags/")]
            return tuple(page for page in tag.pages if page.date), f"{site.config.title}: {tag.name}"
        return site.posts_of(url), f"{site.config.title}: {site.sections[url].title}"

    async def search(self, req: Request, resp: Response) -> None:
        """Answer a search with a page; an empty one with its form. Raises NotFound where search is switched off."""
        if not self.site.config.features.search:
            raise NotFound("/search")
        query = req.params.get("q", "").strip()
        n = min(number(req.params.get("page"), 1), MAX_RESULT_PAGES)
        results = await self.press.index.query(self.site, query, n) if query else None
        building = self.press.index.state if results and results.building else ""
        intro = self.site.intros.get("/search")
        context = views.search(self.site, query[: self.site.config.limits.query_characters], results, n, building)
        _, document = await self._words(intro)
        deliver(req, resp, self._html("search.html", context, document, pattern="/search", headers=NEVER))

    async def random(self, resp: Response) -> None:
        """Send the visitor to a post of chance."""
        choices = self.site.posts or self.site.public
        if not choices:
            raise NotFound("/random")
        chosen = random.choice(choices)  # noqa: S311 - a walk, not a secret
        redirect(resp, references.href(chosen.url), 302, NEVER)

    async def sitemap(self, req: Request, resp: Response) -> None:
        """Answer with the map of the site, or part `?part=` of one that is too long for a single file."""
        part = number(req.params.get("part"), 0)
        address = f"/sitemap.xml?part={part}" if part else "/sitemap.xml"
        await self.machine(req, resp, address, lambda site: feeds.sitemap(site, part), "application/xml")

    async def machine(self, req: Request, resp: Response, path: str, make: Callable[[Site], bytes], kind: str) -> None:
        """Answer with something made of the whole site for programs; the writer's own file of that name wins."""
        if own := self.site.files.get(path):
            await self.files.of(resp, Found(own))
            return

        async def record() -> Record:
            return records.make(make(self.site), kind, headers=REVALIDATED, pattern=path)

        deliver(req, resp, await self._kept(path, record))

    async def llms(self, req: Request, resp: Response, path: str, make: Callable[[Site], bytes]) -> None:
        """Answer with the site for language models. Raises NotFound where its author wants none of it."""
        if not self.site.config.features.llms and path not in self.site.files:
            raise NotFound(path)
        made = await asyncio.to_thread(make, self.site) if self.generation.memory.get(path) is None else b""
        await self.machine(req, resp, path, lambda site: made, "text/plain; charset=utf-8")

    def data(self, req: Request, resp: Response, value: Any, *, kept: bool = True) -> None:
        """Answer with JSON: a pydantic model or plain values; `kept` False for what changes by itself."""
        body = value.model_dump_json().encode() if hasattr(value, "model_dump_json") else forms.dump(value)
        deliver(req, resp, records.make(body, "application/json", headers=REVALIDATED if kept else NEVER))

    async def made(self, req: Request, resp: Response, path: str, make: Callable[[], Awaitable[Any]]) -> None:
        """Answer with JSON, a pydantic model that takes some time to make: once a generation."""

        async def record() -> Record:
            body = (await make()).model_dump_json().encode()
            return records.make(body, "application/json", headers=REVALIDATED, pattern=path)

        deliver(req, resp, await self._kept(path, record))

    def programs(self, req: Request, resp: Response, paths: tuple[tuple[str, str, str], ...]) -> None:
        """Answer with the page that tells programs what they can ask."""
        deliver(req, resp, self._html("api.html", views.programs(self.site, paths), pattern="/api"))

    def _html(
        self,
        template: str,
        context: views.Context,
        document: Document | None = None,
        *,
        pattern: str = "/{path}",
        headers: Mapping[str, str] = REVALIDATED,
    ) -> Record:
        """Render a template into a record; hosts that the author embeds are allowed on that page alone."""
        html = templates.render(self.press.templates, template, **context).encode("utf-8", "replace")
        own = {**(policy(document) if document else {}), **other_forms(context["head"].alternates)}
        return records.make(html, HTML, headers={**headers, **own}, pattern=pattern, negotiated=pattern == "/{path}")

    async def _kept(self, address: str, make: Callable[[], Awaitable[Record]]) -> Record:
        """Return this generation's record of an address, made at the first request."""
        record = self.generation.memory.get(address)
        if record is None:
            record = await make()
            self.generation.memory.keep(address, record)
        return record


def _page_address(address: str, number: int) -> str:
    """Name a page of a list in the memory; no path begins with a word."""
    return address if number == 1 else f"page {number} of {address}"
