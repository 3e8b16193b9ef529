"""WordPress's `[caption]<img> words[/caption]`, `[embed]url[/embed]`, `[code]…[/code]` and `[gallery]`.

They stand on lines of their own. Brackets are common in prose, so only these names are read, and only if complete.
"""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from folio.markdown.shortcodes.rows import link_line
from folio.markdown.shortcodes.tags import Shortcode, Tag, shortcode

LINES = 500  # of one shortcode at most

_OPENING = re.compile(r"\[(caption|gallery|embed|code|sourcecode)((?:[ \t]+[^\[\]\n]*+)?)\](?!\(|\[\]|:)")
_PICTURE = re.compile(r"((?:<a\s[^<>]*+>\s*)?(?:<img\s[^<>]*+>|!\[[^\[\]]*+\]\([^()]*+\))(?:\s*</a>)?)(.*)", re.DOTALL)


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a shortcode that begins at the start of a line and ends at the end of one, in the same container."""
    begin = state.bMarks[start] + state.tShift[start]
    match = _OPENING.match(state.src, begin, state.eMarks[start])
    if not match or state.is_code_block(start):
        return False
    found = (start, match[0]) if match[1] == "gallery" else _lines(state, match, start, end)
    if found is None:
        return False
    last, text = found
    if match[1] == "gallery" and state.src[match.end() : state.eMarks[start]].strip():
        return False
    inner = text[len(match[0]) : text.rfind("[/")]
    code = shortcode(Tag("hugo", match[1], match[2], text, 0), inner)
    tokens = _tokens(code, text)
    if tokens is None:
        return False
    if not silent:
        state.line = last + 1
        for token in tokens:
            token.level += state.level
            token.map = [start, last + 1] if token.nesting >= 0 else None
            token.block = True
            state.tokens.append(token)
    return True


def _lines(state: StateBlock, match: re.Match[str], start: int, end: int) -> tuple[int, str] | None:
    """Return the line that ends with the end tag, and the text up to it; None if there is none.

    Only code may hold blank lines.
    """
    ending = f"[/{match[1]}]"
    for line in range(start, min(end, start + LINES)):
        blank = state.isEmpty(line)
        if (blank and "code" not in match[1]) or (not blank and state.sCount[line] < state.blkIndent):
            return None
        if state.src.find(ending, state.bMarks[line], state.eMarks[line]) >= 0:
            text = state.getLines(start, line + 1, state.blkIndent, False).strip()
            return (line, text) if text.endswith(ending) and text.startswith(match[0]) else None
        if line > start and _OPENING.match(state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line]):
            return None
    return None


def _tokens(code: Shortcode, text: str) -> list[Token] | None:
    if code.name == "caption":
        return _caption(code)
    if code.name == "embed":
        return link_line(code.inner.strip())
    if code.name == "gallery":
        why = "the shortcode `gallery` cannot be shown here"
        return [Token("shortcode", "div", 0, content=text, meta={"why": why, "name": "gallery"})]
    info = (code.named or {}).get("language") or (code.named or {}).get("lang") or ""
    return [Token("fence", "code", 0, content=code.inner.strip("\n") + "\n", info=info, markup="```")]


def _caption(code: Shortcode) -> list[Token] | None:
    match = _PICTURE.fullmatch(code.inner.strip())
    if not match:
        return None
    words = match[2].strip() or code.get("caption")
    tokens = [
        Token("figure_open", "figure", 1),
        Token("inline", "", 0, content=match[1], children=[], level=1),
    ]
    if words:
        tokens += [
            Token("figcaption_open", "figcaption", 1, level=1),
            Token("inline", "", 0, content=words, children=[], level=2),
            Token("figcaption_close", "figcaption", -1, level=1),
        ]
    return [*tokens, Token("figure_close", "figure", -1)]
