"""All of the engine's own lists by URL, and the contexts of tags, directory and sitemap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from folio import archives
from folio.garden import Garden
from folio.metadata import forms_of
from folio.pages import Tag, tag_slug
from folio.views import archive, matter
from folio.views.base import Context
from folio.views.listing import ENTRIES_BYTES, Asked, line_weight, link_weight, listing, sheet


def tags(garden: Garden, intro: str, asked: Asked) -> Context:
    """Return the context of the list of tags with their counts."""
    return {**listing(garden, "/tags", "Tags", intro, asked), "tags": tuple(garden.site.tags.values())}


def tag(garden: Garden, intro: str, asked: Asked, tag: Tag) -> Context:
    """Return the context of one tag's pages."""
    feed, searched = f"{tag.url}/feed.xml", garden.site.config.features.search
    groups, count = sheet([("", tag.pages)], line_weight, asked, ENTRIES_BYTES)
    return {
        **listing(garden, tag.url, tag.name, intro, asked, count=count, feed=feed, forms=forms_of(garden.site, tag)),
        "pages": tuple(page for _, pages in groups for page in pages),
        "total": len(tag.pages),
        "feed_url": feed,
        "photos": sum(tag.slug in map(tag_slug, photo.tags) for photo in garden.site.photos.values()),
        "photos_url": "/search?q=" + quote(f'tag:"{tag.name}" kind:photo', safe="") if searched else "",
    }


def directory(garden: Garden, intro: str, asked: Asked) -> Context:
    """Return the context of the tree of all folders."""
    tree, total = archives.directory(garden.site), len(garden.site.public)
    return {**listing(garden, "/directory", "Directory", intro, asked), "tree": tree, "total": total}


def sitemap(garden: Garden, intro: str, asked: Asked) -> Context:
    """Return the context of the list of all folders with their pages."""
    found = archives.folders(garden.site)
    groups, count = sheet(found, link_weight, asked)
    return {
        **listing(garden, "/sitemap", "Sitemap", intro, asked, count=count),
        "groups": groups,
        "total": len(garden.site.public),
    }


View = Callable[[Garden, str, Asked], Context]
LISTINGS: Mapping[str, tuple[str, View]] = {
    "/archive": ("archive.html", archive.archive),
    "/archive/by-length": ("archive_length.html", archive.by_length),
    "/archive/themes": ("themes.html", archive.themes),
    "/archive/series": ("series.html", archive.series),
    "/archive/sidenotes": ("sidenotes.html", matter.sidenotes),
    "/archive/quotes": ("quotes.html", matter.quotes),
    "/archive/outlines": ("outlines.html", matter.outlines),
    "/archive/connections": ("connections.html", archive.connections),
    "/archive/terms": ("terms.html", matter.terms),
    "/tags": ("tags.html", tags),
    "/directory": ("directory.html", directory),
    "/sitemap": ("sitemap.html", sitemap),
}  # URL -> (template, function of the garden, the author's introduction and the request that returns its context)
