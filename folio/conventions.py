"""Addresses that other systems use for feeds, taxonomies and lists -> the engine's own address of the same thing.

snapshot.py calls `meant` when nothing else matches a request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from folio import slugs
from folio.pages import tag_slug

# The engine's own fixed addresses: every route of engine.py without a parameter.
OWN = (
    "/random", "/search", "/directory", "/archive", "/archive/graph", "/archive/graph/data", "/tags", "/feed.xml",
    "/rss.xml", "/atom.xml", "/feed.json", "/sitemap", "/sitemap.xml", "/robots.txt", "/llms.txt", "/llms-full.txt",
    "/opensearch.xml", "/manifest.webmanifest", "/favicon.ico", "/apple-touch-icon.png", "/health", "/metrics",
    "/api", "/api/blog", "/api/search", "/api/search/autocomplete", "/api/directory-tree", "/api/themes",
    "/api/graph", "/api/schema",
)  # fmt: skip
VIEWS = (
    "by-length",
    "themes",
    "series",
    "sidenotes",
    "quotes",
    "outlines",
    "connections",
    "terms",
    "graph",
)  # of the archive: each is also found at its name alone ("/themes"), unless the content has that URL
SHORT: Mapping[str, str] = MappingProxyType({f"/{view}": f"/archive/{view}" for view in VIEWS})
LISTS: Mapping[str, str] = MappingProxyType(
    {
        **{slugs.spelling(short): url for short, url in SHORT.items()},
        **{slugs.spelling(url): url for url in (*OWN, *SHORT.values())},
        "archives": "/archive",
        "categories": "/tags",
        "category": "/tags",
        "tag": "/tags",
        "topics": "/tags",
    }
)  # by folded address
FEEDS: Mapping[str, str] = MappingProxyType(
    {
        "feed.xml": "feed.xml",
        "rss.xml": "rss.xml",
        "atom.xml": "atom.xml",
        "feed.json": "feed.json",
        "index.xml": "feed.xml",  # Hugo
        "feed": "feed.xml",  # WordPress, and the next four
        "feed/rss": "feed.xml",
        "feed/rss2": "feed.xml",
        "feed/rdf": "feed.xml",
        "feed/atom": "atom.xml",
        "rss": "feed.xml",  # Ghost
        "atom": "atom.xml",
        "feeds/all.rss.xml": "feed.xml",  # Pelican
        "feeds/all.atom.xml": "atom.xml",
        "feeds/posts/default": "atom.xml",  # Blogger
    }
)  # suffix after the URL of the site, a section or a tag -> file name of its feed
TAXONOMIES = ("tags", "tag", "categories", "category", "topics", "topic", "search/label")
_PAGES = (".html", ".htm")
_LONGEST = 3  # most segments of a key in FEEDS


def meant(url: str, tags: Collection[str], section: Callable[[str], str | None]) -> str | None:
    """Return the engine's own address that a URL path stands for, None if there is none or it is the same.

    `tags` are the existing slugs; `section` maps the feed address of a folder, in any spelling, to the canonical one.
    """
    found = LISTS.get(slugs.spelling(url)) or _tag(url, tags) or _feed(url, tags, section)
    return None if found == url else found


def _tag(url: str, tags: Collection[str]) -> str | None:
    """Map the address of a taxonomy term to its tag: "/category/On_Cats.html" -> "/tags/on-cats", if that exists."""
    path = url.strip("/")
    for taxonomy in TAXONOMIES:
        if path[: len(taxonomy) + 1].casefold() == f"{taxonomy}/":
            return _known(path[len(taxonomy) + 1 :], tags)
    return None


def _known(written: str, tags: Collection[str]) -> str | None:
    name = written.strip("/").removesuffix("/index.html")
    name = next((name[: -len(end)] for end in _PAGES if name.lower().endswith(end)), name)
    tried = (tag_slug(name), tag_slug(name.replace("_", "-")))
    return next((f"/tags/{slug}" for slug in tried if slug in tags), None)


def _feed(url: str, tags: Collection[str], section: Callable[[str], str | None]) -> str | None:
    """Map a feed's address: "/tag/boat/feed/" -> "/tags/boat/feed.xml", "/posts/index.xml" -> "/posts/feed.xml"."""
    segments = [segment for segment in url.split("/") if segment]
    for count in range(min(_LONGEST, len(segments)), 0, -1):
        folder, name = "/".join(["", *segments[:-count]]), FEEDS.get("/".join(segments[-count:]).casefold())
        if name and (tag := _tag(folder, tags)):
            return f"{tag}/{name}"
        if name and (feed := section(f"{folder}/{name}")):
            return feed
    return None
