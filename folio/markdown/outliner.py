"""What Logseq keeps for itself among the words of a block goes: `id:: 65e2…`, and an image's `{:height 200}`.

Other `key:: value` lines are the author's, as Dataview's are.
"""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore

_PROPERTY = re.compile(
    r"^[ \t]*(?:id|collapsed|heading|background-color|hl-page|hl-color|hl-stamp|ls-type|logseq\.[\w.-]+)::(?: .*)?$\n?",
    re.MULTILINE,
)
_SIZE = re.compile(r"(?<=\))\{(?::(?:height|width) [0-9.]+,? ?)+\}")


def outliner(state: StateCore) -> None:
    """Take these out of the text of each block before it is read."""
    if "::" not in state.src and "{:" not in state.src:
        return
    for token in state.tokens:
        if token.type == "inline" and ("::" in token.content or "{:" in token.content):
            token.content = _SIZE.sub("", _PROPERTY.sub("", token.content)).strip("\n")
