"""Where the dialect differs from CommonMark and from GitHub's Markdown, and which of our rules is the reason, proved.

`commonmark.json` and `gfm.json` are the specs' examples. `differences.json` names, for each example that the dialect
prints in another way, the extensions that make the difference: with these switched off the spec's HTML comes out, and
none of them can stay on. When a rule changes, `PYTHONPATH=. python tests/test_commonmark.py` writes the table anew:
read what changed in it before committing it.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from folio.markdown import Document, Reference, render
from folio.markdown.block import TriggeredBlock
from folio.markdown.dialect import dialect, plain
from folio.markdown.inline import TriggeredInline

DATA = Path(__file__).parent / "markdown"
TABLE = DATA / "differences.json"

# What the dialect adds to CommonMark, and the rules that read it. "code" is our core rule, not the library's block rule
# of that name, and "tasklists" an option of the library.
EXTENSIONS: Mapping[str, str] = {
    "abbreviations": "abbreviation abbreviations",
    "attributes": "attribute_line attribute_span attributes block_attributes inline_attributes",
    "autolinks": "gfm_autolink_www gfm_autolink_protocol gfm_autolink_email underscore",
    "block references": "blockrefs",
    "callouts": "callout_title callout_fence callouts",
    "code": "code",
    "comments": "comment comment_block comments",
    "kramdown": "contents extension extension_block markdown_element",
    "outliners": "outliner",
    "content blocks": "content_blocks",
    "definition lists": "deflist",
    "embeds": "embed embed_blocks image_sizes",
    "figures": "figures",
    "headings": "headings",
    "marks": "mark",
    "math": "math math_block math_fences formulas",
    "notes": "note_definition note_inline note_ref tufte tufte_blocks",
    "punctuation": "punctuation",
    "raw HTML": "raw_html raw_lines",
    "shortcodes": "shortcode shortcode_blocks shortcode_html shortcode_reports raw_text bracket_shortcode",
    "strikethrough": "strikethrough",
    "tables": "table tables",
    "task lists": "tasklists",
    "wikilinks": "wikilink",
}
KEPT = frozenset(("lines", "images", "sidenotes"))  # the printer needs what they make, in every document


# ---- the dialect with some of its extensions switched off ----


def names(md: MarkdownIt) -> set[str]:
    """The active rules of a parser."""
    rulers = (md.core.ruler, md.block.ruler, md.inline.ruler, md.inline.ruler2)
    return {name for ruler in rulers for name in ruler.get_active_rules()}


@cache
def parser(off: frozenset[str]) -> MarkdownIt:
    rules = {rule for extension in off for rule in EXTENSIONS[extension].split()}
    md = dialect.__wrapped__()
    md.options["tasklists"] = "tasklists" not in rules
    md.disable(rules - {"tasklists", "code"})
    md.core.ruler.disable(rules & {"code"})
    assert isinstance(md.inline, TriggeredInline) and isinstance(md.block, TriggeredBlock)
    md.block.arrange()
    md.inline.arrange()
    return md


def printed(text: str, off: Iterable[str] = ()) -> str:
    """Print a text, with its notes at the end; raw HTML and code that no rule of ours has read as the library does."""
    tokens = parser(frozenset(off)).parse(text)
    raw: list[str] = []
    children = [child for token in tokens for child in token.children or ()]
    for token in (*tokens, *children):
        unread = token.type in ("fence", "code_block") and "html" not in token.meta
        if unread or token.type in ("html_block", "html_inline"):
            raw.append(plain().renderer.render([token], plain().options, {}))
            token.type, token.content = "text", f"\ue000{len(raw) - 1}\ue001"
    html = render(Document(tuple(tokens)), lambda target, _: Reference(target), "end").text
    return re.sub("\ue000([0-9]+)\ue001", lambda match: raw[int(match[1])], html)


BLOCKS = re.compile(
    "/?(?:address|article|aside|blockquote|br|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6r]"
    "|header|li|main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul)[ >]"
)
ALIGNED = frozenset(("left", "right", "center"))


# ---- two pieces of HTML are one when they say the same ----


class Events(HTMLParser):
    """HTML as a list of its tags and texts: space that shows nothing is gone, and what our printer says of all code,
    tables, pictures and boxes besides (classes, lazy loading, a frame to scroll in)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.text = ""
        self.code = self.wrappers = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "div" and given.get("class") in ("code", "table"):
            self.wrappers += 1
        elif not (tag == "span" and self.code):
            self._flush()
            self.code += tag == "code"
            tag = "del" if tag == "s" else tag
            self.found.append(
                f"<{tag}{''.join(f' {name}={value!r}' for name, value in sorted(self._said(tag, given)))}>"
            )

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self.wrappers:
            self.wrappers -= 1
        elif not (tag == "span" and self.code):
            self._flush()
            self.code -= tag == "code"
            self.found.append(f"</{'del' if tag == 's' else tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self._flush()
        self.found.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.handle_comment(decl)

    def handle_pi(self, data: str) -> None:
        self.handle_comment(data)

    def unknown_decl(self, data: str) -> None:
        self.handle_comment(data)

    def _said(self, tag: str, attrs: Mapping[str, str]) -> Iterable[tuple[str, str]]:
        for name, value in attrs.items():
            if name in ("loading", "decoding", "aria-label") or (tag == "pre" and name == "tabindex"):
                continue
            if value in ("contains-task-list", "task-list-item"):
                continue
            yield ("align", value) if tag in ("td", "th") and value in ALIGNED else (name, value)

    def _flush(self) -> None:
        text = self.text if self.code else re.sub(r"\s+", " ", self.text)
        self.text = ""
        if text:
            self.found.append(text)


def events(html: str) -> list[str]:
    """Read HTML as a list of tags and texts, without the space next to the tags of blocks."""
    reader = Events()
    reader.feed(html)
    reader.close()
    reader._flush()
    found = ["", *reader.found, ""]
    return [
        text
        for before, one, after in zip(found, found[1:], found[2:], strict=False)
        if (text := _trimmed(one, _is_block(before), _is_block(after)))
    ]


def _trimmed(text: str, left: bool, right: bool) -> str:
    if text.startswith("<"):
        return text
    text = text.lstrip() if left else text
    return text.rstrip() if right else text


def _is_block(one: str) -> bool:
    return not one or (one[0] == "<" and BLOCKS.match(one, 1) is not None)


# ---- the table ----

# GitHub's names of what its examples show.
GITHUB = {"autolink": "autolinks", "table": "tables", "tasklist": "task lists", "strikethrough": "strikethrough"}
# Differences that no rule of ours makes, and what shows that they are what they are called.
OTHERS: Mapping[str, Callable[[str, str], bool]] = {
    "as CommonMark 0.31.2 has it": lambda text, html: events(printed(text)) == events(plain().render(text)),
    "ftp is no address": lambda text, html: (
        events(printed(text)) == events(re.sub(r"<a href=.ftp[^>]*>(.*?)</a>", r"\1", html))
    ),
    "left out, not escaped": lambda text, html: not re.search("<(?:title|style|xmp)", printed(text), re.IGNORECASE),
}


@dataclass(frozen=True)
class Example:
    """One example: `extension` is GitHub's name of what it shows, or "" where that is plain CommonMark."""

    number: int
    extension: str
    text: str
    html: str

    @property
    def differs(self) -> bool:
        return events(printed(self.text)) != events(self.html)

    def is_explained(self, off: Set[str]) -> bool:
        """Does the spec's HTML come out when these extensions are off?"""
        return events(printed(self.text, off)) == events(self.html)

    def reason(self) -> str:
        """Find a smallest set of extensions without which the spec's HTML is printed, or one of OTHERS."""
        off = set(EXTENSIONS) - {GITHUB.get(self.extension, "")}
        if not self.is_explained(off):
            return next((name for name, shows in OTHERS.items() if shows(self.text, self.html)), "?")
        for extension in sorted(off):
            if self.is_explained(off - {extension}):
                off.remove(extension)
        return ", ".join(sorted(off))


@cache
def examples(spec: str) -> tuple[Example, ...]:
    found = json.loads((DATA / f"{spec}.json").read_text(encoding="utf-8"))
    return tuple(Example(one["example"], one.get("extension", ""), one["markdown"], one["html"]) for one in found)


def table(spec: str) -> dict[str, list[int]]:
    """Make the table: the numbers of the examples that differ, by their reason."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for example in examples(spec):
        if example.differs:
            found[example.reason()].append(example.number)
    return dict(sorted(found.items()))


def written() -> dict[str, dict[str, list[int]]]:
    found: dict[str, dict[str, list[int]]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return found


SPECS = pytest.mark.parametrize("spec", ["commonmark", "gfm"])


@SPECS
def test_the_dialect_differs_from_the_specs_exactly_where_the_table_says(spec: str) -> None:
    differing = [example.number for example in examples(spec) if example.differs]
    assert differing == sorted(number for numbers in written()[spec].values() for number in numbers)


@SPECS
def test_every_difference_has_the_reason_that_the_table_gives(spec: str) -> None:
    by_number = {example.number: example for example in examples(spec)}
    for reason, numbers in written()[spec].items():
        for example in map(by_number.__getitem__, numbers):
            if reason in OTHERS:
                assert OTHERS[reason](example.text, example.html), example
                continue
            off = set(reason.split(", "))
            assert example.is_explained(off), example
            assert not [extension for extension in off if example.is_explained(off - {extension})], example


def test_every_rule_of_ours_belongs_to_an_extension() -> None:
    ours = names(dialect()) - names(plain()) - KEPT
    assert ours | {"code", "tasklists"} == {rule for rules in EXTENSIONS.values() for rule in rules.split()}


def test_the_examples_are_all_there() -> None:
    assert [len(examples(spec)) for spec in ("commonmark", "gfm")] == [652, 50]
    assert Counter(example.extension for example in examples("gfm")) == {
        "": 26,
        "autolink": 11,
        "strikethrough": 2,
        "table": 8,
        "tagfilter": 1,
        "tasklist": 2,
    }


def write() -> None:
    """Write the table anew, a reason a line."""
    specs = []
    for spec in ("commonmark", "gfm"):
        rows = ",\n".join(f"  {json.dumps(reason)}: {json.dumps(numbers)}" for reason, numbers in table(spec).items())
        specs.append(f" {json.dumps(spec)}: {{\n{rows}\n }}")
    TABLE.write_text("{\n" + ",\n".join(specs) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    write()
