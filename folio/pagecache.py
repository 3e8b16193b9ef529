"""ASGI middleware in front of the router: a path whose answer is ready is answered here. The hot path.

It sees GET and HEAD without a query, asks the current generation's Memory, and lets everything else through.
"""

from __future__ import annotations

from collections.abc import Callable

from folio.records import App, Memory, Receive, Scope, Send


class PageCache:
    """`current` returns the Memory of the snapshot in force; a new snapshot brings an empty one: nothing is stale."""

    def __init__(self, app: App, current: Callable[[], Memory | None]) -> None:
        self.app = app
        self.current = current

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["query_string"] and scope["method"] in ("GET", "HEAD"):
            memory = self.current()
            record = memory.get(scope["path"]) if memory is not None else None
            if record is not None and (not record.negotiated or _wants_html(scope)):
                scope["route_pattern"] = record.pattern
                await record.send(scope, send)
                return
        await self.app(scope, receive, send)


def _wants_html(scope: Scope) -> bool:
    """Say whether a page suits the Accept header; the router weighs any but the usual ones.

    Browsers start theirs with text/html, tools send */* or nothing.
    """
    for name, value in scope["headers"]:
        if name == b"accept":
            return value == b"text/html" or bool(value.startswith((b"text/html,", b"*/*")))
    return True
