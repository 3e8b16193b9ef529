"""Pairs shortcodes with their end tags; the pairs are found once for each text and name."""

from __future__ import annotations

import re
from bisect import bisect_left

from markdown_it.utils import EnvType

from folio.markdown.shortcodes.tags import Tag

Span = tuple[int, int]


def end_tag(env: EnvType, source: str, tag: Tag, start: int, *, nests: bool) -> Span | None:
    """Return the place of the end tag of the tag at `start`; None if it has none.

    Tags that nest are paired from the inside out; any other is ended by the next end tag, whatever stands between.
    """
    if tag.closes or tag.empty:
        return None
    known: dict[tuple[str, str, str], list[tuple[int, Span]]] = env.setdefault("shortcode_ends", {})
    key = (source, tag.family, tag.name)
    if key not in known:
        known[key] = _nested(source, tag) if nests else _ends(source, tag)
    spans = known[key]
    index = bisect_left(spans, (start,) if nests else (tag.end,))
    if index == len(spans) or (nests and spans[index][0] != start):
        return None
    return spans[index][1]


def _ends(source: str, tag: Tag) -> list[tuple[int, Span]]:
    return [(match.start(), match.span()) for match in re.finditer(_end(tag), source)]


def _nested(source: str, tag: Tag) -> list[tuple[int, Span]]:
    waiting: list[int] = []
    pairs: list[tuple[int, Span]] = []
    for match in re.finditer(f"({_end(tag)})|{_beginning(tag)}", source):
        if not match[1]:
            waiting.append(match.start())
        elif waiting:
            pairs.append((waiting.pop(), match.span()))
    return sorted(pairs)


def _beginning(tag: Tag) -> str:
    name = re.escape(tag.name)
    return rf"\{{\{{[<%]\s*{name}(?![\w./-])" if tag.family == "hugo" else rf"\{{%-?\s*{name}\b"


def _end(tag: Tag) -> str:
    name = re.escape(tag.name)
    if tag.family == "hugo":
        return rf"\{{\{{[<%]\s*/\s*{name}\s*[>%]\}}\}}"
    return rf"\{{%-?\s*end{name}\s*-?%\}}"
