"""Who may have a photograph's file as it was taken, cleaned: what site.toml says, and a folder's index over it.

"private", the default: nobody, its own address gives a copy of 2560 pixels. "link": whoever has the address; robots are
asked to stay away. "public": everybody, and programs are told. Cleaned means what folio/strip/ leaves: the pixels bit
for bit, and nothing else that its camera or its maker wrote. A format that cannot be cleaned so is private always.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import quote

from folio.cache import Maker
from folio.config import ORIGINALS
from folio.content import PAGE_SUFFIXES, Page, Photo
from folio.snapshot import Site
from folio.strip import TYPES

STRIP = Maker("folio.strip:strip", 2)  # (path, max_megapixels) -> bytes
PRIVATE, LINK, PUBLIC = ORIGINALS
INDEXES = tuple(f"{stem}{suffix}" for stem in ("index", "_index") for suffix in PAGE_SUFFIXES)


def policy(photo: Photo, site: Site) -> str:
    """Return "private", "link" or "public" for a photograph: the word of the nearest index above that has one.

    What cannot be understood, an index that cannot be read or a word that is none of these, keeps it private.
    """
    if PurePosixPath(photo.path).suffix.lower() not in TYPES:
        return PRIVATE
    folder = photo.path
    while folder:
        folder = folder.rpartition("/")[0]
        for entry in filter(None, (site.tree.entries.get(f"{folder}/{name}".lstrip("/")) for name in INDEXES)):
            said = _said(entry.page) if entry.page else PRIVATE
            if said:
                return said if said in ORIGINALS else PRIVATE
    return site.config.photographs.originals


def _said(page: Page) -> str:
    return str(getattr(page, "originals", "") or page.extra.get("originals", ""))


def address(photo: Photo, site: Site) -> str:
    """Return the address of a photograph's cleaned file where anybody may have it, percent-encoded, else ""."""
    return "" if policy(photo, site) == PRIVATE else f"/{quote(photo.path)}"


def content_type(photo: Photo) -> str:
    """Return the type of a file that may be had."""
    return TYPES[PurePosixPath(photo.path).suffix.lower()]
