"""Document -> Html: prints the tokens and resolves every reference. Never changes the tokens.

Notes go to the margin beside the text (pages), to the foot (PDF: an element that WeasyPrint floats there) or to the
end (feeds, EPUB). Two things hold for every text: no <a> stands in another, and tags are balanced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from markdown_it.token import Token

from folio.markdown import print_blocks, print_embeds, print_notes, print_references, print_shortcodes
from folio.markdown.document import Document, Html, NoteStyle, Resolve
from folio.markdown.printer import Page, Printer, quote
from folio.markdown.walk import note_tokens


def render(document: Document, resolve: Resolve, notes: NoteStyle = "margin", *, prefix: str = "") -> Html:
    """Render a document. `prefix` goes before every id, so that several documents can stand on one page."""
    bodies = {token.meta["id"]: token for token in note_tokens(document.tokens)} if notes == "foot" else {}
    page = Page(prefix, document)
    printer = Printer(resolve, notes, prefix, document.ids, _PRINTERS, bodies, page=page)
    printer.blocks(document.tokens)
    if printer.endnotes:
        print_notes.endnotes(printer)
    return Html("".join(printer.out), tuple(printer.asked))


def _heading_open(printer: Printer, token: Token) -> None:
    printer.heading = str(token.attrs.get("id", ""))
    printer.element(token)


def _heading_close(printer: Printer, token: Token) -> None:
    """End a heading with a link to itself, only on pages; it is for the mouse, so it is no tab stop."""
    if printer.style == "margin" and not printer.in_link:
        href = quote(f"#{printer.prefix}{printer.heading}")
        printer.out.append(f' <a class="anchor" href="{href}" aria-hidden="true" tabindex="-1">#</a>')
    printer.element(token)


def _hardbreak(printer: Printer, token: Token) -> None:
    printer.out.append("<br>\n")


def _softbreak(printer: Printer, token: Token) -> None:
    printer.out.append("\n")


def _rule(printer: Printer, token: Token) -> None:
    printer.out.append("<br>" if printer.in_footnote else "<hr>\n")


def _nothing(printer: Printer, token: Token) -> None:
    """Print nothing: extract.py alone reads the token."""


def _table_open(printer: Printer, token: Token) -> None:
    if not printer.in_footnote:
        printer.out.append('<div class="table" tabindex="0">')
    printer.element(token)


def _table_close(printer: Printer, token: Token) -> None:
    printer.element(token)
    if not printer.in_footnote:
        printer.out.append("</div>\n")


def _item_open(printer: Printer, token: Token) -> None:
    printer.element(token)
    if "checked" in token.meta:
        done = token.meta["checked"]
        state = 'aria-label="Done" checked' if done else 'aria-label="To do"'
        printer.out.append(f'<input type="checkbox" disabled {state}> ')


_PRINTERS: Mapping[str, Callable[[Printer, Token], None]] = MappingProxyType(
    {
        "link_open": print_references.link_open,
        "link_close": print_references.link_close,
        "image": print_references.image,
        "embed": print_embeds.embed,
        "html_tag": print_references.html_tag,
        "fence": print_blocks.code,
        "code_block": print_blocks.code,
        "code_inline": print_blocks.code_inline,
        "math": print_blocks.math,
        "callout_title_open": print_blocks.callout_title,
        "shortcode": print_shortcodes.shortcode,
        "hardbreak": _hardbreak,
        "softbreak": _softbreak,
        "hr": _rule,
        "more": _nothing,
        "heading_open": _heading_open,
        "heading_close": _heading_close,
        "table_open": _table_open,
        "table_close": _table_close,
        "list_item_open": _item_open,
        "note": print_notes.note,
        "note_ref": print_notes.note_ref,
        "note_number": print_notes.note_number,
        "note_back": print_notes.note_back,
    }
)
