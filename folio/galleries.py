"""The folders of the tree -> which of them are galleries, and the photographs in any folder, in order.

site.py gives the folders with their entries, and an address to each photograph.
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

Folders = Mapping[str, Sequence[Entry]]  # the entries directly in each, by its path; "" is the root
NOTHING: Mapping[str, Photo] = MappingProxyType({})
_SAID = ("date", "opens", "expires", "alt", "place", "weight", "tags")  # what a label may add to a sidecar
_DIGITS = re.compile(r"(\d+)", re.ASCII)


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
        if not used and (not others or others <= {slugs.stem(name) for name in names}):
            yield folder


def _index_above(folder: str, indexes: Folders) -> Page | None:
    """Return the index of a folder, else of the nearest folder above; the front page owns no folder's pictures."""
    while folder:
        if page := next((entry.page for entry in indexes.get(folder, ()) if entry.page), None):
            return page
        folder = folder.rpartition("/")[0]
    return None


def photos(
    entries: Sequence[Entry], gallery: str, now: dt.datetime, before: Mapping[str, Photo] = NOTHING
) -> Iterator[Photo]:
    """Yield the pictures of a folder that may be shown; `gallery` is its URL when it is a gallery, else "".

    `before` are those of the snapshot before, by path: the very same where nothing changed.

    A picture is hidden with its label in metadata.yml and, in a gallery, with its sidecar. It has a page of its own
    unless one of them is unlisted. Where metadata.yml never could be read and may hide one, all are.
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
            yield known  # as are nearly all in a large tree
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
    """Say whether a photograph is that of an entry, with the address of its name: "a-png" may be free for "a" now."""
    if known.stat is not entry.stat or known.gallery != gallery:
        return False
    return not known.url.endswith(f"-{entry.path.rpartition('.')[2].lower()}")


def _words(first: Page, second: Page | None = None) -> Page:
    """Put the words of a sidecar before those of a label: each field that the first leaves open is the second's."""
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
    """Say whether somebody wrote the title of a photograph beside it."""
    return bool(_written(photo.sidecar, slugs.stem(photo.path)))


def _written(words: Page | None, stem: str) -> str:
    return words.title if words and words.title != slugs.pretty(stem) else ""


def ordered(photos: Iterable[Photo], index: Page | None) -> tuple[Photo, ...]:
    """Put the pictures of a gallery in the order that its index asks for.

    First those that `order` names, then those with a weight, then all others by `sort`: their names, where "IMG_9"
    comes before "IMG_10", their dates, undated ones last, or their rating, the best first. Names decide what is equal.
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
    """Say whether the order of a gallery depends on what is in its files."""
    return index is not None and index.sort in ("date", "-date", "rating")


def _rank(photo: Photo, places: Mapping[str, int]) -> tuple[int, int]:
    """Return where a picture stands before its sort is asked."""
    if places:
        name = photo.path.rpartition("/")[2].casefold()
        if (n := places.get(name, places.get(slugs.stem(name)))) is not None:
            return (0, n)
    return (2, 0) if photo.weight is None else (1, photo.weight)


def _natural(path: str) -> tuple[tuple[str | int, ...], str]:
    """Make a key by which numbers in names count as numbers: "a9" < "a10"; whatever its case."""
    parts: list[str | int] = list(_DIGITS.split(path.rpartition("/")[2].casefold()))
    parts[1::2] = [int(part) for part in parts[1::2]]
    return tuple(parts), path


def problems(entries: Sequence[Entry], index: Page | None) -> Iterator[Problem]:
    """Yield what a folder says of pictures that are not there: names in metadata.yml, in `order`."""
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
