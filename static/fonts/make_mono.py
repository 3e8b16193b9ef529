"""JetBrains Mono -> jetbrains-mono-*.woff2: no ligatures, which are switched off, and two weights, each in its file.

Not part of the engine and never served; it is how the files beside it were made (40 KB -> 9) with fonttools and brotli:
python make_mono.py PACKAGE/files/jetbrains-mono-latin-wght-normal.woff2 OUT, where PACKAGE is the unpacked npm package
@fontsource-variable/jetbrains-mono 5.3.0 (font 2.211, SIL OFL 1.1).
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

WEIGHTS = {"latin": 400, "semibold": 600}
FEATURES = ["ccmp", "locl", "mark"]  # letters with accents of their own


def main(source: Path, target: Path) -> None:
    """Make both files."""
    for name, weight in WEIGHTS.items():
        font = TTFont(source, recalcTimestamp=False)
        lean = subset.Subsetter(subset.Options(layout_features=FEATURES, notdef_outline=True))
        lean.populate(unicodes=list(font.getBestCmap()))
        lean.subset(font)
        font = instantiateVariableFont(font, {"wght": weight})
        font.flavor = "woff2"
        font.save(target / f"jetbrains-mono-{name}.woff2")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
