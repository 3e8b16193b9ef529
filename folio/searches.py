"""A visitor's query -> a page of search results, or a feed of the newest of them.

No answer is cached, as there are endlessly many queries; pagecache.py never sees one.
"""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING
from urllib.parse import quote

from folio import feeds, search, suggestions, views
from folio.answers import NEVER, Request, Response, deliver, number
from folio.content import Page
from folio.errors import NotFound
from folio.records import Record
from folio.replies import Reply
from folio.syndication import FEEDS, written
from folio.views import found

if TYPE_CHECKING:
    from folio.search import Hit, Results

LAST_PAGE = 1000  # of results


class Searches(Reply):
    """Answers with search results. Raises NotFound where search is switched off."""

    __slots__ = ()

    async def page(self, req: Request, resp: Response) -> None:
        """Answer with a page of results; without a query, with the form and its syntax."""
        asked = self._asked(req)
        n = min(number(req.params.get("page"), 1), LAST_PAGE)
        results = await self.press.index.query(self.site, asked, n) if asked else None
        intro, document = await self.words(self.site.intros.get("/search"))
        page = functools.partial(found.search, self.site, asked, results, intro=intro.text)
        if results and not results.total:
            plain = self._plain(asked)
            near = suggestions.nearest(self.site, self.generation.vocabulary, plain or asked)
            context = page(near=near, plain=plain)
        else:
            context = page(tiles=self._tiles(results) if results else ())
        await deliver(req, resp, self.html("search.html", context, document, pattern="/search", headers=NEVER))

    def _tiles(self, results: Results) -> tuple[views.Tile, ...]:
        """Return tiles for the photographs among the results whose facts are known."""
        photos = [self.site.photos[hit.url] for hit in results.hits if hit.url in self.site.photos]
        facts = {photo.path: known for photo in photos if (known := self.press.facts.at_hand(photo))}
        return views.tiles(photos, facts, self.site)

    async def feed(self, req: Request, resp: Response, name: str) -> None:
        """Answer with a feed of the newest results."""
        if name not in FEEDS:
            raise self.nowhere(f"/search/{name}")
        asked = self._asked(req)
        results = await self.press.index.query(self.site, asked, 1, search.PAGE_HITS, newest=True) if asked else None
        await deliver(req, resp, await asyncio.to_thread(self._feed, asked, results, name))

    def _asked(self, req: Request) -> str:
        if not self.site.config.features.search:
            raise NotFound("/search")
        return req.params.get("q", "").strip()[: self.site.config.limits.query_characters]

    def _plain(self, asked: str) -> str:
        """Return the words of a query without quotes and filters, "" if that is the query itself."""
        words = " ".join(word.written for word in search.parse(asked, self.site.config.limits.query_characters).words)
        return "" if words == asked else words

    def _feed(self, asked: str, results: Results | None, name: str) -> Record:
        """Write the feed; call it in a thread. It holds exact matches only, since subscribers wait for new ones.

        An entry holds a snippet: thirty whole texts for each query would cost too much.
        """
        fits = results is not None and results.all_words and not results.corrected
        hits = {hit.url: hit for hit in results.hits} if results and fits else {}
        title = self.site.config.title
        channel = feeds.Channel(
            f"{title}: {asked}" if asked else title,
            "/search",
            f"/search/{name}",
            html=lambda page: feeds.clean(f"<p>{hits[page.url].snippet_html}</p>"),
            query=f"?q={quote(asked, safe='')}" if asked else "",
        )
        entries = [page for hit in hits.values() if (page := self._entry(hit))]
        return written(name, self.site, entries, channel, "/search/{feed}")

    def _entry(self, hit: Hit) -> Page | None:
        """Return a result as the page of a feed's entry; None for a folder without an index, which has no date."""
        photo = self.site.photos.get(hit.url)
        return views.feed_page(photo) if photo else hit.page
