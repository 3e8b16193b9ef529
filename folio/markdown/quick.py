"""Five of markdown-it-py's rules with a fast path for the common case: emphasis, `<…>`, paragraphs and `---`.

They run more often than all others. Any other case is left to the library.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.common.utils import mdTrim
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import hr as library_hr
from markdown_it.rules_block import paragraph as library_paragraph
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import autolink as library_autolink
from markdown_it.rules_inline import html_inline as library_html_inline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

_EDGES = frozenset(" \n.,;:!?()'\"")  # the most frequent space and punctuation beside a word
_ADDRESS = re.compile(r"<[\w.!#$%&'*+/=?^`{|}~-]+[:@]", re.ASCII)
_TAG = re.compile(r"<(?!/?a\b)(?:[a-z][a-z0-9]*+(?: [a-z][a-z-]*+=\"[^\"]*+\")*+ ?/?|/[a-z][a-z0-9]*+)>")
_LINE_ENDS_IN = frozenset("*-_ \t")


def quick_plugin(md: MarkdownIt) -> None:
    """Replace the library's rules by these."""
    md.inline.ruler.at("emphasis", emphasis)
    md.inline.ruler.at("autolink", autolink)
    md.inline.ruler.at("html_inline", html_inline)
    md.block.ruler.at("paragraph", paragraph)
    md.block.ruler.at("hr", hr, {"alt": ["paragraph", "reference", "blockquote", "list"]})


def emphasis(state: StateInline, silent: bool) -> bool:
    """Read a run of `*` or `_` as delimiters, one token each; they are paired at the end of the text."""
    if silent:
        return False
    marker, length, can_open, can_close = _run(state)
    if state.pending:
        state.pushPending()
    for _ in range(length):
        state.delimiters.append(Delimiter(ord(marker), length, len(state.tokens), -1, can_open, can_close))
        state.tokens.append(Token("text", "", 0, content=marker, level=state.level))
        state.tokens_meta.append(None)
    state.pendingLevel = state.level
    state.pos += length
    return True


def _run(state: StateInline) -> tuple[str, int, bool, bool]:
    """Return (marker, length, can open, can close) of the delimiter run at `state.pos`."""
    source, start = state.src, state.pos
    marker, end = source[start], start + 1
    while end < state.posMax and source[end] == marker:
        end += 1
    left = source[start - 1] if start else " "
    right = source[end] if end < state.posMax else " "
    if right.isalnum() and left in _EDGES:
        return marker, end - start, True, False
    if left.isalnum() and right in _EDGES:
        return marker, end - start, False, True
    found = state.scanDelims(start, marker == "*")
    return marker, found.length, found.can_open, found.can_close


def autolink(state: StateInline, silent: bool) -> bool:
    """Read `<https://…>`; the library's rule scans every HTML tag to its end, one character at a time."""
    return _ADDRESS.match(state.src, state.pos) is not None and library_autolink(state, silent)


def html_inline(state: StateInline, silent: bool) -> bool:
    """Read an HTML tag other than <a>; only for <a>, left to the library, does `state.linkLevel` change."""
    tag = _TAG.match(state.src, state.pos)
    if tag is None or not state.md.options["html"]:
        return library_html_inline(state, silent)
    if not silent:
        state.push("html_inline", "", 0).content = tag[0]
    state.pos = tag.end()
    return True


def paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a paragraph; fast if it is a single line with a blank line below it."""
    below = start + 1
    if below < state.lineMax and not state.isEmpty(below):
        return library_paragraph(state, start, end, silent)
    content = mdTrim(state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]])
    lines, level = [start, below], state.level
    state.line = below
    state.tokens += (
        Token("paragraph_open", "p", 1, map=lines, level=level, block=True),
        Token("inline", "", 0, map=[*lines], level=level + 1, children=[], content=content, block=True),
        Token("paragraph_close", "p", -1, level=level, block=True),
    )
    return True


def hr(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read `---`; most lines that begin like one are list items, which end in a word."""
    if state.src[state.eMarks[start] - 1] not in _LINE_ENDS_IN:
        return False
    return library_hr(state, start, end, silent)
