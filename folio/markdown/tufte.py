"""Sidenotes written by hand in Tufte CSS's HTML -> the same `note` tokens as `^[…]`:

    text.<label for="sn-x" class="margin-toggle sidenote-number"></label>
    <input type="checkbox" id="sn-x" class="margin-toggle"/>
    <span class="sidenote">The *note*.</span>

`class="marginnote"` makes a margin note. The checkbox and its label are removed: notes here are always visible.
"""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from folio.markdown.walk import holders, holds, report

_IS_NOTE = re.compile(r"<span\b[^>]*\bclass\s*=\s*[\"']?[^\"'>]*\b(sidenote|marginnote)(?![\w-])", re.IGNORECASE)
_WORDS = ("sidenote", "marginnote", "margin-toggle")  # every such note has one of them
_IS_TOGGLE = re.compile(r"<(label|input)\b[^>]*\bmargin-toggle\b", re.IGNORECASE)


def tufte_blocks(state: StateCore) -> None:
    """Turn a block of raw HTML that holds a sidenote into inline text, so that `tufte` finds the note."""
    source = state.src.lower() if "<" in state.src else ""
    state.env["tufte"] = any(word in source for word in _WORDS)
    if not state.env["tufte"]:
        return
    tokens = []
    for token in state.tokens:
        if token.type == "html_block" and _IS_NOTE.search(token.content):
            line = Token("inline", "", 0, map=token.map, content=token.content.strip(), level=token.level + 1)
            line.children = []
            tokens += [
                Token("paragraph_open", "p", 1, map=token.map, hidden=True, block=True, level=token.level),
                line,
                Token("paragraph_close", "p", -1, hidden=True, block=True, level=token.level),
            ]
        else:
            tokens.append(token)
    state.tokens = tokens


def tufte(state: StateCore) -> None:
    """Turn the spans of notes into `note` tokens, and remove their toggles."""
    if not state.env["tufte"]:
        return
    for holder in holders(state.tokens):
        if holds(holder, "html_inline"):
            holder.children = _Reader().read(holder.children or [], state)


class _Reader:
    """One pass over a paragraph: `spans` holds the open ones, as (index in `out`, kind of note or "")."""

    def __init__(self) -> None:
        self.out: list[Token] = []
        self.spans: list[tuple[int, str]] = []
        self.label = -1  # index in `out` of an open toggle's label
        self.glue = False  # a toggle was just removed: drop the space after it

    def read(self, children: list[Token], state: StateCore) -> list[Token]:
        for child in children:
            if child.type == "html_inline":
                self._tag(child, state)
            elif not (self.glue and _is_space(child)):
                self.glue = False
                self.out.append(child)
        return self.out

    def _tag(self, child: Token, state: StateCore) -> None:
        tag = child.content.lower()
        toggle = _IS_TOGGLE.match(tag)
        if toggle and toggle[1] == "input":
            self.glue = True
        elif toggle:
            self.label = len(self.out)
            self.out.append(child)
        elif tag.startswith("</label") and self.label >= 0:
            del self.out[self.label :]
            self.label, self.glue = -1, True
        else:
            self.glue = False
            self._span(child, tag, state)

    def _span(self, child: Token, tag: str, state: StateCore) -> None:
        if tag.startswith("<span") and not tag.endswith("/>"):
            note = _IS_NOTE.match(tag)
            self.spans.append((len(self.out), note[1] if note else ""))
        elif tag.startswith("</span") and self.spans:
            start, kind = self.spans.pop()
            if kind and self._close(start, kind, state):
                return
        self.out.append(child)

    def _close(self, start: int, kind: str, state: StateCore) -> bool:
        """Turn the tokens since `start` into a note; return False if they are not balanced."""
        opening, body = self.out[start], self.out[start + 1 :]
        if not _is_balanced(body):
            report(state.env, int(opening.meta.get("line", 0)), f"markup runs across the edge of this {kind}")
            return False
        del self.out[start:]
        meta = {"line": opening.meta.get("line", 0), "margin": kind == "marginnote"}
        self.out.append(Token("note", "span", 0, children=_strip(body), meta=meta, level=opening.level))
        return True


def _is_space(token: Token) -> bool:
    return token.type == "softbreak" or (token.type == "text" and not token.content.strip())


def _is_balanced(body: list[Token]) -> bool:
    depth = 0
    for token in body:
        depth += token.nesting
        if depth < 0:
            return False
    return depth == 0


def _strip(body: list[Token]) -> list[Token]:
    while body and _is_space(body[0]):
        del body[0]
    while body and _is_space(body[-1]):
        del body[-1]
    if body and body[0].type == "text":
        body[0].content = body[0].content.lstrip()
    if body and body[-1].type == "text":
        body[-1].content = body[-1].content.rstrip()
    return body
