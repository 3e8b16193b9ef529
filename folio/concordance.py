"""Site + extracts -> the index at the back of the book: each term with the pages that hold it, from A to Z. Pure.

A term is listed if two pages hold it, or if it is the title of a page; the index of a small site also has names of
several words that only one page holds. Spellings that differ in case or accents are merged; an English article moves
to the end ("Tide Tables, The").
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from folio.archives import folded
from folio.content import Page
from folio.extracts import Extract
from folio.snapshot import Site

INDEX_BYTES = 110_000  # most HTML for the entries of the index
FEW = 40  # with fewer shared terms than this, names of single pages are added
TERM_PAGES = 12  # most pages listed for one term; search finds the others
DIGITS = "0–9"

_ARTICLE = re.compile(r"(The|An?) (?=\S)")
_APART = re.compile(r"[^\w\s]+")


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of the index: `page` is the page with this title, if any; `pages` all others that hold it, newest first.

    `key` is the sort key.
    """

    text: str
    key: str
    pages: tuple[Page, ...]
    page: Page | None = None

    @property
    def is_shared(self) -> bool:
        return len(self.pages) > 1 or self.page is not None

    @property
    def letter(self) -> str:
        """The letter it is listed under; DIGITS if it does not begin with a letter."""
        return self.key[:1].upper() if self.key[:1].isalpha() else DIGITS


@dataclass(frozen=True, slots=True)
class Concordance:
    """The terms grouped by letter, in order; `left_out` counts the terms that are not listed."""

    letters: tuple[tuple[str, tuple[Term, ...]], ...] = ()
    total: int = 0
    left_out: int = 0


def concordance(site: Site, extracts: Mapping[str, Extract], most: int = INDEX_BYTES) -> Concordance:
    """Make the index, of at most about `most` bytes of HTML; terms that more pages hold take precedence.

    Costs about 0.1 s for 1,000 pages of 60 terms each.
    """
    known = [*_terms(site, extracts, is_english=site.config.language.startswith("en"))]
    terms = [term for term in known if term.is_shared]
    if len(terms) < FEW:
        terms = [term for term in known if term.is_shared or _is_name(term.text)]
    terms.sort(key=lambda term: (-len(term.pages), term.key, term.text))
    weights = itertools.accumulate(map(_weight, terms))
    kept = sorted(
        (term for term, weight in zip(terms, weights, strict=True) if weight <= most),
        key=lambda term: (term.letter == DIGITS, term.key, term.text),
    )
    letters = itertools.groupby(kept, key=lambda term: term.letter)
    return Concordance(tuple((letter, tuple(group)) for letter, group in letters), len(kept), len(known) - len(kept))


def _terms(site: Site, extracts: Mapping[str, Extract], is_english: bool) -> Iterator[Term]:
    titled = {folded(page.title): page for page in site.public}
    for spelled, (names, pages) in _gathered(site.newest, extracts).items():
        text = max(sorted(names), key=names.__getitem__)
        own = titled.get(spelled)
        others = tuple(page for page in pages if page is not own)
        article = _ARTICLE.match(text) if is_english else None
        bare = text[article.end() :] if article else text
        shown = f"{bare[0].upper()}{bare[1:]}, {article[1]}" if article else text
        yield Term(shown, _APART.sub("", folded(bare)).strip(), others, own)


def _gathered(newest: Iterable[Page], extracts: Mapping[str, Extract]) -> dict[str, tuple[dict[str, int], list[Page]]]:
    """Map each folded term to (number of pages by spelling, its pages). Folder indexes are skipped: they only list."""
    held: dict[str, tuple[dict[str, int], list[Page]]] = {}
    folding: dict[str, str] = {}
    for page in newest:
        if page.is_index:
            continue
        own: dict[str, str] = {}
        for text in extracts[page.path].terms if page.path in extracts else ():
            spelled = folding.get(text) or folding.setdefault(text, folded(text))
            own.setdefault(spelled, text)
        for spelled, text in own.items():
            if spelled not in held:
                held[spelled] = {}, []
            names, pages = held[spelled]
            names[text] = names.get(text, 0) + 1
            pages.append(page)
    return held


def _is_name(text: str) -> bool:
    """Say whether a term looks like a name or a title: several words, the first and another one capitalised."""
    words = text.split()
    return len(words) > 1 and words[0][0].isupper() and any(word[0].isupper() for word in words[1:])


def _weight(term: Term) -> int:
    """Return the approximate bytes of HTML for a term."""
    named = (*term.pages[:TERM_PAGES], *((term.page,) if term.page else ()))
    return 40 + len(term.text.encode()) + sum(30 + len(f"{page.url}{page.title}".encode()) for page in named)
