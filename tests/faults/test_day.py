"""A bad day, all at once: slow clients, hostile queries, floods for PDFs, thumbnails and nothing, a checkout by git.

Readers go on reading, memory stays below its cap, and afterwards every byte is what it was before.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import hostile
import pytest
from conftest import build_demo, write_below
from crowd import Client, Place, Readers, dawdle, place
from test_storm import git, text

from bench.questions import hostile as hostile_queries

pytestmark = pytest.mark.needs("git", "pango")
CATS = "/essays/2026-06-11-on-cats"
READ = ("/", "/about", CATS, "/archive", "/photos/red", "/essays", "/feed.xml", "/static/site.css")
KEPT = (*READ, f"{CATS}.pdf", f"{CATS}.epub", f"{CATS}.json", "/og-image/about.png", "/icon/about.svg", "/sitemap.xml",
        "/photos/red/red", "/tags/travel", "/archive/sidenotes", "/nothing", "/robots.txt")  # fmt: skip
PATIENCE_SECONDS = 300
ENGINE_MB, ALL_MB = 256, 1_024  # of the engine alone; of it and its workers, as folio.service allows
EXPECTED = {200, 202, 301, 302, 400, 404, 429, 503}


def build(content: Path, files: int) -> None:
    """The small site, in a repository whose other branch has that many notes more, and changes two pages."""
    build_demo(content)
    write_below(content, "site.toml", "[limits]\nmake_seconds = 120\n")  # whatever else this machine has to do
    git(content, "init", "-q", "-b", "old")
    git(content, "add", "-A")
    git(content, "commit", "-qm", "old")
    git(content, "checkout", "-qb", "new")
    (content / "notes").mkdir(exist_ok=True)
    for number in range(files):
        (content / f"notes/note-{number}.md").write_text(text(number, "new"))
    (content / "about.md").write_text("# About\n\nAnother text.\n")
    (content / "poems/river.md").unlink()
    git(content, "add", "-A")
    git(content, "commit", "-qm", "new")
    git(content, "checkout", "-q", "old")


def floods() -> dict[str, Iterator[str]]:
    """Return what robots ask for, without end."""
    chance, numbers = random.Random(9), itertools.count()
    pages = (CATS, "/essays", "/about", "/tags/travel", "/essays/2013-01-27-on-trains", "/archive/2026", "/poems/river")
    return {
        "queries": (f"/search?q={quote(q.encode('utf-8', 'replace'))}" for q in itertools.cycle(hostile_queries(300))),
        "pdfs": (f"{chance.choice(pages)}.{chance.choice(('pdf', 'epub'))}?{n}" for n in numbers),
        "books": (f"/search.pdf?q=trains{n}" for n in numbers),
        "thumbs": (
            (f"/thumb/photos/red/red.jpg?w={n % 4_000}", f"/images/{n % 3_000}/x{n}/photos/red/red.jpg.webp")[n % 2]
            for n in numbers
        ),
        "nothing": (f"/{quote(path, safe='/%')}" for path in itertools.cycle(hostile.targets()) if len(path) < 900),
        "cards": (f"/og-image/{chance.choice(pages)[1:]}.png?{n}" for n in numbers),
    }  # fmt: skip


async def flood(port: int, asked: Iterator[str], until: asyncio.Event, seen: Counter[int]) -> None:
    """Ask for one thing after the other, as fast as answers come."""
    client = Client(port)
    while not until.is_set():
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(5):
                seen[(await client.get(next(asked)))[0]] += 1
                continue
        await client.close()
    await client.close()


async def crawl_slowly(port: int, until: asyncio.Event) -> None:
    while not until.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await dawdle(port)


async def weigh(here: Place, until: asyncio.Event) -> float:
    """Return the most that the engine and its workers hold together."""
    most = 0.0
    while not until.is_set():
        most = max(most, here.memory_mb + here.workers_mb)
        await asyncio.sleep(0.1)
    return most


async def kept(here: Place) -> dict[str, tuple[int, bytes]]:
    """Return what is at the addresses that have to be the same again; who must wait waits."""
    client, found = Client(here.port), {}
    for path in KEPT:
        status = 503
        while status in (202, 503):
            status, body = await client.get(path)
            found[path] = (status, body)
            await asyncio.sleep(0.2 if status in (202, 503) else 0)
    await client.close()
    return found


async def settled(here: Place) -> dict[str, tuple[int, bytes]]:
    """Return what is kept once every text and every picture has been looked at: until then pages say less."""
    client = Client(here.port)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while b'"texts":"ready","search":"ready"' not in (await client.get("/health"))[1]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        found = await kept(here)
        while found != (found := await kept(here)):  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.2)
    await client.close()
    return found


async def back_to(here: Place, before: dict[str, tuple[int, bytes]]) -> None:
    """Wait until all is as it was before."""
    after = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while after != before:
                await asyncio.sleep(0.2)
                after = await kept(here)
    assert [path for path in before if after.get(path) != before[path]] == []


@contextlib.asynccontextmanager
async def attack(here: Place, seconds: float, slow: int, seen: Counter[int]) -> AsyncIterator[asyncio.Event]:
    """Let everybody loose for so long; the event is set when that is over."""
    over = asyncio.Event()
    robots = [flood(here.port, asked, over, seen) for asked in floods().values()]
    tasks = [asyncio.create_task(work) for work in (*robots, *(crawl_slowly(here.port, over) for _ in range(slow)))]
    asyncio.get_running_loop().call_later(seconds, over.set)
    yield over
    await over.wait()
    await asyncio.gather(*tasks)


async def day(here: Place, content: Path, seconds: float, slow: int) -> str:
    before = await settled(here)
    calm, readers = Readers(here.port, READ), Readers(here.port, READ)
    await calm.read(200)
    seen: Counter[int] = Counter()
    async with attack(here, seconds, slow, seen) as over:
        reading = asyncio.create_task(readers.read(until=over, pause=0.02))
        weighing = asyncio.create_task(weigh(here, over))
        await asyncio.to_thread(git, content, "checkout", "-q", "new")
        await over.wait()
    await reading
    most_mb = await weighing
    assert set(readers.statuses) == {200}
    assert seen.keys() <= EXPECTED, seen
    assert here.peak_mb <= ENGINE_MB
    assert most_mb <= ALL_MB
    await asyncio.to_thread(git, content, "checkout", "-q", "old")
    started = time.perf_counter()
    await back_to(here, before)
    return (
        f"{seconds:.0f} s, {sum(seen.values()):,} hostile answers {dict(seen)}; {len(readers.seconds):,} pages read, "
        f"p99 {readers.p99_ms:.0f} ms (calm {calm.p99_ms:.0f}); engine {here.peak_mb:.0f} MB, with workers "
        f"{most_mb:.0f} MB at most; all as before {time.perf_counter() - started:.1f} s after"
    )


async def test_a_bad_moment_passes(tmp_path: Path, figure: Callable[[str], None]) -> None:
    build(tmp_path / "content", 150)
    async with place(tmp_path) as here:
        figure(await day(here, tmp_path / "content", 4, 30))
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.soak
async def test_a_bad_day_passes(tmp_path: Path, figure: Callable[[str], None]) -> None:
    build(tmp_path / "content", 10_000)
    async with place(tmp_path) as here:
        figure(await day(here, tmp_path / "content", 60, 300))
    assert "Traceback" not in (tmp_path / "log").read_text()
