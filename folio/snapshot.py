"""Site: one immutable snapshot of the content, from which every answer of a generation is made, and its look-ups.

site.py makes it. A page that is not in `public` appears in no list, feed, search, map, card or export.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from folio import addresses, conventions, names, redirects, slugs, sprites
from folio.addresses import Addresses, Past
from folio.aliases import number_of
from folio.config import Config
from folio.content import Asset, Page, Photo, Section, Visibility
from folio.errors import Gone, Moved, NotFound, Problem
from folio.pages import Tag, folder_of, newest, top_of
from folio.redirects import Redirects
from folio.tree import Tree

if TYPE_CHECKING:
    from folio.names import Names
    from folio.sprites import Place, Sprites

FEEDS = ("feed.xml", "rss.xml", "atom.xml", "feed.json")  # the last segments of a folder's feeds
SAME = ("posted", "held", "paged", "former", "ruled", "past")  # cached properties of Site that depend on addresses
TITLED = ("sprites", "names")  # on titles too
LISTED = ("newest", "beside")  # on all of a page
RESERVED = frozenset((
    "random", "search", "directory", "archive", "tags", "feed.xml", "rss.xml", "atom.xml", "feed.json", "sitemap",
    "sitemap.xml", "robots.txt", "opensearch.xml", "health", "metrics", "api", "icon", "icon-sprite", "og-image",
    "thumb",
))  # fmt: skip


Change = tuple[Page | None, Page | None]  # (old, new); None for a page that did not, or does not, exist
Beside = tuple[Page | None, Page | None]  # the older and the newer neighbour of a page in its folder


class Revision(NamedTuple):
    """How a snapshot was made from another one, whose `pages` are `of`: by these changes alone.

    The address, order, visibility and title of every other page, folder and file stayed the same.
    """

    of: Mapping[str, Page]
    changes: Sequence[Change]


class Found(NamedTuple):
    """The thing at an address, and its form: "" for its page, "file" for a picture file, "md", or one of FEEDS."""

    thing: Page | Section | Photo | Asset
    form: str = ""

    @property
    def address(self) -> str:
        """The canonical URL path of the thing in this form; the front page's are "/index.md" and so on."""
        url = self.thing.url
        if self.form == "file" and isinstance(self.thing, Photo):
            return f"/{self.thing.path}"
        if self.form in FEEDS:
            return f"{url.rstrip('/')}/{self.form}"
        return f"{'/index' if url == '/' else url}.{self.form}" if self.form else url


@dataclass(frozen=True)
class Site:
    """A snapshot. Mappings are by canonical URL path, decoded ("/essays/on-cats").

    `pages` are visible, public or unlisted; `public` are those in lists, sorted by URL; `posts` are newest first.
    `sections`, `photos` (with a page of their own) and `files` are public; `unlisted` are the unlisted folders and
    their photos. `intros` are the author's introductions to engine pages, `gone` the URLs of expired pages. `pictures`
    are all pictures, by path in the tree. `redirects` (which include `written`, the author's) and `addresses` resolve
    other addresses. `falls_due` is when the clock next changes something (epoch seconds). `revision` is set if only a
    few pages differ from another snapshot.
    """

    config: Config
    tree: Tree
    now: dt.datetime
    pages: Mapping[str, Page] = field(default_factory=dict)
    public: tuple[Page, ...] = ()
    posts: tuple[Page, ...] = ()
    sections: Mapping[str, Section] = field(default_factory=dict)
    photos: Mapping[str, Photo] = field(default_factory=dict)
    unlisted: Mapping[str, Section | Photo] = field(default_factory=dict)
    pictures: Mapping[str, Photo] = field(default_factory=dict)
    files: Mapping[str, Asset] = field(default_factory=dict)
    tags: Mapping[str, Tag] = field(default_factory=dict)
    intros: Mapping[str, Page] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    written: Redirects = field(default_factory=Redirects)
    redirects: Redirects = field(default_factory=Redirects)
    addresses: Addresses = field(default_factory=Addresses)
    problems: tuple[Problem, ...] = ()
    falls_due: float | None = None
    revision: Revision | None = field(default=None, compare=False, repr=False)

    @property
    def next_due(self) -> float | None:
        """When a reload is due even if no file changes (epoch seconds), or None."""
        return min((due for due in (self.falls_due, self.tree.due) if due is not None), default=None)

    def find(self, path: str) -> Found:
        """Find what a decoded URL path, without its first slash, leads to.

        Raises Moved for another spelling, an old or a redirected address; Gone for an expired one; NotFound.
        """
        url = f"/{path}"
        if found := self._exactly(url):
            return found
        if canonical := self._spelled(url):
            raise Moved(redirects.location(canonical))
        if leads := self.redirects.find(url.rstrip("/") or "/", self.answers):
            raise leads
        if slugs.spelling(url) in self.addresses.gone:
            raise Gone(url)
        if canonical := self._meant(url) or self.engines(url):
            status = 308 if url in conventions.SHORT else 301
            raise Moved(redirects.location(canonical), status)
        raise NotFound(url)

    def asked_for(self, query: Mapping[str, str]) -> None:
        """Raise Moved for WordPress's "/?p=123" if one public page had that number."""
        number = next((number_of(f"?{name}={query[name]}") for name in ("p", "page_id") if query.get(name)), "")
        if number and (url := self.past.numbers.get(number)):
            raise Moved(redirects.location(url))

    def lives(self, url: str) -> str | None:
        """Return the canonical address of what exists at a URL path in any spelling, the engine's own included."""
        if is_reserved(url) or url.startswith("/static/"):
            return url
        there = self._spelled(url)
        return url if there and there != url and self._exactly(url) else there

    def answers(self, url: str) -> str | None:
        """Return the address that a URL path leads to without any redirect rule, None if nowhere."""
        return self.lives(url) or self._meant(url) or self.engines(url)

    def engines(self, url: str) -> str | None:
        """Return the engine's own address for another spelling of it, or for one of another site generator's."""
        return conventions.meant(url, self.tags, self._spelled)

    def source(self, url: str) -> str | None:
        """Return the path of the file behind a canonical address, in any form, or of a folder without an index.

        None for an address of the engine's, or of nothing.
        """
        found = self._exactly(url)
        if found is None:
            return None
        thing = found.thing
        if isinstance(thing, Section):
            return thing.page.path if thing.page else f"{url[1:]}/"
        return thing.path

    def page(self, url: str) -> Page | None:
        """Return the visible page, or a section's index, at a canonical URL."""
        section = self.section(url)
        return self.pages.get(url) or (section.page if section else None)

    def section(self, url: str) -> Section | None:
        """Return the folder at a canonical URL, listed or not."""
        found = self.sections.get(url) or self.unlisted.get(url)
        return found if isinstance(found, Section) else None

    def below(self, section: Section) -> tuple[Section, ...]:
        """Return the folders that a folder lists."""
        return tuple(found for url in section.sections if (found := self.section(url)))

    def neighbours(self, page: Page) -> tuple[Page | None, Page | None]:
        """Return the (older, newer) dated pages of the same folder."""
        return self.beside.get(page.url, (None, None))

    def posts_of(self, url: str) -> tuple[Page, ...]:
        """Return the dated public pages below a section, newest first, which make up its feed."""
        below = url.rstrip("/") + "/"
        return tuple(page for page in self.newest if _is_post_of(page, below))

    def has_posts(self, url: str) -> bool:
        """Say whether `posts_of` a section has any."""
        below = url.rstrip("/") + "/"
        return any(_is_post_of(page, below) for page in self.public)

    def accent_at(self, url: str) -> str:
        """Return the accent of what is at a URL: that of its top-level folder, else the site's."""
        page = self.pages.get(url)
        return self.config.accent_of(top_of(page) if page else url.split("/")[1])

    def icon_place(self, url: str) -> Place | None:
        """Return where the icon of a page is on a sprite, and its accent; None if it is on none."""
        return self.sprites.place(url, self.accent_at(url))

    def has_feed(self, url: str) -> bool:
        """Say whether the folder at a URL has feeds: site.toml can switch off those of a top-level folder."""
        own = self.config.sections.get(url.split("/")[1])
        return own is None or own.feed

    def _exactly(self, url: str) -> Found | None:
        """Return what is at exactly this address: a thing, a picture file, a folder's feed or a form of a thing."""
        if found := self._at(url):
            return Found(found)
        if picture := self.pictures.get(url[1:]):
            return Found(picture, "file")
        folder, _, name = url.rpartition("/")
        feeds = name in FEEDS and folder != "/"  # "//feed.xml" is another spelling
        if feeds and (section := self.sections.get(folder or "/")) and self.has_feed(section.url):
            return Found(section, name)
        base, _, form = url.rpartition(".")
        thing = self._at("/" if base == "/index" else base) if form in slugs.FORMS and base != "/" else None
        return None if thing is None or isinstance(thing, Asset) else Found(thing, form)

    def _spelled(self, url: str) -> str | None:
        """Return the canonical address for another spelling of it."""
        folder, _, name = url.rstrip("/").rpartition("/")
        if name.lower() in FEEDS and (above := self.addresses.things.get(slugs.spelling(folder))):
            feed = f"{above.rstrip('/')}/{name.lower()}"
            return feed if self._exactly(feed) else None
        return self.addresses.spelled(url)

    def _meant(self, url: str) -> str | None:
        """Return the address for one of an older site; those of this engine's predecessor begin with "/data/"."""
        if is_reserved(url):
            return None
        rest = "/" + url[6:].lstrip("/") if url.startswith("/data/") else "/"
        return (self.lives(rest) if rest != "/" else None) or self.past.meant(url)

    def _at(self, url: str) -> Page | Section | Photo | Asset | None:
        found = self.sections.get(url) or self.pages.get(url) or self.photos.get(url) or self.files.get(url)
        return found or self.unlisted.get(url)

    @functools.cached_property
    def newest(self) -> tuple[Page, ...]:
        """The public pages, newest first, undated ones last; sorted once, for all lists."""
        return newest(self.public)

    @functools.cached_property
    def beside(self) -> Mapping[str, Beside]:
        """The (older, newer) dated neighbours of each dated page in its folder, by its URL."""
        folders = (one for one in (*self.sections.values(), *self.unlisted.values()) if isinstance(one, Section))
        return {page.url: two for one in folders for page, two in in_turn(one.pages) if folder_of(page) == one.url}

    @functools.cached_property
    def sprites(self) -> Sprites:
        """The icons of the public pages, for lists of them."""
        return sprites.lay(self.public)

    @functools.cached_property
    def posted(self) -> frozenset[str]:
        """The URLs of the posts."""
        return frozenset(page.url for page in self.posts)

    @functools.cached_property
    def held(self) -> Mapping[str, int]:
        """How many public pages and photographs each top-level folder holds, at any depth, by its name."""
        return Counter((*map(top_of, self.public), *(url.split("/")[1] for url in self.photos)))

    @functools.cached_property
    def paged(self) -> frozenset[str]:
        """The names of the top-level folders that hold a public page, at any depth."""
        return frozenset(map(top_of, self.public))

    @functools.cached_property
    def past(self) -> Past:
        """The addresses that the public pages had, or may have had, on an older site."""
        return addresses.past(self.public, self.addresses)

    @functools.cached_property
    def former(self) -> Mapping[str, str]:
        """The old addresses of redirects, by their last segment, folded; segments that two share are left out."""
        known: dict[str, str] = {}
        for rule in self.redirects.exact.values():
            name = slugs.spelling(rule.old.rpartition("/")[2])
            known[name] = rule.old if known.get(name, rule.old) == rule.old else ""
        return {name: old for name, old in known.items() if old}

    @functools.cached_property
    def ruled(self) -> str:
        """All old and new addresses of redirects, folded, in one string to search."""
        rules = (*self.redirects.exact.values(), *self.redirects.splats)
        return "\n".join(slugs.spelling(f"{rule.old}\n{unquote(rule.new)}") for rule in rules)

    @functools.cached_property
    def names(self) -> Names:
        """The index of all that a wikilink can name: everything visible."""
        sections = [one for one in (*self.sections.values(), *self.unlisted.values()) if isinstance(one, Section)]
        pages = (*self.pages.values(), *self.intros.values(), *(one.page for one in sections if one.page))
        return names.Names(pages, self.pictures.values(), self.files.values(), {one.url for one in sections})


def in_turn(pages: Sequence[Page]) -> Iterator[tuple[Page, Beside]]:
    """Yield each dated page of a folder with its neighbours by date; `pages` are in the folder's order."""
    dated = tuple(page for page in pages if page.date)
    if any(page.weight is not None for page in dated):  # else they are in that order already
        dated = newest(dated)
    for older, page, newer in zip((*dated[1:], None), dated, (None, *dated[:-1]), strict=True) if dated else ():
        yield page, (older, newer)


def _is_post_of(page: Page, below: str) -> bool:
    return page.date is not None and not page.is_index and (page.url.startswith(below) or below == f"/{page.section}/")


def knowing(after: Site, before: Site, same: Iterable[str] = (*SAME, *TITLED, *LISTED)) -> Site:
    """Copy the cached properties `same` of a snapshot to the next one, for which they hold too; return that."""
    vars(after).update({name: vars(before)[name] for name in same if name in vars(before)})
    return after


def leads_alike(before: Site, after: Site) -> bool:
    """Say whether every address and name leads to the same in both, and so every link of an unchanged text."""
    old, new = before.addresses, after.addresses
    return old is new or (
        before.config == after.config
        and all(getattr(old, name) == getattr(new, name) for name in ("things", "files", "gone"))
        and before.past._replace(dated={}) == after.past._replace(dated={})
        and before.redirects == after.redirects
        and before.tags.keys() == after.tags.keys()
        and before.intros.keys() == after.intros.keys()
        and before.pictures.keys() == after.pictures.keys()
        and before.tree.entries.keys() == after.tree.entries.keys()
        and all(_called_alike(before.tree.entries[path].page, entry.page) for path, entry in after.tree.entries.items())
    )


def changed(before: Site, after: Site) -> Sequence[Change] | None:
    """Return the changes of public pages if nothing else changed, else None."""
    if before.pages is after.pages:
        return ()
    if after.revision is None or after.revision.of is not before.pages:
        return None
    listed = ((old and _listed(old), new and _listed(new)) for old, new in after.revision.changes)
    return [(old, new) for old, new in listed if old or new]


def _listed(page: Page) -> Page | None:
    return page if page.visibility is Visibility.PUBLISHED else None


def replaced(before: Site, after: Site) -> Sequence[Change]:
    """Return the changes of public pages, whatever else changed."""
    if (few := changed(before, after)) is not None:
        return few
    had = {page.url: page for page in before.public}
    found: list[Change] = [(old, new) for new in after.public if (old := had.pop(new.url, None)) is not new]
    return found + [(old, None) for old in had.values()]


def _called_alike(before: Page | None, after: Page | None) -> bool:
    """Say whether two states of a page have the same addresses, names and visibility."""
    if before is after:
        return True
    if before is None or after is None:
        return False
    named = ((p.url, p.title, p.aliases, p.date, p.visibility, p.is_index) for p in (before, after))
    return len({*named}) == 1


def is_reserved(url: str) -> bool:
    """Say whether an address belongs to the engine."""
    return url[1:].partition("/")[0] in RESERVED


def holds_files_only(url: str) -> bool:
    """Say whether an address is only ever answered with a file of the engine's: "/static/x", "/images/800/1a2b/x"."""
    return url == "/static" or url.startswith("/static/") or (url.startswith("/images/") and url.count("/") > 3)
