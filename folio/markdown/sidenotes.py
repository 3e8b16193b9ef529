"""Numbers notes in reading order and places each where it is cited.

`note_ref` tokens become references (`meta`: number, nth), and the note itself follows as a `note` token: directly if
it is inline, after the block that cites it if it is made of blocks or cited in a heading or a table. A note cited in a
note follows that note, so notes never nest and a chain of a thousand needs no recursion. A reference in a link comes
after the link. A note that begins with `{-}` is a margin note, without a number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType

from folio.markdown.walk import line_of, report

UNNUMBERED = "{-}"
_KINDS = frozenset(("note", "note_ref", "note_missing"))
_HOLDS_ASIDES = ("paragraph", "heading", "table", "figure", "callout_title")
_EDGES = MappingProxyType({f"{kind}_{edge}": kind for kind in _HOLDS_ASIDES for edge in ("open", "close")})


class _Definition:
    """A `[^label]: …`: its blocks, and, once it is cited, the `meta` that its note and its references share."""

    def __init__(self, line: int) -> None:
        self.tokens: list[Token] = []
        self.line = line
        self.meta: dict[str, Any] | None = None


class _Registry:
    """The note definitions by label, and the counts of notes so far."""

    def __init__(self, env: EnvType, definitions: dict[str, _Definition]) -> None:
        self.env = env
        self.definitions = definitions
        self.numbered = self.margin = self.notes = 0


def sidenotes(state: StateCore) -> None:
    """Number and place every note of the document."""
    if not ("[^" in state.src or "^[" in state.src or state.env.get("tufte")):
        return
    stream: list[Token] = state.tokens
    definitions: dict[str, _Definition] = {}
    if "note_labels" in state.env:
        stream, definitions = _take_definitions(state.tokens, state.env)
    if not definitions and not _has_notes(stream):
        state.tokens = stream
        return
    registry = _Registry(state.env, definitions)
    state.tokens = _place(stream, registry)
    for label, definition in definitions.items():
        if definition.meta is None:
            report(state.env, definition.line, f"the note [^{label}] is never cited, so it is not shown", "note")


def _has_notes(tokens: list[Token]) -> bool:
    return any(_cites(token) for token in tokens)


def _cites(token: Token) -> bool:
    return bool(token.children) and not _KINDS.isdisjoint([child.type for child in token.children or ()])


def _take_definitions(tokens: list[Token], env: EnvType) -> tuple[list[Token], dict[str, _Definition]]:
    """Separate the definitions from the stream; of several of a label the first counts."""
    stream: list[Token] = []
    found: dict[str, _Definition] = {}
    targets = [stream]
    for token in tokens:
        if token.type == "note_definition_open":
            definition = _Definition(line_of(token))
            label = token.meta["label"]
            if label in found:
                first = found[label].line
                report(env, definition.line, f"the note [^{label}] is already defined on line {first}", "note")
            found.setdefault(label, definition)
            targets.append(definition.tokens)
        elif token.type == "note_definition_close":
            targets.pop()
        else:
            targets[-1].append(token)
    return stream, found


def _place(stream: Iterable[Token], registry: _Registry) -> list[Token]:
    """Walk the blocks in reading order; asides wait until the block that cites them is closed."""
    out: list[Token] = []
    waiting: list[Token] = []
    inside: list[str] = []
    for token in stream:
        out.append(token)
        if token.type == "inline":
            if not _cites(token):
                continue
            aside = "heading" in inside or "table" in inside or "callout_title" in inside
            cited = _Cited(registry, aside)
            token.children = cited.read(token.children or [])
            waiting += cited.asides
        elif kind := _EDGES.get(token.type):
            if token.nesting == 1:
                inside.append(kind)
            elif inside:
                inside.pop()
            if waiting and not inside:
                out += waiting
                waiting = []
    return out + waiting


class _Cited:
    """Replaces the references in one inline token, with the notes beside them; `asides` must follow its block."""

    def __init__(self, registry: _Registry, aside: bool) -> None:
        self.registry = registry
        self.aside = aside
        self.out: list[Token] = []
        self.late: list[Token] = []  # references and notes in a link, which follow the link
        self.asides: list[Token] = []

    def read(self, children: list[Token]) -> list[Token]:
        links = 0
        for child in children:
            if child.type in ("note", "note_ref"):
                self._cite(child, self.late if links else self.out)
                continue
            self.out.append(_text_of_missing(child, self.registry) if child.type == "note_missing" else child)
            if child.type in ("link_open", "link_close") or (child.type == "html_tag" and child.tag == "a"):
                links += child.nesting
                if not links:
                    self.out += self.late
                    self.late = []
        return self.out + self.late

    def _cite(self, child: Token, target: list[Token]) -> None:
        reference, note = _reference(child, self.registry)
        if reference is not None:
            target.append(reference)
        aside = self.aside
        for body in _chain(note, self.registry) if note is not None else ():
            aside = aside or body.block  # notes cited in a block note come after it
            if aside:
                self.asides.append(body if body.block else _as_block(body))
            else:
                target.append(body)


def _text_of_missing(child: Token, registry: _Registry) -> Token:
    report(registry.env, line_of(child), f"no note {child.content} is defined", "note")
    return Token("text", "", 0, content=child.content)


def _reference(child: Token, registry: _Registry) -> tuple[Token | None, Token | None]:
    """Return the reference to print (None for a margin note), and the note if it is cited for the first time."""
    if child.type == "note":
        note: Token | None = child
        meta = child.meta = _number(_is_unnumbered(child.children, child.meta), line_of(child), registry)
    else:
        definition = registry.definitions[child.meta["label"]]
        note = None
        if definition.meta is None:
            note = _body(definition)
            unnumbered = _is_unnumbered(_first_line(note), {})
            definition.meta = note.meta = _number(unnumbered, line_of(child), registry)
        meta = definition.meta
    if note is not None:
        _add_number_and_back(note)
    if meta["number"] is None:
        return None, note
    meta["cites"] += 1
    return Token("note_ref", "", 0, meta={"number": meta["number"], "nth": meta["cites"]}), note


def _number(unnumbered: bool, line: int, registry: _Registry) -> dict[str, Any]:
    """Return the `meta` that a note, its number and its back links share. `cites` grows as references are read."""
    registry.notes += 1
    if unnumbered:
        registry.margin += 1
        return {"id": f"mn-{registry.margin}", "number": None, "cites": 0, "line": line, "order": registry.notes}
    registry.numbered += 1
    number = registry.numbered
    return {"id": f"sn-{number}", "number": number, "cites": 0, "line": line, "order": registry.notes}


def _body(definition: _Definition) -> Token:
    """Turn a definition into a note: inline if it is one paragraph, else a block."""
    kinds = [token.type for token in definition.tokens]
    if kinds == ["paragraph_open", "inline", "paragraph_close"]:
        return Token("note", "span", 0, children=definition.tokens[1].children or [])
    return Token("note", "aside", 0, children=definition.tokens, block=True)


def _as_block(note: Token) -> Token:
    line = Token("inline", "", 0, children=note.children)
    return Token("note", "aside", 0, children=[line], meta=note.meta, block=True)


def _first_line(note: Token) -> list[Token]:
    return _lines(note)[0] if _lines(note) else []


def _lines(note: Token) -> list[list[Token]]:
    """Return the lists of inline tokens in a note: its children, or those of its blocks."""
    if not note.block:
        return [note.children] if note.children is not None else []
    return [token.children or [] for token in note.children or () if token.type == "inline"]


def _is_unnumbered(line: list[Token] | None, meta: dict[str, Any]) -> bool:
    """Return True for a margin note, and remove its `{-}`."""
    first = line[0] if line else None
    if first is not None and first.type == "text" and first.content.startswith(UNNUMBERED):
        first.content = first.content[len(UNNUMBERED) :].lstrip()
        return True
    return bool(meta.get("margin"))


def _add_number_and_back(note: Token) -> None:
    """Put the number before a note's first word and the back links after its last."""
    if note.meta["number"] is None:
        return
    number, back = (Token(kind, "", 0, meta=note.meta) for kind in ("note_number", "note_back"))
    children = note.children or []
    if not note.block:
        note.children = [number, *children, back]
        return
    starts_with_text = len(children) > 2 and children[0].type == "paragraph_open"
    if starts_with_text:
        children[1].children = [number, *(children[1].children or [])]
    if len(children) > 2 and children[-1].type == "paragraph_close":
        children[-2].children = [*(children[-2].children or []), back]
    else:
        children = [*children, back]
    note.children = children if starts_with_text else [number, *children]


def _chain(note: Token, registry: _Registry) -> Iterable[Token]:
    """Yield a note and those cited in it, and in them, in the order of their numbers."""
    waiting = deque([note])
    while waiting:
        body = waiting.popleft()
        if body.block:
            for token in body.children or ():
                if token.type == "inline":
                    token.children = _replace(token.children or [], registry, waiting)
        else:
            body.children = _replace(body.children or [], registry, waiting)
        yield body


def _replace(children: list[Token], registry: _Registry, waiting: deque[Token]) -> list[Token]:
    out: list[Token] = []
    for child in children:
        if child.type == "note" or (child.type == "note_ref" and "label" in child.meta):
            reference, note = _reference(child, registry)
            out += [reference] if reference is not None else []
            waiting.extend([note] if note is not None else [])
        else:
            out.append(_text_of_missing(child, registry) if child.type == "note_missing" else child)
    return out
