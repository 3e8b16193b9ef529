"""Picture files that hold a canary in every place where cameras and programs put what is nobody's business."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from folio import exif

CANARY = b"CANARY"
ARTIST, COPYRIGHT = "Zoë Example", "© Zoë Example"
GPS_SECONDS = struct.pack(">II", 777_777, 1009)  # a rational as EXIF holds it


def noise(size: tuple[int, int] = (61, 43), mode: str = "RGB") -> Image.Image:
    """A picture that any change of a bit would show in."""
    bands = [Image.effect_noise(size, 90) for _ in Image.new(mode, (1, 1)).getbands()]
    return bands[0] if mode == "L" else Image.merge(mode, bands)


def canary_exif(turn: int = 6) -> bytes:
    """EXIF with a canary wherever cameras and programs put things, and a thumbnail with EXIF of its own."""
    inner = Image.Exif()
    inner[0x010E] = "CANARY in the thumbnail"
    small = io.BytesIO()
    noise((16, 12)).save(small, "JPEG", exif=inner)
    notes = Image.Exif()
    notes[exif.ORIENTATION], notes[exif.ARTIST], notes[exif.COPYRIGHT] = turn, ARTIST.encode(), COPYRIGHT.encode()
    notes[exif.MAKE], notes[exif.MODEL] = "CANARY make", "CANARY model"
    notes[0x010E], notes[0x0131], notes[0x013C] = "CANARY description", "CANARY software", "CANARY computer"
    notes[0x9C9E] = "CANARY keywords".encode("utf-16-le")
    notes[exif.EXIF_IFD] = {
        0x927C: b"CANARY maker note", 0x9286: b"ASCII\0\0\0CANARY comment", 0xA420: "CANARY image id",
        0xA430: "CANARY owner", 0xA431: "CANARY serial", 0xA435: "CANARY lens serial", 0xA433: "CANARY lens make",
    }  # fmt: skip
    notes[exif.GPS_IFD] = {1: "N", 2: (48.0, 51.0, 777_777 / 1009), 3: "E", 4: (2.0, 17.0, 40.0), 27: b"CANARY method"}
    return notes.tobytes() + small.getvalue()


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">CANARY history</x:xmpmeta>'


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def canary_jpeg(image: Image.Image, turn: int = 6, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90, exif=canary_exif(turn), xmp=XMP, comment=b"CANARY comment", **options)
    extra = b"".join((
        segment(0xE0, b"JFXX\0\x10CANARY thumbnail"),
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + bytes(8) + b"CANARY extended"),
        segment(0xE2, b"MPF\0MM\0*CANARY index of more pictures"),
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", 16) + b"\x1c\x02\x05\0\x0bCANARY name"),
        segment(0xEC, b"Ducky\0CANARY"), segment(0xEF, b"CANARY of nobody"), segment(0xFE, b"CANARY again"),
    ))  # fmt: skip
    made = out.getvalue()
    return made[:2] + extra + made[2:] + made[:-2] + b"CANARY behind the end"


def canary_pair() -> bytes:
    """Two pictures in one file, as cameras and telephones write them."""
    out = io.BytesIO()
    noise().save(out, "MPO", save_all=True, append_images=[noise()], exif=canary_exif())
    return out.getvalue() + CANARY


def canary_png(image: Image.Image, turn: int = 6, **options: Any) -> bytes:
    said = PngInfo()
    said.add_text("Comment", "CANARY text")
    said.add_text("Author", "CANARY " * 50, zip=True)
    said.add_itxt("XML:com.adobe.xmp", XMP.decode())
    said.add(b"tIME", struct.pack(">HBBBBB", 2013, 7, 13, 1, 2, 3))
    said.add(b"prVt", b"CANARY private")
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=said, exif=canary_exif(turn), **options)
    return out.getvalue() + b"CANARY behind the end"


def canary_webp(image: Image.Image, turn: int = 6, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", exif=canary_exif(turn), xmp=XMP, **options)
    made = out.getvalue() + b"prVt" + struct.pack("<I", 6) + CANARY
    return b"RIFF" + struct.pack("<I", len(made) - 8) + made[8:] + b"CANARY behind the end"


def canary_gif(image: Image.Image, turn: int = 1, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "GIF", comment=b"CANARY comment", **options)
    made = out.getvalue()
    program = b"!\xff\x0bXMP DataXMP" + bytes((len(XMP),)) + XMP + b"\0"
    return made[:-1] + program + b"!\xfe\x06CANARY\0;CANARY behind the end"


def gif_frames(count: int) -> dict[str, Any]:
    return {"save_all": True, "append_images": [noise() for _ in range(count - 1)], "duration": 70, "loop": 3}


CASES: dict[str, Callable[[], bytes]] = {
    "baseline.jpg": lambda: canary_jpeg(noise()),
    "progressive.jpg": lambda: canary_jpeg(noise((200, 150)), progressive=True),
    "restarts.jpg": lambda: canary_jpeg(noise((200, 150)), restart_marker_blocks=3),
    "grey.jpg": lambda: canary_jpeg(noise(mode="L")),
    "cmyk.jpg": lambda: canary_jpeg(noise(mode="CMYK")),
    "profile.jpg": lambda: canary_jpeg(noise(), icc_profile=screen_profile()),
    "two.jpg": canary_pair,
    "rgb.png": lambda: canary_png(noise()),
    "profile.png": lambda: canary_png(noise(), icc_profile=screen_profile()),
    "transparent.png": lambda: canary_png(noise(mode="RGBA")),
    "palette.png": lambda: canary_png(noise().quantize(), transparency=0),
    "moving.png": lambda: canary_png(noise(), save_all=True, append_images=[noise(), noise()], duration=90),
    "lossy.webp": lambda: canary_webp(noise()),
    "lossless.webp": lambda: canary_webp(noise(mode="RGBA"), lossless=True, icc_profile=screen_profile()),
    "moving.webp": lambda: canary_webp(noise(), save_all=True, append_images=[noise(), noise()], duration=80, loop=2),
    "still.gif": lambda: canary_gif(noise()),
    "moving.gif": lambda: canary_gif(noise(), **gif_frames(3)),
}


def screen_profile() -> bytes:
    """sRGB as the profile of somebody's screen, with its serial number, as macOS writes it."""
    whole = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    (count,) = struct.unpack_from(">I", whole, 128)
    entries = [struct.unpack_from(">4sII", whole, 132 + 12 * n) for n in range(count)]
    texts = {b"mmod": b"mmod\0\0\0\0CANARY serial", b"desc": b"desc\0\0\0\0\0\0\0\x12CANARY sRGB, Gray\0" + bytes(78)}
    held = [(name, texts.get(name, whole[at : at + size])) for name, at, size in entries if name != b"mmod"]
    held.append((b"mmod", texts[b"mmod"]))
    table, data = struct.pack(">I", len(held)), b""
    for name, body in held:
        table += struct.pack(">4sII", name, 132 + 12 * len(held) + len(data), len(body))
        data += body + bytes(-len(body) % 4)
    return struct.pack(">I", 132 + 12 * len(held) + len(data)) + whole[4:128] + table + data
