"""Helpers that all rules share: iterating over a token stream, plain text, lines, reporting problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from markdown_it.token import Token
from markdown_it.utils import EnvType

from folio.errors import Problem


def names(words: str) -> frozenset[str]:
    """Return the set of names in a string that separates them by spaces."""
    return frozenset(words.split())


def report(env: EnvType, line: int, why: str, kind: str = "markup") -> None:
    """Record a problem for the author at `line`, counted from 1; the reader of the file fills in the path."""
    env.setdefault("problems", []).append(Problem("", line, why, kind))


def holders(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield every token that holds inline tokens, in reading order: the `inline` tokens and the notes in them.

    It does not recurse, since notes in notes may nest without limit.
    """
    for token in tokens:
        waiting = [token] if token.children is not None else []
        while waiting:
            holder = waiting.pop()
            yield holder
            notes = [child for child in holder.children or () if child.children is not None and child.type == "note"]
            waiting += reversed(notes)


def holds(holder: Token, kind: str) -> bool:
    """Return True if a child of the token has the type `kind`."""
    return kind in [child.type for child in holder.children or ()]


def note_tokens(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield the notes of a finished token stream; they never nest."""
    for token in tokens:
        if token.type == "note":
            yield token
        elif token.type == "inline":
            yield from (child for child in token.children or () if child.type == "note")


def ids(tokens: Iterable[Token]) -> Iterator[str]:
    """Yield every id in the HTML of a finished token stream."""
    for token in tokens:
        if token.attrs and "id" in token.attrs:
            yield str(token.attrs["id"])
        elif token.type == "note":
            yield token.meta["id"]
        elif token.type == "note_ref":
            yield reference_id(token.meta["number"], token.meta["nth"])
        if token.children:
            yield from ids(token.children)


def reference_id(number: int, nth: int) -> str:
    """Return the id of the `nth` reference to a note."""
    return f"ref-{number}" if nth == 1 else f"ref-{number}-{nth}"


def plain(children: Iterable[Token] | None) -> str:
    """Return inline tokens as plain text, without notes."""
    parts = []
    for child in children or ():
        kind = child.type
        if kind in ("text", "text_special", "code_inline", "math", "comment_open"):
            parts.append(child.content)
        elif kind in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif kind == "image":
            parts.append(str(child.attrs.get("alt") or "") or plain(child.children))
        elif kind == "html_tag" and child.tag == "br":
            parts.append(" ")
    return "".join(parts)


def line_of(token: Token, default: int = 0) -> int:
    """Return the line of a token, counted from 1, or `default` if it is not known."""
    if token.map:
        return token.map[0] + 1
    line: Any = token.meta.get("line", default)
    return int(line)
