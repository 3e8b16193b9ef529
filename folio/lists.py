"""The engine's own lists: the archive in its orders, the map of links, tags. engine.py calls one method per route."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from folio import backmatter, graph, references, views
from folio.answers import NEVER, REVALIDATED, Request, Response, deliver, number
from folio.backmatter import Connection
from folio.errors import MakeFailed, Moved, NotFound
from folio.markdown import Document
from folio.pages import Tag, tag_slug
from folio.records import Record
from folio.replies import Reply, page_address
from folio.views import lists, matter
from folio.views.listing import Asked

if TYPE_CHECKING:
    from folio.editions import Editions
    from folio.graph import Map

log = logging.getLogger("folio.content")


class Lists(Reply):
    """Answers with lists, each introduced by the author's own page at its address."""

    __slots__ = ()

    @property
    def editions(self) -> Editions:
        from folio.editions import Editions

        return Editions(self.press, self.generation)

    async def listing(self, req: Request, resp: Response, url: str) -> None:
        """Answer with one of the engine's own lists, page `?page=` of it; the author's page there introduces it.

        An archive filtered by `?q=` is never cached, or a robot could fill the memory with it.
        """
        if url not in lists.LISTINGS:
            if await self.editions.listed(req, resp, url):
                return
            raise self.nowhere(url)
        query = req.params.get("q", "").strip() if url == "/archive" else ""
        asked = Asked(number(req.params.get("page"), 1), query[: self.site.config.limits.query_characters])

        async def make() -> Record:
            intro, document = await self.words(self.site.intros.get(url))
            template, view = lists.LISTINGS[url]
            return await asyncio.to_thread(self._list, url, template, document, view, intro.text, asked)

        if asked.query:
            await deliver(req, resp, await make())
        else:
            await deliver(req, resp, await self.kept(page_address(url, asked.number), make))

    async def graph(self, req: Request, resp: Response) -> None:
        """Answer with the map of the links, its table on page `?page=`."""
        url, asked = "/archive/graph", Asked(number(req.params.get("page"), 1))
        if not self.site.config.features.graph:
            raise NotFound(url)

        async def make() -> Record:
            intro, document = await self.words(self.site.intros.get(url))
            found = await asyncio.to_thread(self.garden.once, backmatter.connections)
            drawn = await self._map(found)
            return await asyncio.to_thread(
                self._list, url, "graph.html", document, matter.graph, intro.text, asked, drawn, found
            )

        await deliver(req, resp, await self.kept(page_address(url, asked.number), make))

    async def _map(self, found: Sequence[Connection]) -> Map:
        """Draw the map, or an empty one where that fails: the table beneath says the same."""
        try:
            return await graph.draw(self.press.store, found)
        except MakeFailed as error:
            log.warning("the map of the links could not be drawn: %s", error)
            return graph.Map()

    def _list(
        self, url: str, template: str, document: Document | None, view: Callable[..., views.Context],
        intro: str, asked: Asked, *more: Any,
    ) -> Record:  # fmt: skip
        """Make the page of a list; call it in a thread, as an index of the whole site takes 0.1 s."""
        context = view(self.garden, intro, asked, *more)
        headers = NEVER if asked.query else REVALIDATED
        return self.html(template, context, document, pattern=url, headers=headers)

    async def tag(self, req: Request, resp: Response, slug: str) -> None:
        """Answer with the pages of a tag, page `?page=` of them."""
        if slug not in self.site.tags and await self.editions.listed(req, resp, f"/tags/{slug}"):
            return
        tag = self._tag(slug)
        asked = Asked(number(req.params.get("page"), 1))

        async def make() -> Record:
            intro, document = await self.words(self.site.intros.get(tag.url))
            return await asyncio.to_thread(self._tagged, tag, intro.text, document, asked)

        await deliver(req, resp, await self.kept(page_address(tag.url, asked.number), make))

    def _tagged(self, tag: Tag, intro: str, document: Document | None, asked: Asked) -> Record:
        context = lists.tag(self.garden, intro, asked, tag)
        return self.html("tag.html", context, document, pattern="/tags/{slug}")

    def _tag(self, slug: str) -> Tag:
        """Find a tag by its slug. Raises Moved for another spelling of it, NotFound for no tag."""
        if tag := self.site.tags.get(slug):
            return tag
        if tag := self.site.tags.get(tag_slug(slug)):
            raise Moved(references.href(tag.url))
        raise self.nowhere(f"/tags/{slug}")
