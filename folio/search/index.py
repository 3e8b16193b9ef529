"""The index of the site: a worker process brings it up to date with each snapshot, one thread answers queries.

The event loop only passes messages. Whoosh is imported, read and closed in that thread alone, so a reader is never
replaced during a query; the worker writes, so that commits do not delay visitors.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from folio import progress, transcripts
from folio.bodies import NOTHING
from folio.cache import Complaint, Runner
from folio.config import Config
from folio.content import Page
from folio.errors import Busy, MakeFailed, SiteError
from folio.search import seal
from folio.search.answer import Results, Stock
from folio.search.build import APPLY, FEW_SEGMENTS, packed
from folio.search.catalogue import Catalogue, Entry, Gear, catalogue
from folio.search.documents import Difference, Document, batches, difference
from folio.search.query import Query, parse
from folio.search.reader import Reader

if TYPE_CHECKING:
    from folio.snapshot import Site

HITS = 10  # on a page of results
WAITING_QUERIES = 64  # if more wait, a query is answered with 503
NOTICED = 64  # with so many documents to add, the index reports itself incomplete
ATTEMPTS = 4  # at updating the index to a snapshot, before a pause of RETRY_SECONDS
RETRY_SECONDS = 60
LOOK_SECONDS = 2.0  # how long to wait for another process to finish a commit
T = TypeVar("T")
Learn = Callable[[Sequence[Page], str], Awaitable[None]]  # parses pages of a site in a language, leaving transcripts

log = logging.getLogger(__name__)


class Index:
    """Search over the current snapshot. `state` is "ready", "building 63 %" or "absent". Belongs to one event loop."""

    def __init__(
        self, config: Config, workers: Runner, gear: Gear = lambda photo: ("", ""), learn: Learn | None = None
    ) -> None:
        """Create an index. `learn`, if given, parses pages beforehand: the worker then indexes their transcripts."""
        self._learn = learn
        self._transcripts = transcripts.folder(config.cache)
        self._workers = workers
        self._gear = gear
        self._thread = ThreadPoolExecutor(1, "search")
        self._store = _Store(config.cache)
        self._catalogue: Catalogue | None = None
        self._entries: Mapping[str, Entry] = {}  # of the last catalogue
        self._stock: Stock | None = None
        self._wanted: Site | None = None  # the snapshot that the running update has still to do
        self._newest: Site | None = None  # the last one given to `update`
        self._indexed: tuple[Site | None, str] = None, ""  # the last snapshot indexed completely, in this state's id
        self._task: asyncio.Task[None] | None = None
        self._progress: int | None = None  # percent, while the index is incomplete
        self._waiting = 0
        self._retry: asyncio.TimerHandle | None = None
        self._complain = Complaint(log)

    @property
    def state(self) -> str:
        if self._progress is not None:
            return f"building {self._progress} %"
        return "ready" if self._store.reader else "absent"

    async def update(self, site: Site) -> None:
        """Update the index to a snapshot; returns when it holds this one or a newer one, or has failed.

        Only one update runs at a time; those requested meanwhile are done by one more, of the newest snapshot. Never
        raises: a failure is logged, shows in `state`, and is tried again after RETRY_SECONDS or with the next snapshot.
        """
        self._newest = site
        await asyncio.shield(self._start())

    def _start(self) -> asyncio.Task[None]:
        self._wanted = self._newest
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="search index")
        return self._task

    async def query(self, site: Site, q: str, page: int = 1, size: int = HITS, *, newest: bool = False) -> Results:
        """Answer what a visitor typed, with public pages of this snapshot only; `newest` sorts by age alone.

        Raises Busy if too many queries are waiting.
        """
        query = replace(parse(q, site.config.limits.query_characters), newest=newest)
        if not query:
            return self._with_progress(Results(query.text))
        results, failed = await self._queued(lambda: self._answer(site, query, page, size))
        if failed:
            self._retry_later(0)
        return results

    async def complete(self, site: Site, q: str, limit: int = 8) -> tuple[Page, ...]:
        """Return the pages whose titles fit what was typed so far; needs no index. Raises Busy if too many wait."""
        typed = q[: site.config.limits.query_characters]
        return await self._queued(lambda: self._catalogue_of(site).complete(typed, limit))

    async def _queued(self, work: Callable[[], T]) -> T:
        """Run a visitor's work in the thread; raise Busy if too much is waiting."""
        if self._waiting >= WAITING_QUERIES:
            raise Busy("many searches are waiting already", 2)
        self._waiting += 1
        try:
            return await self._run(work)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Cancel the running update and close the files."""
        if self._retry:
            self._retry.cancel()
        if self._task and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._run(self._store.close)
        self._stock = None
        self._thread.shutdown()

    def _catalogue_of(self, site: Site) -> Catalogue:
        known = self._catalogue
        if known is None or known.site is not site:
            known = self._catalogue = catalogue(site, self._gear, self._entries)
            self._entries = known.entries
        return known

    def _stock_of(self, site: Site) -> Stock:
        known, reader = self._catalogue_of(site), self._store.reader
        if self._stock is None or self._stock.catalogue is not known or self._stock.reader is not reader:
            self._stock = Stock(known, reader)
        return self._stock

    def _answer(self, site: Site, query: Query, page: int, size: int) -> tuple[Results, bool]:
        """Answer a query, in the thread; the second value is True if the index cannot be read and titles answered."""
        stock = self._stock_of(site)
        try:
            return self._with_progress(stock.answer(query, page=page, size=size)), False
        except Exception as error:  # Whoosh raises anything at all on files it does not expect
            if stock.reader is None:
                raise
            self._store.condemn(repr(error))
        return self._with_progress(self._stock_of(site).answer(query, page=page, size=size)), True

    def _with_progress(self, results: Results) -> Results:
        """Add to results how far the index is built."""
        if self._progress is None and self._store.reader:
            return results
        return replace(results, building=True, percent=self._progress or 0)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _work(self) -> None:
        while (site := self._wanted) is not None:
            self._wanted = None
            try:
                await self._bring_up_to(site)
            except Exception as error:  # a failure of search must not bring the site down
                self._complain("search: the index could not be brought up to date: %s", error)
                self._retry_later(RETRY_SECONDS)
            finally:
                self._progress = None

    def _retry_later(self, seconds: float) -> None:
        """Schedule another update, to whichever snapshot is the newest then; it replaces one scheduled before."""
        if self._retry:
            self._retry.cancel()
        self._retry = asyncio.get_running_loop().call_later(seconds, self._start)

    async def _bring_up_to(self, site: Site) -> None:
        self._catalogue = None  # a photograph's camera and lens may be known only now, in the same snapshot
        await self._run(lambda: self._stock_of(site))
        for _ in range(ATTEMPTS):
            held, fresh = await self._run(self._store.refresh)
            indexed, state = self._indexed
            before = indexed if state == held.id else None
            todo = await self._run(functools.partial(difference, site, held.digests, before))
            state = await self._apply(site, todo, held, fresh) if todo else held.id
            if state or not todo:
                break
        else:
            raise Busy("another process keeps changing it", RETRY_SECONDS)
        self._indexed = site, state
        await self._run(lambda: shutil.rmtree(self._transcripts, ignore_errors=True))
        held, _ = await self._run(self._store.refresh)
        if held.segments > FEW_SEGMENTS and (merged := await self._send(Difference(), held.id, merge=True)):
            self._indexed = site if held.id == state else None, merged
            await self._run(self._store.refresh)

    async def _apply(self, site: Site, todo: Difference, held: seal.Seal, fresh: bool) -> str:
        """Send the difference in batches; return the id of the new state, "" if the index was no longer `held`."""
        state, take, done, total = held.id, todo.take, 0, len(todo.put)
        incomplete = not held.id or total >= NOTICED
        for batch in batches(todo.put) if todo.put else [()]:
            if incomplete:  # a few texts are indexed sooner if the indexing worker parses them itself
                self._set_progress(done, total, 0, 0)
                await self._learn_batch(site, batch)
            with progress.heard(functools.partial(self._set_progress, done, total) if incomplete else _ignore_progress):
                state = await self._send(Difference(batch, take), state, fresh=fresh)
            if not state:
                break
            take, fresh, done = (), False, done + len(batch)
            if done < total:
                await self._run(self._store.refresh)
        return state

    async def _learn_batch(self, site: Site, batch: Sequence[Document]) -> None:
        """Have the pages of a batch parsed by `learn`; the indexing worker parses those that fail."""
        if self._learn:
            pages = [page for document in batch if (page := site.page(document.url))]
            with contextlib.suppress(SiteError):
                await self._learn(pages, site.config.language)

    def _set_progress(self, before: int, total: int, done: int, of_batch: int) -> None:
        self._progress = 100 * (before + done) // max(1, total)

    async def _send(self, change: Difference, before: str, *, fresh: bool = False, merge: bool = False) -> str:
        """Have the worker commit a change; return the new state's id. A text that kills the worker loses its body."""
        put = await self._run(functools.partial(packed, change.put)) if change.put else b""
        arguments = (str(self._store.path), before, put, change.take, fresh, merge)
        try:
            state: str = await self._workers.run(APPLY, *arguments)
            return state
        except MakeFailed as error:
            halves = _halves(change)
            if not halves:
                raise
            log.warning("search: %d documents could not be indexed together: %s", len(change.put), error)
        for half in halves:
            before = await self._send(half, before, fresh=fresh)
            if not before:
                break
            fresh = False
        return before


def _ignore_progress(done: int, total: int) -> None:
    """Do not show the progress of a small change."""


def _halves(change: Difference) -> tuple[Difference, ...]:
    """Split a failed change in two, to find the page that makes it fail; a single page loses its text.

    Empty if nothing is left to leave out.
    """
    put = change.put
    if len(put) > 1:
        middle = len(put) // 2
        return Difference(put[:middle], change.take), Difference(put[middle:])
    return tuple(Difference((replace(page, body=NOTHING),), change.take) for page in put if page.body)


class _Store:
    """The folder of the index and a reader of its newest intact state. All of it runs in the search thread."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self.reader: Reader | None = None
        self._condemned = ""  # id of a state that could not be read although its checksums were right
        self._complain = Complaint(log)

    @functools.cached_property
    def path(self) -> Path:
        return seal.folder(self._cache)

    def refresh(self) -> tuple[seal.Seal, bool]:
        """Open the folder's state if it is a new one; return its seal (an empty one if there is none).

        The second value is True if the files are damaged: the next commit must then start afresh.
        """
        try:
            sealed = self._checked_seal()
            if sealed is None:
                return seal.Seal(), False
            if self.reader is None or self.reader.seal.id != sealed.id:
                self._open(sealed)
        except seal.Damaged as error:
            self._complain("search: the index is built again: %s", error)
            return seal.Seal(), True
        return sealed, False

    def _open(self, sealed: seal.Seal) -> None:
        if sealed.id == self._condemned:
            raise seal.Damaged("it could not be read")
        try:
            opened = Reader(self.path, sealed, self.reader)
        except Exception as error:  # Whoosh raises anything at all on files it does not expect
            raise seal.Damaged(f"it cannot be opened ({error!r})") from error
        if self.reader:
            self.reader.close(opened)
        self.reader = opened

    def _checked_seal(self) -> seal.Seal | None:
        known = self.reader.seal.files if self.reader else {}
        try:
            return _checked(self.path, known)
        except seal.Damaged:
            with seal.locked(self.path, LOOK_SECONDS):  # another process may be between its commit and its seal
                return _checked(self.path, known)

    def condemn(self, why: str) -> None:
        """Close a reader that failed, and never open its state again."""
        self._complain("search: the index cannot be read: %s", why)
        self._condemned = self.reader.seal.id if self.reader else ""
        with contextlib.suppress(Exception):  # it may be too broken to close
            self.close()
        self.reader = None

    def close(self) -> None:
        if self.reader:
            self.reader.close()
        self.reader = None


def _checked(path: Path, known: Mapping[str, tuple[int, int]]) -> seal.Seal | None:
    sealed = seal.peek(path)
    if sealed:
        seal.check(path, sealed, known)
    return sealed
