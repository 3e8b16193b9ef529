"""Tables with `|---+---|` lines, as in kramdown and Org; alignment of table cells as a class.

The Content-Security-Policy forbids markdown-it's style attribute.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import table
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_ALIGNED = {"text-align:left": "left", "text-align:right": "right", "text-align:center": "center"}
_RULE = re.compile(r"[|:=-][|:=\t -]*\+[+|:=\t -]*")  # a line of nothing but lines, and a "+" where they cross


def tables_plugin(md: MarkdownIt) -> None:
    """Put a rule that knows lines with "+" in the place of the stock one."""
    md.block.ruler.at("table", ruled_table, {"alt": ["paragraph", "reference"]})


def ruled_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a table; a rule above its head is left out, and so are those between its rows."""
    if start + 2 < end and _is_rule(state, start):
        start += 1
    if start + 1 >= end or not _is_rule(state, start + 1):
        return table(state, start, end, silent)
    written, first = state.src, len(state.tokens)
    crossed: tuple[str, str] = state.env.get("crossed_rules", ("", ""))
    if crossed[0] is not written:  # once for a text: it may hold thousands of tables
        crossed = (written, re.sub(r"^[ \t>]*+" + _RULE.pattern + "$", _uncrossed, written, flags=re.MULTILINE))
        state.env["crossed_rules"] = crossed
    state.src = crossed[1]
    found = table(state, start, end, silent)
    state.src = written
    if found and not silent:
        state.tokens[first:] = _without_rules(state, state.tokens[first:])
    return found


def _is_rule(state: StateBlock, line: int) -> bool:
    begin, end = state.bMarks[line] + state.tShift[line], state.eMarks[line]
    return state.src.find("+", begin, end) > begin and _RULE.fullmatch(state.src, begin, end) is not None


def _uncrossed(rule: re.Match[str]) -> str:
    return rule[0].replace("+", "|")


def _without_rules(state: StateBlock, tokens: list[Token]) -> list[Token]:
    """Leave out the rows of a table's body that only draw a line."""
    kept: list[Token] = []
    drawn = False
    for token in tokens:
        if token.type == "tr_open" and token.map:
            drawn = _is_rule(state, token.map[0])
        if not drawn:
            kept.append(token)
        drawn = drawn and token.type != "tr_close"
    return kept


def tables(state: StateCore) -> None:
    """Turn `style="text-align:right"` of cells into `class="right"`."""
    if "|" not in state.src:
        return
    for token in state.tokens:
        if token.type in ("th_open", "td_open") and token.attrs:
            aligned = _ALIGNED.get(str(token.attrs.pop("style", "")))
            if aligned:
                token.attrs["class"] = aligned
