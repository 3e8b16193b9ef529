"""Give links, images, notes and raw HTML the line they stand on, before other rules move them."""

from __future__ import annotations

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_PLACED = frozenset(("link_open", "image", "html_inline", "note", "note_ref", "note_missing"))


def lines(state: StateCore) -> None:
    """Set `meta["line"]`, counted from 1, on every token that a problem or a fact may name."""
    for token in state.tokens:
        if token.type == "inline" and token.children:
            _number(token.children, token.map[0] + 1 if token.map else 1)


def _number(children: list[Token], line: int) -> None:
    waiting = list(reversed(children))
    while waiting:
        token = waiting.pop()
        if token.type in ("softbreak", "hardbreak"):
            line += 1
        elif token.type in _PLACED:
            token.meta["line"] = line
            line += token.content.count("\n") if token.type == "html_inline" else 0
            if token.type == "note":
                waiting.extend(reversed(token.children or ()))
