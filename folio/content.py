"""The types of the content tree: Page, Photo, Asset, Section. Plain immutable values; nothing is read here.

heads.py makes a Page from a file's bytes; site.py assembles them.
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
# Pictures of phones: supported where the package pillow-heif is installed, else never served.
HEIF_SUFFIXES = (".heic", ".heif", ".hif")
HAS_HEIF = importlib.util.find_spec("pillow_heif") is not None
PHOTO_SUFFIXES = (
    ".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".tif", ".tiff", *(HEIF_SUFFIXES if HAS_HEIF else ()),
)  # fmt: skip
# Other files of cameras and photo software: never served, because nothing here can remove the GPS location from them.
CAMERA_SUFFIXES = (
    *(() if HAS_HEIF else HEIF_SUFFIXES),
    ".dng", ".nef", ".nrw", ".cr2", ".cr3", ".crw", ".arw", ".sr2", ".srf", ".orf", ".raf",
    ".rw2", ".rwl", ".pef", ".srw", ".3fr", ".iiq", ".x3f", ".xmp", ".aae", ".thm", ".jpe", ".jfif", ".jp2", ".jxl",
    ".mpo", ".psd",
)  # fmt: skip

SORTS = ("name", "-name", "date", "-date", "rating")  # of a gallery; "-" reverses, "rating" is best first
LAYOUTS = ("rows", "grid", "column")  # of a gallery: rows of equal height, squares, one below the other


class Stat(NamedTuple):
    """What identifies a file's version without reading it (`stat(2)`): any change of content changes one of these."""

    mtime_ns: int
    size: int
    inode: int
    ctime_ns: int


class Visibility(enum.Enum):
    """The visibility an author asked for; site.py's filter adds "scheduled" and "expired" by the clock."""

    PUBLISHED = "published"
    UNLISTED = "unlisted"
    DRAFT = "draft"


class Cascade(NamedTuple):
    """Defaults that a folder's index gives to itself and everything below it.

    `values` and `extra` are front matter. `place` is a pattern of the places they apply to ("/essays/*"), "" for all;
    `kind` is "page", "section" or "home", "" for all. `is_unknown` if the index has defaults but cannot be read, so
    that the visibility of the pages below is unknown.
    """

    path: str  # of the index
    values: Mapping[str, Any] = {}  # never modified; a read-only view could not be pickled
    extra: Mapping[str, Any] = {}
    place: str = ""
    kind: str = ""
    is_unknown: bool = False


class Page(NamedTuple):
    """A Markdown file: its head (cheap, read at load) and its body (parsed on demand).

    `path` is relative to the content folder with "/" ("essays/2026-06-11-on-cats.md"); `url` the canonical URL path
    ("/essays/2026-06-11-on-cats"); `section` the top-level folder, "" at the root. `words` is a cheap count,
    the same wherever it is shown. Line n of `body` is line n + `body_line` of the file: lines removed within it are
    left blank. `extra` holds unknown front-matter keys.
    """

    path: str
    url: str
    title: str
    section: str = ""
    date: Date | None = None
    updated: Date | None = None
    opens: dt.datetime | None = None  # `publishDate`: hidden before, whatever its date
    expires: dt.datetime | None = None
    visibility: Visibility = Visibility.PUBLISHED
    is_index: bool = False  # the index of its folder
    description: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    image: str = ""  # the cover, as written
    alt: str = ""  # of the picture that this file is the sidecar of
    place: str = ""
    shows_place: bool = False  # `place: true`: the pictures below may show roughly where they were taken
    sort: str = ""  # of a gallery: one of SORTS
    layout: str = ""  # of a gallery: one of LAYOUTS, "" for the default
    order: tuple[str, ...] = ()  # of a gallery: file names, in the order to be shown
    originals: str = ""  # of a gallery: "private", "link" or "public"; "" for the site's
    weight: int | None = None
    series: str = ""
    part: int | None = None  # its place in the series, as written
    author: str = ""
    language: str = ""  # "" for the site's
    direction: str = ""  # "rtl", "ltr" or ""
    link_title: str = ""  # a shorter title for navigation
    canonical: str = ""
    noindex: bool = False
    math: bool = True  # `math: false` leaves every "$" as it is
    toc: bool = True  # `toc: false` leaves out the list of its headings
    extra: Mapping[str, Any] = {}
    cascade: tuple[Cascade, ...] = ()  # of an index: defaults for the pages below
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
    """A picture file. `url` is that of its own page if it is in a gallery, else "".

    Its texts come from its sidecar (`IMG.md` beside `IMG.jpg`), then metadata.yml, then the file itself (shelves.py);
    the caption is the body of `sidecar`, else `caption`, which is plain text. `title` and `alt` are "" rather than a
    camera's file name (IMG_0153, L1007785). `rating` is 1 to 5, 0 if unrated.
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
    """A folder as visitors see it. `page` is its index, if it has one.

    `pages` are the public pages directly in it, in display order (dated newest first, else by weight and title);
    `sections` the URLs of its public subfolders; `photos` its pictures, in display order, if it is a gallery.
    """

    url: str
    title: str
    page: Page | None = None
    pages: tuple[Page, ...] = ()
    sections: tuple[str, ...] = ()
    photos: tuple[Photo, ...] = ()
    is_gallery: bool = False
