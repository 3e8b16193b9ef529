"""Markdown in two steps: `parse(text)` reads it and knows every fact, `render(document, resolve)` prints HTML.

Parsing is a pure function of the text, so its result can be kept by the text's hash; what depends on the rest of the
site (where links lead, which photographs exist) comes in at rendering. One rule of the dialect a file.
"""

from __future__ import annotations

import re

from markdown_it.token import Token

from folio.errors import Problem
from folio.markdown import extract
from folio.markdown.attributes import cut, is_attributes
from folio.markdown.dialect import dialect
from folio.markdown.document import (
    Asked,
    Document,
    Heading,
    Html,
    Image,
    Kind,
    Link,
    Note,
    NoteStyle,
    Part,
    Passage,
    Picture,
    PictureSource,
    Quote,
    Reference,
    Resolve,
)
from folio.markdown.extract import count_words, parted
from folio.markdown.headings import slug
from folio.markdown.private import public
from folio.markdown.punctuation import educated
from folio.markdown.renderer import render
from folio.markdown.strangers import harmless
from folio.markdown.walk import plain, report

_MARKUP = re.compile(r"[*_`~=%<&\\[$]")
_SPECIAL = re.compile(r"[\\`*~\[\]<{]|(?<!\w)_|_(?!\w)|=(?==)|(?<==)=|%(?=%)|(?<=%)%|&(?=#?\w+;)|#(?=[#\s]*$)")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

__all__ = [
    "Asked",
    "Document",
    "Heading",
    "Html",
    "Image",
    "Kind",
    "Link",
    "Note",
    "NoteStyle",
    "Part",
    "Passage",
    "Picture",
    "PictureSource",
    "Quote",
    "Reference",
    "Resolve",
    "as_written",
    "count_words",
    "educated",
    "fragment",
    "harmless",
    "is_attributes",
    "literal",
    "parse",
    "parted",
    "public",
    "render",
    "words",
]


def parse(text: str, *, language: str = "en", math: bool = True, coloured: bool = True) -> Document:
    """Read any text; never raises. `language` is a BCP 47 tag and chooses the quotation marks.

    `math` False leaves every `$` as it is. Without `coloured` code stays plain: for those who print nothing of it.

    Linear in the text but for hostile ones, which are bounded: 100 kB of any known shape stays under 3 s. A text the
    parser cannot follow (RecursionError) is given as it is written, with a problem that says so.
    """
    env: dict[str, object] = {"language": language, "math": math, "coloured": coloured}
    text = _printable(text, env)
    try:
        return extract.document(dialect("www." in text).parse(text, env), env)
    except RuntimeError as why:  # RecursionError is one
        return as_written(text, f"this text is too deeply nested to be read as Markdown ({why})")


def fragment(heading: str) -> str:
    """Return the id that a heading of these words has on its page: "Some *Heading*" -> "some-heading"."""
    return slug(words(heading) if _MARKUP.search(heading) else heading)


def words(heading: str) -> str:
    """Return what a heading says, without markup, notes and attributes: "On *cats*[^1] {.wide}" -> "On cats".

    Quotation marks and dashes stay as they are written, and so do formulas.
    """
    parser, read = dialect(), list[Token]()
    parser.inline.parse(cut(heading)[0], parser, {}, read)
    return plain(read)


def literal(words: str) -> str:
    """Write one line so that Markdown says it as it is: "<b> and *args" -> "\\<b> and \\*args"."""
    return _SPECIAL.sub(r"\\\g<0>", words)


def _printable(text: str, env: dict[str, object]) -> str:
    """Replace what no HTML or XML may hold: control characters and halves of surrogate pairs."""
    if not _UNPRINTABLE.search(extract.unusual(text)):
        return text
    first = _UNPRINTABLE.search(text)
    assert first
    line = text.count("\n", 0, first.start()) + 1
    report(env, line, f"a character that cannot be shown stands here (U+{ord(first[0]):04X})", "encoding")
    return _UNPRINTABLE.sub("\ufffd", text)


def as_written(text: str, why: str) -> Document:
    """Give a text as it stands in its file, with a problem that says why."""
    code = Token("code_block", "code", 0, content=text, map=[0, text.count("\n")], block=True)
    code.meta = {"language": "", "html": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}
    return extract.document([code], {"problems": [Problem("", 1, why, "markup")]})
