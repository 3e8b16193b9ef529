"""The path of a file in the content folder -> the media type that it is served with. Called by files.py."""

from __future__ import annotations

from pathlib import PurePosixPath
from types import MappingProxyType

from folio.scan import WELL_KNOWN

_TYPES = MappingProxyType(
    {
        ".avif": "image/avif",
        ".css": "text/css; charset=utf-8",
        ".csv": "text/csv; charset=utf-8",
        ".epub": "application/epub+zip",
        ".flac": "audio/flac",
        ".gif": "image/gif",
        ".htm": "text/html; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".ico": "image/x-icon",
        ".jpeg": "image/jpeg",
        ".jpg": "image/jpeg",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".m4a": "audio/mp4",
        ".mp3": "audio/mpeg",
        ".mp4": "video/mp4",
        ".ogg": "audio/ogg",
        ".pdf": "application/pdf",
        ".png": "image/png",
        ".py": "text/plain; charset=utf-8",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
        ".wav": "audio/wav",
        ".webm": "video/webm",
        ".webmanifest": "application/manifest+json",
        ".webp": "image/webp",
        ".woff2": "font/woff2",
        ".xml": "application/xml",
        ".zip": "application/zip",
    }
)
# RFC 8615: most names in that folder have no suffix, and some documents a type of their own.
_WELL_KNOWN = MappingProxyType({"host-meta": "application/xrd+xml", "webfinger": "application/jrd+json"})
_MARKUP = (".svg", ".html", ".htm", ".xml")


def of(path: str, body: bytes = b"") -> str:
    """Return the type of a file: "a/b.css" -> "text/css; charset=utf-8", "application/octet-stream" if unknown.

    In `.well-known` a file without a suffix is JSON or plain text, as its `body` begins.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if is_well_known(path) and not suffix:
        plain = _TYPES[".json" if body.lstrip().startswith(b"{") else ".txt"]
        return _WELL_KNOWN.get(path.partition("/")[2], plain)
    return _TYPES.get(suffix, "application/octet-stream")


def is_well_known(path: str) -> bool:
    """Say whether a file is for the programs that ask every site for it."""
    return path.partition("/")[0] == WELL_KNOWN


def is_markup(path: str) -> bool:
    """Say whether a browser may run what is in a file, which therefore has to be sandboxed."""
    return path.lower().endswith(_MARKUP)
