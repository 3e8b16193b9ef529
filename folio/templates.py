"""templates/ -> one Jinja environment: autoescape everywhere, a missing name is an error, a few filters.

replies.py renders pages through `render`. Content is never a template: it enters only as values.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from folio import icons, sheets
from folio.assets import Assets
from folio.config import ROOT
from folio.dates import MONTHS, Date

TEMPLATES = ROOT / "templates"
HASH_BYTES = 16
GARAMOND = ("bs", "cs", "hr", "hu", "lt", "lv", "pl", "ro", "sk", "sl", "tr")  # languages ET Book lacks letters of
OTHER_SCRIPTS = ("ar", "fa", "he", "ja", "ko", "ur", "yi", "zh")  # set in what the reader's system has for them
# What is set in it. A pattern is looked for at each "<", words in turn at every letter: 9 µs for 12,000, not 60.
SEMIBOLD = re.compile("<(?:strong|b>|th|dt|h4)")
FORMULA = re.compile("<math.*?</math>", re.DOTALL)
# What its small font lacks: growing signs, letters of other alphabets, small Greek upright (static/fonts/make_math.py).
RARE = re.compile(
    "[^\0-\x7f\xa0¨¬¯±·×÷˙‖…′″‾ℂℏℓℕℚℝℤ←→↔↦⇒⇔∀∂∃∅∇∈∉∋∏∑−∓∗∘√∝∞∣∥∧∨∩∪∫∼≃≅≈≠≡≤≥≪≫⊂⊃⊆⊇⊕⊗⊥⋂⋃⋅⋮⋯⋱⌈⌉⌊⌋⟨⟩"
    'ΓΔΘΛΞΠΣΥΦΨΩα-ωϑϕϖϰϱϵ]|"normal">[^<]*[α-ϵ]'
)


class Compiled(BytecodeCache):
    """Templates as they were compiled, in a folder; a start would compile those of its first page for 60 ms.

    Each file begins with its own hash: Jinja would run what a damaged one says.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            said = (self._folder / bucket.key).read_bytes()
            if _hash(said[HASH_BYTES:]) == said[:HASH_BYTES]:
                bucket.bytecode_from_string(said[HASH_BYTES:])

    def dump_bytecode(self, bucket: Bucket) -> None:
        said = bucket.bytecode_to_string()
        partial = self._folder / f"{bucket.key}.{os.getpid()}.partial"
        with contextlib.suppress(OSError):  # they are compiled at each start, then
            self._folder.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(_hash(said) + said)
            partial.replace(self._folder / bucket.key)


def _hash(said: bytes) -> bytes:
    return blake2b(said, digest_size=HASH_BYTES).digest()


def environment(
    assets: Assets,
    folder: Path = TEMPLATES,
    sprite: Callable[[str], tuple[str, str] | None] = lambda url: None,
    compiled: Path | None = None,
) -> Environment:
    """Make the environment: globals `asset` (name -> URL) and `garamond`, filters and tests the functions below.

    The filter `address` is that of sheets.py; `sprite` says where the icon of the page at a URL is drawn, as (href,
    accent), None where on no sprite.

    Templates are compiled at first use and kept, in the folder `compiled` too; a changed template wants a restart.
    """
    env = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=Compiled(compiled) if compiled else None,
    )
    env.globals.update(asset=assets.url, garamond=GARAMOND)
    env.tests.update(semibold=semibold, everyday=everyday)
    env.filters.update(
        address=sheets.address, drawing=drawing, host=host, icon_url=icon_url, letters=letters, plural=plural,
        sprite=sprite, thousands=thousands, within_year=within_year,
    )  # fmt: skip
    return env


def render(env: Environment, name: str, **context: Any) -> str:
    """Render one template whole. Raises jinja2.UndefinedError naming what the context lacks."""
    return env.get_template(name).render(**context)


def letters(language: str) -> str:
    """Name the face that a text is set in: "ET Book", "EB Garamond" for "pl", "" where it is none of ours."""
    primary = language[:2]
    return "" if primary in OTHER_SCRIPTS else "EB Garamond" if primary in GARAMOND else "ET Book"


def semibold(html: str) -> bool:
    """Say whether a text of HTML has anything in the semibold face."""
    return SEMIBOLD.search(html) is not None


def everyday(html: str) -> bool:
    """Say whether a text of HTML has formulas, and all of them can be set in the small font."""
    formulas = "".join(FORMULA.findall(html))
    return formulas != "" and RARE.search(formulas) is None


def plural(count: int, one: str, many: str = "") -> str:
    """Return "1 essay", "1,234 essays"; `many` for words that do not just take an s."""
    return f"{thousands(count)} {one if count == 1 else many or one + 's'}"


def thousands(count: int) -> str:
    """Return "1,234,567"."""
    return f"{int(count):,}"  # int() refuses what a context lacks


def within_year(date: Date | None) -> str:
    """Return what a list under its year still has to say: "11 June", "June" or ""."""
    if date is None or date.month is None:
        return ""
    return f"{date.day} {MONTHS[date.month - 1]}" if date.day else MONTHS[date.month - 1]


def icon_url(url: str) -> str:
    """Return the URL of the icon of the page at `url`: "/icon/essays/on-cats.svg", "/icon/index.svg" for home."""
    return f"/icon{url if url != '/' else '/index'}.svg"


def drawing(title: str) -> Markup:
    """Return the shapes of a title's icon, to stand in an `<svg>`: numbers and names of ours, nothing of the title."""
    return Markup(icons.drawing(title))  # noqa: S704


def host(url: str) -> str:
    """Return the host of an address without "www.": what a reader calls the site; "" for a local URL."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
