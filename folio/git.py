"""The git history of the content folder -> when each page last changed, for `updated = "git"` in site.toml.

press.py reads it after start-up, and again when HEAD has moved. File times are never used, so that two checkouts of
one commit give the same dates.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from folio.cache import Maker, Runner
from folio.content import PAGE_SUFFIXES
from folio.errors import Busy, MakeFailed

READ = Maker("folio.git:read", version=1)
SECONDS = 15.0  # time limit; less than that of a worker, so that the reason can be reported
MOST_BYTES = 64 << 20  # of git's output; beyond it the oldest pages have no dates
OPTIONS = (
    *("-c", "safe.directory=*"),  # the engine often runs as another user than the owner of the checkout
    *("-c", "core.packedGitWindowSize=16m", "-c", "core.packedGitLimit=128m"),  # a worker's memory is bounded
    *("-c", "core.fsmonitor=false", "-c", "log.showSignature=false"),  # settings of a repository that run programs
    *("-c", "protocol.allow=never", "--no-optional-locks", "--no-pager"),
)
# Newest commit first, no parent before its children; for a merge only the changes against all of its parents.
LOG = ("log", "--date-order", "-c", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--format=%x00/%H %aI")
WATCHED = ("HEAD", "logs/HEAD", "packed-refs", "reftable/tables.list", "shallow")

Stamp = tuple[tuple[int, int, int], ...]


class History(NamedTuple):
    """The time each page last changed ("2026-06-01T10:00:00+02:00"), by path below the content folder.

    `why` says why dates are missing, "" if none are.
    """

    dates: Mapping[str, str] = {}  # never modified; a read-only view could not be pickled
    why: str = ""


class Chronicle:
    """The history of the content folder, read in a worker, and only if it may have changed."""

    def __init__(self, workers: Runner) -> None:
        self._workers = workers
        self._asked: tuple[Path, Stamp] | None = None
        self._turn = asyncio.Lock()
        self.history = History()

    async def update(self, folder: Path | None) -> bool:
        """Update the history of a folder (None: empty it); return whether it changed."""
        async with self._turn:
            asked = (folder, await asyncio.to_thread(stamp, folder)) if folder else None
            if asked == self._asked:
                return False
            before, self._asked = self.history, asked
            try:
                self.history = await self._workers.run(READ, str(folder)) if folder else History()
            except MakeFailed as error:
                self.history = History(why=str(error))
            except Busy:
                self._asked = None  # try again at the next call
            return self.history != before


def stamp(folder: Path) -> Stamp:
    """Return a value that changes whenever the checked-out commit of a folder does; () outside of a checkout."""
    inside = folder.resolve()
    found = next((place / ".git" for place in (inside, *inside.parents) if (place / ".git").exists()), None)
    if found is None:
        return ()
    own = found if found.is_dir() else found.parent / _line(found).removeprefix("gitdir: ")
    common = own / (_line(own / "commondir") or ".")
    branch = _line(own / "HEAD").removeprefix("ref: ")
    return tuple(_key(place / name) for place in dict.fromkeys((own, common)) for name in (*WATCHED, branch))


def _line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as opened:
            return opened.readline(4096).rstrip("\n")
    except OSError:
        return ""


def _key(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except (OSError, ValueError):
        return 0, 0, 0
    return found.st_mtime_ns, found.st_size, found.st_ino


# The functions below run in a worker, or in `check`.


def read(folder: str) -> History:
    """Read the history of a folder. Does not write or use the network; failures are reported in `why`."""
    try:
        told = _run(folder, "rev-parse", "--git-path", "shallow", "--show-prefix")
    except FileNotFoundError:
        return History(why="git is not installed")
    except subprocess.TimeoutExpired:
        return History(why="git does not answer")
    if told.returncode:
        return History(why="the content folder is not in a git checkout")
    shallow, _, prefix = told.stdout.removesuffix(b"\n").partition(b"\n")
    boundary = _words(Path(folder) / os.fsdecode(shallow))
    printed, why = _log(folder)
    dates: dict[str, str] = {}
    unknown: set[str] = set()
    for commit, moment, path in _changes(printed):
        name = _page(path, prefix)
        if not name or name in dates or name in unknown:
            continue
        if commit in boundary or not (written := _iso(moment)):
            unknown.add(name)
        else:
            dates[name] = written
    if boundary and unknown:
        why = why or f"the clone is shallow: {len(unknown)} pages have no date (git fetch --unshallow)"
    return History(dates, why or ("" if dates else "git knows no page of the content folder"))


def _page(path: bytes, prefix: bytes) -> str:
    """Return the path of a page below the content folder; "" if it is no page, or outside of the folder."""
    inside = path.startswith(prefix) and path.lower().endswith(tuple(suffix.encode() for suffix in PAGE_SUFFIXES))
    try:
        return path[len(prefix) :].decode() if inside else ""
    except UnicodeDecodeError:  # the content tree ignores such names
        return ""


def _run(folder: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ("git", *OPTIONS, "-C", folder, *arguments)
    return subprocess.run(command, capture_output=True, env=_environment(), timeout=SECONDS, check=False)  # noqa: S603


def _environment() -> dict[str, str]:
    """Return an environment without the user's git settings, so that a commit gives the same dates everywhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }


def _log(folder: str) -> tuple[bytes, str]:
    """Return git's log of the commits that changed a folder, and why it is incomplete, "" if it is complete."""
    command = ("git", *OPTIONS, "-C", folder, *LOG, "--", ".")
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
    ) as running:
        assert running.stdout
        late = threading.Timer(SECONDS, running.kill)
        late.start()
        printed = running.stdout.read(MOST_BYTES)
        if too_long := bool(running.stdout.read(1)):
            running.kill()
        running.wait()
        too_long = too_long or late.finished.is_set()
        late.cancel()
    if not too_long and not running.returncode:
        return printed, ""
    why = "the history is too long to read in full" if too_long else "git cannot read its history"
    return printed[: printed.rfind(b"\0") + 1], f"{why}: pages may have no date"


def _changes(printed: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Yield (commit, time, path), newest first; a part that begins with "/" is a commit, as paths are relative."""
    commit = moment = ""
    for part in filter(None, printed.split(b"\0")):
        if part.startswith(b"/"):
            commit, _, moment = part[1:].decode("ascii", "replace").partition(" ")
        else:
            yield commit, moment, part.removeprefix(b"\n")


def _words(file: Path) -> frozenset[str]:
    try:
        return frozenset(file.read_text("ascii", "replace").split())
    except OSError:
        return frozenset()


def _iso(moment: str) -> str:
    """Normalise a time, which git versions format differently; "" if it is invalid."""
    try:
        return dt.datetime.fromisoformat(moment).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return ""
