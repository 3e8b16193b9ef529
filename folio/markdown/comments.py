"""`%%comments%%`, private to the author: removed from the page and from every fact drawn from it.

Within a paragraph a comment runs from `%%` to the next `%%`; over several blocks, whatever they are, from a line that
begins with its only `%%` to the next line with an odd number of them.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from folio.markdown.walk import holders, line_of, report

MARK = "%%"
_RUN = re.compile("%{2,}+")
_BLOCK = re.compile(r"```|~~~|\$\$|#{1,6}\s|[>|<{]|[-*+]\s|\d{1,9}[.)]\s|[-=*_]{2,}\s*$", re.MULTILINE)  # begins one


def comments_plugin(md: MarkdownIt) -> None:
    """Add the block and inline rules; dialect.py places `comments`."""
    md.block.ruler.before("fence", "comment_block", block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.inline.ruler.before("emphasis", "comment", inline)


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Skip from the `%%` to the next one in the same container; without a second one it is text.

    The rest of the last line is parsed as if the line began there.
    """
    begin = state.bMarks[start] + state.tShift[start]
    match = _RUN.match(state.src, begin)
    if not match or match[0] != MARK or state.is_code_block(start):
        return False
    if state.src.find(MARK, match.end(), state.eMarks[start]) >= 0:
        return False
    last = _last_line(state, start, end)
    if last < 0 or (silent and match.end() < state.eMarks[start] and _is_of_paragraph(state, start, last)):
        return False
    if not silent:
        stop = state.src.index(MARK, state.bMarks[last]) + len(MARK)
        state.env.setdefault("private", []).append((begin, stop))
        _go_on(state, stop, last, state.sCount[start])
    return True


def _last_line(state: StateBlock, start: int, end: int) -> int:
    """Return the line that ends the comment, or -1; the next line that could begin one ends it, so it is linear."""
    for line in range(start + 1, end):
        if state.sCount[line] < state.blkIndent and not state.isEmpty(line):
            return -1
        if state.src.count(MARK, state.bMarks[line], state.eMarks[line]) % 2:
            return line
    return -1


def _is_of_paragraph(state: StateBlock, start: int, last: int) -> bool:
    """Return True if the comment holds no break of the paragraph around it: then `inline` reads it."""
    return not any(
        state.isEmpty(line) or _BLOCK.match(state.src, state.bMarks[line] + state.tShift[line])
        for line in range(start + 1, last + 1)
    )


def _go_on(state: StateBlock, stop: int, last: int, column: int) -> None:
    rest = state.src[stop : state.eMarks[last]]
    state.line = last if rest.strip() else last + 1
    if state.line == last:
        state.bMarks[last], state.tShift[last] = stop, len(rest) - len(rest.lstrip())
        state.sCount[last] = column


def inline(state: StateInline, silent: bool) -> bool:
    """Read `%%comment%%` as a `comment` token that keeps only its line breaks; an unclosed one is text.

    So is a longer run of `%`, and one after a digit: "50%%" is a typing error.
    """
    start = state.pos
    match = _RUN.match(state.src, start, state.posMax)
    if not match:
        return False
    is_mark = match[0] == MARK and not state.src[start - 1 : start].isdigit()
    end = state.src.find(MARK, match.end(), state.posMax) if is_mark else -1
    if not silent:
        token = state.push("comment" if end >= 0 else "comment_open" if is_mark else "text", "", 0)
        token.content = match[0] if end < 0 else "\n" * state.src.count("\n", start, end)
        token.meta = {"begins_word": state.src[match.end() : match.end() + 1].isalnum()}
    state.pos = match.end() if end < 0 else end + 2
    return True


def comments(state: StateCore) -> None:
    """Remove the comments, and the paragraphs that held nothing else; report unclosed ones."""
    if MARK not in state.src and "{::" not in state.src:  # kramdown.py also makes `comment` tokens
        return
    empty = set()
    for holder in holders(state.tokens):
        if any(child.type in ("comment", "comment_open") for child in holder.children or ()):
            holder.children = _without(holder.children or [], state)
            if not holder.children:
                empty.add(id(holder))
    if empty:
        state.tokens = _without_empty(state.tokens, empty)


def _without(children: list[Token], state: StateCore) -> list[Token]:
    """Remove comments, each with the space or line break that would then be doubled."""
    out: list[Token] = []
    dropped = False
    for child in children:
        if child.type == "comment":
            dropped = True
            continue
        if child.type == "comment_open":
            child = _text(child, out, state)
        if dropped and (not out or _ends_with_space(out[-1])):
            if child.type in ("softbreak", "hardbreak"):
                continue
            if child.type == "text":
                child.content = child.content.lstrip()
        dropped = False
        out.append(child)
    return _trimmed(out) if dropped else out


def _text(token: Token, before: list[Token], state: StateCore) -> Token:
    """Turn an unpaired `%%` back into text; report it if it begins a line or a word, for it was meant as a comment."""
    begins_line = not before or before[-1].type in ("softbreak", "hardbreak")
    if begins_line or (token.meta["begins_word"] and _ends_with_space(before[-1])):
        report(state.env, line_of(token), "this comment is never closed, so it is shown; close it with %%")
    return Token("text", "", 0, content=token.content, level=token.level)


def _ends_with_space(token: Token) -> bool:
    return token.type in ("softbreak", "hardbreak") or (token.type == "text" and token.content[-1:] in ("", " "))


def _trimmed(children: list[Token]) -> list[Token]:
    while children and (children[-1].type in ("softbreak", "hardbreak") or not _right_trimmed(children[-1])):
        children.pop()
    return children


def _right_trimmed(token: Token) -> bool:
    """Strip the end of a text token in place; return False if nothing is left of it."""
    if token.type != "text":
        return True
    token.content = token.content.rstrip()
    return bool(token.content)


def _without_empty(tokens: list[Token], empty: set[int]) -> list[Token]:
    """Remove the paragraphs whose `inline` token (given by id()) is now empty."""
    out: list[Token] = []
    skipped = False
    for token in tokens:
        if skipped and token.type == "paragraph_close":
            skipped = False
            continue
        if id(token) in empty and out and out[-1].type == "paragraph_open":
            out.pop()
            skipped = True
            continue
        out.append(token)
    return out
