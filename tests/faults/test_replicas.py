"""Two engines on two copies of one content: the same bytes whoever is asked, and nobody notices that one is gone."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from conftest import Clock, Live, build_demo, running, settings_in
from crawl import crawl
from loading import Load
from proxies import Proxy, nginx, varnish
from serving import Served, serving

MADE = (  # what takes long, one of each kind and size
    "/essays/2026-06-11-on-cats.pdf", "/essays/2026-10-01-on-tables.pdf", "/essays/2026-06-11-on-cats.epub",
    "/essays.pdf", "/tags/travel.epub", "/og-image/about.png", "/og-image/photos/red/red.png", "/favicon.ico",
    "/apple-touch-icon.png", "/thumb/photos/red/red.jpg?w=640",
)  # fmt: skip
PLAIN = {"Accept-Encoding": "identity"}
OTHERWISE = {  # a word of Vary -> how else the address may be asked for
    "Accept-Encoding": ({"Accept-Encoding": "gzip"}, {"Accept-Encoding": "br"}),
    "Accept": ({"Accept": "text/markdown"}, {"Accept": "application/json"}),
}
OWN = re.compile("date|x-request-id|last-modified|x-ratelimit-.*")  # tell of one answer, or of one copy of a file
TIMES = "/metrics"  # what tells of one engine


def copied(source: Path, target: Path) -> None:
    """Copy a content folder as another tool would: its files in another order, with other times."""
    for n, file in enumerate(sorted((file for file in source.rglob("*") if file.is_file()), reverse=True)):
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
        os.utime(copy, (1_500_000_000 + 7 * n, 1_500_000_000 + 7 * n))


@pytest.fixture
async def replicas(tmp_path: Path) -> AsyncIterator[tuple[Live, Live]]:
    build_demo(tmp_path / "one/content")
    copied(tmp_path / "one/content", tmp_path / "two/content")
    async with (
        running(settings_in(tmp_path / "one"), Clock()) as one,
        running(settings_in(tmp_path / "two"), Clock()) as two,
    ):
        yield one, two


async def test_two_engines_answer_with_the_same_bytes(replicas: tuple[Live, Live]) -> None:
    one, two = replicas
    named = await crawl(one)
    prints = sorted({path for reply in named.values() for path in reply.text.split('"') if path.startswith("/images/")})
    addresses = [*named, *MADE, *prints]
    assert len(named) > 100
    assert len(prints) > 10
    differing = []
    for path in [path for path in addresses if path != TIMES]:
        plain = await whole(one, path, PLAIN)
        varied = plain.headers.get("vary", "").split(", ")
        for asked in (PLAIN, *(way for word, ways in OTHERWISE.items() if word in varied for way in ways)):
            replies = plain if asked is PLAIN else await whole(one, path, asked), await whole(two, path, asked)
            differing += [f"{path} {asked}: {why}"] if (why := difference(*replies)) else []
        assert path in named or "last-modified" not in plain.headers, "when it was made is nobody's matter"
    assert differing == []


async def whole(live: Live, path: str, asked: dict[str, str]) -> httpx.Response:
    """Return an answer; of a book that is being bound the one at the end."""
    while (reply := await live.client.get(path, headers=asked)).status_code == 202:
        pass
    return reply


def difference(one: httpx.Response, two: httpx.Response) -> str:
    """Say in what two answers differ, "" when in nothing."""
    if one.status_code != two.status_code or one.status_code >= 500:
        return f"{one.status_code} and {two.status_code}"
    headers = [
        {name: value for name, value in reply.headers.items() if not OWN.fullmatch(name)} for reply in (one, two)
    ]
    if headers[0] != headers[1]:
        return f"{dict(headers[0].items() ^ headers[1].items())}"
    return "" if one.content == two.content else f"{len(one.content)} bytes and {len(two.content)} others"


# --- in front of both


ENGINE = """
import engine
from folio import config, server

settings = config.load()
server.serve(engine.create_api(settings), settings)
"""
Start = Callable[[str], AbstractContextManager[Served]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start one of two engines, on a socket that nobody holds: while it is away, whoever comes is refused."""
    build_demo(tmp_path / "one/content")
    copied(tmp_path / "one/content", tmp_path / "two/content")

    def started(name: str) -> AbstractContextManager[Served]:
        folder = tmp_path / name
        environ = {f"FOLIO_{kind.upper()}": str(folder / kind) for kind in ("content", "cache", "state")}
        return serving(ENGINE, folder, environ={**environ, "FOLIO_UDS": str(folder / "folio.sock")})

    yield started


@pytest.mark.parametrize(
    ("proxy", "in_turn"),
    [
        pytest.param(nginx, True, id="nginx", marks=pytest.mark.needs("nginx", "openssl")),
        pytest.param(varnish, False, id="varnish", marks=pytest.mark.needs("varnishd")),
        pytest.param(varnish, True, id="varnish-in-turn", marks=[pytest.mark.needs("varnishd"), pytest.mark.soak]),
    ],
)
async def test_nobody_notices_that_one_of_two_died_or_that_both_are_renewed_in_turn(
    tmp_path: Path, start: Start, proxy: Callable[..., AbstractContextManager[Proxy]], in_turn: bool
) -> None:
    sockets = [tmp_path / name / "folio.sock" for name in ("one", "two")]
    with contextlib.ExitStack() as one, contextlib.ExitStack() as two, proxy(tmp_path, sockets) as front:
        first, second = one.enter_context(start("one")), two.enter_context(start("two"))
        paths = (f"/about?n={n}" for n in itertools.count())
        load = Load(front, paths, lambda path, status, body: status == 200 and b"A page at the root" in body, 100)
        over = asyncio.Event()

        async def renew() -> None:
            await load.more(50)
            first.process.send_signal(signal.SIGKILL)
            await load.more(100)
            if in_turn:
                one.close()
                await asyncio.to_thread(one.enter_context, start("one"))  # back when it is ready
                await asyncio.to_thread(second.stop)  # the other's turn: it answers what it has accepted
                await load.more(100)
                two.close()
                await asyncio.to_thread(two.enter_context, start("two"))
            over.set()

        renewal = asyncio.create_task(renew())
        await load.until(over, least=300)
        await renewal
    assert load.lost == []
