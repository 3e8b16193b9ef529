"""A page -> a typeset PDF: `sheet` gathers what templates/pdf.html prints, `make` typesets that HTML in a worker.

WeasyPrint is imported in the worker alone, when the first PDF is made (600 ms). Its fetcher serves only what the caller
passes, and our fonts and style sheets: it cannot reach the network, the content folder or any other file.
"""

from __future__ import annotations

import contextlib
import ctypes.util
import io
import logging
import mimetypes
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from html import unescape
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from folio import icons, progress, volumes
from folio.cache import Maker
from folio.config import ROOT, Config
from folio.content import Page
from folio.errors import MakeFailed, Unavailable
from folio.volumes import Volume

PDF = Maker("folio.pdf:make", version=2)
BOOK = Maker("folio.pdf:make", version=2, lane="book")
REMEDY = "apt install libpangoft2-1.0-0 libharfbuzz-subset0"
ICON = "/icon.svg"  # where pdf.css looks for the page's icon
DPI = 200  # pictures are downsampled to this
JPEG_QUALITY = 85
LONG_WORD = 50  # characters of code that may not fit on a line
FOLDER = "/static/pdf/"  # of our style sheets

_LIBRARIES = ("gobject-2.0", "pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset", "fontconfig")
_STATIC = ROOT / "static"
_BEYOND_ET_BOOK = re.compile(
    "[^\x00-\xb4\xb6-\xff\u0152\u0153\u0178\u02c6\u02dc\u2000-\u200a\u2010-\u2014\u2018-\u201a\u201c-\u201e"
    "\u2022\u2026\u202f\u2039\u203a\u205f\u20ac\u2122\u25fc\ufb01-\ufb04]"
)
_SIGN = re.compile("[\u2190-\u22ff]")  # arrows and mathematical signs, which also occur in texts without formulas
_NOTE_BLOCK = re.compile(  # the class of a span that stands for a block in a footnote
    r"(p|ul|ol|li|dl|dt|dd|blockquote|div|pre|figure|figcaption|table|thead|tbody|tr|th|td)\b"
)
_SUFFIXES = (".css", ".woff2", ".svg")  # of static/ that a PDF may use


@dataclass(frozen=True, slots=True)
class Sheet:
    """What templates/pdf.html prints, as `sheet`; every text is plain but `html`.

    `html` is the body rendered with `notes="foot"`, safe to print. `files` are the pictures in it: the URL path as it
    is printed and the absolute path of the derivative on disk (never an original, which would include its EXIF).
    """

    title: str
    author: str
    site: str
    language: str
    direction: str  # "rtl", "ltr" or ""
    paper: str  # "a4", "letter" or "a5": the class of <body>
    description: str
    tags: str  # "one, two"
    date_text: str  # "11 June 2026" or ""
    created: str  # ISO 8601, "" unknown
    modified: str
    canonical: str  # absolute URL on this site, the base of relative links in the text
    address: str  # the canonical URL as people read it, "example.org/essays/on-cats"
    style_sheets: tuple[str, ...]  # their URLs, each with a version
    icon: str  # a complete SVG document
    html: str
    files: tuple[tuple[str, str], ...] = ()


def sheet(page: Page, html: str, summary: str, config: Config, files: Sequence[tuple[str, str]] = ()) -> Sheet:
    """Gather what the PDF of a page needs; `html` is its text rendered with `notes="foot"`."""
    canonical = config.base_url + page.url  # not page.canonical: the text's links are relative to this site
    author = page.author or config.author.name
    latest = page.updated or page.date
    return Sheet(
        title=page.title,
        author=author,
        site=config.title,
        language=page.language or config.language,
        direction=page.direction,
        paper=config.pdf.paper.lower(),
        description=page.description or summary,
        tags=", ".join(page.tags),
        date_text=page.date.text if page.date else "",
        created=page.date.iso if page.date else "",
        modified=latest.iso if latest else "",
        canonical=canonical,
        address=canonical.split("://", 1)[-1].rstrip("/"),
        style_sheets=style_sheets(page.title + author + html),
        icon=icons.svg(page.title, config.accent_of(page.section)),
        html=html,
        files=tuple(files),
    )


def style_sheets(html: str, *, book: bool = False) -> tuple[str, ...]:
    """Return the URLs of our style sheets that this HTML needs, with only the fonts it uses."""
    names = ["pdf.css", "book.css"] if book else ["pdf.css"]
    if re.search("<(code|kbd|samp|pre)", html):
        names.append("fonts-code.css")
    if "<math" in html or _SIGN.search(unescape(html)):
        names.append("fonts-math.css")
    if _BEYOND_ET_BOOK.search(unescape(html)):
        names.append("fonts-scripts.css")
    return tuple(f"{FOLDER}{name}?v={_version()}" for name in names)


@cache  # our own files, which change with a restart
def _version() -> str:
    """Return a hash of the style sheets, the fonts and WeasyPrint's version."""
    digest = blake2b(version("weasyprint").encode(), digest_size=4)
    for path in sorted([*(_STATIC / "pdf").glob("*.css"), *(_STATIC / "fonts").glob("*.woff2")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def key(printed: str, sheet: Sheet) -> tuple[str, ...]:
    """Return the Store key of a PDF, over all that its bytes depend on: the HTML, the icon, the pictures by name.

    A derivative's URL holds the version of its photograph, so its name stands for its bytes.
    """
    digest = blake2b(digest_size=16)
    for part in (printed, sheet.icon, sheet.canonical, *(url for url, _ in sheet.files)):
        digest.update(part.encode("utf-8", "replace") + b"\0")
    return (digest.hexdigest(),)


def book_key(printed: str, volume: Volume) -> tuple[str, ...]:
    """Return the Store key of a book, over all that its bytes depend on."""
    return (volumes.digest(volume, printed),)


def missing() -> str:
    """Return a message naming the missing system libraries, "" if all are there; REMEDY installs them.

    It loads none of them, but may run ldconfig, some 30 ms: call it in a thread and keep the answer.
    """
    absent = [name for name in _LIBRARIES if not ctypes.util.find_library(name)]
    return f"PDF needs the libraries {', '.join(absent)}" if absent else ""


def make(printed: str, canonical: str, icon: str, files: Sequence[tuple[str, str]] = ()) -> bytes:
    """Typeset a printed pdf.html, and return the PDF: tagged (PDF/UA-1), fonts embedded, same bytes for same input.

    A picture that is not among `files`, or cannot be read, is left out. Raises Unavailable without Pango, MakeFailed
    when the text cannot be typeset.
    """
    weasyprint = _weasyprint()
    given: dict[str, Path | bytes] = {unquote(url): Path(path) for url, path in files}
    given[ICON] = icon.encode()
    fetcher = _fetcher(weasyprint, canonical, given)
    document = weasyprint.HTML(string=printed, base_url=canonical, url_fetcher=fetcher)
    _prepare(document)
    _link_chapters(document)
    try:
        with _no_clock(), _progress():
            pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1", dpi=DPI, jpeg_quality=JPEG_QUALITY)
    except (ValueError, TypeError, AttributeError, IndexError, AssertionError, RecursionError, OSError) as error:
        raise MakeFailed(f"{canonical}: WeasyPrint could not typeset it: {type(error).__name__}: {error}") from error
    return pdf


def _weasyprint() -> Any:
    """Import WeasyPrint. Raises Unavailable without its libraries, in place of the advice it prints and its OSError."""
    advice = io.StringIO()
    try:
        with contextlib.redirect_stdout(advice):
            import weasyprint
    except OSError as error:
        raise Unavailable(f"PDF needs Pango ({error})".replace("\n", " "), REMEDY) from error
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return weasyprint


@contextlib.contextmanager
def _no_clock() -> Iterator[None]:
    """Keep fontTools from writing the current time into embedded fonts."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before


@contextlib.contextmanager
def _progress() -> Iterator[None]:
    """Report every page that WeasyPrint logs as laid out; the total is unknown."""

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.msg.endswith("layout - Page %d") and isinstance(record.args, tuple):
                progress.tell(int(str(record.args[0])), 0)

    logger, listener = logging.getLogger("weasyprint.progress"), Listener()
    logger.addHandler(listener)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(listener)


def _fetcher(weasyprint: Any, canonical: str, given: Mapping[str, Path | bytes]) -> Any:
    """Return WeasyPrint's only way to get anything: what was given, our fonts and style sheets, data: URLs."""
    origin = urlsplit(canonical)[:2]

    class Fetcher(weasyprint.URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            parts = urlsplit(url)
            path = unquote(parts.path)
            found = given.get(path) if parts[:2] == origin else None
            if found is None and parts[:2] == origin:
                found = _static(path)
            if found is None:
                raise ValueError(f"a PDF may not read {url}")
            body = (
                found if isinstance(found, bytes) else _font(found) if found.suffix == ".woff2" else found.read_bytes()
            )
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            return weasyprint.urls.URLFetcherResponse(url, body, {"Content-Type": kind})

    return Fetcher(allowed_protocols=("data",), allow_redirects=False)


def _static(path: str) -> Path | None:
    """Return the file of static/ that a URL path names, None for any other path."""
    if not path.startswith("/static/") or not path.endswith(_SUFFIXES) or "\0" in path:
        return None
    file = (_STATIC / path.removeprefix("/static/")).resolve()
    return file if file.is_relative_to(_STATIC) and file.is_file() else None


@cache  # a dozen files of our own, in a worker; unpacking them for each PDF took WeasyPrint half of its time
def _font(path: Path) -> bytes:
    """Unpack a WOFF2 font."""
    from fontTools.ttLib import TTFont

    unpacked = io.BytesIO()
    with TTFont(path) as font:
        font.flavor = None
        font.save(unpacked, reorderTables=False)
    return unpacked.getvalue()


def _prepare(document: Any) -> None:
    """Adapt the parsed HTML to WeasyPrint.

    Remove `rel=attachment`, which would attach files to the PDF, and the line breaks between blocks of footnotes, which
    it sets as empty lines. Give code with words as long as a line the class that lets them break. Write the width of a
    sized picture as a style, since it ignores that attribute.
    """
    for element in document.etree_element.iter():
        if "attachment" in element.get("rel", "").lower().split():
            del element.attrib["rel"]
        if element.tag == "pre" and any(len(word) > LONG_WORD for word in "".join(element.itertext()).split()):
            element.set("class", f"{element.get('class', '')} long".strip())
        if element.tag == "img" and "sized" in element.get("class", "").split() and element.get("width", "").isdigit():
            element.set("style", f"width: {element.get('width')}px")
        if element.get("class", "").split(" ")[0] == "footnote":
            _close_up(element)


def _link_chapters(document: Any) -> None:
    """Make links between the chapters of a book internal; a chapter's `data-url` is the path of its page."""
    root = document.etree_element
    chapters = {one.get("data-url"): one.get("id") for one in root.iter("section") if one.get("data-url")}
    if not chapters:
        return
    ids = {element.get("id") for element in root.iter() if isinstance(element.tag, str) and element.get("id")}
    for link in root.iter("a"):
        path, _, fragment = link.get("href", "").partition("#")
        if chapter := chapters.get(path):
            place = f"{chapter}-{unquote(fragment)}"
            link.set("href", f"#{place if fragment and place in ids else chapter}")


def _close_up(footnote: Any) -> None:
    for block in footnote.iter("span"):
        if _NOTE_BLOCK.match(block.get("class", "")):
            block.text = _unless_blank(block.text)
            block.tail = _unless_blank(block.tail)


def _unless_blank(text: str | None) -> str | None:
    return text if text and text.strip() else None
