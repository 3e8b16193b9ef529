"""The assembled parsers: `plain()` reads CommonMark alone, `dialect()` the Markdown that content is written in."""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin

from folio.markdown.abbreviations import abbreviations, abbreviations_plugin
from folio.markdown.attributes import attributes_plugin, block_attributes, inline_attributes
from folio.markdown.block import TriggeredBlock
from folio.markdown.blockrefs import blockrefs
from folio.markdown.bounds import autolinks_plugin, bounds_plugin
from folio.markdown.callouts import callouts, callouts_plugin
from folio.markdown.code import code
from folio.markdown.comments import comments, comments_plugin
from folio.markdown.contentblocks import content_blocks
from folio.markdown.embeds import embed_blocks, embeds_plugin, image_sizes
from folio.markdown.figures import figures, images
from folio.markdown.formulas import formulas, formulas_plugin, math_fences
from folio.markdown.headings import headings
from folio.markdown.inline import TriggeredInline
from folio.markdown.kramdown import contents, kramdown_plugin
from folio.markdown.lines import lines, newlines
from folio.markdown.marks import marks_plugin
from folio.markdown.notes import notes_plugin
from folio.markdown.outliner import outliner
from folio.markdown.punctuation import punctuation
from folio.markdown.quick import quick_plugin
from folio.markdown.rawhtml import raw_html, raw_lines
from folio.markdown.shortcodes import raw_text, shortcode_reports, shortcodes_plugin
from folio.markdown.sidenotes import sidenotes
from folio.markdown.tables import tables, tables_plugin
from folio.markdown.tufte import tufte, tufte_blocks
from folio.markdown.wikilinks import wikilinks_plugin


@cache
def plain() -> MarkdownIt:
    """Return a parser of CommonMark 0.31.2: markdown-it-py's, with our block and inline parsers and nesting limits."""
    md = _commonmark()
    _arrange(md)
    return md


@cache
def dialect(www: bool = True) -> MarkdownIt:
    """Return the parser of the whole dialect; its core rules run in the order below, each over the whole document.

    Parsers are cached and never changed. Without `www`, for texts that hold no "www.", bare `www.…` addresses are not
    looked for: that stops the scanner at every "w" and takes a sixth of the time.
    """
    md = _commonmark().enable(["table", "strikethrough"])
    md.options["tasklists"] = True
    md.use(autolinks_plugin).use(deflist_plugin).use(notes_plugin)
    md.use(callouts_plugin).use(attributes_plugin).use(abbreviations_plugin).use(formulas_plugin)
    md.use(shortcodes_plugin).use(wikilinks_plugin).use(embeds_plugin).use(marks_plugin).use(comments_plugin)
    md.use(kramdown_plugin).use(tables_plugin)
    if not www:
        md.disable("gfm_autolink_www")
    core = md.core.ruler
    core.at("normalize", newlines)
    for rule in (contents, outliner, content_blocks, callouts, math_fences, block_attributes, tufte_blocks, raw_text):
        core.before("inline", rule.__name__, rule)
    core.after("inline", "lines", lines)
    core.after("lines", "shortcode_reports", shortcode_reports)
    core.after("shortcode_reports", "inline_attributes", inline_attributes)
    core.after("inline_attributes", "comments", comments)
    core.after("comments", "blockrefs", blockrefs)
    core.after("blockrefs", "embed_blocks", embed_blocks)
    core.after("embed_blocks", "tufte", tufte)
    core.after("tufte", "punctuation", punctuation)
    for rule in (
        formulas, images, image_sizes, tables, code, raw_html, figures, headings, abbreviations, sidenotes, raw_lines
    ):  # fmt: skip
        core.push(rule.__name__, rule)  # after text_join, the last
    _arrange(md)
    return md


def _commonmark() -> MarkdownIt:
    md = MarkdownIt()
    md.block, md.inline = TriggeredBlock(), TriggeredInline()
    return md.configure("commonmark").use(quick_plugin).use(bounds_plugin)


def _arrange(md: MarkdownIt) -> None:
    assert isinstance(md.inline, TriggeredInline) and isinstance(md.block, TriggeredBlock)
    md.block.arrange()
    md.inline.arrange()
