"""`[[Page]]`, `[[Page#Heading]]`, `[[#^block|text]]` -> links with `meta["kind"]` "wiki" and the name as href.

CommonMark's own links stay links: `[[x]](url)`, and `[[x]]` if `[x]: url` is defined. In the text of another link a
name becomes plain text.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.rules_inline import StateInline, link

TARGET_CHARACTERS = 400

_NAME = re.compile(r"\[\[([^\[\]\n]{1,1000}+)(?<!\\)\]\]")
_PLACE = re.compile(r"#(?=\S)")
_UNSAFE = re.compile(r"(?:java|vb)script:|(?:data|file):\S", re.IGNORECASE)  # "Data: a study" is a name
_SEPARATOR = re.compile(r"\\?\|")


def wikilinks_plugin(md: MarkdownIt) -> None:
    """Add the inline rule before that of other links."""
    md.inline.ruler.before("link", "wikilink", wikilink)


def wikilink(state: StateInline, silent: bool) -> bool:
    """Read `[[target]]` or `[[target|text]]`. In silent mode it fails, since balanced brackets are skipped anyway."""
    start = state.pos
    if silent or not state.src.startswith("[[", start):
        return False
    match = name_at(state, start)
    if not match:
        return False
    if state.src.startswith(("(", "["), match.end()) and link(state, silent):
        return True
    target, mark, text = parts(match[1])
    shown = match.end() - len(text) - 2 if mark else -1
    maximum = state.posMax
    linked = not state.linkLevel
    if linked:
        token = state.push("link_open", "a", 1)
        token.attrs = {"href": target}
        token.meta = {"kind": "wiki"}
    if text.strip():
        state.linkLevel += 1
        state.pos, state.posMax = shown + len(text) - len(text.lstrip()), shown + len(text.rstrip())
        state.md.inline.tokenize(state)
        state.linkLevel -= 1
    else:
        state.push("text", "", 0).content = label(target)
    if linked:
        state.push("link_close", "a", -1)
    state.pos, state.posMax = match.end(), maximum
    return True


def name_at(state: StateInline, start: int) -> re.Match[str] | None:
    """Match a `[[…]]` that can be a name; group 1 is the text between the brackets."""
    match = _NAME.match(state.src, start, state.posMax)
    if not match:
        return None
    target = parts(match[1])[0]
    if not target or target.startswith("^") or len(target) > TARGET_CHARACTERS:
        return None
    if "references" in state.env and normalizeReference(match[1]) in state.env["references"]:
        return None
    return None if _UNSAFE.match(target) else match


def parts(inside: str) -> tuple[str, str, str]:
    """Split the text in the brackets: "Page|text" -> ("Page", "|", "text"); in tables the bar is written `\\|`."""
    bar = _SEPARATOR.search(inside)
    if bar is None:
        return inside.strip(), "", ""
    return inside[: bar.start()].strip(), bar[0], inside[bar.end() :]


def label(target: str) -> str:
    """Return the text to show for a target: "notes/Cats.md#Sleep" -> "Cats > Sleep"; "C# notes" stays as it is."""
    path, *places = _PLACE.split(target)
    name = path.rstrip("/").rpartition("/")[2].removesuffix(".md").strip()
    places = [word.strip() for word in places]
    return " > ".join(word for word in (name, *places) if word) or target
