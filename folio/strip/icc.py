"""A colour profile -> the same colours without its other content.

Profiles of displays hold serial numbers and calibration times ("mmod", "vcgt"), and private tags may hold anything.
Kept are the tags that colour management reads (ICC.1:2022, 9.2), and the name if it is a well-known one: others may
name their owner's screen.
"""

from __future__ import annotations

import re
import struct

from folio.strip.damage import Damaged

HEADER_BYTES, ENTRY = 128, struct.Struct(">4sII")
MOST_TAGS = 100
# Parts of the header: the creation time, a checksum that would be wrong, and reserved bytes, which must be zero.
CREATED, IDENTITY, RESERVED = slice(24, 36), slice(84, 100), slice(100, 128)
KEPT = frozenset(
    b"wtpt bkpt chad chrm lumi tech view meas cicp gamt "
    b"rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC A2B0 A2B1 A2B2 B2A0 B2A1 B2A2 D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3 "
    b"pre0 pre1 pre2 rig0 rig2".split()
)
# Matched as a whole: "Gray's screen" contains a word of these, and is private.
KNOWN = re.compile(
    r"s?RGB(?: built-in)?|sRGB[ _](?:IEC61966-2[.-]1(?: black scaled)?|v4 ICC preference)|(?:c2|sRGB2014)"
    r"|Adobe RGB \(1998\)|(?:Apple|Camera|ColorMatch|ProPhoto|Wide Gamut|ROMM|DCI-P3) RGB|Display P3|ProPhoto|eciRGB v2"
    r"|(?:ITU-R |Rec\.? ?(?:ITU-R )?)?(?:BT\.?)?(?:601|709|2020|2100)(?:-\d)?(?: PQ| HLG)?|Gray Gamma \d\.\d"
    r"|Generic (?:RGB|CMYK|Gray)(?: Gamma \d\.\d)?(?: Profile)?|Dot Gain \d\d%|Gr[ae]y(?:scale)?(?: built-in)?"
    r"|(?:Coated|Uncoated|Web Coated) FOGRA\d\d(?: \(ISO 12647-2:2004\))?|U\.S\. Web (?:Coated|Uncoated) \(SWOP\) v2"
)
NAME, TEXT, LANGUAGES = b"desc", b"desc", b"mluc"  # the tag of the name, and the two types it may have


def strip(profile: bytes) -> bytes:
    """Return a profile with only the tags in KEPT and a well-known name. Raises Damaged if it is no profile."""
    if profile[36:40] != b"acsp" or len(profile) < HEADER_BYTES + 4:
        raise Damaged("its colour profile is not valid")
    (count,) = struct.unpack_from(">I", profile, HEADER_BYTES)
    if count > MOST_TAGS or HEADER_BYTES + 4 + count * ENTRY.size > len(profile):
        raise Damaged("its colour profile is cut short")
    entries = [ENTRY.unpack_from(profile, HEADER_BYTES + 4 + n * ENTRY.size) for n in range(count)]
    kept = [(tag, body) for tag, offset, size in entries if (body := _kept(tag, profile[offset : offset + size], size))]
    table, data, placed = b"", b"", dict[bytes, int]()
    start = HEADER_BYTES + 4 + len(kept) * ENTRY.size
    for tag, body in kept:
        if body not in placed:  # tags may share their data, as the three curves often do
            placed[body] = start + len(data)
            data += body + bytes(-len(body) % 4)
        table += ENTRY.pack(tag, placed[body], len(body))
    header = bytearray(profile[:HEADER_BYTES])
    header[RESERVED] = bytes(HEADER_BYTES - RESERVED.start)
    header[0:4] = struct.pack(">I", start + len(data))
    header[CREATED], header[IDENTITY] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0), bytes(16)
    return bytes(header) + struct.pack(">I", len(kept)) + table + data


def _kept(tag: bytes, body: bytes, size: int) -> bytes:
    """Return the new body of a tag of `size` bytes, b"" to drop it: colours are copied, a well-known name rewritten."""
    if tag == NAME:
        name = _name(body)
        return _named(name) if KNOWN.fullmatch(name) else b""
    if tag not in KEPT:
        return b""
    if len(body) < size:
        raise Damaged("its colour profile is cut short")
    return body


def _name(body: bytes) -> str:
    """Return the first name in a description; it may hold others, for other languages and programs."""
    if body.startswith(LANGUAGES) and len(body) >= 28:
        size, at = struct.unpack_from(">II", body, 20)
        return body[at : at + size].decode("utf-16-be", "replace").rstrip("\0")
    if body.startswith(TEXT) and len(body) >= 12:
        (size,) = struct.unpack_from(">I", body, 8)
        return body[12 : 12 + size].decode("ascii", "replace").rstrip("\0")
    return ""


def _named(name: str) -> bytes:
    """Return a description with one name, in a type that readers of both versions know (ICC.1:2001, 6.5.17)."""
    text = name.encode("ascii") + b"\0"
    return TEXT + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
