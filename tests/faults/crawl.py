"""Walks a running site as a robot would: every address that any answer names, and every form of every page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx
from conftest import Live

BASE = "https://example.org"
MACHINES = (
    "/", "/search", "/search/feed.xml", "/directory",
    "/archive", "/archive/by-length", "/archive/themes", "/archive/series",
    "/archive/sidenotes", "/archive/quotes", "/archive/outlines", "/archive/connections", "/archive/terms",
    "/archive/graph", "/archive/graph/data", "/api/themes", "/api/graph", "/sitemap", "/tags",
    "/feed.xml", "/rss.xml", "/atom.xml",
    "/feed.json", "/sitemap.xml", "/robots.txt", "/opensearch.xml", "/health", "/metrics", "/api", "/api/schema",
    "/api/blog?size=100", "/api/directory-tree", "/index.md", "/index.txt", "/index.json", "/nothing-there",
)  # fmt: skip
FORMS = (".md", ".txt", ".json")


class Markup(HTMLParser):
    """What a page of HTML is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[str] = []
        self._script = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._script = tag == "script"
        if self._script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script:
            self.scripts[-1] += data

    @property
    def addresses(self) -> Iterator[str]:
        """Every address that it names, as written."""
        for tag, attributes in self.elements:
            if attributes.get("rel") == "nofollow" and attributes["href"].startswith("/search?"):
                continue  # ways to narrow a search: each leads to all others, without end
            for name in ("href", "src", "action", "poster"):
                if name in attributes:
                    yield attributes[name]
            for candidate in attributes.get("srcset", "").split(", "):
                if candidate:
                    yield candidate.split()[0]
            if tag == "meta" and attributes.get("property", attributes.get("name")) in (
                "og:image",
                "og:url",
                "twitter:image",
            ):
                yield attributes["content"]


def local(addresses: Iterable[str], page: str) -> Iterator[str]:
    """Yield those that lead to this site, as paths."""
    for address in addresses:
        parts = urlsplit(urljoin(BASE + page, urldefrag(address)[0]))
        if f"{parts.scheme}://{parts.netloc}" == BASE:
            yield (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


async def crawl(live: Live, *more: str, pictures: bool = False) -> dict[str, httpx.Response]:
    """Return the answer of every address there is to be found from the usual ones and `more`.

    Pictures, cards and PDFs take long to make and are left out, unless `pictures`.
    """
    found: dict[str, httpx.Response] = {}
    waiting = list(dict.fromkeys((*MACHINES, *more)))
    while waiting:
        path = waiting.pop()
        if path in found or (
            not pictures and re.match(r"/(images|og-image|thumb)/|.*\.(pdf|epub|jpe?g|png|webp)$", path)
        ):
            continue
        found[path] = reply = await live.get(path)
        waiting += {*_named(reply, path)} - found.keys()
    return found


def _named(reply: httpx.Response, path: str) -> Iterator[str]:
    kind = reply.headers.get("content-type", "").partition(";")[0]
    if "location" in reply.headers:
        yield from local([reply.headers["location"]], path)
    elif kind == "text/html":
        yield from local(Markup(reply.text).addresses, path)
        if (
            reply.status_code == 200
            and "?" not in path
            and path != "/"
            and not re.match(r"/(tags|archive|search|api|directory|sitemap)", path)
        ):
            yield from (path + form for form in FORMS)
    elif kind in ("application/xml", "application/rss+xml", "application/atom+xml"):
        yield from local(map(unescape, re.findall(r"<(?:loc|link|guid)[^>]*>([^<]+)<", reply.text)), path)
