"""The content tree -> Site: one immutable snapshot that every answer of a generation is drawn from.

`load` makes the first, `reload` the next; the pages of files that did not change are the same objects in both. What
is not in `public` appears in no list, feed, search, map, card or export: `pages.state_of` is the one filter.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from folio import redirects, slugs
from folio.config import Config
from folio.content import PHOTO_SUFFIXES, Asset, Page, Photo, Section, Stat
from folio.errors import BadContent, Gone, Moved, NotFound, Problem
from folio.heads import url_of
from folio.pages import Tag, in_order, newest, parent_url, state_of, tagged
from folio.redirects import Redirects
from folio.tree import Entry, Tree, is_page, refresh

Clock = Callable[[], dt.datetime]  # the time now, zoned
FORMS = ("md", "txt", "json", "pdf")  # suffixes of a page's other forms
FEEDS = ("feed.xml", "rss.xml", "atom.xml", "feed.json")  # last segments of a folder's
RESERVED = (
    "random", "search", "directory", "archive", "tags", "feed.xml", "rss.xml", "atom.xml", "feed.json", "sitemap.xml",
    "robots.txt", "opensearch.xml", "health", "metrics", "api", "icon", "og-image", "thumb",
)  # fmt: skip
INTRODUCED = ("/archive", "/search", "/tags", "/directory")  # content's own page there gives title and introduction
FOREIGN = ("site.toml", "_redirects")  # settings, never served
MAX_RECORDED_MOVES = 20  # more at once is a reorganisation the author writes redirects for


@dataclass(frozen=True, slots=True)
class Found:
    """What an address leads to, and in which form: "" for its page, "file" for a picture file, or of FORMS or FEEDS."""

    thing: Page | Section | Photo | Asset
    form: str = ""


@dataclass(frozen=True)
class Site:
    """A generation. Mappings are by canonical URL path, decoded ("/essays/on-cats").

    `pages` answers visitors (public and unlisted); `public` is listed, by URL; `posts` newest first; `sections`,
    `photos` (with a page of their own) and `files` are public; `intros` the author's words for engine pages; `gone`
    the expired. `pictures` finds any picture by its path in the tree, `next_due` when a reload is due (epoch seconds).
    """

    config: Config
    tree: Tree
    now: dt.datetime
    pages: Mapping[str, Page] = field(default_factory=dict)
    public: tuple[Page, ...] = ()
    posts: tuple[Page, ...] = ()
    sections: Mapping[str, Section] = field(default_factory=dict)
    photos: Mapping[str, Photo] = field(default_factory=dict)
    pictures: Mapping[str, Photo] = field(default_factory=dict)
    files: Mapping[str, Asset] = field(default_factory=dict)
    tags: Mapping[str, Tag] = field(default_factory=dict)
    intros: Mapping[str, Page] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    redirects: Redirects = field(default_factory=Redirects)
    problems: tuple[Problem, ...] = ()
    next_due: float | None = None

    def find(self, path: str) -> Found:
        """Find what a decoded URL path (with or without its slash) leads to.

        Raises Moved to the canonical address for any other spelling, old or redirected address; Gone; NotFound.
        """
        url = "/" + path.removeprefix("/")
        if found := self._at(url):
            return Found(found)
        if picture := self.pictures.get(url[1:]):
            return Found(picture, "file")
        folder, _, name = url.rpartition("/")
        if name in FEEDS and (section := self.sections.get(folder or "/")):
            return Found(section, name)
        base, _, form = url.rpartition(".")
        if form in FORMS and (thing := self._at("/" if base == "/index" else base)):
            return Found(thing, form)
        suffix = f".{form}" if form in FORMS else ""
        for asked, tail in ((url, ""), (base, suffix)) if suffix else ((url, ""),):
            if canonical := self._spellings.get(slugs.spelling(asked)):
                raise Moved(redirects.location("/index" if canonical == "/" and tail else canonical) + tail)
        if leads := self.redirects.find(url.rstrip("/") or "/", lambda u: self._at(u) is not None or is_reserved(u)):
            raise leads
        if url in self.gone:
            raise Gone(url)
        raise NotFound(url)

    def page(self, url: str) -> Page | None:
        """Return the page, or a section's own page, at a canonical URL, if a visitor may see it."""
        section = self.sections.get(url)
        return self.pages.get(url) or (section.page if section else None)

    def neighbours(self, page: Page) -> tuple[Page | None, Page | None]:
        """Return the (older, newer) dated pages of the same folder."""
        parent = self.sections.get(parent_url(page.url))
        dated = [p for p in parent.pages if p.date] if parent and page.date else []
        if page not in dated:
            return None, None
        n = dated.index(page)
        return (dated[n + 1] if n + 1 < len(dated) else None), (dated[n - 1] if n else None)

    def posts_of(self, url: str) -> tuple[Page, ...]:
        """Return the dated public pages below a section, newest first: what its feed holds."""
        below = url.rstrip("/") + "/"
        return newest(page for page in self.public if page.date and page.url.startswith(below) and not page.is_index)

    def folder_url(self, folder: str) -> str:
        """Return the URL of a folder of the tree ("a b" -> "/a-b")."""
        return url_of(f"{folder}/index.md" if folder else "index.md")

    def _at(self, url: str) -> Page | Section | Photo | Asset | None:
        return self.sections.get(url) or self.pages.get(url) or self.photos.get(url) or self.files.get(url)

    @functools.cached_property
    def _spellings(self) -> Mapping[str, str]:
        """Every folded spelling -> canonical URL: of what is there, and of the aliases its pages claim."""
        known: dict[str, str] = {"": "/"}
        for url in (*self.sections, *self.pages, *self.photos, *self.files):
            known.setdefault(slugs.spelling(url), url)
        for page in self.pages.values():
            for alias in page.aliases:
                known.setdefault(slugs.spelling(alias.partition("#")[0]), page.url)
        return known


def load(config: Config, clock: Clock, now: float) -> Site:
    """Read the whole tree into a first snapshot. `now` is the file system's time, seconds since the epoch."""
    return _assemble(config, refresh(config, Tree(), now), clock())


def reload(site: Site, clock: Clock, now: float, given: Callable[[], Config]) -> Site:
    """Read what changed into the next snapshot; the same object when nothing did and nothing fell due.

    `given` reads the settings again; a site.toml that is broken is reported and the last good settings stay. Moves are
    recorded in the state folder before the new snapshot is returned.
    """
    moment, config, problems = clock(), site.config, _settings_problems(site)
    changed_settings = _stat_of(site.tree, "site.toml") != _stat_of(
        tree := refresh(config, site.tree, now), "site.toml"
    )
    if changed_settings:
        try:
            config, problems = replace(given(), content=config.content, cache=config.cache, state=config.state), ()
        except BadContent as error:
            problems = (Problem(error.path, error.line, error.why + " (the last good settings stay)"),)
        if config != site.config:
            tree = refresh(config, tree, now, reread=True)
    if not tree.changed and not changed_settings and (site.next_due is None or moment.timestamp() < site.next_due):
        return site
    noted = _record_moves(site, config, tree)
    return _assemble(config, tree, moment, (*problems, *noted))


def is_reserved(url: str) -> bool:
    """Say whether an address belongs to the engine."""
    return url.split("/")[1] in RESERVED


def _stat_of(tree: Tree, path: str) -> Stat | None:
    entry = tree.entries.get(path)
    return entry.stat if entry else None


def _settings_problems(site: Site) -> tuple[Problem, ...]:
    return tuple(p for p in site.problems if p.path == "site.toml")


def _record_moves(site: Site, config: Config, tree: Tree) -> tuple[Problem, ...]:
    """Write moves of pages the world could see to the state folder; return what to tell the author."""
    seen = [(m.old.url, m.new.url) for m in tree.moves if site.page(m.old.url) == m.old and m.old.url != m.new.url]
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


def _assemble(config: Config, tree: Tree, now: dt.datetime, noted: tuple[Problem, ...] = ()) -> Site:
    """Derive a snapshot from entries: addresses, visibility, sections, tags."""
    return _Assembly(config, tree, now.astimezone(config.zone)).site(noted)


class _Assembly:
    """The steps from entries to a Site, each filling what the next one reads."""

    def __init__(self, config: Config, tree: Tree, now: dt.datetime) -> None:
        self.config, self.tree, self.now = config, tree, now
        self.problems: list[Problem] = []
        self.taken: dict[str, str] = {}  # URL -> the path that has it

    def site(self, noted: tuple[Problem, ...]) -> Site:
        galleries = dict(self._galleries())
        sidecars = {e.path for folder in galleries.values() for e in folder if e.page and not e.page.is_index}
        visible = dict(self._visible(sidecars))
        public = tuple(p for _, p in sorted(visible.items()) if state_of(p, self.now) == "public")
        pictures = {p.path: p for p in self._pictures(galleries)}
        photos = {p.url: p for p in pictures.values() if p.url}
        listed = tuple(page for page in public if not self._introduces(page))
        sections = self._sections(listed, galleries, photos)
        return Site(
            config=self.config,
            tree=self.tree,
            now=self.now,
            pages={p.url: p for p in visible.values() if not self._introduces(p) and p.url not in sections},
            public=listed,
            posts=newest(p for p in listed if self._is_post(p)),
            sections=sections,
            photos=photos,
            pictures=pictures,
            files=dict(self._files()),
            tags=tagged(listed),
            intros={p.url: p for p in visible.values() if self._introduces(p)},
            gone=frozenset(p.url for p in self._pages(sidecars) if state_of(p, self.now) == "expired"),
            redirects=self._redirects(),
            problems=tuple(sorted({*noted, *self.problems, *self.tree.problems, *self._said()})),
            next_due=self._next_due(sidecars),
        )

    def _pages(self, sidecars: set[str]) -> Iterator[Page]:
        return (e.page for e in self.tree.entries.values() if e.page and e.path not in sidecars)

    def _said(self) -> Iterator[Problem]:
        for entry in self.tree.entries.values():
            if entry.error:
                kept = "its last good version is shown" if entry.page else "it is hidden until this is mended"
                yield Problem(entry.error.path, entry.error.line, f"{entry.error.why} ({kept})")
            elif entry.page:
                yield from entry.page.problems

    def _visible(self, sidecars: set[str]) -> Iterator[tuple[str, Page]]:
        """Yield (URL, page) of what a visitor may open; of two files with one address the first by path keeps it."""
        for page in sorted(self._pages(sidecars), key=lambda page: page.path):
            if state_of(page, self.now) not in ("public", "unlisted"):
                continue
            if is_reserved(page.url) and page.url not in INTRODUCED:
                self.problems.append(
                    Problem(page.path, 0, f"{page.url} belongs to the engine; name the file otherwise")
                )
            elif self._take(page.url, page.path):
                yield page.url, page

    def _take(self, url: str, path: str) -> bool:
        first = self.taken.setdefault(url, path)
        if first != path:
            self.problems.append(
                Problem(path, 0, f"{url} is the address of {first} already (rename one, or give a slug)")
            )
        return first == path

    def _introduces(self, page: Page) -> bool:
        return page.url in INTRODUCED

    def _is_post(self, page: Page) -> bool:
        """A post is a dated page of a posts section, or any dated page where no such section exists."""
        wanted = [name for name in self.config.posts if any(p.section == name for p in self._pages(set()))]
        return bool(page.date) and not page.is_index and (not wanted or page.section in wanted)

    def _folders(self) -> Mapping[str, list[Entry]]:
        """Group the entries by folder; a folder of drafts, or whose index is hidden, shows none of its files."""
        folders: dict[str, list[Entry]] = {}
        for path, entry in self.tree.entries.items():
            if not any(slugs.is_drafts_folder(part) for part in path.split("/")[:-1]):
                folders.setdefault(path.rpartition("/")[0], []).append(entry)
        return {folder: entries for folder, entries in folders.items() if not self._hides(entries)}

    def _hides(self, entries: list[Entry]) -> bool:
        indexes = [entry for entry in entries if PurePosixPath(entry.path).stem in ("index", "_index")]
        pages = [entry.page for entry in indexes if is_page(entry.path)]
        return any(page is None or state_of(page, self.now) not in ("public", "unlisted") for page in pages)

    def _galleries(self) -> Iterator[tuple[str, list[Entry]]]:
        """Yield the folders that are galleries: pictures, and no pages but an index that uses none and sidecars."""
        for folder, entries in self._folders().items():
            stems = {PurePosixPath(e.path).stem for e in entries if is_picture(e.path)}
            if not folder or not stems or folder.split("/")[0] == "static":
                continue
            pages = [e for e in entries if is_page(e.path)]
            index = next((e.page for e in pages if e.page and e.page.is_index), None)
            others = {PurePosixPath(e.path).stem for e in pages} - {"index", "_index"}
            used = index and any(PurePosixPath(e.path).name in index.body for e in entries if is_picture(e.path))
            if others <= stems and not used:
                yield folder, entries

    def _pictures(self, galleries: Mapping[str, list[Entry]]) -> Iterator[Photo]:
        """Yield every picture that may be shown; in a gallery each has an address of its own."""
        for folder, entries in self._folders().items():
            beside = {PurePosixPath(e.path).stem: e.page for e in entries if e.page} if folder in galleries else {}
            for entry in sorted((e for e in entries if is_picture(e.path)), key=lambda e: e.path):
                photo = _photo(entry, folder, folder in galleries, beside.get(PurePosixPath(entry.path).stem))
                if photo.sidecar and state_of(photo.sidecar, self.now) not in ("public", "unlisted"):
                    continue
                if photo.url and photo.url in self.taken:  # two pictures of one stem
                    photo = replace(photo, url=f"{photo.url}-{PurePosixPath(photo.path).suffix[1:].lower()}")
                if photo.url and not self._take(photo.url, photo.path):
                    photo = replace(photo, url="")
                yield photo

    def _files(self) -> Iterator[tuple[str, Asset]]:
        """Yield every other file that is served as it is, at its own name."""
        for entries in self._folders().values():
            for entry in entries:
                url = f"/{entry.path}"
                if is_page(url) or is_picture(url) or PurePosixPath(url).name in ("metadata.yml", *FOREIGN):
                    continue
                if any(not slugs.is_content(part) for part in entry.path.split("/")):
                    continue
                if (is_reserved(url) and url != "/robots.txt") or not self._take(url, entry.path):
                    continue
                yield url, Asset(entry.path, url, entry.stat)

    def _sections(
        self, public: tuple[Page, ...], galleries: Mapping[str, list[Entry]], photos: Mapping[str, Photo]
    ) -> dict[str, Section]:
        """Make a section of each folder that holds something public, and of the root."""
        gallery_urls = {url_of(f"{folder}/index.md"): folder for folder in galleries}
        indexes = {page.url: page for page in public if page.is_index}
        held: dict[str, list[Page]] = {"/": []}
        folders = {"/": ""}
        for path in self.tree.entries:
            folder = path.rpartition("/")[0]
            folders.setdefault(url_of(f"{folder}/index.md") if folder else "/", folder)
        for page in public:
            if not page.is_index:
                held.setdefault(parent_url(page.url), []).append(page)
        live = {*held, *indexes, *(parent_url(url) for url in photos)}
        for url in tuple(live):
            while url != "/":
                url = parent_url(url)
                live.add(url)
        known = {p.url for p in public if not p.is_index}
        live = {url for url in live if url not in known}  # a page beside its folder keeps the address
        return {
            url: self._section(url, folders, indexes.get(url), held.get(url, []), live, gallery_urls, photos)
            for url in sorted(live)
        }

    def _section(
        self,
        url: str,
        folders: Mapping[str, str],
        index: Page | None,
        pages: list[Page],
        live: set[str],
        galleries: Mapping[str, str],
        photos: Mapping[str, Photo],
    ) -> Section:
        name = PurePosixPath(folders.get(url, url)).name
        return Section(
            url=url,
            title=index.title if index else slugs.pretty(name) if name else self.config.title,
            page=index,
            pages=in_order(pages),
            sections=tuple(sorted(child for child in live if child != "/" and parent_url(child) == url)),
            photos=tuple(photo for photo in photos.values() if photo.gallery == url),
            is_gallery=url in galleries,
        )

    def _redirects(self) -> Redirects:
        written = [("_redirects", self.config.content / "_redirects"), ("redirects", self.config.state / "redirects")]
        read = [redirects.read(file, name) for name, file in written]
        merged = redirects.merge(*read)
        self.problems += merged.problems
        return merged

    def _next_due(self, sidecars: set[str]) -> float | None:
        moments = [
            m for page in self._pages(sidecars) for m in (page.date and page.date.start(self.config.zone), page.expires)
        ]
        due = [m.timestamp() for m in moments if m and m > self.now]
        if self.tree.due is not None:
            due.append(self.tree.due)
        return min(due, default=None)


def is_picture(path: str) -> bool:
    """Say whether a path is a photograph's, by its name."""
    return PurePosixPath(path).suffix.lower() in PHOTO_SUFFIXES


def _photo(entry: Entry, folder: str, in_gallery: bool, sidecar: Page | None) -> Photo:
    stem = PurePosixPath(entry.path).stem
    gallery = url_of(f"{folder}/index.md")
    written = sidecar.title if sidecar and sidecar.title != slugs.pretty(stem) else ""
    return Photo(
        path=entry.path,
        url=f"{gallery}/{slugs.slug(stem)}" if in_gallery else "",
        gallery=gallery if in_gallery else "",
        title=written or slugs.photo_title(stem),
        alt=sidecar.alt if sidecar else "",
        sidecar=sidecar,
        date=sidecar.date if sidecar else None,
        tags=sidecar.tags if sidecar else (),
        stat=entry.stat,
    )
