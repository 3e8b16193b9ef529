"""The content folder on disk -> entries: what is there, what it says, and what it last said well.

The only module that reads the content tree's text. `refresh` compares stat keys and reads just what changed; a file
that is torn, empty, gone a moment or broken keeps the last page it gave. The index of a folder is read before what
lies below it, for it may hand defaults down.
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

SETTLE_SECONDS = 2.0  # a file changed this lately may change again within the clock's grain (git's "racily clean")
UNSETTLED = Stat(0, -1, 0, 0)  # equals no file's key: read again at the next look
NO_DATES: Mapping[str, str] = MappingProxyType({})
NOTHING: Mapping[str, Any] = MappingProxyType({})
Handed = Mapping[str, tuple[Cascade, ...]]  # what folders hand down, the nearest first, by the path of a folder


Ahead = Callable[[Config, Sequence[str], Handed], Mapping[str, Entry]]


class Tree(NamedTuple):
    """The content folder as last read. `moves`, `renamed` and `changed` tell what this reading found new.

    `renamed` are (old path, new path) of pictures whose file has another name or place; `linked` says that one file
    leads to another, so that an edit of this changes that. `seen` are the paths that it looked at, None for all, and
    `waiting` the entries that are due some time.
    """

    entries: Mapping[str, Entry] = NOTHING
    problems: tuple[Problem, ...] = ()
    moves: tuple[Move, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    changed: bool = True
    linked: bool = False
    seen: Collection[str] | None = None
    waiting: Mapping[str, Entry] = NOTHING

    @property
    def due(self) -> float | None:
        """When the tree must be read again though no file changes (seconds since the epoch), or None."""
        return min((entry.due for entry in self.waiting.values()), default=None)

    def same_as(self, before: Tree) -> bool:
        """Say whether this reading found every entry as `before` has it: nothing waits to be looked at again."""
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
    """Read the content folder again: only what changed since `before` is opened, unless `reread`.

    `now` is the time in seconds since the epoch, by the clock that stamps the files; `updated` maps paths to the ISO
    moment of their last change, for pages that name none; `remembered` are entries of an earlier run, and `ahead` gives
    some of the others; `touched` are the paths where something happened since, None where nobody knows. An absent
    folder is an empty one at first; what cannot be looked at just now (a failing disk, no file descriptors left) stays.

    Raises FileNotFoundError for a folder that was there: a disk is away, more likely than a whole site is deleted.
    """
    if before.entries and not config.content.is_dir():
        raise FileNotFoundError(errno.ENOENT, "the content folder is not there", str(config.content))
    if touched is not None and not reread and (again := _rewritten(config, before, now, updated, touched)):
        return again
    last = before.entries or remembered
    seen = scan(config.content, lambda path: old.stat if (old := last.get(path)) else None)
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
    return Tree(entries, problems, moves, renamed, changed, seen.linked, waiting=_waiting(entries))


def _kept(before: Tree, seen: Seen, now: float, config: Config) -> dict[str, Entry]:
    """Return the entries of files that are not there but stay: they cannot be looked at, or have gone just now."""
    return {
        path: still
        for path, old in before.entries.items()
        if path not in seen.files and (still := old if seen.hides(path) else _in_grace(old, now, config))
    }


def _rewritten(
    config: Config, before: Tree, now: float, updated: Mapping[str, str], touched: Collection[str]
) -> Tree | None:
    """Read the files at a few paths again, and those that are due, if nothing can have happened but to them.

    What was not as it should be needs a look at all; so does an index, which hands down, the first page of a folder,
    and whatever else comes or goes than pages.
    """
    if before.problems or before.linked:
        return None
    waiting = before.waiting
    due = {path for path, entry in waiting.items() if entry.due <= now}
    if due and before.seen is None:  # a folder that is new may not be watched yet while files come into it
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
    return Tree(entries, moves=moves, changed=differ(new, old), seen=seen, waiting=_waiting(new))


def _waiting(entries: Mapping[str, Entry]) -> Mapping[str, Entry]:
    return {path: entry for path, entry in entries.items() if entry.due}


def _beside(path: str, entries: Mapping[str, Entry]) -> Entry | None:
    """Find a page of the same folder: what that inherits, another does."""
    folder = path.rpartition("/")[0]
    return next(
        (e for at, e in entries.items() if at.rpartition("/")[0] == folder and is_page(at) and not is_index_file(at)),
        None,
    )


def _unread(files: Mapping[str, Stat], known: Mapping[str, Entry]) -> list[str]:
    """Return the Markdown files that are not as they are known, their stat keys those of a scan that knew them."""
    new = (path for path, stat in files.items() if (old := known.get(path)) is None or old.stat is not stat)
    return list(filter(is_page, new))


def read_alone(config: Config, paths: Iterable[str], handed: Handed, now: float) -> list[Entry]:
    """Read Markdown files of which nothing is known, below folders that hand down; leave out what is not read well."""
    reading = _Reading(config, {}, now, False, NO_DATES)
    reading.handed = {**handed}
    entries = (reading.look(path, UNSETTLED) for path in paths)
    return [entry for entry in entries if entry.page and not entry.error]


def read_some(config: Config, paths: Iterable[str], before: Mapping[str, Entry], now: float) -> dict[str, Entry]:
    """Read a few files as `refresh` would, given every index above them; leave out what is not there any more."""
    stats: dict[str, Stat] = {}
    for path in paths:
        with contextlib.suppress(OSError):
            stats[path] = key((config.content / path).stat())
    reading = _Reading(config, before, now, False, NO_DATES)
    return {**reading.indexes(stats, {}), **{path: reading.look(path, stat) for path, stat in stats.items()}}


class _Reading:
    """One reading of the folder, from the entries of the last one; knows what each folder hands down."""

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
        self.handed: dict[str, tuple[Cascade, ...]] = {}  # by folder, where its index or one above hands anything down

    def indexes(self, files: Mapping[str, Stat], kept: Mapping[str, Entry]) -> dict[str, Entry]:
        """Read the indexes of the folders, from the top down; `kept` are entries of files that are not there now."""
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
        """Return what the folders above a page hand down to it, the nearest first; an index has nothing of itself."""
        folder = path.rpartition("/")[0]
        if is_index(path):
            if not folder:
                return ()
            folder = folder.rpartition("/")[0]
        while folder and folder not in self.handed:
            folder = folder.rpartition("/")[0]
        return self.handed.get(folder, ())

    def look(self, path: str, stat: Stat, inherited: tuple[Cascade, ...] | None = None) -> Entry:
        """Bring one entry up to date: the old one when neither its file nor what it inherits changed.

        What is `inherited` is asked of the indexes, unless it is given.
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
            if not old.updated:  # the first dates come for every file at once: none is read again for them
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
        """Say whether a file that was gone when this reading began is gone still, and for long enough by now.

        The index of a folder, and labels, are left to the next look: what they hand down was read with them.
        """
        if not entry.missing_since or entry.due > self.moment or is_index_file(entry.path):
            return False
        return not labels.is_labels(entry.path) and not os.path.lexists(self.config.content / entry.path)

    @property
    def moment(self) -> float:
        """By now, in seconds since the epoch: to read 10,000 files takes seconds."""
        return self.now + time.monotonic() - self.began

    def _remembered(self, path: str, stat: Stat, inherited: tuple[Cascade, ...], updated: str) -> Entry | None:
        """Return what an earlier run read of this very file; the date of its last change stays until it is told."""
        known = self.remembered.get(path)
        if known is None or (known.stat is not stat and known.stat != stat):
            return None
        return known if known.inherited == inherited and updated in ("", known.updated) else None

    def _waits(self, old: Entry) -> bool:
        return self.reread or bool(old.missing_since) or bool(old.due and old.due <= self.now)

    def _read(self, entry: Entry) -> Entry:
        """Read a Markdown file anew; `entry` holds the last page it gave."""
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
        except Exception as error:  # whatever a file may do to us, the others are served
            why = BadContent(path, 1, f"cannot be understood ({type(error).__name__}: {error})")
            return entry._replace(error=why, is_unclear=unclear)
        unchanged = last is not None and last.digest == page.digest and last._replace(stat=entry.stat) == page
        return entry._replace(page=last if unchanged else page)

    def _said_before(self, raw: bytes, entry: Entry) -> bool:
        """Say whether these are the bytes that were read well last time, and nothing else can change what they say.

        That is so of nearly all files that are read once more for having been young: 0.05 ms each, not 0.3.
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
        """Read a metadata.yml anew; `entry` holds the labels it gave last."""
        raw, entry = self._opened(entry)
        if raw is None:
            return entry._replace(is_unclear=entry.labels is None)
        try:
            return entry._replace(labels=labels.read(entry.path, raw, entry.stat.size, self.config))
        except BadContent as error:
            may_hide = len(raw) < entry.stat.size or labels.may_hide(raw, time.gmtime(self.now).tm_year)
            return entry._replace(error=error, is_unclear=entry.labels is None and may_hide)
        except Exception as error:  # whatever a file may do to us, the others are served
            why = BadContent(entry.path, 1, f"cannot be understood ({type(error).__name__}: {error})", "file")
            return entry._replace(error=why, is_unclear=entry.labels is None)

    def _opened(self, entry: Entry) -> tuple[bytes | None, Entry]:
        """Read a file whole and note when; None with the reason in its entry when it cannot be read just now."""
        try:
            raw, read = read_settled(self.config.content, entry.path, self.config.limits.file_mb)
        except OSError as error:
            why = BadContent(entry.path, 1, f"cannot be read ({error.strerror})", "file")
            return None, entry._replace(error=why, due=self.now + SETTLE_SECONDS)
        if raw is None:
            return None, entry._replace(stat=UNSETTLED, due=self.now)
        # Most of a storm's files have settled by their turn; one stamped by a clock that is ahead would not for hours.
        young = abs(self.moment - read.mtime_ns / 1e9) < SETTLE_SECONDS
        return raw, entry._replace(stat=read, due=self.now + SETTLE_SECONDS if young else 0.0)


def _indexes(paths: Iterable[str]) -> Iterator[str]:
    return (path for path in paths if is_index_file(path))


def read_settled(root: Path, path: str, limit_mb: int) -> tuple[bytes | None, Stat]:
    """Read a file whole, with the key of what was read; (None, key) when it changed meanwhile.

    Of a file above `limit_mb` only the first 64 KiB are read; heads.py reports it by its size.
    """
    with inside.opened(root, path) as file:
        before = key(os.fstat(file.fileno()))
        raw = file.read(65_536 if before.size > limit_mb << 20 else -1)
        after = key(os.fstat(file.fileno()))
    return (raw if before == after else None), after


def _in_grace(old: Entry, now: float, config: Config) -> Entry | None:
    """Keep a file that is gone for a moment: editors and git take away before they put back."""
    since = old.missing_since or now
    due = since + config.limits.delete_grace_seconds
    return old._replace(missing_since=since, due=due) if now < due else None
