"""Document -> the tokens of one part of it, complete in themselves: for `![[Page#Heading]]` and `![[Page#^block]]`.

A part's notes are numbered from 1 again, and a note that was first cited before the part is included as well.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from markdown_it.token import Token

from folio.markdown.document import Document
from folio.markdown.walk import names, note_tokens

_INSIDES = names("tr td th thead tbody caption figcaption summary")  # invalid outside of their parent
_ITEMS = names("li dd dt")


def passage_tokens(document: Document, part: str) -> Sequence[Token] | None:
    """Return the tokens of a heading and all below it, or of a block; all for part "", None if the id is not there."""
    tokens = document.tokens
    if not part:
        return tokens
    start = next((index for index, token in enumerate(tokens) if _holds(token, part)), None)
    if start is None:
        return None
    if tokens[start].type == "heading_open":
        chosen = list(tokens[start : _end_of_section(tokens, start)])
    else:
        chosen = _block(tokens, start)
    return _Notes(document.tokens, chosen).blocks(chosen) if _has_notes(chosen) else chosen


def _holds(token: Token, part: str) -> bool:
    if token.attrs and token.attrs.get("id") == part:
        return token.nesting != -1
    return token.type == "inline" and any(child.attrs.get("id") == part for child in token.children or ())


def _end_of_section(tokens: Sequence[Token], start: int) -> int:
    """Return where the next heading of the same or a higher level begins, or the container around ends."""
    depth = 0
    for index in range(start, len(tokens)):
        token = tokens[index]
        if index > start and not depth and token.type == "heading_open" and token.tag <= tokens[start].tag:
            return index
        depth += token.nesting
        if depth < 0:
            return index
    return len(tokens)


def _block(tokens: Sequence[Token], start: int) -> list[Token]:
    """Return the block that begins at `start` or holds the inline token there, and the notes after it."""
    if tokens[start].type == "inline" and start and tokens[start - 1].nesting == 1:
        start -= 1
    while start > 0 and (tokens[start].tag in _INSIDES or tokens[start].hidden):
        start = _parent(tokens, start)
    end = _end(tokens, start)
    if tokens[start].tag not in _ITEMS:
        while end < len(tokens) and tokens[end].type == "note":
            end += 1
        return list(tokens[start:end])
    parent = _parent(tokens, start)
    opening = copy.copy(tokens[parent])
    opening.attrs = {name: value for name, value in opening.attrs.items() if name == "class"}
    return [opening, *tokens[start:end], tokens[_end(tokens, parent) - 1]]


def _end(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].nesting
        if depth <= 0:
            return index + 1
    return len(tokens)


def _parent(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for index in range(start - 1, -1, -1):
        depth += tokens[index].nesting
        if depth > 0:
            return index
    return 0


def _has_notes(tokens: Iterable[Token]) -> bool:
    kinds = ("note", "note_ref")
    return any(t.type in kinds or any(child.type in kinds for child in t.children or ()) for t in tokens)


class _Notes:
    """Renumbers one part's notes: `bodies` are the page's notes by number, `present` the numbers in the part."""

    def __init__(self, tokens: Iterable[Token], chosen: Iterable[Token]) -> None:
        self.bodies = {note.meta["number"]: note for note in note_tokens(tokens) if note.meta["number"]}
        self.present = frozenset(note.meta["number"] for note in note_tokens(chosen) if note.meta["number"])
        self.metas: dict[int, dict[str, Any]] = {}  # the new meta of each note cited, by its number on the page
        self.missing: deque[Token] = deque()  # notes cited just now that the part does not hold
        self.waiting: list[Token] = []  # block notes, to be placed at the end of the block that cites them

    def blocks(self, tokens: Iterable[Token]) -> list[Token]:
        out: list[Token] = []
        depth = 0
        for token in tokens:
            depth += token.nesting
            out += self._one(token)
            self._place_missing(out)
            if not depth:
                out += self.waiting
                self.waiting = []
        return out

    def _one(self, token: Token) -> list[Token]:
        """Return a token renumbered for the part; nothing for a note that the part never cites."""
        kind = token.type
        if kind == "inline":
            token = copy.copy(token)
            token.children = self._line(token.children or ())
        elif kind == "note_ref":
            return [self._reference(token)]
        elif kind in ("note_number", "note_back"):
            return [Token(kind, "", 0, meta=self.metas[token.meta["number"]])]
        elif kind == "note":
            number = token.meta["number"]
            return [self._note(token)] if number is None or number in self.metas else []
        return [token]

    def _line(self, children: Iterable[Token]) -> list[Token]:
        out: list[Token] = []
        for child in children:
            out += self._one(child)
            self._place_missing(out)
        return out

    def _note(self, token: Token) -> Token:
        """Copy a note. Missing notes that it cites are queued first, to follow it, for notes never nest."""
        queued, self.missing = self.missing, deque()
        note = copy.copy(token)
        note.meta = self.metas.get(token.meta["number"], token.meta)
        note.children = []
        for child in token.children or ():
            if child.type == "inline":
                child = copy.copy(child)
                child.children = [one for inner in child.children or () for one in self._one(inner)]
                note.children.append(child)
            else:
                note.children += self._one(child)
        queued.extend(self.missing)
        self.missing = queued
        return note

    def _reference(self, token: Token) -> Token:
        number = token.meta["number"]
        if number not in self.metas:
            count = len(self.metas) + 1
            self.metas[number] = {**self.bodies[number].meta, "id": f"sn-{count}", "number": count, "cites": 0}
            if number not in self.present:
                self.missing.append(self.bodies[number])
        meta = self.metas[number]
        meta["cites"] += 1
        return Token("note_ref", "", 0, meta={"number": meta["number"], "nth": meta["cites"]})

    def _place_missing(self, out: list[Token]) -> None:
        """Place the notes that the part does not hold where they are cited first."""
        while self.missing:
            note = self._note(self.missing.popleft())
            (self.waiting if note.block else out).append(note)
