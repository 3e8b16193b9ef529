"""Who may download a photograph's original file, cleaned: site.toml's `originals`, which a folder's index overrides.

"private", the default: nobody, its address gives a copy of 2560 pixels. "link": whoever has the address; robots are
asked to stay away. "public": everybody, robots included. Cleaned means stripped by folio/strip/: the pixels stay bit
for bit, and nothing else that the camera or its owner wrote. Formats it cannot strip are always private.
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
    """Return "private", "link" or "public" for a photograph: the setting of the nearest index above that has one.

    An index that cannot be read, or an unknown word, keeps it private.
    """
    if PurePosixPath(photo.path).suffix.lower() not in TYPES:
        return PRIVATE
    folder = photo.path
    while folder:
        folder = folder.rpartition("/")[0]
        for entry in filter(None, (site.tree.entries.get(f"{folder}/{name}".lstrip("/")) for name in INDEXES)):
            word = _written(entry.page) if entry.page else PRIVATE
            if word:
                return word if word in ORIGINALS else PRIVATE
    return site.config.photographs.originals


def _written(page: Page) -> str:
    return str(getattr(page, "originals", "") or page.extra.get("originals", ""))


def address(photo: Photo, site: Site) -> str:
    """Return the percent-encoded address of a photograph's cleaned file, "" if it is private."""
    return "" if policy(photo, site) == PRIVATE else f"/{quote(photo.path)}"


def content_type(photo: Photo) -> str:
    """Return the media type of a photograph that is not private."""
    return TYPES[PurePosixPath(photo.path).suffix.lower()]
