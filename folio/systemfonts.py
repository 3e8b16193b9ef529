"""Letters that our fonts lack -> fonts of this machine that have them, by fontconfig. For cards, and doctor.py.

Our own fonts cover Latin, Greek and Cyrillic; all of Chinese would be a hundred times the size of the engine. So
Arabic, Hebrew, Georgian or Chinese on a card is set in the machine's fonts, as in a browser and in a PDF, and left out
if there is none. The bytes of such a card depend on the installed fonts; those of all others do not.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MOST_FONTS = 3  # for one text
MOST_LETTERS = 400  # considered; no card shows more
PATIENCE_SECONDS = 5
FORMAT = "%{file}\t%{index}\t%{family}\t%{charset}\n"
INSTANCE = 1 << 16  # from here on an index names an instance of a variable font
# Blocks that ours cover, or that hold signs, from U+0530 on: phonetics to arrows and mathematics, Latin D and E.
OURS = ((0x1C80, 0x2BFF), (0x2C60, 0x2E7F), (0xA640, 0xA7FF), (0xAB30, 0xAB6F), (0xFB00, 0xFB06), (0x1D400, 0x1FFFF))
FIRST = 0x0530
# Suffixes of the families for Han letters, by language: these share letters, but not their shapes.
HAN = {"ja": "JP", "ko": "KR", "zh": "SC", "zh-tw": "TC", "zh-hant": "TC", "zh-hk": "HK", "zh-mo": "HK"}


@dataclass(frozen=True, slots=True)
class Face:
    """One font of the machine."""

    file: str
    index: int  # in a collection of fonts
    family: str
    characters: tuple[range, ...]

    @property
    def name(self) -> str:
        """The font's name for typeset.py."""
        return f"{self.file}#{self.index}"

    def has(self, letter: str) -> bool:
        return any(ord(letter) in span for span in self.characters)


def covering(text: str, language: str) -> tuple[str, ...]:
    """Return at most three fonts, as "FILE#INDEX", for the letters of a text that ours lack; () for most texts.

    Preferred is the font that has most of the letters, then one for `language` (BCP 47), then one with serifs. It runs
    fc-list, 20 ms: call it in a thread.
    """
    missing = "".join(sorted({letter for letter in text[:MOST_LETTERS] if _foreign(letter)}))
    return _covering(missing, language.lower()) if missing else ()


def _foreign(letter: str) -> bool:
    at = ord(letter)
    return at >= FIRST and letter.isalnum() and not any(first <= at <= last for first, last in OURS)


@lru_cache(maxsize=256)  # it depends on the machine, not on the content; new fonts are found after a restart
def _covering(missing: str, language: str) -> tuple[str, ...]:
    chosen: list[str] = []
    while missing and len(chosen) < MOST_FONTS:
        faces = list(_faces(missing[0]))
        if not faces:
            missing = missing[1:]
            continue
        best = min(faces, key=lambda face: _rank(face, missing, language))
        chosen.append(best.name)
        missing = "".join(letter for letter in missing if not best.has(letter))
    return tuple(chosen)


def _rank(face: Face, missing: str, language: str) -> tuple[int, bool, bool, str, int]:
    """Return a sort key, least for the best font."""
    shapes = HAN.get(language) or HAN.get(language.partition("-")[0]) or "JP"
    of_language, serif = face.family.endswith(shapes), "Serif" in face.family
    return -sum(map(face.has, missing)), not of_language, not serif, face.file, face.index


def _faces(letter: str) -> Iterator[Face]:
    """Yield the upright fonts of ordinary weight that have a letter."""
    program = shutil.which("fc-list")
    if not program:
        return
    command = [program, "--format", FORMAT, f":charset={ord(letter):x}:weight=80:slant=0"]
    try:
        ran = subprocess.run(  # noqa: S603 - a program of the system, asked about one letter
            command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return
    for line in ran.stdout.splitlines():
        file, index, families, spans = (*line.split("\t"), "", "", "", "")[:4]
        if index.isdigit() and int(index) < INSTANCE and spans:
            yield Face(file, int(index), families.partition(",")[0], tuple(map(_span, spans.split())))


def _span(written: str) -> range:
    """Parse "e1-ff" or "e1"."""
    first, _, last = written.partition("-")
    return range(int(first, 16), int(last or first, 16) + 1)
