"""`> [!tip] Title` -> a callout: Obsidian's types and GitHub's; any other word gives a note with that word as title.

So is what stands between `:::tip[Title]`, or `::: tip Title`, and `:::` (Astro, Docusaurus, VitePress): of KINDS only.
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
_FENCE = re.compile(
    r"(:{3,})[ \t]*+([A-Za-z]+)[ \t]*+(?:\[([^\]\n]*)\]|([^\n:{}\[\]][^\n{}]*?))?(?:\{[^{}\n]*\})?[ \t]*"
)
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
    """Add the rule of the title, before all other block rules, and that of colons."""
    md.block.ruler.before("table", "callout_title", title)
    md.block.ruler.before("table", "callout_fence", fenced, {"alt": ["paragraph", "reference", "blockquote", "list"]})


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
    _make_callout(quotation, KINDS.get(word, "note"), match[2])
    _entitle(state, start, word, own, "summary" if match[2] else "p")
    state.line = start + 1
    return True


def fenced(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a callout between lines of colons; it holds blocks, and other callouts between fewer colons."""
    begin = state.bMarks[start] + state.tShift[start]
    match = _FENCE.fullmatch(state.src, begin, state.eMarks[start])
    if not match or state.is_code_block(start) or match[2].lower() not in KINDS:
        return False
    last = _end_of_fence(state, start, end, match[1])
    if last is None or silent:
        return last is not None
    opening = state.push("blockquote_open", "blockquote", 1)
    opening.map = [start, last + 1]
    word = match[2].lower()
    _make_callout(opening, KINDS[word], "")
    _entitle(state, start, word, (match[3] or match[4] or "").strip(), "p")
    parent, line_max, state.parentType, state.lineMax = state.parentType, state.lineMax, "container", last
    state.md.block.tokenize(state, start + 1, last)
    state.parentType, state.lineMax = parent, line_max
    state.push("callout_close", "div", -1)
    state.line = last + 1
    return True


def _end_of_fence(state: StateBlock, start: int, end: int, colons: str) -> int | None:
    """Find the line of at least as many colons that ends what begins at `start`; of what has none so many are kept."""
    unended: dict[int, int] = state.env.setdefault("unended_fences", {})
    for line in range(start + 1, end if len(colons) < unended.get(end, len(colons) + 1) else 0):
        if state.sCount[line] < state.blkIndent and not state.isEmpty(line):
            return None
        text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()
        if text.startswith(colons) and not text.strip(":"):
            return line
    unended[end] = len(colons)
    return None


def _entitle(state: StateBlock, start: int, word: str, own: str, tag: str) -> None:
    """Add the title: the author's `own`, or what the `word` for its kind says."""
    name = _TITLES.get(word, word.capitalize())
    opening = state.push("callout_title_open", tag, 1)
    opening.attrs["class"] = "callout-title"
    opening.meta["kind"] = name if own and word != "note" else ""
    opening.map = [start, start + 1]
    text = state.push("inline", "", 0)
    text.content = own or name
    text.map = [start, start + 1]
    text.children = []
    state.push("callout_title_close", tag, -1)


def _make_callout(quotation: Token, kind: str, fold: str) -> None:
    quotation.type = "callout_open"
    quotation.tag = "details" if fold else "div"
    quotation.attrs["class"] = f"callout callout-{kind}"
    if fold == "+":
        quotation.attrs["open"] = ""


def callouts(state: StateCore) -> None:
    """Give each callout's closing token the tag of its opening one."""
    if "[!" not in state.src and ":::" not in state.src:
        return
    opened: list[Token] = []
    for token in state.tokens:
        if token.type in ("blockquote_open", "callout_open"):
            opened.append(token)
        elif token.type == "callout_close":
            opened.pop()
        elif token.type == "blockquote_close":
            opening = opened.pop()
            if opening.type == "callout_open":
                token.type, token.tag = "callout_close", opening.tag
