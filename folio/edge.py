"""The outermost ASGI layer: what every response gets, whatever made it.

That is security headers, a request id and an entry in the ledger; and for every error, wherever it comes from, a page
for people or problem+json for programs. Responses of pagecache.py do not pass through here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from folio.conditions import unmet
from folio.ledger import Ledger, printable
from folio.records import HELD, SECURITY_HEADERS, UNSAID, App, Message, Receive, Record, Scope, Send

DEFAULT_HEADERS = tuple(
    (name.encode(), value.encode()) for name, value in (*SECURITY_HEADERS.items(), ("cache-control", UNSAID))
)
METHODS = ("GET", "HEAD", "OPTIONS")  # the site is read-only; Responder would accept any method on most routes
KEPT_OF_ERRORS = (b"allow", b"retry-after", b"www-authenticate", b"content-range")
LONGEST_PATH = 4_096  # characters: no file has a longer path (PATH_MAX), and folding one takes quadratic time

trouble = logging.getLogger("folio.errors")

Explain = Callable[[Scope, int, BaseException | None], Record]


class Edge:
    """The middleware. `explain(scope, status, error)` makes error responses; `error` is None for a bare status."""

    def __init__(self, app: App, explain: Explain, ledger: Ledger) -> None:
        self.app = app
        self.explain = explain
        self.ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            self.ledger.flush()  # the lifespan has ended: the server stops
            return
        answer = _Answer(scope, send, self.ledger.number())
        started = time.perf_counter()
        try:
            if scope["method"] not in METHODS:
                answer.refuse()
            elif len(scope["path"]) > LONGEST_PATH or scope["path"].endswith("\n"):  # a route's "$" ignores that
                answer.error_status = 404
            else:
                await self.app(scope, receive, answer.send)
        except Exception as error:
            if answer.status:  # too late for an error page: the server closes the connection
                trouble.exception("%s failed while it was being sent", answer.name)
                raise
            await self._send_error(scope, answer, getattr(error, "status", 500), error)
        else:
            if answer.error_status:
                await self._send_error(scope, answer, answer.error_status, None)
        finally:
            if HELD in scope:
                scope[HELD].close()
            self._count(scope, answer, time.perf_counter() - started)

    async def _send_error(self, scope: Scope, answer: _Answer, status: int, error: BaseException | None) -> None:
        if status == 500:
            trouble.error("%s failed", answer.name, exc_info=error)
        answer.error_status = 0
        await self.explain(scope, status, error).send(scope, answer.forward)

    def _count(self, scope: Scope, answer: _Answer, seconds: float) -> None:
        pattern, status = scope.get("route_pattern", "unmatched"), answer.status or 500
        self.ledger.enter(answer.request_id, scope["method"], scope["path"], pattern, status, answer.size, seconds)


class _Answer:
    """Wraps `send`: adds our headers, and holds back the application's own error responses for `explain`."""

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self._scope, self._send = scope, send
        self.request_id = request_id
        self.status = self.size = 0  # as sent; 0 while nothing is
        self.error_status = 0  # of the error response that is to be sent instead, 0 for none
        self._error_headers: list[tuple[bytes, bytes]] = []

    @property
    def name(self) -> str:
        """The request as one printable line, without the query."""
        return f"{self.request_id} {self._scope['method']} {printable(self._scope['path'])}"

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in (200, 206, 304):
            self.error_status = 412 if unmet(self._scope["headers"], message["headers"]) else 0
        elif message["type"] == "http.response.start" and message["status"] >= 400:
            self.error_status = message["status"]
            kept = [(name, value) for name, value in message["headers"] if name.lower() in KEPT_OF_ERRORS]
            self._error_headers = kept
        if not self.error_status:
            await self.forward(message)

    def refuse(self) -> None:
        """Answer 405 with the allowed methods."""
        self.error_status = 405
        self._error_headers = [(b"allow", ", ".join(METHODS).encode())]

    async def forward(self, message: Message) -> None:
        """Send a message on, its headers completed."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._with_defaults(message["headers"])
        elif message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
        await self._send(message)

    def _with_defaults(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        if self.status == 304:  # uvicorn would wait for a body of the file's length, which Responder declares
            headers = [(name, value) for name, value in headers if name.lower() != b"content-length"]
        present = {name for name, _ in headers}
        added = [(name, value) for name, value in DEFAULT_HEADERS if name not in present]
        return [*headers, *self._error_headers, *added, (b"x-request-id", self.request_id.encode())]
