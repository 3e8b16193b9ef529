"""Photographs as the rest of the engine sees them: facts read once, URLs of derivatives, the lines beneath.

A worker reads the files (`read`, and pixels.py for the derivatives); what stands here never decodes a pixel.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from folio import dates, exif
from folio.cache import Complaint, Maker, Runner
from folio.config import Config
from folio.content import Photo
from folio.dates import Date
from folio.errors import MakeFailed
from folio.markdown.document import Picture, PictureSource

DERIVE = Maker("folio.pixels:derive", 1)  # (path, width_px, "jpg" | "webp", max_megapixels) -> bytes
READ = Maker("folio.images:read_all", 1)
TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
END_BYTES = 65_536  # read at each end of a file, for its version
VERSION_BYTES = 5
FALLBACK_WIDTH_PX = 960  # of the one picture for browsers without srcset
CHUNK = 25  # pictures one worker reads in a row: about a second
READERS = 2
RATIO_STEP, LEAST_RATIO, GREATEST_RATIO = 5, 30, 350  # percent

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a picture file says of itself; strings ready to print, "" where it says nothing.

    `width` and `height` are of the upright picture, in pixels; both are 0 and `error` says why when the file cannot
    be read. `version` names its bytes (and ours: a new DERIVE changes it) in the URLs of its derivatives. `colour` is
    its mean, "#aabbcc". "Leica M Monochrom", "Summicron-M 35mm f/2", "35mm", "f/2", "1/250 s", "ISO 400".
    """

    width: int = 0
    height: int = 0
    version: str = ""
    colour: str = ""
    camera: str = ""
    lens: str = ""
    focal: str = ""
    aperture: str = ""
    shutter: str = ""
    iso: str = ""
    date: Date | None = None
    title: str = ""
    caption: str = ""
    animated: bool = False
    error: str = ""


def picture(photo: Photo, facts: Facts, config: Config, page: str = "") -> Picture:
    """Return what `<picture>` needs: every configured format at every width the photograph can fill.

    The last width is the photograph's own, under the URL of the next listed one. An unreadable file gives a 3:2
    picture whose URL the engine answers with a placeholder.
    """
    if not facts.width:
        width = config.photographs.widths[0]
        return Picture(url(photo, "0", width, config.photographs.formats[-1]), width, round(width / 1.5), page=page)
    fallback = config.photographs.formats[-1]
    widths = _widths(facts.width, config)
    largest = min(widths[-1], facts.width)
    shown = fallback_width(facts, config)
    return Picture(
        src=url(photo, facts.version, shown, fallback),
        width=largest,
        height=max(1, round(facts.height * largest / facts.width)),
        srcset=_srcset(photo, facts, widths, fallback),
        sources=tuple(
            PictureSource(TYPES[format], _srcset(photo, facts, widths, format))
            for format in config.photographs.formats[:-1]
        ),
        page=page,
    )


def fallback_width(facts: Facts, config: Config) -> int:
    """Return the width in pixels of the one picture for browsers without srcset, feeds and print."""
    widths = _widths(facts.width, config)
    return max((width for width in widths if width <= FALLBACK_WIDTH_PX), default=widths[0])


def snap(width: int, config: Config) -> int:
    """Return the least configured width that holds `width` pixels, else the greatest."""
    widths = config.photographs.widths
    return next((listed for listed in widths if listed >= width), widths[-1])


def ratio_class(facts: Facts) -> str:
    """Return the classes of a picture's shape in gallery.css, digit by digit: 1.35 -> "ratio r1 r-3 r-05".

    The shape is width by height, rounded to 0.05, from 0.3 to 3.5; 0.65 is "ratio r-6 r-05", 2 is "ratio r2".
    """
    percent = 100 * facts.width / facts.height if facts.height else 150
    ones, rest = divmod(min(GREATEST_RATIO, max(LEAST_RATIO, round(percent / RATIO_STEP) * RATIO_STEP)), 100)
    tenths, hundredths = divmod(rest, 10)
    digits = ((f"r{ones}", ones), (f"r-{tenths}", tenths), (f"r-0{hundredths}", hundredths))
    return " ".join(("ratio", *(name for name, digit in digits if digit)))


def exif_line(facts: Facts) -> str:
    """Return "Leica M Monochrom · 35mm f/2 · 1/250 s · ISO 400 · 13 July 2013", without what is unknown."""
    lens = " ".join(filter(None, (facts.focal, facts.aperture)))
    day = facts.date.text if facts.date else ""
    return " · ".join(filter(None, (facts.camera, lens, facts.shutter, facts.iso, day)))


def _widths(own: int, config: Config) -> list[int]:
    return [*(width for width in config.photographs.widths if width < own), snap(own, config)][
        : len(config.photographs.widths)
    ]


def _srcset(photo: Photo, facts: Facts, widths: Sequence[int], format: str) -> str:
    return ", ".join(f"{url(photo, facts.version, w, format)} {min(w, facts.width)}w" for w in widths)


def url(photo: Photo, version: str, width: int, format: str) -> str:
    return f"/images/{width}/{version}/{quote(photo.path)}.{format}"


class FactsBook:
    """The facts of every photograph that was ever asked for, by path and stat, in memory and in the cache folder.

    The file is JSON lines, appended to; a line that is damaged is as good as absent, and so is the file.
    """

    def __init__(self, config: Config, workers: Runner) -> None:
        self._config = config
        self._workers = workers
        self._file = config.cache / "facts.jsonl"
        self._known: dict[str, tuple[tuple[int, ...], Facts]] = {}
        self._loading: asyncio.Task[None] | None = None
        self._reading: dict[tuple[str, tuple[int, ...]], asyncio.Task[None]] = {}
        self._readers = asyncio.Semaphore(READERS)
        self._writing = asyncio.Lock()
        self._unwritable = Complaint(log)

    async def of(self, photos: Sequence[Photo]) -> Mapping[str, Facts]:
        """Return the facts of these photographs by path, reading the files that are new or changed in the workers.

        A file that cannot be read has facts that say so (`width` 0, `error`); that is not written down, since it may
        be mended. Raises Busy when the workers are.
        """
        if self._loading is None:
            self._loading = asyncio.create_task(self._load())
        await asyncio.shield(self._loading)
        tasks = self._start_reading([photo for photo in photos if self._at_hand(photo) is None])
        for task in tasks:
            await asyncio.shield(task)
        return {photo.path: self._at_hand(photo) or Facts(error="was not read") for photo in photos}

    def _at_hand(self, photo: Photo) -> Facts | None:
        stat, facts = self._known.get(photo.path, ((), None))
        return facts if stat == _key(photo) else None

    def _start_reading(self, missing: Sequence[Photo]) -> set[asyncio.Task[None]]:
        """Read in chunks what nobody is reading yet; return the tasks to wait for."""
        wanted = {(photo.path, _key(photo)): photo for photo in missing}
        fresh = [name for name in wanted if name not in self._reading]
        for start in range(0, len(fresh), CHUNK):
            names = fresh[start : start + CHUNK]
            task = asyncio.create_task(self._read([wanted[name] for name in names]))
            self._reading.update(dict.fromkeys(names, task))
            task.add_done_callback(partial(self._finished, names))
        return {self._reading[name] for name in wanted}

    def _finished(self, names: Iterable[tuple[str, tuple[int, ...]]], task: asyncio.Task[None]) -> None:
        for name in names:
            del self._reading[name]
        if not task.cancelled():
            task.exception()  # asked here: perhaps nobody waits any more

    async def _read(self, photos: Sequence[Photo]) -> None:
        async with self._readers:
            found = await self._in_worker(photos)
        self._known.update({photo.path: (_key(photo), facts) for photo, facts in zip(photos, found, strict=True)})
        lines = [_line(p.path, _key(p), facts) for p, facts in zip(photos, found, strict=True) if not facts.error]
        async with self._writing:
            await asyncio.to_thread(self._append, lines)

    async def _in_worker(self, photos: Sequence[Photo]) -> list[Facts]:
        """Read the files; when one takes the worker with it, find it by halves, so that only its own facts are lost."""
        paths = [str(self._config.content / photo.path) for photo in photos]
        cap = self._config.photographs.max_megapixels
        try:
            found: list[Facts] = await self._workers.run(READ, paths, self._config.timezone, cap)
            return found
        except MakeFailed as error:
            if len(photos) == 1:
                return [Facts(error=str(error))]
        half = len(photos) // 2
        return [*await self._in_worker(photos[:half]), *await self._in_worker(photos[half:])]

    async def _load(self) -> None:
        self._known = await asyncio.to_thread(self._read_file)

    # Below here: called in a thread, touching the disk.

    def _heading(self) -> str:
        """Return the first line of the file: facts read under other settings are read again."""
        made_by = [READ.version, DERIVE.version, self._config.timezone, self._config.photographs.max_megapixels]
        return json.dumps({"facts": made_by})

    def _read_file(self) -> dict[str, tuple[tuple[int, ...], Facts]]:
        try:
            heading, *lines = self._file.read_text(encoding="utf-8", errors="replace").splitlines()
        except (OSError, ValueError):
            return {}
        if heading != self._heading():
            return {}
        zone, lines = self._config.zone, [line for line in lines if line]
        known = {path: (stat, facts) for path, stat, facts in filter(None, (_parse(line, zone) for line in lines))}
        if len(lines) > 2 * len(known) + CHUNK:
            self._rewrite(known)
        return known

    def _rewrite(self, known: Mapping[str, tuple[tuple[int, ...], Facts]]) -> None:
        kept = (item for item in known.items() if (self._config.content / item[0]).exists())
        lines = "".join(_line(path, stat, facts) for path, (stat, facts) in kept)
        partial = self._file.with_suffix(".partial")
        try:
            partial.write_text(f"{self._heading()}\n{lines}", encoding="utf-8")
            partial.replace(self._file)
        except OSError as error:
            self._unwritable("%s cannot be written (%s)", self._file, error)

    def _append(self, lines: Sequence[str]) -> None:
        """Add lines, on a line of their own even behind one that a crash cut short."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            if not self._starts_well():
                self._file.write_text(f"{self._heading()}\n", encoding="utf-8")
            with self._file.open("a", encoding="utf-8") as file:
                file.write("".join(["\n", *lines]))
        except OSError as error:
            self._unwritable("%s cannot be written (%s): facts are read again at each start", self._file, error)

    def _starts_well(self) -> bool:
        try:
            with self._file.open(encoding="utf-8", errors="replace") as file:
                return file.readline() == f"{self._heading()}\n"
        except OSError:
            return False


def _key(photo: Photo) -> tuple[int, ...]:
    return (photo.stat.mtime_ns, photo.stat.size, photo.stat.inode, photo.stat.ctime_ns)


def _line(path: str, stat: tuple[int, ...], facts: Facts) -> str:
    said = {name: value for name, value in asdict(facts).items() if value}
    if facts.date:
        said["date"] = facts.date.iso
    return json.dumps([path, stat, said], ensure_ascii=True) + "\n"


def _parse(line: str, zone: ZoneInfo) -> tuple[str, tuple[int, ...], Facts] | None:
    """Read one line of the file; None for a damaged one."""
    try:
        path, stat, said = json.loads(line)
        day = dates.parse(said["date"], zone) if "date" in said else None
        return str(path), tuple(int(part) for part in stat), Facts(**{**said, "date": day})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


# Below here: run in a worker.


def read_all(paths: Sequence[str], timezone: str, max_megapixels: int) -> list[Facts]:
    """Read the facts of these files, in their order; one that cannot be read says why in `error`."""
    zone = ZoneInfo(timezone)
    return [read(path, zone, max_megapixels) for path in paths]


def read(path: str, zone: ZoneInfo, max_megapixels: int) -> Facts:
    """Read the facts of one file; what a JPEG's own thumbnail can tell is not asked of its pixels."""
    from folio import pixels

    try:
        head, tail, size = _ends(Path(path))
        with pixels.opened(path, max_megapixels) as image:
            width, height = pixels.upright_size(image)
            said = exif.read(image.getexif(), zone)
            return Facts(
                width=width,
                height=height,
                version=_version(head, tail, size),
                colour=pixels.colour(image, tail),
                camera=said.camera,
                lens=said.lens,
                focal=said.focal,
                aperture=said.aperture,
                shutter=said.shutter,
                iso=said.iso,
                date=said.date,
                animated=pixels.moving(image) > 1,
            )
    except MakeFailed as error:
        return Facts(error=str(error))
    except OSError as error:
        return Facts(error=f"cannot be read ({error.strerror})")


def _ends(path: Path) -> tuple[bytes, bytes, int]:
    """Return the first and the last 64 KiB of a file, and its size."""
    with path.open("rb") as file:
        head = file.read(END_BYTES)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - END_BYTES))
        return head, file.read(END_BYTES), size


def _version(head: bytes, tail: bytes, size: int) -> str:
    """Return ten hex digits that change with the file and with what DERIVE makes of it."""
    return blake2b(b"%d %d " % (DERIVE.version, size) + head + tail, digest_size=VERSION_BYTES).hexdigest()
