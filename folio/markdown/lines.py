"""Record the line of links, images, notes and raw HTML, before other rules move them."""

from __future__ import annotations

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from folio.markdown.walk import names

_PLACED = names(
    "link_open image html_inline html_tag note note_ref note_missing attributes math shortcode "
    "embed comment comment_open"
)


def newlines(state: StateCore) -> None:
    """Convert line ends to Unix's, if there are any others."""
    if "\r" in state.src:
        state.src = state.src.replace("\r\n", "\n").replace("\r", "\n")


def lines(state: StateCore) -> None:
    """Set `meta["line"]`, counted from 1, on every token that a problem or a fact may name."""
    for token in state.tokens:
        if token.type == "inline" and token.children and (len(token.children) > 1 or token.children[0].type != "text"):
            _number(token.children, token.map[0] + 1 if token.map else 1)


def _number(children: list[Token], line: int) -> None:
    waiting = list(reversed(children))
    while waiting:
        token = waiting.pop()
        if token.type in ("softbreak", "hardbreak"):
            line += 1
        elif token.type in _PLACED:
            token.meta["line"] = line
            line += token.content.count("\n") if token.type in ("html_inline", "math", "comment") else 0
            if token.type == "note":
                waiting.extend(reversed(token.children or ()))
