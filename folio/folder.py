"""The folder of an export: which files an earlier export left, and writing files only where they differ."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from folio.errors import SiteError

OWN = ".mirror"  # subfolder of what is not part of the site: the list of files, settings for servers
LIST = f"{OWN}/files.json"


@dataclass(slots=True)
class Folder:
    """The files of an export below `root`; if `check`, nothing is written."""

    root: Path
    check: bool
    parents: set[Path] = field(default_factory=set)  # folders known to exist below the root

    def begin(self) -> tuple[str, ...]:
        """Return the names of an earlier export's files. Raises SiteError if the folder holds something else."""
        before = _before(self.root)
        if not self.check and not before:
            (self.root / OWN).mkdir(parents=True, exist_ok=True)
            write(self.root / LIST, b"{}")  # so that an interrupted export can be resumed
        return before

    def keep(self, name: str, body: bytes) -> bool:
        """Write a file unless it exists with these bytes; return whether it differed.

        Raises OSError if it cannot be written, or would be outside the folder.
        """
        path = self.root / name
        if path.parent not in self.parents:
            if not _is_below(path.parent, self.root):
                raise OSError(f"{name} would leave {self.root}")
            if not self.check:
                path.parent.mkdir(parents=True, exist_ok=True)
            self.parents.add(path.parent)
        if _holds(path, body):
            return False
        if not self.check:
            write(path, body)
        return True


def write(path: Path, body: bytes) -> None:
    """Write a file atomically: a server may be sending the old one, and another process may be writing."""
    partial = path.with_name(f".partial.{os.getpid()}")
    partial.write_bytes(body)
    partial.replace(path)


def _before(folder: Path) -> tuple[str, ...]:
    try:
        names = tuple(json.loads((folder / LIST).read_bytes()))
        if stray := next((name for name in names if not _is_below(folder / name, folder)), None):
            raise ValueError(f"{stray} is not in the folder")
        return names
    except FileNotFoundError:
        if folder.is_dir() and any(folder.iterdir()):
            raise SiteError(f"{folder} holds something other than an export: choose an empty or a new folder") from None
        return ()
    except (OSError, ValueError) as error:
        raise SiteError(f"{folder / LIST} cannot be read ({error}): remove {folder} and export again") from error


def _is_below(path: Path, folder: Path) -> bool:
    """Say whether a path is inside a folder once ".." and symbolic links are resolved."""
    return path.resolve().is_relative_to(folder.resolve())


def _holds(path: Path, body: bytes) -> bool:
    try:
        return path.stat().st_size == len(body) and path.read_bytes() == body
    except OSError:
        return False
