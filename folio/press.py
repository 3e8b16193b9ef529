"""The running engine: the current generation of the site, and everything that outlives generations.

Publishing the next generation rebinds a single reference, so that pages, lists, feeds and maps change together and
nothing needs to be invalidated.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import gc
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from folio import LONG, collector, open_all, pdf, search, site, templates, watch
from folio.assets import Assets
from folio.bindery import Bindery
from folio.cache import Store
from folio.config import Config
from folio.content import Page, Photo
from folio.dates import Clock
from folio.documents import Documents
from folio.errors import Busy, Problem, SiteError
from folio.extracts import Extract, Extracts
from folio.factsbook import FactsBook
from folio.generation import Generation, first, shown
from folio.git import Chronicle
from folio.images import Facts
from folio.impressions import Impressions
from folio.loading import APART, LARGE, MAX_RETRY_SECONDS, RETRY_SECONDS, Loading
from folio.markdown import Document
from folio.records import Memory
from folio.remembered import Remembered
from folio.snapshot import Site
from folio.workers import Workers

if TYPE_CHECKING:
    from folio.opening import Opening

TURN_SECONDS = 0.0001  # the interpreter's switch interval: threads yield to the event loop sooner than the usual 5 ms
FIRST_SECONDS = 0.25  # after a start, kept free for front pages; any other request ends it
LOAD_SECONDS = 0.5  # that a first request waits for what is remembered of texts and photographs
KEEP_AFTER_SECONDS = 1.0  # between a new snapshot and writing it down, in favour of the first requests
SURVEY_AFTER_SECONDS = 1.0  # likewise, before reading photographs
INDEX_AFTER_SECONDS = 0.2  # likewise, before updating the search index: to compare 10,000 pages with it takes 0.07 s
SURVEYED = 25  # photographs to read in one job; a visitor's come in between
SURVEYED_FIRST = 250  # photographs read before the site is published again, and then at each doubling
READ_FIRST = 20  # changed texts that a new snapshot waits for, so that links and lists change with the page
READ_HERE = 2  # of them to read in this process, about 5 ms each: less than to start a worker
READ_FIRST_SECONDS = 2.0  # that it waits for them at most

log = logging.getLogger("folio.content")


class Press:
    """What exists once per process. `reread` reads the settings again when site.toml changes.

    Nothing is read from disk before `start`.
    """

    def __init__(self, config: Config, clock: Clock, reread: Callable[[], Config] | None = None) -> None:
        self.config, self.clock = config, clock
        self.reread = reread or (lambda: self.generation.site.config)
        self.workers = Workers(config)
        self.store = Store(config, self.workers)
        self.remembered = Remembered(config)
        self.loading = Loading(config, clock, self.remembered)
        self.documents = Documents(self.workers)
        self.bindery, self.impressions = Bindery(), Impressions()
        self.extracts = Extracts(config, self.workers, transcribed=config.features.search)
        self.facts = FactsBook(config, self.workers)
        self.chronicle = Chronicle(self.workers)
        self.generation: Generation
        self.stuck: tuple[dt.datetime, str] | None = None  # since when, and by what error, the content cannot be read
        self._tasks: set[asyncio.Task[Any]] = set()
        self._reading: asyncio.Task[Any] | None = None  # completes the garden
        self._surveying: asyncio.Task[Any] | None = None
        self._waking: asyncio.Task[Any] | None = None
        self._compiling: asyncio.Task[Any] | None = None
        self._asked = asyncio.Event()  # set by a request for more than the front page
        self._turn, self._remembering = asyncio.Lock(), asyncio.Lock()
        self._frozen = False  # whether the complete site is exempt from garbage collection
        self._told: frozenset[Problem] = frozenset()
        self._pdf_missing: str | None = None

    @property
    def site(self) -> Site:
        """The current snapshot."""
        return self.generation.site

    def memory(self) -> Memory | None:
        """The current generation's cached answers, or None before the first."""
        return self.generation.memory if hasattr(self, "generation") else None

    @cached_property
    def index(self) -> search.Index:
        """The search index; read this on the event loop only, as two threads at once would make two."""
        return search.Index(self.config, self.workers, self._gear, self.extracts.learn)

    @cached_property
    def assets(self) -> Assets:
        return Assets()

    @cached_property
    def templates(self) -> Any:
        kept = self.config.cache / "templates"
        return templates.environment(self.assets, sprite=lambda url: self.site.icon_place(url), compiled=kept)

    async def compiled(self) -> None:
        """Wait, after a start, until the templates of nearly every page are compiled."""
        if self._compiling and not self._compiling.done():
            await asyncio.wait((self._compiling,))

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncIterator[None]:
        """Run with the server: load the site before the first request is accepted, stop after the last."""
        await self.start()
        try:
            yield
        finally:
            await self.stop()

    async def start(self) -> None:
        """Load the site, or an opening of it; what else a start takes goes on in the background."""
        sys.setswitchinterval(TURN_SECONDS)
        self._compiling = self._spawn(asyncio.to_thread(lambda: templates.prepare(self.templates)))
        self.generation = await self.loading.begin()
        self._waking = self._spawn(self._wake())

    async def _wake(self) -> None:
        """Publish the whole site with what is remembered of texts and photographs, and watch its folder."""
        if self.loading.opening:
            self._spawn(self._watch(KEEP_AFTER_SECONDS))  # first requests come first
            await self.loading.finish(self._begin)
        else:
            await self.compiled()
            await asyncio.wait((self._spawn(self._asked.wait()),), timeout=FIRST_SECONDS)
            await self._begin(self.site)
            self._spawn(self._watch())
        self._spawn(self._date())
        self._spawn(asyncio.to_thread(open_all, LONG))

    async def _begin(self, site: Site) -> None:
        """Read what is remembered of texts and photographs, and publish the first whole snapshot with it."""
        with collector.waiting():
            try:
                await asyncio.gather(self.extracts.load(), self.facts.load())
            except Exception:  # all of it can be read again from the content
                log.exception("what is remembered of pages and photographs could not be read")
            async with self._turn:
                await self._publish(site)
            if len(site.public) > LARGE:
                gc.freeze()

    async def ready(self, path: str) -> None:
        """Wait, after a start, until an address can be answered: all but the front page need all that is remembered."""
        if path != "/" and path not in APART:
            await self.compiled()
        if opening := self.loading.opening:
            if await self._is_open(opening, path):
                return
            await self.loading.closed()
        if self._waking and not self._waking.done() and path != "/":
            self._asked.set()
            await asyncio.wait((self._waking,), timeout=LOAD_SECONDS)

    async def _is_open(self, opening: Opening, path: str) -> bool:
        """Say whether an address can be answered before the whole site is loaded: a file of ours, or a page."""
        if path in APART or (path.startswith("/static/") and path[8:] in self.assets):
            return True
        found = await opening.has(path, self.document)
        if found and self.loading.opening:
            self.generation = replace(first(opening.site), memory=self.generation.memory)
        return found

    async def stop(self) -> None:
        """Stop the background tasks and the workers."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.bindery.close()
        if "index" in vars(self):  # it was used
            await self.index.close()
        await self.extracts.close()
        await self.facts.close()
        await self.workers.close()
        await self.store.close()

    async def refresh(self, touched: Collection[str] | None = None) -> None:
        """Bring the site up to date with its folder; requests see the old generation until the new one is complete.

        `touched` are the paths that may have changed, None if unknown.
        """
        async with self._turn:
            before = self.site
            dates = self.chronicle.history.dates
            after = await asyncio.to_thread(site.reload, before, self.clock, time.time(), self.reread, dates, touched)
            if after.pages is not before.pages:
                await self._publish(after)
                for move in site.recorded_moves(before, after):
                    log.info("%s moved to %s: %s redirects there", move.old.path, move.new.path, move.old.url)
            elif after is not before:  # no page changed: keep the cached answers
                self.generation = replace(self.generation, site=after)
                self._spawn(self._remember())  # recently changed files have settled

    async def document(self, page: Page, *, coloured: bool = True) -> Document:
        """Return a page's parsed text; `coloured` may be False for a caller that does not show its code."""
        return await self.documents.of(page, self.site.config, coloured=coloured)

    async def facts_of(self, photos: Sequence[Photo]) -> Mapping[str, Facts]:
        """Return the facts of photographs, by path; unknown ones are read in a worker now."""
        return await self.facts.of(photos) if photos else {}

    async def pdf_missing(self) -> str:
        """Return a message about what this machine lacks for PDFs, else ""; looked up once."""
        if self._pdf_missing is None:
            self._pdf_missing = await asyncio.to_thread(lambda: pdf.missing())  # this may import the module
        return self._pdf_missing

    async def _watch(self, after_seconds: float = 0.0) -> None:
        """Watch the folder. To begin with 10,000 files blocks the event loop for 45 ms, hence `after_seconds`."""
        await asyncio.sleep(after_seconds)
        await watch.watch(self.config.content, self.look, self.config.limits.watch_debounce_ms)

    async def look(self, touched: Collection[str] | None = None) -> float | None:
        """Refresh as the watcher asks; return when to look again at the latest. A failure is kept in `stuck`."""
        if self._waking and not self._waking.done():
            await asyncio.wait((self._waking,))
            await asyncio.sleep(KEEP_AFTER_SECONDS)
        try:
            await self.refresh(None if self.stuck else touched)
        except Exception as error:  # the watcher must outlive any one failure; the next look tries again
            if not self.stuck:
                log.exception("the content folder could not be read")
                self.stuck = self.clock(), type(error).__name__
            return time.time() + RETRY_SECONDS
        if self.stuck:
            log.info("the content can be read again")
            self.stuck = None
        self._spawn(self._date())
        return self.site.next_due

    async def date(self) -> None:
        """Read the pages' dates of change from git, if site.toml wants them and HEAD has moved, and publish them."""
        if await self.chronicle.update(self.config.content if self.site.config.updated == "git" else None):
            if why := self.chronicle.history.why:
                log.warning("site.toml: %s", why)
            await self.refresh()

    async def _date(self) -> None:
        try:
            await self.date()
        except Exception:  # keep the dates known so far
            log.exception("the history of the content folder could not be read")

    async def _publish(self, after: Site) -> None:
        self.workers.limit(after.config.limits)
        self.store.limit(after.config.limits)
        self.facts = self.facts.under(after.config)
        await self._rebind(after)
        if not self.generation.garden.complete and (self._reading is None or self._reading.done()):
            self._reading = self._spawn(self._read())
        if self._surveying:
            self._surveying.cancel()  # it reads the previous snapshot's files
        if len(self.generation.shelves.facts) < len(shown(after)):
            self._surveying = self._spawn(self._survey())
        self._spawn(self._keep())
        for problem in (one for one in after.problems if one not in self._told):
            log.warning("%s", problem)
        self._told = frozenset(after.problems)
        if after.config.features.search:
            self._spawn(self._index())

    async def _rebind(self, site: Site, *, at_once: bool = False) -> None:
        """Make a generation of a snapshot and of what is known of its texts, and make it the current one.

        Its links are followed first if they are few, or if `at_once`.
        """
        known = await asyncio.to_thread(self.generation.known, site, self.extracts)
        unread = self.generation.unread(site, known) if len(known) < len(site.public) else ()
        if unread and len(unread) <= READ_FIRST and self._waking and self._waking.done():
            known |= await self._read_briefly(unread, site.config.language)
        self.generation = await asyncio.to_thread(self.generation.followed_by, site, known, self.facts, at_once=at_once)
        self.loading.close()
        if self.generation.garden.complete and len(site.public) > LARGE and not self._frozen:
            self._frozen = True
            gc.freeze()
            await asyncio.to_thread(collector.give_back)

    async def _read_briefly(self, pages: Sequence[Page], language: str) -> Mapping[str, Extract]:
        """Read a few changed texts, so that links and lists change with their pages; give up after a while."""
        with contextlib.suppress(TimeoutError, SiteError):
            async with asyncio.timeout(READ_FIRST_SECONDS):
                for page in pages if len(pages) <= READ_HERE else ():
                    await self.extracts.tell(page, language, await self.document(page))
                await self.extracts.learn(pages, language)
        return self.extracts.known(pages, language)

    async def _read(self) -> None:
        """Read texts until the published garden is complete; after failures, retry at growing intervals.

        Nothing is awaited after the last look, so that `_publish` sees either that this goes on or that it has ended.
        """
        pause = RETRY_SECONDS
        while not self.generation.garden.complete:
            try:
                site, known = self.site, self.generation.garden.extracts
                unread = [page for page in site.public if page.path not in known]
                await self.extracts.learn(unread, site.config.language)
                async with self._turn:
                    await self._rebind(self.site, at_once=True)
            except Exception as error:  # links and archives stay as they are
                if not isinstance(error, Busy):
                    log.exception("what the pages say could not be read")
                await asyncio.sleep(pause)
                pause = min(2 * pause, MAX_RETRY_SECONDS)
        self._spawn(self._keep())

    async def _remember(self) -> Site:
        """Write down the tree's entries for the next start; return the snapshot they are of."""
        await asyncio.sleep(KEEP_AFTER_SECONDS)
        site = self.site
        async with self._remembering:
            await asyncio.to_thread(self.remembered.write, site.config, site.tree.entries)
        return site

    async def _keep(self) -> None:
        """Write down the tree, forget removed texts and photographs, and prepare the garden for the next edit."""
        site = await self._remember()
        await self.extracts.forget_others(site.public, site.config.language)
        if self.facts.is_full_of_others(len(site.pictures)):
            await self.facts.tidy(tuple(site.pictures.values()))
        if (garden := self.generation.garden).complete:
            await asyncio.to_thread(garden.foresee)

    async def survey(self) -> None:
        """Read the facts of photographs that are unknown yet; publish them now and then."""
        await self.facts.load()
        photos = shown(self.site)
        known = self.facts.known(photos)
        unread = [photo for photo in photos if photo.path not in known]
        read, published = len(known), max(len(self.generation.shelves.facts), SURVEYED_FIRST)
        for start in range(0, len(unread), SURVEYED):
            if read >= 2 * published:
                published = read
                await self._republish()
            read += await self._read_facts(unread[start : start + SURVEYED])
        await self._republish()

    async def _survey(self) -> None:
        try:
            await asyncio.sleep(SURVEY_AFTER_SECONDS)
            await self.survey()
        except Exception:  # galleries stay in the order they have
            log.exception("the photographs could not be looked at")

    async def _read_facts(self, photos: Sequence[Photo]) -> int:
        """Read picture files in the background, waiting while the workers are busy; return how many were read."""
        while True:
            try:
                return len(await self.facts.of(photos))
            except Busy as busy:
                await asyncio.sleep(busy.retry_after_seconds)

    async def _republish(self) -> None:
        """Publish the current snapshot again if more of its photographs' facts are known by now.

        Another task may have done so meanwhile: every request for a shelf reads what is missing, and calls this.
        """
        async with self._turn:
            if len(self.facts.known(shown(self.site))) == len(self.generation.shelves.facts):
                return
            await self._rebind(self.site)
        if self.site.config.features.search:
            self._spawn(self._index())

    def _gear(self, photo: Photo) -> tuple[str, str]:
        """Return a photograph's camera and lens, "" where unknown without opening its file."""
        facts = self.facts.at_hand(photo)
        return (facts.camera, facts.lens) if facts else ("", "")

    async def _index(self) -> None:
        await asyncio.sleep(INDEX_AFTER_SECONDS)
        try:
            await asyncio.to_thread(lambda: search.Index)  # a long import
            await self.index.update(self.site)
            if len(self.site.public) > LARGE:
                await asyncio.to_thread(collector.give_back)  # from the texts
        except Exception:  # search reports it itself
            log.exception("the search index could not be brought up to date")

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        self._tasks.add(task := asyncio.create_task(work))  # the loop itself keeps only a weak reference
        task.add_done_callback(self._tasks.discard)
        return task
