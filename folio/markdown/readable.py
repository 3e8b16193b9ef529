"""Document -> plain text for reading, in a terminal or with `curl`: wrapped, lists and quotations indented, endnotes.

`Document.text` is for counting and searching instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from folio.markdown.document import Document
from folio.markdown.walk import note_tokens, plain

WIDTH = 72  # columns of a line
LEAST = 24  # columns kept for words, however deep a list is
_SPACE = re.compile(r"[ \t\n]+")
_RULES = {1: "=", 2: "-"}  # under headings, by level


def readable(document: Document) -> str:
    """Return the text without its title, in lines of at most 72 columns except for code, tables and long words."""
    writer = _Writer()
    writer.blocks(document.tokens)
    notes = [note for note in note_tokens(document.tokens) if note.meta["number"] is not None]
    if notes:
        writer.heading("Notes", 2)
    for note in sorted(notes, key=lambda note: int(note.meta["number"])):
        writer.note(note)
    return "\n".join(writer.lines).strip("\n") + "\n" if writer.lines else ""


def columns(text: str) -> int:
    """Count the columns that a text takes in a terminal: combining marks take none, wide East Asian characters two."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) != 0 for c in text)


def wrapped(text: str, width: int) -> list[str]:
    """Break a text at spaces into lines of at most `width` columns; a longer word gets a line of its own."""
    lines: list[str] = []
    for piece in text.split("\n"):
        line, used = "", 0
        for word in _SPACE.split(piece.strip()):
            own = columns(word)
            if line and used + 1 + own > width:
                lines.append(line)
                line, used = word, own
            else:
                line, used = (f"{line} {word}", used + 1 + own) if line else (word, own)
        lines.append(line)
    return lines


@dataclass(slots=True)
class _Writer:
    """The output so far. `margins` stand before every line; `leads` replace some of them once, keyed by index."""

    lines: list[str] = field(default_factory=list)
    margins: list[str] = field(default_factory=list)
    leads: dict[int, str] = field(default_factory=dict)
    counters: list[int | None] = field(default_factory=list)  # next number of each open list, None for bullets
    rows: list[list[str]] = field(default_factory=list)  # of the open table
    tight: bool = False  # no empty lines between the items of the open list
    begins: bool = False  # the next line is the first of a list
    depth: int = 0  # how many margins the last line had
    level: int = 0  # of the open heading
    in_table: bool = False

    def blocks(self, tokens: Iterable[Token]) -> None:
        for token in tokens:
            step = getattr(self, f"on_{token.type}", None)
            if step is not None:
                step(token)
            elif token.type == "text" and token.content.strip():
                self.put(token.content)

    def put(self, text: str, *, close: bool = False) -> None:
        """Write a block of text, wrapped; with `close`, without an empty line before it."""
        room = max(LEAST, WIDTH - sum(map(columns, self.margins)))
        self.write(wrapped(text.strip(), room), close)

    def write(self, lines: Sequence[str], close: bool = False) -> None:
        outer = min(self.leads, default=len(self.margins))
        if self.lines and not close and (self.begins or not (self.leads and self.tight)):
            self.lines.append("".join(self.margins[: min(outer, self.depth)]).rstrip())
        self.begins, self.depth = False, len(self.margins)
        for line in lines:
            before = (self.leads.get(place, margin) for place, margin in enumerate(self.margins))
            self.lines.append("".join([*before, line]).rstrip())
            self.leads.clear()

    def enter(self, margin: str, lead: str = "") -> None:
        """Begin a block with a margin of its own; its first line has `lead` instead of the margin."""
        self.margins.append(margin)
        if lead:
            self.leads[len(self.margins) - 1] = lead

    def leave(self) -> None:
        """End the block; if nothing was written in it, its lead stands alone."""
        if self.leads.get(len(self.margins) - 1, "").strip():
            self.write([""])
        self.margins.pop()
        self.leads.pop(len(self.margins), None)

    def heading(self, text: str, level: int) -> None:
        self.put(text)
        if level in _RULES and self.lines:
            self.write([_RULES[level] * min(columns(text), WIDTH)], close=True)

    def note(self, note: Token) -> None:
        """Write a note behind its number."""
        number = f"[{note.meta['number']}] "
        self.enter(" " * len(number), number)
        if note.block:
            self.blocks(note.children or ())
        else:
            self.put(words(note.children))
        self.leave()

    # Called by `blocks` by token type.

    def on_heading_open(self, token: Token) -> None:
        self.level = int(token.tag[1])

    def on_heading_close(self, token: Token) -> None:
        self.level = 0

    def on_inline(self, token: Token) -> None:
        text = words(token.children)
        if self.in_table and self.rows:
            self.rows[-1].append(_SPACE.sub(" ", text).strip())
        elif self.level:
            self.heading(text, self.level)
        elif text.strip():
            self.put(text, close=self.tight and not self.leads)
        for note in token.children or ():
            if note.type == "note" and note.meta["number"] is None:
                self.put(f"({words(note.children)})")

    def on_paragraph_open(self, token: Token) -> None:
        self.tight = token.hidden

    def on_paragraph_close(self, token: Token) -> None:
        self.tight = self.tight and bool(self.counters)

    def on_blockquote_open(self, token: Token) -> None:
        self.depth = min(self.depth, len(self.margins))  # the empty line before it is outside of any quotation before
        self.margins.append("> ")
        self.tight = False

    def on_blockquote_close(self, token: Token) -> None:
        self.margins.pop()

    on_callout_open, on_callout_close = on_blockquote_open, on_blockquote_close

    def on_bullet_list_open(self, token: Token) -> None:
        self.begins = not self.counters
        self.counters.append(None)

    def on_ordered_list_open(self, token: Token) -> None:
        self.begins = not self.counters
        self.counters.append(int(token.attrs.get("start", 1)))

    def on_bullet_list_close(self, token: Token) -> None:
        self.counters.pop()
        self.tight = False

    on_ordered_list_close = on_bullet_list_close

    def on_list_item_open(self, token: Token) -> None:
        number = self.counters[-1]
        mark = "- " if number is None else f"{number}. "
        if "checked" in token.meta:
            mark += "[x] " if token.meta["checked"] else "[ ] "
        self.counters[-1] = None if number is None else number + 1
        self.enter(" " * len(mark), mark)

    def on_list_item_close(self, token: Token) -> None:
        self.leave()

    def on_dt_open(self, token: Token) -> None:
        self.tight = False

    def on_dd_open(self, token: Token) -> None:
        self.enter("    ", "    ")

    on_dd_close = on_list_item_close

    def on_fence(self, token: Token) -> None:
        self.write([f"    {line}" for line in token.content.rstrip("\n").split("\n")])

    on_code_block = on_fence

    def on_hr(self, token: Token) -> None:
        self.write(["* * *"])

    def on_embed(self, token: Token) -> None:
        self.put(f"[{token.attrs.get('src', '')}]")

    def on_note(self, token: Token) -> None:
        if token.meta["number"] is None:
            self.margins.append("    ")
            self.blocks(token.children or ())
            self.margins.pop()

    def on_table_open(self, token: Token) -> None:
        self.in_table, self.rows = True, []

    def on_tr_open(self, token: Token) -> None:
        self.rows.append([])

    def on_table_close(self, token: Token) -> None:
        self.write(_table(self.rows))
        self.in_table, self.rows = False, []


def words(children: Iterable[Token] | None) -> str:
    """Return inline tokens as text: hard line breaks are kept, references to notes become "[1]"."""
    parts = []
    for child in children or ():
        if child.type == "note_ref":
            parts.append(f"[{child.meta['number']}]")
        elif child.type == "hardbreak" or (child.type == "html_tag" and child.tag == "br"):
            parts.append("\n")
        elif child.type == "image" and (alt := plain([child])):
            parts.append(f"[{alt}]")
        elif child.type == "embed":
            parts.append(f"[{child.attrs.get('src', '')}]")
        elif child.type != "note":
            parts.append(_SPACE.sub(" ", plain([child])))
    return "".join(parts)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table in columns, with a rule under its head; in a table that is too wide, bars separate the cells."""
    widths = [max(map(columns, column)) for column in zip(*rows, strict=False)]
    if sum(widths) + 3 * len(widths) > WIDTH:
        return [" | ".join(row) for row in rows]
    lines = [
        "   ".join(cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=False))
        for row in rows
    ]
    return [lines[0], "   ".join("-" * width for width in widths), *lines[1:]] if lines else []
