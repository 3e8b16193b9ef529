"""No path leaves the site: thousands of spellings under every prefix of a route, straight into the application."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import field
import hostile
import pytest
import pytest_asyncio
from conftest import PATIENCE_SECONDS, Clock, running, settings_in
from field import CANARY

from folio.records import SECURITY_HEADERS

pytestmark = pytest.mark.asyncio(loop_scope="module")
LEAST = 5_000
SAMPLES = {"width": "640", "version": "x", "view": "themes", "slug": "travel", "feed": "feed.xml", "path": ""}
MORE_PREFIXES = (
    "essays",
    "essays/2026-06-11-on-cats",
    "photos/red",
    "photos/hall",
    "moved",
    "notes",
    "search",
    "feed.xml",
)
ALLOWED = {200, 301, 302, 404, 410}
PASSWORDS = b"root:x:0:0"  # of /etc/passwd


@dataclass
class App:
    """The application, and what it answered so far by status."""

    api: Any
    seen: Counter[int]

    async def ask(self, target: str) -> None:
        """Send a GET as uvicorn would, and look at the answer, whatever it is."""
        raw, _, query = target.partition("?")
        ascii_path = quote(raw, safe="".join(map(chr, range(33, 127))))
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": unquote(ascii_path), "raw_path": ascii_path.encode(),
            "query_string": query.encode(), "root_path": "", "headers": [(b"host", b"site"), (b"accept", b"text/html")],
            "client": ("192.0.2.1", 1), "server": ("site", 80), "state": {},
        }  # fmt: skip
        await self.api(scope, receive, send)
        self.check(target, sent)

    def check(self, target: str, sent: list[dict[str, Any]]) -> None:
        assert sent[0]["status"] in ALLOWED, target
        self.seen[sent[0]["status"]] += 1
        headers = dict(sent[0]["headers"])
        body = b"".join(message.get("body", b"") for message in sent[1:])
        assert CANARY not in body + repr(headers).encode(), target
        assert PASSWORDS not in body, target
        assert b"Traceback" not in body, target
        missing = [name for name in SECURITY_HEADERS if name.encode() not in headers]
        assert not missing, (target, missing)
        location = headers.get(b"location", b"/").decode()
        assert re.match(r"/(?![/\\\\])", location) or target.lstrip("/.%").startswith("away"), (target, location)


def prefixes(api: Any) -> tuple[str, ...]:
    """Return what stands before a parameter of any route, samples in the place of those before it; and some folders."""
    found: dict[str, None] = {}
    for route in api.router.routes:
        parts = re.split(r"\{(\w+)[^}]*\}", route.route)
        at = ""
        for fixed, name in zip(parts[::2], [*parts[1::2], ""], strict=True):
            at += fixed
            found[at if at.endswith("/") else f"{at}/"] = None
            at += SAMPLES.get(name, "x") if name else ""
    return tuple(dict.fromkeys([*found, *(f"/{folder}/" for folder in MORE_PREFIXES)]))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    folder = tmp_path_factory.mktemp("field")
    field.build(folder)
    async with running(settings_in(folder), Clock()) as live:
        yield App(live.api, Counter())


def once_each(prefixes: tuple[str, ...], endings: Iterable[str]) -> Iterator[str]:
    """Yield each ending under one prefix, the prefixes in turn."""
    for n, ending in enumerate(endings):
        yield prefixes[n % len(prefixes)] + ending


async def sweep(app: App, targets: Iterable[str]) -> None:
    for target in targets:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await app.ask(target)


async def test_no_path_of_thousands_leaves_the_site(app: App, figure: Callable[[str], None]) -> None:
    under, endings = prefixes(app.api), hostile.many(LEAST)
    assert len(under) > 30
    assert len(set(endings)) >= LEAST
    await sweep(app, once_each(under, endings))
    assert app.seen[404] > LEAST * 3 // 4
    figure(f"{len(endings):,} endings, {len(under)} prefixes: {dict(app.seen)}, 0 leaks")


@pytest.mark.soak
async def test_no_path_of_thousands_leaves_the_site_under_any_prefix(app: App, figure: Callable[[str], None]) -> None:
    under, endings = prefixes(app.api), hostile.many(LEAST)
    await sweep(app, (prefix + ending for prefix in under for ending in endings))
    figure(f"{len(under) * len(endings):,} requests: {dict(app.seen)}, 0 leaks")


async def test_the_sweep_would_notice(app: App) -> None:
    """A check that cannot fail is worth nothing: a canary, a fault and an answer without its headers are seen."""
    start = {"type": "http.response.start", "headers": [(name.encode(), b"x") for name in SECURITY_HEADERS]}
    for status, body in ((200, CANARY), (500, b""), (200, PASSWORDS)):
        with pytest.raises(AssertionError):
            app.check("/", [start | {"status": status}, {"type": "http.response.body", "body": body}])
    with pytest.raises(AssertionError):
        app.check("/", [start | {"status": 200, "headers": []}])
