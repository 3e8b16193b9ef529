"""Words of a page -> the part of an address by which a browser finds and marks them there (WICG text fragments).

It needs no script, and asks nothing of the server: the page stays one answer for everybody, kept by every cache, and
no log learns what was looked for. Where the words are not found as they are spelled, the page opens at its heading, or
at its beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import quote

MARKS = 3  # of a snippet that are asked for: a browser looks through the page for each
BEFORE_WORDS = 2  # before a mark, which tell it from others of the same word
_PARTS = re.compile(r"<mark>(.*?)</mark>", re.DOTALL)


def spelled(words: str) -> str:
    """Write words as a text fragment has them, where "-", "," and "&" have a meaning: "a, b" -> "a%2C%20b"."""
    return quote(words, safe="").replace("-", "%2D")


def words(asked: Iterable[str]) -> str:
    """Ask for the first place of each of some words: ["cats", "dogs"] -> ":~:text=cats&text=dogs"; "" for none."""
    return _directives(spelled(word) for word in asked)


def marked(snippet_html: str, *, anywhere: bool = False) -> str:
    """Ask for what is marked in a snippet, by the words before it: ":~:text=They%20all-,sleep"; "" for nothing marked.

    A browser goes to the first of what it finds. A note's number in between, or a border of paragraphs, and it finds
    nothing; then `anywhere` has it look for the first word alone, where there is no heading to go to.
    """
    marks = list(_marks(snippet_html))
    alone = [spelled(word) for word, _ in marks[:1]] if anywhere else []
    placed = (f"{spelled(before)}-,{spelled(word)}" if before else spelled(word) for word, before in marks)
    return _directives([*placed, *alone])


def _directives(texts: Iterable[str]) -> str:
    joined = "&".join(f"text={text}" for text in dict.fromkeys(texts))
    return f":~:{joined}" if joined else ""


def _marks(snippet_html: str) -> Iterator[tuple[str, str]]:
    """Give the first marks that differ, each with the words before it. A split snippet is text and mark by turns."""
    parts = [unescape(part) for part in _PARTS.split(snippet_html)]
    seen: set[str] = set()
    for n in range(1, len(parts), 2):
        word = parts[n]
        if word.casefold() not in seen and len(seen) < MARKS:
            seen.add(word.casefold())
            yield word, " ".join("".join(parts[:n]).removeprefix("… ").split()[-BEFORE_WORDS:])
