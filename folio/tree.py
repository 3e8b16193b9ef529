"""The content folder on disk -> entries: its files, their pages, and the last good pages of broken files.

The only module that reads the content's text. `refresh` compares stat keys and reads only what changed; a file that is
half written, empty, gone for a moment or broken keeps its last good page. A folder's index is read before the files
below it, since it may set defaults for them (a cascade).
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from folio import heads, inside, labels
from folio.cascades import is_index
from folio.config import Config
from folio.content import Cascade, Stat
from folio.entries import Entry, Move, differ, is_index_file, is_page, is_picture, moved_pages, renamed_pictures
from folio.errors import BadContent, Problem
from folio.scan import Seen, glance, key, scan

SETTLE_SECONDS = 2.0  # a file changed so recently may change again without a new time stamp (git's "racily clean")
UNSETTLED = Stat(0, -1, 0, 0)  # equals no file's key, so that the file is read again next time
NO_DATES: Mapping[str, str] = MappingProxyType({})
NO_DISKS: Mapping[str, int] = MappingProxyType({})
NOTHING: Mapping[str, Any] = MappingProxyType({})
Handed = Mapping[str, tuple[Cascade, ...]]  # a folder's path -> the cascades for files in it, the nearest first


Ahead = Callable[[Config, Sequence[str], Handed], Mapping[str, Entry]]


class Tree(NamedTuple):
    """The content folder as last read. `moves`, `renamed` and `changed` compare it with the reading before.

    `renamed` are (old path, new path) of pictures renamed or moved; `linked` means that there are symlinks, which
    change with their targets. `seen` are the paths that this reading checked, None for all, `waiting` the entries that
    have to be read again at some time, and `disks` those of scan.py.
    """

    entries: Mapping[str, Entry] = NOTHING
    problems: tuple[Problem, ...] = ()
    moves: tuple[Move, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    changed: bool = True
    linked: bool = False
    seen: Collection[str] | None = None
    waiting: Mapping[str, Entry] = NOTHING
    disks: Mapping[str, int] = NO_DISKS

    @property
    def due(self) -> float | None:
        """When the tree must be read again even if no file changes (seconds since the epoch), or None."""
        return min((entry.due for entry in self.waiting.values()), default=None)

    def same_as(self, before: Tree) -> bool:
        """Say whether every entry is the same object as in `before`."""
        return self.entries.keys() == before.entries.keys() and all(
            entry is before.entries[path] for path, entry in self.entries.items()
        )


def refresh(
    config: Config,
    before: Tree,
    now: float,
    *,
    reread: bool = False,
    updated: Mapping[str, str] = NO_DATES,
    remembered: Mapping[str, Entry] = NOTHING,
    touched: Collection[str] | None = None,
    ahead: Ahead | None = None,
) -> Tree:
    """Read the content folder again; only files that changed since `before` are opened, unless `reread`.

    `now` is the time in seconds since the epoch, by the file system's clock; `updated` maps paths to the ISO moment of
    their last change, for pages that state none; `remembered` are entries of an earlier run, and `ahead` reads some of
    the others; `touched` are the paths that may have changed, None if unknown. At a start an absent folder counts as
    empty. Files that cannot be read just now (a failing disk, no file descriptors left) keep their entries.

    Raises FileNotFoundError for a folder that has vanished: more likely a disk is unmounted than a whole site deleted.
    """
    if before.entries and not config.content.is_dir():
        raise FileNotFoundError(errno.ENOENT, "the content folder does not exist", str(config.content))
    if touched is not None and not reread and (again := _rewritten(config, before, now, updated, touched)):
        return again
    last = before.entries or remembered
    seen = scan(config.content, lambda path: old.stat if (old := last.get(path)) else None, before.disks)
    kept = _kept(before, seen, now, config)
    reading = _Reading(config, before.entries, now, reread, updated, remembered)
    indexes = reading.indexes(seen.files, kept)
    if ahead:
        reading.remembered = {**remembered, **ahead(config, _unread(seen.files, last), reading.handed)}
    entries = {path: indexes.get(path) or reading.look(path, seen.files[path]) for path in sorted(seen.files)}
    moves = tuple(moved_pages(before.entries, entries))
    renamed = tuple(renamed_pictures(before.entries, entries))
    moved = {move.old.path for move in moves} | {old for old, _ in renamed}
    entries |= {path: entry for path, entry in kept.items() if path not in moved and not reading.outlasts(entry)}
    problems = tuple(seen.problems)
    changed = problems != before.problems or differ(entries, before.entries)
    return Tree(entries, problems, moves, renamed, changed, seen.linked, waiting=_waiting(entries), disks=seen.disks)


def _kept(before: Tree, seen: Seen, now: float, config: Config) -> dict[str, Entry]:
    """Return the entries of missing files that are kept: those that cannot be read, or vanished just now."""
    return {
        path: still
        for path, old in before.entries.items()
        if path not in seen.files and (still := old if seen.hides(path) else _in_grace(old, now, config))
    }


def _rewritten(
    config: Config, before: Tree, now: float, updated: Mapping[str, str], touched: Collection[str]
) -> Tree | None:
    """Read the `touched` files again, and those that are due; None if anything else may have changed.

    A full reading is needed after problems, for an index, which cascades, for the first page of a folder, and if
    anything but pages was added or removed.
    """
    if before.problems or before.linked:
        return None
    waiting = before.waiting
    due = {path for path, entry in waiting.items() if _is_due(entry, now, config)}
    if due and before.seen is None:  # a new folder may not be watched yet while files are added to it
        return None
    stats = glance(config.content, due.union(touched), before.entries.keys())
    if stats is None or any(map(is_index_file, stats)):
        return None
    reading = _Reading(config, before.entries, now, reread=False, updated=updated)
    old = {**waiting} | {path: before.entries[path] for path in stats if path in before.entries}
    new, gone = {**old}, {path for path, entry in waiting.items() if entry.missing_since and path not in stats}
    for path, stat in stats.items():
        known = old.get(path) or _beside(path, before.entries)
        if known is None or ((stat is None or path not in old) and not is_page(path)):
            return None
        if stat is not None:
            new[path] = reading.look(path, stat, known.inherited)
            continue
        gone.add(path)
        if still := _in_grace(known, now, config):
            new[path] = still
        else:
            del new[path]
    moves = tuple(moved_pages(old, {path: entry for path, entry in new.items() if path not in gone}))
    for path in {move.old.path for move in moves} & gone & new.keys():
        del new[path]
    entries = {**before.entries, **new}
    for path in old.keys() - new.keys():
        del entries[path]
    seen = old.keys() | new.keys()
    return Tree(entries, moves=moves, changed=differ(new, old), seen=seen, waiting=_waiting(new), disks=before.disks)


def _waiting(entries: Mapping[str, Entry]) -> Mapping[str, Entry]:
    return {path: entry for path, entry in entries.items() if entry.due}


def _beside(path: str, entries: Mapping[str, Entry]) -> Entry | None:
    """Return the entry of a page in the same folder, which inherits the same; None without one."""
    folder = path.rpartition("/")[0]
    return next(
        (e for at, e in entries.items() if at.rpartition("/")[0] == folder and is_page(at) and not is_index_file(at)),
        None,
    )


def _unread(files: Mapping[str, Stat], known: Mapping[str, Entry]) -> list[str]:
    """Return the Markdown files that changed; unchanged ones have the same object as stat key, thanks to `scan`."""
    new = (path for path, stat in files.items() if (old := known.get(path)) is None or old.stat is not stat)
    return list(filter(is_page, new))


def read_alone(config: Config, paths: Iterable[str], handed: Handed, now: float) -> list[Entry]:
    """Read Markdown files without known entries, given the cascades of folders; files with errors are left out."""
    reading = _Reading(config, {}, now, False, NO_DATES)
    reading.handed = {**handed}
    entries = (reading.look(path, UNSETTLED) for path in paths)
    return [entry for entry in entries if entry.page and not entry.error]


def read_some(config: Config, paths: Iterable[str], before: Mapping[str, Entry], now: float) -> dict[str, Entry]:
    """Read a few files, which must include every index above them, as `refresh` would; missing ones are left out."""
    stats: dict[str, Stat] = {}
    for path in paths:
        with contextlib.suppress(OSError):
            stats[path] = key((config.content / path).stat())
    reading = _Reading(config, before, now, False, NO_DATES)
    return {**reading.indexes(stats, {}), **{path: reading.look(path, stat) for path, stat in stats.items()}}


class _Reading:
    """One reading of the folder, based on the entries of the last one; `handed` are the cascades read so far."""

    def __init__(
        self,
        config: Config,
        before: Mapping[str, Entry],
        now: float,
        reread: bool,
        updated: Mapping[str, str],
        remembered: Mapping[str, Entry] = NOTHING,
    ) -> None:
        self.config, self.before, self.now, self.began = config, before, now, time.monotonic()
        self.reread, self.updated, self.remembered = reread, updated, remembered
        self.handed: dict[str, tuple[Cascade, ...]] = {}

    def indexes(self, files: Mapping[str, Stat], kept: Mapping[str, Entry]) -> dict[str, Entry]:
        """Read the indexes of the folders from the top down; `kept` are the kept entries of missing files."""
        found: dict[str, Entry] = {}
        for path in sorted(_indexes(chain(files, kept)), key=lambda path: (path.count("/"), path)):
            entry = self.look(path, files[path]) if path in files else kept[path]
            if path in files:
                found[path] = entry
            if cascade := entry.cascade:
                folder = path.rpartition("/")[0]
                self.handed[folder] = (*cascade, *self.handed.get(folder, entry.inherited))
        return found

    def _inherited(self, path: str) -> tuple[Cascade, ...]:
        """Return the cascades of the folders above a page, the nearest first; an index does not inherit its own."""
        folder = path.rpartition("/")[0]
        if is_index(path):
            if not folder:
                return ()
            folder = folder.rpartition("/")[0]
        while folder and folder not in self.handed:
            folder = folder.rpartition("/")[0]
        return self.handed.get(folder, ())

    def look(self, path: str, stat: Stat, inherited: tuple[Cascade, ...] | None = None) -> Entry:
        """Return the up-to-date entry of a file: the old one if neither the file nor what it inherits changed.

        `inherited` None looks it up in `handed`.
        """
        old = self.before.get(path)
        if old is not None and old.stat is stat and is_picture(path) and not self._waits(old):
            return old
        if inherited is None:
            inherited = self._inherited(path) if self.handed and is_page(path) else ()
        updated = self.updated.get(path, "") if self.updated else ""
        if old is not None and old.stat == stat and old.inherited == inherited and not self._waits(old):
            if old.updated == updated:
                return old
            if not old.updated:  # the first dates come for all files at once: read none again
                page = old.page and heads.committed(old.page, updated, self.config)
                return old._replace(page=page, updated=updated)
        if old is None and (known := self._remembered(path, stat, inherited, updated)):
            return known
        if stat.size == 0 and old and old.stat.size and (still := _in_grace(old, self.now, self.config)):
            return still
        entry = Entry(path, stat, old.page if old else None, inherited=inherited, updated=updated)
        if labels.is_labels(path):
            return self._read_labels(entry._replace(labels=old.labels if old else None))
        if not is_page(path):
            return entry._replace(page=None) if entry.page else entry
        if unknown := next((each for each in inherited if each.is_unknown), None):
            why = f"{unknown.path} cannot be read, and its cascade decides who may see this"
            return entry._replace(error=BadContent(path, 1, why))
        return self._read(entry)

    def outlasts(self, entry: Entry) -> bool:
        """Say whether a file that was missing when this reading began is still missing, and has been long enough.

        Indexes and labels are left to the next reading, as other files were read with them in this one.
        """
        if not entry.missing_since or entry.due > self.moment or is_index_file(entry.path):
            return False
        return not labels.is_labels(entry.path) and not os.path.lexists(self.config.content / entry.path)

    @property
    def moment(self) -> float:
        """The present time in seconds since the epoch: reading 10,000 files takes seconds."""
        return self.now + time.monotonic() - self.began

    def _remembered(self, path: str, stat: Stat, inherited: tuple[Cascade, ...], updated: str) -> Entry | None:
        """Return an earlier run's entry if the file is unchanged; its date of change holds until git's is known."""
        known = self.remembered.get(path)
        if known is None or (known.stat is not stat and known.stat != stat):
            return None
        return known if known.inherited == inherited and updated in ("", known.updated) else None

    def _waits(self, old: Entry) -> bool:
        return self.reread or bool(old.missing_since) or _is_due(old, self.now, self.config)

    def _read(self, entry: Entry) -> Entry:
        """Read a Markdown file; `entry` holds its last good page."""
        path, last = entry.path, entry.page
        unclear = last is None and is_index(path)
        raw, entry = self._opened(entry)
        if raw is None:
            return entry._replace(is_unclear=unclear)
        if self._said_before(raw, entry):
            return entry
        unclear = unclear and b"cascade" in raw.replace(b"\0", b"").lower()
        try:
            page = heads.page(path, raw, entry.stat, self.config, entry.inherited, entry.updated)
        except BadContent as error:
            return entry._replace(error=error, is_unclear=unclear)
        except Exception as error:  # no file may keep others from being served
            why = BadContent(path, 1, f"cannot be understood ({type(error).__name__}: {error})")
            return entry._replace(error=why, is_unclear=unclear)
        unchanged = last is not None and last.digest == page.digest and last._replace(stat=entry.stat) == page
        return entry._replace(page=last if unchanged else page)

    def _said_before(self, raw: bytes, entry: Entry) -> bool:
        """Say whether a file's bytes are those of its last good page, and nothing else affects the page.

        This holds for nearly all files that are read again because they had just changed: 0.05 ms each, not 0.3.
        """
        old = self.before.get(entry.path)
        return (
            not self.reread
            and old is not None
            and old.page is not None
            and old.error is None
            and (old.stat.size, old.inherited, old.updated) == (entry.stat.size, entry.inherited, entry.updated)
            and old.page.digest == heads.digest(raw)
        )

    def _read_labels(self, entry: Entry) -> Entry:
        """Read a metadata.yml; `entry` holds its last good labels."""
        raw, entry = self._opened(entry)
        if raw is None:
            return entry._replace(is_unclear=entry.labels is None)
        try:
            return entry._replace(labels=labels.read(entry.path, raw, entry.stat.size, self.config))
        except BadContent as error:
            may_hide = len(raw) < entry.stat.size or labels.may_hide(raw, time.gmtime(self.now).tm_year)
            return entry._replace(error=error, is_unclear=entry.labels is None and may_hide)
        except Exception as error:  # no file may keep others from being served
            why = BadContent(entry.path, 1, f"cannot be understood ({type(error).__name__}: {error})", "file")
            return entry._replace(error=why, is_unclear=entry.labels is None)

    def _opened(self, entry: Entry) -> tuple[bytes | None, Entry]:
        """Read a file and note its stat key; None, with the reason in its entry, if it cannot be read just now."""
        try:
            raw, read = read_settled(self.config.content, entry.path, self.config.limits.file_mb)
        except OSError as error:
            why = BadContent(entry.path, 1, f"cannot be read ({error.strerror})", "file")
            return None, entry._replace(error=why, due=self.now + SETTLE_SECONDS)
        if raw is None:
            return None, entry._replace(stat=UNSETTLED, due=self.now)
        # In a storm of changes most files have settled by their turn. A time in the future does not count as recent.
        young = abs(self.moment - read.mtime_ns / 1e9) < SETTLE_SECONDS
        return raw, entry._replace(stat=read, due=self.now + SETTLE_SECONDS if young else 0.0)


def _indexes(paths: Iterable[str]) -> Iterator[str]:
    return (path for path in paths if is_index_file(path))


def read_settled(root: Path, path: str, limit_mb: int) -> tuple[bytes | None, Stat]:
    """Read a file, with the stat key of what was read; (None, key) if it changed meanwhile.

    Of a file above `limit_mb` only the first 64 KiB are read; heads.py reports it by its size.
    """
    with inside.opened(root, path) as file:
        before = key(os.fstat(file.fileno()))
        raw = file.read(65_536 if before.size > limit_mb << 20 else -1)
        after = key(os.fstat(file.fileno()))
    return (raw if before == after else None), after


def _is_due(entry: Entry, now: float, config: Config) -> bool:
    """Say whether an entry has waited for its time; where it is further off than any, the clock was set back since."""
    longest = max(SETTLE_SECONDS, config.limits.delete_grace_seconds)
    return entry.due > 0 and not now < entry.due <= now + longest


def _in_grace(old: Entry, now: float, config: Config) -> Entry | None:
    """Return the entry to keep for a file that vanished just now, as editors and git remove files to replace them.

    None once it has been missing for `delete_grace_seconds`.
    """
    since = min(old.missing_since or now, now)  # a clock that was set back starts the grace anew
    due = since + config.limits.delete_grace_seconds
    return old._replace(missing_since=since, due=due) if now < due else None
