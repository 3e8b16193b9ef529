"""The printer for unknown shortcodes: the source as written, styled so that it does not pass for the author's text."""

from __future__ import annotations

from markdown_it.token import Token

from folio.markdown.printer import Printer, escape, quote


def shortcode(printer: Printer, token: Token) -> None:
    """Print a shortcode's source: in a block if it stands alone, else inline."""
    tag = printer.name(token.tag)
    title = f"A shortcode that cannot be shown here: {token.meta['name']}"
    printer.out.append(f'<{tag} class="shortcode" title="{quote(title)}">{escape(token.content)}</{tag}>')
    if tag == "div":
        printer.out.append("\n")
