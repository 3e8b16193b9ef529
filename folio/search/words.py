"""Text -> the words that are indexed and asked for: folded, split and stemmed one way by the worker and by a query.

tokens("L’Été: C++, author's") -> ["lete", "c++", "authors"]; stem("running", "en") -> "run".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

LONGEST = 64  # characters of a word; what is longer is data, not language
SHORTEST_PREFIX = 3  # characters
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # written without spaces: each character is a word
_WORD = rf"[{_CJK}]|[^\W_{_CJK}]+(?:\+\+|#(?!\w))?"
_FOLDED = re.compile(_WORD)
_WRITTEN = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+(?:['’][^\W_{_CJK}]+)*(?:\+\+|#(?!\w))?")
_IS_CJK = re.compile(f"[{_CJK}]")
_NOT_ASCII = re.compile("[^\\x00-\\x7f]")
_EXPANDING = re.compile("[ßæœþÆŒÞẞ\ufb00-\ufb06]")
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ](?=\w)")
_MARKS = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u2060]")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})


def fold(text: str) -> str:
    """Take case, accents and apostrophes away: "Été" -> "ete", "don’t" -> "dont", "Straße" -> "strasse"."""
    folded = text.casefold()
    if not folded.isascii():
        parts = _MARKS.sub("", unicodedata.normalize("NFKD", folded))
        folded = unicodedata.normalize("NFC", parts).translate(_LETTERS)
    return _APOSTROPHE.sub("", folded) if "'" in folded or "’" in folded or "ʼ" in folded else folded


def tokens(text: str) -> list[str]:
    """Split a text into folded words, in order; a Chinese or Japanese character is a word of its own."""
    return [word for word in _FOLDED.findall(fold(text)) if len(word) <= LONGEST]


def written(text: str, start: int = 0) -> Iterator[re.Match[str]]:
    """Find the same words as `tokens` where they stand in a text, from an offset on; `fold` of each is its token."""
    return _WRITTEN.finditer(text, start)


def lowered(text: str) -> str:
    """Return a text in small letters without accents, every character in its place: what `Beginnings` are found in.

    A letter that folds to two ("ß", "æ") becomes the first of them.
    """
    if text.isascii():
        return text.lower()
    if "İ" in text:
        text = text.replace("İ", "I")  # the only one that is two when it is small
    plain = text.lower()
    for odd in set(_NOT_ASCII.findall(plain)):
        plain = plain.replace(odd, _first(odd))
    return plain


@lru_cache(maxsize=4_000)
def _first(letter: str) -> str:
    return "'" if letter in "’ʼ" else (fold(letter) or letter)[0]


def beginnings(word: str, exact: bool) -> tuple[str, ...]:
    """Return what a written word may begin with in a `lowered` text, if its token begins as `word` does.

    "lamour" may be written "l'amour", "dont" "don't", and where not `exact`, "strasse" "straße".
    """
    if is_cjk(word[0]):
        return (word,)
    if not exact:
        return (word[:1],)
    start = word[: max(2, min(len(word) - 1, 4))]
    split = (f"{word[:n]}'{word[n : n + 2]}" for n in (1, 2) if word[n:])
    return (start, *split)


def expands(text: str) -> bool:
    """Say whether a text has letters that fold to two."""
    return not text.isascii() and _EXPANDING.search(text) is not None


def is_cjk(letter: str) -> bool:
    """Say whether a letter is a word of its own."""
    return _IS_CJK.match(letter) is not None


def whole(text: str, start: int) -> re.Match[str] | None:
    """Match the written word that begins at an offset."""
    return _WRITTEN.match(text, start)


def language(code: str) -> str:
    """Return the part of a language tag that chooses a stemmer: "en-GB" -> "en"."""
    return code.replace("_", "-").partition("-")[0].casefold() or "en"


@lru_cache(maxsize=200_000)
def stem(word: str, code: str) -> str:
    """Return the stem of a folded word in a language of `language`; the word itself where no stemmer is known."""
    return str(_stemmer(code)(word))


@lru_cache(maxsize=32)
def _stemmer(code: str) -> Callable[[str], str]:
    from whoosh.lang import NoStemmer, stemmer_for_language

    try:
        stemmer: Callable[[str], str] = stemmer_for_language(code)
    except NoStemmer:
        return str
    return stemmer
