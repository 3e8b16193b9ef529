"""Memory does not grow: a mixed load with PDFs, pictures, queries, strangers' addresses and edits, again and again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import hostile
import pytest
from conftest import build_demo
from crowd import Client, Place, place

PAGES = (
    "/",
    "/about",
    "/essays/2026-06-11-on-cats",
    "/archive",
    "/tags/travel",
    "/photos/red",
    "/feed.xml",
    "/sitemap",
)
MADE = ("/essays/2026-06-11-on-cats.pdf", "/essays.epub", "/og-image/about.png", "/thumb/photos/red/red.jpg?w=320")
IDLE_MB = 110
SLOPE_MB = 1.0  # for a thousand requests


async def load(here: Place, requests: int) -> None:
    """Ask for everything in turn; the text of a page changes every fifty requests."""
    client, strange = Client(here.port), hostile.many(5_000)
    for number in range(requests):
        paths = (*PAGES, *MADE, f"/search?q=cats{number % 97}", f"/missing-{number}", f"/about?x={number}")
        path = paths[number % len(paths)]
        if number % 9 == 0 and strange[number % 5_000].isascii() and " " not in strange[number % 5_000]:
            path = f"/{strange[number % 5_000]}"
        if number % 50 == 0:
            (here.folder / "content/poems/river.md").write_text(f"# River\n\nTurn {number}.\n")
        status, _ = await client.get(path, f"Accept-Encoding: {('gzip', 'br', 'identity')[number % 3]}\r\n")
        assert status != 500, path
        if status == 400:
            await client.close()
    await client.close()


async def growth(here: Place, thousands: int) -> str:
    idle = here.memory_mb
    await load(here, 2_000)
    before = here.memory_mb
    await load(here, thousands * 1_000)
    slope = (here.memory_mb - before) / thousands
    assert idle <= IDLE_MB
    assert slope < SLOPE_MB
    return f"{idle:.0f} MB idle, {before:.0f} MB warm, {slope:+.2f} MB for a thousand of {thousands},000 requests"


@pytest.mark.soak
async def test_memory_does_not_grow(tmp_path: Path, figure: Callable[[str], None]) -> None:
    build_demo(tmp_path / "content")
    async with place(tmp_path) as here:
        figure(await growth(here, 10))


async def test_an_idle_engine_is_small(tmp_path: Path, figure: Callable[[str], None]) -> None:
    build_demo(tmp_path / "content")
    async with place(tmp_path) as here:
        await load(here, 8)
        assert here.memory_mb <= IDLE_MB
        figure(f"{here.memory_mb:.0f} MB after eight pages")
