"""`> [!tip] Title` -> a callout: Obsidian's types and GitHub's; any other word gives a note with that word as title.

`> [!note]- Title` is folded until the reader opens it, `> [!note]+ Title` open until the reader folds it. A callout is
`div.callout.callout-TYPE` or `details`, its title `.callout-title`; TYPE is one of KINDS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_MARKER = re.compile(r"\[!([A-Za-z][\w -]{0,40}+)(?:\|[^\]\n]{0,100}+)?\]([+-]?)(?:[ \t]++([^\n]*))?")
_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "note": "",
        "abstract": "summary tldr",
        "info": "",
        "todo": "",
        "tip": "hint",
        "important": "",
        "success": "check done",
        "question": "help faq",
        "warning": "attention",
        "caution": "",
        "failure": "fail missing",
        "danger": "error",
        "bug": "",
        "example": "",
        "quote": "cite",
    }
)
KINDS: Mapping[str, str] = MappingProxyType(
    {name: kind for kind, others in _ALIASES.items() for name in (kind, *others.split())}
)
_TITLES: Mapping[str, str] = MappingProxyType({"tldr": "TL;DR", "faq": "FAQ"})


def callouts_plugin(md: MarkdownIt) -> None:
    """Add the rule of the title, before all other block rules."""
    md.block.ruler.before("table", "callout_title", title)


def title(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read the first line of a quotation as a callout's title: `[!type]`, `[!type] Title`, `[!type]- Title`."""
    quotation = state.tokens[-1] if state.tokens else None
    if quotation is None or quotation.type != "blockquote_open" or not quotation.map or quotation.map[0] != start:
        return False
    begin = state.bMarks[start] + state.tShift[start]
    match = _MARKER.fullmatch(state.src, begin, state.eMarks[start])
    if not match or state.is_code_block(start):
        return False
    word, own = match[1].strip().lower(), (match[3] or "").strip()
    name = _TITLES.get(word, word.capitalize())
    _make_callout(quotation, KINDS.get(word, "note"), match[2])
    tag = "summary" if match[2] else "p"
    opening = state.push("callout_title_open", tag, 1)
    opening.attrs["class"] = "callout-title"
    opening.meta["kind"] = name if own and word != "note" else ""
    opening.map = [start, start + 1]
    text = state.push("inline", "", 0)
    text.content = own or name
    text.map = [start, start + 1]
    text.children = []
    state.push("callout_title_close", tag, -1)
    state.line = start + 1
    return True


def _make_callout(quotation: Token, kind: str, fold: str) -> None:
    quotation.type = "callout_open"
    quotation.tag = "details" if fold else "div"
    quotation.attrs["class"] = f"callout callout-{kind}"
    if fold == "+":
        quotation.attrs["open"] = ""


def callouts(state: StateCore) -> None:
    """Give each callout's closing token the tag of its opening one."""
    if "[!" not in state.src:
        return
    opened: list[Token] = []
    for token in state.tokens:
        if token.type in ("blockquote_open", "callout_open"):
            opened.append(token)
        elif token.type == "blockquote_close":
            opening = opened.pop()
            if opening.type == "callout_open":
                token.type, token.tag = "callout_close", opening.tag
