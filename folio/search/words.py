"""Text -> the words that are indexed and asked for: folded, split and stemmed one way by the worker and by a query.

tokens("L’Été: C++, author's") -> ["lete", "c++", "authors"]; stem("running", "en") -> "run".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache

LONGEST = 64  # characters of a word; what is longer is data, not language
SHORTEST_PREFIX = 3  # characters
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # written without spaces: each character is a word
_WORD = rf"[{_CJK}]|[^\W_{_CJK}]+(?:\+\+|#(?!\w))?"
_FOLDED = re.compile(_WORD)
_WRITTEN = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+(?:['’][^\W_{_CJK}]+)*(?:\+\+|#(?!\w))?")
_ODD = "\u0080-\U0010ffff"
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


def beginning_like(words: Collection[str]) -> re.Pattern[str]:
    """Make a pattern that finds every word of `written` whose token could be one of `words`, or begin as they do.

    It looks at two letters, takes every accent for any, and so finds too much, at a fifth of the cost of folding all.
    """
    starts = {word[:2] for word in words if not re.match(f"[{_CJK}]", word)}
    likes = {_like(start) for start in starts}
    single = "".join(sorted({word[0] for word in words if re.match(f"[{_CJK}]", word)}))
    found = [f"[{single}]"] if single else []
    if likes:
        found.append(rf"(?<![^\W_])(?=(?i:{'|'.join(sorted(likes))})|[{_ODD}])(?:{_WRITTEN.pattern})")
    return re.compile("|".join(found) or "(?!)")


def _like(start: str) -> str:
    """Match what may begin a word as a token does; "l'amour" begins like "lamour"."""
    return re.escape(start[0]) + (f"[{re.escape(start[1])}'{_ODD}]" if start[1:] else "")


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
