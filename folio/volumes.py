"""What a book is made of, whatever it is bound as: a Volume of Chapters. epub.py and pdf.py make files of it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from hashlib import blake2b

_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)(?:[^<>\"]|\"[^\"]*\")*?(/?)>", re.IGNORECASE)
_VOID = frozenset(("area", "br", "col", "embed", "hr", "img", "input", "param", "source", "track", "wbr"))


@dataclass(frozen=True, slots=True)
class Chapter:
    """One text of a volume: `html` is its body, rendered and safe to print; `url` its place on the site, or "".

    `icon` is a whole SVG document, "" for none; `prefix` stands before every id of `html`, so that the chapters of one
    document do not share any. `folder` names the folder that the chapter is the first of, where a volume has several.
    """

    title: str
    url: str
    html: str
    language: str
    direction: str = ""  # "rtl", "ltr" or ""
    byline: str = ""
    date_text: str = ""
    date: str = ""  # ISO 8601, "" unknown
    icon: str = ""
    prefix: str = ""
    note: str = ""  # a line below the title: what is not in it


@dataclass(frozen=True, slots=True)
class Volume:
    """A page, or a list of them as a book: `kind` is "page" or "book".

    `pictures` are those in it: the URL path as it is printed and the absolute path of the derivative on disk (never an
    original: it would take its EXIF along). `cover` is the path of a PNG or JPEG, "" for none.
    """

    kind: str
    title: str
    author: str
    site: str
    language: str
    direction: str
    description: str
    tags: tuple[str, ...]
    created: str  # ISO 8601, "" unknown
    modified: str  # of its newest chapter
    dates: str  # "2013 – 2026", "11 June 2026" or ""
    canonical: str  # absolute URL on this site
    base_url: str
    series: str = ""
    note: str = ""  # what a reader should know of the whole: that it was cut
    chapters: tuple[Chapter, ...] = ()
    pictures: tuple[tuple[str, str], ...] = ()
    cover: str = ""

    @property
    def address(self) -> str:
        """The canonical URL as people read it: "example.org/essays/on-cats"."""
        return self.canonical.split("://", 1)[-1].rstrip("/")


def digest(volume: Volume, *also: str) -> str:
    """Name everything that a file of a volume depends on, for the Store.

    A derivative's URL holds the version of its photograph, and the name of a made cover the hash of its bytes: they
    stand for them, whatever folder they are in.
    """
    told = asdict(volume)
    told["pictures"] = [url for url, _ in volume.pictures]
    told["cover"] = volume.cover.rpartition("/")[2]
    inputs = json.dumps([told, *also], ensure_ascii=True, separators=(",", ":"))
    return blake2b(inputs.encode(), digest_size=16).hexdigest()


def is_deeper(html: str, bound: int) -> bool:
    """Say whether more than `bound` elements of well-formed HTML, as we render it, stand within each other."""
    depth = 0
    for end, name, empty in _TAG.findall(html):
        if end:
            depth -= 1
        elif not empty and name.lower() not in _VOID:
            depth += 1
            if depth > bound:
                return True
    return False
