"""Limits that keep hostile text cheap: how deep blocks and brackets may nest, and brackets that cannot close."""

from __future__ import annotations

from types import SimpleNamespace

from markdown_it import MarkdownIt, helpers
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.utils import OptionsDict

from folio.markdown.urls import destination, normal
from folio.markdown.walk import line_of, report

BLOCKS_DEEP = 100  # 50 lists in lists; markdown-it-py's own 20 silently drops what is deeper than 10
INLINES_DEEP = 20  # links, images and notes in brackets; each level costs a pass over the paragraph


_TEXT = frozenset(("paragraph_open", "heading_open"))


class Bounds(OptionsDict):
    """Options with one nesting limit for blocks (read as an attribute) and one for inlines (read as an item)."""

    @property  # type: ignore[misc]
    def maxNesting(self) -> int:
        """How deep blocks may nest."""
        return BLOCKS_DEEP


def bounds_plugin(md: MarkdownIt) -> None:
    """Put the limits in place, and have the author told where one cut something off."""
    md.core.ruler.after("block", "depth", depth)
    md.options = Bounds({**md.options, "maxNesting": INLINES_DEEP})  # type: ignore[typeddict-item]
    md.normalizeLink = normal  # type: ignore[method-assign]
    md.helpers = SimpleNamespace(  # type: ignore[assignment]
        parseLinkLabel=label_end,
        parseLinkDestination=destination,
        parseLinkTitle=helpers.parseLinkTitle,
    )


def depth(state: StateCore) -> None:
    """Report the first block that stands too deep for anything in it to be shown."""
    for token in state.tokens:
        if token.level == BLOCKS_DEEP - 1 and token.nesting == 1 and token.type not in _TEXT:
            report(state.env, line_of(token), f"blocks nest deeper than {BLOCKS_DEEP} here; the rest is not shown")
            return


def label_end(state: StateInline, start: int, disableNested: bool = False) -> int:
    """Find the `]` of the `[` at `start`, or -1: at once where no `]` follows at all (100 kB of `![` took 12 s)."""
    if state.html_terminator_last("]") < start:
        return -1
    return helpers.parseLinkLabel(state, start, disableNested)
