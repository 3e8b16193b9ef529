"""A colour profile -> the same colours without what else is in it.

Profiles of displays hold their serial numbers and the moment of their calibration ("mmod", "vcgt"), and any private tag
may hold anything. What colour management reads is kept (ICC.1:2022, 9.2), and the name of a profile that everybody
knows: others are called after their owner's screen.
"""

from __future__ import annotations

import struct

from folio.strip.damage import Damaged

HEADER_BYTES, ENTRY = 128, struct.Struct(">4sII")
MOST_TAGS = 100
CREATED, IDENTITY = slice(24, 36), slice(84, 100)  # of the header: a moment, and a checksum that would be wrong
KEPT = frozenset(
    b"wtpt bkpt chad chrm lumi tech view vued meas cicp gamt "
    b"rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC A2B0 A2B1 A2B2 B2A0 B2A1 B2A2 D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3 "
    b"pre0 pre1 pre2 clrt clot ncl2 rig0 rig2".split()
)

NAMES = (
    "sRGB", "Adobe RGB", "Display P3", "ProPhoto", "ROMM", "Rec", "BT.", "eciRGB", "Gray", "Dot Gain", "FOGRA", "SWOP",
)  # fmt: skip


def strip(profile: bytes) -> bytes:
    """Return a profile of the tags in KEPT alone. Raises Damaged for what is no profile."""
    if profile[36:40] != b"acsp" or len(profile) < HEADER_BYTES + 4:
        raise Damaged("its colour profile is none")
    (count,) = struct.unpack_from(">I", profile, HEADER_BYTES)
    if count > MOST_TAGS or HEADER_BYTES + 4 + count * ENTRY.size > len(profile):
        raise Damaged("its colour profile is cut short")
    entries = [ENTRY.unpack_from(profile, HEADER_BYTES + 4 + n * ENTRY.size) for n in range(count)]
    kept = [entry for entry in entries if entry[0] in KEPT or _names(profile, *entry)]
    table, data, placed = b"", b"", dict[tuple[int, int], int]()
    start = HEADER_BYTES + 4 + len(kept) * ENTRY.size
    for name, offset, size in kept:
        if offset + size > len(profile):
            raise Damaged("its colour profile is cut short")
        if (offset, size) not in placed:  # tags may share their data: the three curves often do
            placed[offset, size] = start + len(data)
            data += profile[offset : offset + size] + bytes(-size % 4)
        table += ENTRY.pack(name, placed[offset, size], size)
    header = bytearray(profile[:HEADER_BYTES])
    header[0:4] = struct.pack(">I", start + len(data))
    header[CREATED], header[IDENTITY] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0), bytes(16)
    return bytes(header) + struct.pack(">I", len(kept)) + table + data


def _names(profile: bytes, tag: bytes, offset: int, size: int) -> bool:
    """Say whether this is the name of a well-known profile, in ASCII or UTF-16."""
    text = profile[offset : offset + size]
    return tag == b"desc" and any(name.encode() in text or name.encode("utf-16-be") in text for name in NAMES)
