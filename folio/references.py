"""The target of a link, an image or a wikilink, as written -> what it leads to on this site.

`resolver` makes the function that folio.markdown.render calls for each reference of a page; `pictures` and `embedded`
return beforehand what that needs. targets.py parses targets, names.py indexes what can be named.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from types import MappingProxyType
from urllib.parse import quote, unquote, urljoin, urlsplit

from folio import images, slugs, targets
from folio.content import PAGE_SUFFIXES, PHOTO_SUFFIXES, Page, Photo, Section
from folio.errors import Gone, Moved, NotFound
from folio.images import Facts
from folio.markdown import Document, Kind, Passage, Picture, Reference, Resolve, fragment
from folio.pages import tag_slug
from folio.snapshot import Found, Site, is_reserved
from folio.targets import BY_NAME, Target

ENGINE_FILES = (
    "/sitemap.xml",
    "/robots.txt",
    "/favicon.ico",
    "/apple-touch-icon.png",
    "/manifest.webmanifest",
    "/feed.xml",
    "/rss.xml",
    "/atom.xml",
    "/feed.json",
    "/opensearch.xml",
    "/llms.txt",
    "/llms-full.txt",
)
DEPTH = 4  # of embeds within embeds
TOP = frozenset(("", "top", "main"))  # anchors that every page has (HTML §7.4.6.4), `main` by templates/base.html
_SAFE_IN_FRAGMENT = "/:@!$&'()*+,;=~-._?^"
# Files that an ordinary link or image finds anywhere by name alone if its path leads nowhere, as in Obsidian.
_BY_SUFFIX: Mapping[Kind, tuple[str, ...]] = MappingProxyType({"link": PAGE_SUFFIXES, "image": PHOTO_SUFFIXES})


def locate(site: Site, source: str, target: str, kind: Kind = "link") -> Found | None:
    """Find what a local `target`, written in the file `source` of the tree, leads to; None if nowhere.

    Tried in order: a file relative to the source, a file from the root of the tree, an address in any spelling, a file
    in the author's `static` folder, "../x" as from an address that ends in a slash, a file of that name anywhere. For
    a name in `[[…]]` names.py comes first.
    """
    return next(iter(_candidates(site, source, _read(site, source, target, kind), kind)), None)


def pictures(site: Site, source: str, document: Document) -> tuple[Photo, ...]:
    """Return the photographs of this site that a document shows or embeds, each once."""
    asked: dict[tuple[str, Kind], None] = dict.fromkeys((image.target, image.kind) for image in document.images)
    asked |= dict.fromkeys((target, "embed") for target in document.embeds)
    found = (locate(site, source, target, kind) for target, kind in asked)
    photos = (one.thing for one in found if one and isinstance(one.thing, Photo))
    return tuple({photo.path: photo for photo in photos}.values())


def embedded(site: Site, source: str, document: Document) -> tuple[Page, ...]:
    """Return the pages that a document embeds, wholly or in part, each once."""
    found = (locate(site, source, target, "embed") for target in dict.fromkeys(document.embeds))
    pages = (_page_of(one) for one in found if one)
    return tuple({page.path: page for page in pages if page}.values())


def is_old_name(site: Site, source: str, written: str, kind: Kind) -> bool:
    """Say whether a name in `[[…]]` leads somewhere only because a page had it before it moved."""
    target = _read(site, source, written, kind)
    if kind not in BY_NAME or target.way != "name" or not target.path or _by_name(site, source, target.path):
        return False
    return not any(site.lives(address) for address in _addresses(source, unquote(target.path)))


def has_anchor(url: str, ids: Collection[str]) -> bool:
    """Say whether a URL's fragment exists on its page; `ids` are those of the page's text."""
    name = url.partition("#")[2].partition(":~:")[0]  # without a text fragment, as in "#why:~:text=…"
    return name.lower() in TOP or name in ids or unquote(name) in ids


def href(url: str) -> str:
    """Percent-encode a URL path for an attribute: file names may hold spaces, `#`, `?` and `%`."""
    return quote(url, safe="/:@!$&'()*+,;=~-._")


def resolver(
    site: Site,
    source: str,
    facts: Mapping[str, Facts],
    documents: Mapping[str, Document] = MappingProxyType({}),
    *,
    absolute: bool = False,
) -> Resolve:
    """Make the resolver for one rendering of the file `source`.

    `facts` are those of the pictures it shows, `documents` its own and those it embeds, both by path; pictures and
    texts that are not among them are linked. `absolute` prefixes the base URL.
    """
    prefix = site.config.base_url if absolute else ""
    return _Resolver(site, source, facts, documents, prefix, ((source, ""),))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Resolver:
    """Resolves one text's references. `above` are the embeds around it, (path, part), so that none embeds itself."""

    site: Site
    source: str
    facts: Mapping[str, Facts]
    documents: Mapping[str, Document]
    prefix: str
    above: tuple[tuple[str, str], ...]
    anchors: dict[str, Mapping[str, str]] = field(default_factory=dict)  # path -> {a heading's text: its id}
    answers: dict[tuple[str, Kind], Reference] = field(default_factory=dict)  # a cache, as texts repeat references

    def __call__(self, written: str, kind: Kind) -> Reference:
        answer = self.answers.get((written, kind))
        if answer is None:
            answer = self.answers[written, kind] = self._answer(written, kind)
        return answer

    def _answer(self, written: str, kind: Kind) -> Reference:
        target = _read(self.site, self.source, written, kind)
        if target.way == "foreign":
            return Reference(written)
        if not target.path and target.tail.startswith("#") and not self.prefix and kind != "embed":
            return Reference(self._tail(self.source, target, kind))
        found = _candidates(self.site, self.source, target, kind)
        if not found:
            return self._engines(target) or Reference(self._lost(written), exists=False)
        page = _page_of(found[0])
        others = dict.fromkeys(self._address(one, kind) for one in found)
        tail = self._tail(page.path if page else "", target, kind)
        return self._reference(found[0], tail, kind, tuple(others)[1:])

    def _lost(self, written: str) -> str:
        """Return the target of a broken link as written, made absolute where all addresses are."""
        if not self.prefix:
            return written
        try:
            return urljoin(self.prefix + href(_url_of_source(self.site, self.source)), written)
        except ValueError:  # "//[" or an invalid host
            return written

    def _reference(self, found: Found, tail: str, kind: Kind, also: tuple[str, ...]) -> Reference:
        """Return the reference to a thing: a picture, an embedded passage, or an address."""
        photo = found.thing if isinstance(found.thing, Photo) else None
        if photo and kind in ("image", "embed") and (seen := self.facts.get(photo.path)) and seen.width:
            return Reference(
                self.prefix + href(photo.url), picture=_picture(photo, seen, self.site, self.prefix), also=also
            )
        url = self._address(found, kind) + tail
        passage = self._passage(found, tail.removeprefix("#"), url) if kind == "embed" else None
        return Reference(url, also=also, passage=passage)

    def _address(self, found: Found, kind: Kind) -> str:
        """Return the address to print: for "x.md" that of the page, for a linked photograph that of its own page."""
        photo = isinstance(found.thing, Photo) and kind in ("link", "wiki") and found.thing.url
        return self.prefix + href(found.thing.url if found.form == "md" or photo else found.address)

    def _engines(self, target: Target) -> Reference | None:
        """Return the reference to an address of the engine's own, or of a redirect to another site; else None."""
        path = target.path
        if not path.startswith("/") or path.startswith("//"):
            return None
        known = is_reserved(path) or path in ENGINE_FILES or _leaves(self.site, path)
        own = path if known else self.site.engines(path)
        return Reference(self.prefix + href(own) + target.tail) if own else None

    def _tail(self, path: str, target: Target, kind: Kind) -> str:
        """Return the query and fragment to put behind the address of the page at `path`: a heading's text -> its id."""
        query, mark, written = target.tail.rpartition("#")
        words = written if kind in BY_NAME else unquote(written)
        named = kind in BY_NAME or " " in words  # no id has a space: Obsidian writes "[x](Note.md#Some%20heading)"
        if not mark or not named or ":~:" in words:
            return target.tail
        anchor = words if words.startswith("^") else self._anchor(path, words)
        return f"{query}#{quote(anchor, safe=_SAFE_IN_FRAGMENT)}"

    def _anchor(self, path: str, words: str) -> str:
        """Return the id of the heading whose id or text is `words`; if unknown, the id such a heading usually has."""
        usual, document = fragment(words), self.documents.get(path)
        if document is None:
            return usual
        if path not in self.anchors:
            by_text = {fragment(heading.text): heading.id for heading in reversed(document.headings)}
            self.anchors[path] = by_text | {heading.id: heading.id for heading in document.headings}
        return self.anchors[path].get(words) or self.anchors[path].get(usual) or usual

    def _passage(self, found: Found, part: str, url: str) -> Passage | None:
        """Return the text of a page to embed here; None if that would embed itself, or is too deep or not at hand."""
        page = _page_of(found)
        document = self.documents.get(page.path) if page and found.form in ("", "md") else None
        if page is None or document is None:
            return None
        place = (page.path, unquote(part))
        if place in self.above or len(self.above) > DEPTH:
            return None
        inner = replace(self, source=page.path, above=(*self.above, place), answers={})
        return Passage(page.title, url, document, inner, place[1])


def _picture(photo: Photo, facts: Facts, site: Site, prefix: str) -> Picture:
    """Return a photograph's picture; in feeds (with a prefix) in a single width, which every reader understands."""
    picture = images.picture(photo, facts, site.config, page=photo.url)
    if not prefix:
        return picture
    page = prefix + picture.page if picture.page else ""
    return Picture(prefix + picture.src, picture.width, picture.height, page=page)


def _page_of(found: Found) -> Page | None:
    thing = found.thing
    return thing if isinstance(thing, Page) else thing.page if isinstance(thing, Section) else None


def _read(site: Site, source: str, written: str, kind: Kind) -> Target:
    """Parse a target, with what only the site can tell: whether "C# notes" is a name, and the slug of a tag."""
    target = targets.read(written, kind, site.config.base_url)
    if kind in BY_NAME and "#" in written and target.path and site.names.find(written, posixpath.dirname(source)):
        return Target("name", written)
    if target.way in ("tag", "category"):
        if (slug := tag_slug(target.path)) in site.tags:
            return Target("path", f"/tags/{slug}")
        return Target("path", f"/{target.path}") if target.way == "category" else targets.NOWHERE
    return target


def _candidates(site: Site, source: str, target: Target, kind: Kind) -> tuple[Found, ...]:
    """Return what a target can mean, the likeliest first."""
    if target.way == "name" and target.path:
        return _by_name(site, source, target.path) or _one(_by_address(site, source, unquote(target.path)))
    return _by_path(site, source, target.path, kind) if target.way in ("path", "name") else ()


def _by_name(site: Site, source: str, name: str) -> tuple[Found, ...]:
    named = site.names.find(name, posixpath.dirname(source))
    found = (_at_canonical(site, one.url) for one in named)
    return tuple(one for one in found if one)


def _by_address(site: Site, source: str, name: str) -> Found | None:
    """Find the thing whose address is written in place of a name, from the root or from the source's folder.

    The last resort is a name that a page had before it moved, in any folder.
    """
    formerly = site.former.get(slugs.spelling(name))
    addresses = (*_addresses(source, name), *([formerly] if formerly else []))
    return next(filter(None, (_at(site, address) for address in addresses)), None)


def _addresses(source: str, name: str) -> tuple[str, str]:
    relative = posixpath.normpath(posixpath.join(posixpath.dirname(source), name.lstrip("/")))
    return "/" + name.lstrip("/"), "/" + relative


def _by_path(site: Site, source: str, path: str, kind: Kind) -> tuple[Found, ...]:
    own = _url_of_source(site, source)
    if not path:
        return _one(_at(site, own))
    folder = posixpath.dirname(source)
    relative = path.lstrip("/") if path.startswith("/") else posixpath.normpath(posixpath.join(folder, path))
    if relative.startswith(".."):
        return _one(_at_slash(site, own, path))
    files = tuple(dict.fromkeys((relative, path.lstrip("/"))))
    for candidate in files:
        if found := _of_file(site, candidate):
            return (found,)
    address = path if path.startswith("/") else posixpath.normpath(posixpath.join(posixpath.dirname(own), path))
    for candidate in dict.fromkeys((address, "/" + relative)):
        if found := _at(site, candidate):
            return (found,)
    if any(candidate in site.tree.entries for candidate in files):  # hidden: do not find another of its name
        return ()
    if path.startswith("/"):
        return _one(_of_file(site, f"static{path}"))
    if found := _at_slash(site, own, path):
        return (found,)
    return _by_name(site, source, path) if path.lower().endswith(_BY_SUFFIX.get(kind, ())) else ()


def _at_slash(site: Site, own: str, path: str) -> Found | None:
    """Resolve "../x" as from an address that ends in a slash, as in Hugo and Jekyll, where it means a neighbour."""
    if not path.startswith("../") or path.lower().endswith(PAGE_SUFFIXES):
        return None
    return _at(site, posixpath.normpath(posixpath.join(posixpath.dirname(own), path.removeprefix("../"))))


def _one(found: Found | None) -> tuple[Found, ...]:
    return (found,) if found else ()


def _url_of_source(site: Site, source: str) -> str:
    entry = site.tree.entries.get(source)
    return entry.page.url if entry and entry.page else f"/{PurePosixPath(source).with_suffix('')}"


def _of_file(site: Site, path: str) -> Found | None:
    entry = site.tree.entries.get(path)
    if entry is None:
        return None
    if entry.page is not None:
        return _at_canonical(site, entry.page.url)
    if photo := site.pictures.get(path):
        return Found(photo, "file")
    asset = site.files.get(f"/{path}")
    return Found(asset) if asset else None


def _at_canonical(site: Site, url: str) -> Found | None:
    """Find what a page's own URL leads to; "archive.md" introduces the engine's page at that address."""
    intro = site.intros.get(url)
    return Found(intro) if intro else _at(site, url)


def _leaves(site: Site, path: str) -> bool:
    """Say whether an address redirects to another site."""
    return isinstance(site.redirects.find(path, site.answers), Moved)


def _at(site: Site, address: str) -> Found | None:
    """Find what an address leads to, in any spelling."""
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
