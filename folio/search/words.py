"""Text -> words to index and to search for: folded, split and stemmed in the same way for documents and queries.

tokens("L’Été: C++, author's") -> ["lete", "c++", "authors"]; joined("an e-mail") -> ["email"];
stem("running", "en") -> "run".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

LONGEST = 64  # characters of a word; anything longer is data, not language
SHORTEST_PREFIX = 3  # characters
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # written without spaces: each character is a word
_WORD = rf"[^\W_{_CJK}]++(?:\+\+|#(?!\w))?+|[{_CJK}]"
_FOLDED = re.compile(_WORD)
_WRITTEN = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+(?:['’][^\W_{_CJK}]+)*(?:\+\+|#(?!\w))?")
_COMPOUND = re.compile(rf"[^\W_{_CJK}]++(?:-[^\W_{_CJK}]++)+")
_WRITTEN_COMPOUND = re.compile(rf"[^\W_{_CJK}]++(?:[-‐‑][^\W_{_CJK}]++)+")
_HYPHENS = str.maketrans("", "", "-‐‑")
_IS_CJK = re.compile(f"[{_CJK}]")
_ASCII = bytes(range(128))
_EXPANDING = frozenset("ßæœþÆŒÞẞ\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06")
_APOSTROPHE = re.compile(r"['’ʼ](?<=\w.)(?=\w)")  # the rare character first, for a fast search
_MARKS = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u2060]")
_LETTERS = (
    ("ø", "o"), ("ł", "l"), ("đ", "d"), ("æ", "ae"), ("œ", "oe"), ("ı", "i"), ("þ", "th"), ("ð", "d"), ("‐", "-"),
)  # fmt: skip


def fold(text: str) -> str:
    """Remove case, accents and apostrophes: "Été" -> "ete", "don’t" -> "dont", "Straße" -> "strasse"."""
    if text.isascii():
        folded = text.casefold()
    else:
        plain = _MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold()
        folded = unicodedata.normalize("NFC", plain)
        for letter, spelling in _LETTERS:  # str.translate visits every character: 0.7 ms for 8 KB
            folded = folded.replace(letter, spelling)
    return _APOSTROPHE.sub("", folded) if "'" in folded or "’" in folded or "ʼ" in folded else folded


def tokens(text: str) -> list[str]:
    """Split a text into folded words, in order; a Chinese or Japanese character is a word of its own."""
    return [word for word in _FOLDED.findall(fold(text)) if len(word) <= LONGEST]


def joined(text: str) -> list[str]:
    """Return the hyphenated words, folded, without their hyphens, in order: "an E-mail" -> ["email"]."""
    pieces = (piece for piece in fold(text).split() if "-" in piece)
    found = (word.replace("-", "") for piece in pieces for word in _COMPOUND.findall(piece))
    return [word for word in found if len(word) <= LONGEST]


def written(text: str, start: int = 0) -> Iterator[re.Match[str]]:
    """Yield matches of the words that `tokens` returns, from an offset on; `fold` of each is its token."""
    return _WRITTEN.finditer(text, start)


def lowered(text: str) -> tuple[str, bool]:
    """Return a text in lower case without accents and of the same length, to search for `beginnings` in.

    A letter that folds to two ("ß", "æ") becomes the first of them; the second value is True if there are any.
    """
    if text.isascii():
        return text.lower(), False
    odd = set(text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass"))
    for letter in odd:
        if (plain := _first(letter)) != letter:
            text = text.replace(letter, plain)
    return text.casefold(), not odd.isdisjoint(_EXPANDING)


@lru_cache(maxsize=4_000)
def _first(letter: str) -> str:
    return "'" if letter in "’ʼ" else (fold(letter) or letter)[0]


def beginnings(word: str, exact: bool) -> tuple[str, ...]:
    """Return the ways in which a word whose token begins like `word` may begin in a `lowered` text, likeliest first.

    "lamour" may be written "l'amour", "email" "e-mail", and if not `exact`, "strasse" "straße".
    """
    if is_cjk(word[0]):
        return (word,)
    if not exact:
        return (word[:1],)
    start = word[: max(2, min(len(word) - 1, 4))]
    split = (f"{word[:n]}{sign}{word[n : n + 2]}" for n in (1, 2, 3) for sign in "'-" if word[n:])
    return (start, *split)


def is_cjk(letter: str) -> bool:
    """Return True if a letter is a word of its own (Chinese and Japanese)."""
    return _IS_CJK.match(letter) is not None


def whole(text: str, start: int) -> re.Match[str] | None:
    """Match the word that begins at an offset."""
    return _WRITTEN.match(text, start)


def compound(text: str, start: int) -> re.Match[str] | None:
    """Match the hyphenated word that begins at an offset."""
    return _WRITTEN_COMPOUND.match(text, start)


def one(spelling: str) -> str:
    """Return the token of a word as written, without hyphens: "E‑Mail" -> "email"."""
    return fold(spelling.translate(_HYPHENS))


def language(code: str) -> str:
    """Return the part of a language tag that chooses a stemmer: "en-GB" -> "en"."""
    return code.replace("_", "-").partition("-")[0].casefold() or "en"


@lru_cache(maxsize=200_000)
def stem(word: str, code: str) -> str:
    """Return the stem of a folded word; `code` is from `language`. The word itself if there is no stemmer for it."""
    return str(_stemmer(code)(word))


@lru_cache(maxsize=32)
def _stemmer(code: str) -> Callable[[str], str]:
    from whoosh.lang import NoStemmer, stemmer_for_language

    try:
        stemmer: Callable[[str], str] = stemmer_for_language(code)
    except NoStemmer:
        return str
    return stemmer
