"""The index's folder and its seal: a file, written last, that lists the index files with checksums and has its own.

An index is used only if the seal matches the files in the folder, so anything truncated, corrupted, half-written or
made by another version is detected before Whoosh reads a byte of it. Used by the worker and the engine.
"""

from __future__ import annotations

import json
import shutil
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from folio.errors import Busy

SCHEMA = 3  # increase it when what is indexed, or how, changes
SEAL = "seal"
LOCK = "lock"
LOCK_SECONDS = 60.0


class Damaged(Exception):
    """Raised if the folder's index cannot be trusted; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Seal:
    """One state of the index: `id` a hash of the seal, `files` name -> (bytes, CRC-32), `digests` URL -> digest."""

    id: str = ""
    files: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def segments(self) -> int:
        """The count of Whoosh's segments; each costs every query a little."""
        return sum(name.endswith(".seg") for name in self.files)


def folder(cache: Path) -> Path:
    """Return the folder of the index for this version of schema and Whoosh; that of another is never opened."""
    import whoosh  # only the package's __init__; importlib.metadata takes 7 ms

    return cache / "search" / f"{SCHEMA}-whoosh-{whoosh.versionstring()}"


def peek(path: Path) -> Seal | None:
    """Return the seal of a folder without checking the files it lists; None if there is no index.

    Raises Damaged if the seal cannot be read, or if there are index files without one or a newer commit.
    """
    try:
        written = (path / SEAL).read_bytes()
        seal = _parse(written)
    except FileNotFoundError:
        if path.is_dir() and any(_index_files(path)):
            raise Damaged("it was never finished") from None
        return None
    except (OSError, ValueError) as error:
        raise Damaged(f"its seal cannot be read ({error})") from error
    if {name for name in _index_files(path) if name.endswith(".toc")} - set(seal.files):
        raise Damaged("it changed after it was sealed")
    return seal


def check(path: Path, seal: Seal, known: Mapping[str, tuple[int, int]]) -> None:
    """Compare every file with its checksum, except for those `known` to match. Raises Damaged. About 1 s a GB."""
    for name, (size, checksum) in seal.files.items():
        if known.get(name) != (size, checksum) and _checksum(path / name) != (size, checksum):
            raise Damaged(f"{name} is not what was written")


def _parse(written: bytes) -> Seal:
    checksum, _, content = written.partition(b"\n")
    if checksum != b"%08x" % zlib.crc32(content):
        raise ValueError("its own checksum is wrong")
    values: dict[str, Any] = json.loads(content)
    files = {str(name): (int(size), int(checksum)) for name, (size, checksum) in values["files"].items()}
    return Seal(blake2b(written, digest_size=12).hexdigest(), files, dict(values["digests"]))


def write(path: Path, digests: Mapping[str, str], before: Mapping[str, tuple[int, int]]) -> Seal:
    """Write a seal for the folder's files; segments never change, so those of the seal `before` are not read again."""
    files = {
        name: before[name] if name in before and name.endswith(".seg") else _checksum(path / name)
        for name in sorted(_index_files(path))
    }
    content = json.dumps({"files": files, "digests": digests}, separators=(",", ":")).encode()
    written = b"%08x\n%b" % (zlib.crc32(content), content)
    temporary = path / f"{SEAL}.tmp"
    temporary.write_bytes(written)
    _replaced(temporary, path / SEAL)
    return _parse(written)


def _replaced(file: Path, by: Path) -> None:
    file.replace(by)


def _index_files(path: Path) -> Iterator[str]:
    for file in path.iterdir():
        if file.suffix in (".seg", ".toc"):
            yield file.name


def _checksum(file: Path) -> tuple[int, int]:
    """Return (bytes, CRC-32) of a file, (-1, 0) if it cannot be read."""
    size = checksum = 0
    try:
        with file.open("rb") as opened:
            while block := opened.read(1 << 20):
                size += len(block)
                checksum = zlib.crc32(block, checksum)
    except OSError:
        return (-1, 0)
    return (size, checksum)


def empty(path: Path) -> None:
    """Remove everything from the folder except the lock file, which the caller holds."""
    for file in path.iterdir():
        if file.is_dir():
            shutil.rmtree(file, ignore_errors=True)
        elif file.name != LOCK:
            file.unlink(missing_ok=True)


@contextmanager
def locked(path: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Lock the folder against other writers, of any process; the kernel releases the lock of a killed process.

    Raises Busy if another holds it for longer than `seconds`.
    """
    import fcntl  # not on Windows, where there is no worker either

    with (path / LOCK).open("ab") as file:
        until = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise Busy("another process is writing the search index", 30) from None
                time.sleep(0.05)
        yield
