"""The cache of finished answers, in front of everything else, as ASGI middleware or before it. The hot path.

It answers GET and HEAD from the current generation's Memory, and passes everything else on. Cached records carry all
their headers; only the request id is added. PageCache is the ASGI middleware, for any server. Our own server asks Kept
as soon as it has read a request's head: starting the application costs as much again as sending a cached answer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable

from folio.ledger import Ledger
from folio.records import App, Headers, Memory, Ready, Receive, Record, Scope, Send, asked

_UNLIKE_ITS_KEY = re.compile(rb"\A[^/]|[%#\x80-\xff]")  # a target to be decoded, or more than path and query


class Kept:
    """Finds cached answers in `current()`, the current snapshot's Memory; a new snapshot has an empty one."""

    def __init__(self, current: Callable[[], Memory | None], ledger: Ledger) -> None:
        self.current = current
        self.ledger = ledger

    def find(self, key: str, headers: Headers, method: str) -> tuple[Ready, str] | None:
        """Return the cached answer to a request, and the pattern of its route; None to ask the application.

        `key` is the decoded path, with its query if it has one.
        """
        memory = self.current()
        record = memory.get(key) if memory is not None else None
        if record is None:
            return None
        request = asked(headers)
        ready = None if request.insists or not _suits(record, request.accept) else record.answer(request, method)
        return ready and (ready, record.pattern)

    def reply(self, method: bytes, target: bytes, headers: Headers) -> tuple[bytes, bytes] | None:
        """Return the head and body of a cached answer to an HTTP/1.1 request; None to ask the application.

        The head lacks the server's own fields and the empty line. A target that must be decoded to find its key is
        never answered here.
        """
        if method not in (b"GET", b"HEAD") or _UNLIKE_ITS_KEY.search(target):
            return None
        started, key, verb = time.perf_counter(), target.decode(), method.decode()
        found = self.find(key, headers, verb)
        if found is None:
            return None
        (ready, pattern), number = found, self.ledger.number()
        path, seconds = key.partition("?")[0], time.perf_counter() - started
        self.ledger.enter(number, verb, path, pattern, ready.status, len(ready.body), seconds)
        return b"%sx-request-id: %s\r\n" % (ready.head, number.encode()), ready.body


class PageCache:
    """The ASGI middleware. `ready` waits until an address that is not cached can be answered."""

    def __init__(self, app: App, kept: Kept, ready: Callable[[str], Awaitable[None]]) -> None:
        self.app = app
        self.kept = kept
        self.ready = ready

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        started, method = time.perf_counter(), scope["method"]
        path, query = scope["path"], scope["query_string"]
        key = f"{path}?{query.decode('latin-1')}" if query else path
        found = self.kept.find(key, scope["headers"], method) if "?" not in path else None
        if found is None:
            await self.ready(path)
            await self.app(scope, receive, send)
            return
        (ready, pattern), ledger = found, self.kept.ledger
        number = ledger.number()
        headers = [*ready.headers, (b"x-request-id", number.encode())]
        await send({"type": "http.response.start", "status": ready.status, "headers": headers})
        await send({"type": "http.response.body", "body": ready.body})
        seconds = time.perf_counter() - started
        ledger.enter(number, method, path, pattern, ready.status, len(ready.body), seconds)


def _suits(record: Record, accept: bytes) -> bool:
    """Say whether an answer suits one of the usual Accept headers; all others are for the router to weigh.

    Browsers start theirs with text/html, tools send */* or nothing.
    """
    return not record.negotiated or accept in (b"", b"*/*", b"text/html") or accept.startswith(b"text/html,")
