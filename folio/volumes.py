"""The contents of a book in any format: a Volume of Chapters. epub.py and pdf.py make files of it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from hashlib import blake2b

_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)(?:[^<>\"]|\"[^\"]*\")*?(/?)>", re.IGNORECASE)
_VOID = frozenset(("area", "br", "col", "embed", "hr", "img", "input", "param", "source", "track", "wbr"))


@dataclass(frozen=True, slots=True)
class Chapter:
    """One text of a volume: `html` is its rendered body, safe to print; `url` its path on the site, or "".

    `icon` is a complete SVG document, "" for none; every id in `html` begins with `prefix`, so that chapters in one
    document share none.
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
    note: str = ""  # a line below the title about what is left out


@dataclass(frozen=True, slots=True)
class Volume:
    """A page, or a list of them as a book: `kind` is "page" or "book".

    `pictures` are (URL path as printed, absolute path of the derivative on disk); never an original, which would
    include its EXIF. `cover` is the path of a PNG or JPEG, "" for none.
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
    note: str = ""  # a note about the whole volume, such as that it was cut
    chapters: tuple[Chapter, ...] = ()
    pictures: tuple[tuple[str, str], ...] = ()
    cover: str = ""

    @property
    def address(self) -> str:
        """The canonical URL as people read it: "example.org/essays/on-cats"."""
        return self.canonical.split("://", 1)[-1].rstrip("/")


def digest(volume: Volume, *also: str) -> str:
    """Return a hash of everything that a volume's file depends on, for its Store key.

    A derivative's URL holds the version of its photograph, and a cover's file name the hash of its bytes, so that these
    identify them in any folder.
    """
    fields = asdict(volume)
    fields["pictures"] = [url for url, _ in volume.pictures]
    fields["cover"] = volume.cover.rpartition("/")[2]
    inputs = json.dumps([fields, *also], ensure_ascii=True, separators=(",", ":"))
    return blake2b(inputs.encode(), digest_size=16).hexdigest()


def is_deeper(html: str, bound: int) -> bool:
    """Say whether elements in well-formed HTML, as we render it, are nested deeper than `bound`."""
    depth = 0
    for end, name, empty in _TAG.findall(html):
        if end:
            depth -= 1
        elif not empty and name.lower() not in _VOID:
            depth += 1
            if depth > bound:
                return True
    return False
