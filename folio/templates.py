"""templates/ -> a Jinja environment with autoescape, an error for undefined names, and a few filters.

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

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, TemplateError
from jinja2.bccache import Bucket
from markupsafe import Markup

from folio import icons, sheets
from folio.assets import Assets
from folio.config import ROOT
from folio.dates import MONTHS, Date

TEMPLATES = ROOT / "templates"
HASH_BYTES = 16
# The templates of nearly every page. Compiling them takes 0.1 s, every other one 2 to 10 ms.
SHARED = ("macros.html", "_partials.html", "_ends.html", "base.html", "home.html", "page.html", "section.html")
GARAMOND = ("bs", "cs", "hr", "hu", "lt", "lv", "pl", "ro", "sk", "sl", "tr")  # languages ET Book cannot set
OTHER_SCRIPTS = ("ar", "fa", "he", "ja", "ko", "ur", "yi", "zh")  # set in fonts of the reader's system
# Elements set in semibold. With "<" as common prefix a search of 12,000 characters takes 9 µs, without it 60.
SEMIBOLD = re.compile("<(?:strong|b>|th|dt|h4)")
FORMULA = re.compile("<math.*?</math>", re.DOTALL)
# What the small font for formulas lacks: growing signs, other alphabets, upright small Greek (fonts/make_math.py).
RARE = re.compile(
    "[^\0-\x7f\xa0¨¬¯±·×÷˙‖…′″‾ℂℏℓℕℚℝℤ←→↔↦⇒⇔∀∂∃∅∇∈∉∋∏∑−∓∗∘√∝∞∣∥∧∨∩∪∫∼≃≅≈≠≡≤≥≪≫⊂⊃⊆⊇⊕⊗⊥⋂⋃⋅⋮⋯⋱⌈⌉⌊⌋⟨⟩"
    'ΓΔΘΛΞΠΣΥΦΨΩα-ωϑϕϖϰϱϵ]|"normal">[^<]*[α-ϵ]'
)


class Compiled(BytecodeCache):
    """Compiled templates, cached in a folder: to compile those of its first page would take a start 60 ms.

    Each file begins with a hash of the rest, as Jinja would run a damaged one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            raw = (self._folder / bucket.key).read_bytes()
            if _hash(raw[HASH_BYTES:]) == raw[:HASH_BYTES]:
                bucket.bytecode_from_string(raw[HASH_BYTES:])

    def dump_bytecode(self, bucket: Bucket) -> None:
        code = bucket.bytecode_to_string()
        partial = self._folder / f"{bucket.key}.{os.getpid()}.partial"
        with contextlib.suppress(OSError):  # then every start compiles them
            self._folder.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(_hash(code) + code)
            partial.replace(self._folder / bucket.key)


def _hash(code: bytes) -> bytes:
    return blake2b(code, digest_size=HASH_BYTES).digest()


def environment(
    assets: Assets,
    folder: Path = TEMPLATES,
    sprite: Callable[[str], tuple[str, str] | None] = lambda url: None,
    compiled: Path | None = None,
) -> Environment:
    """Make the environment: its globals are `asset` (name -> URL) and `garamond`, its filters the functions below.

    The filter `address` is from sheets.py; `sprite` returns the place of a page's icon by its URL, as (href, accent),
    or None if it is on no sprite.

    Templates are compiled at first use and cached, in the folder `compiled` too; a changed template takes a restart.
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
    """Render a template. Raises jinja2.UndefinedError naming what the context lacks."""
    return env.get_template(name).render(**context)


def prepare(env: Environment) -> None:
    """Compile what nearly every page is made with, in a thread: one that is broken is told by who renders it."""
    with contextlib.suppress(TemplateError):
        for name in SHARED:
            env.get_template(name)


def letters(language: str) -> str:
    """Return the typeface for a language: "ET Book", "EB Garamond" for "pl", "" if none of ours has its script."""
    primary = language[:2]
    return "" if primary in OTHER_SCRIPTS else "EB Garamond" if primary in GARAMOND else "ET Book"


def semibold(html: str) -> bool:
    """Say whether anything in an HTML text is set in semibold."""
    return SEMIBOLD.search(html) is not None


def everyday(html: str) -> bool:
    """Say whether an HTML text has formulas, and all of them can be set in the small font."""
    formulas = "".join(FORMULA.findall(html))
    return formulas != "" and RARE.search(formulas) is None


def plural(count: int, one: str, many: str = "") -> str:
    """Return "1 essay", "1,234 essays"; `many` is for irregular plurals."""
    return f"{thousands(count)} {one if count == 1 else many or one + 's'}"


def thousands(count: int) -> str:
    """Return "1,234,567"."""
    return f"{int(count):,}"  # int() raises for an undefined name


def within_year(date: Date | None) -> str:
    """Return a date without its year: "11 June", "June" or ""."""
    if date is None or date.month is None:
        return ""
    return f"{date.day} {MONTHS[date.month - 1]}" if date.day else MONTHS[date.month - 1]


def icon_url(url: str) -> str:
    """Return the icon's URL for the page at `url`: "/icon/essays/on-cats.svg", "/icon/index.svg" for the front page."""
    return f"/icon{url if url != '/' else '/index'}.svg"


def drawing(title: str) -> Markup:
    """Return the shapes of a title's icon for an `<svg>`; safe, as no text of the title is in them."""
    return Markup(icons.drawing(title))  # noqa: S704


def host(url: str) -> str:
    """Return the host of an address without "www.", "" for a local URL."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
