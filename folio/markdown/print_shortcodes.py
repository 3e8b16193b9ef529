"""A shortcode that is not known here, printed as it is written: quiet, and plainly not the author's text."""

from __future__ import annotations

from markdown_it.token import Token

from folio.markdown.printer import Printer, escape, quote


def shortcode(printer: Printer, token: Token) -> None:
    """Print a note: a block when it stands alone."""
    tag = printer.name(token.tag)
    title = f"A shortcode that cannot be shown here: {token.meta['name']}"
    printer.out.append(f'<{tag} class="shortcode" title="{quote(title)}">{escape(token.content)}</{tag}>')
    if tag == "div":
        printer.out.append("\n")
