"""Minimal applications to compare with, on the engine's own server.

`python -m bench.bare PORT FILE` serves stored answers with a minimal ASGI application, `python -m bench.bare PORT FILE
responder` by a route of bare Responder, and `python -m bench.bare PORT` a "hello" by bare Responder.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

from folio.config import Config
from folio.server import serve

Kept = dict[str, tuple[int, list[tuple[bytes, bytes]], bytes]]  # by path: status, headers, body


def main(port: str, file: str = "", who: str = "") -> None:
    """Serve until stopped."""
    kept = pickle.loads(Path(file).read_bytes()) if file else {}
    app = routed(kept) if who == "responder" else bare(kept) if kept else hello()
    serve(app, Config(port=int(port)))


def bare(kept: Kept) -> Any:
    """Return an ASGI application that only sends stored answers."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
            return
        status, headers, body = kept[scope["path"]]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def hello() -> Any:
    """Return a Responder application with one route."""
    import responder

    api = responder.API(sessions=False, static_dir=None, templates_dir=None)

    @api.get("/")
    async def home(req: Any, resp: Any) -> None:
        resp.text = "hello"

    return api


def routed(kept: Kept) -> Any:
    """Return the same with one more route, which sends stored answers."""
    api = hello()

    @api.get("/{path:path}")
    async def page(req: Any, resp: Any, *, path: str) -> None:
        resp.status_code, headers, resp.content = kept[f"/{path}"]
        resp.headers.update({name.decode(): value.decode() for name, value in headers})

    return api


if __name__ == "__main__":
    main(*sys.argv[1:])
