"""`==marked==` -> <mark>, by the rules of emphasis.

A run of any other length is text, and so is `a==b`: between two letters it can end a mark, but never begin one.
"""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

_MARKER = ord("=")


def marks_plugin(md: MarkdownIt) -> None:
    """Add the rule that finds the delimiters and the one that pairs them."""
    md.inline.ruler.before("emphasis", "mark", delimiter)
    md.inline.ruler2.before("emphasis", "mark", pairs)


def delimiter(state: StateInline, silent: bool) -> bool:
    """Read a run of `=` as a delimiter; whether it has a pair is known at the end of the text."""
    if silent or not state.src.startswith("==", state.pos):
        return False
    found = state.scanDelims(state.pos, True)
    before = state.src[state.pos - 1 : state.pos]
    after = state.src[state.pos + found.length : state.pos + found.length + 1]
    can_open = found.can_open and not (before.isascii() and before.isalnum() and after.isascii() and after.isalnum())
    token = state.push("text", "", 0)
    token.content = "=" * found.length
    state.pos += found.length
    if found.length == 2:
        place = len(state.tokens) - 1
        state.delimiters.append(Delimiter(_MARKER, 0, place, -1, can_open, found.can_close))
    return True


def pairs(state: StateInline) -> None:
    """Turn paired delimiters into tags."""
    if "==" not in state.src:
        return
    for delimiters in (state.delimiters, *(meta["delimiters"] for meta in state.tokens_meta if meta)):
        for opening in delimiters:
            if opening.marker == _MARKER and opening.end >= 0:
                _tag(state, opening.token, "mark_open", 1)
                _tag(state, delimiters[opening.end].token, "mark_close", -1)


def _tag(state: StateInline, place: int, kind: str, nesting: int) -> None:
    token = state.tokens[place]
    token.type, token.tag, token.content, token.markup = kind, "mark", "", "=="
    token.nesting = 1 if nesting == 1 else -1
