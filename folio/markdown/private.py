"""Markdown without the author's private comments: `%%comment%%`, `{% comment %}…{% endcomment %}` and the like.

Code is left alone. The page's own block rules find the comments, so that whatever the page hides is removed here too.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Set

from markdown_it.token import Token

from folio.markdown.dialect import dialect
from folio.markdown.walk import names

Span = tuple[int, int]

_ANY = re.compile(r"%%|comment")
_CODE = names("fence code_block html_block math_block_open")
_PIECE = re.compile(
    r"(?P<escape>\\.)|(?P<ticks>`++)|(?P<run>%{2,}+)"
    r"|\{%-?\s*(?P<liquid>comment)\s*-?%\}|\{\{[<%]\s*(?P<hugo>comment)\s*[>%]\}\}|\{::(?P<kramdown>comment)\}",
    re.DOTALL,
)
_BEGINS = frozenset(("", *"\n-*+#`~|"))  # characters that begin a block of their own
_ENDS = {
    "liquid": re.compile(r"\{%-?\s*endcomment\s*-?%\}"),
    "hugo": re.compile(r"\{\{[<%]\s*/\s*comment\s*[>%]\}\}"),
    "kramdown": re.compile(r"\{:/(?:comment)?\}"),
    "run": re.compile("%%"),
}


def public(text: str) -> str:
    """Return Markdown source without the author's comments; an unclosed one is text, as on the page."""
    if not _ANY.search(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    env: dict[str, object] = {"language": "", "math": True}
    tokens: list[Token] = []
    md = dialect()
    try:
        md.block.parse(text, md, env, tokens)
    except RuntimeError:  # RecursionError is one: the page too shows such a text as it is written
        return text
    blocks: list[Span] = env.get("private", [])  # type: ignore[assignment]
    starts = _starts(text)
    inside = [span for begin, end in _regions(tokens, starts, blocks) for span in _in_text(text, begin, end)]
    return _without(text, sorted([*blocks, *inside]), frozenset(blocks))


def _starts(text: str) -> list[int]:
    """Return the offset of each line, and that of the end."""
    return [0, *(match.end() for match in re.finditer("\n", text)), len(text)]


def _regions(tokens: list[Token], starts: list[int], hidden: list[Span]) -> Iterator[Span]:
    """Yield the stretches to search for inline comments: each paragraph, and each line that is in none nor in code."""
    kinds = [0] * len(starts)  # of each line: -1 code, n > 0 in paragraph n, 0 anything else
    for number, token in enumerate(tokens, 1):
        if token.map and (token.type in _CODE or token.type == "inline"):
            begin, end = token.map
            kinds[begin:end] = [number if token.type == "inline" else -1] * (min(end, len(kinds)) - begin)
    for begin, end in hidden:
        first, last = bisect_left(starts, begin + 1) - 1, bisect_left(starts, end)
        kinds[first + 1 : last - 1] = [-1] * max(0, last - first - 2)
    line = 0
    while line < len(starts) - 1:
        end = line + 1
        while kinds[line] > 0 and end < len(starts) - 1 and kinds[end] == kinds[line]:
            end += 1
        if kinds[line] >= 0:
            yield starts[line], starts[end]
        line = end


def _in_text(text: str, begin: int, end: int) -> Iterator[Span]:
    """Yield the comments in a stretch of text, except for those in code."""
    ticks: dict[str, list[int]] = {}
    never: set[str] = set()
    at = begin
    while match := _PIECE.search(text, at, end):
        at = match.end()
        kind = match.lastgroup or ""
        if kind == "ticks":
            at = _code_end(text, match, end, ticks)
        elif kind in _ENDS and kind not in never and _is_mark(text, match):
            closing = _ENDS[kind].search(text, at, end)
            if closing:
                at = closing.end()
                yield match.start(), at
            else:
                never.add(kind)


def _is_mark(text: str, match: re.Match[str]) -> bool:
    start = match.start()
    return match["run"] is None or (match[0] == "%%" and not text[max(0, start - 1) : start].isdigit())


def _code_end(text: str, match: re.Match[str], end: int, ticks: dict[str, list[int]]) -> int:
    """Return where a span of code ends; `ticks` caches the places of the runs of backticks by length."""
    run = match[0]
    if run not in ticks:
        ticks[run] = [found.end() for found in re.finditer(f"(?<!`){run}(?!`)", text[:end])]
    which = bisect_left(ticks[run], match.end() + 1)
    return ticks[run][which] if which < len(ticks[run]) else match.end()


def _without(text: str, hidden: list[Span], blocks: Set[Span]) -> str:
    """Remove the hidden spans, with lines that hold nothing else, and with a space that would then be doubled.

    A block between two lines leaves a blank line, so that they do not become one paragraph.
    """
    out: list[str] = []
    at = 0
    for span in hidden:
        begin, end = span
        if begin < at:
            at = max(at, end)
            continue
        line, stop = text.rfind("\n", 0, begin) + 1, text.find("\n", end)
        before, after = text[max(line, at) : begin], text[end : stop if stop >= 0 else len(text)]
        alone = not before.strip(" \t>") and at <= line
        out.append(text[at : line if alone else begin])
        if alone and line and span in blocks and text[:line][-2:] != "\n\n" and _goes_on(text, end):
            out.append(f"{before.rstrip()}\n")
        if alone and not after.strip():
            end = min(len(text), end + len(after) + 1)
        else:
            out.append(before if alone else "")
            end += after.startswith(" ") and (not before or before.endswith(" "))
        at = end
    return "".join((*out, text[at:]))


def _goes_on(text: str, at: int) -> bool:
    """Return True if text follows that would continue the paragraph before."""
    return text[at : at + 100].lstrip(" \t").removeprefix("\n").lstrip(" \t>")[:1] not in _BEGINS
