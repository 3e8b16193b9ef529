"""A storm of changed files, git's checkout of the whole folder: no page is torn or missing, and all is right after."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import serving
from crowd import Client, Place, Readers, place

pytestmark = pytest.mark.needs("git")
PATIENCE_SECONDS = 300
LISTS = ("/feed.xml", "/tags/storm", "/archive", "/essays", "/sitemap.xml")
DEAF = """
import watchfiles

def none_left(*_, **__):
    raise OSError("inotify watch limit reached")

watchfiles.watch = none_left
"""


def git(folder: Path, *command: str) -> None:
    own = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false", "-c", "gc.auto=0")
    subprocess.run(["git", *own, *command], cwd=folder, check=True, capture_output=True)


def text(number: int, version: str, between: str = "") -> str:
    middle = "A paragraph between the first word and the last, so that half a file shows.\n\n" * 12
    words = f"begin{version}-{number}-\n\n{between}{middle}end{version}-{number}-\n"
    return f"---\ntags: [storm]\n---\n# Page {number} of {version}\n\n{words}"


def path(number: int) -> str:
    return f"essays/{2000 + number % 20}-{1 + number % 12:02}-{1 + number % 28:02}-page-{number}.md"


def url(number: int) -> str:
    return f"/{path(number).removesuffix('.md')}"


def build(content: Path, count: int) -> None:
    """Make a repository whose branch `new` has another version of every file, and some more and some fewer files.

    Each page links to the one before it.
    """
    content.mkdir(parents=True, exist_ok=True)
    git(content, "init", "-q", "-b", "old")
    for version, numbers in (("old", range(count)), ("new", range(count // 50, count + count // 50))):
        for file in content.glob("essays/*.md"):
            file.unlink()
        for number in numbers:
            file = content / path(number)
            file.parent.mkdir(exist_ok=True)
            link = f"Linked in {version} words: [the one before]({url(number - 1)}).\n\n" if number > numbers[0] else ""
            file.write_text(text(number, version, link))
        git(content, "add", "-A")
        git(content, "commit", "-qm", version)
        if version == "old":
            git(content, "checkout", "-qb", "new")
    git(content, "checkout", "-q", "old")


def is_whole(url: str, body: bytes) -> bool:
    """Say whether a page is all of one version."""
    found = set(re.findall(rf"(begin|end)(old|new)-{url.rpartition('-')[2]}-", body.decode()))
    return found in ({("begin", "old"), ("end", "old")}, {("begin", "new"), ("end", "new")})


async def has_caught_up(client: Client) -> bool:
    """Say whether links and search have caught up."""
    said = json.loads((await client.get("/health"))[1])
    return said["texts"] == "ready" and said["search"] in ("ready", "off")


async def listen(port: int, until: asyncio.Event) -> list[str]:
    """Return what /health says meanwhile of how far the links are."""
    client, told = Client(port), []
    while not until.is_set():
        told.append(json.loads((await client.get("/health"))[1])["texts"])
        await asyncio.sleep(0.5)
    await client.close()
    return told


async def seconds_until(is_so: Callable[[], Awaitable[bool]]) -> float:
    started = time.perf_counter()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await is_so():  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.1)
    return time.perf_counter() - started


async def is_right(client: Client, count: int) -> bool:
    """Say whether pages and lists are new. The lists are the heaviest answers of all: they are asked for at the end."""
    last, gone = url(count + count // 50 - 1), url(0)
    if b"endnew" not in (await client.get(last))[1] or (await client.get(gone))[0] not in (404, 410):
        return False
    lists = [(await client.get(path))[1] for path in LISTS]
    return not any(b" of old" in body for body in lists) and gone.encode() not in lists[-1]


async def check(client: Client, count: int) -> None:
    """Look at many pages: each is new, and says who links to it now."""
    last = count + count // 50 - 1
    for number in range(count // 50, last + 1, 7):
        status, body = await client.get(url(number))
        assert (status, b"endnew" in body) == (200, True), number
        assert b"Linked in old words" not in body
        assert (b"Linked in new words: <em>" in body) == (number < last), "the words in which it is linked"


async def weather(here: Place, content: Path, count: int) -> str:
    """Let a storm of `count` files go over a site that is being read; return what was seen."""
    client = Client(here.port)
    await seconds_until(lambda: has_caught_up(client))
    some = tuple(map(url, range(count // 50, count, count // 50)))
    calm, stormy = Readers(here.port, some, is_whole), Readers(here.port, some, is_whole)
    front = Readers(here.port, ("/",))
    await calm.read(5 * len(some))
    over = asyncio.Event()
    reading = [asyncio.create_task(one.read(until=over)) for one in (stormy, front)]
    listening = asyncio.create_task(listen(here.port, over))
    before = here.worked_seconds
    await asyncio.to_thread(git, content, "checkout", "-q", "new")
    right = await seconds_until(lambda: is_right(client, count))
    caught_up = right + await seconds_until(lambda: has_caught_up(client))
    own, workers = (after - so_far for after, so_far in zip(here.worked_seconds, before, strict=True))
    over.set()
    await asyncio.gather(*reading)
    told = set(await listening)
    assert all(re.fullmatch(r"ready|reading \d+ %|following links", words) for words in told)
    assert {*stormy.statuses, *front.statuses} == {200}
    assert stormy.torn == []
    await check(client, count)
    await client.close()
    return (
        f"{count:,} files, {len(stormy.seconds) + len(front.seconds):,} pages read, 0 torn, 0 missing; pages, lists, "
        f"feeds right {right:.1f} s after, links {caught_up:.1f} s, in {len(told)} words of /health; {own:.1f} s of "
        f"CPU, its workers {workers:.1f} s; p99 {stormy.p99_ms:.1f} ms, {stormy.p99_ms / calm.p99_ms:.1f} times calm, "
        f"of / {front.p99_ms:.1f} ms"
    )


async def end(here: Place, count: int) -> dict[str, tuple[int, bytes]]:
    """Return what is at some addresses when everything has caught up."""
    client = Client(here.port)
    await seconds_until(lambda: has_caught_up(client))
    asked = ("/", *LISTS, f"/search?q=page+{count}", *map(url, range(0, count + count // 50, count // 50)))
    found = {path: await client.get(path) for path in asked}
    await client.close()
    return found


async def storm(folder: Path, count: int, before: str = "", settings: str = "") -> str:
    """Let a storm go over a site; at its end it is the one that an engine finds that starts now."""
    build(folder / "content", count)
    (folder / "content/site.toml").write_text(f'base_url = "https://example.org"\n{settings}')
    async with place(folder, before) as here:
        seen = await weather(here, folder / "content", count)
        after = await end(here, count)
    (folder / "fresh").mkdir()
    (folder / "fresh/content").symlink_to(folder / "content")
    async with place(folder / "fresh") as here:
        fresh = await end(here, count)
    assert [path for path in fresh if fresh[path] != after[path]] == []
    return seen


@pytest.mark.parametrize("before", ["", DEAF], ids=["inotify", "without"])
async def test_a_checkout_tears_no_page(tmp_path: Path, before: str, figure: Callable[[str], None]) -> None:
    figure(await storm(tmp_path, 400, before))


@pytest.mark.soak
async def test_a_checkout_of_ten_thousand_files_tears_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    monkeypatch.setattr(serving, "PATIENCE_SECONDS", 120)  # 10,000 files are read before it is ready
    no_search = "[features]\nsearch = false\n"  # its index follows at its own pace
    figure(await storm(tmp_path, 10_000, settings=no_search))
