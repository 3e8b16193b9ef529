"""Shortcodes of Hugo, Jekyll, Zola and Nikola -> the tokens of their rows, or a note that shows them.

A tag alone on its line is a block, any other stands in its text; in links and raw HTML it is an address. In code they
are text. One that is not known becomes a token `shortcode`, which prints it as it is written, and is reported once.
"""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

from folio.markdown.shortcodes import wordpress
from folio.markdown.shortcodes.blocks import block
from folio.markdown.shortcodes.destinations import reading_shortcodes
from folio.markdown.shortcodes.html import html_blocks, html_tag
from folio.markdown.shortcodes.text import inline, raw_text
from folio.markdown.walk import holders, line_of, report

__all__ = ["raw_text", "shortcode_reports", "shortcodes_plugin"]


def shortcodes_plugin(md: MarkdownIt) -> None:
    """Add the rules, and shortcodes to the reader of links' destinations."""
    md.block.ruler.before("reference", "shortcode", block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.block.ruler.before("reference", "bracket_shortcode", wordpress.block, {"alt": ["paragraph", "reference"]})
    md.inline.ruler.before("autolink", "shortcode_html", html_tag)
    md.inline.ruler.before("autolink", "shortcode", inline)
    md.core.ruler.after("block", "shortcode_blocks", html_blocks)
    md.helpers.parseLinkDestination = reading_shortcodes(md.helpers.parseLinkDestination)  # type: ignore


def shortcode_reports(state: StateCore) -> None:
    """Tell the author of every shortcode that is shown as it is written, once for each name."""
    if "{{" not in state.src and "{%" not in state.src and "[gallery" not in state.src:
        return
    told: set[str] = set()
    for holder in [*state.tokens, *holders(state.tokens)]:
        for token in [holder, *(holder.children or ())]:
            why = token.meta.get("why", "") if token.type == "shortcode" else ""
            if why and why not in told:
                told.add(why)
                line = line_of(token, line_of(holder, 1))
                report(state.env, line, f"{why}; its text is shown as written", "shortcode")
