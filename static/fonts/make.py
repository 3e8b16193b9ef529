"""tufte-css's TrueType files -> et-book-*.woff2: no hints (36 KB -> 21), but ligatures, kerning, lining figures.

Not part of the engine and never served; it is how the files beside it were made, with fonttools and brotli:
python make.py PACKAGE/et-book OUT, where PACKAGE is the unpacked npm package tufte-css 1.9.0 (MIT).
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.scaleUpem import scale_upem

FACES = {
    "roman": "et-book-roman-old-style-figures",
    "italic": "et-book-display-italic-old-style-figures",
    "semibold": "et-book-semi-bold-old-style-figures",
}
LINING = "et-book-roman-line-figures"
FIGURE_WIDTH = 1001  # of every lining figure but the eight, which is made as wide as the others for tables
UNITS = 1000  # to an em, of 2048: points in fewer bytes, none moved by more than half a thousandth of an em
LIGATURES = {"ffi": "\ufb03", "ffl": "\ufb04", "fi": "\ufb01", "fl": "\ufb02"}
ROUND = "aceogqdsæœçø"
STEMS = "mnpruvwxyz"
KERNING = (  # left letters, right letters, 1/2048 em: the pairs that a title at 52 px shows
    ("T", ROUND + STEMS, -130),
    ("VW", "aceogqdsæœø", -90),
    ("VW", "mnpru", -50),
    ("Y", ROUND + STEMS, -120),
    ("AÀÁÂÄÅ", "TVWY", -110),
    ("AÀÁÂÄÅ", "vwy", -60),
    ("TVWY", "AÀÁÂÄÅÆ", -110),
    ("L", "TVWYy", -100),
    ("FP", "aeoæœø", -50),
    ("FPTVWY", ",.…", -160),
    ("FP", "AÆ", -110),
    ("R", "TVWY", -40),
    ("kKX", "oecOCGQ", -40),
    ("r", ",.…", -80),
    ("vwy", ",.…", -90),
    ("o", "vwyx", -20),
    ("AL", "’”", -120),
    ("‘“", "AÆ", -110),
    ("’", "s", -40),
    ("f", "’”?!)]", 80),
    ("TVWY", "-–—", -90),
    ("-–—", "TVWY", -70),
)


def main(source: Path, target: Path) -> None:
    """Make the four faces of FACES."""
    for face, folder in FACES.items():
        font = TTFont(source / folder / f"{folder}.ttf")
        for table in ("FFTM", "webf"):
            del font[table]
        options = subset.Options(hinting=False, name_IDs=["*"], notdef_outline=True, glyph_names=True)
        lean = subset.Subsetter(options)
        lean.populate(unicodes=list(font.getBestCmap()))
        lean.subset(font)
        font["gasp"] = smooth = newTable("gasp")
        smooth.version, smooth.gaspRange = 1, {0xFFFF: 0x000F}
        if face == "roman":
            borrow_figures(font, TTFont(source / LINING / f"{LINING}.ttf"))
        addOpenTypeFeaturesFromString(font, features(font.getBestCmap(), lining=face == "roman"))
        scale_upem(font, UNITS)
        font["post"].formatType = 3.0  # without the names of glyphs
        font.flavor = "woff2"
        font.save(target / f"et-book-{face}.woff2")


def borrow_figures(font: TTFont, lining: TTFont) -> None:
    """Add the lining figures of one face to another as "zero.lf" and so on, for the feature lnum."""
    for digit in range(ord("0"), ord("9") + 1):
        theirs = lining.getBestCmap()[digit]
        ours = f"{font.getBestCmap()[digit]}.lf"
        glyph = lining["glyf"][theirs]
        glyph.removeHinting()
        font.setGlyphOrder([*font.getGlyphOrder(), ours])
        font["glyf"][ours] = glyph
        width, bearing = lining["hmtx"][theirs]
        shift = (FIGURE_WIDTH - width) // 2
        glyph.coordinates.translate((shift, 0))
        font["hmtx"][ours] = (FIGURE_WIDTH, bearing + shift)


def features(names: dict[int, str], lining: bool) -> str:
    """Write LIGATURES, KERNING and the lining figures in the feature language, with the glyph names of one face."""

    def glyphs(letters: str) -> str:
        return " ".join(names[ord(letter)] for letter in letters if ord(letter) in names)

    joined = "".join(f"sub {glyphs(letters)} by {glyphs(one)};" for letters, one in LIGATURES.items())
    pairs = "".join(f"enum pos [{glyphs(left)}] [{glyphs(right)}] {units};" for left, right, units in KERNING)
    figures = "".join(f"sub {glyphs(digit)} by {glyphs(digit)}.lf;" for digit in "0123456789")
    return f"languagesystem DFLT dflt; feature liga {{ {joined} }} liga; feature kern {{ {pairs} }} kern;" + (
        f"feature lnum {{ {figures} }} lnum;" if lining else ""
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
