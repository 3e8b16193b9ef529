"""The heads of files that did not change -> kept in the cache folder, so that a start reads only those that did.

press.py hands them to the first reading of the tree and writes them down when many have become others. The file is
frames of entries, each behind its checksum; a damaged frame, or file, is as good as absent. In a frame they are pickled
field by field, of all the first, of all the second and so on: so they are read in two thirds of the time. Their bodies
follow, which stay where they are until somebody asks for one.
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

VERSION = 4  # raise it when the file is written in another way
AT_ONCE = 250  # entries in a frame: about 2 ms, for which the event loop may have to wait
SLACK = 50  # files read anew at a start are no reason yet to write
FRAME = struct.Struct(">III")  # length of the heads and of the bodies, CRC-32 of the heads
Columns = dict[str, Sequence[Any]]  # by the name of a field: what it says of each

log = logging.getLogger(__name__)


class Remembered:
    """What the tree last said, by path, as far as it will be the same while a file's stat key is."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._file = config.cache / "heads"
        self._unwritable = Complaint(log)
        self._written: Mapping[str, Entry] = {}
        self._damaged = False

    # Called in a thread, touching the disk.

    def read(self) -> Mapping[str, Entry]:
        """Return the entries that were written under the same settings by the same version of us."""
        try:
            with self._file.open("rb") as file:
                same = file.readline() == _heading(self._config)
                volume = Volume(file.fileno(), self._read_again)
                self._written = {entry.path: entry for entry in _frames(file, volume)} if same else {}
        except OSError:
            self._written = {}
        return self._written

    def write(self, config: Config, entries: Mapping[str, Entry]) -> None:
        """Write the entries down if more of them than a few are others than those in the file, or there is none."""
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
        """Return a packed body that is damaged in our file: its page's nearly always says the same still."""
        self._damaged = True
        for path, entry in self._written.items():
            if (page := entry.page) and page.body.digest == digest:
                with contextlib.suppress(OSError):
                    raw, _ = read_settled(self._config.content, path, self._config.limits.file_mb)
                    if raw is not None and heads.digest(raw) == page.digest:
                        return heads.page(path, raw, page.stat, self._config, entry.inherited).body.packed
        raise MakeFailed(f"{self._file} is damaged, and the page it was about says something else by now")


def _hold(entries: Iterable[Entry]) -> None:
    """Take the bodies of pages that are not written down into memory: nobody needs the file before, then."""
    for entry in entries:
        if entry.page:
            with contextlib.suppress(MakeFailed):
                entry.page.body.place = entry.page.body.packed


def _lasts(entry: Entry) -> bool:
    """Say whether an entry will say the same of the same file: it was read well, and long after it was written."""
    return entry.page is not None and entry.error is None and not (entry.due or entry.missing_since)


def _heading(config: Config) -> bytes:
    """Name all that a head depends on beside its file and the folders above."""
    unsaid = urlsplit(config.base_url).netloc in (f"{config.host}:{config.port}", f"[{config.host}]:{config.port}")
    base_url = "" if unsaid else config.base_url
    settings = replace(config, cache=config.content, state=config.content, host="", port=0, base_url=base_url)
    depends = [__version__, VERSION, heads.VERSION, Page._fields, repr(settings)]
    return json.dumps(depends).encode() + b"\n"


def _put(file: BinaryIO, entries: Sequence[Entry], volume: Volume) -> Iterator[tuple[Body, Place]]:
    """Write entries in frames to the file of a volume; yield each body with the place that it has there."""
    for start in range(0, len(entries), AT_ONCE):
        some = entries[start : start + AT_ONCE]
        bodies = [entry.page.body for entry in some if entry.page]
        packed = [body.packed for body in bodies]
        lengths = [*map(len, packed)]
        said = pickle.dumps((lengths, *_columns_of(some)), pickle.HIGHEST_PROTOCOL)
        file.write(FRAME.pack(len(said), sum(lengths), zlib.crc32(said)) + said)
        yield from zip(bodies, _places(volume, file.tell(), lengths), strict=True)
        file.writelines(packed)


def _frames(file: BinaryIO, volume: Volume) -> Iterable[Entry]:
    """Yield the entries of all frames up to the first damaged one, their bodies left where they lie."""
    while len(head := file.read(FRAME.size)) == FRAME.size:
        length, below, checksum = FRAME.unpack(head)
        said = file.read(length)
        if len(said) != length or zlib.crc32(said) != checksum:
            return
        lengths, *columns = pickle.loads(said)  # noqa: S301 - we wrote it, see the checksum
        yield from _entries_of(_places(volume, file.tell(), lengths), *columns)
        file.seek(below, os.SEEK_CUR)


def _places(volume: Volume, at: int, lengths: Iterable[int]) -> Iterator[Place]:
    """Yield the places of bodies that lie one behind the other."""
    for length in lengths:
        yield volume, at, length
        at += length


def _columns_of(entries: Sequence[Entry]) -> tuple[Columns, Columns, Columns]:
    """Take entries apart into the columns of their stat keys, of their pages and of the rest.

    The stat key of a page is None where it is its entry's, as nearly always. Of its body it has the digest.
    """
    own = _columns(Entry, entries)
    keys, read = own.pop("stat"), own.pop("page")
    pages = _columns(Page, read)
    pages["body"] = [body.digest for body in pages["body"]]
    pages["stat"] = [None if page.stat == key else page.stat for page, key in zip(read, keys, strict=True)]
    return _columns(Stat, keys), pages, own


def _entries_of(places: Iterable[Place], stats: Columns, pages: Columns, own: Columns) -> list[Entry]:
    """Put entries together again; `places` are those of their bodies."""
    pages["body"] = list(map(Body, places, pages["body"]))
    keys = _made(Stat, stats)
    pages["stat"] = [other or key for other, key in zip(pages["stat"], keys, strict=True)]
    return _made(Entry, {**own, "stat": keys, "page": _made(Page, pages)})


def _columns(kind: Any, values: Iterable[Any]) -> Columns:
    return dict(zip(kind._fields, zip(*values, strict=True), strict=True))


def _made(kind: Any, columns: Columns) -> list[Any]:
    return list(map(kind._make, zip(*(columns[name] for name in kind._fields), strict=True)))
