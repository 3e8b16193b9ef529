"""A storm of changed files, git's checkout of the whole folder: no page is torn or missing, and all is right after."""

from __future__ import annotations

import asyncio
import itertools
import re
import statistics
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import conftest
import pytest
import watchfiles
from conftest import Clock, Live, running, settings_in

from folio.config import Config, Features

pytestmark = pytest.mark.needs("git")
PATIENCE_SECONDS = 120


def git(folder: Path, *command: str) -> None:
    own = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false", "-c", "gc.auto=0")
    subprocess.run(["git", *own, *command], cwd=folder, check=True, capture_output=True)


def text(number: int, version: str) -> str:
    middle = "A paragraph between the first word and the last, so that half a file shows.\n\n" * 12
    words = f"begin{version}-{number}-\n\n{middle}end{version}-{number}-\n"
    return f"---\ntags: [storm]\n---\n# Page {number} of {version}\n\n{words}"


def path(number: int) -> str:
    return f"essays/{2000 + number % 20}-{1 + number % 12:02}-{1 + number % 28:02}-page-{number}.md"


def build(content: Path, count: int) -> None:
    """Make a repository whose branch `new` has another version of every file, and some more and some fewer files."""
    content.mkdir(parents=True)
    git(content, "init", "-q", "-b", "old")
    for version, numbers in (("old", range(count)), ("new", range(count // 50, count + count // 50))):
        for file in content.glob("essays/*.md"):
            file.unlink()
        for number in numbers:
            file = content / path(number)
            file.parent.mkdir(exist_ok=True)
            file.write_text(text(number, version))
        git(content, "add", "-A")
        git(content, "commit", "-qm", version)
        if version == "old":
            git(content, "checkout", "-qb", "new")
    git(content, "checkout", "-q", "old")


@dataclass
class Readers:
    """Who reads meanwhile: every answer has to be a whole page of one version."""

    live: Live
    urls: list[str]
    seconds: list[float] = field(default_factory=list)

    async def read(self, until: asyncio.Event) -> None:
        for url in itertools.cycle(self.urls):
            await self.read_one(url)
            if until.is_set():
                return
            await asyncio.sleep(0.002)

    async def read_one(self, url: str) -> None:
        started = time.perf_counter()
        reply = await self.live.get(url)
        self.seconds.append(time.perf_counter() - started)
        assert reply.status_code == 200, url
        page = url.rpartition("-")[2]
        found = set(re.findall(rf"(begin|end)(old|new)-{page}-", reply.text))
        assert found in ({("begin", "old"), ("end", "old")}, {("begin", "new"), ("end", "new")}), (url, found)

    @property
    def p99_ms(self) -> float:
        return statistics.quantiles(self.seconds, n=100)[98] * 1_000


async def settled(live: Live, count: int) -> float:
    """Wait until pages, list, feed and site map are all of the new version; return the seconds that took."""
    started = time.perf_counter()
    last, gone = (f"/essays/{Path(path(number)).stem}" for number in (count + count // 50 - 1, 0))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await is_new(live, last, gone):  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.05)
    return time.perf_counter() - started


async def is_new(live: Live, last: str, gone: str) -> bool:
    lists = [(await live.get(where)).text for where in ("/feed.xml", "/tags/storm", "/essays")]
    return (
        "endnew" in (await live.get(last)).text
        and not any("of old" in text for text in lists)
        and gone not in (await live.get("/sitemap.xml")).text
        and (await live.get(gone)).status_code in (404, 410)
    )


async def weather(config: Config, count: int) -> AsyncIterator[str]:
    """Let a storm of `count` files go over a site that is being read; yield what was seen."""
    async with running(config, Clock()) as live:
        urls = [f"/essays/{Path(path(number)).stem}" for number in range(count // 50, count, max(1, count // 60))]
        calm, stormy = Readers(live, urls), Readers(live, urls)
        for url in urls * 5:
            await calm.read_one(url)
        over = asyncio.Event()
        reading = asyncio.create_task(stormy.read(over))
        await asyncio.to_thread(git, config.content, "checkout", "-q", "new")
        worked = time.process_time()
        after = await settled(live, count)
        worked = time.process_time() - worked
        over.set()
        await reading
        for number in range(count // 50, count + count // 50, 7):
            reply = await live.get(f"/essays/{Path(path(number)).stem}")
            assert (reply.status_code, "endnew" in reply.text) == (200, True), number
        await live.whole()
        yield (
            f"{count:,} files, {len(stormy.seconds):,} pages read, 0 torn, 0 missing; all right {after:.1f} s after, "
            f"{worked:.1f} s of them at work; "
            f"p99 {stormy.p99_ms:.1f} ms, {stormy.p99_ms / calm.p99_ms:.1f} times calm"
        )


@pytest.mark.parametrize("watched", [True, False], ids=["inotify", "without"])
async def test_a_checkout_tears_no_page(
    tmp_path: Path, watched: bool, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    def none_left(*_: object, **__: object) -> AsyncIterator[object]:
        raise OSError("inotify watch limit reached")

    if not watched:
        monkeypatch.setattr(watchfiles, "awatch", none_left)
    build(tmp_path / "content", 400)
    async for seen in weather(settings_in(tmp_path), 400):
        figure(seen)


@pytest.mark.soak
async def test_a_checkout_of_ten_thousand_files_tears_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    build(tmp_path / "content", 10_000)
    config = replace(settings_in(tmp_path), features=Features(search=False))  # its index follows at its own pace
    monkeypatch.setattr(conftest, "PATIENCE_SECONDS", 900)
    async for seen in weather(config, 10_000):
        figure(seen)
