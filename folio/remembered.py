"""A cache of the tree's entries in the cache folder, so that a start reads only files that have changed since.

press.py passes them to the first reading of the tree, and writes them when many have changed. The file consists of
frames of entries, each behind its checksum; a damaged frame, or file, counts as absent. In a frame, entries are pickled
in columns, field by field, which makes reading a third faster. Their bodies follow, and are read only on demand.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import pickle
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from folio import __version__, collector, heads
from folio.bodies import Body, Place, Volume
from folio.cache import Complaint
from folio.config import Config
from folio.content import Page, Stat
from folio.entries import Entry
from folio.errors import MakeFailed
from folio.tree import read_settled

VERSION = 4  # raise it when the file's format changes
AT_ONCE = 250  # entries in a frame: about 2 ms, which may block the event loop
SLACK = 50  # changed files that are no reason to write yet
FRAME = struct.Struct(">III")  # lengths of the pickled columns and of the bodies, CRC-32 of the columns
Columns = dict[str, Sequence[Any]]  # a field's name -> its value in each entry

log = logging.getLogger(__name__)


class Remembered:
    """The entries of the tree, by path, that hold as long as their files' stat keys stay the same."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._file = config.cache / "heads"
        self._unwritable = Complaint(log)
        self._written: Mapping[str, Entry] = {}
        self._damaged = False

    # These read and write the disk: call them in a thread.

    def read(self) -> Mapping[str, Entry]:
        """Return the entries that this version of the engine wrote under the same settings."""
        try:
            with self._file.open("rb") as file:
                same = file.readline() == _heading(self._config)
                volume = Volume(file.fileno(), self._read_again)
                self._written = {entry.path: entry for entry in _frames(file, volume)} if same else {}
        except OSError:
            self._written = {}
        return self._written

    def write(self, config: Config, entries: Mapping[str, Entry]) -> None:
        """Write the entries if more than a few of them differ from those in the file, or there is no file."""
        lasting = {path: entry for path, entry in entries.items() if _lasts(entry)}
        fresh = sum(1 for path, entry in lasting.items() if self._written.get(path) is not entry)
        gone = len(self._written.keys() - lasting.keys())
        few = SLACK + len(lasting) // 20 if self._written else 0
        if fresh + gone <= few and config == self._config and not self._damaged:
            return
        partial = self._file.with_name(f"heads.{os.getpid()}.partial")
        try:
            partial.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("w+b") as file:
                file.write(_heading(config))
                places = list(_put(file, list(lasting.values()), Volume(file.fileno(), self._read_again)))
            partial.replace(self._file)
        except (OSError, MakeFailed) as error:
            self._unwritable("%s cannot be written (%s): every file is read at each start", self._file, error)
        else:
            for body, place in places:
                body.place = place if body else b""
            _hold(entry for path, entry in entries.items() if path not in lasting)
            collector.give_back()  # 45 MB at the first start of 10,000 pages
        self._config, self._written, self._damaged = config, lasting, False

    def _read_again(self, digest: bytes) -> bytes:
        """Return a packed body that is damaged in our file, from its page, which has nearly always stayed the same."""
        self._damaged = True
        for path, entry in self._written.items():
            if (page := entry.page) and page.body.digest == digest:
                with contextlib.suppress(OSError):
                    raw, _ = read_settled(self._config.content, path, self._config.limits.file_mb)
                    if raw is not None and heads.digest(raw) == page.digest:
                        return heads.page(path, raw, page.stat, self._config, entry.inherited).body.packed
        raise MakeFailed(f"{self._file} is damaged, and the page it describes has changed since")


def _hold(entries: Iterable[Entry]) -> None:
    """Load into memory the bodies of pages that were not written, so that the previous file is no longer needed."""
    for entry in entries:
        if entry.page:
            with contextlib.suppress(MakeFailed):
                entry.page.body.place = entry.page.body.packed


def _lasts(entry: Entry) -> bool:
    """Say whether an entry may be remembered: it is free of errors, and its file had settled when it was read."""
    return entry.page is not None and entry.error is None and not (entry.due or entry.missing_since)


def _heading(config: Config) -> bytes:
    """Return all that an entry depends on beside its file and the folders above, as the file's first line."""
    unsaid = urlsplit(config.base_url).netloc in (f"{config.host}:{config.port}", f"[{config.host}]:{config.port}")
    base_url = "" if unsaid else config.base_url
    settings = replace(config, cache=config.content, state=config.content, host="", port=0, base_url=base_url)
    depends = [__version__, VERSION, heads.VERSION, Page._fields, repr(settings)]
    return json.dumps(depends).encode() + b"\n"


def _put(file: BinaryIO, entries: Sequence[Entry], volume: Volume) -> Iterator[tuple[Body, Place]]:
    """Write entries in frames to the file of a volume; yield each body with its place there."""
    for start in range(0, len(entries), AT_ONCE):
        batch = entries[start : start + AT_ONCE]
        bodies = [entry.page.body for entry in batch if entry.page]
        packed = [body.packed for body in bodies]
        lengths = [*map(len, packed)]
        pickled = pickle.dumps((lengths, *_columns_of(batch)), pickle.HIGHEST_PROTOCOL)
        file.write(FRAME.pack(len(pickled), sum(lengths), zlib.crc32(pickled)) + pickled)
        yield from zip(bodies, _places(volume, file.tell(), lengths), strict=True)
        file.writelines(packed)


def _frames(file: BinaryIO, volume: Volume) -> Iterable[Entry]:
    """Yield the entries of all frames up to the first damaged one, leaving their bodies in the file."""
    while len(head := file.read(FRAME.size)) == FRAME.size:
        length, below, checksum = FRAME.unpack(head)
        pickled = file.read(length)
        if len(pickled) != length or zlib.crc32(pickled) != checksum:
            return
        lengths, *columns = pickle.loads(pickled)  # noqa: S301 - we wrote it, see the checksum
        yield from _entries_of(_places(volume, file.tell(), lengths), *columns)
        file.seek(below, os.SEEK_CUR)


def _places(volume: Volume, at: int, lengths: Iterable[int]) -> Iterator[Place]:
    """Yield the places of consecutive bodies, the first `at` this offset."""
    for length in lengths:
        yield volume, at, length
        at += length


def _columns_of(entries: Sequence[Entry]) -> tuple[Columns, Columns, Columns]:
    """Split entries into columns: of their stat keys, of their pages and of their other fields.

    A page's stat key is None if it equals its entry's, as it nearly always does; its body is replaced by the digest.
    """
    own = _columns(Entry, entries)
    keys, read = own.pop("stat"), own.pop("page")
    pages = _columns(Page, read)
    pages["body"] = [body.digest for body in pages["body"]]
    pages["stat"] = [None if page.stat == key else page.stat for page, key in zip(read, keys, strict=True)]
    return _columns(Stat, keys), pages, own


def _entries_of(places: Iterable[Place], stats: Columns, pages: Columns, own: Columns) -> list[Entry]:
    """Build entries from their columns; `places` are those of their bodies."""
    pages["body"] = list(map(Body, places, pages["body"]))
    keys = _made(Stat, stats)
    pages["stat"] = [other or key for other, key in zip(pages["stat"], keys, strict=True)]
    return _made(Entry, {**own, "stat": keys, "page": _made(Page, pages)})


def _columns(kind: Any, values: Iterable[Any]) -> Columns:
    return dict(zip(kind._fields, zip(*values, strict=True), strict=True))


def _made(kind: Any, columns: Columns) -> list[Any]:
    return list(map(kind._make, zip(*(columns[name] for name in kind._fields), strict=True)))
