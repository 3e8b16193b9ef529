"""The engine's static/ folder -> its files in memory, each with a fingerprinted URL; style sheets joined into site.css.

Read once when the application is created. Templates call `url(name)`, the route calls `find(name)`; a request path is
only ever a dict key. A static/ folder inside the content is not handled here.
"""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import chain, groupby, zip_longest
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from folio import records
from folio.config import ROOT
from folio.errors import NotFound
from folio.records import Record

STATIC = ROOT / "static"
STYLE_SHEET = "css/site.css"  # declares the layer order and imports the sheets that every page needs
CONTENT_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}  # a file of any other kind is not served

_KEPT_OR_COMMENT = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|url\([^)"']*\))|/\*.*?\*/""", re.DOTALL)
_HOLE = "\0"
_IMPORT = re.compile(r'@import url\("([^"]+)"\) layer\(([a-z]+)\);')
_URL = re.compile(r'url\("([^":#]+)"\)')
_NEAR = 3  # most names suggested for a missing one


class AssetFile(NamedTuple):
    """A static file, ready to send: `name` "fonts/et-book-roman.woff2", `version` 8 hex digits of its bytes' hash."""

    name: str
    body: bytes
    content_type: str
    version: str

    @property
    def etag(self) -> str:
        """Return the strong ETag of the uncompressed bytes, quotes included."""
        return f'"{self.version}"'

    @property
    def url(self) -> str:
        """Return a URL path that changes with the bytes, so that it can be cached for ever."""
        return f"/static/{self.name}?v={self.version}"


class Assets:
    """The files of one static folder (the engine's by default), read on construction: about half a megabyte."""

    def __init__(self, folder: Path = STATIC) -> None:
        files = {f.name: f for f in _scan(folder)}
        sheets = {name: files.pop(name) for name in list(files) if name.endswith(".css")}
        styles = dict(_styles(sheets, files)) if STYLE_SHEET in sheets else {}
        self._files = files | {name: _file(name, css.encode()) for name, css in styles.items()}
        self._answers: dict[tuple[str, str], Record] = {}

    def url(self, name: str) -> str:
        """Return "/static/site.css?v=1a2b3c4d" for "site.css". Raises NotFound naming the nearest names."""
        return self.find(name).url

    def find(self, name: str) -> AssetFile:
        """Return the file of this name ("site.css", "js/page.js"). Raises NotFound naming the nearest names."""
        if name in self._files:
            return self._files[name]
        near = difflib.get_close_matches(name, self._files, n=_NEAR, cutoff=0.5) if len(name) < 100 else []
        raise NotFound(f"{name[:100]!r} is not a file in static/" + (f" (near: {', '.join(near)})" if near else ""))

    def answer(self, file: AssetFile, headers: Mapping[str, str]) -> Record:
        """Return the response record for a file; of `headers` only cache-control may vary. Cached: compressed once."""
        key = file.name, headers["cache-control"]
        if key not in self._answers:
            self._answers[key] = records.make(
                file.body, file.content_type, headers=headers, pattern="/static/{path}", lasting=True
            )
        return self._answers[key]

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def __iter__(self) -> Iterator[AssetFile]:
        return iter(self._files.values())


def _scan(folder: Path) -> Iterator[AssetFile]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in name.split("/"))
        if path.suffix in CONTENT_TYPES and not hidden and path.is_file():
            body = path.read_bytes()
            yield _file(name, _plain(body.decode()).encode() if path.suffix == ".js" else body)


def _file(name: str, body: bytes) -> AssetFile:
    version = blake2b(body, digest_size=4).hexdigest()
    return AssetFile(name, body, CONTENT_TYPES[posixpath.splitext(name)[1]], version)


def _styles(sheets: Mapping[str, AssetFile], files: Mapping[str, AssetFile]) -> Iterator[tuple[str, str]]:
    """Yield "site.css", which is STYLE_SHEET with its imports inlined, then each sheet beside it that is not imported.

    The latter ("css/code.css") are linked by the pages that need them. Raises NotFound for an import or url() that
    names no file, so that this shows at start-up rather than to a visitor.
    """

    def fingerprinted(found: re.Match[str]) -> str:
        name = posixpath.normpath(posixpath.join(folder, found[1]))
        if name not in files:
            raise NotFound(f"a style sheet names {found[1]!r}, which does not exist")
        return f'url("{files[name].url}")'

    folder = posixpath.dirname(STYLE_SHEET)
    texts = {name: sheet.body.decode() for name, sheet in sheets.items() if posixpath.dirname(name) == folder}
    imports = [(posixpath.join(folder, found[1]), found[2]) for found in _IMPORT.finditer(texts[STYLE_SHEET])]
    yield "site.css", _URL.sub(fingerprinted, _join(texts, imports))
    for name in sorted(texts.keys() - {STYLE_SHEET, *(name for name, _ in imports)}):
        yield name, _URL.sub(fingerprinted, tidy(texts[name]))


def _join(texts: Mapping[str, str], imports: Iterable[tuple[str, str]]) -> str:
    """Replace the imports by the imported sheets, each inside its layer, as a browser would."""

    def imported(name: str) -> str:
        if name not in texts:
            raise NotFound(f"{STYLE_SHEET} imports {posixpath.basename(name)!r}, which does not exist")
        return tidy(texts[name])

    layers = [tidy(_IMPORT.sub("", texts[STYLE_SHEET]))]
    for layer, group in groupby(imports, key=itemgetter(1)):
        layers.append(f"@layer {layer}{{{''.join(imported(name) for name, _ in group)}}}")
    return "\n".join(layers)


def tidy(css: str) -> str:
    """Minify CSS: drop comments, and whitespace and semicolons that separate nothing.

    `a > b { color: red; }` -> `a>b{color:red}`. Strings and url() are kept as they are, and so is a space beside
    + or -, which calc() needs.
    """
    kept: list[str] = []

    def put_by(found: re.Match[str]) -> str:
        if found[1] is None:
            return " "
        kept.append(found[1])
        return _HOLE

    text = " ".join(_KEPT_OR_COMMENT.sub(put_by, css).split())
    for sign in (" {", "{ ", " }", "} ", " ;", "; ", " ,", ", ", ": ", " > ", " ~ "):
        text = text.replace(sign, sign.strip())
    while ";}" in text:
        text = text.replace(";}", "}")
    pieces = text.split(_HOLE)
    return "".join(chain.from_iterable(zip_longest(pieces, kept, fillvalue="")))


def _plain(text: str) -> str:
    """Minify JavaScript: drop indentation, empty lines and comment lines."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
