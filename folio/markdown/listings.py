"""The info string of a fence -> language, title, highlighted lines, line numbers.

It may be written as in GitHub, Hugo, Zola, Pandoc and the usual documentation generators:

    python {2,4-5} title="app.py" linenos         {1,3-4}            showLineNumbers     title="x"
    python {hl_lines=[2,"4-5"],linenostart=10}    {.python #id .numberLines startFrom="10"}
    rust,linenos,hl_lines=2-3 5
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import NamedTuple

from markdown_it.token import Token
from markdown_it.utils import EnvType

from folio.markdown.attributes import give
from folio.markdown.walk import line_of, report

INFO_CHARACTERS = 500
NUMBERED_LINES = 5_000

_WITHIN = re.compile(r"(?::::([\w+#-]+)|#!([A-Za-z][\w+#-]*))[ \t]*\n(?=.)", re.DOTALL)
_LANGUAGE = re.compile(r"[{.\s]*([\w+#-][\w+#.-]*)")
_TITLE = re.compile(r"(?<![\w-])(?:title|name|file|filename)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s{},\"']+))")
_MARKED = re.compile(r"(?<![\w-])hl_lines\s*=\s*(?:\[([^\[\]]*)\]|\"([^\"]*)\"|([\d -]+))|\{\s*(\d[\d\s,-]*)\}")
_RANGE = re.compile(r"(\d{1,9})(?:\s*-\s*(\d{1,9}))?")
_NUMBERED = re.compile(
    r"(?<![\w-])(?:linenos|lineNos|numberLines|showLineNumbers|line-numbers)"
    r"(?![\w-])(?:\s*[=:]\s*[\"']?(\w+))?(?:\{(\d{1,6})\})?"
)
_FIRST = re.compile(r"(?<![\w-])(?:linenostart|startFrom|startLineNumber)\s*=\s*\"?(\d{1,6})")
_ID = re.compile(r"(?:^|[\s{])#([^\s{}\"'<>#.,]+)")
_CLASSES = re.compile(r"(?<=[\s{}])\.([A-Za-z][\w-]*)")


class Listing(NamedTuple):
    """How to show a block of code; `marked` counts lines from 1, whatever number (`first`) the first one shows."""

    language: str = ""
    title: str = ""
    marked: Set[int] = frozenset()
    numbered: bool = False
    first: int = 1


def listing(token: Token, env: EnvType) -> Listing:
    """Parse a fence's info string; set the id and classes in it on the token."""
    info = token.info.strip()[:INFO_CHARACTERS]
    if not info:
        return _named_within(token)
    if info.startswith("{"):
        _attributes(token, info, env)
    match = _LANGUAGE.match(_ID.sub(" ", info) if info.startswith("{") else info)
    language = match[1].lower() if match and not _is_lines(info) else ""
    if match and match.end() == len(info):
        return Listing(language)
    rest = info if info.startswith("{") or not match else info[match.end() :]
    title = _TITLE.search(rest)
    if title:
        rest = rest[: title.start()] + rest[title.end() :]
    numbers, first = _NUMBERED.search(rest), _FIRST.search(rest)
    lines = token.content.count("\n")
    wanted = bool(numbers or first) and not (numbers and numbers[1] in ("false", "0"))
    if wanted and lines > NUMBERED_LINES:
        report(env, line_of(token), f"code of more than {NUMBERED_LINES} lines is not numbered")
        wanted = False
    start = first[1] if first else (numbers and numbers[2]) or "1"
    return Listing(
        language, "".join(filter(None, title.groups())) if title else "", _lines(rest, lines), wanted, int(start)
    )


def _named_within(token: Token) -> Listing:
    """Remove the first line of indented code that names its language, as in Pelican and Nikola: `:::python`."""
    match = _WITHIN.match(token.content) if token.type == "code_block" else None
    if not match:
        return Listing()
    token.content = token.content[match.end() :]
    return Listing((match[1] or match[2]).lower())


def _is_lines(info: str) -> bool:
    """Return True if the info string begins with lines ("{1,3}"), not with a language."""
    return info.startswith("{") and info[1:].lstrip()[:1].isdigit()


def _attributes(token: Token, info: str, env: EnvType) -> None:
    """Set the id and classes of "{.python #id .numberLines}" on the token, without the first class, the language."""
    name = _ID.search(info)
    if name:
        give(token, {"id": name[1]}, line_of(token), env)
    classes = [found for found in _CLASSES.findall(info)[1:] if not _NUMBERED.match(found)]
    if classes:
        give(token, {"class": " ".join(classes)}, line_of(token), env)


def _lines(rest: str, count: int) -> Set[int]:
    """Return the highlighted lines ("2", "4-5") of a block of `count` lines."""
    found = bytearray(count + 1)
    for written in _MARKED.finditer(rest):
        for first, last in _RANGE.findall("".join(filter(None, written.groups()))):
            begin, end = int(first), min(int(last or first), count)
            if begin <= end:
                found[begin : end + 1] = b"\1" * (end + 1 - begin)
    return frozenset(line for line, marked in enumerate(found) if marked and line)
