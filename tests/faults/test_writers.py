"""However a file is written, the last version is shown: editors, git, rsync, Syncthing, cp, each as it really writes.

What each does was seen with strace: a name beside and a rename, a truncation and then pieces, an unlink and a new file.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import watchfiles
from conftest import PATIENCE_SECONDS, Clock, Live, Write, running

from folio.config import Config

Writer = Callable[[Path, bytes], None]


def in_pieces(file: Path, made: bytes, flags: int = os.O_TRUNC) -> None:
    """Write over a file in two pieces, as whatever has a buffer does."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | flags, 0o644)
    for piece in (made[: len(made) // 2], made[len(made) // 2 :]):
        os.write(handle, piece)
    os.close(handle)


def vim(file: Path, made: bytes) -> None:
    """With its backup beside, and the name 4913 that it tries first."""
    (file.parent / "4913").touch()
    (file.parent / "4913").unlink()
    backup = file.with_name(file.name + "~")
    if file.exists():
        file.rename(backup)
    in_pieces(file, made)
    backup.unlink(missing_ok=True)


def vim_in_place(file: Path, made: bytes) -> None:
    swap = file.with_name(f".{file.name}.swp")
    swap.write_bytes(made[:9])
    in_pieces(file, made)
    swap.unlink()


def emacs(file: Path, made: bytes) -> None:
    lock, saved = file.with_name(f".#{file.name}"), file.with_name(f"#{file.name}#")
    lock.symlink_to("writer@desk.1")
    saved.write_bytes(made)
    in_pieces(file, made)
    saved.unlink()
    lock.unlink()


def git(file: Path, made: bytes) -> None:
    file.unlink(missing_ok=True)
    in_pieces(file, made, os.O_EXCL)


def renamed(temporary: str, age: float = 0) -> Writer:
    """Write beside and put in place, with the time the file had where it came from."""

    def write(file: Path, made: bytes) -> None:
        beside = file.with_name(temporary.format(file.name))
        beside.write_bytes(made)
        if age:
            os.utime(beside, (time.time() - age,) * 2)
        beside.rename(file)

    return write


def rsync_in_place(file: Path, made: bytes) -> None:
    """And with the time of its source, which is the same for two versions of one length."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(handle, made)
    os.ftruncate(handle, len(made))
    os.close(handle)
    os.utime(file, (1_700_000_000, 1_700_000_000))


def appended(file: Path, made: bytes) -> None:
    """Empty first, then full, as a shell's > and >> do."""
    file.write_bytes(b"")
    with file.open("ab") as end:
        end.write(made)


def moved_in(file: Path, made: bytes) -> None:
    """From another folder of the same disk, over the file."""
    beside = file.parent.parent.parent / f"{file.name}.elsewhere"
    beside.write_bytes(made)
    shutil.move(beside, file)


WRITERS: dict[str, Writer] = {
    "nano": in_pieces,
    "vim": vim,
    "vim in place": vim_in_place,
    "emacs": emacs,
    "git": git,
    "sed": renamed("sedA1b2C3"),
    "rsync": renamed(".{}.Xy12Zq", age=86_400),
    "rsync in place": rsync_in_place,
    "syncthing": renamed(".syncthing.{}.tmp", age=3_600),
    "cp": in_pieces,
    "mv": moved_in,
    "appended": appended,
}


def page(turn: int) -> bytes:
    """A text of one length, whichever turn it is: neither size nor time tell two versions apart."""
    return f"# Turn {turn:06}\n\nThe tide is out, and it is turn{turn:06} of the day.\n".encode()


async def shown(live: Live, url: str, turn: int) -> float:
    """Wait until a page shows a turn; return the seconds that took."""
    started = time.perf_counter()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while f"turn{turn:06}" not in (await live.get(url)).text:  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.002)
    return time.perf_counter() - started


def address(name: str) -> str:
    return "/notes/" + name.replace(" ", "-")


@pytest.fixture
async def desk(config: Config, clock: Clock, write: Write, content: Path) -> AsyncIterator[Live]:
    """A site with a page for each writer."""
    for name in WRITERS:
        write(f"notes/{name}.md", page(0))
    async with running(config, clock) as live:
        yield live


def updates(content: Path, turns: range) -> Iterator[tuple[str, int]]:
    """Write one update after the other, by each writer in turn, and yield where to look for what."""
    for turn, (name, write) in itertools.product(turns, WRITERS.items()):
        write(content / f"notes/{name}.md", page(turn))
        yield address(name), turn


def told(seconds: list[float]) -> str:
    longest = max(seconds)
    return f"{len(seconds):,} updates, 0 lost; seen after {statistics.median(seconds):.3f} s, at most {longest:.3f} s"


async def see_each(live: Live, content: Path, turns: int) -> list[float]:
    return [await shown(live, url, turn) for url, turn in updates(content, range(1, turns + 1))]


async def test_no_update_is_lost_whoever_writes_it(desk: Live, content: Path, figure: Callable[[str], None]) -> None:
    figure(told(await see_each(desk, content, 5)))


@pytest.mark.soak
async def test_no_update_of_a_thousand_is_lost(desk: Live, content: Path, figure: Callable[[str], None]) -> None:
    figure(told(await see_each(desk, content, 84)))


async def test_updates_in_a_row_end_with_the_last(desk: Live, content: Path, figure: Callable[[str], None]) -> None:
    """Nobody waits between them."""
    last = dict(updates(content, range(1, 21)))
    figure(told([await shown(desk, url, turn) for url, turn in last.items()]))


async def test_no_update_is_lost_without_a_watcher(
    config: Config, clock: Clock, write: Write, content: Path, monkeypatch: pytest.MonkeyPatch,
    figure: Callable[[str], None],
) -> None:  # fmt: skip
    """Where inotify is not to be had: a network folder, or no watches left."""

    def none_left(*_: object, **__: object) -> Iterator[object]:
        raise OSError("inotify watch limit reached")

    for name in WRITERS:
        write(f"notes/{name}.md", page(0))
    monkeypatch.setattr(watchfiles, "watch", none_left)
    async with running(config, clock) as live:
        last = dict(updates(content, range(1, 4)))
        figure(told([await shown(live, url, turn) for url, turn in last.items()]))
