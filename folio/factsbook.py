"""The facts of every photograph, read once and cached by path and stat, in memory and in a file of the cache folder.

A running engine has one, held by press.py. Workers read the pictures (images.py).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from folio import dates
from folio.cache import Runner
from folio.config import Config
from folio.content import Photo
from folio.errors import MakeFailed
from folio.findings import Findings, Key
from folio.images import DERIVE, READ, Facts

CHUNK = 25  # pictures in one job of a worker: about a second
READERS = 2
# Fields with the same values in many photographs, which are interned.
SHARED = ("colour", "camera", "lens", "focal", "aperture", "shutter", "iso", "artist", "copyright", "place")


class FactsBook(Findings[Photo, Facts]):
    """The cached facts of photographs, by path and stat."""

    def __init__(self, config: Config, workers: Runner) -> None:
        super().__init__(config.cache / "facts.jsonl", READERS)
        self._config = config
        self._workers = workers

    def under(self, config: Config) -> FactsBook:
        """Return the book that holds under other settings: this one, if what is read of a picture is the same."""
        other = FactsBook(config, self._workers)
        return self if other.heading() == self.heading() else other

    async def of(self, photos: Sequence[Photo]) -> Mapping[str, Facts]:
        """Return the facts of these photographs by path; new and changed files are read in workers.

        The facts of a file that cannot be read have `width` 0 and an `error`. Raises Busy if the workers are.
        """
        await self.know(photos)
        return {photo.path: self.at_hand(photo) or Facts(error="was not read") for photo in photos}

    def known(self, photos: Iterable[Photo]) -> dict[str, Facts]:
        """Return the cached facts of these photographs, by path, without opening a file."""
        return {photo.path: facts for photo in photos if (facts := self.at_hand(photo))}

    def key(self, thing: Photo) -> Key:
        stat = thing.stat
        return (thing.path, stat.mtime_ns, stat.size, stat.inode, stat.ctime_ns)

    def heading(self) -> Sequence[str | int]:
        config = self._config
        return ("facts", READ.version, DERIVE.version, config.timezone, config.photographs.max_megapixels)

    def batches(self, things: Sequence[Photo]) -> Iterator[Sequence[Photo]]:
        return (things[start : start + CHUNK] for start in range(0, len(things), CHUNK))

    async def read(self, things: Sequence[Photo]) -> Sequence[Facts]:
        paths = [str(self._config.content / photo.path) for photo in things]
        cap = self._config.photographs.max_megapixels
        found: list[Facts] = await self._workers.run(READ, paths, self._config.timezone, cap)
        return found

    def failed(self, thing: Photo, error: MakeFailed) -> Facts:
        return Facts(error=str(error))

    def lasts(self, found: Facts) -> bool:
        return not found.error

    def written(self, found: Facts) -> Mapping[str, Any]:
        said = {name: value for name, value in found._asdict().items() if value}
        return said | {"date": found.date.iso} if found.date else said

    def parsed(self, said: Any) -> Facts:
        day = dates.parse(said["date"], self._config.zone) if "date" in said else None
        said |= {name: sys.intern(said[name]) for name in SHARED if name in said}
        return Facts(**{**said, "date": day, "keywords": tuple(said.get("keywords", ()))})
