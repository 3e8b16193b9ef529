"""Photographs: the facts in their files, the URLs and sizes of their derivatives, the lines of text beneath them.

Only workers decode pixels: they run `read_all`, and prints.py makes the derivatives.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from folio import captions, dates, exif, prints
from folio.cache import Maker
from folio.config import Config
from folio.content import Photo
from folio.dates import Date
from folio.errors import MakeFailed
from folio.markdown.document import Picture, PictureSource

DERIVE = Maker("folio.prints:derive", 2)  # (path, width_px, "jpg" | "webp", max_megapixels) -> bytes
DERIVE_AVIF = Maker("folio.prints:derive", 2, "avif")
DERIVE_ALL = Maker("folio.prints:derive_all", 2)  # (path, max_megapixels, [(width_px, format)]) -> [bytes]
DERIVE_ALL_AVIF = Maker("folio.prints:derive_all", 2, "avif")
READ = Maker("folio.images:read_all", 3)
TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
END_BYTES = 65_536  # read at each end of a file, for its version
VERSION_BYTES = 5
FALLBACK_WIDTH_PX = 960  # at most, of the single picture for browsers without srcset
LIGHTS, HUES = 4, 6  # classes of a picture's tone in tokens.css
LEAST_CHROMA = 0.02  # below it a colour is grey
RATIO_STEP, LEAST_RATIO, GREATEST_RATIO = 1, 30, 350  # percent


class Facts(NamedTuple):
    """The metadata of one picture file; strings are ready to print, "" where it says nothing.

    `width` and `height` are of the upright picture, in pixels; both are 0 and `error` says why when the file cannot
    be read. `version` is a hash of its bytes and of DERIVE's version, for the URLs of its derivatives. `colour` is
    its mean, "#aabbcc". "Leica M Monochrom", "Summicron-M 35mm f/2", "35mm", "f/2", "1/250 s", "ISO 400".

    `date` is when it was taken, to the second where the camera said so. What people wrote: `title`, `caption`, `alt`
    for those who do not see it, `keywords`, `rating` of 0 to 5 stars, `artist`, `copyright`. `place` is a city, a state
    and a country in words: to be shown only where a folder asks for it. Coordinates are never read.
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
    alt: str = ""
    keywords: tuple[str, ...] = ()
    rating: int = 0
    place: str = ""
    artist: str = ""
    copyright: str = ""
    error: str = ""


def picture(photo: Photo, facts: Facts, config: Config, page: str = "") -> Picture:
    """Return what `<picture>` needs: every configured format at every width the photograph can fill.

    The greatest width is the photograph's own, under the URL of the next configured one. An unreadable file gives a
    3:2 picture whose URL the engine answers with a placeholder.
    """
    if not facts.width:
        width = config.photographs.widths[0]
        return Picture(url(photo, "0", width, config.photographs.formats[-1]), width, round(width / 1.5), page=page)
    fallback = config.photographs.formats[-1]
    wide = widths(facts.width, config)
    width, height = prints.fit((facts.width, facts.height), wide[-1])
    shown = fallback_width(facts, config)
    return Picture(
        src=url(photo, facts.version, shown, fallback),
        width=width,
        height=height,
        srcset=_srcset(photo, facts, wide, fallback),
        sources=tuple(
            PictureSource(TYPES[format], _srcset(photo, facts, wide, format))
            for format in config.photographs.formats[:-1]
        ),
        page=page,
        tone=tone_class(facts),
    )


def single(photo: Photo, facts: Facts, config: Config, most_px: int) -> Picture:
    """Return a single print, for cards and feeds, which cannot choose, in the format that every client knows.

    Its width is the least configured one that holds `most_px`, or the whole photograph if that is narrower.
    """
    listed = snap(min(most_px, facts.width), config)
    width, height = prints.fit((facts.width, facts.height), listed)
    return Picture(url(photo, facts.version, listed, config.photographs.formats[-1]), width, height)


def fallback_width(facts: Facts, config: Config) -> int:
    """Return the width in pixels of the one picture for browsers without srcset, feeds and print."""
    wide = widths(facts.width, config)
    return max((width for width in wide if width <= FALLBACK_WIDTH_PX), default=wide[0])


def snap(width: int, config: Config) -> int:
    """Return the least configured width that holds `width` pixels, else the greatest."""
    listed = config.photographs.widths
    return next((width_px for width_px in listed if width_px >= width), listed[-1])


def ratio_class(facts: Facts) -> str:
    """Return the classes of a picture's aspect ratio in gallery.css, one per digit: 1.35 -> "ratio r1 r-3 r-05".

    The ratio is width / height, rounded to 0.01, clamped to 0.3 to 3.5; 0.65 is "ratio r-6 r-05", 2 is "ratio r2".
    """
    percent = 100 * facts.width / facts.height if facts.height else 150
    ones, rest = divmod(min(GREATEST_RATIO, max(LEAST_RATIO, round(percent / RATIO_STEP) * RATIO_STEP)), 100)
    tenths, hundredths = divmod(rest, 10)
    digits = ((f"r{ones}", ones), (f"r-{tenths}", tenths), (f"r-0{hundredths}", hundredths))
    return " ".join(("ratio", *(name for name, digit in digits if digit)))


def tone_class(facts: Facts) -> str:
    """Return the two classes of a picture's mean colour in tokens.css, its background until it has loaded.

    "#804020" -> "light-1 hue-0", one of 4 steps of OKLab's lightness and one of 6 hues, or "hue-none" for a grey;
    "" where the colour is unknown or the picture is transparent. 15 bytes say as much as 100 of SVG.
    """
    if not facts.colour:
        return ""
    lightness, a, b = _oklab(*bytes.fromhex(facts.colour[1:]))
    light = min(LIGHTS - 1, int(lightness * LIGHTS))
    hue = int(math.atan2(b, a) % math.tau / math.tau * HUES) % HUES
    return f"light-{light} hue-{hue if math.hypot(a, b) >= LEAST_CHROMA else 'none'}"


def _oklab(red: int, green: int, blue: int) -> tuple[float, float, float]:
    """Convert sRGB to OKLab (Ottosson 2020): lightness 0 to 1, two axes of colour."""
    r, g, b = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red / 255, green / 255, blue / 255)
    )
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def exif_line(facts: Facts) -> str:
    """Return "Leica M Monochrom · 35mm f/2 · 1/250 s · ISO 400 · 13 July 2013", without what is unknown."""
    lens = " ".join(filter(None, (facts.focal, facts.aperture)))
    day = facts.date.text if facts.date else ""
    return " · ".join(filter(None, (facts.camera, lens, facts.shutter, facts.iso, day)))


def widths(own: int, config: Config) -> list[int]:
    """Return the configured widths less than a picture's `own`, and the next one, which holds the whole picture."""
    return [*(width for width in config.photographs.widths if width < own), snap(own, config)][
        : len(config.photographs.widths)
    ]


def _srcset(photo: Photo, facts: Facts, widths: Sequence[int], format: str) -> str:
    full = facts.width, facts.height
    return ", ".join(f"{url(photo, facts.version, w, format)} {prints.fit(full, w, format)[0]}w" for w in widths)


def key(photo: Photo, facts: Facts, width: int, format: str) -> tuple[str | int, ...]:
    """Return the Store key of a print."""
    return (photo.path, facts.version, width, format)


def maker(format: str) -> Maker:
    """Return the Maker of one print in a format; AVIF's costly encoder works on one at a time."""
    return DERIVE_AVIF if format == "avif" else DERIVE


def url(photo: Photo, version: str, width: int, format: str) -> str:
    return f"/images/{width}/{version}/{quote(photo.path)}.{format}"


# Below here: run in a worker.


def read_all(paths: Sequence[str], timezone: str, max_megapixels: int) -> list[Facts]:
    """Read the facts of these files, in their order; one that cannot be read says why in `error`."""
    zone = ZoneInfo(timezone)
    return [read(path, zone, max_megapixels) for path in paths]


def read(path: str, zone: ZoneInfo, max_megapixels: int) -> Facts:
    """Read the facts of one file; a JPEG's embedded thumbnail saves decoding its pixels."""
    from folio import pixels

    try:
        head, tail, size = _ends(Path(path))
        with pixels.opened(path, max_megapixels) as image:
            width, height = pixels.upright_size(image)
            tags = exif.read(image.getexif(), zone)
            words = captions.read(*pixels.written(image))
            return Facts(
                width=width,
                height=height,
                version=_version(head, tail, size),
                colour=pixels.colour(image, tail),
                camera=tags.camera,
                lens=tags.lens,
                focal=tags.focal,
                aperture=tags.aperture,
                shutter=tags.shutter,
                iso=tags.iso,
                date=tags.date or _day(words.date, zone),
                title=words.title,
                caption=words.caption or tags.description,
                alt=words.alt,
                keywords=words.keywords,
                rating=words.rating or tags.rating,
                place=words.place,
                artist=words.artist or tags.artist,
                copyright=words.copyright or tags.copyright,
            )
    except MakeFailed as error:
        return Facts(error=str(error))
    except OSError as error:
        return Facts(error=f"cannot be read ({error.strerror})")


def _day(written: str, zone: ZoneInfo) -> Date | None:
    """Parse a date written by a program, for files without the camera's own; None for "" and nonsense."""
    try:
        return dates.parse(written, zone) if written else None
    except ValueError:
        return None


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
