"""Limits that keep hostile text cheap: how deep blocks and brackets may nest, and a quick no to unclosed brackets."""

from __future__ import annotations

import re
from types import SimpleNamespace

from markdown_it import MarkdownIt, helpers
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.utils import OptionsDict
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from folio.markdown.urls import destination, normal
from folio.markdown.walk import line_of, report

BLOCKS_DEEP = 100  # 50 lists in lists; markdown-it-py's own 20 silently drops what is deeper than 10
INLINES_DEEP = 20  # links, images and notes in brackets; each level costs a pass over the paragraph

_TEXT = frozenset(("paragraph_open", "heading_open"))
_PLAIN_LABEL = re.compile(r"[^\[\]\\`<!{$%^&]*+\]")  # without any syntax that could contain a "]"
_SCHEMES = ("http", "https", "mailto", "xmpp")


class Bounds(OptionsDict):
    """Options with one nesting limit for blocks (read as an attribute) and one for inlines (read as an item)."""

    @property  # type: ignore[misc]
    def maxNesting(self) -> int:
        """The nesting limit for blocks."""
        return BLOCKS_DEEP


def bounds_plugin(md: MarkdownIt) -> None:
    """Set the limits, and add the rule that reports the first block they cut off."""
    md.core.ruler.after("block", "depth", depth)
    md.options = Bounds({**md.options, "maxNesting": INLINES_DEEP})  # type: ignore[typeddict-item]
    md.normalizeLink = normal  # type: ignore[method-assign]
    md.helpers = SimpleNamespace(  # type: ignore[assignment]
        parseLinkLabel=label_end,
        parseLinkDestination=destination,
        parseLinkTitle=helpers.parseLinkTitle,
    )


def autolinks_plugin(md: MarkdownIt) -> None:
    """Find bare addresses as GitHub does, looking at a ":" only behind a scheme (100 kB of "a: " took 38 s)."""
    md.use(gfm_autolink_plugin)
    address = next(rule.fn for rule in md.inline.ruler.__rules__ if rule.name == "gfm_autolink_protocol")

    def after_scheme(state: StateInline, silent: bool) -> bool:
        if silent or not state.src.endswith(_SCHEMES, max(0, state.pos - 6), state.pos):
            return False
        near = state.pending[-7:]  # the library's rule searches all of state.pending, at every ":" again
        if len(state.pending) > len(near):
            state.pending = state.pending[: -len(near)]
            state.pushPending()
            state.pending = near
        return address(state, silent)

    md.inline.ruler.at("gfm_autolink_protocol", after_scheme)
    md.inline.ruler.before("emphasis", "underscore", underscore)


def underscore(state: StateInline, silent: bool) -> bool:
    """Read a `_` between letters, which is never emphasis, as text, so that addresses such as a_b@c.d stay one word."""
    around = state.src[max(0, state.pos - 1) : state.pos + 2]
    if len(around) < 3 or not (around[0].isalnum() and around[2].isalnum()) or state.pos + 1 >= state.posMax:
        return False
    if not silent:
        state.append_pending("_")
    state.pos += 1
    return True


def depth(state: StateCore) -> None:
    """Report the first block nested so deep that its content is not shown."""
    for token in state.tokens:
        if token.level == BLOCKS_DEEP - 1 and token.nesting == 1 and token.type not in _TEXT:
            report(state.env, line_of(token), f"blocks nest deeper than {BLOCKS_DEEP} here; the rest is not shown")
            return


def label_end(state: StateInline, start: int, disableNested: bool = False) -> int:
    """Return the place of the `]` that closes the `[` at `start`, or -1.

    Quick if no `]` follows at all (100 kB of `![` took 12 s), or if only words stand between, as in nine of ten links.
    """
    if state.html_terminator_last("]") < start:
        return -1
    plain = _PLAIN_LABEL.match(state.src, start + 1, state.posMax)
    if plain and state.level < INLINES_DEEP:
        return plain.end() - 1
    return helpers.parseLinkLabel(state, start, disableNested)
