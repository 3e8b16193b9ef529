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
from pathlib import Path

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

    def same_as(self, before: Tree) -> bool:
        """Say whether this reading found every entry as `before` has it: nothing waits to be looked at again."""
        return self.entries.keys() == before.entries.keys() and all(
            entry is before.entries[path] for path, entry in self.entries.items()
        )


def refresh(config: Config, before: Tree, now: float, *, reread: bool = False) -> Tree:
    """Read the content folder again: only what changed since `before` is opened, unless `reread`.

    `now` is the time in seconds since the epoch, by the clock that stamps the files. An absent folder is an empty one;
    what cannot be looked at just now (a failing disk, no file descriptors left) stays as it was.
    """
    seen = _Seen()
    _scan(config.content, seen)
    entries = {
        path: _look(config, path, stat, before.entries.get(path), now, reread)
        for path, stat in sorted(seen.files.items())
    }
    moves = tuple(_moves(before.entries, entries))
    moved = {move.old.path for move in moves}
    for path, old in before.entries.items():
        if path not in entries and path not in moved and (kept := seen.hides(path, old) or _in_grace(old, now, config)):
            entries[path] = kept
    problems = tuple(seen.problems)
    return Tree(entries, problems, moves, problems != before.problems or _differ(entries, before.entries))


def _differ(entries: Mapping[str, Entry], before: Mapping[str, Entry]) -> bool:
    """Say whether two readings say different things; when and how they were read is no difference."""
    return entries.keys() != before.keys() or any(
        new is not old and (new.page is not old.page or str(new.error) != str(old.error) or _file(new) != _file(old))
        for path, new in entries.items()
        if (old := before[path])
    )


def _file(entry: Entry) -> Stat | None:
    return None if is_page(entry.path) else entry.stat


@dataclass(slots=True)
class _Seen:
    """What a scan finds: the files by path, what the author should know, and what it could not look at."""

    files: dict[str, Stat] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    shut: set[str] = field(default_factory=set)  # files, and folders with their "/"

    def hides(self, path: str, old: Entry) -> Entry | None:
        """Return the `old` entry of a file that is missing only because it, or its folder, could not be looked at."""
        shut = self.shut and (path in self.shut or path.startswith(tuple(f for f in self.shut if f[-1:] in ("", "/"))))
        return old if shut else None

    def report(self, path: str, why: str) -> None:
        self.problems.append(Problem(path.encode("utf-8", "replace").decode(), 0, why))


def _scan(root: Path, seen: _Seen) -> None:
    """Find each regular file that can be content, by its path relative to `root`; links that leave are none."""
    inside = root.resolve()
    folders = [("", root)]
    while folders:
        prefix, folder = folders.pop()
        try:
            found = sorted(os.scandir(folder), key=lambda item: item.name)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                seen.shut.add(prefix)
                seen.report(prefix.rstrip("/") or ".", f"this folder cannot be read ({error.strerror})")
            continue
        for item in found:
            if not slugs.is_content(item.name):
                continue
            path = prefix + item.name
            kind = _kind(item, inside, path, seen)
            if isinstance(kind, Stat):
                seen.files[path] = kind
            elif kind == "folder" and path.count("/") < MAX_DEPTH:
                folders.append((path + "/", folder / item.name))
            elif kind:
                seen.report(path, f"left out: {'nested too deep' if kind == 'folder' else kind}")


def _kind(item: os.DirEntry[str], inside: Path, path: str, seen: _Seen) -> Stat | str:
    """Return a file's stat key, "folder", why it is left out, or "" when it went away meanwhile."""
    try:
        path.encode()
        if item.is_symlink() and (why := _strays(Path(item.path), inside)):
            return why
        if item.is_dir():
            return "folder"
        found = item.stat()
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    except OSError as error:
        if error.errno == errno.ENOENT:
            return ""
        seen.shut.update((path, path + "/"))
        return f"it cannot be read ({error.strerror})"
    return _key(found) if modes.S_ISREG(found.st_mode) else "it is neither a file nor a folder"


def _strays(link: Path, inside: Path) -> str:
    """Say why a symbolic link is no content, "" for one that leads to a file that is."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):  # dangling, or a circle of links
        return "a link that leads nowhere"
    if not target.is_relative_to(inside):
        return "a link that leaves the content folder"
    if not all(map(slugs.is_content, target.relative_to(inside).parts)):
        return "a link to what is not content"
    return "a link to a folder (move the folder here)" if target.is_dir() else ""


def _key(found: os.stat_result) -> Stat:
    return Stat(found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns)


def is_page(path: str) -> bool:
    """Say whether a path is a Markdown file's."""
    return path.lower().endswith(PAGE_SUFFIXES)


def _look(config: Config, path: str, stat: Stat, old: Entry | None, now: float, reread: bool) -> Entry:
    """Bring one entry up to date: the old one when its file did not change."""
    same = old is not None and old.stat == stat and not old.missing_since
    if old is not None and same and not reread and not (old.due and old.due <= now):
        return old
    if stat.size == 0 and old and old.stat.size and (kept := _in_grace(old, now, config)):
        return kept
    if not is_page(path):
        return Entry(path, stat)
    last = old.page if old else None
    try:
        raw, read = _settled(config.content / path, config.limits.file_mb)
    except OSError as error:
        why = BadContent(path, 1, f"cannot be read ({error.strerror})")
        return Entry(path, stat, last, why, due=now + SETTLE_SECONDS)
    if raw is None:
        return Entry(path, UNSETTLED, last, due=now)
    young = now - stat.mtime_ns / 1e9 < SETTLE_SECONDS
    entry = Entry(path, read, last, due=now + SETTLE_SECONDS if young else 0.0)
    try:
        page = heads.page(path, raw, read, config)
    except BadContent as error:
        return replace(entry, error=error)
    except Exception as error:  # whatever a file may do to us, the others are served
        why = BadContent(path, 1, f"cannot be understood ({type(error).__name__}: {error})")
        return replace(entry, error=why)
    unchanged = last is not None and last.digest == page.digest and replace(last, stat=read) == page
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
