"""Restarts and deaths of the engine behind each proxy of deploy/, and what visitors see of them: nothing.

This process holds the listening socket, as systemd does by folio.socket; the engine is started on it again and again.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
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


BEHIND = [
    pytest.param((nginx,), 300, (RESTART, KILL, RESTART), id="nginx", marks=pytest.mark.needs("nginx", "openssl")),
    pytest.param((caddy, varnish), 100, (RESTART, KILL), id="others", marks=pytest.mark.needs("caddy", "varnishd")),
]


@pytest.mark.parametrize(("proxies", "per_second", "troubles"), BEHIND)
async def test_no_request_is_lost_over_restarts_and_kills(
    tmp_path: Path, serve: Serve, proxies: tuple[Front, ...], per_second: int, troubles: tuple[signal.Signals, ...]
) -> None:
    with contextlib.ExitStack() as stack:
        fronts = [stack.enter_context(proxy(tmp_path)) for proxy in proxies]
        loads = [Load(front, addresses(), is_right, per_second) for front in fronts]
        async with trouble(loads, serve, troubles) as over:
            await asyncio.gather(*(load.until(over, least=5 * per_second) for load in loads))
    assert [load.lost for load in loads] == [[] for _ in proxies]


@contextlib.asynccontextmanager
async def trouble(
    loads: Sequence[Load], serve: Serve, troubles: tuple[signal.Signals, ...]
) -> AsyncIterator[asyncio.Event]:
    """Start the engine and end it in these ways, starting it anew each time; yield what tells when the last runs."""
    over, finished = asyncio.Event(), asyncio.Event()

    async def go() -> None:
        for how in troubles:
            with serving_meanwhile(serve) as starting:
                served = await starting
                await asyncio.gather(*(load.more(load.per_second // 2) for load in loads))
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


VISITED = ("/", "/about", "/about.md", "/essays", "/feed.xml", "/photos/red/red", "/robots.txt", "/old-cats")
AGE_SECONDS = 3.0  # past which Varnish shows nothing while the engine answers: a second fresh, and its grace of two
needs_both = pytest.mark.needs("nginx", "openssl", "varnishd")


@needs_both
@pytest.mark.parametrize(
    "away_seconds", [pytest.param(1 + AGE_SECONDS, id="briefly"), pytest.param(60, id="minute", marks=pytest.mark.soak)]
)
def test_visited_pages_are_there_while_the_engine_is_not_and_new_ones_soon_after(
    tmp_path: Path, away_seconds: float
) -> None:
    build_demo(tmp_path / "content")
    environ = {f"FOLIO_{name.upper()}": str(tmp_path / name) for name in ("content", "cache", "state")}
    environ["FOLIO_UDS"] = str(tmp_path / "folio.sock")  # which nobody holds: whoever comes is refused
    with nginx(tmp_path) as one, varnish(tmp_path) as other:
        with serving(ENGINE, tmp_path, environ=environ):
            visited = {(front, path): front.get(path, Accept="text/html") for path in VISITED for front in (one, other)}
            invented = {front.get("/about?utm=1").status for front in (one, other)}
        gone = time.monotonic()
        unkept = ("/essays/2013-01-27-on-trains", "/about?utm=1")  # never visited; of anybody's invention
        refused = {front.get(path).status for front in (one, other) for path in unkept}
        while time.monotonic() < gone + away_seconds:
            for (front, path), before in visited.items():
                now = front.get(path, Accept=BROWSER_ACCEPT)
                assert (now.status, now.body) == (before.status, before.body), path
        write_below(tmp_path / "content", "about.md", "# About\n\nWritten meanwhile.\n")
        with serving(ENGINE, tmp_path, environ=environ):
            until = time.monotonic() + PATIENCE_SECONDS
            while not all(b"Written meanwhile" in front.get("/about").body for front in (one, other)):
                assert time.monotonic() < until
    assert {reply.status for reply in visited.values()} == {200, 301}
    assert invented == {200}
    assert refused == {502, 503}


@needs_both
def test_the_first_visitor_after_an_edit_sees_it(tmp_path: Path, serve: Serve) -> None:
    cats = "/essays/2026-06-11-on-cats"
    with serve(), nginx(tmp_path) as one, varnish(tmp_path) as other:
        assert all(b"Cats sleep" in front.get(cats).body for front in (one, other))
        old_from = time.monotonic() + AGE_SECONDS
        write_below(tmp_path / "content", f"{cats[1:]}.md", "# On cats\n\nNow they are awake.\n")
        while b"Now they are awake" not in one.get(f"{cats}?n=1").body:  # never kept
            assert time.monotonic() < old_from + PATIENCE_SECONDS
        while time.monotonic() < old_from:
            one.get("/about")
        assert all(b"Now they are awake" in front.get(cats).body for front in (one, other))
