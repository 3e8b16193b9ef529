"""iA Writer's content blocks: a paragraph that is nothing but `/Figures/harbour.png "At six"` shows that file.

A picture is one with its caption; a text, `/Second draft.md`, is embedded. The path begins at the folder of the site.
A film is shown where an image would be, as Obsidian does: `![](https://www.youtube.com/watch?v=…)`.
"""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore

_BLOCK = re.compile(
    r"(?P<path>/(?!/)[^\n\"'()<>|\[\]]*?\.(?:(?P<text>md|markdown)|png|jpe?g|gif|webp|avif|heic|svg))"
    r"(?:[ \t]+(?P<mark>[\"'(])(?P<caption>[^\n\"<>\[\]]*)[\"')])?",
    re.IGNORECASE,
)
_FILM = re.compile(
    r"!\[[^\]\n]*\]\(https://(?:(?:www\.)?(?P<youtube>youtube\.com/watch\?v=|youtu\.be/)|vimeo\.com/)(?P<id>[\w-]+)[^\s)]*\)"
)


def content_blocks(state: StateCore) -> None:
    """Write such paragraphs as the images and embeds that they stand for."""
    if "/" not in state.src:
        return
    for opening, token in zip(state.tokens, state.tokens[1:], strict=False):
        if opening.type != "paragraph_open" or opening.hidden or not token.content.startswith(("/", "![")):
            continue
        if film := _FILM.fullmatch(token.content.strip()):
            token.content = f"{{{{< {'youtube' if film['youtube'] else 'vimeo'} {film['id']} >}}}}"
        elif found := _BLOCK.fullmatch(token.content.strip()):
            path, caption = found["path"], (found["caption"] or "").strip()
            title = f' "{caption}"' if caption else ""
            state.env["content_blocks"] = True  # other rules look for "![" in the text as it was written
            token.content = f"![[{path}]]" if found["text"] else f"![{caption}](<{path}>{title})"
