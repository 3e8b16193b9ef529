"""Where an address whose answer is ready is answered: in front of everything, by ASGI or before it. The hot path.

It sees GET and HEAD, asks the current generation's Memory, and lets everything else through. The records in it carry
all their headers; only the number of the request is added. PageCache is the ASGI middleware, for any server. Our own
asks Kept as soon as it has read a head: to start the application for what lies ready costs as much again as to send it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable

from folio.ledger import Ledger
from folio.records import App, Headers, Memory, Ready, Receive, Record, Scope, Send, asked

_UNLIKE_ITS_KEY = re.compile(rb"\A[^/]|[%#\x80-\xff]")  # of a target: to be decoded, or with more than path and query


class Kept:
    """`current` returns the Memory of the snapshot in force; a new snapshot brings an empty one: nothing is stale."""

    def __init__(self, current: Callable[[], Memory | None], ledger: Ledger) -> None:
        self.current = current
        self.ledger = ledger

    def find(self, key: str, headers: Headers, method: str) -> tuple[Ready, str] | None:
        """Return what to send for a request, and the pattern of its route.

        `key` is the path, decoded, with its query when it has one. None when the application has to be asked.
        """
        memory = self.current()
        record = memory.get(key) if memory is not None else None
        if record is None:
            return None
        said = asked(headers)
        ready = None if said.insists or not _suits(record, said.accept) else record.answer(said, method)
        return ready and (ready, record.pattern)

    def reply(self, method: bytes, target: bytes, headers: Headers) -> tuple[bytes, bytes] | None:
        """Answer a request of HTTP/1.1 as bytes: a head that wants the server's own fields and the empty line, a body.

        None when the application has to be asked: also for every target that is not its own key in Memory.
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
    """`ready` waits until an address can be answered that nothing is kept of."""

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
    """Say whether an answer suits an Accept header; the router weighs any but the usual ones.

    Browsers start theirs with text/html, tools send */* or nothing.
    """
    return not record.negotiated or accept in (b"", b"*/*", b"text/html") or accept.startswith(b"text/html,")
