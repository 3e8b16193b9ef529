"""The record of each file in the content folder, and the comparison of two scans: what differs, what moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from folio.cascades import is_index
from folio.content import PAGE_SUFFIXES, PHOTO_SUFFIXES, Cascade, Page, Stat
from folio.errors import BadContent
from folio.labels import Labels


class Entry(NamedTuple):
    """One file. `page` is its content (`labels` that of a metadata.yml), or its last valid one if `error` is set.

    `due` is when it must be read again even if unchanged (seconds since the epoch), 0.0 for never; `missing_since` when
    it was first seen missing or empty. It was read with the defaults `inherited` from the folders above, nearest first,
    and the last-change date `updated`. `is_unclear` if it could never be read and is an index that may have defaults
    for pages below, or labels that may hide a picture.
    """

    path: str
    stat: Stat
    page: Page | None = None
    error: BadContent | None = None
    due: float = 0.0
    missing_since: float = 0.0
    inherited: tuple[Cascade, ...] = ()
    updated: str = ""
    is_unclear: bool = False
    labels: Labels | None = None

    @property
    def cascade(self) -> tuple[Cascade, ...]:
        """The defaults of an index for everything below it."""
        if self.is_unclear:
            return (Cascade(self.path, is_unknown=True),)
        return self.page.cascade if self.page else ()


class Move(NamedTuple):
    """A page whose URL changed: its file was renamed, or given another slug."""

    old: Page
    new: Page


def is_index_file(path: str) -> bool:
    """Say whether a path is a folder's index, by its name."""
    return "index." in path and is_page(path) and is_index(path)


def is_picture(path: str) -> bool:
    """Say whether a path is a picture, by its suffix."""
    return path.lower().endswith(PHOTO_SUFFIXES)


def is_page(path: str) -> bool:
    """Say whether a path is a Markdown file, by its suffix."""
    return path.lower().endswith(PAGE_SUFFIXES)


def differ(entries: Mapping[str, Entry], before: Mapping[str, Entry]) -> bool:
    """Say whether two scans differ in content; when and how files were read does not count."""
    return entries.keys() != before.keys() or any(
        new is not old and (new.page is not old.page or str(new.error) != str(old.error) or _file(new) != _file(old))
        for path, new in entries.items()
        if (old := before[path])
    )


def _file(entry: Entry) -> Stat | None:
    return None if is_page(entry.path) else entry.stat


def moved_pages(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Iterator[Move]:
    """Find pages whose URL changed: the same bytes moved from one path to a new one, or a path with another URL."""
    if not before:
        return
    gone: dict[str, list[Page]] = {}
    for path, entry in before.items():
        if path not in after and entry.page and entry.page.body:
            gone.setdefault(entry.page.digest, []).append(entry.page)
    for path, entry in after.items():
        page = entry.page
        if page is None or entry.error:
            continue
        old = before.get(path)
        if old is None and len(found := gone.get(page.digest, [])) == 1:
            yield Move(found[0], page)
        elif old and old.page and old.page.url != page.url:
            yield Move(old.page, page)


def renamed_pictures(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Iterator[tuple[str, str]]:
    """Yield (old path, new path) of renamed pictures: a rename keeps a file's inode, size and modification time."""
    gone: dict[tuple[int, int, int], list[str]] = {}
    for path, entry in before.items():
        if path not in after and entry.stat.size and is_picture(path):
            gone.setdefault(_file_of(entry.stat), []).append(path)
    if not gone:
        return
    for path, entry in after.items():
        if path not in before and is_picture(path):
            found = gone.get(_file_of(entry.stat), ())
            if len(found) == 1:
                yield found[0], path


def _file_of(stat: Stat) -> tuple[int, int, int]:
    return stat.inode, stat.size, stat.mtime_ns
