"""The inline rule for shortcodes."""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from folio.markdown.shortcodes.pairs import end_tag
from folio.markdown.shortcodes.rows import INNER, row_of
from folio.markdown.shortcodes.tags import tag_at
from folio.markdown.shortcodes.tokens import note_frames, tokens_of

_WORDS = re.compile(r"[^{}*`\[\]<>\\\n]+")  # with any other character in it, `{{ x }}` is not Liquid


def inline(state: StateInline, silent: bool) -> bool:
    """Read a shortcode, up to its end tag if it has one. `{{ x }}` without a meaning here is shown as written."""
    if "shortcodes_off" in state.env or not state.src.startswith(("{{", "{%"), state.pos):
        return False
    tag = tag_at(state.src, state.pos, state.posMax)
    if tag is None or (tag.family == "output" and not _WORDS.fullmatch(tag.name)):
        return False
    row, end, inner = row_of(tag), tag.end, None
    if row is not None and row.holds:
        close = end_tag(state.env, state.src, tag, state.pos, nests=row.holds == "markdown")
        if close is not None and close[1] <= state.posMax:
            inner, end = state.src[tag.end : close[0]], close[1]
    if not silent:
        made = tokens_of(tag, row, inner, in_text=True)
        for token in made:
            if token.type == INNER:
                _push_raw(state, inner or "")
            else:
                _push(state, token)
        note_frames(state.env, made)
    state.pos = end
    return True


def _push_raw(state: StateInline, text: str) -> None:
    children: list[Token] = []
    state.env["shortcodes_off"] = True
    state.md.inline.parse(text, state.md, state.env, children)
    del state.env["shortcodes_off"]
    for child in children:
        _push(state, child)


def _push(state: StateInline, token: Token) -> None:
    pushed = state.push(token.type, token.tag, token.nesting)
    for name in ("attrs", "content", "children", "markup", "info", "meta", "block", "hidden"):
        setattr(pushed, name, getattr(token, name))
