"""Shortcodes of Hugo, Jekyll, Zola and Nikola -> the tokens that rows.py makes of them, or their source.

A tag alone on its line is a block, any other is inline; in links and raw HTML it is an address, in code text. An
unknown one becomes a `shortcode` token, which prints the source as written, and is reported once.

Most texts have no tag, so the modules of this package are imported only where one may begin.
"""

from __future__ import annotations

from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

from folio.markdown.urls import Destination
from folio.markdown.walk import holders, line_of, report

__all__ = ["raw_text", "shortcode_reports", "shortcodes_plugin"]

_Read = Callable[[str, int, int], Destination]


def shortcodes_plugin(md: MarkdownIt) -> None:
    """Add the rules, and teach the parser of link destinations to read shortcodes."""
    md.block.ruler.before("reference", "shortcode", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.block.ruler.before("reference", "bracket_shortcode", _bracket_block, {"alt": ["paragraph", "reference"]})
    md.inline.ruler.before("autolink", "shortcode_html", _html_tag)
    md.inline.ruler.before("autolink", "shortcode", _inline)
    md.core.ruler.after("block", "shortcode_blocks", _html_blocks)
    md.helpers.parseLinkDestination = _reading_shortcodes(md.helpers.parseLinkDestination)  # type: ignore


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    from folio.markdown.shortcodes.blocks import block

    return block(state, start, end, silent)


def _bracket_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    from folio.markdown.shortcodes.wordpress import block

    return block(state, start, end, silent)


def _html_tag(state: StateInline, silent: bool) -> bool:
    if max(state.html_terminator_last("{{"), state.html_terminator_last("{%")) < state.pos:
        return False
    from folio.markdown.shortcodes.html import html_tag

    return html_tag(state, silent)


def _inline(state: StateInline, silent: bool) -> bool:
    from folio.markdown.shortcodes.text import inline

    return inline(state, silent)


def _html_blocks(state: StateCore) -> None:
    if "{{" in state.src or "{%" in state.src:
        from folio.markdown.shortcodes.html import html_blocks

        html_blocks(state)


def _reading_shortcodes(read: _Read) -> _Read:
    """Wrap `read`, the parser of link destinations, so that it also reads shortcodes there."""

    def destination(text: str, start: int, end: int) -> Destination:
        found = read(text, start, end)
        if "{{" not in found.str and "{%" not in found.str:
            return found
        from folio.markdown.shortcodes import destinations

        return destinations.destination(text, start, end, found)

    return destination


def raw_text(state: StateCore) -> None:
    """Parse the paragraphs between `{% raw %}` and `{% endraw %}`, in which shortcodes are only text."""
    if "shortcodes_raw" not in state.env:
        return
    state.env["shortcodes_off"] = True
    for token in state.tokens:
        if token.type == "inline" and token.meta.get("raw"):
            token.children = token.children or []
            state.md.inline.parse(token.content, state.md, state.env, token.children)
            token.content = ""
    del state.env["shortcodes_off"]


def shortcode_reports(state: StateCore) -> None:
    """Report every shortcode that is shown as written, once for each reason and name."""
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
