"""How much one visitor may search: past it a page for people, a problem for programs, and no harm to anybody else."""

from __future__ import annotations

import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import tools
from conftest import BROWSER_ACCEPT, PATIENCE_SECONDS, Clock, settings_in, write_below

from engine import create_api
from folio import limits
from folio.config import Limits
from folio.press import Press

SEARCHES = ("/search?q=cats", "/api/search?q=cats", "/archive?q=cats")


@asynccontextmanager
async def asked_by(*hosts: str, folder: Path, searches: int, redis: str = "") -> AsyncIterator[list[httpx.AsyncClient]]:
    """Run a small site, and give a client at each address; every one has its own budget."""
    write_below(folder / "content", "essays/cats.md", "# Cats\n\nCats sleep.\n")
    api = create_api(replace(settings_in(folder), redis=redis, limits=Limits(searches=searches)), clock=Clock())
    press: Press = api.state.press
    async with press.lifespan(api):
        yield [
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=api, client=(host, 4711)),
                base_url="http://test",
                headers={"Accept": BROWSER_ACCEPT},
            )
            for host in hosts
        ]


async def test_who_searches_too_much_is_asked_to_wait_and_nobody_else(tmp_path: Path) -> None:
    hosts = ("192.0.2.7", "192.0.2.8", "2001:db8::1", "2001:db8::beef", "2001:db8:0:1::1")
    async with asked_by(*hosts, folder=tmp_path, searches=3) as (hasty, other, six, same_house, next_house):
        assert [(await hasty.get(path)).status_code for path in SEARCHES] == [200] * 3
        page = await hasty.get("/search?q=Tom+%26+<Jerry>")
        assert (page.status_code, page.headers["content-type"]) == (429, "text/html; charset=utf-8")
        assert (page.headers["retry-after"], page.headers["cache-control"]) == ("10", "no-store")
        assert "<h1>A moment, please</h1>" in page.text
        assert 'value="Tom &amp; &lt;Jerry&gt;"' in page.text
        for path, accept in (("/search?q=cats", "application/json"), ("/api/search?q=cats", "*/*")):
            problem = await hasty.get(path, headers={"Accept": accept})
            assert (problem.status_code, problem.headers["retry-after"]) == (429, "10")
            assert problem.json()["status"] == 429
        assert (await hasty.head("/search?q=cats")).status_code == 429
        for path in ("/archive", *(f"/search.{form}" for form in ("json", "md", "txt", "epub", "pdf"))):
            assert (await hasty.get(f"{path}?q=cats")).status_code == 429

        assert [(await hasty.get("/api/search/autocomplete?q=ca")).status_code for _ in range(4)] == [200] * 3 + [429]
        assert {(await hasty.get(path)).status_code for path in ("/", "/archive", "/opensearch.xml")} == {200}

        assert (await other.get("/search?q=cats")).status_code == 200
        assert [(await one.get("/search")).status_code for one in (six, six, same_house, six)] == [200] * 3 + [429]
        assert (await same_house.get("/search")).status_code == 429
        assert (await next_house.get("/search")).status_code == 200


async def test_who_was_refused_need_not_wait_for_a_clock_that_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, moment = limits.Counts(), 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: moment)
    assert [(await counts.ahit("ada", 2, 10))[0] for _ in range(3)] == [True, True, False]
    moment -= 3_600
    assert [(await counts.ahit("ada", 2, 10))[0] for _ in range(3)] == [True, True, False]
    moment += 11
    assert (await counts.ahit("ada", 2, 10))[0]


@pytest.mark.parametrize(
    ("peer", "name"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::"),
        (("::ffff:192.0.2.7", 1), "192.0.2.7"),  # IPv4, as a socket for both shows it
        (("fe80::1%eth0", 1), "fe80::"),
        (("what a proxy wrote", 1), "what a proxy wrote"),
        (None, ""),  # a unix socket
    ],
)
def test_a_client_is_known_by_its_network(peer: Any, name: str) -> None:
    assert limits.client(SimpleNamespace(client=peer)) == name


async def test_clients_without_number_are_forgotten() -> None:
    counts = limits.Counts()
    assert (await counts.ahit("first", 1, 600))[0]
    assert not (await counts.ahit("first", 1, 600))[0]
    for n in range(limits.MAX_CLIENTS):
        await counts.ahit(str(n), 1, 600)
    assert (await counts.ahit("first", 1, 600))[0]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """A Redis of this test on a unix socket; its address."""
    path = tmp_path / "redis.sock"
    command = [tools.find("redis-server"), "--port", "0", "--unixsocket", str(path), "--save", ""]
    with subprocess.Popen([*command, "--dir", str(tmp_path)], stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + PATIENCE_SECONDS
        while not path.exists():
            assert time.monotonic() < until
        yield f"unix://{path}"
        process.terminate()


@pytest.mark.needs("redis-server")
async def test_two_engines_count_together_in_a_redis(redis: str) -> None:
    one, two = (limits.limiter(lambda: 3, redis, "searches") for _ in range(2))
    others = limits.limiter(lambda: 3, redis, "completions")
    asked = [await allows(engine) for engine in (one, one, two, two, one)]
    assert asked == [True, True, True, False, False]
    assert await allows(others)
    assert await allows(two, "192.0.2.8")


@pytest.mark.needs("redis-server")
async def test_searches_of_several_engines_count_in_the_redis_that_their_settings_name(
    tmp_path: Path, redis: str
) -> None:
    sites = (asked_by("192.0.2.7", folder=tmp_path / name, searches=2, redis=redis) for name in ("one", "two"))
    async with next(sites) as (one,), next(sites) as (two,):
        assert [(await site.get("/search?q=cats")).status_code for site in (one, two, one, two)] == [200, 200, 429, 429]
        completed = [(await site.get("/api/search/autocomplete?q=ca")).status_code for site in (one, two, one)]
        assert completed == [200, 200, 429]


async def test_nobody_is_refused_for_a_redis_that_is_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    limiter = limits.limiter(lambda: 1, f"unix://{tmp_path}/nothing", "searches")
    assert [await allows(limiter) for _ in range(3)] == [True] * 3
    assert "allowing request unlimited" in caplog.text


async def allows(limiter: Any, host: str = "192.0.2.7") -> bool:
    answer = SimpleNamespace(headers={}, status_code=200, media=None)
    return bool(await limiter.acheck(SimpleNamespace(client=(host, 4711)), answer))
