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
from folio.records import App, Asked, Headers, Memory, Receive, Record, Scope, Send, asked

_UNLIKE_ITS_KEY = re.compile(rb"\A[^/]|[%#\x80-\xff]")  # of a target: to be decoded, or with more than path and query


class Kept:
    """`current` returns the Memory of the snapshot in force; a new snapshot brings an empty one: nothing is stale."""

    def __init__(self, current: Callable[[], Memory | None], ledger: Ledger) -> None:
        self.current = current
        self.ledger = ledger

    def find(self, key: str, headers: Headers) -> tuple[Record, Asked] | None:
        """Return the record that answers a request, and what the request says of the answer it likes.

        `key` is the path, decoded, with its query when it has one. None when the application has to be asked.
        """
        memory = self.current()
        record = memory.get(key) if memory is not None else None
        if record is None:
            return None
        said = asked(headers)
        return None if said.insists or not _suits(record, said.accept) else (record, said)

    def reply(self, method: bytes, target: bytes, headers: Headers) -> tuple[bytes, bytes] | None:
        """Answer a request of HTTP/1.1 as bytes: a head that wants the server's own fields and the empty line, a body.

        None when the application has to be asked: also for every target that is not its own key in Memory.
        """
        if method not in (b"GET", b"HEAD") or _UNLIKE_ITS_KEY.search(target):
            return None
        started, key = time.perf_counter(), target.decode()
        found = self.find(key, headers)
        if found is None:
            return None
        record, said = found
        number, verb = self.ledger.number(), method.decode()
        ready = record.answer(said, verb)
        path, seconds = key.partition("?")[0], time.perf_counter() - started
        self.ledger.enter(number, verb, path, record.pattern, ready.status, len(ready.body), seconds)
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
        started, path, query = time.perf_counter(), scope["path"], scope["query_string"]
        key = f"{path}?{query.decode('latin-1')}" if query else path
        found = self.kept.find(key, scope["headers"]) if "?" not in path else None
        if found is None:
            await self.ready(path)
            await self.app(scope, receive, send)
            return
        (record, said), ledger = found, self.kept.ledger
        number, method = ledger.number(), scope["method"]
        ready = record.answer(said, method)
        headers = [*ready.headers, (b"x-request-id", number.encode())]
        await send({"type": "http.response.start", "status": ready.status, "headers": headers})
        await send({"type": "http.response.body", "body": ready.body})
        seconds = time.perf_counter() - started
        ledger.enter(number, method, path, record.pattern, ready.status, len(ready.body), seconds)


def _suits(record: Record, accept: bytes) -> bool:
    """Say whether an answer suits an Accept header; the router weighs any but the usual ones.

    Browsers start theirs with text/html, tools send */* or nothing.
    """
    return not record.negotiated or accept in (b"", b"*/*", b"text/html") or accept.startswith(b"text/html,")
