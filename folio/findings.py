"""A cache of facts that workers find out about files: in memory, and in one file of the cache folder.

factsbook.py caches the facts of photographs in it, extracts.py those of texts: each is found out only once.
"""

from __future__ import annotations

import abc
import asyncio
import json
import logging
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from folio import collector
from folio.cache import Complaint
from folio.errors import MakeFailed

FEW = 24  # for at most this many things the file is searched instead of loaded
SLACK = 50  # obsolete lines beyond which the file may be rewritten

log = logging.getLogger(__name__)
Thing = TypeVar("Thing")
Found = TypeVar("Found")
Key = tuple[str | int, ...]  # identifies one version of a thing


class Findings(abc.ABC, Generic[Thing, Found]):
    """A cache whose file is append-only: a heading, then lines of a checksum and JSON. Damaged lines are ignored.

    A file with another heading, from other settings or another version of the engine, is ignored as a whole.
    """

    def __init__(self, file: Path, readers: int) -> None:
        """Use `file` for storage; at most `readers` workers read for it at once."""
        self._file = file
        self._known: dict[Key, Found] = {}
        self._lines = 0  # in the file, below the heading
        self._loading: asyncio.Task[None] | None = None
        self._reading: dict[Key, asyncio.Task[None]] = {}
        self._readers = asyncio.Semaphore(readers)
        self._writing = asyncio.Lock()
        self._unwritable = Complaint(log)

    # To be implemented by subclasses.

    @abc.abstractmethod
    def key(self, thing: Thing) -> Key:
        """Return the key of this version of a thing."""

    @abc.abstractmethod
    def heading(self) -> Sequence[str | int]:
        """Return what else the findings depend on: versions and settings."""

    @abc.abstractmethod
    def batches(self, things: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
        """Divide things into jobs of about a second for a worker."""

    @abc.abstractmethod
    async def read(self, things: Sequence[Thing]) -> Sequence[Found]:
        """Find out about things in a worker. Raises Busy, or MakeFailed for all of them."""

    @abc.abstractmethod
    def failed(self, thing: Thing, error: MakeFailed) -> Found:
        """Return the finding for a thing that cannot be read."""

    @abc.abstractmethod
    def lasts(self, found: Found) -> bool:
        """Say whether a finding may be stored on disk: a failure may not last."""

    @abc.abstractmethod
    def written(self, found: Found) -> Any:
        """Return a finding as values for JSON."""

    @abc.abstractmethod
    def parsed(self, said: Any) -> Found:
        """Restore a finding from what `written` returned."""

    # Shared by subclasses.

    def at_hand(self, thing: Thing) -> Found | None:
        """Return the finding about a thing if it is in memory, else None."""
        return self._known.get(self.key(thing))

    @property
    def _is_loaded(self) -> bool:
        return self._loading is not None and self._loading.done()

    async def load(self) -> None:
        """Load the file, in a thread; later calls do nothing."""
        if self._loading is None:
            self._loading = asyncio.create_task(self._load())
        await asyncio.shield(self._loading)

    async def know(self, things: Iterable[Thing]) -> None:
        """Find out about the things that are not known yet; concurrent calls share the work.

        Raises Busy if the workers are. The work goes on if a caller is cancelled. A few things do not wait until the
        whole file is loaded: the front page of sixty thousand photographs shows eight.
        """
        missing = [thing for thing in things if self.at_hand(thing) is None]
        if missing and len(missing) <= FEW and not self._is_loaded:
            self._known |= await asyncio.to_thread(self._search_file, [self.key(thing) for thing in missing])
            missing = [thing for thing in missing if self.at_hand(thing) is None]
        if missing:
            await self.load()
        for task in self._start([thing for thing in missing if self.at_hand(thing) is None]):
            await asyncio.shield(task)

    async def keep(self, findings: Iterable[tuple[Thing, Found]]) -> None:
        """Store findings in memory and on disk."""
        fresh = {self.key(thing): one for thing, one in findings}
        self._known.update(fresh)
        async with self._writing:
            await asyncio.to_thread(self._append, fresh)

    def is_full_of_others(self, count: int) -> bool:
        """Say whether most findings are about other things than the `count` current ones; False if there are none."""
        return self._is_loaded and count > 0 and max(len(self._known), self._lines) > 2 * count + SLACK

    async def tidy(self, things: Iterable[Thing]) -> None:
        """Drop all findings but those about these things, in memory and on disk."""
        wanted = {self.key(thing) for thing in things}
        self._known = {key: found for key, found in self._known.items() if key in wanted}
        async with self._writing:
            await asyncio.to_thread(self._rewrite, dict(self._known))

    async def close(self) -> None:
        """Cancel all reading."""
        tasks = [*{*self._reading.values()}, *([self._loading] if self._loading else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, missing: Sequence[Thing]) -> list[asyncio.Task[None]]:
        """Start reading, in batches, what is not being read yet; return the tasks to wait for."""
        wanted = {self.key(thing): thing for thing in missing}
        for batch in self.batches([thing for key, thing in wanted.items() if key not in self._reading]):
            task = asyncio.create_task(self._find_out(batch))
            keys = [self.key(thing) for thing in batch]
            self._reading.update(dict.fromkeys(keys, task))
            task.add_done_callback(partial(self._finished, keys))
        return list(dict.fromkeys(self._reading[key] for key in wanted))

    def _finished(self, keys: Iterable[Key], task: asyncio.Task[None]) -> None:
        for key in keys:
            del self._reading[key]
        if not task.cancelled():
            task.exception()  # retrieved here, as all callers may be cancelled

    async def _find_out(self, things: Sequence[Thing]) -> None:
        async with self._readers:
            found = await self._read_bisecting(things)
        await self.keep(zip(things, found, strict=True))

    async def _read_bisecting(self, things: Sequence[Thing]) -> list[Found]:
        """Read things; if that fails, bisect, so that one that crashes the worker fails alone."""
        try:
            return list(await self.read(things))
        except MakeFailed as error:
            if len(things) == 1:
                return [self.failed(things[0], error)]
        half = len(things) // 2
        return [*await self._read_bisecting(things[:half]), *await self._read_bisecting(things[half:])]

    async def _load(self) -> None:
        self._known |= await asyncio.to_thread(self._read_file)

    # The methods below access the disk and run in threads.

    def _heading(self) -> str:
        return json.dumps(self.heading()) + "\n"

    def _read_file(self) -> dict[Key, Found]:
        known: dict[Key, Found] = {}
        try:
            with collector.waiting(), self._file.open(encoding="ascii", errors="replace") as file:
                for line in file if file.readline() == self._heading() else ():
                    self._lines += line != "\n"
                    known.update(filter(None, [self._parse(line)]))
        except OSError:
            return {}
        if self._lines > 2 * len(known) + SLACK:
            self._rewrite(known)
        return known

    def _search_file(self, keys: Iterable[Key]) -> dict[Key, Found]:
        """Find the lines about a few things by searching the file, without parsing the others."""
        try:
            said = self._file.read_bytes()
        except OSError:
            return {}
        if not said.startswith(self._heading().encode()):
            return {}
        places = [said.find(b" [%b, " % json.dumps(key).encode()) for key in keys]
        lines = [said[said.rfind(b"\n", 0, place) + 1 : said.find(b"\n", place)] for place in places if place >= 0]
        return dict(filter(None, [self._parse(line.decode("ascii", "replace")) for line in lines]))

    def _parse(self, line: str) -> tuple[Key, Found] | None:
        """Parse one line of the file; return None if it is damaged."""
        checksum, _, said = line.rstrip("\n").partition(" ")
        if checksum != _checksum(said):
            return None
        try:
            key, found = json.loads(said)
            return tuple(key), self.parsed(found)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None

    def _written(self, known: Mapping[Key, Found]) -> list[str]:
        said = (json.dumps([key, self.written(found)]) for key, found in known.items() if self.lasts(found))
        return [f"{_checksum(one)} {one}\n" for one in said]

    def _append(self, fresh: Mapping[Key, Found]) -> None:
        """Append lines, after a newline in case a crash cut the last line short."""
        lines = self._written(fresh)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            if not self._starts_well():
                self._file.write_text(self._heading(), encoding="ascii")
                self._lines = 0
            with self._file.open("a", encoding="ascii") as file:
                file.write("".join(["\n", *lines]))
            self._lines += len(lines)
        except OSError as error:
            self._unwritable("%s cannot be written (%s): its facts are read again at each start", self._file, error)

    def _starts_well(self) -> bool:
        try:
            with self._file.open(encoding="ascii", errors="replace") as file:
                return file.readline() == self._heading()
        except OSError:
            return False

    def _rewrite(self, known: Mapping[Key, Found]) -> None:
        lines = self._written(known)
        partial = self._file.with_suffix(".partial")
        try:
            partial.write_text("".join([self._heading(), *lines]), encoding="ascii")
            partial.replace(self._file)
            self._lines = len(lines)
        except OSError as error:
            self._unwritable("%s cannot be written (%s)", self._file, error)


def _checksum(said: str) -> str:
    return f"{zlib.crc32(said.encode()):08x}"
