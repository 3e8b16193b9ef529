r"""TeX -> presentation MathML, sanitised: the elements that latex2mathml makes are checked and printed again.

The library escapes nothing in \text{}, passes on \href and \style, and shows commands it does not know as letters. So
only the elements and attributes listed here are printed, with the number of children they need and all text escaped;
anything else raises `NotMath`, and the formula is shown as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from itertools import zip_longest
from types import MappingProxyType
from typing import TYPE_CHECKING

from folio.markdown.printer import escape
from folio.markdown.walk import names

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FORMULA_CHARACTERS = 2_000

_TOKENS = names("mi mn mo mtext")
_CHILDREN: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(names("mrow mstyle mpadded mphantom msqrt menclose mtable mtr mtd merror"), -1),  # any number
        **dict.fromkeys((*_TOKENS, "mspace"), 0),
        **dict.fromkeys(names("mfrac msup msub mroot mover munder"), 2),
        **dict.fromkeys(names("msubsup munderover"), 3),
    }
)
_SCRIPTS = names("msup msub msubsup munder mover munderover")
_SIGNS = names("mo mspace mrow")
_LETTERS = frozenset("∞∅⊤")  # the library takes them for operators
_ORDINARY = frozenset("|‖/")  # TeX puts no space around these
_FENCES = frozenset("|‖⌈⌉⌊⌋⟨⟩")  # they stretch only with \left and \right
_LIMITS: Mapping[str, str] = MappingProxyType({"msub": "munder", "msup": "mover", "msubsup": "munderover"})
_SUMS = frozenset("∑∏∐⋀⋁⋂⋃⨀⨁⨂⨄⨆")
_WORDS_WITH_LIMITS = names("lim max min sup inf det gcd Pr argmax argmin limsup liminf")
_SPACE = '<mspace width="0.167em"></mspace>'
_LENGTH = re.compile(r"[+-]?(?:\d*\.)?\d+(?:em|ex|px|pt|mu|in|cm|mm|%)?")
_WORDS = re.compile(r"[a-z]+(?:[ -][a-z]+)*|\d")
_COLOUR = re.compile(r"[A-Za-z]{3,20}|#[0-9A-Fa-f]{3,6}")
_ATTRIBUTES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        **dict.fromkeys(names("accent accentunder columnalign columnlines rowlines displaystyle scriptlevel"), _WORDS),
        **dict.fromkeys(names("fence form largeop movablelimits separator stretchy symmetric notation"), _WORDS),
        **dict.fromkeys(names("width height depth lspace rspace voffset minsize maxsize linethickness"), _LENGTH),
        **dict.fromkeys(names("mathcolor mathbackground"), _COLOUR),
    }
)
_IGNORED = names("rowspacing columnspacing linebreak border-color mathvariant")  # no browser reads them
_ALPHABETS: Mapping[str, tuple[str, str]] = MappingProxyType(  # Unicode names of the letters, and of the exceptions
    {
        "bold": ("MATHEMATICAL BOLD", ""),
        "bold-italic": ("MATHEMATICAL BOLD ITALIC", ""),
        "double-struck": ("MATHEMATICAL DOUBLE-STRUCK", "DOUBLE-STRUCK"),
        "script": ("MATHEMATICAL SCRIPT", "SCRIPT"),
        "fraktur": ("MATHEMATICAL FRAKTUR", "BLACK-LETTER"),
        "sans-serif": ("MATHEMATICAL SANS-SERIF", ""),
        "monospace": ("MATHEMATICAL MONOSPACE", ""),
    }
)
_ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([^{}]*)\}")
_LINES = names("align align* aligned gather gather* gathered split multline multline*")  # all set as `split` is
_SAME = names("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix cases array")
_FENCED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "pmatrix": (r"\left(", r"\right)"),
        "bmatrix": (r"\left[", r"\right]"),
        "Bmatrix": (r"\left\{", r"\right\}"),
        "vmatrix": (r"\left|", r"\right|"),
        "Vmatrix": (r"\left\|", r"\right\|"),
    }
)
_NO_WORDS = re.compile(r"\\(?:label|tag\*?)\s*\{[^{}]*\}|\\(?:nonumber|notag)(?![A-Za-z])")
_REFERENCE = re.compile("&#x([0-9A-Fa-f]{1,6});")
_UNKNOWN = re.compile(r"\\[A-Za-z]+")


class NotMath(Exception):
    """Raised for a formula that cannot be set; the message tells its author why."""


def mathml(source: str, *, display: bool) -> str:
    """Return the content of <math>: escaped, well-formed, only presentation MathML. Raises NotMath.

    Costs some 12 µs a character.
    """
    if len(source) > FORMULA_CHARACTERS:
        raise NotMath(f"it is longer than {FORMULA_CHARACTERS} characters")
    from latex2mathml.converter import Converter

    prepared = _prepared(source, display)
    try:
        root = Converter(display="block" if display else "inline").convert_to_element(prepared)
        return "".join(_printed(child) for child in root)
    except NotMath:
        raise
    except Exception as why:  # the library raises many kinds, StopIteration and RecursionError among them
        raise NotMath("braces, \\begin and \\end, or what follows ^ and _ are incomplete") from why


def _prepared(source: str, display: bool) -> str:
    """Rewrite environments that the library does not know as ones it does."""

    def renamed(match: re.Match[str]) -> str:
        name = match[2].strip()
        if name in ("equation", "equation*"):
            return ""
        if name not in _LINES and name not in _SAME:
            raise NotMath(f"{match[0]} is not known")
        spelled = f"\\{match[1]}{{{'split' if name in _LINES else 'matrix' if name in _FENCED else name}}}"
        opening, closing = _FENCED.get(name, ("", ""))
        return f"{opening}{spelled}" if match[1] == "begin" else f"{spelled}{closing}"

    text = _ENVIRONMENT.sub(renamed, _NO_WORDS.sub("", source))
    if display and "\\\\" in text and "\\begin" not in text:
        text = f"\\begin{{split}}{text}\\end{{split}}"
    return text


def _printed(element: Element) -> str:
    """Return one element and its children as a string."""
    tag, children = element.tag, list(element)
    wanted = _CHILDREN.get(tag)
    if wanted is None or (wanted >= 0 and wanted != len(children)):
        raise NotMath(f"part of it is missing or is not mathematics ({tag})")
    text = (element.text or "") if tag in _TOKENS else ""
    tag = _placed(tag, children)
    if tag == "mtext":
        text = _REFERENCE.sub(_character, text)
    else:
        tag, text = _token(tag, text, element.get("mathvariant", ""))
    name = tag == "mi" and (len(text) > 1 or element.get("mathvariant") == "normal")
    upright = ' mathvariant="normal"' if name else ""
    attributes = "".join(_attribute(name, value) for name, value in element.items())
    attributes += _operator_attributes(text, element) if tag == "mo" else ""
    inside = _row(children) if tag == "mrow" else "".join(map(_printed, children))
    return f"<{tag}{upright}{attributes}>{inside or escape(text)}</{tag}>"


def _row(children: list[Element]) -> str:
    """Return the children of a row, with thin spaces around a function's name: 2 sin x."""
    out: list[str] = []
    for child, following in zip_longest(children, children[1:]):
        out.append(_printed(child))
        if following is not None and following.tag not in _SIGNS and child.tag not in _SIGNS:
            out.append(_SPACE if _is_name(child) or _is_name(following) else "")
    return "".join(out)


def _placed(tag: str, children: list[Element]) -> str:
    """Return the tag that puts the limits of a sum or "lim" under it; inline, browsers would move them to its side."""
    if tag not in _LIMITS:
        return tag
    base = _REFERENCE.sub(_character, children[0].text or "")
    return _LIMITS[tag] if base in _SUMS or _has_limits(base) else tag


def _has_limits(word: str) -> bool:
    return word.replace("\u2006", "") in _WORDS_WITH_LIMITS  # lim sup


def _operator_attributes(sign: str, element: Element) -> str:
    """Return the attributes of an operator that differ from MathML's operator dictionary."""
    said = ' stretchy="false"' if sign in _FENCES and not element.get("stretchy") else ""
    if sign in _ORDINARY and not element.get("form"):
        said += ' lspace="0em" rspace="0em"'
    if len(sign) > 1 and sign[0].isalpha():
        said += ' lspace="0.167em" rspace="0.167em"'
    return said + (' movablelimits="true"' if _has_limits(sign) and not element.get("movablelimits") else "")


def _is_name(element: Element) -> bool:
    """Return True for a function's name such as "sin", with or without scripts."""
    base = element[0] if len(element) and element.tag in _SCRIPTS else element
    return base.tag == "mi" and (base.text or "").isalpha() and len(base.text or "") > 1


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code <= 0x10FFFF else "\ufffd"


def _token(tag: str, text: str, variant: str) -> tuple[str, str]:
    """Return the tag and text of a token: operators as <mo>, letters in their alphabet; raises NotMath if unknown."""
    unknown = _UNKNOWN.match(text)
    if unknown:
        raise NotMath(f"{unknown[0]} is not known")
    if tag == "mi" and text == "&":
        raise NotMath("there is an & outside \\begin{…} and \\end{…}")
    text = _REFERENCE.sub(_character, text)
    if tag == "mi" and len(text) == 1 and (text == ":" or unicodedata.category(text) in ("Sm", "Ps", "Pe")):
        return "mo", "∼" if text == "~" else text
    if tag == "mo" and text == "―":
        return tag, "‾"  # which stretches
    if tag == "mo" and text in _LETTERS:
        return "mi", text
    if variant in _ALPHABETS:
        text = "".join(_lettered(character, variant) for character in text)
    return tag, text


def _lettered(character: str, variant: str) -> str:
    """Return a letter in another mathematical alphabet: "R" in double-struck is "ℝ"."""
    name = unicodedata.name(character, "").replace("LATIN ", "").replace("GREEK ", "").replace("LETTER ", "")
    for alphabet in filter(None, _ALPHABETS[variant]):
        try:
            return unicodedata.lookup(f"{alphabet} {name}")
        except KeyError:
            continue
    return character


def _attribute(name: str, value: str) -> str:
    if name in _IGNORED:
        return ""
    form = _ATTRIBUTES.get(name)
    value = "-0.167em" if value == "negativethinmathspace" else value
    if form is None or not form.fullmatch(value):
        raise NotMath(f"{name}= is not allowed in a formula")
    return f' {name}="{value}"'
