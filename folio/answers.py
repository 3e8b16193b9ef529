"""Fill a Responder response from a ready record or a file on disk.

Shared by responses.py (answers made from the snapshot) and files.py (answers that are files).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlsplit

from folio import descriptors
from folio.errors import Busy
from folio.markdown import Document
from folio.records import CSP, HELD, Record, asked

HTML = "text/html; charset=utf-8"
REVALIDATED = {"cache-control": "public, no-cache"}
FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}
FOR_AN_HOUR = {"cache-control": "public, max-age=3600"}
NEVER = {"cache-control": "no-store"}
# For markup from the content folder, not rendered by the engine: no scripts, and an origin of its own.
SANDBOXED = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox"}
SPARE_DESCRIPTORS = 24  # kept free of large files, besides connections: pages are served when no large file is any more
CHUNK_BYTES = 1 << 20  # size of the pieces in which a file is read and sent
_HOST = re.compile(r"[a-z0-9.-]+(?::\d{1,5})?")


class Request(Protocol):
    """The attributes of a Responder request that handlers use."""

    method: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    _starlette: Any

    def preferred_media_type(self, candidates: Sequence[str]) -> str | None: ...


class Response(Protocol):
    """The attributes of a Responder response that handlers set."""

    status_code: int
    headers: dict[str, str]
    content: bytes
    text: str
    req: Request
    etag: str

    def stream_file(self, path: Path, *, content_type: str, chunk_size: int, conditional: bool) -> None: ...


async def deliver(req: Request, resp: Response, record: Record) -> None:
    """Fill a response from a record, in the encoding the client accepts, or as a 304."""
    scope = req._starlette.scope
    ready = await record.answered(asked(scope["headers"]), scope["method"])
    resp.status_code = ready.status
    resp.headers.update({name.decode(): value.decode("latin-1") for name, value in ready.headers})
    resp.content = ready.body


def deliver_file(
    resp: Response,
    opened: BinaryIO,
    name: Path,
    content_type: str,
    etag: str,
    headers: Mapping[str, str],
    *,
    dated: bool,
) -> None:
    """Stream an open file as the response; Responder handles ranges and conditions. Raises Busy if many are being sent.

    It is read while it is sent: eight visitors at once to a film of 150 MB held 1.2 GB of it in memory. It stays open
    until the request is answered, whatever becomes of its `name` meanwhile.
    Last-Modified is sent if `dated`; the time of a generated file says only when this engine made it.
    """
    resp.req._starlette.scope[HELD] = opened
    if descriptors.left_after(opened.fileno()) < SPARE_DESCRIPTORS:
        raise Busy("many large files are being sent")
    resp.status_code = 200
    resp.headers.update(headers)
    resp.etag = f'"{etag}"'
    same = Path(f"/proc/self/fd/{opened.fileno()}")  # not every system has such paths
    file = same if same.exists() else name
    resp.stream_file(file, content_type=content_type, chunk_size=CHUNK_BYTES, conditional=dated)


def redirect(resp: Response, location: str, status: int, headers: Mapping[str, str]) -> None:
    """Redirect to an address of this site, which is percent-encoded already."""
    resp.status_code = status
    resp.headers.update({"Location": location, **headers})
    resp.content = b""


def policy(document: Document) -> dict[str, str]:
    """Return a Content-Security-Policy that admits the hosts a page embeds or shows images of; {} if ours does."""
    frames = [host for host in document.frames if _HOST.fullmatch(host)]
    shown = {urlsplit(image.target).netloc.lower() for image in document.images if image.target.startswith("http")}
    value = CSP
    if hosts := sorted(host for host in shown if _HOST.fullmatch(host)):
        value = value.replace("img-src 'self'", " ".join(["img-src 'self'", *(f"https://{host}" for host in hosts)]))
    if frames:
        value += "; frame-src " + " ".join(f"https://{host}" for host in sorted(frames))
    return {} if value == CSP else {"content-security-policy": value}


def other_forms(alternates: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Return the Link header (RFC 8288) for a page's other forms, given as (type, address, title)."""
    value = ", ".join(f'<{href}>; rel="alternate"; type="{type}"' for type, href, _ in alternates if href.isascii())
    return {"link": value} if value else {}


def number(text: str | None, default: int) -> int:
    """Read a query value of one to nine ASCII digits as an integer; return `default` for anything else."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else default
