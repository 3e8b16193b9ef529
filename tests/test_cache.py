"""The Store on a real disk: made once, shared, checked, bounded, and never in anybody's way."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from folio.cache import TRIM_TO, Complaint, Maker, Store
from folio.config import Config, Limits
from folio.errors import Busy, MakeFailed
from folio.workers import Workers

CARD = Maker("folio.cards:draw", 1)


class Kitchen:
    """A runner that works in this process: it counts its runs, and waits while its door is shut."""

    def __init__(self) -> None:
        self.runs = 0
        self.door = asyncio.Event()
        self.door.set()
        self.fails: Exception | None = None

    async def run(self, maker: Maker, *args: Any) -> Any:
        self.runs += 1
        await self.door.wait()
        if self.fails:
            raise self.fails
        return args[0]


class Clock:
    """Seconds since 1970, moved by hand, from what files have that are being written: none was left by a crash."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(cache=tmp_path / "cache", limits=replace(Limits(), cache_mb=1))


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(config: Config, kitchen: Kitchen, clock: Clock) -> AsyncIterator[Store]:
    store = Store(config, kitchen, clock)
    yield store
    await store.close()


async def test_a_thing_is_made_once_and_then_found(store: Store, kitchen: Kitchen, config: Config) -> None:
    first = await store.make(CARD, ["on-cats", 7], b"bytes", suffix=".png")
    again = await store.make(CARD, ["on-cats", 7], b"bytes", suffix=".png")
    assert (first, kitchen.runs) == (again, 1)
    assert first.read_bytes() == b"bytes"
    assert first.suffix == ".png"
    assert first.is_relative_to(config.cache / "made")


async def test_a_new_start_finds_what_the_last_one_made(config: Config, kitchen: Kitchen, store: Store) -> None:
    path = await store.make(CARD, ["on-cats"], b"bytes", suffix=".png")
    later = Store(config, kitchen)
    assert await later.make(CARD, ["on-cats"], b"bytes", suffix=".png") == path
    assert kitchen.runs == 1
    await later.close()


async def test_key_version_and_suffix_all_make_another_thing(store: Store, kitchen: Kitchen) -> None:
    paths = {
        await store.make(CARD, ["a", 1], b"bytes", suffix=".png"),
        await store.make(CARD, ["a", 2], b"bytes", suffix=".png"),
        await store.make(CARD, ["a1"], b"bytes", suffix=".png"),
        await store.make(CARD, ["a", 1], b"bytes", suffix=".webp"),
        await store.make(Maker("folio.cards:draw", 2), ["a", 1], b"bytes", suffix=".png"),
        await store.make(Maker("folio.pdf:make", 1), ["a", 1], b"bytes", suffix=".png"),
    }
    assert (len(paths), kitchen.runs) == (6, 6)


async def test_requests_for_one_thing_share_one_run(store: Store, kitchen: Kitchen) -> None:
    paths = await asyncio.gather(*(store.make(CARD, ["a"], b"bytes", suffix=".png") for _ in range(50)))
    assert (len(set(paths)), kitchen.runs) == (1, 1)


async def test_a_caller_that_goes_away_does_not_stop_the_others(store: Store, kitchen: Kitchen) -> None:
    kitchen.door.clear()
    hasty, patient = (asyncio.create_task(store.make(CARD, ["a"], b"bytes", suffix=".png")) for _ in range(2))
    await asyncio.wait([hasty], timeout=0.001)
    hasty.cancel()
    kitchen.door.set()
    assert (await patient).read_bytes() == b"bytes"
    assert kitchen.runs == 1


@pytest.mark.parametrize("damage", [b"", b"byt", b"\0\0\0\0\0", b"cytes"])
async def test_damage_is_seen_at_the_next_start(store: Store, config: Config, kitchen: Kitchen, damage: bytes) -> None:
    path = await store.make(CARD, ["a"], b"bytes", suffix=".png")
    path.write_bytes(damage)
    later = Store(config, kitchen)
    assert (await later.make(CARD, ["a"], b"bytes", suffix=".png")).read_bytes() == b"bytes"
    assert kitchen.runs == 2
    await later.close()


@pytest.mark.parametrize("damage", [b"", b"byt", b"cytes"])
async def test_damage_is_seen_while_running(store: Store, kitchen: Kitchen, damage: bytes) -> None:
    path = await store.make(CARD, ["a"], b"bytes", suffix=".png")
    path.write_bytes(damage)
    assert (await store.make(CARD, ["a"], b"bytes", suffix=".png")).read_bytes() == b"bytes"
    assert kitchen.runs == 2


async def test_the_folder_may_be_deleted_while_running(store: Store, config: Config, kitchen: Kitchen) -> None:
    for _ in range(3):
        path = await store.make(CARD, ["a"], b"bytes", suffix=".png")
        assert path.read_bytes() == b"bytes"
        shutil.rmtree(config.cache)
    assert kitchen.runs == 3


async def test_a_cache_that_cannot_be_written_still_serves_and_complains_once_a_minute(
    store: Store, config: Config, kitchen: Kitchen, caplog: pytest.LogCaptureFixture
) -> None:
    config.cache.write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING):
        one = await store.make(CARD, ["a"], b"one", suffix=".png")
        two = await store.make(CARD, ["b"], b"two", suffix=".png")
    assert (one.read_bytes(), two.read_bytes()) == (b"one", b"two")
    assert await store.make(CARD, ["a"], b"one", suffix=".png") == one
    assert kitchen.runs == 2
    assert len([record for record in caplog.records if "cannot be written" in record.message]) == 1
    await store.close()
    assert not one.exists()


async def test_a_cache_that_can_be_written_again_is_used_again(store: Store, config: Config, kitchen: Kitchen) -> None:
    config.cache.write_text("in the way")
    await store.make(CARD, ["a"], b"one", suffix=".png")
    config.cache.unlink()
    assert (await store.make(CARD, ["b"], b"two", suffix=".png")).is_relative_to(config.cache)


async def test_the_least_recently_used_go_when_the_limit_is_passed(store: Store, config: Config, clock: Clock) -> None:
    for n in range(12):
        await store.make(CARD, [n], bytes([n]) * 100_000, suffix=".png")
        await trimmed(store)
        clock.now += 7200
        await store.make(CARD, [0], b"", suffix=".png")  # in use all the time
    left = {path.read_bytes()[0] for path in (config.cache / "made").rglob("*.png")}
    assert {0, 11} <= left
    assert not {1, 2} & left
    assert 1_000_000 * TRIM_TO - 100_000 <= len(left) * 100_000 <= 1_000_000


async def test_a_limit_may_change_between_two_things(store: Store, config: Config, clock: Clock) -> None:
    store.limit(replace(config.limits, cache_mb=2))
    for n in range(15):
        await store.make(CARD, [n], bytes([n]) * 100_000, suffix=".png")
        await trimmed(store)
        clock.now += 7200
    assert len([*(config.cache / "made").rglob("*.png")]) == 15
    store.limit(config.limits)
    await store.make(CARD, [15], bytes([15]) * 100_000, suffix=".png")
    await trimmed(store)
    assert len([*(config.cache / "made").rglob("*.png")]) == 9


async def test_what_was_made_in_the_last_minute_is_not_trimmed_away(store: Store, clock: Clock) -> None:
    large = await store.make(CARD, ["large"], b"x" * 3_000_000, suffix=".pdf")
    await trimmed(store)
    assert large.exists()
    clock.now += 61
    await store.make(CARD, ["next"], b"y", suffix=".pdf")
    await trimmed(store)
    assert not large.exists()


async def test_half_written_files_of_a_crash_are_swept_away(store: Store, config: Config, clock: Clock) -> None:
    leftover = config.cache / "made" / "ab" / ".abc.png.123"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half")
    os.utime(leftover, (clock.now - 7200, clock.now - 7200))
    await store.make(CARD, ["a"], b"bytes", suffix=".png")
    await trimmed(store)
    assert not leftover.exists()


async def test_using_a_file_does_not_change_its_modification_time(store: Store, clock: Clock) -> None:
    path = await store.make(CARD, ["a"], b"bytes", suffix=".png")
    made = path.stat().st_mtime_ns
    clock.now += 7200
    await store.make(CARD, ["a"], b"bytes", suffix=".png")
    assert path.stat().st_mtime_ns == made
    assert path.stat().st_atime == clock.now


async def test_a_failure_is_remembered_for_a_minute(store: Store, kitchen: Kitchen, clock: Clock) -> None:
    kitchen.fails = MakeFailed("is cut short")
    for _ in range(3):
        with pytest.raises(MakeFailed, match="is cut short"):
            await store.make(CARD, ["a"], b"bytes", suffix=".png")
    assert kitchen.runs == 1
    kitchen.fails = None
    clock.now += 61
    await store.make(CARD, ["a"], b"bytes", suffix=".png")


async def test_being_busy_is_not_remembered(store: Store, kitchen: Kitchen) -> None:
    kitchen.fails = Busy("64 jobs are waiting already")
    with pytest.raises(Busy):
        await store.make(CARD, ["a"], b"bytes", suffix=".png")
    kitchen.fails = None
    assert (await store.make(CARD, ["a"], b"bytes", suffix=".png")).read_bytes() == b"bytes"


@pytest.mark.parametrize("made", [b"", "text", None])
async def test_a_maker_that_makes_nothing_has_failed(store: Store, made: Any) -> None:
    with pytest.raises(MakeFailed, match="made nothing"):
        await store.make(CARD, ["a"], made, suffix=".png")


async def test_it_works_with_real_workers(config: Config) -> None:
    workers = Workers(config)
    store = Store(config, workers)
    maker = Maker("base64:b64encode", 1)
    paths = await asyncio.gather(*(store.make(maker, [n % 3], b"folio", suffix=".txt") for n in range(9)))
    assert {path.read_bytes() for path in paths} == {b"Zm9saW8="}
    assert len(set(paths)) == 3
    with pytest.raises(MakeFailed):
        await store.make(Maker("os:abort", 1), ["a"], suffix=".txt")
    await workers.close()
    await store.close()


def test_a_complaint_is_made_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    complain = Complaint(logging.getLogger("test"), clock)
    for _ in range(5):
        complain("the disk is %s", "full")
        clock.now += 30
    assert [record.message for record in caplog.records] == ["the disk is full"] * 3


async def trimmed(store: Store) -> None:
    """Wait for the trimming that is under way, if any."""
    while task := store._trimming:
        await task
