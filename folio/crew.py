"""The export of a site by several processes at once: each copies its share of the addresses.

The parent process reads the tree once and forks the others, which share its memory. Each child parses a share of the
texts, sends the facts found in them to the others through the parent, and later makes the pages of the texts that it
has parsed. mirror.py finds what there is to copy; this module divides it.
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

from folio import LATER, LONG, mirror, open_all, readers, shelves, templates
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

MAX_PENDING = 32  # most addresses that one process has to copy at a time, so that messages never fill a pipe
OUTCOMES_AT_ONCE = 8  # most outcomes sent in one message
TICKET, MOST_BATCHES = 2, 2_000  # bytes of a ticket, and their number: a pipe holds at least 4,096 bytes
BATCH = 8  # texts parsed per ticket, in 20 ms: the longest that the others wait for the last process
NEW_OBJECTS = 50_000  # threshold of the garbage collector: a page creates a thousand objects, few of them garbage
ICONS = "/icon/"  # prefix of what is not made from a text
PHOTOS_AT_ONCE = 100  # photographs handed to the workers at once
# All forms of one text or list, and all spellings of its address with a suffix, go to the same process.
_FORM = re.compile(r"/(feed\.xml|rss\.xml|atom\.xml|feed\.json)$|(\.(html?|md|txt|json|pdf|epub))+$")

log = logging.getLogger("folio.content")


def processes() -> int:
    """Return how many processes can work at once: one on macOS, where the system libraries are not safe to fork."""
    if sys.platform == "darwin" or not hasattr(os, "fork"):
        return 1
    return readers.cores()


def export(
    create_api: Callable[..., Any], config: Config, folder: Path, step: Step, count: int, *, check: bool = False
) -> Report:
    """Do what `mirror.export` does, in `count` processes. No other thread may be running, because this forks.

    Raises SiteError if the folder holds something else, or if one of the processes ends before it is done.
    """
    files = Folder(folder, check)
    before = files.begin()
    gc.disable()  # what is read now is long-lived
    press = create_api(config).state.press
    asyncio.run(_load(press, count))
    site = press.site
    open_all((room for room in LATER if room not in LONG), pause_seconds=0)  # LONG ones serve only API requests
    gc.freeze()
    with _tickets(site) as tickets, _crew(count, _Share(create_api, site, files, count, tickets)) as crew:
        press.remembered.write(site.config, site.tree.entries)  # while the children work
        templates.prepare(press.templates)  # so that the children find them in the bytecode cache
        parsed = [crew.receive(n) for n in range(count)]
        for n, learnt in enumerate([crew.receive(n, as_sent=True) for n in range(count)]):
            for pipe in (*crew.pipes[:n], *crew.pipes[n + 1 :]):
                pipe.send_bytes(learnt)
        mirrored = Mirror(site, step)
        _divide(mirrored, crew, _Queues(count, {url: n for n, urls in enumerate(parsed) for url in urls}))
    return mirrored.end(files, before)


async def _load(press: Press, count: int) -> None:
    """Load the site, git's dates and the facts of photographs: all that pages need of each other but their texts.

    Returns nothing: `asyncio.run` would format a returned site for the message of an error that it discards.
    """
    ahead = partial(_read_ahead, count)
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
        for start in range(0, len(photos), PHOTOS_AT_ONCE):
            await press.facts.of(photos[start : start + PHOTOS_AT_ONCE])
    finally:
        await press.stop()
    for problem in site.problems:
        log.warning("%s", problem)


def _read_ahead(count: int, config: Config, paths: Sequence[str], handed: Handed) -> Mapping[str, Entry]:
    """Read Markdown files in `count` processes, this one included; files that have errors are left out."""
    shares = [paths[n::count] for n in range(count)]
    with _crew(count - 1, lambda pipe, n: pipe.send(readers.read(config, shares[n], handed))) as crew:
        found = readers.read(config, shares[-1], handed)
        for n in range(count - 1):
            found += crew.receive(n)
    return {entry.path: entry for entry in found}


def _divide(mirror: Mirror, crew: _Crew, queues: _Queues) -> None:
    """Distribute addresses to the children until all are copied and no new ones are found."""
    count = len(crew.pipes)
    given = [0] * count  # addresses sent to each child and not yet reported as done
    while not mirror.is_done:
        while mirror.waiting:
            queues.add(mirror.waiting.popleft())
        for n in range(count):
            if urls := queues.take(n, MAX_PENDING - given[n]):
                given[n] += len(urls)
                crew.pipes[n].send(urls)
        for n in crew.ready():
            outcomes: Sequence[Outcome] = crew.receive(n)
            given[n] -= len(outcomes)
            for outcome in outcomes:
                mirror.note(outcome)
    for pipe in crew.pipes:
        pipe.send(None)


class _Queues:
    """Waiting addresses: a queue for each of `count` processes, and one for any process whose own queue is empty.

    What is made from a text goes to the process that parsed it; `parsed` holds its number by the URL of the page.
    """

    def __init__(self, count: int, parsed: Mapping[str, int]) -> None:
        self._own: list[deque[str]] = [deque() for _ in range(count)]
        self._common: deque[str] = deque()
        self._parsed = parsed

    def add(self, url: str) -> None:
        base = _FORM.sub("", unquote(url))
        n = self._parsed.get(base, crc32(base.encode()) % len(self._own))
        (self._common if url.startswith(ICONS) else self._own[n]).append(url)

    def take(self, n: int, most: int) -> list[str]:
        """Remove and return at most `most` addresses for process `n`."""
        queue = self._own[n] or self._common
        return [queue.popleft() for _ in range(min(most, len(queue)))]


# In the parent process.


@dataclass(frozen=True, slots=True)
class _Crew:
    """The child processes, by number."""

    pipes: Sequence[Connection[Any, Any]]
    members: Sequence[BaseProcess]

    def ready(self) -> Iterable[int]:
        """Wait until children have sent something, or ended; return their numbers."""
        readable = wait(self.pipes)
        return [n for n, pipe in enumerate(self.pipes) if pipe in readable]

    def receive(self, n: int, *, as_sent: bool = False) -> Any:
        """Return the next message of child `n`, or its bytes if `as_sent`. Raises SiteError if the child has ended."""
        try:
            return self.pipes[n].recv_bytes() if as_sent else self.pipes[n].recv()
        except (EOFError, OSError):
            self.members[n].join()
            code = self.members[n].exitcode or 0
            how = f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended with status {code}"
            raise SiteError(f"one of the processes of the export {how}; --processes 1 uses only one") from None


@contextmanager
def _crew(count: int, work: Callable[[Connection[Any, Any], int], None]) -> Iterator[_Crew]:
    """Fork `count` processes that each run `work(pipe, n)`; wait for them on exit, or terminate them on an error."""
    context = multiprocessing.get_context("fork")
    pipes: list[Connection[Any, Any]] = []
    members: list[BaseProcess] = []

    def begin(child_end: Connection[Any, Any], n: int) -> None:
        for pipe in pipes:
            pipe.close()  # only the parent may hold its ends, so that children get EOF when it ends
        work(child_end, n)

    try:
        for n in range(count):
            parent_end, child_end = context.Pipe()
            pipes.append(parent_end)
            members.append(context.Process(target=begin, args=(child_end, n), daemon=True))
            members[n].start()
            child_end.close()  # only the child may hold it, so that the parent gets EOF when the child ends
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
    """Return the number of batches of texts: few enough for their tickets to fit in a pipe."""
    return min(-(-len(site.public) // BATCH), MOST_BATCHES)


@contextmanager
def _tickets(site: Site) -> Iterator[int]:
    """Fill a pipe with a ticket for each batch; yield its read end, from which the children take them."""
    read_end, write_end = os.pipe()
    try:
        os.write(write_end, b"".join(n.to_bytes(TICKET, "big") for n in range(_batches(site))))
        os.close(write_end)
        yield read_end
    finally:
        os.close(read_end)


# In a child process.


@dataclass(frozen=True, slots=True)
class _Share:
    """The work of one of `count` child processes."""

    create_api: Callable[..., Any]
    site: Site
    files: Folder
    count: int
    tickets: int  # file descriptor of the pipe of tickets: the child that reads one parses its batch of texts

    def __call__(self, pipe: Connection[Any, Any], n: int) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent, when interrupted, terminates this process
        try:
            asyncio.run(self._work(pipe))
        except* (ConnectionError, EOFError):
            pass  # the parent is gone

    async def _work(self, pipe: Connection[Any, Any]) -> None:
        api = self.create_api(self.site.config)
        press = mirror.for_export(api.state.press, mirror.KEPT_CHARACTERS // self.count)
        try:
            pages = await self._learn(press)
            extracts = press.extracts.known(pages, self.site.config.language)
            # A text is in the feeds of several tags; another process that writes one would have to parse it as well.
            entries = dict(await Syndication(press, press.generation).entries(pages))
            pipe.send([page.url for page in pages])
            pipe.send((extracts, entries))
            for _ in range(self.count - 1):
                other_extracts, other_entries = pipe.recv()
                extracts |= other_extracts
                entries |= other_entries
            press.generation = first(self.site).followed_by(self.site, extracts, press.facts, at_once=True)
            Syndication(press, press.generation).take(entries)
            gc.freeze()  # parsed texts are long-lived
            gc.set_threshold(NEW_OBJECTS)
            gc.enable()
            await self._copy(pipe, Copier(api, press, self.files))
        except* ConnectionError:
            logging.disable()  # the parent is gone: further errors only follow from that
            raise
        finally:
            await press.stop()

    async def _learn(self, press: Press) -> list[Page]:
        """Take batches of pages while there are tickets, parse the texts of unknown extracts; return these pages."""
        site = self.site
        pages: list[Page] = []
        await asyncio.gather(press.extracts.load(), press.facts.load())
        while ticket := os.read(self.tickets, TICKET):
            batch = site.public[int.from_bytes(ticket, "big") :: _batches(site)]
            await press.extracts.learn(batch, site.config.language)
            pages += batch
        press.generation = first(shelves.arranged(site, press.facts.known(shown(site))))
        return pages

    async def _copy(self, pipe: Connection[Any, Any], copier: Copier) -> None:
        """Copy the addresses that the parent sends, until it sends None."""
        urls: asyncio.Queue[str | None] = asyncio.Queue()
        done: list[Outcome] = []

        def take() -> None:
            try:
                received = pipe.recv()
            except (EOFError, ConnectionError):  # the parent is gone
                received = None
            for url in received or [None] * mirror.AT_ONCE:  # one None for each worker task
                urls.put_nowait(url)

        async def work() -> None:
            while (url := await urls.get()) is not None:
                done.append(await copier.copy(url))
                if urls.empty() or len(done) >= OUTCOMES_AT_ONCE:
                    pipe.send(done)
                    done.clear()

        loop = asyncio.get_running_loop()
        loop.add_reader(pipe.fileno(), take)
        async with asyncio.TaskGroup() as workers:
            for _ in range(mirror.AT_ONCE):
                workers.create_task(work())
        loop.remove_reader(pipe.fileno())
