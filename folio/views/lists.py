"""The site -> the contexts of the engine's own lists: the archive in its orders, tags, the directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from folio import archives
from folio.garden import Garden
from folio.metadata import intro_head
from folio.pages import Tag
from folio.snapshot import Site
from folio.views.base import Context, base

ARCHIVE_VIEWS = (
    ("By year", "/archive"),
    ("By length", "/archive/by-length"),
    ("Tags", "/tags"),
    ("Directory", "/directory"),
)


def archive(garden: Garden, intro: str) -> Context:
    """Every dated page, by year."""
    site = garden.site
    dated = archives.dated(site)
    undated = tuple(p for p in site.public if not p.date and not p.is_index)
    return {
        **base(site, intro_head(site, "/archive", "Archive", feed="/feed.xml")),
        "years": archives.by_year(dated),
        "undated": undated,
        "total": len(dated) + len(undated),
        "words": sum(page.words for page in (*dated, *undated)),
        "views": _archive_views("/archive"),
        "intro": intro,
    }


def archive_by_length(garden: Garden, intro: str) -> Context:
    """Every page, by how long it takes to read."""
    site = garden.site
    pages = tuple(page for page in site.public if not page.is_index)
    return {
        **base(site, intro_head(site, "/archive/by-length", "Archive by length")),
        "groups": archives.by_length(pages),
        "total": len(pages),
        "words": sum(page.words for page in pages),
        "views": _archive_views("/archive/by-length"),
        "intro": intro,
    }


def tags(garden: Garden, intro: str) -> Context:
    """Every tag with its count."""
    site = garden.site
    return {**base(site, intro_head(site, "/tags", "Tags")), "tags": tuple(site.tags.values()), "intro": intro}


def tag(site: Site, tag: Tag, intro: str) -> Context:
    """The pages of one tag, under its name or the title the author gives it."""
    feed = f"{tag.url}/feed.xml"
    return {
        **base(site, intro_head(site, tag.url, tag.name, feed=feed)),
        "tag": tag,
        "intro": intro,
        "pages": tag.pages,
        "feed_url": feed,
    }


def directory(garden: Garden, intro: str) -> Context:
    """The tree of the whole site."""
    site = garden.site
    head = intro_head(site, "/directory", "Directory")
    return {**base(site, head), "tree": archives.directory(site), "total": len(site.public), "intro": intro}


LISTINGS: Mapping[str, tuple[str, Callable[[Garden, str], Context]]] = {
    "/archive": ("archive.html", archive),
    "/archive/by-length": ("archive_length.html", archive_by_length),
    "/tags": ("tags.html", tags),
    "/directory": ("directory.html", directory),
}  # address -> its template, and what fills it from the garden and the author's introduction


def _archive_views(current: str) -> tuple[tuple[str, str, bool], ...]:
    return tuple((name, url, url == current) for name, url in ARCHIVE_VIEWS)
