"""`$x^2$`, `$$x^2$$`, GitHub's ``$`x^2`$`` and ```` ```math ```` -> `math` tokens with MathML in `meta["mathml"]`.

Pandoc's rule keeps money and variables text: no space inside the dollars, no letter or digit before or after them, no
blank line between. A formula that cannot be set as MathML has `meta["mathml"]` "" and is shown as written. A formula on
lines of its own is an `inline` token in a `math_block`, so that code which reads text reads formulas too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

from folio.markdown.walk import holders, line_of, report

PAGE_CHARACTERS = 40_000  # of different formulas on a page; they cost 12 µs each
FORMULA_COST = 20  # what each formula costs beyond its characters, in characters
FORMULA_LINES = 200

# A wide formula scrolls, so it must be focusable.
_BOX: Mapping[str, str | int | float] = MappingProxyType({"class": "math", "tabindex": "0"})
_INLINE = re.compile(r"\$(?![\s$])((?:[^$\\]|\\.)++)(?<!\s)\$(?![A-Za-z0-9$])", re.DOTALL)
_DISPLAY = re.compile(r"\$\$((?:[^$\\]|\\.)++)\$\$(?!\$)", re.DOTALL)
_CLOSING = re.compile(r"\$\$[ \t]*$", re.MULTILINE)
_PUNCTUATION = re.compile(r"[,.;:!?)\]”’»…]+")
_FENCE = re.compile(r"\{?\.?math\b(?!-)")


def formulas_plugin(md: MarkdownIt) -> None:
    """Add the block and inline rules."""
    md.block.ruler.before("fence", "math_block", block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.inline.ruler.before("escape", "math", inline)


def inline(state: StateInline, silent: bool) -> bool:
    """Read `$…$` or `$$…$$` within a paragraph."""
    at = state.pos
    if state.src[at] != "$" or not state.env.get("math") or (at and state.src[at - 1].isalnum()):
        return False
    match = _INLINE.match(state.src, at, state.posMax) or _DISPLAY.match(state.src, at, state.posMax)
    if not match or not match[1].strip():
        return False
    if not silent:
        token = state.push("math", "math", 0)
        token.content = match[1].strip("` \n") if match[1][0] == match[1][-1] == "`" else match[1].strip()
        token.meta = {"display": match[0].startswith("$$")}
        state.env["has_math"] = True
    state.pos = match.end()
    return True


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a formula that begins with `$$` on a line and ends with `$$` at the end of one."""
    begin = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("$$", begin) or state.is_code_block(start) or not state.env.get("math"):
        return False
    last = _closing_line(state, start, end)
    if last < 0:
        return False
    source = state.getLines(start, last + 1, state.blkIndent, False).strip().removeprefix("$$").removesuffix("$$")
    if not source.strip() or "$$" in source:
        return False
    if not silent:
        _push(state, source.strip(), [start, last + 1])
        state.line = last + 1
    return True


def _closing_line(state: StateBlock, start: int, end: int) -> int:
    """Return the line that ends a formula, or -1; the closing `$$` are searched once for the whole text."""
    seen: tuple[str, list[int]] = state.env.get("math_lines", ("", []))
    if seen[0] is not state.src:
        ends = [mark.end() for mark in _CLOSING.finditer(state.src)]
        state.env["math_lines"] = seen = (state.src, ends)
    opening = state.bMarks[start] + state.tShift[start] + 3
    which = bisect_right(seen[1], opening)
    if which == len(seen[1]):
        return -1
    closing = seen[1][which]
    for line in range(start, min(end, start + FORMULA_LINES)):
        if state.isEmpty(line) or (line > start and state.sCount[line] < state.blkIndent):
            return -1
        if state.eMarks[line] >= closing:
            return line
    return -1


def _push(state: StateBlock, source: str, lines: list[int]) -> None:
    opening = state.push("math_block_open", "div", 1)
    opening.attrs = dict(_BOX)
    opening.map = lines
    text = state.push("inline", "", 0)
    text.map = lines
    text.children = [_displayed(source, lines[0] + 1)]
    state.push("math_block_close", "div", -1)
    state.env["has_math"] = True


def _displayed(source: str, line: int) -> Token:
    return Token("math", "math", 0, content=source, meta={"display": True, "line": line})


def math_fences(state: StateCore) -> None:
    """Turn the code blocks whose language is "math" into formulas."""
    if "math" not in state.src or not state.env.get("math"):
        return
    if not any(_is_math(token) for token in state.tokens if token.type == "fence"):
        return
    tokens: list[Token] = []
    for token in state.tokens:
        if token.type == "fence" and _is_math(token):
            source = token.content.strip()
            text = Token("inline", "", 0, map=token.map, children=[_displayed(source, line_of(token) + 1)], block=True)
            tokens += [
                Token("math_block_open", "div", 1, attrs=dict(_BOX), map=token.map, level=token.level, block=True),
                text,
                Token("math_block_close", "div", -1, level=token.level, block=True),
            ]
            state.env["has_math"] = True
        else:
            tokens.append(token)
    state.tokens = tokens


def _is_math(token: Token) -> bool:
    return _FENCE.match(token.info) is not None and bool(token.content.strip())


def formulas(state: StateCore) -> None:
    """Convert every formula to MathML in `meta["mathml"]`."""
    if "has_math" not in state.env:
        return
    known: dict[tuple[str, bool], str] = {}
    left = PAGE_CHARACTERS
    for token in _formulas(state.tokens):
        form = (token.content, bool(token.meta["display"]))
        if form not in known:
            cost = len(token.content) + FORMULA_COST
            known[form] = _set(token, state.env) if cost <= left else _too_many(token, state.env)
            left -= cost
        token.meta["mathml"] = known[form]


def _formulas(tokens: Iterable[Token]) -> Iterable[Token]:
    for holder in holders(tokens):
        children = holder.children or []
        found = [child for child in children if child.type == "math"]
        if found:
            holder.children = _kept_together(children)
        yield from found


def _kept_together(children: list[Token]) -> list[Token]:
    """Wrap a formula with the punctuation behind it: browsers may break a line on both sides of a formula."""
    out: list[Token] = []
    for child in children:
        formula = out[-1] if out and out[-1].type == "math" and not out[-1].meta["display"] else None
        match = _PUNCTUATION.match(child.content) if formula and child.type == "text" else None
        if formula and match:
            sign = Token("text", "", 0, content=match[0])
            opening = Token("span_open", "span", 1, attrs={"class": "formula"})
            out[-1:] = [opening, formula, sign, Token("span_close", "span", -1)]
            child.content = child.content[match.end() :]
        if child.content or child.type != "text":
            out.append(child)
    return out


def _set(token: Token, env: EnvType) -> str:
    from folio.markdown.mathml import NotMath, mathml  # imported late: few texts need it

    try:
        return mathml(token.content, display=token.meta["display"])
    except NotMath as why:
        report(env, line_of(token), f"this formula is shown as written: {why}", "math")
        return ""


def _too_many(token: Token, env: EnvType) -> str:
    why = f"formulas beyond {PAGE_CHARACTERS} characters on a page are shown as written"
    if not env.get("formulas_told"):
        env["formulas_told"] = True
        report(env, line_of(token), why, "math")
    return ""
