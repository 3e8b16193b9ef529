"""Headings' ids: unique on their page and stable, from the heading's words; h1 becomes h2.

"What's *new* in 3.1?" -> "whats-new-in-31"; a second one -> "whats-new-in-31-2".
What the author wrote as `## H {#id}` is claimed before (attributes.py), so that no other heading takes it.
"""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore
from markdown_it.utils import EnvType

from folio.markdown.walk import plain

_GAP = re.compile(r"[–—\s-]+")
_SIGNS = re.compile(r"[^\w-]+")
_NOTES_OWN = re.compile(r"(?:sn|mn|ref)-\d+(?:-\d+)?|embed-\d+-.*")  # what sidenotes.py and print_embeds.py hand out
_PAGES_OWN = frozenset(("main",))  # ids of templates/base.html


def headings(state: StateCore) -> None:
    """Give every heading its id."""
    for index, token in enumerate(state.tokens):
        if token.type == "heading_open":
            if token.tag == "h1":  # the page's title is the only h1
                token.tag = state.tokens[index + 2].tag = "h2"
            if "id" not in token.attrs:
                token.attrs["id"] = unique(state.env, slug(plain(state.tokens[index + 1].children)))


def slug(text: str) -> str:
    """Make an id of a heading's text: lower-case words joined by hyphens; "section" when no letter is left."""
    words = _GAP.sub("-", text.lower().strip())
    return _SIGNS.sub("", words).strip("-_") or "section"


def claim(env: EnvType, name: str) -> bool:
    """Take an id for this page; False when it is taken already or kept for notes or the page's frame."""
    ids: set[str] = env.setdefault("ids", set())
    if name in ids or name in _PAGES_OWN or _NOTES_OWN.fullmatch(name):
        return False
    ids.add(name)
    return True


def unique(env: EnvType, name: str) -> str:
    """Take `name`, or the first of name-2, name-3, … that is free; linear over thousands of equal headings."""
    if _NOTES_OWN.fullmatch(name):
        name = f"section-{name}"
    counts: dict[str, int] = env.setdefault("id_counts", {})
    number = counts.get(name, 1)
    candidate = name if number == 1 else f"{name}-{number}"
    while not claim(env, candidate):
        number += 1
        candidate = f"{name}-{number}"
    counts[name] = number
    return candidate
