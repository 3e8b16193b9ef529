"""Code blocks -> HTML highlighted with a few of Pygments' classes, once, when the text is parsed.

The classes that the style sheet must know, on <span> inside `div.code pre code` (Pygments' own short names):
c comment · k keyword · s string · m number · o operator · nf function · nc class · nb built-in · nd decorator ·
nt tag · na attribute · nv variable · gi inserted · gd deleted · gh heading of a diff · gp prompt · go output.
Everything else is plain. A language is never guessed. From the options that listings.py reads: `hl` on a <span> around
a highlighted line, `ln` on an empty one before each numbered line, with its number in `data-n`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from markdown_it.rules_core import StateCore

from folio.markdown.printer import escape

if TYPE_CHECKING:
    from pygments.lexer import Lexer

    from folio.markdown.listings import Listing

# Code beyond these limits stays plain. Many lexers are quadratic in text that is no program: 20 kB of "a a a" took
# Pygments' Java lexer 25 s, of blank lines its C lexer 18 s, 40 kB of backticks its YAML lexer 10 s.
BLOCK_CHARACTERS = 12_000
LINE_CHARACTERS = 1_000
PAGE_CHARACTERS = 100_000
REPETITION = 20  # the highest compression ratio that still passes for a program; real ones reach 2 to 8

_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "Token.Comment": "c",
        "Token.Keyword": "k",
        "Token.Operator.Word": "k",
        "Token.Operator": "o",
        "Token.Literal.String": "s",
        "Token.Literal.Number": "m",
        "Token.Name.Function": "nf",
        "Token.Name.Class": "nc",
        "Token.Name.Exception": "nc",
        "Token.Name.Builtin": "nb",
        "Token.Name.Decorator": "nd",
        "Token.Name.Tag": "nt",
        "Token.Name.Attribute": "na",
        "Token.Name.Variable": "nv",
        "Token.Generic.Inserted": "gi",
        "Token.Generic.Deleted": "gd",
        "Token.Generic.Heading": "gh",
        "Token.Generic.Subheading": "gh",
        "Token.Generic.Prompt": "gp",
        "Token.Generic.Output": "go",
    }
)


def code(state: StateCore) -> None:
    """Highlight every code block: set `meta["html"]` to its content, `meta["language"]` to its language or ""."""
    blocks = [token for token in state.tokens if token.type in ("fence", "code_block")]
    if not blocks:
        return
    from folio.markdown.listings import listing

    left = PAGE_CHARACTERS if state.env.get("coloured", True) else -1
    for token in blocks:
        shown = listing(token, state.env)
        language = shown.language
        has_room = len(token.content) <= min(left, BLOCK_CHARACTERS)
        html = highlight(token.content, language) if language and has_room else ""
        left -= len(token.content) if html else 0
        token.meta["language"], token.meta["title"] = language, shown.title
        token.meta["html"] = _in_lines(html or escape(token.content), shown)


def highlight(source: str, language: str) -> str:
    """Return source as escaped HTML with spans, or "" if the language is unknown or the text cannot be a program."""
    if not _is_program(source):
        return ""
    lexer = _lexer(language)
    return _spans(lexer.get_tokens(source)) if lexer is not None else ""


def _is_program(source: str) -> bool:
    """Return False for text with very long lines and for very repetitive text."""
    if any(len(line) > LINE_CHARACTERS for line in source.split("\n")):
        return False
    packed = zlib.compress(source.encode(errors="replace"), 1)
    return len(source) < 200 or len(packed) * REPETITION > len(source)


def _spans(pieces: Iterable[tuple[Any, str]]) -> str:
    out: list[str] = []
    run: list[str] = []
    current = ""
    for kind, text in pieces:
        name = _class_of(kind)
        if name != current and not text.isspace():
            _flush(out, run, current)
            run, current = [], name
        run.append(text)
    _flush(out, run, current)
    return "".join(out)


def _flush(out: list[str], run: list[str], name: str) -> None:
    text = "".join(run)
    body = text.rstrip()
    if name and body:
        out.append(f'<span class="{name}">{escape(body)}</span>{text[len(body) :]}')
    else:
        out.append(escape(text))


def _in_lines(html: str, shown: Listing) -> str:
    """Wrap the highlighted lines, number all if asked; a span that runs over several lines is split at each."""
    if not shown.marked and not shown.numbered:
        return html
    out: list[str] = []
    open_span = ""
    for number, line in enumerate(html.removesuffix("\n").split("\n"), 1):
        line = open_span + line
        start = line.rfind("<span")
        open_span = line[start : line.index(">", start) + 1] if start > line.rfind("</span>") else ""
        line += "</span>" if open_span else ""
        label = f'<span class="ln" data-n="{shown.first + number - 1}"></span>' if shown.numbered else ""
        out.append(f'<span class="hl">{label}{line}</span>' if number in shown.marked else label + line)
    return "\n".join(out) + "\n"


@lru_cache(maxsize=1024)  # Pygments has some 150 kinds of token, and lexers add a few of their own
def _class_of(kind: Any) -> str:
    while kind is not None:
        name = _CLASSES.get(str(kind))
        if name is not None:
            return name
        kind = kind.parent
    return ""


@lru_cache(maxsize=64)  # looking a lexer up costs 0.4 ms
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None
