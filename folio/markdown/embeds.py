"""`![[photo.jpg|alt|400]]`, `![[Page#Heading]]`, `![[talk.mp4]]` -> `image` and `embed` tokens; sizes of any image.

A picture becomes an ordinary `image` whose `meta["kind"]` is "embed", anything else an `embed`: `attrs["src"]` is the
name, `meta["text"]` its label, `meta["alt"]` the author's words. Only the resolver knows what the name stands for.
Alone in its paragraph it becomes a block. The size in `![alt|400x300](photo.jpg)` is read here as well.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, image
from markdown_it.token import Token

from folio.markdown.walk import holders, names
from folio.markdown.wikilinks import label, name_at, parts

PICTURES = names("jpg jpeg png gif webp avif svg bmp tif tiff")
AUDIO = names("mp3 m4a aac ogg oga opus flac wav")
VIDEO = names("mp4 m4v webm ogv mov mkv")
FILES = PICTURES | AUDIO | VIDEO | names("pdf")  # suffixes that are never a page's

_SUFFIX = re.compile(r"\.([A-Za-z][A-Za-z0-9]{1,4})\Z")
_SIZE = re.compile(r"(?:\A|\\?\|)[ \t]*([1-9]\d{0,4})(?:x([1-9]\d{0,4}))?[ \t]*\Z")
_SIZED = re.compile(r"\|[ \t]*[1-9][\dx]*[ \t]*\][(\[]")
_BREAKS = names("softbreak hardbreak")


def embeds_plugin(md: MarkdownIt) -> None:
    """Add the inline rule before that of images; dialect.py places the core rules below."""
    md.inline.ruler.before("image", "embed", embed)


def embed(state: StateInline, silent: bool) -> bool:
    """Read `![[target]]` with its options: `|words`, `|400`, `|400x300`."""
    start = state.pos
    if silent or not state.src.startswith("![[", start):
        return False
    match = name_at(state, start + 1)
    if not match:
        return False
    if state.src.startswith(("(", "["), match.end()) and image(state, silent):
        return True
    target, _, given = parts(match[1])
    words, size = sized(given)
    if suffix(target) in PICTURES:
        children: list[Token] = []
        state.md.inline.parse(words, state.md, state.env, children)
        token = state.push("image", "img", 0)
        token.attrs = {"src": target, "alt": "", **size}
        token.children, token.content = children, words
        token.meta = {"kind": "embed"}
    else:
        token = state.push("embed", "", 0)
        token.attrs = {"src": target}
        token.meta = {"text": words or name_of(target), "alt": words, "size": size}
    state.pos = match.end()
    return True


def sized(words: str) -> tuple[str, dict[str, str | int | float]]:
    """Split the size off a picture's words: "A cat|400x300" -> ("A cat", {"width": 400, "height": 300})."""
    match = _SIZE.search(words)
    if match is None:
        return words.strip(), {}
    size: dict[str, str | int | float] = {"width": int(match[1])}
    if match[2]:
        size["height"] = int(match[2])
    return words[: match.start()].strip(), size


def suffix(target: str) -> str:
    """Return the suffix of the file that a target names: "talk.PDF#page=3" -> "pdf", "On 3.1" -> ""."""
    match = _SUFFIX.search(target.partition("#")[0])
    return match[1].lower() if match else ""


def is_page(target: str) -> bool:
    """Return True if a target looks like a page's name, not a file's; that of "On Mr.Fox" does not."""
    return suffix(target) in ("", "md")


def may_be_page(target: str) -> bool:
    """Return True unless the suffix rules out a page; whether there is one, only the site knows."""
    return suffix(target) not in FILES


def name_of(target: str) -> str:
    """Return the label of an embed: for a page that of a link to it, for a file its name."""
    return label(target if is_page(target) else target.partition("#")[0])


def image_sizes(state: StateCore) -> None:
    """Read the size at the end of each ordinary image's alt text."""
    if "|" not in state.src or not _SIZED.search(state.src):
        return
    for holder in holders(state.tokens):
        for child in holder.children or ():
            alt = str(child.attrs.get("alt", "")) if child.type == "image" else ""
            if "|" in alt:
                child.attrs["alt"], size = sized(alt)
                child.attrs.update(size)


def embed_blocks(state: StateCore) -> None:
    """Turn each paragraph that holds only embeds into blocks, one per embed; in notes they stay inline."""
    if "![[" not in state.src and "content_blocks" not in state.env:
        return
    out: list[Token] = []
    definitions = 0
    for token in state.tokens:
        out.append(token)
        if token.type in ("note_definition_open", "note_definition_close"):
            definitions += token.nesting
        elif token.type == "paragraph_close" and not definitions and (shown := _only_embeds(out[-3], out[-2])):
            out[-3:] = _blocks(out[-3], shown, token)
    state.tokens = out


def _only_embeds(opening: Token, inline: Token) -> list[Token]:
    """Return the embeds of a paragraph; [] if it holds anything else, or if figures.py handles it alone."""
    children = inline.children or []
    shown = [
        child for child in children if child.type not in _BREAKS and (child.type != "text" or child.content.strip())
    ]
    if not all(child.type == "embed" or child.meta.get("kind") == "embed" for child in shown):
        return []
    only_pictures = all(child.type == "image" for child in shown)
    return [] if only_pictures and (len(shown) == 1 or opening.hidden) else shown


def _blocks(opening: Token, shown: list[Token], closing: Token) -> list[Token]:
    """Return each embed as a block of its own; a picture gets a paragraph, which becomes a figure."""
    out: list[Token] = []
    for token in shown:
        attrs = {} if out else opening.attrs
        if token.type == "image":
            line = Token("inline", "", 0, map=opening.map, children=[token], level=opening.level + 1)
            begin = Token("paragraph_open", "p", 1, attrs=attrs, map=opening.map, block=True, level=opening.level)
            out += [begin, line, Token("paragraph_close", "p", -1, block=True, level=closing.level)]
        else:
            token.attrs.update(attrs)
            token.meta["bare"] = opening.hidden
            token.block, token.level = True, opening.level
            out.append(token)
    return out
