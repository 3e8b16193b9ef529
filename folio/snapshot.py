"""Site: one immutable snapshot of the content that every answer of a generation is drawn from, and how it is asked.

site.py makes it. What is not in `public` appears in no list, feed, search, map, card or export.
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
from folio.pages import Tag, newest, parent_url
from folio.redirects import Redirects
from folio.tree import Tree

if TYPE_CHECKING:
    from folio.names import Names
    from folio.sprites import Sprites

FEEDS = ("feed.xml", "rss.xml", "atom.xml", "feed.json")  # last segments of a folder's
SAME = ("posted", "held", "paged", "former", "ruled", "past")  # of a site: what follows from addresses
TITLED = ("sprites", "names")  # and from titles
LISTED = ("newest", "beside")  # and from pages
RESERVED = frozenset((
    "random", "search", "directory", "archive", "tags", "feed.xml", "rss.xml", "atom.xml", "feed.json", "sitemap",
    "sitemap.xml", "robots.txt", "opensearch.xml", "health", "metrics", "api", "icon", "icon-sprite", "og-image",
    "thumb",
))  # fmt: skip


Change = tuple[Page | None, Page | None]  # a page as it was and is, None for nothing
Beside = tuple[Page | None, Page | None]  # the older and the newer of a folder's pages beside one


class Revision(NamedTuple):
    """What a snapshot has of another, given by its `pages`: some changed, as (old, new), None for none, and no more.

    No other page, folder or file has another address, order, reader or title.
    """

    of: Mapping[str, Page]
    changes: Sequence[Change]


class Found(NamedTuple):
    """What an address leads to, and in which form: "" for its page, "file" for a picture file, "md", or of FEEDS."""

    thing: Page | Section | Photo | Asset
    form: str = ""

    @property
    def address(self) -> str:
        """The canonical URL path of the thing in this form; home's are "/index.md" and so on."""
        url = self.thing.url
        if self.form == "file" and isinstance(self.thing, Photo):
            return f"/{self.thing.path}"
        if self.form in FEEDS:
            return f"{url.rstrip('/')}/{self.form}"
        return f"{'/index' if url == '/' else url}.{self.form}" if self.form else url


@dataclass(frozen=True)
class Site:
    """A generation. Mappings are by canonical URL path, decoded ("/essays/on-cats").

    `pages` answers visitors (public and unlisted); `public` is listed, by URL; `posts` newest first; `sections`,
    `photos` (with a page of their own) and `files` are public; `unlisted` holds the folders that are only for those who
    have the address, with their photos; `intros` the author's words for engine pages; `gone` the expired. `pictures`
    finds any picture by its path in the tree. `redirects` and `addresses` lead on from any other address. `falls_due`
    is when the clock changes something (epoch seconds). `revision` is how it was made, if not from its tree.
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
    redirects: Redirects = field(default_factory=Redirects)
    addresses: Addresses = field(default_factory=Addresses)
    problems: tuple[Problem, ...] = ()
    falls_due: float | None = None
    revision: Revision | None = field(default=None, compare=False, repr=False)

    @property
    def next_due(self) -> float | None:
        """When a reload is due though no file changes (epoch seconds), or None."""
        return min((due for due in (self.falls_due, self.tree.due) if due is not None), default=None)

    def find(self, path: str) -> Found:
        """Find what a decoded URL path, without its first slash, leads to.

        Raises Moved to the canonical address for any other spelling, old or redirected address; Gone; NotFound.
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
        """Raise Moved for WordPress's "/?p=123" when one public page had that number."""
        number = next((number_of(f"?{name}={query[name]}") for name in ("p", "page_id") if query.get(name)), "")
        if number and (url := self.past.numbers.get(number)):
            raise Moved(redirects.location(url))

    def lives(self, url: str) -> str | None:
        """Return the canonical address of what is there under a URL path in any spelling; the engine's own are."""
        if is_reserved(url) or url.startswith("/static/"):
            return url
        there = self._spelled(url)
        return url if there and there != url and self._exactly(url) else there

    def answers(self, url: str) -> str | None:
        """Return where a URL path ends that leads to something here, redirects apart: what one may lead to."""
        return self.lives(url) or self._meant(url) or self.engines(url)

    def engines(self, url: str) -> str | None:
        """Return the engine's own address that another spelling, or one of an older site, stands for."""
        return conventions.meant(url, self.tags, self._spelled)

    def source(self, url: str) -> str | None:
        """Name the file behind a canonical address, in any form, or a folder without one; None for the engine's."""
        found = self._exactly(url)
        if found is None:
            return None
        thing = found.thing
        if isinstance(thing, Section):
            return thing.page.path if thing.page else f"{url[1:]}/"
        return thing.path

    def page(self, url: str) -> Page | None:
        """Return the page, or a section's own page, at a canonical URL, if a visitor may see it."""
        section = self.section(url)
        return self.pages.get(url) or (section.page if section else None)

    def section(self, url: str) -> Section | None:
        """Return the folder at a canonical URL, listed or not."""
        found = self.sections.get(url) or self.unlisted.get(url)
        return found if isinstance(found, Section) else None

    def below(self, section: Section) -> tuple[Section, ...]:
        """Return the folders that a folder shows."""
        return tuple(found for url in section.sections if (found := self.section(url)))

    def neighbours(self, page: Page) -> tuple[Page | None, Page | None]:
        """Return the (older, newer) dated pages of the same folder."""
        return self.beside.get(page.url, (None, None))

    def posts_of(self, url: str) -> tuple[Page, ...]:
        """Return the dated public pages below a section, newest first: what its feed holds."""
        below = url.rstrip("/") + "/"
        return tuple(page for page in self.newest if _is_post_of(page, below))

    def has_posts(self, url: str) -> bool:
        """Say whether there are any such."""
        below = url.rstrip("/") + "/"
        return any(_is_post_of(page, below) for page in self.public)

    def has_feed(self, url: str) -> bool:
        """Say whether the folder at a URL has feeds: site.toml can switch off those of a top folder."""
        own = self.config.sections.get(url.split("/")[1])
        return own is None or own.feed

    def _exactly(self, url: str) -> Found | None:
        """Return what has exactly this address: a thing, a picture file, a folder's feed or a form of a thing."""
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
        """Return the address that another spelling stands for."""
        folder, _, name = url.rstrip("/").rpartition("/")
        if name.lower() in FEEDS and (above := self.addresses.things.get(slugs.spelling(folder))):
            feed = f"{above.rstrip('/')}/{name.lower()}"
            return feed if self._exactly(feed) else None
        return self.addresses.spelled(url)

    def _meant(self, url: str) -> str | None:
        """Return the address that one of an older site stands for; the seed's begin with "/data/"."""
        if is_reserved(url):
            return None
        rest = "/" + url[6:].lstrip("/") if url.startswith("/data/") else "/"
        return (self.lives(rest) if rest != "/" else None) or self.past.meant(url)

    def _at(self, url: str) -> Page | Section | Photo | Asset | None:
        found = self.sections.get(url) or self.pages.get(url) or self.photos.get(url) or self.files.get(url)
        return found or self.unlisted.get(url)

    @functools.cached_property
    def newest(self) -> tuple[Page, ...]:
        """The public pages, newest first, those without a date last: sorted once, every list asks for them."""
        return newest(self.public)

    @functools.cached_property
    def beside(self) -> Mapping[str, Beside]:
        """The (older, newer) dated pages of its folder beside each dated page, by its URL."""
        folders = (one for one in (*self.sections.values(), *self.unlisted.values()) if isinstance(one, Section))
        return {url: two for one in folders for url, two in in_turn(one.pages) if parent_url(url) == one.url}

    @functools.cached_property
    def sprites(self) -> Sprites:
        """The icons of the public pages, for lists of them."""
        return sprites.lay(self.public, self.config)

    @functools.cached_property
    def posted(self) -> frozenset[str]:
        """The URLs of the posts."""
        return frozenset(page.url for page in self.posts)

    @functools.cached_property
    def held(self) -> Mapping[str, int]:
        """How many public pages and photographs each top folder holds, at any depth, by its name."""
        return Counter(url.split("/")[1] for url in (*(page.url for page in self.public), *self.photos))

    @functools.cached_property
    def paged(self) -> frozenset[str]:
        """The names of the top folders that hold a public page, at any depth."""
        return frozenset(page.url.split("/")[1] for page in self.public)

    @functools.cached_property
    def past(self) -> Past:
        """What the public pages were called before, or may have been."""
        return addresses.past(self.public, self.addresses)

    @functools.cached_property
    def former(self) -> Mapping[str, str]:
        """The old addresses that lead on, by their folded last name; those that two share are left out."""
        known: dict[str, str] = {}
        for rule in self.redirects.exact.values():
            name = slugs.spelling(rule.old.rpartition("/")[2])
            known[name] = rule.old if known.get(name, rule.old) == rule.old else ""
        return {name: old for name, old in known.items() if old}

    @functools.cached_property
    def ruled(self) -> str:
        """All that redirects speak of, folded as addresses are."""
        rules = (*self.redirects.exact.values(), *self.redirects.splats)
        return "\n".join(slugs.spelling(f"{rule.old}\n{unquote(rule.new)}") for rule in rules)

    @functools.cached_property
    def names(self) -> Names:
        """What a wikilink can name: everything a visitor may open."""
        sections = [one for one in (*self.sections.values(), *self.unlisted.values()) if isinstance(one, Section)]
        pages = (*self.pages.values(), *self.intros.values(), *(one.page for one in sections if one.page))
        return names.Names(pages, self.pictures.values(), self.files.values(), {one.url for one in sections})


def in_turn(pages: Sequence[Page]) -> Iterator[tuple[str, Beside]]:
    """Yield the URL of each dated page of a folder with those before and after it by date; `pages` as it shows them."""
    dated = tuple(page for page in pages if page.date)
    if any(page.weight is not None for page in dated):  # else they stand so already
        dated = newest(dated)
    for older, page, newer in zip((*dated[1:], None), dated, (None, *dated[:-1]), strict=True) if dated else ():
        yield page.url, (older, newer)


def _is_post_of(page: Page, below: str) -> bool:
    return page.date is not None and page.url.startswith(below) and not page.is_index


def knowing(after: Site, before: Site, same: Iterable[str] = (*SAME, *TITLED, *LISTED)) -> Site:
    """Hand on what was worked out of a snapshot to the next one, which has the same pages."""
    vars(after).update({name: vars(before)[name] for name in same if name in vars(before)})
    return after


def leads_alike(before: Site, after: Site) -> bool:
    """Say whether every address and name leads to the same in both: then so does every link of an unchanged text."""
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
    """Return the public pages that differ if no more does, as (old, new), None for nothing; None if more may."""
    if before.pages is after.pages:
        return ()
    if after.revision is None or after.revision.of is not before.pages:
        return None
    listed = ((old and _listed(old), new and _listed(new)) for old, new in after.revision.changes)
    return [(old, new) for old, new in listed if old or new]


def _listed(page: Page) -> Page | None:
    return page if page.visibility is Visibility.PUBLISHED else None


def replaced(before: Site, after: Site) -> Sequence[Change]:
    """Return the public pages that are others, come or go, as (old, new), None for nothing."""
    if (few := changed(before, after)) is not None:
        return few
    had = {page.url: page for page in before.public}
    found: list[Change] = [(old, new) for new in after.public if (old := had.pop(new.url, None)) is not new]
    return found + [(old, None) for old in had.values()]


def _called_alike(before: Page | None, after: Page | None) -> bool:
    """Say whether two states of a page have the same addresses and names, and the same readers."""
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
    """Say whether the engine answers an address with a file or not at all: "/static/x", "/images/800/1a2b/x"."""
    return url == "/static" or url.startswith("/static/") or (url.startswith("/images/") and url.count("/") > 3)
