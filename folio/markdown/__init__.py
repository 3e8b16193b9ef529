"""Markdown in two steps: `parse(text)` returns a Document with every fact, `render(document, resolve)` HTML.

Parsing is a pure function of the text, so its result can be cached by the text's hash; what depends on the rest of the
site (where links lead, which photographs exist) comes in at rendering. Each rule of the dialect has its own file.
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
_SPECIAL = re.compile(r"[\\`*~\[\]<{]|(?<![^\W_])_|_(?![^\W_])|=(?==)|(?<==)=|%(?=%)|(?<=%)%|&(?=#?\w+;)|#(?=[#\s]*$)")
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
    """Parse any text; never raises. `language` is a BCP 47 tag and chooses the quotation marks.

    `math` False leaves every `$` as it is. Without `coloured`, code is not highlighted: for callers that print none.

    Linear in the text, except for hostile ones, which are bounded: 100 kB of any known shape stays under 3 s. A text
    nested too deeply for the parser (RecursionError) becomes one block of code, with a problem that says so.
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
    """Return a heading's source as plain text: "On *cats*[^1] {.wide}" -> "On cats".

    Quotation marks, dashes and formulas stay as they are written.
    """
    parser, read = dialect(), list[Token]()
    parser.inline.parse(cut(heading)[0], parser, {}, read)
    return plain(read)


def literal(words: str) -> str:
    """Escape one line of plain text for Markdown: "<b> and *args" -> "\\<b> and \\*args"."""
    return _SPECIAL.sub(r"\\\g<0>", words)


def _printable(text: str, env: dict[str, object]) -> str:
    """Replace the characters that HTML and XML forbid (control characters, lone surrogates), and report the first."""
    if not _UNPRINTABLE.search(extract.unusual(text)):
        return text
    first = _UNPRINTABLE.search(text)
    assert first
    line = text.count("\n", 0, first.start()) + 1
    report(env, line, f"there is a character here that cannot be shown (U+{ord(first[0]):04X})", "encoding")
    return _UNPRINTABLE.sub("\ufffd", text)


def as_written(text: str, why: str) -> Document:
    """Return a Document that shows the source text unparsed, with a problem that says why."""
    code = Token("code_block", "code", 0, content=text, map=[0, text.count("\n")], block=True)
    code.meta = {"language": "", "html": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}
    return extract.document([code], {"problems": [Problem("", 1, why, "markup")]})
