"""Text -> glyphs on a picture, from the fonts of static/fonts: measured, wrapped, cut. Called by cards.py.

ET Book writes Western European languages. Whatever it lacks, EB Garamond writes: Latin of the rest of Europe, Greek,
Cyrillic. A line is set in one family, so that two designs never meet inside a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from folio.config import ROOT
from folio.errors import Unavailable

if TYPE_CHECKING:
    from PIL import ImageDraw
    from PIL.ImageFont import FreeTypeFont

Style = Literal["roman", "italic", "semibold"]
FONTS = ROOT / "static" / "fonts"
SCRIPTS = ("latin", "latin-ext", "greek", "cyrillic")  # the files EB Garamond comes in
WEIGHTS = {"roman": 400, "italic": 400, "semibold": 600}
LEGIBLE_SHARE = 0.5  # of a text's letters must be writable, or what is left says something else
ELLIPSIS = "…"
MEASURE_PX = 200


class Type:
    """One style of both families, at any size. Widths and sizes in pixels."""

    def __init__(self, style: Style) -> None:
        slope = "-italic" if style == "italic" else ""
        self._book = f"et-book-{style}"
        self._garamond = tuple(f"eb-garamond-{script}{slope}" for script in SCRIPTS)
        self._weight = WEIGHTS[style]
        self._covered: dict[str, frozenset[int]] = {}
        self._fonts: dict[tuple[str, int], FreeTypeFont] = {}

    def writable(self, text: str) -> str:
        """Return the text on one line without what no font of ours has; "" when less than half of it is left."""
        clean = " ".join(unicodedata.normalize("NFC", text).split())
        kept = "".join(c if c == " " else self._nearest(c) for c in clean)
        if _letters(kept) < LEGIBLE_SHARE * _letters(clean):
            return ""
        return " ".join(kept.split())

    def _nearest(self, character: str) -> str:
        """Return the character, else with as many of its accents as a font has (ἀ -> α, ệ -> ê), else ""."""
        letter, *accents = list(unicodedata.normalize("NFD", character))
        for count in range(len(accents), -1, -1):
            for kept in combinations(accents, count):
                simpler = unicodedata.normalize("NFC", letter + "".join(kept))
                if len(simpler) == 1 and self._file_for(simpler, (self._book, *self._garamond)):
                    return simpler
        return ""

    def width(self, text: str, size: int) -> float:
        """Return the width of one line: measured large and scaled, so that trying sizes costs no font loading."""
        return sum(font.getlength(run) for run, font in self._runs(text, MEASURE_PX)) * size / MEASURE_PX

    def draw(self, draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, fill: str) -> None:
        """Draw one line with its baseline at `at`, from the left."""
        x, y = float(at[0]), at[1]
        for run, font in self._runs(text, size):
            draw.text((x, y), run, font=font, fill=fill, anchor="ls")
            x += font.getlength(run)

    def fit(self, text: str, width: int, sizes: Sequence[tuple[int, int]]) -> tuple[int, list[str]]:
        """Return the size and the lines for a title: one line if it can be large, else two, and so on.

        `sizes` gives the largest and the least size for one line, two lines, and so on. What does not fit into the
        last of them at its least size is cut there. An empty text has no lines.
        """
        if not text:
            return sizes[0][0], []
        for count, (largest, least) in enumerate(sizes, 1):
            for size in range(largest, least - 1, -2):
                if not self._unbroken(text, size, width):
                    continue
                if (needed := len(self.wrap(text, size, width))) <= count:
                    return size, self._balanced(text, size, width, needed)
        size = sizes[-1][1]
        return size, self.cut(self.wrap(text, size, width), len(sizes), size, width)

    def wrap(self, text: str, size: int, width: float) -> list[str]:
        """Break the text into lines no wider than `width`, at spaces, and within a word only when it must be."""
        lines: list[str] = []
        for word in text.split():
            if lines and self.width(f"{lines[-1]} {word}", size) <= width:
                lines[-1] += f" {word}"
            else:
                lines += self._pieces(word, size, width)
        return lines

    def cut(self, lines: Sequence[str], count: int, size: int, width: float) -> list[str]:
        """Return the first `count` lines, the last of them with an ellipsis if more follow."""
        if len(lines) <= count:
            return list(lines)
        last = lines[count - 1]
        while last and self.width(last + ELLIPSIS, size) > width:
            last = last.rpartition(" ")[0] or last[:-1]
        return [*lines[: count - 1], last.rstrip(" ,;:.–—") + ELLIPSIS]

    def _balanced(self, text: str, size: int, width: int, count: int) -> list[str]:
        """Wrap to the narrowest width that needs no more lines, so that they come out alike."""
        low, high = width // count, width
        while low < high:
            middle = (low + high) // 2
            if len(self.wrap(text, size, middle)) <= count and self._unbroken(text, size, middle):
                high = middle
            else:
                low = middle + 1
        return self.wrap(text, size, high)

    def _unbroken(self, text: str, size: int, width: float) -> bool:
        return all(self.width(part, size) <= width for word in text.split() for part in _parts(word))

    def _pieces(self, word: str, size: int, width: float) -> list[str]:
        """Break a word that is too wide: after its hyphens and slashes, else anywhere."""
        pieces = [""]
        for part in _parts(word):
            for bit in [part] if self.width(part, size) <= width else part:
                if pieces[-1] and self.width(pieces[-1] + bit, size) > width:
                    pieces.append("")
                pieces[-1] += bit
        return pieces

    def _runs(self, text: str, size: int) -> Iterator[tuple[str, FreeTypeFont]]:
        """Split a line into runs of one font: ET Book if it has every character, else EB Garamond for all it can."""
        whole = all(c == " " or ord(c) in self._characters(self._book) for c in text)
        files = (self._book,) if whole else (*self._garamond, self._book)
        run, current = "", ""
        for character in text:
            file = self._file_for(character, files) if character != " " else current or files[0]
            if file != current and run:
                yield run, self._font(current, size)
                run = ""
            run, current = run + character, file
        if run:
            yield run, self._font(current, size)

    def _file_for(self, character: str, files: Sequence[str]) -> str:
        return next((file for file in files if ord(character) in self._characters(file)), "")

    def _characters(self, file: str) -> frozenset[int]:
        """Return the code points that a font has: the only way to know, since a missing glyph is drawn as a box."""
        from fontTools.ttLib import TTFont

        if file not in self._covered:
            try:
                with TTFont(FONTS / f"{file}.woff2", lazy=True) as font:
                    self._covered[file] = frozenset(font.getBestCmap())
            except OSError as error:
                raise Unavailable(f"the font {file}.woff2 is missing", "restore static/fonts") from error
        return self._covered[file]

    def _font(self, file: str, size: int) -> FreeTypeFont:
        from PIL import ImageFont

        if (file, size) not in self._fonts:
            font = ImageFont.truetype(str(FONTS / f"{file}.woff2"), size)
            if file in self._garamond:
                font.set_variation_by_axes([self._weight])
            self._fonts[file, size] = font
        return self._fonts[file, size]


def _parts(word: str) -> list[str]:
    return re.split(r"(?<=[-–—/])(?=.)", word)


def _letters(text: str) -> int:
    return sum(character.isalnum() for character in text)
