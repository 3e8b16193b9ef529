"""The folders of the tree -> which of them are galleries, and the photographs in any folder.

site.py gives the folders with their entries, and an address to each photograph.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from folio import bundles, slugs
from folio.content import PHOTO_SUFFIXES, Page, Photo, Visibility
from folio.pages import VISIBLE, state_of
from folio.tree import Entry, is_index_file, is_page

Folders = Mapping[str, Sequence[Entry]]  # the entries directly in each, by its path; "" is the root


def is_picture(path: str) -> bool:
    """Say whether a path is a photograph's, by its name."""
    return path.lower().endswith(PHOTO_SUFFIXES)


def is_sidecar(path: str) -> bool:
    """Say whether a file of a gallery can hold the words of a picture: any page in it but its index."""
    return is_page(path) and not is_index_file(path)


def found(folders: Folders, indexes: Folders, urls: Mapping[str, str], pages: Collection[str]) -> Iterator[str]:
    """Yield the folders that are galleries: pictures, and no pages but an index that uses none and sidecars.

    The pictures of a folder beside a page of its name ("cats/" beside "cats.md") belong to that page. `indexes` are
    the entries of the folders' indexes, `urls` the addresses of the folders, `pages` those of pages that are no index.
    """
    for folder, entries in folders.items():
        names = [e.path.rpartition("/")[2] for e in entries if is_picture(e.path)]
        if not folder or not names or folder.split("/")[0] == "static" or urls[folder] in pages:
            continue
        others = {slugs.stem(e.path) for e in entries if is_sidecar(e.path)}
        words = _index_above(folder, indexes)
        used = words is not None and bundles.shows(words, folder, names)
        if others <= {slugs.stem(name) for name in names} and not used:
            yield folder


def _index_above(folder: str, indexes: Folders) -> Page | None:
    """Return the index of a folder, else of the nearest folder above; the front page owns no folder's pictures."""
    while folder:
        if page := next((entry.page for entry in indexes.get(folder, ()) if entry.page), None):
            return page
        folder = folder.rpartition("/")[0]
    return None


def photos(entries: Sequence[Entry], gallery: str, now: dt.datetime) -> Iterator[Photo]:
    """Yield the pictures of a folder that may be shown; `gallery` is its URL when it is a gallery, else "".

    In a gallery a picture is hidden with its sidecar, and has a page of its own unless the sidecar is unlisted.
    """
    sidecars = {slugs.stem(e.path): e for e in entries if is_sidecar(e.path)} if gallery else {}
    for entry in entries:
        if not is_picture(entry.path):
            continue
        words = sidecars.get(slugs.stem(entry.path))
        page = words.page if words else None
        if words and (page is None or state_of(page, now) not in VISIBLE):
            continue
        photo = _photo(entry, gallery, page)
        unlisted = page is not None and page.visibility is Visibility.UNLISTED
        yield replace(photo, url="", gallery="") if unlisted else photo


def _photo(entry: Entry, gallery: str, sidecar: Page | None) -> Photo:
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
