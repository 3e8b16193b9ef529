"""The block rule for shortcodes: those alone on their lines, with the content up to their end tags."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from folio.markdown.shortcodes.destinations import value
from folio.markdown.shortcodes.pairs import Span, end_tag
from folio.markdown.shortcodes.rows import INNER, Row, row_of
from folio.markdown.shortcodes.tags import Tag, tag_at
from folio.markdown.shortcodes.tokens import note_frames, tokens_of


class _Found(NamedTuple):
    """A tag with the line it ends on (`last`), and the place and line of its end tag."""

    tag: Tag
    row: Row | None
    last: int
    close: Span | None = None
    close_line: int = 0


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a shortcode that is alone on its line, or a pair of tags that begins and ends lines."""
    if not state.src.startswith(("{{", "{%"), state.bMarks[start] + state.tShift[start]):
        return False
    if "shortcodes_off" in state.env or state.is_code_block(start):
        return False
    found = _in_lines(state, start, end)
    if found is None:
        return False
    if not silent:
        _push(state, found, start)
    return True


def _in_lines(state: StateBlock, start: int, end: int) -> _Found | None:
    begin = state.bMarks[start] + state.tShift[start]
    tag = tag_at(state.src, begin, state.eMarks[end - 1])
    if tag is None or tag.family in ("output", "comment") or value(tag) is not None:
        return None
    row = row_of(tag)
    if row is not None and row.block is None:
        return None
    last = bisect_left(state.eMarks, tag.end)
    if not _are_of_one_block(state, start, last, blank=False):
        return None
    if last > start:
        tag = _unquoted(state, tag, start, last)
    close = end_tag(state.env, state.src, tag, begin, nests=row.holds == "markdown") if row and row.holds else None
    if close is None:
        return _Found(tag, row, last) if _is_blank_from(state, tag.end, last) else None
    line = bisect_left(state.eMarks, close[1])
    if line < end and _is_blank_from(state, close[1], line) and _are_of_one_block(state, start, line, blank=True):
        return _Found(tag, row, last, close, line)
    return None


def _unquoted(state: StateBlock, tag: Tag, start: int, last: int) -> Tag:
    """Parse a tag of several lines again, without the ">" of a quotation around it."""
    text = state.getLines(start, last + 1, state.blkIndent, False).lstrip()
    again = tag_at(text, 0, len(text)) or tag
    return Tag(again.family, again.name, again.words, again.text, tag.end, again.closes, again.empty)


def _are_of_one_block(state: StateBlock, start: int, last: int, *, blank: bool) -> bool:
    """Return True if all lines belong to the container of the first; `blank` allows blank lines."""
    return all(
        blank if state.isEmpty(line) else state.sCount[line] >= state.blkIndent for line in range(start + 1, last + 1)
    )


def _is_blank_from(state: StateBlock, at: int, line: int) -> bool:
    return not state.src[at : state.eMarks[line]].strip()


def _push(state: StateBlock, found: _Found, start: int) -> None:
    inner = _between(state, found, found.close) if found.close else None
    tokens = tokens_of(found.tag, found.row, inner, in_text=False)
    if found.close and found.tag.name == "comment":
        state.env.setdefault("private", []).append((state.bMarks[start] + state.tShift[start], found.close[1]))
    state.line = (found.close_line if found.close else found.last) + 1
    lines = [start, state.line]
    for token in tokens:
        if token.type == INNER:
            _push_inner(state, found, inner or "", token.level)
            continue
        token.level += state.level
        token.block = True
        token.map = lines if token.nesting >= 0 else None
        state.tokens.append(token)
    state.line = lines[1]
    note_frames(state.env, tokens)


def _between(state: StateBlock, found: _Found, close: Span) -> str:
    """Return the text between two tags, without the ">" or indent of a quotation or list around them."""
    line = found.close_line
    if line == found.last:
        return state.src[found.tag.end : close[0]]
    first = state.src[found.tag.end : state.eMarks[found.last]]
    between = state.getLines(found.last + 1, line, state.blkIndent, True)
    return f"{first}\n{between}{state.src[state.bMarks[line] + state.tShift[line] : close[0]]}"


def _push_inner(state: StateBlock, found: _Found, inner: str, level: int) -> None:
    """Parse the content between two tags: whole lines as blocks, anything else as a paragraph."""
    before, raw = len(state.tokens), found.row is not None and found.row.holds == "raw"
    if raw:
        state.env["shortcodes_off"] = True
    state.level += level
    lines = inner.split("\n")
    if lines[0].strip() or lines[-1].strip():
        _push_paragraph(state, inner.strip(), [found.last, found.close_line + 1])
    else:
        saved = state.lineMax, state.parentType
        state.lineMax, state.parentType = found.close_line, "shortcode"
        state.md.block.tokenize(state, found.last + 1, found.close_line)
        state.lineMax, state.parentType = saved
    state.level -= level
    if raw:
        del state.env["shortcodes_off"]
        state.env["shortcodes_raw"] = True
        for token in state.tokens[before:]:
            token.meta["raw"] = True


def _push_paragraph(state: StateBlock, text: str, lines: list[int]) -> None:
    state.push("paragraph_open", "p", 1).map = lines
    inline: Token = state.push("inline", "", 0)
    inline.content, inline.children, inline.map = text, [], lines
    state.push("paragraph_close", "p", -1)
