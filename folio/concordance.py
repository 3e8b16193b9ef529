"""Site + extracts -> the index at the back of the book: each term with the pages that hold it, from A to Z. Pure.

A term is listed when two pages hold it, or when it is the title of a page; a small site's index has the names of
several words, too, that one page alone holds. Spellings that differ in case or accents are one; an English article goes
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

INDEX_BYTES = 110_000  # of HTML that the entries of an index may take
FEW = 40  # shared terms, below which an index is filled up with names
TERM_PAGES = 12  # named with one term; search finds the others
DIGITS = "0–9"

_ARTICLE = re.compile(r"(The|An?) (?=\S)")
_APART = re.compile(r"[^\w\s]+")


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of the index: `page` is the page with this very title, if there is one; `pages` all others that hold it.

    These are newest first; `key` is what the entry is sorted by.
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
        """The letter it stands under; DIGITS for what begins with none."""
        return self.key[:1].upper() if self.key[:1].isalpha() else DIGITS


@dataclass(frozen=True, slots=True)
class Concordance:
    """The terms under their letters, in order; `left_out` counts the terms of the texts that are not here."""

    letters: tuple[tuple[str, tuple[Term, ...]], ...] = ()
    total: int = 0
    left_out: int = 0


def concordance(site: Site, extracts: Mapping[str, Extract], most: int = INDEX_BYTES) -> Concordance:
    """Make the index, of at most `most` bytes of HTML: where more is shared, of the terms that most pages hold.

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
    """Return the spellings of each term, by how many pages have them, and these; a folder's own only says its list."""
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
    """Say whether a term is a name or a title by itself: several words, the first and another with a capital."""
    words = text.split()
    return len(words) > 1 and words[0][0].isupper() and any(word[0].isupper() for word in words[1:])


def _weight(term: Term) -> int:
    """Bytes of HTML that a term takes, about."""
    named = (*term.pages[:TERM_PAGES], *((term.page,) if term.page else ()))
    return 40 + len(term.text.encode()) + sum(30 + len(f"{page.url}{page.title}".encode()) for page in named)
