"""Ids of headings: made from the heading's words, unique on the page and stable; h1 becomes h2.

"What's *new* in 3.1?" -> "whats-new-in-31"; a second one -> "whats-new-in-31-2".
attributes.py claims an id written as `## H {#id}` first, so no other heading takes it.
"""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore
from markdown_it.utils import EnvType

from folio.markdown.walk import plain

_GAP = re.compile(r"[–—\s-]+")
_SIGNS = re.compile(r"[^\w-]+")
_NOTES_OWN = re.compile(r"(?:sn|mn|ref)-\d+(?:-\d+)?|embed-\d+-.*")  # ids that sidenotes.py and print_embeds.py assign
_PAGES_OWN = frozenset(("main",))  # ids of templates/base.html


def headings(state: StateCore) -> None:
    """Set every heading's id, and make h1 h2."""
    for index, token in enumerate(state.tokens):
        if token.type == "heading_open":
            if token.tag == "h1":  # the page's title is the only h1
                token.tag = state.tokens[index + 2].tag = "h2"
            if "id" not in token.attrs:
                token.attrs["id"] = unique(state.env, slug(plain(state.tokens[index + 1].children)))


def slug(text: str) -> str:
    """Return the id for a heading's text: lower-case words joined by hyphens; "section" if no letter is left."""
    words = _GAP.sub("-", text.lower().strip())
    return _SIGNS.sub("", words).strip("-_") or "section"


def claim(env: EnvType, name: str) -> bool:
    """Reserve an id on this page; return False if it is taken, or kept for notes or the page's layout."""
    ids: set[str] = env.setdefault("ids", set())
    if name in ids or name in _PAGES_OWN or _NOTES_OWN.fullmatch(name):
        return False
    ids.add(name)
    return True


def unique(env: EnvType, name: str) -> str:
    """Reserve `name`, or the first free one of name-2, name-3, …, and return it; linear over thousands of equals."""
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
