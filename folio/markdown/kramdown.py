"""kramdown's `{::comment}…{:/comment}` and `{::nomarkdown}…{:/}`, `<div markdown="1">`; `[TOC]` of any engine.

A comment is removed; `nomarkdown` leaves the HTML in it. The content of an element with `markdown="1"` whose start tag
is alone on its line is read as Markdown. A table of contents is removed, for pages have their own.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from folio.markdown.walk import names

_OPENING = re.compile(r"\{::(comment|nomarkdown)(?:[ \t]+[^{}\n]*+)?\}")
_ENDS = {name: re.compile(rf"\{{:/(?:{name})?\}}") for name in ("comment", "nomarkdown")}
_ELEMENT = re.compile(
    r"<[A-Za-z][\w-]*+\s[^<>\n]*?\bmarkdown=[\"']?(?:1|block|span)[\"']?[^<>\n]*+>"
    r"(?:<summary>[^<>\n]*+</summary>)?[ \t]*+"
)
_CALLOUT = re.compile(r"<aside>[ \t]*+\n[ \t]*+[^\x00-\x7f]")  # Notion's, which begins with a picture of one letter
_CONTENTS = names("[TOC] [toc] [[_TOC_]]")


def kramdown_plugin(md: MarkdownIt) -> None:
    """Add the block and inline rules; dialect.py places `contents`."""
    chains: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("html_block", "markdown_element", element, chains)
    md.block.ruler.before("reference", "extension_block", block, chains)
    md.inline.ruler.before("attributes", "extension", inline)


def element(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read only the start tag as HTML, so that what follows is read as Markdown."""
    begin = state.bMarks[start] + state.tShift[start]
    found = _ELEMENT.fullmatch(state.src, begin, state.eMarks[start]) or _CALLOUT.match(state.src, begin)
    if state.is_code_block(start) or not found:
        return False
    if not silent:
        state.line = start + 1
        token = state.push("html_block", "", 0)
        token.content, token.map = state.src[begin : state.eMarks[start]] + "\n", [start, start + 1]
    return True


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read an extension that begins and ends lines of one container."""
    begin = state.bMarks[start] + state.tShift[start]
    match = _OPENING.match(state.src, begin, state.eMarks[start])
    if not match or state.is_code_block(start) or match[1] in state.env.get("unended", ()):
        return False
    closing: re.Match[str] | None = state.env.get("extension_end")
    if not closing or closing.start() < match.end() or closing.re is not _ENDS[match[1]]:
        closing = _ENDS[match[1]].search(state.src, match.end())
    if not closing:
        state.env.setdefault("unended", set()).add(match[1])
        return False
    state.env["extension_end"] = closing
    last = bisect_left(state.eMarks, closing.end())
    if last >= end or state.src[closing.end() : state.eMarks[last]].strip():
        return False
    if any(state.sCount[line] < state.blkIndent and not state.isEmpty(line) for line in range(start, last + 1)):
        return False
    if not silent:
        state.line = last + 1
        if match[1] == "comment":
            state.env.setdefault("private", []).append((begin, closing.end()))
        else:
            token = state.push("html_block", "", 0)
            token.content, token.map = state.src[match.end() : closing.start()], [start, last + 1]
    return True


def inline(state: StateInline, silent: bool) -> bool:
    """Read an extension within a paragraph."""
    match = _OPENING.match(state.src, state.pos, state.posMax)
    unended = state.env.setdefault("unended_inline", {})
    if not match or unended.get(match[1]) == state.src:
        return False
    closing = _ENDS[match[1]].search(state.src, match.end(), state.posMax)
    if not closing:
        unended[match[1]] = state.src
        return False
    if not silent:
        token = state.push("html_inline" if match[1] == "nomarkdown" else "comment", "", 0)
        text = state.src[match.end() : closing.start()]
        token.content = text if match[1] == "nomarkdown" else "\n" * text.count("\n")
    state.pos = closing.end()
    return True


def contents(state: StateCore) -> None:
    """Remove paragraphs that stand for a table of contents, unless "TOC" is a defined reference."""
    if not any(mark in state.src for mark in _CONTENTS) or "TOC" in state.env.get("references", {}):
        return
    out: list[Token] = []
    for token in state.tokens:
        out.append(token)
        if token.type == "paragraph_close" and len(out) > 2 and out[-2].content.strip() in _CONTENTS:
            del out[-3:]
    state.tokens = out
