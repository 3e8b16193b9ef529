"""Paint the pictures of the two galleries: `python content/photography/_paint.py [--force] [NAME …]`.

Each picture is a function and a seed, so the same picture comes out every time. What a camera would have written
into the file is written too (EXIF, IFD by IFD), one file sideways and one with a position, since that is what real
folders hold. Nothing here is ever served: its name begins with an underscore.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

import _harbour as harbour
import _winter as winter
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

HERE = Path(__file__).parent
LARGEST_BYTES = 340_000
WIDE, TALL, SQUARE, CINEMA = (2160, 1440), (1520, 1900), (1640, 1640), (2400, 1350)
LENSES = {
    28: ("Halden 28mm F2.8", Fraction(28, 10)),
    35: ("Halden 35mm F2", Fraction(2)),
    50: ("Halden 50mm F1.4", Fraction(14, 10)),
    90: ("Halden 90mm F2.8", Fraction(28, 10)),
}


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: who paints it, where it goes and what its camera is made to say."""

    path: str
    paint: Callable[[tuple[int, int], Random], Image.Image]
    size: tuple[int, int]
    taken: str  # "2025:09:27 19:41:08", local time
    lens_mm: int
    aperture: Fraction
    seconds: Fraction
    iso: int
    sideways: bool = False  # stored turned, with the Orientation that turns it back
    position: bool = False  # carries GPS, to show that it never leaves


F = Fraction
# fmt: off
SHOTS = (
    Shot("harbour/Pier at dusk.jpg", harbour.pier_at_dusk, WIDE, "2025:09:27 19:41:08", 35, F(56, 10), F(1, 30), 400),
    Shot("harbour/DSCF0412.jpg", harbour.long_exposure, SQUARE, "2025:10:04 16:22:51", 50, F(11), F(241), 100),
    Shot("harbour/DSCF0431.jpg", harbour.rain_on_glass, WIDE, "2025:10:19 18:57:33", 50, F(14, 10), F(1, 60), 1600),
    Shot("harbour/Moon over the breakwater.jpg", harbour.moonrise, TALL,
         "2025:11:05 17:48:20", 90, F(28, 10), F(1, 8), 3200),
    Shot("harbour/DSCF0447.jpg", harbour.boats_in_fog, WIDE,
         "2025:11:16 08:12:44", 50, F(4), F(1, 125), 200, position=True),
    Shot("harbour/The first ferry.jpg", harbour.ferry_leaving, CINEMA, "2025:08:30 06:29:05", 28, F(8), F(1, 250), 200),
    Shot("harbour/DSCF0459.jpg", harbour.headlands, TALL, "2025:09:13 19:20:37", 90, F(8), F(1, 160), 200),
    Shot("harbour/Low tide.jpg", harbour.low_tide, WIDE, "2025:10:11 17:31:12", 28, F(8), F(1, 60), 200),
    Shot("winter-light/New snow.jpg", winter.fence_in_snow, WIDE, "2026:01:11 08:51:40", 35, F(8), F(1, 250), 200),
    Shot("winter-light/DSCF0518.jpg", winter.birches, TALL, "2026:01:11 09:34:02", 50, F(4), F(1, 125), 200),
    Shot("winter-light/DSCF0523.jpg", winter.hills, CINEMA, "2026:01:18 08:22:19", 90, F(56, 10), F(1, 200), 200),
    Shot("winter-light/The lit window.jpg", winter.lit_window, SQUARE, "2026:01:18 16:40:55", 50, F(2), F(1, 30), 1600),
    Shot("winter-light/DSCF0531.jpg", winter.night_sky, TALL,
         "2026:01:24 22:08:30", 28, F(28, 10), F(15), 3200, sideways=True),
    Shot("winter-light/Snow under the lamp.jpg", winter.street_lamp, TALL,
         "2026:02:01 18:12:09", 50, F(2), F(1, 80), 1600),
    Shot("winter-light/DSCF0544.jpg", winter.lone_tree, SQUARE, "2026:02:08 10:15:46", 50, F(8), F(1, 500), 200),
    Shot("winter-light/First sun.jpg", winter.first_sun, CINEMA, "2026:02:15 07:58:23", 35, F(8), F(1, 320), 100),
)
# fmt: on


def exif(shot: Shot) -> Image.Exif:
    """Return what the camera would have written."""
    tags, base, gps = Image.Exif(), ExifTags.Base, ExifTags.GPS
    lens, widest = LENSES[shot.lens_mm]
    tags[base.Make], tags[base.Model] = "Halden", "Halden R2"
    tags[base.Artist], tags[base.Copyright] = "Wiebke Harland", "CC0: painted by a script, free to use"
    tags[base.DateTime], tags[base.Software] = shot.taken, "_paint.py"
    tags[base.Orientation] = 6 if shot.sideways else 1
    detail = tags.get_ifd(ExifTags.IFD.Exif)
    detail[base.ExposureTime] = IFDRational(shot.seconds.numerator, shot.seconds.denominator)
    detail[base.FNumber] = IFDRational(shot.aperture.numerator, shot.aperture.denominator)
    detail[base.ISOSpeedRatings] = shot.iso
    detail[base.DateTimeOriginal] = detail[base.DateTimeDigitized] = shot.taken
    detail[base.OffsetTimeOriginal] = "+01:00" if shot.taken[5:7] in ("08", "09", "10") else "+00:00"
    detail[base.FocalLength] = IFDRational(shot.lens_mm, 1)
    detail[base.FocalLengthIn35mmFilm] = shot.lens_mm
    detail[base.LensMake], detail[base.LensModel] = "Halden", lens
    detail[base.MaxApertureValue] = IFDRational(widest.numerator, widest.denominator)
    if shot.position:
        place = tags.get_ifd(ExifTags.IFD.GPSInfo)
        place[gps.GPSLatitudeRef], place[gps.GPSLatitude] = "N", (IFDRational(56), IFDRational(0), IFDRational(0))
        place[gps.GPSLongitudeRef], place[gps.GPSLongitude] = "E", (IFDRational(3), IFDRational(0), IFDRational(0))
    return tags


def encode(picture: Image.Image, shot: Shot) -> bytes:
    """Return the best JPEG that stays under LARGEST_BYTES."""
    if shot.sideways:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    for quality in range(86, 40, -3):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True, progressive=True, exif=exif(shot))
        if out.tell() <= LARGEST_BYTES:
            break
    return out.getvalue()


def main(arguments: list[str]) -> None:
    """Paint what is missing, or what is named, or everything."""
    wanted = [word for word in arguments if not word.startswith("-")]
    for number, shot in enumerate(SHOTS, 1):
        target = HERE / shot.path
        named = any(word in shot.path for word in wanted)
        if named or (not wanted and ("--force" in arguments or not target.exists())):
            picture = shot.paint(shot.size, Random(1900 + number))  # noqa: S311 - for looks, not for secrets
            target.write_bytes(encode(picture, shot))
            print(f"{shot.path}  {target.stat().st_size // 1000} KB")


if __name__ == "__main__":
    main(sys.argv[1:])
