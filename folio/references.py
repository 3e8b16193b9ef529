"""What an author wrote as a link or an image -> what it leads to on this site.

`resolver` makes the function that folio.markdown.render asks for each reference of a page.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from folio import images
from folio.content import Photo
from folio.errors import Gone, Moved, NotFound
from folio.images import Facts
from folio.markdown import Kind, Picture, Reference, Resolve
from folio.snapshot import Found, Site, is_reserved

ENGINE_FILES = (
    "/sitemap.xml",
    "/robots.txt",
    "/feed.xml",
    "/rss.xml",
    "/atom.xml",
    "/feed.json",
    "/opensearch.xml",
    "/llms.txt",
)


def locate(site: Site, source: str, target: str) -> Found | None:
    """Find what a local `target`, written in the file `source` of the tree, means; None when it leads nowhere.

    The order: a file beside the source, a file from the root of the tree, an address of the site in any spelling.
    """
    if _is_foreign(target):
        return None
    path = unquote(urlsplit(target).path)
    own = _url_of_source(site, source)
    if not path:
        return _at(site, own)
    folder = posixpath.dirname(source)
    relative = path.lstrip("/") if path.startswith("/") else posixpath.normpath(posixpath.join(folder, path))
    if relative.startswith(".."):
        return None
    for candidate in dict.fromkeys((relative, path.lstrip("/"))):
        if found := _of_file(site, candidate):
            return found
    base = posixpath.dirname(own)
    address = path if path.startswith("/") else posixpath.normpath(posixpath.join(base, path))
    return _at(site, address) or _at(site, "/" + relative)


def resolver(site: Site, source: str, facts: Mapping[str, Facts], *, absolute: bool = False) -> Resolve:
    """Make the resolver for one file; `facts` of the pictures it shows, by path. `absolute` prefixes the base URL."""
    prefix = site.config.base_url if absolute else ""

    def resolve(target: str, kind: Kind) -> Reference:
        if _is_foreign(target) or (target.startswith("#") and not absolute):
            return Reference(target)
        found = locate(site, source, target)
        if found is None:
            path = urlsplit(target).path
            known = path.startswith("/") and (is_reserved(path) or path in ENGINE_FILES or _leaves(site, path))
            return Reference(prefix + target) if known else Reference(target, exists=False)
        photo = found.thing if isinstance(found.thing, Photo) else None
        if photo and kind == "image" and (seen := facts.get(photo.path)) and seen.width:
            return Reference(prefix + href(photo.url), picture=_picture(photo, seen, site, prefix))
        page = found.form == "md" or (photo and kind == "link" and photo.url)  # "x.md" means the page, wherever it is
        address = found.thing.url if page else found.address
        return Reference(prefix + href(address) + _tail(target))

    return resolve


def _picture(photo: Photo, facts: Facts, site: Site, prefix: str) -> Picture:
    """Show a photograph; in a feed (with a prefix) as one plain picture, which every reader understands."""
    picture = images.picture(photo, facts, site.config, page=photo.url)
    if not prefix:
        return picture
    page = prefix + picture.page if picture.page else ""
    return Picture(prefix + picture.src, picture.width, picture.height, page=page)


def pictures(site: Site, source: str, targets: tuple[str, ...]) -> tuple[Photo, ...]:
    """Return the photographs of this site among image targets, each once."""
    found = (locate(site, source, target) for target in targets if not _is_foreign(target))
    photos = (one.thing for one in found if one and isinstance(one.thing, Photo))
    return tuple({photo.path: photo for photo in photos}.values())


def href(url: str) -> str:
    """Percent-encode a URL path for an attribute: file names hold spaces, `#`, `?` and `%`."""
    return quote(url, safe="/:@!$&'()*+,;=~-._")


def _is_foreign(target: str) -> bool:
    try:
        return target.startswith("//") or bool(urlsplit(target).scheme)
    except ValueError:  # "http://[": nobody can follow it, and it is not ours
        return True


def _tail(target: str) -> str:
    parts = urlsplit(target)
    return (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")


def _url_of_source(site: Site, source: str) -> str:
    entry = site.tree.entries.get(source)
    return entry.page.url if entry and entry.page else f"/{PurePosixPath(source).with_suffix('')}"


def _of_file(site: Site, path: str) -> Found | None:
    entry = site.tree.entries.get(path)
    if entry is None:
        return None
    if entry.page is not None:
        intro = site.intros.get(entry.page.url)  # "archive.md" introduces the engine's page of that address
        return Found(intro) if intro else _at(site, entry.page.url)
    if photo := site.pictures.get(path):
        return Found(photo, "file")
    asset = site.files.get(f"/{path}")
    return Found(asset) if asset else None


def _leaves(site: Site, path: str) -> bool:
    """Say whether a redirect takes an address to another site."""
    return isinstance(site.redirects.find(unquote(path), site.answers), Moved)


def _at(site: Site, address: str) -> Found | None:
    """Find what an address leads to, whatever its spelling."""
    for _ in range(2):
        try:
            return site.find(address.removeprefix("/"))
        except Moved as moved:
            if not moved.location.startswith("/"):
                break
            address = unquote(urlsplit(moved.location).path)
        except (Gone, NotFound):
            break
    return None
