"""ASGI middleware in front of everything: an address whose answer is ready is answered here. The hot path.

It sees GET and HEAD, asks the current generation's Memory, and lets everything else through. The records in it carry
all their headers; only the number of the request is added.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from folio.ledger import Ledger
from folio.records import App, Memory, Receive, Record, Scope, Send, asked


class PageCache:
    """`current` returns the Memory of the snapshot in force; a new snapshot brings an empty one: nothing is stale.

    `ready` waits until an address can be answered that nothing is kept of.
    """

    def __init__(
        self, app: App, current: Callable[[], Memory | None], ready: Callable[[str], Awaitable[None]], ledger: Ledger
    ) -> None:
        self.app = app
        self.current = current
        self.ready = ready
        self.ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        memory, path, query = self.current(), scope["path"], scope["query_string"]
        record = memory.get(f"{path}?{query.decode('latin-1')}" if query else path) if memory is not None else None
        said = asked(scope["headers"]) if record is not None else None
        if record is None or said is None or said.insists or "?" in path or not _suits(record, said.accept):
            await self.ready(path)
            await self.app(scope, receive, send)
            return
        started, number, method = time.perf_counter(), self.ledger.number(), scope["method"]
        start, body = record.answer(said, method)
        headers = [*start["headers"], (b"x-request-id", number.encode())]
        await send({"type": "http.response.start", "status": start["status"], "headers": headers})
        await send({"type": "http.response.body", "body": body})
        seconds = time.perf_counter() - started
        self.ledger.enter(number, method, path, record.pattern, start["status"], len(body), seconds)


def _suits(record: Record, accept: bytes) -> bool:
    """Say whether an answer suits an Accept header; the router weighs any but the usual ones.

    Browsers start theirs with text/html, tools send */* or nothing.
    """
    return not record.negotiated or accept in (b"", b"*/*", b"text/html") or accept.startswith(b"text/html,")
