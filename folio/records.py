"""Ready answers: every byte of a response and of its 304, made once; each encoding when it is first requested.

pagecache.py and edge.py send Records without knowing where they come from; replies.py and the modules above it make
them.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple

import brotli

from folio.conditions import INSISTING

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

MIN_COMPRESSED_BYTES = 512  # below, compression costs more than it saves
COMPRESSED_HERE_BYTES = 64 << 10  # above, in a thread: it would block the event loop
COMPRESSED = 0.35  # of a body's size that its compressed form takes, as measured on pages
GZIP_LEVEL, BROTLI_QUALITY = 6, 5  # 0.5-0.7 ms for a 60 KB page; 9 and 11 cost 4 and 107 ms for 2 % less
LASTING_GZIP_LEVEL, LASTING_BROTLI_QUALITY = 9, 11  # for what stays the same until the next release: 6 % less
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; media-src 'self'"
)
SECURITY_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "content-security-policy": CSP,
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-site",
        "x-frame-options": "DENY",
    }
)  # of every answer; a record may override one
HELD = "folio.held"  # key in the scope of a request: a file to close when it is answered
UNSAID = "no-cache"  # the default Cache-Control
KNOWN_HEADERS = 256  # cached spellings of Accept-Encoding: browsers have few
SHARED_HEADERS = 256  # cached headers, which most answers share: made for each they took 16 KB a page
MESSAGES_BYTES = 1_800  # of memory that a variant takes beside its body
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TEXTUAL = ("text/", "application/json", "application/xml", "application/javascript", "image/svg+xml")


class Asked(NamedTuple):
    """What a request prefers: three of its headers, each b"" if absent.

    `insists`: it has a header that conditions.py evaluates, only a date as its condition, or asks for a range.
    """

    accept: bytes = b""
    encoding: bytes = b""
    match: bytes = b""
    insists: bool = False


class Ready(NamedTuple):
    """An answer to send: its headers, the same with the status line as HTTP/1.1 bytes, and its body.

    `head` lacks the fields that differ from one sending to the next, and the empty line.
    """

    status: int
    headers: Headers
    head: bytes
    body: bytes


@dataclass(slots=True)
class Variant:
    """One encoding of an answer: its ETag, and what is sent with its status and with 304.

    `plain` is the body before encoding, `headers` lack only the length and the encoding. A `lasting` variant is
    compressed as well as possible.
    """

    encoding: str
    etag: bytes
    status: int
    headers: Headers
    plain: bytes
    lasting: bool = False
    _whole: Ready | None = field(default=None, compare=False, repr=False)
    _unchanged: Ready | None = field(default=None, compare=False, repr=False)
    _encoding: asyncio.Task[object] | None = field(default=None, compare=False, repr=False)

    @property
    def body(self) -> bytes:
        return self.whole().body

    def whole(self) -> Ready:
        """Return the full answer, encoded at the first call, as a 304 needs no body."""
        if self._whole is None:
            body = _encoded(self.plain, self.encoding, lasting=self.lasting)
            headers = [*self.headers, (b"content-length", str(len(body)).encode())]
            if self.encoding != "identity":
                headers.append((b"content-encoding", self.encoding.encode()))
            self._whole = Ready(self.status, headers, _head(self.status, headers), body)
        return self._whole

    @property
    def is_slow(self) -> bool:
        """Say whether `whole` would take long, so that `encode` should come first."""
        long = self.lasting or len(self.plain) > COMPRESSED_HERE_BYTES
        return self._whole is None and self.encoding != "identity" and long

    async def encode(self) -> None:
        """Encode the body in a thread, once, however many requests await it."""
        if self._encoding is None:
            self._encoding = asyncio.create_task(asyncio.to_thread(self.whole))
            self._encoding.add_done_callback(self._encoded)
        await asyncio.shield(self._encoding)

    def _encoded(self, encoding: asyncio.Task[object]) -> None:
        self._encoding = None

    def unchanged(self) -> Ready:
        """Return the 304 for a client that has this variant already."""
        if self._unchanged is None:
            headers = [header for header in self.headers if header[0] != b"content-type"]  # RFC 9110 §15.4.5
            self._unchanged = Ready(304, headers, _head(304, headers), b"")
        return self._unchanged


@dataclass(frozen=True, slots=True)
class Record:
    """An answer in every encoding it is offered in; "identity" is always there.

    `pattern` is its route, for metrics; `negotiated` means that another Accept header may get another form.
    """

    status: int
    variants: Mapping[str, Variant]
    pattern: str
    negotiated: bool = False

    @property
    def size(self) -> int:
        """Bytes in memory, about, once every encoding has been requested."""
        compressed = COMPRESSED * (len(self.variants) - 1)
        return int(len(self.variants["identity"].plain) * (1 + compressed)) + MESSAGES_BYTES * len(self.variants)

    def choose(self, accept_encoding: bytes) -> Variant:
        """Return the variant a client prefers (RFC 9110 §12.5.3); of equal ones brotli, then gzip, then identity."""
        if len(self.variants) > 1 and accept_encoding:
            for encoding in _liked(accept_encoding):
                if encoding in self.variants:
                    return self.variants[encoding]
        return self.variants["identity"]

    def answer(self, asked: Asked, method: str = "GET") -> Ready | None:
        """Return the answer to a request: 304 if its tag is current, no body for HEAD.

        None if it has to be awaited: a long body, requested for the first time in this encoding.
        """
        variant = self.choose(asked.encoding)
        if asked.match and self.status == 200 and _matches(asked.match, variant.etag):
            return variant.unchanged()
        if variant.is_slow:
            return None
        full = variant.whole()
        return full._replace(body=b"") if method == "HEAD" else full

    async def answered(self, asked: Asked, method: str = "GET") -> Ready:
        """Return the answer to a request, encoding it first if need be."""
        while (ready := self.answer(asked, method)) is None:
            await self.choose(asked.encoding).encode()
        return ready

    async def send(self, scope: Scope, send: Send) -> None:
        """Answer a request with this record."""
        ready = await self.answered(asked(scope["headers"]), scope["method"])
        # A copy of the list, since middleware that wraps `send` adds headers.
        await send({"type": "http.response.start", "status": ready.status, "headers": [*ready.headers]})
        await send({"type": "http.response.body", "body": ready.body})


def asked(headers: Iterable[tuple[bytes, bytes]]) -> Asked:
    """Read a request's preferences; a repeated header is one list (RFC 9110 §5.3)."""
    accept = encoding = match = b""
    insists = since = False
    for name, value in headers:
        if name == b"accept-encoding":
            encoding = encoding + b"," + value if encoding else value
        elif name == b"accept":
            accept = accept + b"," + value if accept else value
        elif name == b"if-none-match":
            match = match + b"," + value if match else value
        elif name in INSISTING or name == b"range":
            insists = True
        elif name == b"if-modified-since":
            since = True  # ignored beside If-None-Match (RFC 9110 §13.1.3)
    return Asked(accept, encoding, match, insists or (since and not match))


def make(
    body: bytes,
    content_type: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    pattern: str = "",
    negotiated: bool = False,
    tag: str = "",
    lasting: bool = False,
) -> Record:
    """Make a record of a body, with a strong ETag for each encoding; it is compressed when first requested so.

    `tag` identifies the body; "" takes its hash. A `lasting` record, kept as long as the engine runs, is compressed as
    well as possible, in a thread; 30 KB take some 40 ms.
    """
    textual = content_type.startswith(_TEXTUAL) or "+xml" in content_type or "+json" in content_type
    encodings = ("identity", "br", "gzip") if textual and len(body) >= MIN_COMPRESSED_BYTES else ("identity",)
    tag = tag or hashlib.blake2b(body, digest_size=12).hexdigest()
    names = ("Accept",) * negotiated + ("Accept-Encoding",) * (len(encodings) > 1)
    varies = ", ".join(names)
    given = {name.lower(): value for name, value in (headers or {}).items()}
    vary = {"vary": varies} if varies else {}
    common = {"content-type": content_type, **vary, "cache-control": UNSAID, **SECURITY_HEADERS, **given}
    variants = {encoding: _variant(status, common, encoding, tag, body, lasting) for encoding in encodings}
    return Record(status, variants, pattern, negotiated)


def _variant(status: int, common: Mapping[str, str], encoding: str, tag: str, body: bytes, lasting: bool) -> Variant:
    etag = f'"{tag}"' if encoding == "identity" else f'"{tag}-{encoding}"'
    own = {**common, "etag": etag} if status == 200 else common
    return Variant(encoding, etag.encode(), status, _raw(own), body, lasting)


def _encoded(body: bytes, encoding: str, *, lasting: bool) -> bytes:
    if encoding == "br":
        compressed: bytes = brotli.compress(body, quality=LASTING_BROTLI_QUALITY if lasting else BROTLI_QUALITY)
        return compressed
    level = LASTING_GZIP_LEVEL if lasting else GZIP_LEVEL
    return gzip.compress(body, level, mtime=0) if encoding == "gzip" else body


def _head(status: int, headers: Headers) -> bytes:
    lines = [b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())]
    return b"\r\n".join([*lines, *(b"%s: %s" % header for header in headers), b""])


def _raw(headers: Mapping[str, str]) -> Headers:
    return [_header(name, value) for name, value in headers.items()]


@lru_cache(SHARED_HEADERS)
def _header(name: str, value: str) -> tuple[bytes, bytes]:
    """Encode a header; equal headers of many answers share one tuple, since all are in memory.

    Raises ValueError for a control character, which could end the header and inject another.
    """
    if _CONTROL.search(value):
        raise ValueError(f"the header {name} has a control character: {value!r}")
    return name.encode("latin-1"), value.encode("latin-1")


@lru_cache(KNOWN_HEADERS)
def _liked(header: bytes) -> tuple[str, ...]:
    """Return the encodings we offer that a client accepts, the preferred one first."""
    accepted = _accepted(header)
    liked = {encoding: accepted.get(encoding, accepted.get("*", 0.0)) for encoding in ("br", "gzip")}
    least = accepted.get("identity", 0.0)
    offered = (encoding for encoding, quality in liked.items() if quality > 0 and quality >= least)
    return tuple(sorted(offered, key=lambda encoding: -liked[encoding]))


def _accepted(header: bytes) -> dict[str, float]:
    """Parse Accept-Encoding into qualities; one that is not a number counts as 0."""
    accepted: dict[str, float] = {}
    for part in header.decode("latin-1").lower().split(",")[:20]:
        name, _, parameters = part.partition(";")
        quality = parameters.strip().removeprefix("q=").strip()
        try:
            accepted[name.strip()] = float(quality) if parameters else 1.0
        except ValueError:
            accepted[name.strip()] = 0.0
    return accepted


def _matches(header: bytes, etag: bytes) -> bool:
    """Compare If-None-Match weakly, as RFC 9110 §13.1.2 requires."""
    if header == etag or header.strip() == b"*":
        return True
    return etag in {part.strip().removeprefix(b"W/") for part in header.split(b",")}


class Memory:
    """A cache of one generation's records by request path, within a budget of bytes; least recently used go first."""

    def __init__(self, budget_bytes: int) -> None:
        self._records: OrderedDict[str, Record] = OrderedDict()
        self._making: dict[str, asyncio.Task[Record]] = {}
        self._budget = budget_bytes
        self._used = 0

    def get(self, path: str) -> Record | None:
        """Return the cached record of a path, if any."""
        record = self._records.get(path)
        if record is not None:
            self._records.move_to_end(path)
        return record

    def keep(self, path: str, record: Record, *, lightly: bool = False) -> None:
        """Cache a record, unless it is larger than a quarter of the budget.

        One kept `lightly` is the first to go until it is requested again: a crawl through all of them evicts nothing
        else.
        """
        if record.size > self._budget // 4:
            return
        if old := self._records.pop(path, None):
            self._used -= old.size
        while self._used + record.size > self._budget:
            _, gone = self._records.popitem(last=False)
            self._used -= gone.size
        self._records[path] = record
        self._used += record.size
        if lightly:
            self._records.move_to_end(path, last=False)

    async def made(self, path: str, make: Callable[[], Awaitable[Record]]) -> Record:
        """Return the cached record of a path, else make and cache it, once, however many requests await it.

        A cancelled request does not stop it. Raises what `make` raises, to all that wait; the next request tries again.
        """
        record = self.get(path)
        if record is not None:
            return record
        task = self._making.get(path)
        if task is None:
            task = self._making[path] = asyncio.ensure_future(self._make(path, make))
            task.add_done_callback(lambda done: self._finished(path, done))
        return await asyncio.shield(task)

    async def _make(self, path: str, make: Callable[[], Awaitable[Record]]) -> Record:
        record = await make()
        self.keep(path, record)
        return record

    def _finished(self, path: str, task: asyncio.Task[Record]) -> None:
        del self._making[path]
        if not task.cancelled():
            task.exception()  # mark it as retrieved, as perhaps nobody awaits it any more

    def __len__(self) -> int:
        return len(self._records)
