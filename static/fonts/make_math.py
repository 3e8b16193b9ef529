r"""STIX Two Math -> stix-*.woff2: what LaTeX has with amssymb, what most formulas need of it, and the rarer alphabets.

Not part of the engine and never served; it is how the files beside it were made, with fonttools, brotli and
latex2mathml: python make_math.py PACKAGE/ziamath/fonts/STIXTwoMath-Regular.ttf OUT, where PACKAGE is the unpacked wheel
of ziamath 0.13 from PyPI, which brings the font (2.11, SIL OFL 1.1) whole. All keep their part of the table MATH:
the measures of fractions and scripts, and the sizes and pieces of what grows.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import latex2mathml
from fontTools import subset
from fontTools.ttLib import TTFont

PRIMES = "′″‴⁗‵"  # of which scripts have another form; that of letters would cost 20 KB
# Beyond the table: what formulas are made of in latex2mathml's hands, accents, and signs of mathtools and stmaryrd.
MORE = PRIMES + "£¨¯°´·ıȷˆˇ˘˙˚˜ϑϕϖϱϰϵ―‾\u2006€⏜⏝⏞⏟⎴⎵⎰⎱≔≕⟦⟧⟪⟫⋰∯∰⨅⨉∎△▽⤳⅁‖∂ℂℍℕℙℚℝℤℬℰℱℋℐℒℳℛℎ"
RANGES = (
    range(0x20, 0x7F),
    range(0x391, 0x3CA),  # Greek
    range(0x1D400, 0x1D468),  # bold, italic
    range(0x1D49C, 0x1D4B6),  # script capitals
    range(0x1D538, 0x1D552),  # double-struck capitals
    range(0x1D6E2, 0x1D71C),  # italic Greek
    range(0x1D7CE, 0x1D7D8),  # bold figures
)
SIGNS = "\u00a0¨¬¯±·×÷˙‖…′″‾ℂℏℓℕℚℝℤ←→↔↦⇒⇔∀∂∃∅∇∈∉∋∏∑−∓∗∘√∝∞∣∥∧∨∩∪∫∼≃≅≈≠≡≤≥≪≫⊂⊃⊆⊇⊕⊗⊥⋂⋃⋅⋮⋯⋱⌈⌉⌊⌋⟨⟩"
CAPITALS = "ΓΔΘΛΞΠΣΥΦΨΩ"
EVERYDAY = (  # folio/templates.py tells by these, SIGNS and CAPITALS which pages need no more
    range(0x20, 0x7F),
    range(0x1D434, 0x1D468),  # italic
    range(0x1D6FC, 0x1D71C),  # small italic Greek
)
ALPHABETS = (  # fonts.css has them as the unicode-range of the second file
    range(0x1D468, 0x1D49C),  # bold italic
    range(0x1D4B6, 0x1D4D0),  # small script
    range(0x1D504, 0x1D538),  # fraktur
    range(0x1D552, 0x1D56C),  # small double-struck
    range(0x1D5A0, 0x1D5D4),  # sans-serif
    range(0x1D670, 0x1D6A4),  # monospace
    range(0x1D6A8, 0x1D6E2),  # bold Greek
    range(0x1D71C, 0x1D756),  # bold italic Greek
    range(0x1D7D8, 0x1D800),  # other figures
)
NAMES = (0, 1, 2, 4, 6, 13, 14)  # the copyright, what the font is called, the licence
NEEDED = re.compile(r"(?<![\w-])\w")  # a package; -package redefines the command
OF_LATEX = re.compile(r"(?<!-)\bams(?:symb|math|fonts|opn)")


def main(source: Path, target: Path) -> None:
    """Make the three files."""
    rare = {code for codes in ALPHABETS for code in codes} | set(map(ord, "ℊℌℨℭℯℴ"))
    common = {code for codes in RANGES for code in codes} | set(map(ord, MORE)) | standard()
    save(source, common - rare, target / "stix-two-math.woff2")
    save(source, everyday(), target / "stix-everyday.woff2")
    save(source, rare, target / "stix-two-math-alphabets.woff2")


def everyday() -> set[int]:
    """Return the characters that most formulas are made of; a single letter of Greek is set in italics."""
    italic = {ord(letter) - ord("Α") + 0x1D6E2 for letter in CAPITALS}
    return {code for codes in EVERYDAY for code in codes} | italic | set(map(ord, SIGNS + CAPITALS + "ℎ"))


def standard() -> set[int]:
    """Return the characters for which LaTeX itself or amssymb has a command, by the table of latex2mathml."""
    lines = Path(latex2mathml.__file__).with_name("unimathsymbols.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("^") for line in lines if not line.startswith("#")]
    known = [row for row in rows if row[2] and (OF_LATEX.search(row[6]) or not NEEDED.search(row[6]))]
    return {int(row[0], 16) for row in known if "-" not in row[0]}


def save(source: Path, codes: set[int], target: Path) -> None:
    """Write the part of the font that has these characters."""
    font = TTFont(source, recalcTimestamp=False)
    primes = {font.getBestCmap()[ord(prime)] for prime in PRIMES}
    for record in font["GSUB"].table.FeatureList.FeatureRecord:
        if record.FeatureTag == "ssty":
            for index in record.Feature.LookupListIndex:
                for table in font["GSUB"].table.LookupList.Lookup[index].SubTable:
                    forms = getattr(table, "ExtSubTable", table).alternates
                    for name in forms.keys() - primes:
                        del forms[name]
    options = subset.Options(hinting=False, notdef_outline=True, name_IDs=NAMES)
    options.layout_features = ["ssty", "dtls", "flac"]  # scripts, letters without dots, flat accents
    lean = subset.Subsetter(options)
    lean.populate(unicodes=codes)
    lean.subset(font)
    scripts = font["GSUB"].table.ScriptList.ScriptRecord
    mathematics = next(record.Script for record in scripts if record.ScriptTag == "math")
    for record in scripts:  # Chromium takes signs for text of no script
        record.Script = mathematics
    font.flavor = "woff2"
    font.save(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
