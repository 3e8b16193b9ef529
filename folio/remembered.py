"""The heads of files that did not change -> kept in the cache folder, so that a start reads only those that did.

press.py hands them to the first reading of the tree and writes them down when many have become others. The file is
frames of pickled entries, each behind its checksum; a damaged frame, or file, is as good as absent.
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import BinaryIO
from urllib.parse import urlsplit

from folio import __version__, heads
from folio.cache import Complaint
from folio.config import Config
from folio.content import Page
from folio.tree import Entry

AT_ONCE = 250  # entries in a frame: about 3 ms, for which the event loop may have to wait
SLACK = 50  # files read anew at a start are no reason yet to write
FRAME = struct.Struct(">II")  # length, CRC-32

log = logging.getLogger(__name__)


class Remembered:
    """What the tree last said, by path, as far as it will be the same while a file's stat key is."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._file = config.cache / "heads"
        self._unwritable = Complaint(log)
        self._written: Mapping[str, Entry] = {}

    # Called in a thread, touching the disk.

    def read(self) -> Mapping[str, Entry]:
        """Return the entries that were written under the same settings by the same version of us."""
        try:
            with self._file.open("rb") as file:
                same = file.readline() == _heading(self._config)
                self._written = {entry.path: entry for entry in _frames(file)} if same else {}
        except OSError:
            self._written = {}
        return self._written

    def write(self, config: Config, entries: Mapping[str, Entry]) -> None:
        """Write the entries down if more of them than a few are others than those in the file."""
        lasting = {path: entry for path, entry in entries.items() if _lasts(entry)}
        fresh = sum(1 for path, entry in lasting.items() if self._written.get(path) is not entry)
        gone = len(self._written.keys() - lasting.keys())
        if fresh + gone <= SLACK + len(lasting) // 20 and config == self._config:
            return
        partial = self._file.with_name(f"heads.{os.getpid()}.partial")
        try:
            partial.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(_heading(config))
                file.writelines(_framed(list(lasting.values())))
            partial.replace(self._file)
        except OSError as error:
            self._unwritable("%s cannot be written (%s): every file is read at each start", self._file, error)
        self._config, self._written = config, lasting


def _lasts(entry: Entry) -> bool:
    """Say whether an entry will say the same of the same file: it was read well, and long after it was written."""
    return entry.page is not None and entry.error is None and not (entry.due or entry.missing_since)


def _heading(config: Config) -> bytes:
    """Name all that a head depends on beside its file and the folders above."""
    unsaid = urlsplit(config.base_url).netloc in (f"{config.host}:{config.port}", f"[{config.host}]:{config.port}")
    base_url = "" if unsaid else config.base_url
    settings = replace(config, cache=config.content, state=config.content, host="", port=0, base_url=base_url)
    depends = [__version__, heads.VERSION, [field.name for field in fields(Page)], repr(settings)]
    return json.dumps(depends).encode() + b"\n"


def _framed(entries: list[Entry]) -> Iterator[bytes]:
    for start in range(0, len(entries), AT_ONCE):
        said = pickle.dumps([_values(entry) for entry in entries[start : start + AT_ONCE]], pickle.HIGHEST_PROTOCOL)
        yield FRAME.pack(len(said), zlib.crc32(said)) + said


def _values(entry: Entry) -> tuple[object, ...]:
    return entry.path, entry.stat, entry.page, entry.inherited, entry.updated


def _frames(file: BinaryIO) -> Iterable[Entry]:
    """Yield the entries of all frames up to the first damaged one."""
    while len(head := file.read(FRAME.size)) == FRAME.size:
        length, checksum = FRAME.unpack(head)
        said = file.read(length)
        if len(said) != length or zlib.crc32(said) != checksum:
            return
        for path, stat, page, inherited, updated in pickle.loads(said):  # noqa: S301 - we wrote it, see the checksum
            yield Entry(path, stat, page, inherited=inherited, updated=updated)
