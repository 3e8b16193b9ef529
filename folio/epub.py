"""A volume -> an EPUB 3, made by `make` in a worker: the same bytes for the same volume.

Written with zipfile alone: the format is a zip of XHTML files and a manifest, and what it requires fits on a page. The
order of the files, their times and their identifiers depend on nothing but the volume.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from folio import progress, templates, volumes, xhtml
from folio.assets import Assets
from folio.cache import Maker
from folio.config import ROOT
from folio.errors import MakeFailed
from folio.volumes import Chapter, Volume
from folio.xhtml import Leaf

EPUB = Maker("folio.epub:make", version=1)
BOOK = EPUB._replace(lane="book")
TYPE = "application/epub+zip"
STYLE = ROOT / "static" / "epub" / "book.css"
XHTML = "application/xhtml+xml"
FEATURES = ("structuralNavigation", "tableOfContents", "readingOrder", "displayTransformability")
WRITTEN = (1980, 1, 1, 0, 0, 0)  # modification time of every file in the zip: the earliest that the format allows
UNDATED = "1970-01-01"  # modification date of a volume without dated texts
KINDS: Mapping[str, str] = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp",
                            ".avif": "image/avif", ".gif": "image/gif", ".svg": "image/svg+xml"}  # fmt: skip
_FOLLOWED = ("http", "https", "mailto", "tel")
_NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_UNSAFE = re.compile(r"[^A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]")


@dataclass(frozen=True, slots=True)
class Item:
    """A file of the package, as listed in the manifest (content.opf); `spine` if it is part of the reading order."""

    id: str
    href: str
    media_type: str
    properties: str = ""
    spine: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """An entry of the table of contents."""

    title: str
    href: str
    below: tuple[Step, ...] = ()


def key(volume: Volume) -> tuple[str, ...]:
    """Return the cache key: everything the bytes depend on."""
    return (volumes.digest(volume, _version()),)


@cache  # the engine's own files change only with a restart
def _version() -> str:
    """Return a hash of the style sheet and the templates of books."""
    hashed = blake2b(digest_size=4)
    for path in (STYLE, *sorted(templates.TEMPLATES.glob("epub_*"))):
        hashed.update(path.read_bytes())
    return hashed.hexdigest()


def make(volume: Volume) -> bytes:
    """Return a volume as an EPUB 3. Missing pictures are left out.

    Raises MakeFailed for a text that is nested too deeply to be parsed.
    """
    try:
        return _packaged(_Binding(volume))
    except RecursionError as error:
        raise MakeFailed(f"{volume.canonical}: a text in it is nested too deeply for a book") from error


class _Binding:
    """The chapters of one EPUB as XHTML, with the links between them resolved."""

    def __init__(self, volume: Volume) -> None:
        self.volume = volume
        self.env = templates.environment(Assets())
        self.places = {chapter.url: _name(n) for n, chapter in enumerate(volume.chapters, 1) if chapter.url}
        self.pictures = dict(_pictures(volume.pictures))
        self.leaves = [self.leaf(n, chapter) for n, chapter in enumerate(volume.chapters, 1)]
        ids = {_name(n): leaf.ids for n, leaf in enumerate(self.leaves, 1)}
        for n, leaf in enumerate(self.leaves, 1):
            _fix_links(leaf, _name(n), ids)

    def print(self, template: str, **context: Any) -> str:
        printed = templates.render(self.env, template, volume=self.volume, **context)
        return _NOT_XML.sub("", printed)

    def leaf(self, n: int, chapter: Chapter) -> Leaf:
        """Print and parse chapter `n`, counted from 1."""
        name = _name(n)
        progress.tell(n, len(self.volume.chapters))
        printed = self.print("epub_chapter.html", chapter=chapter, icon=f"../{_icon(name)}" if chapter.icon else "")
        pictures = {f"../{_icon(name)}": f"../{_icon(name)}"} | {
            url: f"../{at}" for url, (at, _) in self.pictures.items()
        }
        return xhtml.leaf(
            printed, lambda address: pictures.get(unquote(urlsplit(address).path), ""), self.links(chapter, name)
        )

    def links(self, chapter: Chapter, name: str) -> Callable[[str], str]:
        """Return a function that rewrites a link of a chapter: to a file of this book, else to an absolute URL."""
        base = self.volume.base_url + (chapter.url or "/")

        def address(written: str) -> str:
            if written.startswith("#"):
                return written
            try:
                absolute = urljoin(base, written.strip())
                parts = urlsplit(absolute)
            except ValueError:
                return ""
            if parts.scheme not in _FOLLOWED or (parts.scheme.startswith("http") and not parts.hostname):
                return ""
            at_home = absolute.startswith(f"{self.volume.base_url}/") and not parts.query
            place = self.places.get(parts.path.removeprefix(urlsplit(self.volume.base_url).path)) if at_home else None
            if place:
                return f"{place}#{parts.fragment}" if parts.fragment else place
            return _UNSAFE.sub(lambda found: quote(found[0]), absolute)

        return address

    def document(self, template: str, **context: Any) -> bytes:
        """Print a page of the book that is no chapter: the title page or the table of contents."""
        return xhtml.document(xhtml.leaf(self.print(template, **context), lambda url: "", lambda url: url).root)


def _fix_links(leaf: Leaf, name: str, ids: Mapping[str, frozenset[str]]) -> None:
    """Make links to anchors that do not exist in the book lead to the beginning of their chapter."""
    for link in xhtml.links(leaf.root):
        file, mark, fragment = link.attributes["href"].partition("#")
        if mark and (file or name) in ids and unquote(fragment) not in ids[file or name]:
            link.attributes["href"] = file or name


def _name(n: int) -> str:
    return f"{n:03}.xhtml"


def _icon(name: str) -> str:
    return f"images/icon-{name.removesuffix('.xhtml')}.svg"


def _pictures(pictures: Iterable[tuple[str, str]]) -> Iterator[tuple[str, tuple[str, Path]]]:
    """Yield (path in the text, (path in the book, file)) of each picture that exists and has a known type."""
    for n, (url, file) in enumerate(pictures, 1):
        path = Path(file)
        if path.suffix in KINDS and path.is_file():
            yield unquote(url), (f"images/{n:03}{path.suffix}", path)


def _files(binding: _Binding) -> Iterator[tuple[Item, bytes]]:
    """Yield every file of the package except the manifest, in reading order."""
    volume, is_book = binding.volume, binding.volume.kind == "book"
    yield Item("style", "book.css", "text/css"), STYLE.read_bytes()
    cover = Path(volume.cover)
    if volume.cover and cover.is_file():
        yield Item("cover", f"images/cover{cover.suffix}", KINDS[cover.suffix], "cover-image"), cover.read_bytes()
    if is_book:
        yield Item("title", "title.xhtml", XHTML, spine=True), binding.document("epub_title.html")
    steps = _contents(binding)
    yield Item("nav", "nav.xhtml", XHTML, "nav", spine=is_book), binding.document("epub_nav.html", steps=steps)
    for n, (chapter, leaf) in enumerate(zip(volume.chapters, binding.leaves, strict=True), 1):
        yield Item(f"c{n:03}", f"text/{_name(n)}", XHTML, _properties(leaf), spine=True), xhtml.document(leaf.root)
        if chapter.icon:
            yield Item(f"i{n:03}", _icon(_name(n)), KINDS[".svg"]), chapter.icon.encode()
    shown = {unquote(urlsplit(url).path) for leaf in binding.leaves for url in leaf.pictures}
    for place, path in sorted(found for url, found in binding.pictures.items() if url in shown):
        yield Item(f"p{Path(place).stem}", place, KINDS[path.suffix]), path.read_bytes()


def _contents(binding: _Binding) -> tuple[Step, ...]:
    """Return the table of contents: the chapters, each with its headings."""
    chapters = zip(binding.volume.chapters, binding.leaves, strict=True)
    return tuple(
        Step(
            chapter.title,
            f"text/{_name(n)}",
            tuple(Step(words, f"text/{_name(n)}#{quote(id)}") for id, words in leaf.headings),
        )
        for n, (chapter, leaf) in enumerate(chapters, 1)
    )


def _properties(leaf: Leaf) -> str:
    return " ".join(name for name, has in (("mathml", leaf.has_mathml), ("svg", leaf.has_svg)) if has)


def _packaged(binding: _Binding) -> bytes:
    """Zip the package. Its first file is the media type, uncompressed, as EPUB requires."""
    files = list(_files(binding))
    leaves = binding.leaves
    features = {
        "MathML": any(leaf.has_mathml for leaf in leaves),
        "alternativeText": not any(leaf.undescribed for leaf in leaves),
    }
    package = binding.print(
        "epub_package.xml",
        items=[item for item, _ in files],
        modified=_moment(binding.volume.modified or binding.volume.created),
        has_pictures=any(leaf.pictures for leaf in leaves),
        features=[*FEATURES, *(name for name, has in features.items() if has)],
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        _add(archive, "mimetype", TYPE.encode(), zipfile.ZIP_STORED)
        _add(archive, "META-INF/container.xml", binding.print("epub_container.xml").encode())
        _add(archive, "EPUB/package.opf", package.encode())
        for item, body in files:
            packed = item.media_type.startswith("image/") and item.media_type != KINDS[".svg"]
            _add(archive, f"EPUB/{item.href}", body, zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _add(archive: zipfile.ZipFile, name: str, body: bytes, how: int = zipfile.ZIP_DEFLATED) -> None:
    entry = zipfile.ZipInfo(name, WRITTEN)
    entry.compress_type, entry.create_system, entry.external_attr = how, 3, 0o644 << 16
    archive.writestr(entry, body)


def _moment(date: str) -> str:
    """Return an ISO date of any precision as the time that EPUB requires: "2026-06" -> "2026-06-01T00:00:00Z"."""
    day = "-".join([*date.split("T")[0].split("-"), "01", "01"][:3]) if date else UNDATED
    return f"{day}T00:00:00Z"
