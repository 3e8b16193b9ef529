"""Ways through a token stream that every rule shares: the lists of inline tokens in it, and their plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from markdown_it.token import Token
from markdown_it.utils import EnvType

from folio.errors import Problem


def names(words: str) -> frozenset[str]:
    """Make a set of names written with spaces between them."""
    return frozenset(words.split())


def report(env: EnvType, line: int, why: str, kind: str = "markup") -> None:
    """Tell the author of something at `line`, counted from 1; the path is filled in by whoever read the file."""
    env.setdefault("problems", []).append(Problem("", line, why, kind))


def holders(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield every token that holds inline tokens, in reading order: paragraphs' contents and the notes in them.

    Without recursion: notes written into notes may be nested as deeply as the author likes.
    """
    for token in tokens:
        waiting = [token] if token.children is not None else []
        while waiting:
            holder = waiting.pop()
            yield holder
            notes = [child for child in holder.children or () if child.children is not None and child.type == "note"]
            waiting += reversed(notes)


def holds(holder: Token, kind: str) -> bool:
    """Say whether one of the tokens that a token holds is of a kind."""
    return kind in [child.type for child in holder.children or ()]


def note_tokens(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield the notes of a finished token stream; they never stand in one another."""
    for token in tokens:
        if token.type == "note":
            yield token
        elif token.type == "inline":
            yield from (child for child in token.children or () if child.type == "note")


def ids(tokens: Iterable[Token]) -> Iterator[str]:
    """Yield every id that printing a finished token stream gives."""
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
    """Give the id of the place that cites a note for the `nth` time."""
    return f"ref-{number}" if nth == 1 else f"ref-{number}-{nth}"


def plain(children: Iterable[Token] | None) -> str:
    """Turn inline tokens into plain text, without the notes cited in them."""
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
    """Give the line a token stands on, counted from 1."""
    if token.map:
        return token.map[0] + 1
    line: Any = token.meta.get("line", default)
    return int(line)
