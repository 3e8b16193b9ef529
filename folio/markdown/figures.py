"""An image alone in its paragraph -> <figure>; descriptions of images -> plain alt text.

The caption is the image's title, or a line in italics right under the image. The figure takes the image's id and
classes, so that `![x](y.jpg){.wide}` is a wide figure.
"""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from folio.markdown.punctuation import educated
from folio.markdown.walk import holders, plain

_FILE_NAME = re.compile(r".*\.(?:png|jpe?g|gif|webp|avif|heic|svg|tiff?|bmp)", re.IGNORECASE)


def images(state: StateCore) -> None:
    """Set every image's alt to the plain text of its description; a file name is none."""
    if "![" not in state.src and "content_blocks" not in state.env:
        return
    for holder in holders(state.tokens):
        for child in holder.children or ():
            if child.type == "image":
                alt = plain(child.children).strip()
                child.attrs["alt"] = "" if _FILE_NAME.fullmatch(alt) else alt
                child.children = None


def figures(state: StateCore) -> None:
    """Turn paragraphs that hold only one image, linked or not, and perhaps its caption into figures."""
    if "![" not in state.src and "content_blocks" not in state.env:
        return
    tokens: list[Token] = []
    for token in state.tokens:
        tokens.append(token)
        if token.type == "paragraph_close" and not token.hidden and len(tokens) >= 3:
            found = _lone_image(tokens[-2].children or [])
            if found is not None:
                tokens[-3:] = _figure(tokens[-3], tokens[-2], *found, str(state.env.get("language", "")))
    state.tokens = tokens


def _lone_image(children: list[Token]) -> tuple[list[Token], list[Token]] | None:
    """Return a paragraph's only image (with its link) and the caption, a line in italics; None if it holds more."""
    children = [child for child in children if child.type != "text" or child.content.strip()]
    end = 3 if children and children[0].type == "link_open" else 1
    shown, rest = children[:end], children[end:]
    if not shown or shown[len(shown) // 2].type != "image" or (end == 3 and shown[-1].type != "link_close"):
        return None
    caption: list[Token] = []
    if rest and rest[0].type in ("softbreak", "hardbreak") and _is_one_emphasis(rest[1:]):
        caption, rest = rest[2:-1], []
    return None if rest else (shown, caption)


def _is_one_emphasis(tokens: list[Token]) -> bool:
    """Return True if the tokens are a single `*…*`."""
    if len(tokens) < 3 or tokens[0].type != "em_open" or tokens[-1].type != "em_close":
        return False
    depth = 0
    for token in tokens[:-1]:
        depth += token.nesting
        if not depth:
            return False
    return True


def _figure(opening: Token, inline: Token, shown: list[Token], caption: list[Token], language: str) -> list[Token]:
    image, level = shown[len(shown) // 2], opening.level
    inline.children = shown
    attrs = {**opening.attrs, **image.attrs}
    attrs = {name: attrs[name] for name in (*opening.attrs, "id", "class") if name in attrs}
    for name in ("id", "class"):
        image.attrs.pop(name, None)
    tokens = [Token("figure_open", "figure", 1, attrs=attrs, map=opening.map, block=True, level=level), inline]
    title = "" if caption else educated(str(image.attrs.pop("title", "")).strip(), language)
    if title:
        caption = [Token("text", "", 0, content=title)]
    if caption:
        tokens += [
            Token("figcaption_open", "figcaption", 1, block=True, level=level + 1),
            Token("inline", "", 0, map=opening.map, children=caption, level=level + 2),
            Token("figcaption_close", "figcaption", -1, block=True, level=level + 1),
        ]
    return [*tokens, Token("figure_close", "figure", -1, block=True, level=level)]
