"""Tokens -> the terms an index of the text would list: names, titles of works, emphasised terms, subjects of links.

A name is a run of capitalised words ("Ram Dass", "University of Ghent"). At the beginning of a sentence or a label, the
first word counts only if it is not a usual sentence opener and never in lower case on the page. In German, which
capitalises every noun, runs are ignored.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import unquote

from markdown_it.token import Token

from folio.markdown.stopwords import BEGINNERS, FUNCTION, IDLE, MONTHS_AND_DAYS
from folio.markdown.walk import names

TERMS = 60  # of one page
NAME_WORDS = 6
TITLE_WORDS = 8
SUBJECT_WORDS = 4
CHARACTERS = 60

_INSIDE = names("of the de la du des van von der di da and & in on for to with a an as at from no")  # within a title
_GRAMMAR = FUNCTION - _INSIDE
_IDLE = FUNCTION | IDLE | MONTHS_AND_DAYS
_OPENING = names("em_open link_open abbr_open")
_CLOSING = names("em_close link_close abbr_close")
_HEADS = names("heading_open th_open")
_END = "\0\n"  # ends a line: no pattern matches across the "\0", and after the "\n" a line begins
_EDGE = "\u200b"  # stands around marked phrases: no name continues across it
_ME = names("I I'm I'll I've I'd I’m I’ll I’ve I’d")
_CAPITAL = "A-ZÀ-ÖØ-ÞĀĆČĎĐĒĘĚĞĪİŁŃŇŌŐŒŘŚŞŠŤŪŮŰŹŻŽΑ-ΩА-ЯЁІЇЄ"
_REST = r"[\w’'&.-]*+"  # the rest of a word
_FIRST = rf"[{_CAPITAL}](?<![\w’'&.-].){_REST}"
_PARTICLE = r"(?:of|of the|de|de la|del|della|di|da|du|des|van|van de|van den|van der|von|von der|ibn|al|&)"
_RUN = re.compile(rf"{_FIRST}(?: (?:{_PARTICLE} )?[{_CAPITAL}]{_REST})+")
_INITIALS = re.compile(rf"(?:[{_CAPITAL}]\.)+|(?:Mr|Mrs|Ms|Dr|St|Prof|Jr|Sr)\.")  # "J.R.R.", but not "Ghent."
_POSSESSIVE = re.compile(r"['’]s?$")
_BEGINNING = re.compile(r"(?:^|[.!?…:;][\"'”’)\]»]*\s|[\n—–•|])\s*[\"'“‘(\[«„‚]*$|[\"“„«]$")
_LABEL = re.compile(r"\s*(?::|[-–—]\s|\n|\0)")  # what follows a label
_PHRASE = re.compile(r"[^\W\d_](?:[\w’'& -]|\.(?=[\w ]))*")
_ADVERB_OR_VERB = re.compile(r"(?:ly|ing|ed)$")
_VERB = re.compile(r"(?<![sui])(?<!ic)s$")  # "eats", but not "physics"
_NAMED = re.compile(
    r"(?:\b(?:calls?|calls? it|called|terms?|words?|concept of|notion of|named|known as)"
    r"|\b[A-Z]\w+(?:ese|ish|ian|ean|man|tin|eek|nch|rit|utch|lsh))\s*[\"“‘'«]?$"
)
_FOREIGN = re.compile(r"[A-Za-z][\w+.-]*:|//")  # an address of another site
_FILE = re.compile(r"\w\.[a-z]\w{1,3}$")


@dataclass(slots=True)
class _Prose:
    """The plain text of a page, each line ended with _END, and its marked spans: (opening token, start, end)."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    spans: list[tuple[Token, int, int]] = field(default_factory=list)

    def line(self, children: Sequence[Token]) -> None:
        """Add one paragraph or cell."""
        parts, length, spans = self.parts, self.length, self.spans
        opened: list[tuple[Token, int]] = []
        known = len(spans)
        for child in children:
            kind = child.type
            if kind == "text":
                content = child.content if child.content.isascii() else normalize("NFC", child.content)
            elif kind in _OPENING:
                content = _EDGE
                opened.append((child, length + 1))
            elif kind in _CLOSING:
                content = _EDGE
                if opened:
                    spans.append((*opened.pop(), length))
            elif not child.nesting:
                content = " " if kind == "softbreak" else "\n"
            else:
                continue
            parts.append(content)
            length += len(content)
        if len(spans) == known + 1 and children[0].type == "em_open" and children[-1].type == "em_close":
            spans.pop()  # a whole line in italics is a remark, not a term
        parts.append(_END)
        self.length = length + len(_END)


class _Found(NamedTuple):
    """A candidate: one that `begins` a sentence, or is a `label`, may be capitalised for that reason alone."""

    words: tuple[str, ...]
    begins: bool = False
    label: bool = False


def terms(tokens: Sequence[Token], language: str) -> tuple[str, ...]:
    """Return the terms of a finished token stream in the order they first appear, each once, at most TERMS."""
    found = _found(_prose(tokens), not language.lower().startswith(("de", "lb")))
    text = " ".join(token.content for token in tokens if token.type == "inline") if found else ""
    sure = {_fold(one.words) for one in found if not one.begins}
    kept: dict[str, str] = {}
    for one in found:
        words = one.words
        if one.begins and _fold(words) not in sure:
            if one.label:
                continue
            if words[0].lower() in BEGINNERS or words[0].endswith("ly") or f" {words[0].lower()} " in text:
                words = _trimmed(words[1:])
        if words and (len(words) > 1 or not one.begins):
            kept.setdefault(_fold(words), " ".join(words))
        if len(kept) == TERMS:
            break
    return tuple(kept.values())


def _prose(tokens: Sequence[Token]) -> _Prose:
    """Join all text but headings and heads of tables, in which everything is capitalised."""
    prose = _Prose()
    before = ""
    for token in tokens:
        if token.children and before not in _HEADS:
            waiting = [token]
            while waiting:
                children = waiting.pop().children or ()
                waiting += [child for child in reversed(children) if child.children]  # notes, and those in them
                prose.line(children)
        before = token.type
    return prose


def _found(prose: _Prose, has_names: bool) -> list[_Found]:
    """Return the candidates in the order of the text; each run of capitalised words counts once."""
    text = "".join(prose.parts)
    places: list[tuple[int, int, _Found]] = []
    for token, start, end in prose.spans:
        if 1 < end - start <= CHARACTERS:
            words = _marked(token, text[start:end], text[max(0, start - 30) : start - 1])
            if words:
                places.append((start, end, _Found(words)))
    places.sort(key=_start)
    marked = [start for start, _, _ in places]
    seen: set[tuple[str, bool, bool]] = set()
    for match in _RUN.finditer(text) if has_names else ():
        start, end = match.span()
        inside = bisect_right(marked, start)
        if inside and places[inside - 1][1] >= end - 1:  # within a marked phrase, except for a full stop
            continue
        begins = _BEGINNING.search(text[max(0, start - 8) : start].replace(_EDGE, "")) is not None
        label = begins and (not start or text[start - 1] == "\n") and _LABEL.match(text, end) is not None
        run = (match[0], begins, label)
        if run not in seen:
            seen.add(run)
            places += [(start, end, found) for found in _names(*run)]
    places.sort(key=_start)
    return [found for _, _, found in places]


def _start(place: tuple[int, int, _Found]) -> int:
    return place[0]


def _marked(token: Token, phrase: str, before: str) -> tuple[str, ...]:
    """Return the words of an emphasised or linked phrase if it is a term, else ()."""
    if token.type == "abbr_open":
        return (phrase,)
    if token.meta.get("kind") == "wiki":
        name = unquote(str(token.attrs.get("href", ""))).split("#")[0].split("/")[-1].removesuffix(".md")
        return tuple(name.split()) if _PHRASE.fullmatch(name) and len(name) <= CHARACTERS else ()
    linked = token.type == "link_open"
    foreign = linked and _FOREIGN.match(str(token.attrs.get("href", ""))) is not None
    if foreign and phrase.islower():
        return ()
    words = tuple(_bare(phrase).split())
    if not words or not _PHRASE.fullmatch(" ".join(words)) or _FILE.search(phrase):
        return ()
    if _is_title(words):
        return words
    if foreign:
        return ()
    return words if _is_subject(words, linked=linked, named=bool(_NAMED.search(before))) else ()


def _bare(phrase: str) -> str:
    """Strip quotation marks and punctuation from a phrase, and a lower-case article or pronoun from its start."""
    phrase = phrase.strip(" ,;:\"'“”‘’«»()")
    first, _, rest = phrase.partition(" ")
    return rest if first in ("the", "a", "an", "my", "our", "your", "his", "her", "its", "their") else phrase


def _is_title(words: Sequence[str]) -> bool:
    """Return True if all words are capitalised, except for the small words of titles, and they name something."""
    if len(words) > TITLE_WORDS or not words[0][0].isupper() or not words[-1][0].isupper():
        return False
    if any(not word[0].isupper() and word not in _INSIDE for word in words):
        return False
    if len(words) > 2 and all(word.isupper() for word in words):  # shouted
        return False
    if len(words) == 1 and words[0].endswith("ly"):
        return False
    if all(_is_idle(word.lower()) for word in words):
        return False
    return len(words) > 3 or not all(_is_idle(word.lower()) or word.lower() in BEGINNERS for word in words)


def _is_idle(word: str) -> bool:
    return word in _IDLE or word[-1:].isdecimal()


def _is_subject(words: Sequence[str], *, linked: bool, named: bool) -> bool:
    """Return True if lower-case words name something: "behavioural hunger", but not "really good" or "stop"."""
    small = [word.lower().replace("’", "'") for word in words]
    if len(words) == 1:
        word = small[0]
        if len(word) < 5 or _is_idle(word):
            return False
        return named or not word.isascii() or (linked and not _ADVERB_OR_VERB.search(word))
    if small[0] in BEGINNERS or small[0] in _INSIDE or _VERB.search(small[0]) or small[-1].endswith("ly"):
        return False
    if len(words) > SUBJECT_WORDS or any(_is_idle(word) and word not in _INSIDE for word in small):
        return False
    if any(word in FUNCTION and word not in ("of", "no", "de") for word in small):
        return False
    return small[-1] not in _INSIDE


def _names(run: str, begins: bool, label: bool) -> Iterator[_Found]:
    """Yield the names in a run of capitalised words: a possessive ends a name, months and "I" separate names."""
    words: list[str] = []
    for word in [*run.split(" "), ""]:
        owner = word if word[-2:].isalpha() else _POSSESSIVE.sub("", word)
        if word and owner.lower() not in MONTHS_AND_DAYS and owner not in _ME:
            ended = word[-1] == "." and not _INITIALS.fullmatch(owner)
            words.append(owner.rstrip(".") if ended else owner)
            if owner == word and not ended:
                continue
        name = _trimmed(words)
        if 2 <= len(name) <= NAME_WORDS and _is_name(name):
            yield _Found(name, begins and name[0] == words[0], label)
        words, begins = [], word.endswith(".")


def _is_name(words: Sequence[str]) -> bool:
    """Return False for words in capitals, for a sentence in Title Case and for words that name nothing."""
    small = " ".join(words).lower().replace("’", "'").split(" ")
    if not _GRAMMAR.isdisjoint(small) or (words[0].isupper() and all(word.isupper() for word in words)):
        return False
    return not (_is_idle(small[0]) and all(_is_idle(word) for word in small))


def _trimmed(words: Sequence[str]) -> tuple[str, ...]:
    """Strip function words from both ends."""
    start, end = 0, len(words)
    while start < end and words[start].lower() in FUNCTION:
        start += 1
    while start < end and words[end - 1].lower() in FUNCTION:
        end -= 1
    return tuple(words[start:end])


def _fold(words: Sequence[str]) -> str:
    """Return the key under which terms are equal: "The Overstory" and "Overstory", "tide pool" and "Tide pools"."""
    small = " ".join(words).casefold().replace("’", "'").removeprefix("the ")
    return small[:-1] if len(small) > 4 and small[-1] == "s" and small[-2] not in "sui'" else small
