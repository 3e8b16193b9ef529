"""The parsers, assembled: `plain()` is CommonMark and nothing else, `dialect()` what content is written in."""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from folio.markdown.block import TriggeredBlock
from folio.markdown.bounds import bounds_plugin
from folio.markdown.callouts import callouts
from folio.markdown.code import code
from folio.markdown.figures import figures, images
from folio.markdown.headings import headings
from folio.markdown.inline import TriggeredInline
from folio.markdown.lines import lines
from folio.markdown.notes import notes_plugin
from folio.markdown.punctuation import punctuation
from folio.markdown.rawhtml import raw_html
from folio.markdown.sidenotes import sidenotes
from folio.markdown.tables import tables
from folio.markdown.tufte import tufte, tufte_blocks


@cache
def plain() -> MarkdownIt:
    """CommonMark 0.31.2 as markdown-it-py reads it, but with our inline parser and our limits on nesting."""
    md = _commonmark()
    _arrange(md)
    return md


@cache
def dialect(www: bool = True) -> MarkdownIt:
    """Everything: the rules below run in this order, each over the whole document. Parsers are never changed.

    Without `www` bare `www.…` addresses are not looked for, which would stop the scanner at every "w" (a sixth of the
    time): for texts that have none.
    """
    md = _commonmark().enable(["table", "strikethrough"])
    md.options["tasklists"] = md.options["alerts"] = True
    terminators = md.inline.terminator_re
    md.use(gfm_autolink_plugin).use(deflist_plugin).use(notes_plugin)
    if not www:
        md.disable("gfm_autolink_www")
        md.inline.terminator_re = terminators
    core = md.core.ruler
    core.before("inline", "tufte_blocks", tufte_blocks)
    core.after("inline", "lines", lines)
    core.after("lines", "tufte", tufte)
    core.after("tufte", "punctuation", punctuation)
    for rule in (images, tables, callouts, code, raw_html, figures, headings, sidenotes):  # after text_join, the last
        core.push(rule.__name__, rule)
    _arrange(md)
    return md


def _commonmark() -> MarkdownIt:
    md = MarkdownIt()
    md.block, md.inline = TriggeredBlock(), TriggeredInline()
    return md.configure("commonmark").use(bounds_plugin)


def _arrange(md: MarkdownIt) -> None:
    assert isinstance(md.inline, TriggeredInline) and isinstance(md.block, TriggeredBlock)
    md.block.arrange()
    md.inline.arrange()
