"""Shortcodes in raw HTML: within a tag an address, `<a href="{% post_url x %}">`; between tags their tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.common.utils import isLinkClose, isLinkOpen
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

from folio.markdown.shortcodes.destinations import address, value
from folio.markdown.shortcodes.pairs import end_tag
from folio.markdown.shortcodes.rows import row_of
from folio.markdown.shortcodes.tags import LONGEST, Tag, tag_at
from folio.markdown.shortcodes.tokens import note_frames, tokens_of

_NEXT_TAG = re.compile(r"\{[{%]")
_NO_TAG = re.compile(r"[^{>]+|\{(?![{%])")
_CODE = re.compile(r"<(?:pre|code|script|style|textarea|xmp|!--)", re.IGNORECASE)
_TAGS = 8  # in one tag of HTML


def html_tag(state: StateInline, silent: bool) -> bool:
    """Read an inline HTML tag with shortcodes in it, whose quotation marks may stand within those of an attribute."""
    start = state.pos
    if "shortcodes_off" in state.env or not state.src[start + 1 : start + 2].isalpha():
        return False
    text, end = _filled(state.src, start, state.posMax)
    if not HTML_TAG_RE.fullmatch(text):
        return False
    if not silent:
        state.push("html_inline", "", 0).content = text
        state.linkLevel += isLinkOpen(text) - isLinkClose(text)
    state.pos = end
    return True


def _filled(source: str, start: int, end: int) -> tuple[str, int]:
    """Return one HTML tag with its shortcodes replaced by addresses, and its end; "" if it has no shortcode."""
    parts: list[str] = []
    at, last, left = start, min(end, start + LONGEST), _TAGS
    while at < last and left:
        plain = _NO_TAG.match(source, at, last)
        if plain:
            parts.append(plain[0])
            at = plain.end()
        elif source[at] == ">":
            return ("".join(parts) + ">" if left < _TAGS else ""), at + 1
        else:
            tag = tag_at(source, at, end)
            parts.append(_attribute(tag, source, tag.end) if tag else source[at])
            at = tag.end if tag else at + 1
            left -= 1
    return "", start


def _attribute(tag: Tag, source: str, at: int) -> str:
    return address(tag, source, at).replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def html_blocks(state: StateCore) -> None:
    """Replace the shortcodes in blocks of raw HTML."""
    tokens: list[Token] = []
    for token in state.tokens:
        if token.type == "html_block" and not token.meta.get("raw") and _NEXT_TAG.search(token.content):
            tokens += _split(token, state.env)
        else:
            tokens.append(token)
    state.tokens = tokens


def _split(token: Token, env: EnvType) -> Iterator[Token]:
    """Split an HTML block at the shortcodes between its tags, and replace those within its tags by addresses."""
    source, done, in_tag = token.content, 0, False
    is_code = bool(_CODE.search(source))
    parts: list[str] = []
    while found := _NEXT_TAG.search(source, done):
        start = found.start()
        parts.append(source[done:start])
        in_tag = _is_in_tag(source, done, start, in_tag)
        tag = tag_at(source, start, len(source))
        done = tag.end if tag else found.end()
        if tag is None or (is_code and not in_tag):
            parts.append(source[start:done])
        elif in_tag:
            parts.append(_attribute(tag, source, done))
        elif tag.family in ("output", "comment"):
            printed = value(tag) if tag.family == "output" else tag.words
            parts.append((tag.text if printed is None else printed).replace("<", "&lt;"))
        else:
            yield _html(token, "".join(parts))
            parts = []
            inner, done = _inner(env, source, tag, start)
            yield from _between_tags(token, tag, inner, env)
    yield _html(token, "".join(parts) + source[done:])


def _is_in_tag(source: str, start: int, end: int, was: bool) -> bool:
    opens, closes = source.rfind("<", start, end), source.rfind(">", start, end)
    return source[opens + 1 : opens + 2].isalpha() if opens > closes else was and closes < 0


def _inner(env: EnvType, source: str, tag: Tag, start: int) -> tuple[str | None, int]:
    row = row_of(tag)
    close = end_tag(env, source, tag, start, nests=False) if row and row.holds in ("text", "raw") else None
    return (source[tag.end : close[0]], close[1]) if close else (None, tag.end)


def _between_tags(token: Token, tag: Tag, inner: str | None, env: EnvType) -> Iterator[Token]:
    row = row_of(tag)
    if row is not None and row.holds == "raw" and inner is not None:
        yield _html(token, inner)
        return
    made = tokens_of(tag, row, inner, in_text=row is not None and row.block is None)
    note_frames(env, made)
    if any(not one.block and one.type != "html_tag" for one in made[:1]):
        made = [Token("inline", "", 0, children=made, block=True)]
    for one in made:
        one.map = token.map
        one.level += token.level
        yield one


def _html(token: Token, content: str) -> Token:
    return Token("html_block", "", 0, content=content, map=token.map, block=True, level=token.level)
