"""Alignment of table cells as a class: the Content-Security-Policy forbids markdown-it's style attribute."""

from __future__ import annotations

from markdown_it.rules_core import StateCore

_ALIGNED = {"text-align:left": "left", "text-align:right": "right", "text-align:center": "center"}


def tables(state: StateCore) -> None:
    """Turn `style="text-align:right"` of cells into `class="right"`."""
    if "|" not in state.src:
        return
    for token in state.tokens:
        if token.type in ("th_open", "td_open") and token.attrs:
            aligned = _ALIGNED.get(str(token.attrs.pop("style", "")))
            if aligned:
                token.attrs["class"] = aligned
