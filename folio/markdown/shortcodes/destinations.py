"""Shortcodes in addresses -> addresses: `[x]({{< ref "a b.md" >}})` leads to "ref:a b.md".

The resolver decides what the targets mean: "ref:…" is Hugo's name of a page, "post:…" Jekyll's of a post, "/a/b.md" a
file. The site's base URL (`{{ site.baseurl }}`) is configuration, not content, and is dropped.
"""

from __future__ import annotations

import re

from markdown_it.common.utils import unescapeAll

from folio.markdown.shortcodes.tags import Tag, shortcode, tag_at
from folio.markdown.urls import Destination
from folio.markdown.walk import names

_ROOTS = names("site.baseurl site.url site.base_url site.github.url base_path BASE_PATH config.base_url")
_LOCAL = names("relative_url absolute_url url htmlBaseUrl")
_HARMLESS = names("escape uri_escape cgi_escape escape_once xml_escape strip")
_LITERAL = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*:|//|#")
_NEXT_TAG = re.compile(r"\{[{%]")
_PLAIN = re.compile(r"[^\s(){\\\x00-\x1f\x7f]+")
_SPACED = re.compile(r" [^\n()\[\]{}<>\"'\\]*[^\s()\[\]{}<>\"'\\](?=[ \t]*\)|\s+[\"'(])")  # up to the title or the end
_TAGS = 8  # in one address
_CHARACTERS = 500  # between the tags of one address


def value(tag: Tag) -> str | None:
    """Return the text that a tag prints in an address or in text; None if it prints none."""
    if tag.closes:
        return None
    if tag.family == "output":
        return _output(tag.name)
    code = shortcode(tag)
    if tag.family == "hugo" and tag.name in ("ref", "relref"):
        path = code.get("path", at=0)
        return path if path.startswith("#") else f"ref:{path}" if path else None
    if tag.family == "liquid" and tag.name == "post_url":
        return f"post:{code.args[0].lstrip('/')}" if code.args else None
    if tag.family == "liquid" and tag.name == "link":
        return f"/{fill(tag.words).strip().lstrip('/')}" if tag.words else None
    return None


def fill(text: str) -> str:
    """Replace every tag in an address by its value; an unknown one stays as written."""
    out: list[str] = []
    at = 0
    while found := _NEXT_TAG.search(text, at):
        out.append(text[at : found.start()])
        tag = tag_at(text, found.start(), len(text))
        at = tag.end if tag else found.end()
        out.append(address(tag, text, at) if tag else found[0])
    return "".join(out) + text[at:]


def address(tag: Tag, text: str, at: int) -> str:
    """Return a tag's value in an address that continues at `at`; that of the site's root is "/" unless one follows."""
    printed = value(tag)
    if printed == "" and not text.startswith(("/", "{"), at):
        return "/"
    return tag.text if printed is None else printed


def destination(text: str, start: int, end: int, found: Destination) -> Destination:
    """Parse a link destination with shortcodes and spaces in it; `found` is the standard parser's answer."""
    if text.startswith("<", start):
        return Destination(found.ok, found.pos, fill(found.str))
    return _mixed(text, start, end) or found


def _mixed(text: str, start: int, end: int) -> Destination | None:
    """Parse an address of shortcodes and plain characters; None if a "{" in it begins no shortcode."""
    parts: list[str] = []
    at, depth, left, last = start, 0, _TAGS, min(end, start + _CHARACTERS)
    while at < last:
        if plain := _PLAIN.match(text, at, last):
            parts.append(unescapeAll(plain[0]))
            at = plain.end()
        elif text[at] == "{":
            tag = tag_at(text, at, end) if left else None
            if tag is None:
                return None
            parts.append(address(tag, text, tag.end))
            at, left, last = tag.end, left - 1, min(end, tag.end + _CHARACTERS)
        elif text[at] in "()":
            depth += 1 if text[at] == "(" else -1
            if depth < 0:
                break
            parts.append(text[at])
            at += 1
        elif text[at] == "\\":
            parts.append(unescapeAll(text[at : at + 2]))
            at += 2
        else:
            spaced = _SPACED.match(text, at, last)
            parts.append(spaced[0] if spaced else "")
            at = spaced.end() if spaced else at
            break
    return Destination(depth <= 0 and at > start, min(at, end), "".join(parts))


def _output(expression: str) -> str | None:
    """Evaluate `"/x.jpg" | relative_url` and `site.baseurl | append: "/x.jpg"`."""
    first, *filters = expression.split("|")
    text = _word(first)
    for one in filters:
        name, _, argument = one.strip().partition(":")
        more = _word(argument) if argument else ""
        if text is None or more is None:
            return None
        if name == "prepend":
            text = more + text
        elif name == "append":
            text += more
        elif name in _LOCAL:
            text = text if _SCHEME.match(text) else f"/{text.lstrip('/')}"
        elif name not in _HARMLESS:
            return None
    return text if filters or first.strip() in _ROOTS else None


def _word(word: str) -> str | None:
    literal = _LITERAL.fullmatch(word.strip())
    if literal:
        return literal[1] if literal[1] is not None else literal[2]
    return "" if word.strip() in _ROOTS else None
