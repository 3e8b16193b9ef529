"""What an author wrote as a link or an image -> what it leads to on this site.

`resolver` makes the function that folio.markdown.render asks for each reference of a page.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from folio import images
from folio.content import Asset, Page, Photo, Section
from folio.errors import Gone, Moved, NotFound
from folio.images import Facts
from folio.markdown import Kind, Reference, Resolve
from folio.site import Site, is_reserved

Thing = Page | Section | Photo | Asset
ENGINE_FILES = ("/sitemap.xml", "/robots.txt", "/feed.xml", "/rss.xml", "/atom.xml", "/feed.json", "/opensearch.xml")


def locate(site: Site, source: str, target: str) -> Thing | None:
    """Find what a local `target`, written in the file `source` of the tree, means; None when it leads nowhere.

    The order: a file beside the source, a file from the root of the tree, an address of the site in any spelling.
    """
    path = unquote(urlsplit(target).path)
    if not path:
        return site.page(_url_of_source(site, source))
    folder = posixpath.dirname(source)
    relative = path.lstrip("/") if path.startswith("/") else posixpath.normpath(posixpath.join(folder, path))
    if relative.startswith(".."):
        return None
    for candidate in dict.fromkeys((relative, path.lstrip("/"))):
        if thing := _of_file(site, candidate):
            return thing
    base = posixpath.dirname(_url_of_source(site, source))
    address = path if path.startswith("/") else posixpath.normpath(posixpath.join(base, path))
    return _at(site, address) or _at(site, "/" + relative)


def resolver(site: Site, source: str, facts: Mapping[str, Facts], *, absolute: bool = False) -> Resolve:
    """Make the resolver for one file; `facts` of the pictures it shows, by path. `absolute` prefixes the base URL."""
    prefix = site.config.base_url if absolute else ""

    def resolve(target: str, kind: Kind) -> Reference:
        if target.startswith("#") and not absolute:
            return Reference(target)
        if _is_foreign(target):
            return Reference(target)
        thing = locate(site, source, target)
        tail = _tail(target)
        if isinstance(thing, Photo):
            known = facts.get(thing.path)
            if kind == "image" and known and known.width:
                return Reference(prefix + thing.url, picture=images.picture(thing, known, site.config, page=thing.url))
            return Reference(prefix + href(thing.url if kind == "link" and thing.url else f"/{thing.path}") + tail)
        if thing is not None:
            return Reference(prefix + href(thing.url) + tail)
        path = urlsplit(target).path
        if path.startswith("/") and (is_reserved(path) or path.startswith("/static/") or path in ENGINE_FILES):
            return Reference(prefix + target)
        if path.startswith("/") and path.endswith("/feed.xml") and path.removesuffix("/feed.xml") in site.sections:
            return Reference(prefix + target)
        return Reference(target, exists=False)

    return resolve


def pictures(site: Site, source: str, targets: tuple[str, ...]) -> tuple[Photo, ...]:
    """Return the photographs of this site among image targets, each once."""
    found = (locate(site, source, target) for target in targets if not _is_foreign(target))
    return tuple({thing.path: thing for thing in found if isinstance(thing, Photo)}.values())


def href(url: str) -> str:
    """Percent-encode a URL path for an attribute: file names hold spaces, `#`, `?` and `%`."""
    return quote(url, safe="/:@!$&'()*+,;=~-._")


def _is_foreign(target: str) -> bool:
    try:
        return target.startswith(("//", "#")) or bool(urlsplit(target).scheme)
    except ValueError:  # "http://[": nobody can follow it, and it is not ours
        return True


def _tail(target: str) -> str:
    parts = urlsplit(target)
    return (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")


def _url_of_source(site: Site, source: str) -> str:
    entry = site.tree.entries.get(source)
    return entry.page.url if entry and entry.page else f"/{PurePosixPath(source).with_suffix('')}"


def _of_file(site: Site, path: str) -> Thing | None:
    entry = site.tree.entries.get(path)
    if entry is None:
        return None
    if entry.page is not None:
        return site.page(entry.page.url)
    return site.pictures.get(path) or site.files.get(f"/{path}")


def _at(site: Site, address: str) -> Thing | None:
    try:
        return site.find(address).thing
    except Moved as moved:
        try:
            return site.find(unquote(urlsplit(moved.location).path)).thing if moved.location.startswith("/") else None
        except (Moved, Gone, NotFound):
            return None
    except (Gone, NotFound):
        return None
