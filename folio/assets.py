"""static/ -> every file of ours in memory, each with a fingerprinted URL; the style sheets joined into one site.css.

Read once when the engine is made. Templates ask `url(name)`, the route asks `find(name)`; a request path is only ever
a key of a dict. The writer's own static/ folder inside the content is not looked at here.
"""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from folio.config import ROOT
from folio.errors import NotFound

STATIC = ROOT / "static"
STYLE_SHEET = "css/site.css"  # names the layers in their order and imports every other sheet
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

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_IMPORT = re.compile(r'@import url\("([^"]+)"\) layer\(([a-z]+)\);')
_URL = re.compile(r'url\("([^":#]+)"\)')
_NEAR = 3  # names offered for one that is not there


@dataclass(frozen=True, slots=True)
class AssetFile:
    """One file of ours, ready to send: `name` "fonts/et-book-roman.woff2", `version` 8 hex digits of its bytes."""

    name: str
    body: bytes
    content_type: str
    version: str

    @property
    def etag(self) -> str:
        """Return the strong entity tag of the bytes as they are, quotes included."""
        return f'"{self.version}"'

    @property
    def url(self) -> str:
        """Return the URL path that changes with the bytes, so that it can be kept for ever."""
        return f"/static/{self.name}?v={self.version}"


class Assets:
    """The files of one static folder (ours by default), read when this is made: about half a megabyte."""

    def __init__(self, folder: Path = STATIC) -> None:
        files = {f.name: f for f in _scan(folder)}
        sheets = {name: files.pop(name) for name in list(files) if name.endswith(".css")}
        if STYLE_SHEET in sheets:
            joined = _file("site.css", _join(sheets, files).encode())
            files[joined.name] = joined
        self._files = files

    def url(self, name: str) -> str:
        """Return "/static/site.css?v=1a2b3c4d" for "site.css". Raises NotFound naming the nearest names."""
        return self.find(name).url

    def find(self, name: str) -> AssetFile:
        """Return the file of this name ("site.css", "js/theme.js"). Raises NotFound naming the nearest names."""
        if name in self._files:
            return self._files[name]
        near = difflib.get_close_matches(name, self._files, n=_NEAR, cutoff=0.5) if len(name) < 100 else []
        raise NotFound(f"{name[:100]!r} is no file of static/" + (f" (near: {', '.join(near)})" if near else ""))

    def __iter__(self) -> Iterator[AssetFile]:
        return iter(self._files.values())


def _scan(folder: Path) -> Iterator[AssetFile]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in name.split("/"))
        if path.suffix in CONTENT_TYPES and not hidden and path.is_file():
            yield _file(name, path.read_bytes())


def _file(name: str, body: bytes) -> AssetFile:
    version = blake2b(body, digest_size=4).hexdigest()
    return AssetFile(name, body, CONTENT_TYPES[posixpath.splitext(name)[1]], version)


def _join(sheets: Mapping[str, AssetFile], files: Mapping[str, AssetFile]) -> str:
    """Join the sheets that STYLE_SHEET imports, each inside its layer: what a browser would make of the imports.

    Raises NotFound for an import or a url() that names no file: found at start-up, not by a visitor.
    """

    def imported(found: re.Match[str]) -> str:
        name = posixpath.join(folder, found[1])
        if name not in sheets:
            raise NotFound(f"{STYLE_SHEET} imports {found[1]!r}, which is not there")
        return f"@layer {found[2]}{{\n{_tidy(sheets[name])}\n}}"

    def fingerprinted(found: re.Match[str]) -> str:
        name = posixpath.normpath(posixpath.join(folder, found[1]))
        if name not in files:
            raise NotFound(f"a style sheet names {found[1]!r}, which is not there")
        return f'url("{files[name].url}")'

    folder = posixpath.dirname(STYLE_SHEET)
    return _URL.sub(fingerprinted, _IMPORT.sub(imported, _tidy(sheets[STYLE_SHEET])))


def _tidy(sheet: AssetFile) -> str:
    """Leave out comments, indentation and empty lines: they are for us, not for the wire."""
    lines = (line.strip() for line in _COMMENT.sub("", sheet.body.decode()).splitlines())
    return "\n".join(line for line in lines if line)
