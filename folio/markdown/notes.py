"""`[^1]`, `[^1]: definition` and `^[inline]` -> tokens `note_ref`, `note_definition_open/close` and `note`.

Only the syntax; sidenotes.py numbers the notes and places them.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_DEFINITION = re.compile(r"\[\^([^\[\]\n]{1,200})\]:")
_CITATION = re.compile(r"\[\^([^\[\]\n]{1,200})\]")


def notes_plugin(md: MarkdownIt) -> None:
    """Add the three rules; `env["note_labels"]` collects the labels that are defined."""
    md.block.ruler.before("reference", "note_definition", definition, {"alt": ["paragraph", "reference"]})
    md.inline.ruler.before("link", "note_inline", inline_note)
    md.inline.ruler.before("link", "note_ref", citation)


def fold(label: str) -> str:
    """Normalise a label: `[^A b]` and `[^a  b]` are the same."""
    return " ".join(label.split()).casefold()


def definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read `[^label]: text` with the lines below it that are indented by four columns."""
    if state.is_code_block(start):
        return False
    begin = state.bMarks[start] + state.tShift[start]
    match = _DEFINITION.match(state.src, begin, state.eMarks[start])
    if not match or not match[1].strip():
        return False
    if silent:
        return True
    label = fold(match[1])
    state.env.setdefault("note_labels", set()).add(label)
    opening = Token("note_definition_open", "", 1, meta={"label": label}, level=state.level, block=True)
    state.tokens.append(opening)
    state.level += 1
    _contents(state, start, end, begin, match.end())
    state.level -= 1
    opening.map = [start, state.line]
    state.tokens.append(Token("note_definition_close", "", -1, level=state.level, block=True))
    return True


def _contents(state: StateBlock, start: int, end: int, begin: int, colon: int) -> None:
    """Parse the blocks of one definition as if its first line began after the colon."""
    saved = state.bMarks[start], state.tShift[start], state.sCount[start], state.parentType
    column = initial = state.sCount[start] + colon - begin
    at = colon
    while at < state.eMarks[start] and state.src[at] in " \t":
        column += 4 - column % 4 if state.src[at] == "\t" else 1
        at += 1
    state.bMarks[start] = colon
    state.tShift[start] = at - colon
    state.sCount[start] = column - initial
    state.parentType = "note"
    state.blkIndent += 4
    if state.sCount[start] < state.blkIndent:
        state.sCount[start] += state.blkIndent
    state.md.block.tokenize(state, start, end)
    state.blkIndent -= 4
    state.bMarks[start], state.tShift[start], state.sCount[start], state.parentType = saved


def inline_note(state: StateInline, silent: bool) -> bool:
    """Read `^[any inline text]`."""
    if not state.src.startswith("^[", state.pos):
        return False
    begin = state.pos + 2
    end = state.md.helpers.parseLinkLabel(state, state.pos + 1)
    if end < 0 or not state.src[begin:end].strip():
        return False
    if not silent:
        children: list[Token] = []
        state.md.inline.parse(state.src[begin:end].strip(), state.md, state.env, children)
        state.push("note", "span", 0).children = children
    state.pos = end + 1
    return True


def citation(state: StateInline, silent: bool) -> bool:
    """Read `[^label]` as a `note_ref`; an undefined one as a `note_missing`, which is reported and shown as text."""
    if not state.src.startswith("[^", state.pos):
        return False
    match = _CITATION.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    label = fold(match[1])
    known = label in state.env.get("note_labels", ())
    if not known and (" " in label or state.src[match.end() : match.end() + 1] in ("(", "[", ":")):
        return False
    if not silent:
        token = state.push("note_ref" if known else "note_missing", "", 0)
        token.meta = {"label": label}
        token.content = match[0]
    state.pos = match.end()
    return True
