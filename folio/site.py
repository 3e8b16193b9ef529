"""The content tree -> Site: `load` makes the first snapshot, `reload` the next.

The pages of unchanged files are the same objects in both. `pages.state_of` is the only filter of visibility.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from folio import (
    addresses,
    aliases,
    bundles,
    collisions,
    conventions,
    galleries,
    labels,
    redirects,
    sections,
    slugs,
)
from folio.aliases import Aliases
from folio.config import Config
from folio.content import CAMERA_SUFFIXES, PAGE_SUFFIXES, Asset, Page, Photo, Section, Stat, Visibility
from folio.dates import Clock, is_later
from folio.entries import Entry, Move, is_index_file, is_page, is_picture
from folio.errors import BadContent, Problem
from folio.galleries import is_sidecar
from folio.heads import url_of
from folio.pages import VISIBLE, begins, newest, state_of, tag_slug, tagged
from folio.redirects import Redirects
from folio.revisions import revised, settled
from folio.snapshot import Site, holds_files_only, is_reserved
from folio.tree import NO_DATES, NOTHING, Ahead, Tree, refresh

# Engine pages that take title and introduction from content's own page at that address.
INTRODUCED = frozenset(("/archive", *conventions.SHORT.values(), "/search", "/tags", "/directory", "/sitemap"))
FOREIGN = ("site.toml", "_redirects", *labels.FILES)  # settings, never served
# Settings at the root of a folder that was made for Jekyll, Nikola, Pelican, Hugo or Zola.
SETTINGS = (
    "Gemfile", "Gemfile.lock", "Rakefile", "conf.py", "pelicanconf.py", "publishconf.py", "tasks.py", "hugo.toml",
    "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config.yaml",
)  # fmt: skip
MAX_RECORDED_MOVES = 20  # more at once are a reorganisation, for which the author writes redirects


def load(
    config: Config, clock: Clock, now: float, remembered: Mapping[str, Entry] = NOTHING, ahead: Ahead | None = None
) -> Site:
    """Read the whole tree into a first snapshot; only stat keys are read of files `remembered` or read `ahead`.

    `now` is the file system's time, seconds since the epoch.
    """
    return assemble(config, refresh(config, Tree(), now, remembered=remembered, ahead=ahead), clock())


def reload(
    site: Site,
    clock: Clock,
    now: float,
    given: Callable[[], Config],
    updated: Mapping[str, str] = NO_DATES,
    touched: Collection[str] | None = None,
) -> Site:
    """Read what changed into the next snapshot; if nothing did and nothing fell due, its `pages` are the same object.

    `given` reads the settings again; a broken site.toml is reported and the last good settings stay. Moves are recorded
    in the state folder before the new snapshot is returned. `updated` maps paths of pages to the ISO moment of their
    last change; `touched` are the paths that may have changed, None if unknown.
    """
    moment, config, problems = clock(), site.config, _settings_problems(site)
    tree = refresh(config, site.tree, now, updated=updated, touched=touched)
    changed_settings = _stat_of(tree, "site.toml") != _stat_of(site.tree, "site.toml")
    if changed_settings:
        try:
            config, problems = replace(given(), content=config.content, cache=config.cache, state=config.state), ()
        except BadContent as error:
            problems = (
                Problem(error.path, error.line, error.why + " (the last good settings stay in use)", error.kind),
            )
        if config != site.config:
            tree = refresh(config, tree, now, reread=True, updated=updated)
    if not changed_settings and (site.falls_due is None or moment.timestamp() < site.falls_due):
        if not tree.changed:
            return site if tree.same_as(site.tree) else settled(site, tree)
        if after := revised(site, tree, moment.astimezone(config.zone)):
            return after
    noted = _record_moves(site, config, tree)
    return assemble(config, tree, moment, (*problems, *noted), site)


def _stat_of(tree: Tree, path: str) -> Stat | None:
    entry = tree.entries.get(path)
    return entry.stat if entry else None


def _settings_problems(site: Site) -> tuple[Problem, ...]:
    return tuple(p for p in site.problems if p.kind == "settings")


def seen_moves(site: Site, tree: Tree) -> Iterator[Move]:
    """Yield the moves in a new reading of pages that were visible until now."""
    for move in tree.moves:
        page = site.page(move.old.url)
        if move.old.url != move.new.url and page and page.path == move.old.path:
            yield move


def recorded_moves(before: Site, after: Site) -> Iterator[Move]:
    """Yield the moves between two snapshots whose old addresses redirect in the second."""
    return (move for move in seen_moves(before, after.tree) if after.redirects.rule(move.old.url))


def _renamed(site: Site, tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield (old URL, new URL) of public photographs whose file was renamed or moved."""
    for old, new in tree.renamed:
        photo = site.pictures.get(old)
        if photo and photo.url in site.photos and photo.url != url_of(new):
            yield photo.url, url_of(new)


def _record_moves(site: Site, config: Config, tree: Tree) -> tuple[Problem, ...]:
    """Write moves of visible pages and photographs to the state folder; return problems for the author."""
    seen = [(move.old.url, move.new.url) for move in seen_moves(site, tree)]
    seen += _renamed(site, tree)
    if not seen:
        return ()
    if len(seen) > MAX_RECORDED_MOVES:
        why = f"{len(seen)} pages moved at once; write their redirects here if you want any"
        return (Problem("_redirects", 0, why, "redirect"),)
    try:
        redirects.record(config.state / redirects.RECORDED, seen)
    except OSError as error:
        why = f"moves cannot be recorded in the state folder ({error.strerror})"
        return (Problem("_redirects", 0, why, "redirect"),)
    return ()


def assemble(
    config: Config,
    tree: Tree,
    now: dt.datetime,
    noted: tuple[Problem, ...] = (),
    before: Site | None = None,
) -> Site:
    """Build a snapshot from entries: addresses, visibility, sections, tags. Objects of `before` are reused if equal."""
    return _Assembly(config, tree, now.astimezone(config.zone), before).site(noted)


def _introduces(page: Page) -> bool:
    """Say whether a page introduces an engine page; a tag's is introduced by the index of a folder, as in Hugo."""
    if page.url in INTRODUCED or not page.is_index:
        return page.url in INTRODUCED
    above, _, tag = page.url.rpartition("/")
    return above == "/tags" and tag == tag_slug(tag)


class _Assembly:
    """The steps from entries to a Site, each using the results of earlier ones. Objects of `before` are reused."""

    def __init__(self, config: Config, tree: Tree, now: dt.datetime, before: Site | None) -> None:
        self.config, self.tree, self.now = config, tree, now
        self.before = before or Site(config, Tree(), now)
        self.problems: list[Problem] = []
        self.taken: dict[str, str] = {}  # URL -> the path that has it
        self.pages = [entry.page for entry in tree.entries.values() if entry.page]
        self.folders = self._folders()
        self.indexes = {f: [e for e in entries if is_index_file(e.path)] for f, entries in self.folders.items()}
        self.urls = {folder: url_of(f"{folder}/index.md") if folder else "/" for folder in self.folders}
        self.hidden = {folder for folder in self.folders if self._hides(folder)}

    def site(self, noted: tuple[Problem, ...]) -> Site:
        rooms = self._galleries()
        sidecars = {entry.path for folder in rooms for entry in self.folders[folder] if is_sidecar(entry.path)}
        pages = [page for page in self.pages if page.path not in sidecars]
        visible = dict(self._visible(pages))
        intros = {url: visible.pop(url) for url in tuple(visible) if _introduces(visible[url])}
        visible |= {page.url: page for page in self._bundles(visible.values(), rooms)}
        public = tuple(p for _, p in sorted(visible.items()) if p.visibility is Visibility.PUBLISHED)
        ordered = newest(public)
        pictures = {p.path: p for p in self._pictures(rooms)}
        folders = self._sections(visible, ordered, pictures.values(), rooms)
        quiet = {url for url in folders if sections.is_unlisted(folders, url)}
        photos = {p.url: p for p in pictures.values() if p.url}
        files = dict(self._files())
        single = {url: page for url, page in visible.items() if url not in folders}
        gone = frozenset(p.url for p in pages if p.expires and state_of(p, self.now) == "expired")
        claimed = aliases.gather((*visible.values(), *intros.values()), self.config.base_url)
        author, merged = self._redirects(claimed.redirects)
        site = Site(
            config=self.config,
            tree=self.tree,
            now=self.now,
            pages=single,
            public=public,
            posts=tuple(self._posts(ordered)),
            sections={url: section for url, section in folders.items() if url not in quiet},
            photos={url: p for url, p in photos.items() if p.gallery not in quiet},
            unlisted={
                **{url: folders[url] for url in sorted(quiet)},
                **{url: p for url, p in photos.items() if p.gallery in quiet},
            },
            pictures=pictures,
            files=files,
            tags=tagged(ordered),
            intros=intros,
            gone=gone,
            written=author,
            redirects=merged,
            addresses=addresses.gather(
                (*folders, *single, *photos),
                (*files, *(f"/{path}" for path in pictures)),
                gone,
                self.before.addresses,
            ),
            falls_due=self._falls_due(),
        )
        reported = {*noted, *self.problems, *self.tree.problems, *self._reports(), *_disputes(site, author, claimed)}
        after = replace(site, problems=tuple(sorted(reported)))
        vars(after)["newest"] = ordered
        return after

    def _reports(self) -> Iterator[Problem]:
        """Yield the problems of single files, and of galleries."""
        for entry in self.tree.entries.values():
            if error := entry.error:
                kept = "its last good version is shown" if entry.page else "it is hidden until this is fixed"
                if labels.is_labels(entry.path):
                    lost = "the pictures beside it are hidden" if entry.is_unclear else "its text is left out"
                    kept = "its last good version counts" if entry.labels else f"{lost} until this is fixed"
                yield Problem(error.path, error.line, f"{error.why} ({kept})", error.kind)
            elif entry.page and entry.page.problems:
                yield from entry.page.problems
        for folder, entries in self.folders.items():
            if folder not in self.hidden:
                index = next((entry.page for entry in self.indexes[folder] if entry.page), None)
                yield from galleries.problems(entries, index)

    def _visible(self, pages: Iterable[Page]) -> Iterator[tuple[str, Page]]:
        """Yield (URL, page) of visible pages; of two files with one address the first by path keeps it."""
        for page in sorted(pages, key=lambda page: page.path):
            if state_of(page, self.now) not in VISIBLE:
                continue
            free = _introduces(page) or self._is_free(page.url, page.path, holds_files_only(page.url))
            if free and self._take(page.url, page.path):
                yield page.url, page

    def _is_free(self, url: str, path: str, taken: bool = False) -> bool:
        if taken := taken or is_reserved(url):
            self.problems.append(Problem(path, 0, f"{url} belongs to the engine; choose another name", "collision"))
        return not taken

    def _take(self, url: str, path: str) -> bool:
        first = self.taken.setdefault(url, path)
        if first != path:
            why = f"{url} is already the address of {first} (rename one, or give a slug)"
            self.problems.append(Problem(path, 0, why, "collision"))
        return first == path

    def _posts(self, public: tuple[Page, ...]) -> Iterator[Page]:
        """Yield the dated pages of the posts sections, or every dated page where no such section exists."""
        wanted = {page.section for page in self.pages} & set(self.config.posts)
        for page in public:
            if page.date and not page.is_index and (not wanted or page.section in wanted):
                yield page

    def _folders(self) -> dict[str, list[Entry]]:
        """Group the entries by folder, sorted by path; folders of drafts are left out."""
        folders: dict[str, list[Entry]] = {}
        for path in sorted(self.tree.entries):
            folders.setdefault(path.rpartition("/")[0], []).append(self.tree.entries[path])
        return {
            folder: entries
            for folder, entries in folders.items()
            if not any(map(slugs.is_drafts_folder, folder.split("/")))
        }

    def _hides(self, folder: str) -> bool:
        """Say whether a folder's pictures and files are hidden, as its index, or the page of its name beside it, is.

        A folder with neither is hidden if the one above is.
        """
        while folder:
            beside = (self.tree.entries.get(folder + suffix) for suffix in PAGE_SUFFIXES)
            if pages := [e.page for e in (*self.indexes.get(folder, ()), *beside) if e]:
                return any(page is None or state_of(page, self.now) not in VISIBLE for page in pages)
            folder = folder.rpartition("/")[0]
        return False

    def _galleries(self) -> frozenset[str]:
        pages = {page.url for page in self.pages if not page.is_index}
        found = galleries.found(self.folders, self.indexes, self.urls, pages)
        free = (folder for folder in found if not holds_files_only(f"{self.urls[folder]}/picture"))
        return frozenset(folder for folder in free if self._is_free(self.urls[folder], folder))

    def _sections(
        self, visible: Mapping[str, Page], public: tuple[Page, ...], pictures: Iterable[Photo], rooms: Iterable[str]
    ) -> dict[str, Section]:
        names = {url: _called(folder) for folder, url in reversed(self.urls.items())}
        urls = {self.urls[folder] for folder in rooms}
        return sections.gather(visible, public, pictures, urls, names, self.config.title)

    def _bundles(self, visible: Collection[Page], rooms: Iterable[str]) -> Iterator[Page]:
        """Yield the indexes that count as ordinary pages; the same objects as in `before` if nothing changed."""
        public = [page for page in visible if page.visibility is Visibility.PUBLISHED]
        for page in bundles.leaves(visible, public, rooms):
            known = self.before.pages.get(page.url)
            yield known if known == page else page

    def _pictures(self, rooms: Collection[str]) -> Iterator[Photo]:
        """Yield every visible picture; in a gallery each has its own page's address."""
        folder_urls = set(self.urls.values())
        for folder, entries in self.folders.items():
            if folder not in self.hidden:
                url = self.urls[folder] if folder in rooms else ""
                for photo in galleries.photos(entries, url, self.now, self.before.pictures):
                    yield self._addressed(photo, folder_urls)

    def _addressed(self, photo: Photo, folder_urls: Collection[str]) -> Photo:
        """Give a gallery's picture a unique address, or none if it is taken."""
        if photo.url in self.taken or photo.url in folder_urls:  # a second picture of one stem
            photo = photo._replace(url=f"{photo.url}-{photo.path.rpartition('.')[2].lower()}")
        if photo.url and not self._take(photo.url, photo.path):
            return photo._replace(url="", gallery="")
        return photo

    def _files(self) -> Iterator[tuple[str, Asset]]:
        """Yield every other file, which is served unchanged at its own path."""
        for folder, entries in self.folders.items():
            for entry in entries if folder not in self.hidden else ():
                if is_page(entry.path) or is_picture(entry.path):
                    continue
                url, name = f"/{entry.path}", entry.path.rpartition("/")[2]
                if name in FOREIGN or entry.path in SETTINGS:
                    continue
                if name.lower().endswith(CAMERA_SUFFIXES):
                    why = "left out: it may say where it was taken (use a JPEG)"
                    self.problems.append(Problem(entry.path, 0, why, "location"))
                    continue
                if (url == "/robots.txt" or self._is_free(url, entry.path)) and self._take(url, entry.path):
                    yield url, Asset(entry.path, url, entry.stat)

    def _redirects(self, aliases: Redirects) -> tuple[Redirects, Redirects]:
        """Return the author's redirects, and the same merged with aliases and recorded moves."""
        found = redirects.WRITTEN in self.tree.entries
        author = redirects.written(self.config.content, self.before.written) if found else Redirects()
        recorded = redirects.read(self.config.state / redirects.RECORDED, redirects.RECORDED)
        return author, redirects.merge(author, aliases, recorded)

    def _falls_due(self) -> float | None:
        """Return when the next page, or picture, is published or expires (epoch seconds), None if none is."""
        labelled = (entry.labels.pages for entry in self.tree.entries.values() if entry.labels)
        pages = (*self.pages, *itertools.chain(*labelled))
        moments = [m for p in pages for m in (begins(p, self.now), p.opens, p.expires) if m]
        return min((m.timestamp() for m in moments if is_later(m, self.now)), default=None)


def _disputes(site: Site, author: Redirects, claimed: Aliases) -> Iterator[Problem]:
    """Yield conflicts between redirects, aliases and existing addresses."""
    yield from site.redirects.problems
    yield from site.redirects.mistakes(author.exact.values(), "_redirects", site.lives, site.answers)
    yield from claimed.shadowed(author, site.lives, site.source)
    yield from collisions.found(site)


def _called(folder: str) -> str:
    """Return the last part of a folder's path, disregarding Jekyll's `_posts`."""
    return ["", *(part for part in folder.split("/") if part != "_posts")][-1]
