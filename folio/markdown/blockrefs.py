"""`^name` after a block -> the block's id "^name", for links such as `[[Page#^name]]`.

The name ends a paragraph ("Some words. ^name"; if the paragraph begins a list item, the item gets the id), or stands on
its own line below a table, a quotation, a list, code or any other block. In headings and in notes, which have ids of
their own, it is text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType

from folio.markdown.headings import claim
from folio.markdown.walk import line_of, names, report

_ANYWHERE = re.compile(r"\^[A-Za-z0-9-]+[ \t|]*+$", re.MULTILINE)
_AT_END = re.compile(r"(?:^|(?<=[ \t]))\^([A-Za-z0-9-]{1,100})[ \t]*+$")
_ITEMS = names("list_item_open dd_open")
_NAMELESS = names("heading_open html_block note_definition_open")


def blockrefs(state: StateCore) -> None:
    """Remove each name from the text and set it as its block's id."""
    if "^" not in state.src or not _ANYWHERE.search(state.src):
        return
    out: list[Token] = []
    opened: list[Token] = []
    begun: dict[int, Token] = {}  # the first token of a block, by the id() of its last
    definitions = 0
    for token in state.tokens:
        out.append(token)
        if token.nesting == 1:
            opened.append(token)
        elif token.nesting == -1 and opened:
            begun[id(token)] = opened.pop()
        if token.type in ("note_definition_open", "note_definition_close"):
            definitions += token.nesting
        elif token.type == "paragraph_close" and not definitions:
            _paragraph(out, begun, state.env)
        elif token.type == "table_close":
            _table(out, begun[id(token)], state.env)
    state.tokens = out


def _paragraph(out: list[Token], begun: Mapping[int, Token], env: EnvType) -> None:
    """Read the name that ends the last paragraph of `out`, or is all of it."""
    opening, inline = out[-3:-1]
    children = inline.children or []
    match = _AT_END.search(children[-1].content) if children and children[-1].type == "text" else None
    if match is None:
        return
    before = out[-4] if len(out) > 3 else None
    alone = len(children) == 1 and match.start() == 0
    if alone:
        owner = begun.get(id(before), before)
        if owner is None or before is None or before.nesting == 1:
            return
    else:
        owner = before if before is not None and before.type in _ITEMS else opening
    if owner.hidden or owner.type in _NAMELESS:
        return
    _give(owner, match[1], opening, env)
    if alone:
        del out[-3:]
    else:
        _cut(children, match.start())


def _cut(children: list[Token], end: int) -> None:
    """Shorten the last text to `end`; if nothing is left of it, remove it and the line break before it."""
    children[-1].content = children[-1].content[:end].rstrip()
    if not children[-1].content:
        children.pop()
        while children and children[-1].type in ("softbreak", "hardbreak"):
            children.pop()


def _table(out: list[Token], opening: Token, env: EnvType) -> None:
    """Read the name on the line right below a table, which the table rule has parsed as a row."""
    start = len(out) - 2
    while start > 0 and out[start].type != "tr_open":
        start -= 1
    cells = [token.content for token in out[start:] if token.type == "inline"]
    match = _AT_END.fullmatch(cells[0]) if cells and not any(cells[1:]) else None
    if match is None or out[start - 1].type not in ("tbody_open", "tr_close"):
        return
    _give(opening, match[1], out[start], env)
    if out[start - 1].type == "tbody_open":  # it is the only row: remove the body with it
        del out[start - 1 : -1]
    else:
        del out[start:-2]


def _give(owner: Token, name: str, place: Token, env: EnvType) -> None:
    if "id" in owner.attrs or not claim(env, f"^{name}"):
        report(env, line_of(place), f"the name ^{name} is already used, or its block has another; links cannot find it")
    else:
        owner.attrs["id"] = f"^{name}"
