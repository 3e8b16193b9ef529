"""A cache that is damaged, gone, full or read-only: every page and every made thing is what it was, to the byte."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from conftest import Clock, Live, build_demo, running, settings_in, write_below

from folio.records import Memory

pytestmark = pytest.mark.asyncio(loop_scope="module")
CATS = "/essays/2026-06-11-on-cats"
MADE = (f"{CATS}.epub", "/og-image/about.png", "/thumb/photos/red/red.jpg?w=320", "/photos/red/red.jpg", "/favicon.ico")
PAGES = (
    "/",
    "/about",
    CATS,
    "/archive",
    "/archive/sidenotes",
    "/tags/travel",
    "/photos/red",
    "/photos/red/red",
    "/feed.xml",
)
SEARCH = "/api/search?q=trains"


async def everything(live: Live) -> dict[str, bytes]:
    """Return what is at every address of the small site, made things too; none may fail."""
    found = {}
    for path in (*PAGES, *MADE, SEARCH):
        reply = await live.get(path)
        while reply.status_code == 302:
            reply = await live.get(reply.headers["location"])
        assert reply.status_code == 200, path
        found[path] = reply.content
    return found


@dataclass(frozen=True)
class Sound:
    """A site whose cache is whole, and what it answers."""

    folder: Path
    answers: dict[str, bytes]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    folder = tmp_path_factory.mktemp("disk")
    build_demo(folder / "content")
    async with running(settings_in(folder), Clock()) as live:
        return Sound(folder, await everything(live))


def but_search(answers: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out what was typed: while an index is built anew, and where none can be kept, titles answer alone."""
    return {**answers, SEARCH: b""}


def damaged(how: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def damage(cache: Path) -> None:
        files = [file for file in cache.rglob("*") if file.is_file() and file.stat().st_size]
        assert len(files) > 8
        for file in files:
            file.write_bytes(how(file.read_bytes()))

    return damage


DAMAGE: dict[str, Callable[[Path], None]] = {
    "cut short": damaged(lambda was: was[: len(was) // 2]),
    "emptied": damaged(lambda was: b""),
    "zeros": damaged(lambda was: bytes(len(was))),
    "a bit flipped": damaged(
        lambda was: was[: len(was) // 2] + bytes([was[len(was) // 2] ^ 4]) + was[len(was) // 2 + 1 :]
    ),
    "gone": shutil.rmtree,
}


@pytest.mark.parametrize("how", ["cut short", "zeros", "a bit flipped"])
async def test_a_damaged_cache_spoils_nothing(sound: Sound, how: str) -> None:
    config = settings_in(sound.folder)
    DAMAGE[how](config.cache)
    async with running(config, Clock()) as live:  # it leaves a whole one for the next
        assert await everything(live) == sound.answers


async def test_a_cache_damaged_or_deleted_meanwhile_spoils_nothing(sound: Sound) -> None:
    config = settings_in(sound.folder)
    async with running(config, Clock()) as live:
        for how in ("emptied", "gone"):
            assert await everything(live) == sound.answers
            live.press.generation = replace(live.press.generation, memory=Memory(1 << 20))  # nothing is ready
            DAMAGE[how](config.cache)
            assert but_search(await everything(live)) == but_search(sound.answers)
            await live.press.index.update(live.press.site)


async def test_a_page_that_breaks_keeps_its_words_though_they_were_in_the_cache_alone(tmp_path: Path) -> None:
    """Its file says something else by now, and the cache is deleted before anybody has read it."""
    build_demo(tmp_path / "content")
    config = settings_in(tmp_path)
    async with running(config, Clock()) as live:
        words = (await live.get(f"{CATS}.md")).text
        live.press.remembered.write(config, live.press.site.tree.entries)
    async with running(config, Clock()) as live:
        write_below(config.content, f"{CATS[1:]}.md", "---\ndraft: [\n---\n")
        shutil.rmtree(config.cache)
        await live.refresh()
        assert any("last good version" in problem.why for problem in live.press.site.problems)
        assert (await live.get(f"{CATS}.md")).text == words


@contextlib.contextmanager
def small_disk(at: Path, size: str, *options: str) -> Iterator[Path]:
    """Mount a disk of so many bytes; left out where that is not allowed."""
    at.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", ",".join((f"size={size}", *options)), "tmpfs", str(at)], capture_output=True
    )
    if done.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


@pytest.mark.parametrize("options", [(), ("ro",)], ids=["full", "read-only"])
async def test_a_disk_that_takes_nothing_spoils_nothing(sound: Sound, tmp_path: Path, options: tuple[str, ...]) -> None:
    config = settings_in(sound.folder)
    with small_disk(tmp_path / "disk", "8k", *options) as disk:
        async with running(replace(config, cache=disk / "cache", state=disk / "state"), Clock()) as live:
            assert but_search(await everything(live)) == but_search(sound.answers)


async def test_nowhere_to_write_costs_made_things_alone(sound: Sound) -> None:
    """Neither the cache nor a temporary folder: below /proc nobody can make a file, not even root."""
    config = replace(settings_in(sound.folder), cache=Path("/proc/folio/cache"), state=Path("/proc/folio/state"))
    async with asyncio.timeout(60), running(config, Clock()) as live:
        for path in PAGES:
            assert (await live.get(path)).status_code == 200, path
