"""An image alone in its paragraph -> <figure>, its title the caption; every image's alt text."""

from __future__ import annotations

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from folio.markdown.punctuation import educated
from folio.markdown.walk import holders, plain


def images(state: StateCore) -> None:
    """Keep of an image's description its plain text: that is what alt is."""
    if "![" not in state.src:
        return
    for holder in holders(state.tokens):
        for child in holder.children or ():
            if child.type == "image":
                child.attrs["alt"] = plain(child.children).strip()
                child.children = None


def figures(state: StateCore) -> None:
    """Make figures of paragraphs that hold one image, linked or not, and nothing else."""
    tokens: list[Token] = []
    for token in state.tokens:
        tokens.append(token)
        if token.type == "paragraph_close" and not token.hidden and len(tokens) >= 3:
            image = _lone_image(tokens[-2])
            if image is not None:
                tokens[-3:] = _figure(tokens[-3], tokens[-2], image, str(state.env.get("language", "")))
    state.tokens = tokens


def _lone_image(inline: Token) -> Token | None:
    children = [child for child in inline.children or () if child.type != "text" or child.content.strip()]
    if len(children) == 3 and children[0].type == "link_open" and children[2].type == "link_close":
        children = children[1:2]
    return children[0] if len(children) == 1 and children[0].type == "image" else None


def _figure(opening: Token, inline: Token, image: Token, language: str) -> list[Token]:
    caption = educated(str(image.attrs.pop("title", "")).strip(), language)
    level = opening.level
    tokens = [
        Token("figure_open", "figure", 1, map=opening.map, block=True, level=level),
        inline,
    ]
    if caption:
        text = Token("text", "", 0, content=caption)
        tokens += [
            Token("figcaption_open", "figcaption", 1, block=True, level=level + 1),
            Token("inline", "", 0, map=opening.map, content=caption, children=[text], level=level + 2),
            Token("figcaption_close", "figcaption", -1, block=True, level=level + 1),
        ]
    return [*tokens, Token("figure_close", "figure", -1, block=True, level=level)]
