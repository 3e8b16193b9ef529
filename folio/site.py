"""The content tree -> Site: `load` makes the first snapshot, `reload` the next.

The pages of files that did not change are the same objects in both. `pages.state_of` is the one filter of what may be
seen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from folio import addresses, aliases, bundles, collisions, redirects, slugs
from folio.aliases import Aliases
from folio.config import Config
from folio.content import CAMERA_SUFFIXES, PAGE_SUFFIXES, PHOTO_SUFFIXES, Asset, Page, Photo, Section, Stat, Visibility
from folio.dates import Clock
from folio.errors import BadContent, Problem
from folio.heads import url_of
from folio.pages import in_order, newest, parent_url, state_of, tagged
from folio.redirects import Redirects
from folio.snapshot import Site, is_reserved
from folio.tree import NO_DATES, Entry, Tree, is_page, refresh

INTRODUCED = ("/archive", "/search", "/tags", "/directory")  # content's own page there gives title and introduction
FOREIGN = ("site.toml", "_redirects", "metadata.yml")  # settings, never served
# The settings of what else may have made a site of this folder, at its root: Jekyll, Nikola, Pelican, Hugo and Zola.
SETTINGS = (
    "Gemfile", "Gemfile.lock", "Rakefile", "conf.py", "pelicanconf.py", "publishconf.py", "tasks.py", "hugo.toml",
    "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config.yaml",
)  # fmt: skip
VISIBLE = ("public", "unlisted")  # what a visitor who has the address may open
MAX_RECORDED_MOVES = 20  # more at once is a reorganisation the author writes redirects for


def load(config: Config, clock: Clock, now: float, updated: Mapping[str, str] = NO_DATES) -> Site:
    """Read the whole tree into a first snapshot. `now` is the file system's time, seconds since the epoch."""
    return _assemble(config, refresh(config, Tree(), now, updated=updated), clock())


def reload(
    site: Site, clock: Clock, now: float, given: Callable[[], Config], updated: Mapping[str, str] = NO_DATES
) -> Site:
    """Read what changed into the next snapshot; when nothing did and nothing fell due, one with the very same `pages`.

    `given` reads the settings again; a site.toml that is broken is reported and the last good settings stay. Moves are
    recorded in the state folder before the new snapshot is returned. `updated` maps the paths of pages to the ISO
    moment of their last change.
    """
    moment, config, problems = clock(), site.config, _settings_problems(site)
    tree = refresh(config, site.tree, now, updated=updated)
    changed_settings = _stat_of(tree, "site.toml") != _stat_of(site.tree, "site.toml")
    if changed_settings:
        try:
            config, problems = replace(given(), content=config.content, cache=config.cache, state=config.state), ()
        except BadContent as error:
            problems = (Problem(error.path, error.line, error.why + " (the last good settings stay)"),)
        if config != site.config:
            tree = refresh(config, tree, now, reread=True, updated=updated)
    if not tree.changed and not changed_settings and (site.falls_due is None or moment.timestamp() < site.falls_due):
        return site if tree.same_as(site.tree) else replace(site, tree=tree)
    noted = _record_moves(site, config, tree)
    return _assemble(config, tree, moment, (*problems, *noted), site.pages)


def _stat_of(tree: Tree, path: str) -> Stat | None:
    entry = tree.entries.get(path)
    return entry.stat if entry else None


def _settings_problems(site: Site) -> tuple[Problem, ...]:
    return tuple(p for p in site.problems if p.path == "site.toml")


def _record_moves(site: Site, config: Config, tree: Tree) -> tuple[Problem, ...]:
    """Write moves of pages the world could see to the state folder; return what to tell the author."""
    known = ((m, site.page(m.old.url)) for m in tree.moves if m.old.url != m.new.url)
    seen = [(m.old.url, m.new.url) for m, page in known if page and page.path == m.old.path]
    if not seen:
        return ()
    if len(seen) > MAX_RECORDED_MOVES:
        return (
            Problem("_redirects", 0, f"{len(seen)} pages moved at once; write their redirects here if you want any"),
        )
    try:
        redirects.record(config.state / "redirects", seen)
    except OSError as error:
        return (Problem("_redirects", 0, f"moves cannot be recorded in the state folder ({error.strerror})"),)
    return ()


def _assemble(
    config: Config,
    tree: Tree,
    now: dt.datetime,
    noted: tuple[Problem, ...] = (),
    before: Mapping[str, Page] = MappingProxyType({}),
) -> Site:
    """Derive a snapshot from entries: addresses, visibility, sections, tags."""
    return _Assembly(config, tree, now.astimezone(config.zone), before).site(noted)


class _Assembly:
    """The steps from entries to a Site, each filling what the next one reads; `before` are pages to share."""

    def __init__(self, config: Config, tree: Tree, now: dt.datetime, before: Mapping[str, Page]) -> None:
        self.config, self.tree, self.now, self.before = config, tree, now, before
        self.problems: list[Problem] = []
        self.taken: dict[str, str] = {}  # URL -> the path that has it
        self.pages = [entry.page for entry in tree.entries.values() if entry.page]
        self.folders = self._folders()
        self.indexes = {folder: [*filter(_is_index, entries)] for folder, entries in self.folders.items()}
        self.urls = {folder: url_of(f"{folder}/index.md") if folder else "/" for folder in self.folders}
        self.hidden = {folder for folder in self.folders if self._hides(folder)}

    def site(self, noted: tuple[Problem, ...]) -> Site:
        galleries = {folder: self.folders[folder] for folder in self._galleries()}
        sidecars = {e.path for entries in galleries.values() for e in entries if is_page(e.path) and not _is_index(e)}
        pages = [page for page in self.pages if page.path not in sidecars]
        visible = dict(self._visible(pages))
        intros = {url: visible.pop(url) for url in INTRODUCED if url in visible}
        visible |= {page.url: page for page in self._bundles(visible.values(), galleries)}
        public = tuple(p for _, p in sorted(visible.items()) if p.visibility is Visibility.PUBLISHED)
        pictures = {p.path: p for p in self._pictures(galleries)}
        sections = self._sections(visible, public, galleries, pictures)
        quiet = {url for url in sections if _is_unlisted(sections, url)}
        photos = {p.url: p for p in pictures.values() if p.url}
        files = dict(self._files())
        single = {url: page for url, page in visible.items() if url not in sections}
        gone = frozenset(p.url for p in pages if state_of(p, self.now) == "expired")
        claimed = aliases.gather((*visible.values(), *intros.values()), self.config.base_url)
        author, merged = self._redirects(claimed.redirects)
        site = Site(
            config=self.config,
            tree=self.tree,
            now=self.now,
            pages=single,
            public=public,
            posts=newest(self._posts(public)),
            sections={url: section for url, section in sections.items() if url not in quiet},
            photos={url: p for url, p in photos.items() if p.gallery not in quiet},
            unlisted={
                **{url: sections[url] for url in sorted(quiet)},
                **{url: p for url, p in photos.items() if p.gallery in quiet},
            },
            pictures=pictures,
            files=files,
            tags=tagged(public),
            intros=intros,
            gone=gone,
            redirects=merged,
            addresses=addresses.gather(
                (*sections, *single, *photos), (*files, *(f"/{path}" for path in pictures)), public, gone
            ),
            falls_due=self._falls_due(),
        )
        said = {*noted, *self.problems, *self.tree.problems, *self._said(), *_disputes(site, author, claimed)}
        return replace(site, problems=tuple(sorted(said)))

    def _said(self) -> Iterator[Problem]:
        for entry in self.tree.entries.values():
            if entry.error:
                kept = "its last good version is shown" if entry.page else "it is hidden until this is mended"
                yield Problem(entry.error.path, entry.error.line, f"{entry.error.why} ({kept})")
            elif entry.page:
                yield from entry.page.problems

    def _visible(self, pages: Iterable[Page]) -> Iterator[tuple[str, Page]]:
        """Yield (URL, page) of what a visitor may open; of two files with one address the first by path keeps it."""
        for page in sorted(pages, key=lambda page: page.path):
            if state_of(page, self.now) not in VISIBLE:
                continue
            if (page.url in INTRODUCED or self._is_free(page.url, page.path)) and self._take(page.url, page.path):
                yield page.url, page

    def _is_free(self, url: str, path: str) -> bool:
        if is_reserved(url):
            self.problems.append(Problem(path, 0, f"{url} belongs to the engine; name it otherwise"))
        return not is_reserved(url)

    def _take(self, url: str, path: str) -> bool:
        first = self.taken.setdefault(url, path)
        if first != path:
            self.problems.append(
                Problem(path, 0, f"{url} is the address of {first} already (rename one, or give a slug)")
            )
        return first == path

    def _posts(self, public: tuple[Page, ...]) -> Iterator[Page]:
        """Yield the dated pages of the posts sections, or every dated page where no such section exists."""
        wanted = {page.section for page in self.pages} & set(self.config.posts)
        for page in public:
            if page.date and not page.is_index and (not wanted or page.section in wanted):
                yield page

    def _folders(self) -> dict[str, list[Entry]]:
        """Group the entries by folder, in the order of their paths; folders of drafts are left out."""
        folders: dict[str, list[Entry]] = {}
        for path, entry in sorted(self.tree.entries.items()):
            folders.setdefault(path.rpartition("/")[0], []).append(entry)
        return {
            folder: entries
            for folder, entries in folders.items()
            if not any(map(slugs.is_drafts_folder, folder.split("/")))
        }

    def _hides(self, folder: str) -> bool:
        """Say whether the pictures and files of a folder are hidden, with its index or the page of its name beside it.

        A folder with neither is hidden with the one above.
        """
        while folder:
            beside = (self.tree.entries.get(folder + suffix) for suffix in PAGE_SUFFIXES)
            if said := [e.page for e in (*self.indexes.get(folder, ()), *beside) if e]:
                return any(page is None or state_of(page, self.now) not in VISIBLE for page in said)
            folder = folder.rpartition("/")[0]
        return False

    def _galleries(self) -> Iterator[str]:
        """Yield the folders that are galleries: pictures, and no pages but an index that uses none and sidecars.

        The pictures of a folder beside a page of its name ("cats/" beside "cats.md") belong to that page.
        """
        beside = {page.url for page in self.pages if not page.is_index}
        for folder, entries in self.folders.items():
            names = [e.path.rpartition("/")[2] for e in entries if is_picture(e.path)]
            own = self.urls[folder]
            if not folder or not names or folder.split("/")[0] == "static" or own in beside:
                continue
            others = {slugs.stem(e.path) for e in entries if is_page(e.path) and not _is_index(e)}
            words = self._index_above(folder)
            used = words is not None and bundles.shows(words, folder, names)
            if others <= {slugs.stem(name) for name in names} and not used and self._is_free(own, folder):
                yield folder

    def _index_above(self, folder: str) -> Page | None:
        """Return the index of a folder, else of the nearest folder above; the front page owns no folder's pictures."""
        while folder:
            if page := next((entry.page for entry in self.indexes.get(folder, ()) if entry.page), None):
                return page
            folder = folder.rpartition("/")[0]
        return None

    def _bundles(self, visible: Collection[Page], galleries: Iterable[str]) -> Iterator[Page]:
        """Yield the indexes that are pages like any other; the very same as `before` where nothing changed."""
        public = [page for page in visible if page.visibility is Visibility.PUBLISHED]
        for page in bundles.leaves(visible, public, galleries):
            known = self.before.get(page.url)
            yield known if known == page else page

    def _pictures(self, galleries: Mapping[str, list[Entry]]) -> Iterator[Photo]:
        """Yield every picture that may be shown; in a gallery each has an address of its own."""
        folder_urls = set(self.urls.values())
        for folder, entries in self.folders.items():
            if folder in self.hidden:
                continue
            gallery = self.urls[folder] if folder in galleries else ""
            beside = {slugs.stem(e.path): e for e in entries if is_page(e.path)} if gallery else {}
            for entry in (e for e in entries if is_picture(e.path)):
                words = beside.get(slugs.stem(entry.path))
                if words and (words.page is None or state_of(words.page, self.now) not in VISIBLE):
                    continue
                photo = _photo(entry, gallery, words.page if words else None)
                if words and words.page and words.page.visibility is Visibility.UNLISTED:
                    photo = replace(photo, url="", gallery="")
                if photo.url in self.taken or photo.url in folder_urls:  # a second picture of one stem
                    photo = replace(photo, url=f"{photo.url}-{photo.path.rpartition('.')[2].lower()}")
                if photo.url and not self._take(photo.url, photo.path):
                    photo = replace(photo, url="", gallery="")
                yield photo

    def _files(self) -> Iterator[tuple[str, Asset]]:
        """Yield every other file that is served as it is, at its own name."""
        for folder, entries in self.folders.items():
            for entry in entries if folder not in self.hidden else ():
                url, name = f"/{entry.path}", entry.path.rpartition("/")[2]
                if is_page(name) or is_picture(name) or name in FOREIGN or entry.path in SETTINGS:
                    continue
                if name.lower().endswith(CAMERA_SUFFIXES):
                    self.problems.append(Problem(entry.path, 0, "left out: it may tell its place (use a JPEG)"))
                    continue
                if (url == "/robots.txt" or self._is_free(url, entry.path)) and self._take(url, entry.path):
                    yield url, Asset(entry.path, url, entry.stat)

    def _sections(
        self,
        visible: Mapping[str, Page],
        public: tuple[Page, ...],
        galleries: Mapping[str, list[Entry]],
        pictures: Mapping[str, Photo],
    ) -> dict[str, Section]:
        """Make a section of each folder that holds something to see, and of the root."""
        indexes = {url: page for url, page in visible.items() if page.is_index}
        held: dict[str, list[Page]] = {"/": []}
        for page in public:
            if not page.is_index:
                held.setdefault(parent_url(page.url), []).append(page)
        shown: dict[str, list[Photo]] = {}
        for photo in pictures.values():
            if photo.url:
                shown.setdefault(photo.gallery, []).append(photo)
        live = _with_parents({*held, *indexes, *shown}) - (visible.keys() - indexes.keys())
        children: dict[str, list[str]] = {}
        for url in sorted(live - {"/"}):
            if url not in indexes or indexes[url].visibility is Visibility.PUBLISHED:
                children.setdefault(parent_url(url), []).append(url)
        names = {url: folder.rpartition("/")[2] for folder, url in reversed(self.urls.items())}
        rooms = {*shown, *(self.urls[folder] for folder in galleries)}
        return {
            url: Section(
                url=url,
                title=self._title(indexes.get(url), names.get(url, url.rpartition("/")[2])),
                page=indexes.get(url),
                pages=in_order(held.get(url, ())),
                sections=tuple(children.get(url, ())),
                photos=tuple(shown.get(url, ())),
                is_gallery=url in rooms,
            )
            for url in sorted(live)
        }

    def _title(self, index: Page | None, name: str) -> str:
        return index.title if index else slugs.pretty(name) or self.config.title

    def _redirects(self, aliases: Redirects) -> tuple[Redirects, Redirects]:
        """Return the author's redirects, and those with aliases and the recorded ones."""
        author = redirects.read(self.config.content / "_redirects", "_redirects")
        recorded = redirects.read(self.config.state / "redirects", "redirects")
        return author, redirects.merge(author, aliases, recorded)

    def _falls_due(self) -> float | None:
        zone = self.config.zone
        moments = [m for p in self.pages for m in (p.date and p.date.start(zone), p.opens, p.expires) if m]
        return min((m.timestamp() for m in moments if m > self.now), default=None)


def _disputes(site: Site, author: Redirects, claimed: Aliases) -> Iterator[Problem]:
    """Tell where addresses contradict each other: redirects, aliases, and what is there."""
    yield from site.redirects.problems
    yield from site.redirects.mistakes(author.exact.values(), "_redirects", site.lives, site.answers)
    yield from claimed.shadowed(author, site.lives, site.source)
    yield from collisions.found(site)


def _with_parents(urls: set[str]) -> set[str]:
    found = set(urls)
    for url in urls:
        while (url := parent_url(url)) not in found:
            found.add(url)
    return found


def _is_index(entry: Entry) -> bool:
    return "index." in entry.path and is_page(entry.path) and slugs.stem(entry.path) in ("index", "_index")


def _is_unlisted(sections: Mapping[str, Section], url: str) -> bool:
    """Say whether a folder is for those who have its address: by its index, else as the folder above."""
    while url != "/":
        section = sections.get(url)
        if section and section.page:
            return section.page.visibility is Visibility.UNLISTED
        url = parent_url(url)
    return False


def is_picture(path: str) -> bool:
    """Say whether a path is a photograph's, by its name."""
    return path.lower().endswith(PHOTO_SUFFIXES)


def _photo(entry: Entry, gallery: str, sidecar: Page | None) -> Photo:
    """Make a photo of a picture file; `gallery` is the URL of its gallery, "" outside of one."""
    stem = slugs.stem(entry.path)
    written = sidecar.title if sidecar and sidecar.title != slugs.pretty(stem) else ""
    return Photo(
        path=entry.path,
        url=f"{gallery}/{slugs.slug(stem)}" if gallery else "",
        gallery=gallery,
        title=written or slugs.photo_title(stem),
        alt=sidecar.alt if sidecar else "",
        sidecar=sidecar,
        date=sidecar.date if sidecar else None,
        tags=sidecar.tags if sidecar else (),
        stat=entry.stat,
    )
