"""The folders of the tree -> which of them are galleries, and the photographs of each folder, in order.

Called by site.py with the entries of each folder; site.py also makes the URLs of photographs unique.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from folio import bundles, slugs
from folio.content import Page, Photo, Visibility
from folio.entries import Entry, is_index_file, is_page, is_picture
from folio.errors import Problem
from folio.labels import is_labels
from folio.pages import VISIBLE, state_of

Folders = Mapping[str, Sequence[Entry]]  # the entries directly in each folder, by path; "" is the root
NOTHING: Mapping[str, Photo] = MappingProxyType({})
_SAID = ("date", "opens", "expires", "alt", "place", "weight", "tags")  # fields of a sidecar that a label may fill in
_DIGITS = re.compile(r"(\d+)", re.ASCII)


def is_sidecar(path: str) -> bool:
    """Say whether a file of a gallery can be the sidecar of a picture: any page except the index."""
    return is_page(path) and not is_index_file(path)


def found(folders: Folders, indexes: Folders, urls: Mapping[str, str], pages: Collection[str]) -> Iterator[str]:
    """Yield the folders that are galleries: with pictures, and no pages but sidecars and an index that uses no picture.

    The pictures of a folder beside a page of its name ("cats/" beside "cats.md") belong to that page. `indexes` are
    the entries of the folders' indexes, `urls` the URLs of the folders, `pages` the URLs of pages that are no index.
    """
    for folder, entries in folders.items():
        names = [e.path.rpartition("/")[2] for e in entries if is_picture(e.path)]
        if not folder or not names or folder.split("/")[0] == "static" or urls[folder] in pages:
            continue
        others = {slugs.stem(e.path) for e in entries if is_sidecar(e.path)}
        words = _index_above(folder, indexes)
        used = words is not None and bundles.shows(words, folder, names)
        if not used and (not others or others <= {slugs.stem(name) for name in names}):
            yield folder


def _index_above(folder: str, indexes: Folders) -> Page | None:
    """Return the index of a folder, else of the nearest folder above except the root; None if there is none."""
    while folder:
        if page := next((entry.page for entry in indexes.get(folder, ()) if entry.page), None):
            return page
        folder = folder.rpartition("/")[0]
    return None


def photos(
    entries: Sequence[Entry], gallery: str, now: dt.datetime, before: Mapping[str, Photo] = NOTHING
) -> Iterator[Photo]:
    """Yield the pictures of a folder that may be shown; `gallery` is its URL if it is a gallery, else "".

    `before` are the photographs of the previous snapshot by path; unchanged ones are yielded as the same objects.

    A picture is hidden if its label in metadata.yml is hidden or, in a gallery, its sidecar. It has no page of its own
    if one of them is unlisted. All are hidden if metadata.yml could never be read, as it may hide some.
    """
    sidecars = {slugs.stem(e.path): e for e in entries if is_sidecar(e.path)} if gallery else {}
    if any(entry.is_unclear and is_labels(entry.path) for entry in entries):
        return
    labels = [entry.labels for entry in entries if entry.labels]
    for entry in entries:
        if not is_picture(entry.path):
            continue
        known = before.get(entry.path)
        if not sidecars and not labels and known and known.sidecar is None and _is_same(known, entry, gallery):
            yield known  # the usual case in a large tree
            continue
        beside = sidecars.get(slugs.stem(entry.path))
        label = next((found for one in labels if (found := one.of(entry.path.rpartition("/")[2]))), None)
        said = [source for source in (beside and beside.page, label and label.words) if source]
        unclear = (beside and not beside.page) or (label and not label.words)
        if unclear or any(state_of(words, now) not in VISIBLE for words in said):
            continue
        told = _words(*said) if said else None
        if known and known.sidecar is told and _is_same(known, entry, gallery):
            yield known
            continue
        photo = _photo(entry, gallery, told)
        unlisted = any(words.visibility is Visibility.UNLISTED for words in said)
        yield photo._replace(url="", gallery="") if unlisted else photo


def _is_same(known: Photo, entry: Entry, gallery: str) -> bool:
    """Say whether a photograph is still right for an entry. One with a URL like "a-png" is not: "a" may be free now."""
    if known.stat is not entry.stat or known.gallery != gallery:
        return False
    return not known.url.endswith(f"-{entry.path.rpartition('.')[2].lower()}")


def _words(first: Page, second: Page | None = None) -> Page:
    """Merge a sidecar and a label: fields that are empty in the first are taken from the second."""
    if second is None:
        return first
    titled = first.title != slugs.pretty(slugs.stem(first.path))
    filled: dict[str, Any] = {name: getattr(first, name) or getattr(second, name) for name in _SAID}
    if not first.body:
        filled |= {"body": second.body, "body_line": 0}
    return first._replace(title=first.title if titled else second.title, **filled)


def _photo(entry: Entry, gallery: str, words: Page | None) -> Photo:
    stem = slugs.stem(entry.path)
    written = _written(words, stem)
    return Photo(
        path=entry.path,
        url=f"{gallery}/{slugs.slug(stem)}" if gallery else "",
        gallery=gallery,
        title=written or slugs.photo_title(stem),
        alt=words.alt if words else "",
        sidecar=words,
        date=words.date if words else None,
        tags=words.tags if words else (),
        stat=entry.stat,
        place=words.place if words else "",
        weight=words.weight if words else None,
    )


def is_titled(photo: Photo) -> bool:
    """Say whether the title of a photograph comes from its sidecar or label."""
    return bool(_written(photo.sidecar, slugs.stem(photo.path)))


def _written(words: Page | None, stem: str) -> str:
    return words.title if words and words.title != slugs.pretty(stem) else ""


def ordered(photos: Iterable[Photo], index: Page | None) -> tuple[Photo, ...]:
    """Sort the pictures of a gallery as its index says.

    First those named in `order`, then those with a weight, then all others by `sort`: by name, with "IMG_9" before
    "IMG_10", by date with undated ones last, or by rating, best first. Ties are in the order of names.
    """
    sort = index.sort if index else ""
    named = sorted(photos, key=lambda photo: _natural(photo.path), reverse=sort == "-name")
    if sort in ("date", "-date"):
        dated = sorted((p for p in named if p.date), key=lambda p: p.date.key, reverse=sort == "-date")  # type: ignore[union-attr]
        named = [*dated, *(photo for photo in named if not photo.date)]
    elif sort == "rating":
        named.sort(key=lambda photo: -photo.rating)
    places = {name.casefold(): n for n, name in enumerate(index.order)} if index and index.order else {}
    ranks = [(_rank(photo, places), photo) for photo in named]
    return tuple(photo for _, photo in sorted(ranks, key=lambda pair: pair[0]))


def needs_facts(index: Page | None) -> bool:
    """Say whether the order of a gallery depends on the facts of its picture files."""
    return index is not None and index.sort in ("date", "-date", "rating")


def _rank(photo: Photo, places: Mapping[str, int]) -> tuple[int, int]:
    """Return the primary sort key of a picture: by `order`, then by weight, then all others."""
    if places:
        name = photo.path.rpartition("/")[2].casefold()
        if (n := places.get(name, places.get(slugs.stem(name)))) is not None:
            return (0, n)
    return (2, 0) if photo.weight is None else (1, photo.weight)


def _natural(path: str) -> tuple[tuple[str | int, ...], str]:
    """Return a case-insensitive sort key with numbers compared as numbers: "a9" < "a10"."""
    parts: list[str | int] = list(_DIGITS.split(path.rpartition("/")[2].casefold()))
    parts[1::2] = [int(part) for part in parts[1::2]]
    return tuple(parts), path


def problems(entries: Sequence[Entry], index: Page | None) -> Iterator[Problem]:
    """Yield the problems of metadata.yml, and names of missing pictures in it and in `order`."""
    names = [entry.path.rpartition("/")[2] for entry in entries if is_picture(entry.path)]
    for entry in entries:
        yield from entry.labels.problems if entry.labels else ()
        for stranger in entry.labels.strangers(names) if entry.labels else ():
            yield Problem(entry.path, stranger.line, f"{stranger.name} is not in this folder", "file")
    if index and index.order:
        known = {folded for name in names for folded in (name.casefold(), slugs.stem(name).casefold())}
        for name in index.order:
            if name.casefold() not in known:
                yield Problem(index.path, 1, f"order names {name}, which is not in this folder", "file")
