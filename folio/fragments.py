"""Words of a page -> the URL fragment by which a browser finds and highlights them there (WICG text fragments).

This needs no script and never reaches the server: the page stays one response for all, cacheable, and no log shows
what was searched for. If the browser does not find the words, the page opens at its heading, or at its top.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import quote

MARKS = 3  # most marks of a snippet used: a browser searches the page for each
BEFORE_WORDS = 2  # words of context before a mark, to tell it from other occurrences
_PARTS = re.compile(r"<mark>(.*?)</mark>", re.DOTALL)


def spelled(words: str) -> str:
    """Percent-encode words for a text fragment, in which "-", "," and "&" are syntax: "a, b" -> "a%2C%20b"."""
    return quote(words, safe="").replace("-", "%2D")


def words(asked: Iterable[str]) -> str:
    """Return a fragment for the first occurrence of each word: ["cats", "dogs"] -> ":~:text=cats&text=dogs"."""
    return _directives(spelled(word) for word in asked)


def marked(snippet_html: str, *, anywhere: bool = False) -> str:
    """Return a fragment for a snippet's marks, each with the words before it: ":~:text=They%20all-,sleep"; "" if none.

    A browser goes to the first match. A note's number or a paragraph's end between the words prevents a match; with
    `anywhere`, for snippets that have no heading to go to, the first mark without context is tried as well.
    """
    marks = list(_marks(snippet_html))
    alone = [spelled(word) for word, _ in marks[:1]] if anywhere else []
    placed = (f"{spelled(before)}-,{spelled(word)}" if before else spelled(word) for word, before in marks)
    return _directives([*placed, *alone])


def _directives(texts: Iterable[str]) -> str:
    joined = "&".join(f"text={text}" for text in dict.fromkeys(texts))
    return f":~:{joined}" if joined else ""


def _marks(snippet_html: str) -> Iterator[tuple[str, str]]:
    """Yield the first different marks of a snippet, each with the words before it."""
    parts = [unescape(part) for part in _PARTS.split(snippet_html)]  # text and marks alternate
    seen: set[str] = set()
    for n in range(1, len(parts), 2):
        word = parts[n]
        if word.casefold() not in seen and len(seen) < MARKS:
            seen.add(word.casefold())
            yield word, " ".join("".join(parts[:n]).removeprefix("… ").split()[-BEFORE_WORDS:])
