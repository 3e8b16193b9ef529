"""Restarts and deaths of the engine behind each proxy of deploy/, and what visitors see of them: nothing.

This process holds the listening socket, as systemd does by folio.socket; the engine is started on it again and again.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from conftest import BROWSER_ACCEPT, PATIENCE_SECONDS, build_demo, write_below
from loading import Load
from proxies import Proxy, caddy, nginx, varnish
from serving import Served, serving, unix_listener

ENGINE = """
import asyncio, engine
from folio import config, server

settings = config.load()
site = engine.create_api(settings)

async def with_slow_pages(scope, receive, send):
    if scope["type"] == "http" and scope["path"] == "/slow":
        await asyncio.sleep(0.5)
        scope = {**scope, "path": "/about", "raw_path": b"/about"}
    await site(scope, receive, send)

server.serve(with_slow_pages, settings)
"""
PAGES = {"/about": b"A page at the root", "/essays/2026-06-11-on-cats": b"Cats sleep", "/slow": b"A page at the root"}
RESTART, KILL = signal.SIGTERM, signal.SIGKILL
Serve = Callable[[], AbstractContextManager[Served]]
Front = Callable[[Path], AbstractContextManager[Proxy]]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start the engine on one held socket, over one folder of content and one cache."""
    build_demo(tmp_path / "content")
    environ = {f"FOLIO_{name.upper()}": str(tmp_path / name) for name in ("content", "cache", "state")}
    with unix_listener(tmp_path / "folio.sock") as listener:
        yield lambda: serving(ENGINE, tmp_path, listener, environ)


def addresses() -> Iterator[str]:
    """Return addresses that no proxy has kept: one in ten takes the engine half a second."""
    for n in itertools.count():
        yield f"{('/slow' if n % 10 == 0 else ('/about', '/essays/2026-06-11-on-cats')[n % 2])}?n={n}"


def is_right(path: str, status: int, body: bytes) -> bool:
    return status == 200 and PAGES[path.partition("?")[0]] in body


PROXIES = [
    pytest.param(nginx, 300, (RESTART, KILL, RESTART), id="nginx", marks=pytest.mark.needs("nginx", "openssl")),
    pytest.param(caddy, 100, (RESTART, KILL), id="caddy", marks=pytest.mark.needs("caddy")),
    pytest.param(varnish, 100, (RESTART, KILL), id="varnish", marks=pytest.mark.needs("varnishd")),
]


@pytest.mark.parametrize(("proxy", "per_second", "troubles"), PROXIES)
async def test_no_request_is_lost_over_restarts_and_kills(
    tmp_path: Path, serve: Serve, proxy: Front, per_second: int, troubles: tuple[signal.Signals, ...]
) -> None:
    with proxy(tmp_path) as front:
        load = Load(front, addresses(), is_right, per_second)
        async with trouble(load, serve, troubles) as over:
            await load.until(over, least=5 * per_second)
    assert load.lost == []


@contextlib.asynccontextmanager
async def trouble(load: Load, serve: Serve, troubles: tuple[signal.Signals, ...]) -> AsyncIterator[asyncio.Event]:
    """Start the engine and end it in these ways, starting it anew each time; yield what tells when the last runs."""
    over, finished = asyncio.Event(), asyncio.Event()

    async def go() -> None:
        for how in troubles:
            with serving_meanwhile(serve) as starting:
                served = await starting
                await load.more(load.per_second // 2)
                served.process.send_signal(how)
                await asyncio.to_thread(served.process.wait)
        with serving_meanwhile(serve) as starting:
            await starting
            over.set()
            await finished.wait()

    task = asyncio.create_task(go())
    try:
        yield over
    finally:
        finished.set()
        await task


@contextlib.contextmanager
def serving_meanwhile(serve: Serve) -> Iterator[Awaitable[Served]]:
    """Start the engine in a thread, for whoever awaits it; kill it at the end."""
    with contextlib.ExitStack() as running:
        yield asyncio.to_thread(running.enter_context, serve())


CACHES = [
    pytest.param(nginx, id="nginx", marks=pytest.mark.needs("nginx", "openssl")),
    pytest.param(varnish, id="varnish", marks=pytest.mark.needs("varnishd")),
]
VISITED = ("/", "/about", "/about.md", "/essays", "/feed.xml", "/photos/red/red", "/robots.txt", "/old-cats")
FRESH_SECONDS = 1.0  # an answer is not asked for again
AGE_SECONDS = 3.0  # past which Varnish shows nothing while the engine answers: fresh, and its grace


@pytest.mark.parametrize("proxy", CACHES)
@pytest.mark.parametrize(
    "away_seconds", [pytest.param(1 + AGE_SECONDS, id="briefly"), pytest.param(60, id="minute", marks=pytest.mark.soak)]
)
def test_visited_pages_are_there_while_the_engine_is_not_and_new_ones_soon_after(
    tmp_path: Path, proxy: Front, away_seconds: float
) -> None:
    build_demo(tmp_path / "content")
    socket_path = tmp_path / "folio.sock"
    environ = {f"FOLIO_{name.upper()}": str(tmp_path / name) for name in ("content", "cache", "state")}
    environ["FOLIO_UDS"] = str(socket_path)  # which nobody holds: whoever comes is refused
    with proxy(tmp_path) as front:
        with serving(ENGINE, tmp_path, environ=environ):
            visited = {path: front.get(path, Accept="text/html") for path in VISITED}
            invented = front.get("/about?utm=1")
        gone = time.monotonic()
        refused = {front.get(path).status for path in ("/essays/2013-01-27-on-trains", "/about?utm=1")}
        while time.monotonic() < gone + away_seconds:
            for path, before in visited.items():
                now = front.get(path, Accept=BROWSER_ACCEPT)
                assert (now.status, now.body) == (before.status, before.body), path
        write_below(tmp_path / "content", "about.md", "# About\n\nWritten meanwhile.\n")
        with serving(ENGINE, tmp_path, environ=environ):
            back = time.monotonic()
            while b"Written meanwhile" not in front.get("/about").body:
                assert time.monotonic() < back + PATIENCE_SECONDS
    assert {reply.status for reply in (*visited.values(), invented)} == {200, 301}
    assert refused <= {502, 503}  # never visited, and with a query that would drive out what was


@pytest.mark.parametrize("proxy", CACHES)
def test_the_first_visitor_after_an_edit_sees_it(tmp_path: Path, serve: Serve, proxy: Front) -> None:
    with serve(), proxy(tmp_path) as front:
        assert b"Cats sleep" in front.get("/essays/2026-06-11-on-cats").body
        old_from = time.monotonic() + AGE_SECONDS
        write_below(tmp_path / "content", "essays/2026-06-11-on-cats.md", "# On cats\n\nNow they are awake.\n")
        while b"Now they are awake" not in front.get("/essays/2026-06-11-on-cats?n=1").body:  # never kept
            assert time.monotonic() < old_from + PATIENCE_SECONDS
        while time.monotonic() < old_from:
            front.get("/about")
        assert b"Now they are awake" in front.get("/essays/2026-06-11-on-cats").body
