"""The feeds of the site, of a folder, a gallery or a tag, in every format: the newest entries, with full texts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping

from folio import feeds, records, views
from folio.answers import REVALIDATED, Request, Response, deliver
from folio.content import Page, Section
from folio.records import Record
from folio.replies import Reply
from folio.snapshot import Site

Notation = Callable[[Site, Iterable[Page], feeds.Channel], bytes]
FEEDS: Mapping[str, tuple[Notation, str]] = {
    "feed.xml": (feeds.rss, "application/rss+xml; charset=utf-8"),
    "rss.xml": (feeds.rss, "application/rss+xml; charset=utf-8"),
    "atom.xml": (feeds.atom, "application/atom+xml; charset=utf-8"),
    "feed.json": (feeds.json_feed, "application/feed+json"),
}  # by the last segment of an address: (writer, media type)
PATTERN = "/{path}/feed.xml"  # of all but a search's, for the metrics
OPAQUE = "application/octet-stream"  # of records that are cached only, never sent


def written(name: str, site: Site, pages: Iterable[Page], channel: feeds.Channel, pattern: str) -> Record:
    """Write a feed in the format of its name; call it in a thread, as thirty full texts may be megabytes."""
    notation, content_type = FEEDS[name]
    return records.make(notation(site, pages, channel), content_type, headers=REVALIDATED, pattern=pattern)


class Syndication(Reply):
    """Answers with feeds."""

    __slots__ = ()

    async def feed(self, req: Request, resp: Response, name: str, tag: str = "") -> None:
        """Answer with the feed of the site's posts, or of a tag's pages."""
        url = f"/tags/{tag}" if tag else "/"
        if name not in FEEDS or (tag and tag not in self.site.tags):
            raise self.nowhere(f"{url}/{name}")
        address = f"{url.rstrip('/')}/{name}"
        await deliver(req, resp, await self.kept(address, lambda: self.of(url, name)))

    async def of(self, url: str, name: str) -> Record:
        """Make the feed of the site, a section or a tag."""
        site = self.site
        if url != "/" and (section := site.sections.get(url)) and section.photos:
            return await self._gallery_feed(section, name)
        pages, title = self._feed_of(url)
        newest = pages[: site.config.limits.feed_entries]
        worded: dict[str, tuple[str, feeds.Clean]] = {}
        for page in newest:
            summary, _, html = (await self._worded(page)).decode().partition("\0")
            worded[page.url] = summary, feeds.Clean(html)
            await asyncio.sleep(0)  # thirty pages at a stretch would block other requests
        channel = feeds.Channel(
            title,
            url,
            f"{url.rstrip('/')}/{name}",
            html=lambda page: worded[page.url][1],
            summary=lambda page: worded[page.url][0],
        )
        return await asyncio.to_thread(written, name, site, newest, channel, PATTERN)

    async def entries(self, pages: Iterable[Page]) -> Mapping[str, bytes]:
        """Return the entries of those `pages` that are in feeds of the site and its tags, by URL, for `take`."""
        most = self.site.config.limits.feed_entries
        lists = ("/", *(f"/tags/{slug}" for slug in self.site.tags))
        fed = {page.url for url in lists for page in self._feed_of(url)[0][:most]}
        found: dict[str, bytes] = {}
        for page in pages:
            if page.url in fed:
                with contextlib.suppress(Exception):  # the request for the feed will report it
                    found[page.url] = await self._worded(page)
        return found

    def take(self, entries: Mapping[str, bytes]) -> None:
        """Cache `entries` that another process made of the same snapshot."""
        for url, worded in entries.items():
            self.generation.memory.keep(_kept_as(url), records.make(worded, OPAQUE))

    async def _worded(self, page: Page) -> bytes:
        """Return a page's clean summary and HTML, separated by NUL; made once for all feeds that hold the page."""

        async def make() -> Record:
            html, document = await self.words(page, "end", absolute=True)
            assert document is not None
            worded = f"{feeds.clean(document.summary)}\0{feeds.clean(html.text)}"
            return records.make(worded.encode(), OPAQUE)

        record = await self.kept(_kept_as(page.url), make)
        return record.variants["identity"].plain

    async def _gallery_feed(self, gallery: Section, name: str) -> Record:
        """Make the feed of a gallery: its newest photographs, each with its caption."""
        site = self.site
        photos, media = await self.photographs.newest(gallery, site.config.limits.feed_entries)
        html: dict[str, feeds.Clean] = {}
        for photo in photos:
            caption, _ = await self.words(photo.sidecar, "end", absolute=True)
            html[photo.url] = feeds.clean(views.feed_entry(site, photo, media[photo.url], caption.text))
        channel = feeds.Channel(
            f"{site.config.title}: {gallery.title}",
            gallery.url,
            f"{gallery.url}/{name}",
            html=lambda page: html[page.url],
            media=media,
        )
        shown = tuple(views.feed_page(photo) for photo in photos)
        return await asyncio.to_thread(written, name, site, shown, channel, PATTERN)

    def _feed_of(self, url: str) -> tuple[tuple[Page, ...], str]:
        site = self.site
        if url == "/":
            return site.posts, site.config.title
        if url.startswith("/tags/"):
            tag = site.tags[url.removeprefix("/tags/")]
            return tuple(page for page in tag.pages if page.date), f"{site.config.title}: {tag.name}"
        return site.posts_of(url), f"{site.config.title}: {site.sections[url].title}"


def _kept_as(url: str) -> str:
    return f"in feeds {url}"
