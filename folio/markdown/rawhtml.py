"""Raw HTML -> tokens with a tag and attributes each: safe under the Content-Security-Policy, and always balanced.

The author is trusted with HTML, so elements pass. What the policy would block or what would break the page around it
is removed and reported: <script>, <style>, `style` and `on…` attributes, `javascript:` addresses, tags that belong to
a whole document, and unmatched end tags. Comments are removed silently; `<!--more-->` becomes a `more` token.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from html import unescape
from itertools import accumulate
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlsplit

from markdown_it.common.normalize_url import validateLink
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType

from folio.markdown.addresses import FOLLOWED, candidates, is_safe, joined
from folio.markdown.document import Kind
from folio.markdown.headings import claim
from folio.markdown.urls import normal
from folio.markdown.walk import holders, holds, line_of, names, report

VOID = names("area br col embed hr img input param source track wbr")
ADDRESSES: Mapping[tuple[str, str], Kind] = MappingProxyType(
    {
        ("a", "href"): "link",
        ("area", "href"): "link",
        ("img", "src"): "image",
        ("input", "src"): "image",
        ("video", "poster"): "image",
        ("image", "href"): "image",
        ("video", "src"): "media",
        ("audio", "src"): "media",
        ("source", "src"): "media",
        ("track", "src"): "media",
        ("iframe", "src"): "media",
        ("embed", "src"): "media",
        ("object", "data"): "media",
    }
)

_SWALLOWED = names("script style xmp plaintext noembed noframes")  # removed with their content
_DROPPED = names("html head body base link meta title frame frameset")
_BLOCKS = names(
    "address article aside blockquote details div dl fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr main nav ol p pre section table ul"
)
_PHRASES = names(
    "a abbr b bdi bdo br cite code data del dfn em font i img ins kbd mark q rb rp rt rtc ruby s samp small span "
    "strike strong sub sup time tt u var wbr"
)
_APART = names("pre textarea svg math select button object video audio canvas iframe map")  # their content is no prose
_ENDED_BY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "p": _BLOCKS,
        "li": names("li"),
        "dt": names("dt dd"),
        "dd": names("dt dd"),
        "option": names("option optgroup"),
        "td": names("td th tr tbody tfoot"),
        "th": names("td th tr tbody tfoot"),
        "tr": names("tr tbody tfoot"),
        "thead": names("tbody tfoot"),
        "tbody": names("tbody tfoot"),
        "a": names("a"),
    }
)
_FRAME_OBSOLETE = names("frameborder marginheight marginwidth scrolling align srcdoc")
_TAG = re.compile(
    r"<(/?)([A-Za-z][A-Za-z0-9-]*+)"
    r"((?:\s++[A-Za-z_:@][\w:.-]*+(?:\s*+=\s*+(?:[^\"'=<>`\s]++|'[^']*+'|\"[^\"]*+\"))?+)*+)\s*+(/?)>"
)
_ATTRIBUTE = re.compile(r"([A-Za-z_:@][\w:.-]*+)(?:\s*+=\s*+([^\"'=<>`\s]++|'[^']*+'|\"[^\"]*+\"))?+")
_MORE = re.compile(r"<!--\s*more\s*-->", re.IGNORECASE)


class _Piece(NamedTuple):
    """A bit of raw HTML: a tag (`name`, lower case), `more`, or text (`name` empty)."""

    name: str
    text: str = ""
    attrs: str = ""
    closes: bool = False
    empty: bool = False
    offset: int = 0  # line breaks before it


def raw_html(state: StateCore) -> None:
    """Replace every `html_block` and `html_inline` by `html_tag`, `more` and `text` tokens, balanced per container."""
    if "<" not in state.src:
        return
    for holder in holders(state.tokens):
        if holds(holder, "html_inline"):
            holder.children = _Balancer(state.env).balance(holder.children or [])
    if any(token.type == "html_block" for token in state.tokens):
        state.tokens = _Balancer(state.env).balance(state.tokens)


def raw_lines(state: StateCore) -> None:
    """Join text and phrasing tags between raw blocks into `inline` tokens, so that a link there has its sentence."""
    if not any(token.type == "html_tag" for token in state.tokens):
        return
    out: list[Token] = []
    run: list[Token] = []
    apart = 0
    for token in state.tokens:
        if token.type == "html_tag" and token.tag in _APART:
            apart += token.nesting
        if not apart and (token.type == "text" or (token.type == "html_tag" and token.tag in _PHRASES)):
            run.append(token)
        else:
            out += [*_line(run), token]
            run = []
    state.tokens = [*out, *_line(run)]


def _line(run: list[Token]) -> list[Token]:
    """Wrap a run of tokens in an `inline` token if it holds text and is balanced; else return it unchanged."""
    depths = [*accumulate(token.nesting for token in run)]
    has_text = any(token.type == "text" and token.content.strip() for token in run)
    return [Token("inline", "", 0, children=run)] if has_text and min(depths) >= 0 and not depths[-1] else run


def pieces(html: str) -> Iterator[_Piece]:
    """Split raw HTML into pieces, in linear time; an unclosed comment or script runs to the end."""
    at = lines = 0
    while at < len(html):
        start = html.find("<", at)
        if start < 0:
            start = len(html)
        if start > at:
            yield _Piece("", unescape(html[at:start]))
            lines += html.count("\n", at, start)
        if start == len(html):
            return
        piece, end = _piece(html, start)
        yield _Piece(piece.name, piece.text, piece.attrs, piece.closes, piece.empty, lines)
        lines += html.count("\n", start, end)
        at = end


def _piece(html: str, start: int) -> tuple[_Piece, int]:
    """Return the piece that begins with the "<" at `start`, and where it ends."""
    more = _MORE.match(html, start)
    if more:
        return _Piece("more"), more.end()
    for opening, closing in (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", ">"), ("<!", ">")):
        if html.startswith(opening, start):
            end = html.find(closing, start + len(opening))
            return _Piece(""), len(html) if end < 0 else end + len(closing)
    tag = _TAG.match(html, start)
    if not tag:
        return _Piece("", "<"), start + 1
    name, end = tag[2].lower(), tag.end()
    if name in _SWALLOWED and not tag[1]:
        closing_tag = re.compile(f"</{name}[^>]*>", re.IGNORECASE).search(html, end)
        if closing_tag:
            end = closing_tag.end()
        elif html[end:].strip():
            end = len(html)
    return _Piece(name, attrs=tag[3], closes=bool(tag[1]), empty=bool(tag[4])), end


class _Balancer:
    """One pass over block or inline tokens; `frames` holds the open raw elements of each enclosing container."""

    def __init__(self, env: EnvType) -> None:
        self.env = env
        self.out: list[Token] = []
        self.frames: list[list[Token]] = [[]]

    def balance(self, tokens: list[Token]) -> list[Token]:
        ends: defaultdict[str, list[int]] = defaultdict(list)
        for index, token in enumerate(tokens):
            if token.type == "html_inline" and token.content.startswith("</"):
                ends[token.content[2:].split(">")[0].strip().lower()].append(index)
        until, inside = -1, 0
        for index, token in enumerate(tokens):
            if index <= until:
                inside = self._swallow(token, inside)
            elif token.type in ("html_block", "html_inline"):
                until, inside = self._raw(token, index, ends), 0
            elif token.nesting:
                self._markdown(token)
            else:
                self.out.append(token)
        self._close_all()
        return self.out

    def _swallow(self, token: Token, inside: int) -> int:
        """Drop a token of a removed element, but keep the tags of containers that reach beyond it.

        `inside` counts the containers that were opened within it; returns the new count.
        """
        if token.nesting == -1 and inside:
            self.out.pop()
            self.frames.pop()
        elif token.nesting and token.type != "html_inline":
            self._markdown(token)
        return max(0, inside + token.nesting)

    def _markdown(self, token: Token) -> None:
        if token.nesting == 1:
            self.frames.append([])
        elif len(self.frames) > 1:
            if self.frames[-1]:
                self._close_all()
            self.frames.pop()
        self.out.append(token)

    def _raw(self, token: Token, index: int, ends: Mapping[str, list[int]]) -> int:
        """Read one raw token; return the index of the last token to be skipped with it, or -1."""
        line, until = line_of(token), -1
        for piece in pieces(token.content):
            if not piece.name:
                if piece.text:
                    self.out.append(Token("text", "", 0, content=piece.text))
            elif piece.name == "more":
                self.out.append(Token("more", "", 0))
            elif piece.name in _SWALLOWED or piece.name in _DROPPED:
                if piece.name in _SWALLOWED and not piece.closes and token.type == "html_inline":
                    until = max(until, _next(ends.get(piece.name, []), index))
                if not piece.closes:
                    report(self.env, line + piece.offset, f"<{piece.name}> is left out: it is not allowed")
            elif piece.closes:
                self._end(piece, line + piece.offset)
            else:
                self._start(piece, line + piece.offset)
        return until

    def _start(self, piece: _Piece, line: int) -> None:
        frame = self.frames[-1]
        while frame and piece.name in _ENDED_BY.get(frame[-1].tag, ()):
            self._close(frame.pop())
        tag = "h2" if piece.name == "h1" else piece.name
        attrs: dict[str, str | int | float] = dict(_attributes(piece, line, self.env))
        if tag == "iframe":
            _frame(attrs, self.env)
        void = tag in VOID
        token = Token("html_tag", tag, 0 if void else 1, attrs=attrs, meta={"line": line, "name": piece.name})
        self.out.append(token)
        if piece.empty and not void:
            self._close(token)
        elif not void:
            frame.append(token)

    def _end(self, piece: _Piece, line: int) -> None:
        frame = self.frames[-1]
        tag = "h2" if piece.name == "h1" else piece.name
        if not any(opened.tag == tag for opened in frame[-64:]):
            if tag not in VOID and tag != "p":
                report(self.env, line, f"</{piece.name}> closes nothing and is left out")
            return
        while frame[-1].tag != tag:
            self._unclosed(frame.pop())
        self._close(frame.pop())

    def _close_all(self) -> None:
        while self.frames[-1]:
            self._unclosed(self.frames[-1].pop())

    def _unclosed(self, token: Token) -> None:
        if token.tag not in _ENDED_BY or token.tag == "a":
            report(self.env, line_of(token), f"<{token.tag}> is never closed")
        self._close(token)

    def _close(self, token: Token) -> None:
        self.out.append(Token("html_tag", token.tag, -1))


def _next(ends: list[int], index: int) -> int:
    """Return the first of the sorted `ends` beyond `index`, or -1."""
    which = bisect_right(ends, index)
    return ends[which] if which < len(ends) else -1


def _attributes(piece: _Piece, line: int, env: EnvType) -> Iterator[tuple[str, str]]:
    """Yield a tag's attributes; report those that pages do not allow."""
    seen = set()
    for match in _ATTRIBUTE.finditer(piece.attrs):
        name, written = match[1], match[2] or ""
        lower = name.lower()
        value = unescape(written[1:-1] if written[:1] in ("'", '"') else written)
        if lower in seen:
            continue
        seen.add(lower)
        if lower == "markdown":  # kramdown's switch; kramdown.py reads it
            continue
        if lower == "style":
            if piece.name != "iframe":  # pages shape frames themselves
                report(env, line, f"style= on <{piece.name}> is left out: use a class", "style")
        elif lower.startswith(("on", "@")):
            report(env, line, f"{lower}= on <{piece.name}> is left out: scripts are not allowed")
        elif lower == "srcdoc":
            report(env, line, f"srcdoc= on <{piece.name}> is left out: frames may only use src=")
        elif lower == "id":
            if claim(env, value) and value and not re.search(r"\s", value):
                yield "id", value
            else:
                report(env, line, f'id="{value}" is already used or cannot be an id, and is left out')
        elif (piece.name, lower.removeprefix("xlink:")) in ADDRESSES:
            address = normal(value.strip())
            if validateLink(address):
                yield lower, address
            else:
                report(env, line, f"{lower}= on <{piece.name}> is left out: that address is not allowed")
        elif lower == "srcset":
            allowed = joined((normal(one), said) for one, said in candidates(value) if validateLink(normal(one)))
            if len(allowed.split()) < len(joined(candidates(value)).split()):
                report(env, line, f"an address in srcset= on <{piece.name}> is left out: it is not allowed such")
            yield from [(lower, allowed)] if allowed else []
        elif lower.removeprefix("xlink:") in FOLLOWED and not is_safe(value):
            report(env, line, f"{lower}= on <{piece.name}> is left out: that address is not allowed")
        else:
            yield name, value


def _frame(attrs: dict[str, str | int | float], env: EnvType) -> None:
    """Make an iframe lazy and titled, drop its obsolete attributes, and record its host in `env["frames"]`."""
    for name in [*attrs]:
        if name.lower() in _FRAME_OBSOLETE or (name in ("width", "height") and not str(attrs[name]).isdigit()):
            del attrs[name]
    attrs["loading"] = "lazy"
    try:
        host = urlsplit(str(attrs.get("src", ""))).hostname or ""
    except ValueError:
        host = ""
    if host:
        env.setdefault("frames", {})[host] = None
        attrs.setdefault("title", host)
