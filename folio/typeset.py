"""Text -> glyphs on a picture, in the fonts of static/fonts: measured, wrapped, cut. Called by cards.py.

ET Book covers Western European languages; EB Garamond adds the Latin of the rest of Europe, Greek and Cyrillic; the
given fonts of the machine add what both lack. A line is set in one family if one has all of it, so that two designs do
not meet inside a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from folio.config import ROOT
from folio.errors import Unavailable

if TYPE_CHECKING:
    from PIL import ImageDraw
    from PIL.ImageFont import FreeTypeFont

Style = Literal["roman", "italic", "semibold"]
FONTS = ROOT / "static" / "fonts"
SCRIPTS = ("latin", "latin-ext", "greek", "cyrillic")  # the files of EB Garamond
WEIGHTS = {"roman": 400, "italic": 400, "semibold": 600}
LEGIBLE_SHARE = 0.5  # of a text's letters must be available, or the rest would be misleading
ELLIPSIS, OMITTED = "…", "\0"
_OMISSION = re.compile(rf"{OMITTED}(?:[ {OMITTED}]*{OMITTED})?")
# Han and kana have no spaces: no line may begin with a closing mark or small kana, none may end in an opening mark.
_HAN, _OPENING, _CLOSING, _SMALL = (
    "\u3041-\u30ff\u3400-\u9fff々",
    "「『（【〈《",
    "、。，．」』）】〉》！？：；ー々",
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ",
)
_BREAK = re.compile(rf"(?<=[-–—/])(?=.)|(?<=[{_HAN}{_CLOSING}])(?![{_CLOSING}{_SMALL}])(?=[{_HAN}{_OPENING}])")
MEASURE_PX = 200
FONTS_KEPT = 64  # each a file at a size, some 200 KB


class Type:
    """One style of both families, at any size. Widths and sizes are in pixels.

    `others` are fonts of the machine, named as by systemfonts.py, each in the one style it has. They are not used
    without Raqm, the library that joins letters and handles their direction.
    """

    def __init__(self, style: Style, others: Sequence[str] = ()) -> None:
        slope = "-italic" if style == "italic" else ""
        self._book = f"et-book-{style}"
        self._garamond = tuple(f"eb-garamond-{script}{slope}" for script in SCRIPTS)
        self._others = tuple(others) if others and _joins_letters() else ()
        self._weight = WEIGHTS[style]
        self._widths: dict[str, float] = {}

    def writable(self, text: str) -> str:
        """Return the text on one line without characters that no font has; "" if less than half of it is left.

        An ellipsis replaces missing letters and mathematical signs, without which a title would be misleading;
        pictures and ornaments are dropped.
        """
        clean = " ".join(unicodedata.normalize("NFC", text).split())
        kept = "".join(c if c == " " else self._nearest(c) or (OMITTED if _speaks(c) else "") for c in clean)
        if _letters(kept) < LEGIBLE_SHARE * _letters(clean):
            return ""
        return " ".join(_OMISSION.sub(ELLIPSIS, kept).split())

    def _nearest(self, character: str) -> str:
        """Return a character with as many of its accents as a font has (ἀ -> α, ệ -> ê), "" if none has the letter."""
        letter, *accents = list(unicodedata.normalize("NFD", character))
        for count in range(len(accents), -1, -1):
            for kept in combinations(accents, count):
                simpler = unicodedata.normalize("NFC", letter + "".join(kept))
                if len(simpler) == 1 and self._file_for(simpler, (self._book, *self._garamond, *self._others)):
                    return simpler
        return ""

    def width(self, text: str, size: int) -> float:
        """Return the width of one line, measured once at a large size and scaled, so that fitting loads no fonts."""
        if text not in self._widths:
            self._widths[text] = sum(font.getlength(run) for run, font in self._runs(text, MEASURE_PX))
        return self._widths[text] * size / MEASURE_PX

    def draw(
        self, draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, fill: str, right: int = 0
    ) -> None:
        """Draw one line with its baseline at `at`; a right-to-left line is aligned to `right`, if that is given."""
        x, y = float(at[0]), at[1]
        if right and from_right(text):
            x = right - self.width(text, size)
        for run, font in self._runs(text, size):
            draw.text((x, y), run, font=font, fill=fill, anchor="ls")
            x += font.getlength(run)

    def fit(self, text: str, width: int, sizes: Sequence[tuple[int, int]]) -> tuple[int, list[str]]:
        """Return the size and the lines of a title: one line if it fits at a large size, else two, and so on.

        `sizes` are (largest, least) for one line, two lines, and so on. A text that does not fit at the last and least
        of them is cut. An empty text has no lines.
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
        """Break the text into lines no wider than `width`, at spaces, and within a word only if it must be."""
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
        """Wrap to the narrowest width that takes no more lines, so that their lengths are similar."""
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
        """Split a line into runs of one font: a single run if a font has all of it, else in EB Garamond where possible.

        A right-to-left line must be a single run, as several would be drawn in the wrong order.
        """
        characters = set(map(ord, text.replace(" ", "")))
        if complete := next((one for one in (self._book, *self._others) if characters <= _characters(one, FONTS)), ""):
            if text:
                yield text, self._font(complete, size)
            return
        files = (*self._garamond, self._book, *self._others)
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
        return next((file for file in files if ord(character) in _characters(file, FONTS)), "")

    def _font(self, file: str, size: int) -> FreeTypeFont:
        return _font(file, FONTS, size, self._weight if file in self._garamond else 0)


@cache  # a dozen files of our own, in a worker
def _characters(file: str, folder: Path) -> frozenset[int]:
    """Return the code points that a font has; drawing does not tell, as a missing glyph becomes a box."""
    from fontTools.ttLib import TTFont, TTLibError

    path, index = _place(file, folder)
    try:
        with TTFont(path, lazy=True, fontNumber=index) as font:
            return frozenset(font.getBestCmap() or ())
    except (OSError, TTLibError) as error:
        if path.parent != folder:
            return frozenset()  # a font of the machine that is gone, or that only fontconfig can read
        raise Unavailable(f"the font {path.name} is missing", "restore static/fonts") from error


@lru_cache(maxsize=FONTS_KEPT)  # opening one takes a millisecond
def _font(file: str, folder: Path, size: int, weight: int) -> FreeTypeFont:
    from PIL import ImageFont

    path, index = _place(file, folder)
    font = ImageFont.truetype(str(path), size, index)
    if weight:
        font.set_variation_by_axes([weight])
    return font


def from_right(text: str) -> bool:
    """Say whether a text is written from right to left, by its first letter."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


def _place(file: str, folder: Path) -> tuple[Path, int]:
    """Return a font's file and its index there, of ours by its name, of the machine's by "FILE#INDEX"."""
    path, mark, index = file.rpartition("#")
    return (Path(path), int(index)) if mark else (folder / f"{file}.woff2", 0)


def _joins_letters() -> bool:
    from PIL import features

    return bool(features.check("raqm"))


def _parts(word: str) -> list[str]:
    """Split a word where a line may break: after a hyphen, dash or slash, between ideographs."""
    return _BREAK.split(word)


def _speaks(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) == "Sm"


def _letters(text: str) -> int:
    return sum(character.isalnum() for character in text)
