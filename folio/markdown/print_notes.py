"""Printers for notes: in the margin (pages), inside their reference as footnotes (PDF), or at the end (feeds, EPUB)."""

from __future__ import annotations

from markdown_it.token import Token

from folio.markdown.printer import Printer, quote
from folio.markdown.walk import reference_id


def note_ref(printer: Printer, token: Token) -> None:
    number, nth = token.meta["number"], token.meta["nth"]
    note = printer.notes.get(f"sn-{number}")
    if printer.style == "foot" and nth == 1 and note is not None:
        if not printer.in_footnote:
            return footnote(printer, note)
        printer.nested.append(note)
    href = f"#{printer.prefix}sn-{number}"
    place = f"{printer.prefix}{reference_id(number, nth)}"
    if printer.in_link:
        printer.out.append(f'<span class="ref" id="{quote(place)}">{printer.label(number)}</span>')
    else:
        label = printer.label(number)
        printer.out.append(f'<a class="ref" href="{quote(href)}" id="{quote(place)}" role="doc-noteref">{label}</a>')
    return None


def note(printer: Printer, token: Token) -> None:
    number, name = token.meta["number"], f"{printer.prefix}{token.meta['id']}"
    if printer.style == "margin":
        kind = "sn" if number else "mn"
        printer.out.append(f'<{token.tag} class="{kind}" id="{quote(name)}" role="note">')
        printer.blocks(token.children or ())
        printer.out.append(f"</{token.tag}>" + ("\n" if token.block else ""))
    elif number is None:
        tag = "aside" if token.block else "small"
        gap = "" if printer.out and printer.out[-1][-1:].isspace() else " "
        printer.out.append(f'{gap}<{tag} class="mn" id="{quote(name)}">')
        printer.blocks(token.children or ())
        printer.out.append(f"</{tag}>")
    elif printer.style == "end":
        printer.endnotes.append(token)


def note_number(printer: Printer, token: Token) -> None:
    if printer.style == "margin":
        printer.out.append(f'<span class="sn-number">{printer.label(token.meta["number"])}</span> ')


def note_back(printer: Printer, token: Token) -> None:
    if printer.style == "foot" or printer.in_link:
        return
    number = token.meta["number"]
    for nth in range(1, token.meta["cites"] + 1):
        href = quote(f"#{printer.prefix}{reference_id(number, nth)}")
        label, which = ("Back to the text", "") if nth == 1 else (f"Back to the text, {nth}", f"<sup>{nth}</sup>")
        gap = "\u00a0" if nth == 1 else " "  # no arrow stands on a line by itself
        printer.out.append(f'{gap}<a class="back" href="{href}" role="doc-backlink" aria-label="{label}">↩{which}</a>')


def footnote(printer: Printer, note: Token) -> None:
    """Print a note inside its reference, as elements that a paragraph may hold; then the notes it cites."""
    waiting = [note]
    kind = "footnote"
    printer.in_footnote = True
    while waiting:
        note = waiting.pop(0)
        name = quote(f"{printer.prefix}{note.meta['id']}")
        printer.out.append(f'<span class="{kind}" id="{name}">')
        printer.blocks(note.children or ())
        printer.out.append("</span>")
        waiting += printer.nested
        printer.nested = []
        kind = "footnote nested"
    printer.in_footnote = False


def endnotes(printer: Printer) -> None:
    kind = ' type="a"' if printer.around else ""
    printer.out.append(f'<section class="notes" role="doc-endnotes">\n<ol{kind}>\n')
    for note in sorted(printer.endnotes, key=lambda note: int(note.meta["number"])):
        name = quote(f"{printer.prefix}{note.meta['id']}")
        printer.out.append(f'<li id="{name}">')
        if not note.block:
            printer.out.append("<p>")
        printer.blocks(note.children or ())
        if not note.block:
            printer.out.append("</p>")
        printer.out.append("</li>\n")
    printer.out.append("</ol>\n</section>\n")
