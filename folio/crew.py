"""The export of a site by several processes at once: each copies its share of the addresses.

The tree is read once, in the process that the others are then forked from: they have its memory. Each parses the texts
of its share, tells the others what they hold, and has them parsed already when it makes their pages. mirror.py knows
what there is to copy; here it is divided.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import multiprocessing
import os
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zlib import crc32

from folio import LATER, LONG, mirror, open_all, readers, shelves
from folio import site as sites
from folio.config import Config
from folio.content import Page
from folio.entries import Entry
from folio.errors import SiteError
from folio.folder import Folder
from folio.generation import first, shown
from folio.mirror import Copier, Mirror, Outcome, Report, Step
from folio.press import Press
from folio.snapshot import Site
from folio.syndication import Syndication
from folio.tree import Handed

GIVEN = 32  # addresses that one process has at most: what is sent never fills a pipe
TOLD = 8  # outcomes that it tells at once
TICKET, MOST_BATCHES = 2, 2_000  # bytes: 4,096 at least fit in a pipe
BATCH = 8  # texts that it takes at once: nobody waits longer for the last than those take, 20 ms
SHARED = ("macros.html", "_partials.html", "_ends.html", "base.html", "page.html")  # templates that all begin with
NEW_OBJECTS = 50_000  # after which the collector looks for what is lost: a page makes a thousand, and loses few
DRAWN = "/icon/"  # what is made from no text
LOOKED_AT = 100  # photographs that workers are given at once
# What is made from one text, or from one list, is for the same process; an address and that of its file are, too.
_FORM = re.compile(r"/(feed\.xml|rss\.xml|atom\.xml|feed\.json)$|(\.(html?|md|txt|json|pdf|epub))+$")

log = logging.getLogger("folio.content")


def processes() -> int:
    """Count the processes that can be at work at once; on macOS, whose own libraries do not bear a fork, one."""
    if sys.platform == "darwin" or not hasattr(os, "fork"):
        return 1
    return readers.cores()


def export(
    create_api: Callable[..., Any], config: Config, folder: Path, step: Step, count: int, *, check: bool = False
) -> Report:
    """Do what `mirror.export` does in `count` processes, from nothing but the settings. No thread may be running.

    Raises SiteError for a folder that holds something else, and when one of the processes ends before it is done.
    """
    files = Folder(folder, check)
    before = files.begin()
    gc.disable()  # what is read stays
    press = create_api(config).state.press
    asyncio.run(_look(press, count))
    site = press.site
    open_all((room for room in LATER if room not in LONG), pause_seconds=0)  # those are for programs that ask
    gc.freeze()
    with _crew(count, _Share(create_api, site, files, count, _tickets(site))) as crew:
        press.remembered.write(site.config, site.tree.entries)  # while the others are at work
        for name in SHARED:
            press.templates.get_template(name)  # they find it compiled
        parsed = [crew.hear(n) for n in range(count)]
        for n, learnt in enumerate([crew.hear(n, as_sent=True) for n in range(count)]):
            for pipe in (*crew.pipes[:n], *crew.pipes[n + 1 :]):
                pipe.send_bytes(learnt)
        whole = Mirror(site, step)
        _divide(whole, crew, _Queues(count, {url: n for n, urls in enumerate(parsed) for url in urls}))
    return whole.end(files, before)


async def _look(press: Press, count: int) -> None:
    """Read the tree, and of what pages and photographs need of each other all but their texts.

    The site is not returned: `asyncio.run` would write its result out, for the words of an error that it drops.
    """
    ahead = partial(_ahead, count)
    site = sites.load(press.config, press.clock, time.time(), press.remembered.read(), ahead)
    press.generation = first(site)
    try:
        if await press.chronicle.update(site.config.content if site.config.updated == "git" else None):
            if why := press.chronicle.history.why:
                log.warning("site.toml: %s", why)
            dates = press.chronicle.history.dates
            site = sites.reload(site, press.clock, time.time(), press.reread, dates)
            press.generation = first(site)
        await press.facts.load()
        photos = shown(site)
        for start in range(0, len(photos), LOOKED_AT):
            await press.facts.of(photos[start : start + LOOKED_AT])
    finally:
        await press.stop()
    for problem in site.problems:
        log.warning("%s", problem)


def _ahead(count: int, config: Config, paths: Sequence[str], handed: Handed) -> Mapping[str, Entry]:
    """Read Markdown files in `count` processes, ours among them; what is not read well is left out."""
    shares = [paths[n::count] for n in range(count)]
    with _crew(count - 1, lambda pipe, n: pipe.send(readers.read(config, shares[n], handed))) as crew:
        found = readers.read(config, shares[-1], handed)
        for n in range(count - 1):
            found += crew.hear(n)
    return {entry.path: entry for entry in found}


def _divide(mirror: Mirror, crew: _Crew, queues: _Queues) -> None:
    """Give each address to who it is for, until nobody finds any more."""
    count = len(crew.pipes)
    given = [0] * count
    while not mirror.is_done:
        while mirror.waiting:
            queues.add(mirror.waiting.popleft())
        for n in range(count):
            if some := queues.some(n, GIVEN - given[n]):
                given[n] += len(some)
                crew.pipes[n].send(some)
        for n in crew.ready():
            outcomes: Sequence[Outcome] = crew.hear(n)
            given[n] -= len(outcomes)
            for outcome in outcomes:
                mirror.note(outcome)
    for pipe in crew.pipes:
        pipe.send(None)


class _Queues:
    """Addresses that wait for one of `count` processes, or for who has none of its own left.

    What is made from a text is for the one that has `parsed` it, by the URL of its page.
    """

    def __init__(self, count: int, parsed: Mapping[str, int]) -> None:
        self._own: list[deque[str]] = [deque() for _ in range(count)]
        self._anybodys: deque[str] = deque()
        self._parsed = parsed

    def add(self, url: str) -> None:
        whole = _FORM.sub("", unquote(url))
        n = self._parsed.get(whole, crc32(whole.encode()) % len(self._own))
        (self._anybodys if url.startswith(DRAWN) else self._own[n]).append(url)

    def some(self, n: int, most: int) -> list[str]:
        """Take at most so many for a process."""
        queue = self._own[n] or self._anybodys
        return [queue.popleft() for _ in range(min(most, len(queue)))]


# The processes, as they are seen by the one that forked them.


@dataclass(frozen=True, slots=True)
class _Crew:
    pipes: Sequence[Connection[Any, Any]]
    members: Sequence[BaseProcess]

    def ready(self) -> Iterable[int]:
        """Wait until some have something to tell, and say which."""
        told = wait(self.pipes)
        return [n for n, pipe in enumerate(self.pipes) if pipe in told]

    def hear(self, n: int, *, as_sent: bool = False) -> Any:
        """Wait for what one of them tells, or for the bytes that say so. Raises SiteError when it has ended."""
        try:
            return self.pipes[n].recv_bytes() if as_sent else self.pipes[n].recv()
        except (EOFError, OSError):
            self.members[n].join()
            code = self.members[n].exitcode or 0
            how = f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended with status {code}"
            raise SiteError(f"one of the processes of the export {how}; with --processes 1 there is only one") from None


@contextmanager
def _crew(count: int, work: Callable[[Connection[Any, Any], int], None]) -> Iterator[_Crew]:
    """Fork processes that each do `work` with a pipe and its number, and see them off."""
    context = multiprocessing.get_context("fork")
    pipes: list[Connection[Any, Any]] = []
    members: list[BaseProcess] = []

    def begin(theirs: Connection[Any, Any], n: int) -> None:
        for pipe in pipes:
            pipe.close()  # these are ours alone: when we end, they hear so
        work(theirs, n)

    try:
        for n in range(count):
            ours, theirs = context.Pipe()
            pipes.append(ours)
            members.append(context.Process(target=begin, args=(theirs, n), daemon=True))
            members[n].start()
            theirs.close()  # it is theirs alone: when they end, we hear so
        yield _Crew(pipes, members)
    except BaseException:
        for member in members:
            member.terminate()
        raise
    finally:
        for member in members:
            member.join()
        for pipe in pipes:
            pipe.close()


def _batches(site: Site) -> int:
    """Count the batches of texts: few enough for all their tickets to fit in a pipe."""
    return min(-(-len(site.public) // BATCH), MOST_BATCHES)


def _tickets(site: Site) -> int:
    """Fill a pipe with a ticket for each batch, and return the end that processes take them from."""
    taken, given = os.pipe()
    os.write(given, b"".join(n.to_bytes(TICKET, "big") for n in range(_batches(site))))
    os.close(given)
    return taken


# One of the processes.


@dataclass(frozen=True, slots=True)
class _Share:
    """What one of `count` processes does."""

    create_api: Callable[..., Any]
    site: Site
    files: Folder
    count: int
    tickets: int  # a pipe full of them: who takes one reads its batch of texts

    def __call__(self, pipe: Connection[Any, Any], n: int) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is interrupted ends this one
        try:
            asyncio.run(self._work(pipe))
        except* (ConnectionError, EOFError):
            pass  # who forked this one is gone

    async def _work(self, pipe: Connection[Any, Any]) -> None:
        api = self.create_api(self.site.config)
        press = mirror.for_export(api.state.press, mirror.KEPT_CHARACTERS // self.count)
        try:
            mine = await self._learn(press)
            extracts = press.extracts.known(mine, self.site.config.language)
            entries = dict(await Syndication(press, press.generation).entries(mine))
            pipe.send([page.url for page in mine])
            pipe.send((extracts, entries))
            for _ in range(self.count - 1):
                more, worded = pipe.recv()
                extracts |= more
                entries |= worded
            press.generation = first(self.site).followed_by(self.site, extracts, press.facts, at_once=True)
            Syndication(press, press.generation).take(entries)
            gc.freeze()  # what is parsed stays
            gc.set_threshold(NEW_OBJECTS)
            gc.enable()
            await self._copy(pipe, Copier(api, press, self.files))
        except* ConnectionError:
            logging.disable()  # who forked this one is gone: what breaks off now is nobody's fault
            raise
        finally:
            await press.stop()

    async def _learn(self, press: Press) -> list[Page]:
        """Parse texts that nothing is known of, a few at a time as long as there are any; return whose they are.

        A text stands in feeds of several tags, which others may write: they would have to parse it as well.
        """
        site = self.site
        mine: list[Page] = []
        await asyncio.gather(press.extracts.load(), press.facts.load())
        while ticket := os.read(self.tickets, TICKET):
            some = site.public[int.from_bytes(ticket, "big") :: _batches(site)]
            await press.extracts.learn(some, site.config.language)
            mine += some
        press.generation = first(shelves.arranged(site, press.facts.known(shown(site))))
        return mine

    async def _copy(self, pipe: Connection[Any, Any], copier: Copier) -> None:
        """Copy what is given until the word is that nothing more will be."""
        urls: asyncio.Queue[str | None] = asyncio.Queue()
        done: list[Outcome] = []

        def take() -> None:
            try:
                some = pipe.recv()
            except (EOFError, ConnectionError):  # who gives is gone
                some = None
            for url in some or [None] * mirror.AT_ONCE:
                urls.put_nowait(url)

        async def work() -> None:
            while (url := await urls.get()) is not None:
                done.append(await copier.copy(url))
                if urls.empty() or len(done) >= TOLD:
                    pipe.send(done)
                    done.clear()

        loop = asyncio.get_running_loop()
        loop.add_reader(pipe.fileno(), take)
        async with asyncio.TaskGroup() as workers:
            for _ in range(mirror.AT_ONCE):
                workers.create_task(work())
        loop.remove_reader(pipe.fileno())
