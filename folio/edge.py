"""The outermost ASGI layer: what every answer gets, whoever made it.

Security headers, a request id, one log line, a count for /metrics; and for every error, from wherever it comes, a page
for people or a problem document for programs.
"""

from __future__ import annotations

import itertools
import logging
import os
import time
from collections.abc import Callable

from responder.ext.metrics import MetricsCollector

from folio.records import App, Message, Receive, Record, Scope, Send

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; media-src 'self'"
)
SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), browsing-topics=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-site"),
    (b"x-frame-options", b"DENY"),
)
UNSAID = (b"cache-control", b"no-cache")  # where nobody said how long an answer holds
READING = ("GET", "HEAD", "OPTIONS")  # nothing here is written; Responder answers a route without methods to any
KEPT_OF_ERRORS = (b"allow", b"retry-after", b"www-authenticate", b"content-range")
PATH_CHARACTERS = 300  # of a path in the log
LONGEST_PATH = 4_096  # characters: no file has a longer one (PATH_MAX), and to fold one costs the square of its length

log = logging.getLogger("folio.access")
trouble = logging.getLogger("folio.errors")

Explain = Callable[[Scope, int, BaseException | None], Record]


class Edge:
    """`explain(scope, status, error)` makes the answer to an error; `error` is None when only its status is known."""

    def __init__(self, app: App, explain: Explain, metrics: MetricsCollector) -> None:
        self.app = app
        self.explain = explain
        self.metrics = metrics
        self._boot = os.urandom(4).hex()
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(scope, send, f"{self._boot}-{next(self._numbers):x}")
        started = time.perf_counter()
        try:
            if scope["method"] not in READING:
                answer.refuse()
            elif len(scope["path"]) > LONGEST_PATH or scope["path"].endswith("\n"):  # "$" of a route ignores that
                answer.replaced = 404
            else:
                await self.app(scope, receive, answer.send)
        except Exception as error:
            if answer.status:  # too late for words: the server closes the connection
                trouble.exception("%s failed while it was being sent", answer.name)
                raise
            await self._say(scope, answer, getattr(error, "status", 500), error)
        else:
            if answer.replaced:
                await self._say(scope, answer, answer.replaced, None)
        finally:
            self._count(scope, answer, time.perf_counter() - started)

    async def _say(self, scope: Scope, answer: _Answer, status: int, error: BaseException | None) -> None:
        if status == 500:
            trouble.error("%s failed", answer.name, exc_info=error)
        answer.replaced = 0
        await self.explain(scope, status, error).send(scope, answer.dressed)

    def _count(self, scope: Scope, answer: _Answer, seconds: float) -> None:
        self.metrics.record(scope["method"], scope.get("route_pattern", "unmatched"), answer.status or 500, seconds)
        log.info("%s %s %s %.1fms", answer.name, answer.status or 500, answer.size, seconds * 1000)


class _Answer:
    """What the app sends, dressed with our headers; an error it words itself is held back for `explain`."""

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self._scope, self._send = scope, send
        self.request_id = request_id
        self.status = self.replaced = self.size = 0
        self._kept: list[tuple[bytes, bytes]] = []

    @property
    def name(self) -> str:
        """The request in one printable line: no query, no control characters."""
        path = self._scope["path"][:PATH_CHARACTERS].encode("unicode_escape").decode()
        return f"{self.request_id} {self._scope['method']} {path}"

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= 400:
            self.replaced = message["status"]
            self._kept = [(name, value) for name, value in message["headers"] if name.lower() in KEPT_OF_ERRORS]
        if not self.replaced:
            await self.dressed(message)

    def refuse(self) -> None:
        """Answer 405: the method is none of READING."""
        self.replaced = 405
        self._kept = [(b"allow", ", ".join(READING).encode())]

    async def dressed(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._dress(message["headers"])
        elif message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
        await self._send(message)

    def _dress(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        present = {name for name, _ in headers}
        added = [(name, value) for name, value in (*SECURITY_HEADERS, UNSAID) if name not in present]
        return [*headers, *self._kept, *added, (b"x-request-id", self.request_id.encode())]
