"""A change of the folder wakes the reader soon, whatever happens to the folder, the watcher or the reader."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from serving import PATIENCE_SECONDS

from folio import watch


class Looks:
    """Counts looks; `next()` waits for one that begins after it was called, and tells where it was to look.

    `told` are all paths so far; `due` is what each look returns.
    """

    def __init__(self) -> None:
        self.count = 0
        self.told = set[str]()
        self.due: float | None = None
        self._waiting: list[asyncio.Future[Collection[str] | None]] = []

    async def __call__(self, touched: Collection[str] | None) -> float | None:
        self.count += 1
        self.told.update(touched or ())
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(touched)
        self._waiting.clear()
        return self.due

    def next(self) -> Awaitable[Collection[str] | None]:
        waiting: asyncio.Future[Collection[str] | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        return asyncio.wait_for(waiting, PATIENCE_SECONDS)


@asynccontextmanager
async def watching(folder: Path, looks: Looks) -> AsyncIterator[None]:
    """Watch a folder, the first look (for what changed before the watcher was ready) already done."""
    first = looks.next()
    task = asyncio.create_task(watch.watch(folder, looks, debounce_ms=10))
    try:
        await first
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_it_looks_once_for_what_changed_before_the_watcher_was_ready(content: Path) -> None:
    looks = Looks()
    async with watching(content, looks):
        assert looks.count == 1


Change = Callable[[Path], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "new.md").write_text("# New"),
        lambda folder: (folder / "a.md").write_text("# Changed"),
        lambda folder: (folder / "a.md").unlink(),
        lambda folder: (folder / "a.md").rename(folder / "b.md"),
        lambda folder: (folder / "sub/deep.md").write_text("# Deep"),
        lambda folder: (folder / "newsub").mkdir(),
    ],
    ids=["new", "changed", "deleted", "renamed", "deep", "folder"],
)
async def test_a_change_wakes_it(content: Path, change: Change) -> None:
    (content / "a.md").write_text("# A")
    (content / "sub").mkdir()
    looks = Looks()
    async with watching(content, looks):
        woken = looks.next()
        change(content)
        await woken


@pytest.mark.parametrize("way", ["itself", "a link to it", "a path from here"])
async def test_it_tells_where_something_happened(content: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    (content / "sub").mkdir()
    (content.parent / "link").symlink_to(content)
    monkeypatch.chdir(content.parent)
    folder = {"itself": content, "a link to it": content.parent / "link", "a path from here": Path(content.name)}[way]
    looks, written = Looks(), {"a.md", "sub/deep.md"}
    async with watching(folder, looks):
        woken = looks.next()
        for path in written:
            (content / path).write_text("# New")
        await woken
        while not looks.told >= written:
            await looks.next()
    assert looks.told == written


async def test_it_looks_at_everything_now_and_then(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often something happens: what the kernel did not tell is found."""
    monkeypatch.setattr(watch, "WATCHED_SECONDS", 0.3)
    looks, told = Looks(), list[bool]()
    async with watching(content, looks), asyncio.timeout(PATIENCE_SECONDS):
        while told[-2:] != [True, False]:
            woken = looks.next()
            (content / "a.md").write_text("# A")
            told.append(await woken is not None)


async def test_it_looks_again_when_something_falls_due(content: Path) -> None:
    looks = Looks()
    async with watching(content, looks):
        looks.due = time.time() + 0.05
        woken = looks.next()
        (content / "a.md").write_text("# A")
        await woken
        looks.due, due = None, looks.next()
        await due


async def test_it_tells_that_nothing_happened_when_something_falls_due(content: Path) -> None:
    looks, woken = Looks(), None
    looks.due = time.time() + watch.READY_SECONDS + 0.05
    async with watching(content, looks), asyncio.timeout(PATIENCE_SECONDS):
        while woken is None:
            looks.due = time.time() + 0.05
            woken = await looks.next()
        assert not woken


async def test_without_a_watcher_anything_may_have_happened(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise OSError("no inotify watches left")

    monkeypatch.setattr(watch.watchfiles, "watch", fail)
    monkeypatch.setattr(watch, "UNWATCHED_SECONDS", 0.05)
    monkeypatch.setattr(watch, "READY_SECONDS", 0.1)
    looks = Looks()
    async with watching(content, looks):
        assert [await looks.next() for _ in range(4)] == [None] * 4


async def test_what_stays_due_is_not_asked_for_without_pause(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "UNWATCHED_SECONDS", 0.2)
    monkeypatch.setattr(watch, "WATCHED_SECONDS", 0.2)
    looks = Looks()
    looks.due = 1.0
    async with watching(content, looks):
        await looks.next()
        await looks.next()
        started, before = time.monotonic(), looks.count
        for _ in range(3):
            await looks.next()
        assert looks.count - before <= (time.monotonic() - started) / 0.2 + 1


async def test_what_falls_due_during_a_look_is_looked_at_next(content: Path) -> None:
    """A look that began before the moment could not help: it is no reason to wait for the next change."""

    class Laborious(Looks):
        async def __call__(self, touched: Collection[str] | None) -> float | None:
            if self.due is None or self.due < time.time():
                self.due = time.time() + 1
                (content / "a.md").write_text("# A")  # it is called again before that is due
            else:
                while time.time() < self.due:  # noqa: ASYNC110 - until a moment, not an event
                    await asyncio.sleep(0.01)
                slept.set()
            return await super().__call__(touched)

    looks, slept = Laborious(), asyncio.Event()
    async with watching(content, looks):
        await asyncio.wait_for(slept.wait(), PATIENCE_SECONDS)
        await looks.next()


async def test_one_long_look_does_not_put_off_those_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It had much to read; without a watcher the time between looks follows what a look takes that finds nothing."""
    monkeypatch.setattr(watch, "UNWATCHED_SECONDS", 0.05)
    monkeypatch.setattr(watch, "UNWATCHED_FACTOR", 1_000)

    class Laborious(Looks):
        async def __call__(self, touched: Collection[str] | None) -> float | None:
            if not self.count:
                await asyncio.sleep(0.1)
            return await super().__call__(touched)

    looks = Laborious()
    async with watching(tmp_path / "nowhere", looks):
        for _ in range(3):
            await looks.next()


async def test_who_waits_is_answered_between_a_long_look_and_the_next(content: Path) -> None:
    """What fell due meanwhile waits a fourth of the time the look took."""

    class Laborious(Looks):
        async def __call__(self, touched: Collection[str] | None) -> float | None:
            if ends:
                pauses.append(time.perf_counter() - ends.pop())
            await asyncio.sleep(0.4)
            await super().__call__(touched)
            ends.append(time.perf_counter())
            return time.time() - 0.1 / (1 + self.count)  # each is due, and none is the one before

    ends: list[float] = []
    pauses: list[float] = []
    looks = Laborious()
    async with watching(content, looks):
        for _ in range(2):
            await looks.next()
    assert min(pauses) > 0.09


async def test_a_folder_that_is_missing_is_watched_once_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "UNWATCHED_SECONDS", 0.05)
    folder = tmp_path / "later"
    looks = Looks()
    async with watching(folder, looks):
        await looks.next()  # by the clock
        monkeypatch.setattr(watch, "UNWATCHED_SECONDS", 0.2)
        folder.mkdir()
        await looks.next()  # for the folder
        await looks.next()  # for what came before the watcher was ready
        woken = looks.next()
        (folder / "a.md").write_text("# A")
        await woken


@pytest.mark.parametrize("link", [False, True], ids=["renamed", "linked"])
async def test_a_folder_put_in_the_place_of_another_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: bool
) -> None:
    monkeypatch.setattr(watch, "UNWATCHED_SECONDS", 0.05)
    old, new, folder = tmp_path / "1", tmp_path / "2", tmp_path / "current"
    new.mkdir()
    old.mkdir() if link else folder.mkdir()
    if link:
        folder.symlink_to(old)
    looks = Looks()
    async with watching(folder, looks):
        swapped = looks.next()
        if link:
            (tmp_path / "next").symlink_to(new)
            (tmp_path / "next").rename(folder)
        else:
            folder.rename(old)
            new.rename(folder)
        await swapped
        await looks.next()  # for what came before the new watcher was ready
        woken = looks.next()
        (folder / "a.md").write_text("# A")
        await woken


async def test_a_reader_that_fails_is_not_its_concern(content: Path) -> None:
    """The reader says when it wants to try again; what it raises ends the watch, and the watcher with it."""

    async def fail(touched: Collection[str] | None) -> float | None:
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        await watch.watch(content, fail, debounce_ms=10)
    assert len(asyncio.all_tasks()) == 1
