"""Ready answers: every byte of a response, made once, with its 304 beside it; an encoding when it is first asked for.

pagecache.py and edge.py send Records without knowing where they come from; replies.py and those above it make them.
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
COMPRESSED_HERE_BYTES = 64 << 10  # above, in a thread: the first to ask would hold all up
COMPRESSED = 0.35  # of its body that one compressed takes, as pages do
GZIP_LEVEL, BROTLI_QUALITY = 6, 5  # 0.5-0.7 ms for a 60 KB page; 9 and 11 cost 4 and 107 ms for 2 % less
LASTING_GZIP_LEVEL, LASTING_BROTLI_QUALITY = 9, 11  # once for what is the same until the next release: 6 % less
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
)  # of every answer; a record may word one of them otherwise
UNSAID = "no-cache"  # how long an answer holds where nobody said
KNOWN_HEADERS = 256  # spellings of Accept-Encoding that are remembered: browsers have few
SHARED_HEADERS = 256  # that most answers have: made anew for each they took 16 KB a page
MESSAGES_BYTES = 1_800  # of memory that a variant takes beside its body
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TEXTUAL = ("text/", "application/json", "application/xml", "application/javascript", "image/svg+xml")


class Asked(NamedTuple):
    """What a request says of the answer it likes: three of its headers, b"" for those it does not send.

    `insists`: it sends one of the headers that conditions.py weighs as well, has a date only, or wants a part only.
    """

    accept: bytes = b""
    encoding: bytes = b""
    match: bytes = b""
    insists: bool = False


class Ready(NamedTuple):
    """An answer to send: its headers, the same with the status line as HTTP/1.1 has them on the wire, and its body.

    `head` wants what changes from answer to answer, and the empty line.
    """

    status: int
    headers: Headers
    head: bytes
    body: bytes


@dataclass(slots=True)
class Variant:
    """One encoding of an answer: its entity tag, what is sent for 200 (or its status) and for 304.

    `plain` is the body of every encoding, `headers` are those of all but for the length, which only the encoded body
    has. A `lasting` one is packed as small as can be.
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
        """Return the whole answer, encoded at the first call: a 304 wants none."""
        if self._whole is None:
            body = _encoded(self.plain, self.encoding, lasting=self.lasting)
            headers = [*self.headers, (b"content-length", str(len(body)).encode())]
            if self.encoding != "identity":
                headers.append((b"content-encoding", self.encoding.encode()))
            self._whole = Ready(self.status, headers, _head(self.status, headers), body)
        return self._whole

    @property
    def is_slow(self) -> bool:
        """Say whether `whole` would take long: `encode` it first."""
        long = self.lasting or len(self.plain) > COMPRESSED_HERE_BYTES
        return self._whole is None and self.encoding != "identity" and long

    async def encode(self) -> None:
        """Encode the body in a thread: once, however many ask before it is done."""
        if self._encoding is None:
            self._encoding = asyncio.create_task(asyncio.to_thread(self.whole))
            self._encoding.add_done_callback(self._encoded)
        await asyncio.shield(self._encoding)

    def _encoded(self, encoding: asyncio.Task[object]) -> None:
        self._encoding = None

    def unchanged(self) -> Ready:
        """Return the answer to who has this variant already."""
        if self._unchanged is None:
            headers = [header for header in self.headers if header[0] != b"content-type"]  # RFC 9110 §15.4.5
            self._unchanged = Ready(304, headers, _head(304, headers), b"")
        return self._unchanged


@dataclass(frozen=True, slots=True)
class Record:
    """An answer in every encoding it is offered in; "identity" is always there.

    `pattern` is its route, for metrics; `negotiated` says that another Accept header may get another form.
    """

    status: int
    variants: Mapping[str, Variant]
    pattern: str
    negotiated: bool = False

    @property
    def size(self) -> int:
        """Bytes kept in memory, about, when every encoding was asked for."""
        compressed = COMPRESSED * (len(self.variants) - 1)
        return int(len(self.variants["identity"].plain) * (1 + compressed)) + MESSAGES_BYTES * len(self.variants)

    def choose(self, accept_encoding: bytes) -> Variant:
        """Return the variant a client likes best (RFC 9110 §12.5.3); of those it likes alike brotli, gzip, identity."""
        if len(self.variants) > 1 and accept_encoding:
            for encoding in _liked(accept_encoding):
                if encoding in self.variants:
                    return self.variants[encoding]
        return self.variants["identity"]

    def answer(self, asked: Asked, method: str = "GET") -> Ready | None:
        """Return what to send for a request: 304 when its tag is current, no body for HEAD.

        None where it has to be waited for: a long body that nobody asked for in this encoding yet.
        """
        variant = self.choose(asked.encoding)
        if asked.match and self.status == 200 and _matches(asked.match, variant.etag):
            return variant.unchanged()
        if variant.is_slow:
            return None
        whole = variant.whole()
        return whole._replace(body=b"") if method == "HEAD" else whole

    async def answered(self, asked: Asked, method: str = "GET") -> Ready:
        """Return what to send for a request, as soon as it is there."""
        while (ready := self.answer(asked, method)) is None:
            await self.choose(asked.encoding).encode()
        return ready

    async def send(self, scope: Scope, send: Send) -> None:
        """Answer a request with this record."""
        ready = await self.answered(asked(scope["headers"]), scope["method"])
        # A copy of the list, since what wraps `send` adds headers of its own.
        await send({"type": "http.response.start", "status": ready.status, "headers": [*ready.headers]})
        await send({"type": "http.response.body", "body": ready.body})


def asked(headers: Iterable[tuple[bytes, bytes]]) -> Asked:
    """Read what a request asks for; a header that comes twice is one list (RFC 9110 §5.3)."""
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
            since = True  # weighed by who asks for nothing better (RFC 9110 §13.1.3)
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
    """Make a record of a body, one strong tag for each encoding; it is compressed when somebody asks for that.

    `tag` is the body's name where it has one already, else its hash is. One that is kept as long as the engine runs
    is `lasting`: it is compressed as well as can be, for some 40 ms in a thread where it has 30 KB.
    """
    textual = content_type.startswith(_TEXTUAL) or "+xml" in content_type or "+json" in content_type
    encodings = ("identity", "br", "gzip") if textual and len(body) >= MIN_COMPRESSED_BYTES else ("identity",)
    tag = tag or hashlib.blake2b(body, digest_size=12).hexdigest()
    names = ("Accept",) * negotiated + ("Accept-Encoding",) * (len(encodings) > 1)
    varies = ", ".join(names)
    said = {name.lower(): value for name, value in (headers or {}).items()}
    vary = {"vary": varies} if varies else {}
    common = {"content-type": content_type, **vary, "cache-control": UNSAID, **SECURITY_HEADERS, **said}
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
    """Encode a header; one that many answers have is kept once, since they all are in memory.

    Raises ValueError for one that would end early and let its writer begin another.
    """
    if _CONTROL.search(value):
        raise ValueError(f"the header {name} has a control character: {value!r}")
    return name.encode("latin-1"), value.encode("latin-1")


@lru_cache(KNOWN_HEADERS)
def _liked(header: bytes) -> tuple[str, ...]:
    """Return the encodings we make that a client accepts, the one it likes best first."""
    accepted = _accepted(header)
    liked = {encoding: accepted.get(encoding, accepted.get("*", 0.0)) for encoding in ("br", "gzip")}
    least = accepted.get("identity", 0.0)
    return tuple(
        sorted((one for one, much in liked.items() if much > 0 and much >= least), key=lambda one: -liked[one])
    )


def _accepted(header: bytes) -> dict[str, float]:
    """Read Accept-Encoding; a quality that is no number counts as 0."""
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
    """Compare If-None-Match weakly, as RFC 9110 §13.1.2 asks."""
    if header == etag or header.strip() == b"*":
        return True
    return etag in {part.strip().removeprefix(b"W/") for part in header.split(b",")}


class Memory:
    """Records of one generation by request path, within a budget of bytes: the longest unused go first."""

    def __init__(self, budget_bytes: int) -> None:
        self._records: OrderedDict[str, Record] = OrderedDict()
        self._making: dict[str, asyncio.Task[Record]] = {}
        self._budget = budget_bytes
        self._used = 0

    def get(self, path: str) -> Record | None:
        """Return the record kept for a path, if any."""
        record = self._records.get(path)
        if record is not None:
            self._records.move_to_end(path)
        return record

    def keep(self, path: str, record: Record, *, lightly: bool = False) -> None:
        """Keep a record; one larger than a quarter of the budget is not kept.

        One kept `lightly` is the first to go until it is asked for again: who walks through all of them drives out
        nothing else.
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
        """Return the record kept for a path, else make and keep it: once, however many ask before it is there.

        Who goes away meanwhile stops nothing. Raises what `make` raises, to all who wait; the next request tries again.
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
            task.exception()  # asked here: perhaps nobody waits any more

    def __len__(self) -> int:
        return len(self._records)
