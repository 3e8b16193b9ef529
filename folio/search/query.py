"""What a visitor typed -> a Query: words, phrases, exclusions and filters, all bounded. Never an error.

parse('cats "wild dogs" -tame tag:zoo in:essays year:2013 lio', 200): two words, of which "lio" is also a prefix, a
phrase, an excluded word and three filters. Anything else is read as plain words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

from folio.search.words import SHORTEST_PREFIX, joined, tokens

TERMS = 16  # words in all, including those of phrases, and filters; the rest is ignored
FilterName = Literal["tag", "in", "year", "from", "to", "camera", "lens", "kind"]
FILTERS: tuple[FilterName, ...] = get_args(FilterName)
KINDS = ("page", "section", "gallery", "photo")
_DAY = re.compile("[0-9]{4}(?:-[0-9]{1,2}){0,2}")
_CONTROL = re.compile("[\\x00-\\x20\\x7f-\\xa0\\u2028\\u2029\\ud800-\\udfff\\ufffe\\uffff]+")
_QUOTES = str.maketrans("“”„«»", '"""""')
_ITEM = re.compile(
    rf'(?P<minus>(?:-(?!-))?)(?:(?P<filter>{"|".join(FILTERS)}):)?(?:"(?P<quoted>[^"]*)"|(?P<plain>\S+))', re.I
)


@dataclass(frozen=True, slots=True)
class Word:
    """Something to find: one token, or several that must stand side by side. `prefix`: it also matches longer words.

    `joined` is a hyphenated word as one token without hyphens, "" for any other.
    """

    written: str
    tokens: tuple[str, ...]
    prefix: bool = False
    joined: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on the page, checked against the snapshot, not the index."""

    kind: FilterName
    value: str
    written: str = ""  # as typed, with its name


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; `text` is what was typed, shortened, without control characters.

    `newest` sorts the results by age, not by score.
    """

    text: str = ""
    words: tuple[Word, ...] = ()
    excluded: tuple[Word, ...] = ()
    filters: tuple[Filter, ...] = ()
    newest: bool = False

    def __bool__(self) -> bool:
        return bool(self.words or self.filters)

    @property
    def tokens(self) -> tuple[str, ...]:
        """All tokens of the words, in order; an exact title has the same."""
        return tuple(token for word in self.words for token in word.tokens)

    def with_filter(self, name: str, value: str) -> str:
        """Return the text of this query with one more filter; a prefix stays the last word."""
        quoted = f'"{value}"' if " " in value else value
        has_prefix = any(word.prefix for word in self.words)
        return (f"{name}:{quoted} {self.text}" if has_prefix else f"{self.text} {name}:{quoted}").strip()

    def without(self, condition: Filter) -> str:
        """Return the text of this query without one of its filters."""
        return " ".join(self.text.replace(condition.written, " ", 1).split())

    def loosened(self) -> Query:
        """Return the query with every phrase split into its words."""
        single = tuple(Word(token, (token,)) for token in self.tokens)
        return replace(self, words=single)


def parse(typed: str, characters: int) -> Query:
    """Parse at most `characters` characters and TERMS words of what was typed."""
    text = _CONTROL.sub(" ", typed[: 4 * characters]).strip(" ")[:characters]
    is_typing = bool(text) and not typed[-1:].isspace()
    words: list[Word] = []
    excluded: list[Word] = []
    filters: list[Filter] = []
    left = TERMS
    for item in _ITEM.finditer(text.translate(_QUOTES)):
        if left <= 0:
            break
        if found := _filter(item):
            filters.append(found)
            left -= 1
        elif word := _word(item, left, is_typing and item.end() == len(text)):
            is_excluded = item["minus"] and len("".join(word.tokens)) > 1  # "-u" is a command's option
            (excluded if is_excluded else words).append(word)
            left -= len(word.tokens)
    if excluded and not words and not filters:  # "-draft" alone has nothing to exclude from: search for it
        words, excluded = excluded, []
    return Query(text, tuple(words), tuple(excluded), tuple(filters))


def _filter(item: re.Match[str]) -> Filter | None:
    """Return a filter if the item is one with a valid value; None for words."""
    value = (item["quoted"] if item["quoted"] is not None else item["plain"]).strip(" /")
    if item["minus"] or not item["filter"] or not value:
        return None
    name = cast(FilterName, item["filter"].casefold())
    if name == "year" and re.fullmatch("[0-9]{1,4}", value):
        return Filter(name, str(int(value)), item[0])
    if name == "kind":
        kind = value.casefold().removesuffix("s").replace("gallerie", "gallery")
        return Filter(name, kind, item[0]) if kind in KINDS else None
    if name in ("from", "to") and _DAY.fullmatch(value):
        return Filter(name, value, item[0])
    return Filter(name, value, item[0]) if name in ("tag", "in", "camera", "lens") else None


def _word(item: re.Match[str], left: int, last: bool) -> Word | None:
    quoted = item["quoted"]
    written = quoted if quoted is not None else item["plain"]
    if item["filter"]:
        written = f"{item['filter']}:{written}"
    found = tuple(tokens(written)[:left])
    compound = "".join(found) if quoted is None and not item["minus"] and len(found) > 1 else ""
    compound = compound if joined(written) == [compound] else ""
    whole = compound or (found[0] if len(found) == 1 else "")
    is_prefix = last and quoted is None and not item["minus"] and len(whole) >= SHORTEST_PREFIX
    return Word(written, found, is_prefix and written[-1:].isalnum(), compound) if found else None
