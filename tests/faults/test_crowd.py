"""A crowd, some of it slow: those who never finish asking, those who keep their connection; few file descriptors."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import build_demo, write_below
from crowd import PATIENCE_SECONDS, Client, Place, Readers, dawdle, place

PAGES = ("/", "/about", "/essays/2026-06-11-on-cats", "/archive", "/tags/travel", "/static/site.css")
IMPATIENT = "from folio import protocol\nprotocol.REQUEST_SECONDS = 1.5\n"
FEW = "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
MOST_MB = 256
FLOOD, AT_ONCE = 60, 12  # documents, and robots that want them


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build_demo(tmp_path / "content")
    return tmp_path


async def slow(here: Place, count: int, most_seconds: float) -> str:
    """Let so many ask slowly while others read: the slow are hung up on in time, and nobody else is."""
    warm, calm, meanwhile = (Readers(here.port, PAGES) for _ in range(3))
    await warm.read(60)
    await calm.read(300)
    over = asyncio.Event()
    reading = asyncio.create_task(meanwhile.read(until=over))
    beginnings = (
        b"GET / HTTP/1.1\r\nHost: site\r\n",
        b"G",
        b"",
        b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n",
    )
    held: list[float] = []
    async with asyncio.timeout(PATIENCE_SECONDS + most_seconds):
        while meanwhile.statuses.total() <= 50:  # once, unless the machine is busy
            held += await asyncio.gather(*(dawdle(here.port, beginnings[n % len(beginnings)]) for n in range(count)))
    over.set()
    await reading
    assert set(meanwhile.statuses) == {200}
    return (
        f"{count:,} slow ones, none held longer than {max(held):.1f} s; others' p99 {meanwhile.p99_ms:.1f} ms, "
        f"{meanwhile.p99_ms / calm.p99_ms:.1f} times idle"
    )


async def test_who_asks_slowly_is_not_waited_for(folder: Path, figure: Callable[[str], None]) -> None:
    async with place(folder, IMPATIENT) as here:
        figure(await slow(here, 100, 1.5))


@pytest.mark.soak
async def test_a_thousand_who_ask_slowly_are_not_waited_for(folder: Path, figure: Callable[[str], None]) -> None:
    async with place(folder) as here:
        figure(await slow(here, 1_000, 15))


async def crowd(here: Place, people: int, pages: int) -> str:
    """Let so many connect at once, and each ask for so many pages over that connection."""
    clients = [Client(here.port) for _ in range(people)]
    seen: Counter[int] = Counter()

    async def visit(client: Client) -> None:
        for number in range(pages):
            seen[(await client.get(PAGES[number % len(PAGES)]))[0]] += 1

    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*map(visit, clients))
    for client in clients:
        await client.close()
    assert seen == {200: people * pages}
    assert here.peak_mb <= MOST_MB
    return f"{people:,} connections, {people * pages:,} requests, 0 errors, {here.peak_mb:.0f} MB at most"


async def test_a_crowd_keeps_its_connections(folder: Path, figure: Callable[[str], None]) -> None:
    async with place(folder) as here:
        figure(await crowd(here, 300, 5))


@pytest.mark.soak
async def test_a_crowd_of_thousands_keeps_its_connections(folder: Path, figure: Callable[[str], None]) -> None:
    async with place(folder) as here:
        figure(await crowd(here, 2_000, 5))


async def test_few_descriptors_are_borne(folder: Path, figure: Callable[[str], None]) -> None:
    """Of a hundred at once some are told to come back, or wait; when they have gone all is as before."""
    async with place(folder, FEW) as here:
        await Readers(here.port, PAGES).read(len(PAGES))  # what is made once is made
        clients = [Client(here.port) for _ in range(100)]
        seen: Counter[object] = Counter()

        async def visit(client: Client) -> None:
            try:
                async with asyncio.timeout(2):
                    seen[(await client.get("/about"))[0]] += 1
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                seen[type(error).__name__] += 1

        await asyncio.gather(*map(visit, clients))
        for client in clients:
            await client.close()
        assert seen[200] >= 4
        assert not [status for status in seen if isinstance(status, int) and status not in (200, 503)]
        after = Readers(here.port, PAGES)
        await after.read(30)
        assert after.statuses == {200: 30}
        figure(f"64 descriptors, 100 connections: {dict(seen)}; then {max(after.seconds) * 1_000:.0f} ms at most")
    assert "Traceback" not in (folder / "log").read_text()


async def test_who_asks_for_large_files_leaves_descriptors_for_others(folder: Path) -> None:
    """Of sixty who take a film slowly some are told to come back; it is never said that it is not there."""
    write_below(folder / "content", "notes/film.mp4", bytes(48 << 20))  # more than the system takes off our hands
    async with place(folder, FEW.replace("64", "110")) as here:
        await Readers(here.port, PAGES).read(len(PAGES))
        seen: Counter[bytes] = Counter()

        async def dawdle_over(path: bytes) -> asyncio.StreamWriter:
            reader, writer = await asyncio.open_connection("127.0.0.1", here.port, limit=1_024)
            writer.write(b"GET %s HTTP/1.1\r\nHost: site\r\n\r\n" % path)
            async with asyncio.timeout(PATIENCE_SECONDS):
                try:
                    seen[(await reader.readline())[9:12]] += 1
                except ConnectionError:
                    seen[b"closed"] += 1
            return writer

        async def leave(writer: asyncio.StreamWriter) -> None:
            writer.transport.abort()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

        readers = [await dawdle_over(b"/notes/film.mp4") for _ in range(60)]
        assert seen[b"200"] > 10
        assert seen[b"503"] > 10
        assert not seen.keys() - {b"200", b"503", b"closed"}
        for writer in readers:
            await leave(writer)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while seen[b"404"] < 5:  # they are gone when what nothing is kept of is answered again
                await leave(await dawdle_over(b"/nowhere"))
        after = Readers(here.port, (*PAGES, "/notes/data.csv"))
        await after.read(30)
        assert after.statuses == {200: 30}
    assert "Traceback" not in (folder / "log").read_text()


@pytest.mark.soak
@pytest.mark.needs("pango")
async def test_a_flood_for_documents_leaves_the_readers_alone(folder: Path, figure: Callable[[str], None]) -> None:
    for n in range(FLOOD):
        write_below(folder / "content", f"notes/{n}.md", f"# Note {n}\n\n" + "Words of a long note.\n\n" * 200)
    async with place(folder) as here:
        calm, meanwhile = Readers(here.port, PAGES), Readers(here.port, PAGES)
        await Readers(here.port, PAGES).read(60)
        await calm.read(300)
        over, seen = asyncio.Event(), Counter[int]()
        numbers = iter(range(FLOOD))

        async def flood() -> None:
            client = Client(here.port)
            for n in numbers:
                seen[(await client.get(f"/notes/{n}.pdf"))[0]] += 1
            await client.close()

        reading = asyncio.create_task(meanwhile.read(until=over))
        await asyncio.gather(*(flood() for _ in range(AT_ONCE)))
        over.set()
        await reading
        assert set(meanwhile.statuses) == {200}
        assert seen.keys() <= {200, 429, 503}
        assert seen[200]
        figure(
            f"{FLOOD} documents wanted by {AT_ONCE}: {dict(seen)}; {len(meanwhile.seconds):,} pages read, p99 "
            f"{meanwhile.p99_ms:.1f} ms, {meanwhile.p99_ms / calm.p99_ms:.1f} times calm; a worker held "
            f"{here.workers_peak_mb:.0f} MB at most"
        )
