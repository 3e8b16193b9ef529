"""Headings' ids: unique on their page and stable, from `## H {#id}` or the heading's words; h1 becomes h2.

"What's *new* in 3.1?" -> "whats-new-in-31"; a second one -> "whats-new-in-31-2".
"""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType

from folio.markdown.walk import line_of, plain, report

_EXPLICIT = re.compile(r"\s*\{\s*#([^\s{}\"'<>#]{1,100})\s*\}\s*$")
_NOTES_OWN = re.compile(r"(?:sn|mn|ref)-\d+(?:-\d+)?")  # what sidenotes.py hands out
_PAGES_OWN = frozenset(("main",))  # ids of templates/base.html


def headings(state: StateCore) -> None:
    """Give every heading its id; explicit ones are claimed first, so that no other heading takes them."""
    found = [
        (token, state.tokens[i + 1], state.tokens[i + 2])
        for i, token in enumerate(state.tokens)
        if token.type == "heading_open"
    ]
    waiting = []
    for opening, inline, closing in found:
        if opening.tag == "h1":  # the page's title is the only h1
            opening.tag = closing.tag = "h2"
        explicit = _explicit(inline)
        if explicit and claim(state.env, explicit):
            opening.attrs["id"] = explicit
        else:
            if explicit:
                report(state.env, line_of(opening), f"the id #{explicit} is taken; this heading gets another")
            waiting.append((opening, inline))
    for opening, inline in waiting:
        opening.attrs["id"] = unique(state.env, slug(plain(inline.children)))


def slug(text: str) -> str:
    """Make an id of a heading's text: lower-case words joined by hyphens; "section" when no letter is left."""
    words = re.sub(r"[–—\s-]+", "-", text.lower().strip())
    return re.sub(r"[^\w-]+", "", words).strip("-_") or "section"


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


def _explicit(inline: Token) -> str:
    """Take `{#id}` off the end of a heading."""
    last = inline.children[-1] if inline.children else None
    match = _EXPLICIT.search(last.content) if last is not None and last.type == "text" else None
    if last is None or match is None:
        return ""
    last.content = last.content[: match.start()]
    return match[1]
