"""The content folder on disk -> entries: what is there, what it says, and what it last said well.

The only module that reads the content tree's text. `refresh` compares stat keys and reads just what changed; a file
that is torn, empty, gone a moment or broken keeps the last page it gave.
"""

from __future__ import annotations

import errno
import os
import stat as modes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from folio import heads, slugs
from folio.config import Config
from folio.content import PAGE_SUFFIXES, Page, Stat
from folio.errors import BadContent, Problem

SETTLE_SECONDS = 2.0  # a file changed this lately may change again within the clock's grain (git's "racily clean")
UNSETTLED = Stat(0, -1, 0, 0)  # equals no file's key: read again at the next look
MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. `page` is what it says, or last said well; `error` why it says nothing now.

    `due` is when it must be looked at again though nothing may change (seconds since the epoch), 0.0 for never;
    `missing_since` the moment it was first seen gone or empty.
    """

    path: str
    stat: Stat
    page: Page | None = None
    error: BadContent | None = None
    due: float = 0.0
    missing_since: float = 0.0


@dataclass(frozen=True, slots=True)
class Move:
    """A page that changed its address: renamed, or given another slug."""

    old: Page
    new: Page


@dataclass(frozen=True, slots=True)
class Tree:
    """The content folder as last read. `moves` and `changed` tell what this reading found new."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    moves: tuple[Move, ...] = ()
    changed: bool = True

    @property
    def due(self) -> float | None:
        """When the tree must be read again though no file changes (seconds since the epoch), or None."""
        return min((entry.due for entry in self.entries.values() if entry.due), default=None)


def refresh(config: Config, before: Tree, now: float, *, reread: bool = False) -> Tree:
    """Read the content folder again: only what changed since `before` is opened, unless `reread`.

    `now` is the time in seconds since the epoch, by the clock that stamps the files. An absent folder is an empty one.
    """
    problems: list[Problem] = []
    seen = dict(_scan(config.content, problems))
    entries = {
        path: _look(config, path, stat, before.entries.get(path), now, reread) for path, stat in sorted(seen.items())
    }
    moves = tuple(_moves(before.entries, entries))
    moved = {move.old.path for move in moves}
    for path, old in before.entries.items():
        if path not in entries and path not in moved and (kept := _in_grace(old, now, config)):
            entries[path] = kept
    changed = entries != before.entries or tuple(problems) != before.problems
    return Tree(entries, tuple(problems), moves, changed)


def _scan(root: Path, problems: list[Problem]) -> Iterator[tuple[str, Stat]]:
    """Yield (path relative to root, stat key) of each regular file that can be content; links that leave are none."""
    inside = root.resolve()
    folders = [("", root, 0)]
    while folders:
        prefix, folder, depth = folders.pop()
        try:
            found = sorted(os.scandir(folder), key=lambda item: item.name)
        except OSError as error:
            if prefix or error.errno != errno.ENOENT:
                problems.append(Problem(prefix.rstrip("/") or ".", 0, f"this folder cannot be read ({error.strerror})"))
            continue
        for item in found:
            if not slugs.is_content(item.name):
                continue
            path = prefix + item.name
            try:
                path.encode()
                kind = _kind(item, inside)
            except (OSError, UnicodeEncodeError) as error:
                problems.append(Problem(path.encode("utf-8", "replace").decode(), 0, f"left out: {error}"))
                continue
            if isinstance(kind, Stat):
                yield path, kind
            elif kind == "folder" and depth < MAX_DEPTH:
                folders.append((path + "/", folder / item.name, depth + 1))
            else:
                problems.append(Problem(path, 0, f"left out: {kind}"))


def _kind(item: os.DirEntry[str], inside: Path) -> Stat | str:
    """Return a file's stat key, "folder", or why it is left out."""
    if item.is_symlink():
        if not Path(item.path).resolve().is_relative_to(inside):
            return "a link that leaves the content folder"
        if item.is_dir():
            return "a link to a folder (move the folder here)"
    elif item.is_dir():
        return "folder"
    found = item.stat()
    return _key(found) if modes.S_ISREG(found.st_mode) else "it is neither a file nor a folder"


def _key(found: os.stat_result) -> Stat:
    return Stat(found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns)


def is_page(path: str) -> bool:
    """Say whether a path is a Markdown file's."""
    return PurePosixPath(path).suffix.lower() in PAGE_SUFFIXES


def _look(config: Config, path: str, stat: Stat, old: Entry | None, now: float, reread: bool) -> Entry:
    """Bring one entry up to date: the old one when its file did not change."""
    same = old is not None and old.stat == stat and not old.missing_since
    if old is not None and same and not reread and not (old.due and old.due <= now):
        return old
    if not is_page(path):
        return Entry(path, stat)
    last = old.page if old else None
    grace = config.limits.delete_grace_seconds
    if stat.size == 0 and last and last.stat.size:
        since = (old.missing_since if old else 0.0) or now
        if now < since + grace:
            return Entry(path, stat, last, due=since + grace, missing_since=since)
    try:
        raw, read = _settled(config.content / path, config.limits.file_mb)
    except OSError as error:
        return Entry(path, stat, last, BadContent(path, 1, f"cannot be read ({error.strerror})"))
    if raw is None:
        return Entry(path, UNSETTLED, last, due=now)
    young = now - stat.mtime_ns / 1e9 < SETTLE_SECONDS
    entry = Entry(path, read, last, due=now + SETTLE_SECONDS if young else 0.0)
    try:
        page = heads.page(path, raw, read, config)
    except BadContent as error:
        return replace(entry, error=error)
    unchanged = last is not None and replace(last, stat=read) == page
    return replace(entry, page=last if unchanged else page)


def _settled(path: Path, limit_mb: int) -> tuple[bytes | None, Stat]:
    """Read a file whole, with the key of what was read; (None, key) when it changed meanwhile.

    Of a file above `limit_mb` only the first 64 KiB are read; heads.py reports it by its size.
    """
    with path.open("rb") as file:
        before = _key(os.fstat(file.fileno()))
        raw = file.read(65_536 if before.size > limit_mb << 20 else -1)
        after = _key(os.fstat(file.fileno()))
    return (raw if before == after else None), after


def _in_grace(old: Entry, now: float, config: Config) -> Entry | None:
    """Keep a file that is gone for a moment: editors and git take away before they put back."""
    since = old.missing_since or now
    due = since + config.limits.delete_grace_seconds
    return replace(old, missing_since=since, due=due) if now < due else None


def _moves(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Iterator[Move]:
    """Find pages whose address changed: the same bytes gone from one path and new at another, or another slug."""
    gone: dict[str, list[Page]] = {}
    for path, entry in before.items():
        if path not in after and entry.page and entry.page.body.strip():
            gone.setdefault(entry.page.digest, []).append(entry.page)
    for path, entry in after.items():
        page, old = entry.page, before.get(path)
        if page is None or entry.error:
            continue
        if old is None and len(found := gone.get(page.digest, [])) == 1:
            yield Move(found[0], page)
        elif old and old.page and old.page.url != page.url:
            yield Move(old.page, page)
