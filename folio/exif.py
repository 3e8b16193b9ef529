"""A picture's EXIF -> the few facts worth showing: camera, lens, exposure, date, author. Called by images.py.

The input is untrusted: any value may be absent, of the wrong type or nonsense, and is then "".
"""

from __future__ import annotations

import contextlib
import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from folio.dates import Date, from_moment

if TYPE_CHECKING:
    from PIL import Image

# Tag numbers of Exif 2.32: Pillow's names for them have changed over the years.
DESCRIPTION, MAKE, MODEL, ORIENTATION, ARTIST, RATING, COPYRIGHT = (
    0x010E, 0x010F, 0x0110, 0x0112, 0x013B, 0x4746, 0x8298,
)  # fmt: skip
EXPOSURE_TIME, F_NUMBER, ISO, SHUTTER_APEX, APERTURE_APEX = 0x829A, 0x829D, 0x8827, 0x9201, 0x9202
DATE_ORIGINAL, DATE_DIGITISED, OFFSET_ORIGINAL, OFFSET_DIGITISED = 0x9003, 0x9004, 0x9011, 0x9012
FOCAL_LENGTH, LENS_RANGE, LENS_MODEL = 0x920A, 0xA432, 0xA434
EXIF_IFD, THUMBNAIL_IFD = 0x8769, -1  # the thumbnail's has no tag; -1 is Pillow's convention
GPS_IFD, LATITUDE, LONGITUDE = 0x8825, 2, 4
THUMBNAIL_START, THUMBNAIL_LENGTH = 0x0201, 0x0202

BRANDS = {
    "nikon": "Nikon", "leica": "Leica", "fujifilm": "Fujifilm", "fuji": "Fujifilm", "olympus": "Olympus",
    "om digital": "OM System", "sony": "Sony", "pentax": "Pentax", "asahi": "Pentax", "ricoh": "Ricoh",
    "eastman": "Kodak", "kodak": "Kodak", "samsung": "Samsung", "hasselblad": "Hasselblad", "minolta": "Minolta",
    "konica": "Konica Minolta", "panasonic": "Panasonic", "casio": "Casio", "sigma": "Sigma", "canon": "Canon",
    "phase one": "Phase One", "mamiya": "Mamiya", "epson": "Epson", "seiko epson": "Epson", "hewlett": "HP",
}  # fmt: skip
# Placeholders that cameras write into the description.
NO_DESCRIPTION = re.compile(
    r".*\bdigital (?:still )?camera|sony dsc|samsung|dcim.*|exif[_ ]jpeg\w*|default|untitled|\S+\.(?:jpe?g|tiff?|png)",
    re.IGNORECASE,
)
CALLS_ITSELF = {"Pentax": ("Ricoh",)}  # brand in the model's name -> makers: a Pentax K-1 says its maker is Ricoh


@dataclass(frozen=True, slots=True)
class Exposure:
    """The facts, ready to print: "Canon EOS 5D Mark II", "85mm", "f/1.2", "1/80 s", "ISO 100"; "" if unknown.

    `description`, `artist` and `copyright` are written by people; `rating` is 0 to 5.
    """

    camera: str = ""
    lens: str = ""
    focal: str = ""
    aperture: str = ""
    shutter: str = ""
    iso: str = ""
    date: Date | None = None
    description: str = ""
    artist: str = ""
    copyright: str = ""
    rating: int = 0


def read(exif: Image.Exif, zone: ZoneInfo) -> Exposure:
    """Read the facts worth showing. A time without an offset is in `zone`; the date of editing is never used."""
    detail = directory(exif, EXIF_IFD)
    return Exposure(
        camera=camera(text(exif, MAKE), text(exif, MODEL)),
        lens=lens(text(detail, LENS_MODEL)) or lens_range(detail.get(LENS_RANGE)),
        focal=focal(number(detail.get(FOCAL_LENGTH))),
        aperture=aperture(number(detail.get(F_NUMBER)) or _from_apex(detail.get(APERTURE_APEX), 0.5)),
        shutter=shutter(number(detail.get(EXPOSURE_TIME)) or _from_apex(detail.get(SHUTTER_APEX), -1)),
        iso=iso(detail.get(ISO)),
        date=date(text(detail, DATE_ORIGINAL), text(detail, OFFSET_ORIGINAL), zone)
        or date(text(detail, DATE_DIGITISED), text(detail, OFFSET_DIGITISED), zone),
        description=description(text(exif, DESCRIPTION)),
        artist=text(exif, ARTIST),
        copyright=text(exif, COPYRIGHT),
        rating=int(stars) if (stars := number(exif.get(RATING))) <= 5 else 0,
    )


def description(written: str) -> str:
    """Return a description, but "" for a camera's placeholder ("OLYMPUS DIGITAL CAMERA", "SONY DSC", a file name)."""
    return "" if NO_DESCRIPTION.fullmatch(written) else written


def tells_place(exif: Image.Exif) -> bool:
    """Say whether EXIF holds a GPS location: many cameras write that directory but leave it empty."""
    place = directory(exif, GPS_IFD)
    degrees = (place.get(tag) for tag in (LATITUDE, LONGITUDE))
    return any(number(part) for angle in degrees for part in (angle if isinstance(angle, tuple) else (angle,)))


def directory(exif: Image.Exif, tag: int) -> Mapping[int, Any]:
    """Return one of the directories (IFDs) inside EXIF, {} if it is absent or damaged."""
    try:
        return dict(exif.get_ifd(tag))
    except Exception:  # Pillow raises many types here: struct.error, KeyError, SyntaxError, OverflowError, …
        return {}


def text(values: Mapping[int, Any], tag: int) -> str:
    """Return a tag as one printable line, decoded as UTF-8 (not in the standard, but common), else as Latin-1."""
    value = values.get(tag)
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return ""
    with contextlib.suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    printable = "".join(c if c.isprintable() else " " for c in value.split("\0")[0])
    return " ".join(printable.split())[:200]


def number(value: Any) -> float:
    """Return a positive, finite rational or number as a float, 0.0 for anything else."""
    if isinstance(value, tuple | list) and value:
        value = value[0]
    try:
        result = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return 0.0
    return result if math.isfinite(result) and result > 0 else 0.0


def camera(make: str, model: str) -> str:
    """Join maker and model as people name the camera.

    ("Canon", "Canon EOS 5D Mark II") -> "Canon EOS 5D Mark II"; ("NIKON CORPORATION", "NIKON D700") -> "Nikon D700";
    ("Leica Camera AG", "M9 Digital Camera") -> "Leica M9".
    """
    brand = next((name for start, name in BRANDS.items() if make.casefold().startswith(start)), make)
    model = re.sub(r"\s+digital camera$", "", model, flags=re.IGNORECASE)
    for own, others in CALLS_ITSELF.items():
        if brand in others and model.casefold().startswith(own.casefold()):
            brand = own
    for start in filter(None, (make, brand)):
        if model.casefold().startswith(start.casefold()):
            model = model[len(start) :].lstrip(" -_")
            break
    return " ".join(filter(None, (brand, *(_calm(word) for word in model.split()))))


def _calm(word: str) -> str:
    """MONOCHROM -> Monochrom, but EOS, D700, M10-R and X-PRO1 are unchanged."""
    return word.capitalize() if re.fullmatch(r"[A-Z]{5,}", word) else word


def lens(name: str) -> str:
    """Return a lens's name, but "" for the dashes and blanks that cameras write for an unknown lens."""
    return name if re.search(r"[^\W_]", name) and name.casefold() not in ("unknown", "n/a", "none") else ""


def lens_range(value: Any) -> str:
    """(24, 70, 2.8, 2.8) -> "24–70mm f/2.8"; "" if a part is unknown."""
    if not isinstance(value, tuple) or len(value) != 4:
        return ""
    short, long, wide, tele = (number(part) for part in value)
    if not short or not long or not wide:
        return ""
    reach = focal(short) if short == long else f"{focal(short).removesuffix('mm')}–{focal(long)}"
    speed = aperture(wide) if wide == tele or not tele else f"{aperture(wide)}–{aperture(tele).removeprefix('f/')}"
    return f"{reach} {speed}"


def focal(millimetres: float) -> str:
    """35.0 -> "35mm", 4.25 -> "4.2mm"."""
    if not 0.5 <= millimetres <= 10_000:
        return ""
    return f"{millimetres:.0f}mm" if millimetres >= 10 else f"{_short(millimetres)}mm"


def aperture(f_number: float) -> str:
    """2.0 -> "f/2", 1.4 -> "f/1.4"."""
    return f"f/{_short(f_number)}" if 0.5 <= f_number <= 256 else ""


def shutter(seconds: float) -> str:
    """0.0125 -> "1/80 s", 0.5 -> "0.5 s", 30.0 -> "30 s"."""
    if not 1e-6 <= seconds <= 86_400:
        return ""
    return f"{_short(seconds)} s" if seconds >= 0.3 else f"1/{round(1 / seconds)} s"


def iso(value: Any) -> str:
    """400 -> "ISO 400"; "" for 65535, which means that the field is too small for the value."""
    speed = number(value)
    return f"ISO {speed:.0f}" if speed >= 1 and speed != 65535 else ""


def date(written: str, offset: str, zone: ZoneInfo) -> Date | None:
    """("2013:07:13 18:04:00", "+02:00") -> that time; only the day if the time is invalid; None if the day is."""
    found = re.match(r"(\d{4})[:/-](\d\d)[:/-](\d\d)(?:[ T](\d\d):(\d\d):(\d\d))?", written)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        dt.date(year, month, day)
    except ValueError:
        return None
    try:
        moment = dt.datetime(year, month, day, hour, minute, second, tzinfo=_zone(offset, zone))
    except ValueError:
        return Date(year, month, day)
    return from_moment(moment) if found[4] else Date(year, month, day)


def _zone(offset: str, zone: ZoneInfo) -> dt.tzinfo:
    found = re.fullmatch(r"([+-])(\d\d):(\d\d)", offset)
    if not found or int(found[2]) > 14 or int(found[3]) > 59:
        return zone
    minutes = int(found[2]) * 60 + int(found[3])
    return dt.timezone(dt.timedelta(minutes=-minutes if found[1] == "-" else minutes))


def _from_apex(value: Any, power: float) -> float:
    """APEX values are logarithms: f-number = 2^(Av/2), seconds = 2^(-Tv). Unknown is 0.0."""
    if value is None:
        return 0.0
    try:
        return float(2 ** (float(value) * power))
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return 0.0


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def block(artist: str, copyright: str, turn: int = 1) -> bytes:
    """Return an EXIF block of author, copyright and orientation (`turn`) alone; b"" if all are empty."""
    from PIL import Image

    kept = Image.Exif()
    for tag, value in ((ARTIST, artist), (COPYRIGHT, copyright)):
        if value:
            kept[tag] = value.encode("utf-8", "ignore")  # as bytes: Pillow encodes str as ASCII, with "?" for ©
    if turn != 1:
        kept[ORIENTATION] = turn
    return kept.tobytes() if len(kept) else b""


def thumbnail(exif: Image.Exif, raw: bytes) -> bytes:
    """Return the JPEG thumbnail inside an EXIF block (`raw`, with or without "Exif\\0\\0"), b"" if there is none."""
    place = directory(exif, THUMBNAIL_IFD)
    start, length = int(number(place.get(THUMBNAIL_START))), int(number(place.get(THUMBNAIL_LENGTH)))
    body = raw.removeprefix(b"Exif\0\0")
    found = body[start : start + length] if start and length else b""
    return found if found.startswith(b"\xff\xd8") else b""
