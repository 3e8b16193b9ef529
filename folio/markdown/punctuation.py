"""Smart quotes, dashes and ellipses, by the page's language. Nothing else: `(c)` stays `(c)`.

"it's" -> ”it’s“ in the marks of the language; `--` -> en dash, `---` -> em dash, `...` -> …. Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from folio.markdown.walk import holders

Marks = tuple[str, str, str, str]  # double open, double close, single open, single close

_ENGLISH: Marks = ("“", "”", "‘", "’")
_GERMAN: Marks = ("„", "“", "‚", "‘")
_ANGLES: Marks = ("«", "»", "“", "”")
_FRENCH: Marks = ("«\u202f", "\u202f»", "‹\u202f", "\u202f›")
_NORDIC: Marks = ("”", "”", "’", "’")
_CORNERS: Marks = ("「", "」", "『", "』")

MARKS: Mapping[str, Marks] = MappingProxyType(
    {
        **dict.fromkeys(("de", "cs", "sk", "sl", "bg", "is", "lt", "ka"), _GERMAN),
        **dict.fromkeys(("es", "it", "pt", "ca", "gl", "el"), _ANGLES),
        **dict.fromkeys(("ru", "uk", "be"), ("«", "»", "„", "“")),
        **dict.fromkeys(("sv", "fi"), _NORDIC),
        **dict.fromkeys(("no", "nb", "nn"), ("«", "»", "‘", "’")),
        **dict.fromkeys(("pl", "ro", "hr", "sr"), ("„", "”", "‚", "’")),
        **dict.fromkeys(("ja", "zh-tw", "zh-hk", "zh-hant"), _CORNERS),
        "fr": _FRENCH,
        "fr-ch": ("«", "»", "‹", "›"),
        "de-ch": ("«", "»", "‹", "›"),
        "da": ("»", "«", "›", "‹"),
        "hu": ("„", "”", "»", "«"),
        "pt-br": _ENGLISH,
    }
)

_QUOTE = re.compile(r"['\"]")
# The lookbehinds come after the first literal: a pattern that begins with a lookbehind is tried at every character.
_EM_DASH = re.compile(r"---(?<!----)(?!-)")
_EN_DASH = re.compile(r"(?:(?<=\s)|^)--(?=\s|$)|(?<=[^-\s])--(?=[^-\s]|$)", re.MULTILINE)  # but not --verbose
_ELLIPSIS = re.compile(r"\.\.\.(?<!\.{4})(?=\.?(?!\.))")
_ELISION = re.compile(r"'(?:\d\ds?|tis|twas|twere|em|til|cause|bout|n)\b", re.IGNORECASE)
_APOSTROPHE = re.compile(r"'(?<=[^\W_]')(?=[^\W_])")  # as in "don't": by far the most frequent case
_CODE_TAG = re.compile(r"<(/?)(?:code|pre|kbd|samp|tt|var|script|style|textarea)\b", re.IGNORECASE)


def punctuation(state: StateCore) -> None:
    """Set quotes, dashes and ellipses in all text, but not in code, raw HTML's code or bare addresses."""
    if not _is_worth_a_look(state.src):
        return
    marks = marks_of(str(state.env.get("language", "")))
    for holder in holders(state.tokens):
        children = holder.children or []
        for child in children:
            if child.type == "text" and _is_worth_a_look(child.content):
                _Educator(marks).educate(children)
                break


def _is_worth_a_look(text: str) -> bool:
    return "'" in text or '"' in text or "--" in text or "..." in text


def educated(text: str, language: str) -> str:
    """Return a plain text, such as a caption, with quotes, dashes and ellipses set."""
    if not _is_worth_a_look(text):
        return text
    token = Token("text", "", 0, content=text)
    _Educator(marks_of(language)).educate([token])
    return token.content


def marks_of(language: str) -> Marks:
    """Return the quotation marks for a language tag: "de-AT" uses those of "de", an unknown language the English."""
    tag = language.lower().replace("_", "-")
    return MARKS.get(tag) or MARKS.get(tag.split("-")[0], _ENGLISH)


class _Opener(NamedTuple):
    """The place of a quotation mark: its token's index, its offset and level, and its `order` in the paragraph."""

    token: int
    start: int
    level: int
    order: int


class _Educator:
    """Sets one paragraph: `open[0]` holds the double, `open[1]` the single marks that are not yet closed."""

    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self.open: tuple[list[_Opener], list[_Opener]] = ([], [])
        self.edits: dict[int, dict[int, str]] = {}
        self.order = 0

    def educate(self, children: list[Token]) -> None:
        texts = _texts(children)
        quoted = False
        for index in texts:
            text = _dashes(children[index].content)
            children[index].content = text = _APOSTROPHE.sub("’", text) if "'" in text else text
            quoted = quoted or "'" in text or '"' in text
        if not quoted:
            return
        after = _next_characters(children)
        before = " "
        for index, token in enumerate(children):
            if index in texts:
                self._text(index, token, before, after[index])
            if token.type in ("softbreak", "hardbreak"):
                before = " "
            elif token.content and token.type != "html_inline":
                before = token.content[-1]
        self._leftovers()
        for index, edits in self.edits.items():
            children[index].content = _apply(children[index].content, edits)

    def _text(self, index: int, token: Token, before: str, after: str) -> None:
        text = token.content
        for kind in (0, 1):
            while self.open[kind] and self.open[kind][-1].level > token.level:
                self._leftover(kind, self.open[kind].pop())
        for match in _QUOTE.finditer(text):
            at = match.start()
            left = text[at - 1] if at else before
            right = text[at + 1] if at + 1 < len(text) else after
            self._mark(_Opener(index, at, token.level, self.order), match[0] == "'", left, right, text)
            self.order += 1

    def _mark(self, place: _Opener, single: bool, left: str, right: str, text: str) -> None:
        if single and (_ELISION.match(text, place.start) and not left.isalnum()):
            return self._set(place, "’")
        can_open, can_close = _flanks(left, right)
        if not (can_open or can_close):
            return self._set(place, "’") if single else None  # don't, 6"3
        if can_close and self._close(place, int(single)):
            return None
        if can_open:
            self.open[single].append(place)
        elif single:
            self._set(place, "’")
        elif not left.isdigit():  # 12" is inches
            self._set(place, self.marks[1])
        return None

    def _close(self, place: _Opener, kind: int) -> bool:
        openers, others = self.open[kind], self.open[1 - kind]
        if not openers or openers[-1].level != place.level:
            return False
        opener = openers.pop()
        while others and others[-1].order > opener.order:
            self._leftover(1 - kind, others.pop())
        self._set(opener, self.marks[2 * kind])
        self._set(place, self.marks[2 * kind + 1])
        return True

    def _leftovers(self) -> None:
        for kind in (0, 1):
            for opener in self.open[kind]:
                self._leftover(kind, opener)

    def _leftover(self, kind: int, opener: _Opener) -> None:
        """Set an unclosed mark: an apostrophe, or the start of a quotation that goes on in the next paragraph."""
        self._set(opener, "’" if kind else self.marks[0])

    def _set(self, place: _Opener, mark: str) -> None:
        self.edits.setdefault(place.token, {})[place.start] = mark


def _texts(children: list[Token]) -> set[int]:
    """Return the indexes of the text tokens to set: not those of bare addresses, nor those in <code>."""
    found, address, code = set(), False, 0
    for index, token in enumerate(children):
        if token.type == "text" and not address and code <= 0:
            found.add(index)
        elif token.type == "link_open":
            address = token.info == "auto"
        elif token.type == "link_close":
            address = False
        elif token.type == "html_inline" and (tag := _CODE_TAG.match(token.content)):
            code += -1 if tag[1] else 1
    return found


def _next_characters(children: list[Token]) -> list[str]:
    """Return for each token the character that follows it; a space at the end of a line."""
    after, following = [" "] * len(children), " "
    for index in range(len(children) - 1, -1, -1):
        after[index] = following
        token = children[index]
        if token.type in ("softbreak", "hardbreak"):
            following = " "
        elif token.content and token.type != "html_inline":
            following = token.content[0]
    return after


def _flanks(left: str, right: str) -> tuple[bool, bool]:
    """Return (can open, can close) for a mark between two characters, as CommonMark's flanking rules."""
    left_space, right_space = left.isspace(), right.isspace()
    left_mark = not (left_space or left.isalnum())
    right_mark = not (right_space or right.isalnum())
    can_open = not right_space and (not right_mark or left_space or left_mark)
    can_close = not left_space and (not left_mark or right_space or right_mark)
    if can_open and can_close:
        return left_mark, right_mark
    return can_open, can_close


def _dashes(text: str) -> str:
    if "--" in text:
        text = _EN_DASH.sub("–", _EM_DASH.sub("—", text))
    return _ELLIPSIS.sub("…", text) if "..." in text else text


def _apply(text: str, edits: dict[int, str]) -> str:
    parts, last = [], 0
    for start in sorted(edits):
        parts += [text[last:start], edits[start]]
        last = start + 1
    return "".join([*parts, text[last:]])
