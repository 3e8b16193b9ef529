"""What the content tree is made of: Page, Photo, Asset, Section. Plain frozen values, no reading here.

heads.py makes a Page of a file's bytes; site.py puts them together.
"""

from __future__ import annotations

import datetime as dt
import enum
import importlib.util
from collections.abc import Mapping
from typing import Any, NamedTuple

from folio.bodies import NOTHING, Body
from folio.dates import Date
from folio.errors import Problem

WORDS_PER_MINUTE = 225
PAGE_SUFFIXES = (".md", ".markdown")
# Pictures of telephones: read where the package pillow-heif is installed, else never served.
HEIF_SUFFIXES = (".heic", ".heif", ".hif")
HAS_HEIF = importlib.util.find_spec("pillow_heif") is not None
PHOTO_SUFFIXES = (
    ".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".tif", ".tiff", *(HEIF_SUFFIXES if HAS_HEIF else ()),
)  # fmt: skip
# What cameras and their programs write beside those: never served, for nothing here can take the place out of them.
CAMERA_SUFFIXES = (
    *(() if HAS_HEIF else HEIF_SUFFIXES),
    ".dng", ".nef", ".nrw", ".cr2", ".cr3", ".crw", ".arw", ".sr2", ".srf", ".orf", ".raf",
    ".rw2", ".rwl", ".pef", ".srw", ".3fr", ".iiq", ".x3f", ".xmp", ".aae", ".thm", ".jpe", ".jfif", ".jp2", ".jxl",
    ".mpo", ".psd",
)  # fmt: skip

SORTS = ("name", "-name", "date", "-date", "rating")  # of a gallery; "-" turns an order round, the best come first
LAYOUTS = ("rows", "grid", "column")  # of a gallery: rows of one height, squares, one below the other


class Stat(NamedTuple):
    """What tells a file's version apart without reading it (`stat(2)`): any change of content changes one of these."""

    mtime_ns: int
    size: int
    inode: int
    ctime_ns: int


class Visibility(enum.Enum):
    """What the author asked for; the clock adds scheduled and expired (site.py's one filter)."""

    PUBLISHED = "published"
    UNLISTED = "unlisted"
    DRAFT = "draft"


class Cascade(NamedTuple):
    """Defaults that the index of a folder gives to itself and to all that lies below it.

    `values` and `extra` are those of a header. `place` is a pattern for the places they are for ("/essays/*"), "" for
    any; `kind` "page", "section" or "home", "" for any. `is_unknown` when the index speaks of defaults but cannot be
    read: nobody knows then who may see what.
    """

    path: str  # of the index
    values: Mapping[str, Any] = {}  # nobody writes to it; a read-only view of it would not pickle
    extra: Mapping[str, Any] = {}
    place: str = ""
    kind: str = ""
    is_unknown: bool = False


class Page(NamedTuple):
    """A Markdown file: its head (cheap, read at load) and its body (parsed when somebody asks).

    `path` is relative to the content folder with "/" ("essays/2026-06-11-on-cats.md"); `url` the canonical URL path
    ("/essays/2026-06-11-on-cats"); `section` the first segment of the URL, "" at the root. `words` is a cheap count,
    the same wherever it is shown. What `body` leaves out are blank lines: line n of it is line n + `body_line` of the
    file. `extra` keeps unknown keys.
    """

    path: str
    url: str
    title: str
    section: str = ""
    date: Date | None = None
    updated: Date | None = None
    opens: dt.datetime | None = None  # nobody sees it before, whatever its date says
    expires: dt.datetime | None = None
    visibility: Visibility = Visibility.PUBLISHED
    is_index: bool = False  # the page of its folder
    description: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    image: str = ""  # the cover, as written
    alt: str = ""  # of the picture this file stands beside
    place: str = ""
    shows_place: bool = False  # `place: true`: the pictures below may tell roughly where they were taken
    sort: str = ""  # of a gallery: one of SORTS
    layout: str = ""  # of a gallery: one of LAYOUTS, "" for the usual
    order: tuple[str, ...] = ()  # of a gallery: names of files, the first to be shown first
    originals: str = ""  # of a gallery: "private", "link" or "public"; "" takes the site's
    weight: int | None = None
    series: str = ""
    part: int | None = None  # its place in the series, as written
    author: str = ""
    language: str = ""  # "" takes the site's
    direction: str = ""  # "rtl", "ltr" or ""
    link_title: str = ""  # a shorter title for navigation
    canonical: str = ""
    noindex: bool = False
    math: bool = True  # `math: false` leaves every "$" as it is
    extra: Mapping[str, Any] = {}
    cascade: tuple[Cascade, ...] = ()  # of the index of a folder: what it hands down
    words: int = 0
    body: Body = NOTHING
    body_line: int = 0
    digest: str = ""  # of the whole file's bytes
    stat: Stat = Stat(0, 0, 0, 0)
    problems: tuple[Problem, ...] = ()

    @property
    def minutes(self) -> int:
        """Reading time in minutes, at least 1."""
        return max(1, round(self.words / WORDS_PER_MINUTE))


class Photo(NamedTuple):
    """A picture file. `url` is its own page when it stands in a gallery, else "".

    The words come from its sidecar (`IMG.md` beside `IMG.jpg`), then from metadata.yml, then from the file itself
    (shelves.py); the caption is the body of `sidecar`, else `caption`, which is plain text. `title` and `alt` are ""
    rather than a camera's file name (IMG_0153, L1007785). `rating` is 0 where nobody rated it, else 1 to 5.
    """

    path: str
    url: str
    gallery: str = ""  # the URL of its gallery
    title: str = ""
    alt: str = ""
    sidecar: Page | None = None
    date: Date | None = None
    tags: tuple[str, ...] = ()
    stat: Stat = Stat(0, 0, 0, 0)
    caption: str = ""
    place: str = ""
    weight: int | None = None
    rating: int = 0


class Asset(NamedTuple):
    """Any other file, served as it is at `url`."""

    path: str
    url: str
    stat: Stat


class Section(NamedTuple):
    """A folder as visitors see it. `page` is its index, None for a folder without one.

    `pages` are the public pages directly in it, in the order to be shown (dated newest first, else by weight and
    title); `sections` the URLs of the public folders below it; `photos` its pictures, in order, when it is a gallery.
    """

    url: str
    title: str
    page: Page | None = None
    pages: tuple[Page, ...] = ()
    sections: tuple[str, ...] = ()
    photos: tuple[Photo, ...] = ()
    is_gallery: bool = False
