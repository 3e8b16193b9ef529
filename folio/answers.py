"""How an answer is put on a Responder response: a ready record, or a file from disk.

Shared by responses.py (what is drawn from the snapshot) and files.py (what leaves as a file).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from folio.markdown import Document
from folio.records import CSP, Record, asked

HTML = "text/html; charset=utf-8"
REVALIDATED = {"cache-control": "public, no-cache"}
FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}
FOR_AN_HOUR = {"cache-control": "public, max-age=3600"}
NEVER = {"cache-control": "no-store"}
# Markup that is no page of ours runs without scripts and in an origin of its own.
SANDBOXED = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox"}
CHUNK_BYTES = 1 << 20  # of a file that is read while it is sent
_HOST = re.compile(r"[a-z0-9.-]+(?::\d{1,5})?")


class Request(Protocol):
    """What is read of a Responder request."""

    method: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    _starlette: Any

    def preferred_media_type(self, candidates: Sequence[str]) -> str | None: ...


class Response(Protocol):
    """What is set on a Responder response."""

    status_code: int
    headers: dict[str, str]
    content: bytes
    text: str
    etag: str

    def stream_file(self, path: Path, *, content_type: str, chunk_size: int, root: Path, conditional: bool) -> None: ...


async def deliver(req: Request, resp: Response, record: Record) -> None:
    """Put a record on a response: the encoding the client accepts, or a 304."""
    scope = req._starlette.scope
    ready = await record.answered(asked(scope["headers"]), scope["method"])
    resp.status_code = ready.status
    resp.headers.update({name.decode(): value.decode("latin-1") for name, value in ready.headers})
    resp.content = ready.body


def deliver_file(
    resp: Response, file: Path, root: Path, content_type: str, etag: str, headers: Mapping[str, str], *, dated: bool
) -> None:
    """Put a file on a response; Responder answers ranges and conditions. `file` lies below `root` and is there.

    It is read as it is sent: eight visitors at once to a film of 150 MB held 1.2 GB of it in memory.
    One that is `dated` has its time as Last-Modified; that of a made thing says only when this engine made it.
    """
    resp.status_code = 200
    resp.headers.update(headers)
    resp.etag = f'"{etag}"'
    name = file.relative_to(root) if file.is_absolute() else file
    resp.stream_file(name, content_type=content_type, chunk_size=CHUNK_BYTES, root=root, conditional=dated)


def redirect(resp: Response, location: str, status: int, headers: Mapping[str, str]) -> None:
    """Send on to an address of this site, percent-encoded already."""
    resp.status_code = status
    resp.headers.update({"Location": location, **headers})
    resp.content = b""


def policy(document: Document) -> dict[str, str]:
    """Return the Content-Security-Policy header of a page: ours, and the hosts its author embeds or shows."""
    frames = [host for host in document.frames if _HOST.fullmatch(host)]
    shown = {urlsplit(image.target).netloc.lower() for image in document.images if image.target.startswith("http")}
    value = CSP
    if hosts := sorted(host for host in shown if _HOST.fullmatch(host)):
        value = value.replace("img-src 'self'", " ".join(["img-src 'self'", *(f"https://{host}" for host in hosts)]))
    if frames:
        value += "; frame-src " + " ".join(f"https://{host}" for host in sorted(frames))
    return {} if value == CSP else {"content-security-policy": value}


def other_forms(alternates: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Return the Link header (RFC 8288) that names a page's other forms, each a (type, address, title)."""
    value = ", ".join(f'<{href}>; rel="alternate"; type="{type}"' for type, href, _ in alternates if href.isascii())
    return {"link": value} if value else {}


def number(text: str | None, default: int) -> int:
    """Read a whole number of a query; anything else is the default. Bounded to nine ASCII digits."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else default
