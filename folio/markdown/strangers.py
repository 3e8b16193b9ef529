"""A document by an author who is not trusted (`untrusted = true`) -> the same without what only trusted ones may use.

Raw HTML keeps the elements and attributes that nh3 (ammonia) allows by default, and the text in all others. Frames and
pictures of other sites, which would tell those sites who reads, become links to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from html import escape

from markdown_it.token import Token

from folio.markdown.document import Document
from folio.markdown.walk import names

_SHOWN = names("iframe img")  # elements that become a link if their address is on another site
_REMOTE = ("http:", "https:", "//")


def harmless(document: Document) -> Document:
    """Return a document without the HTML that untrusted authors may not write, without frames and foreign pictures."""
    return document._replace(
        tokens=tuple(_kept(document.tokens, in_text=False)),
        frames=(),
        images=tuple(image for image in document.images if not _is_remote(image.target)),
    )


def _kept(tokens: Iterable[Token], *, in_text: bool) -> Iterator[Token]:
    for token in tokens:
        if _is_foreign(token):
            yield from _link(token, in_text=in_text)
        elif token.type == "html_tag":
            yield from _tag(token)
        elif token.children:
            held = token.type == "inline" or in_text
            yield token.copy(children=[*_kept(token.children, in_text=held)])
        else:
            yield token


def _tag(token: Token) -> Iterator[Token]:
    """Yield a raw tag with the attributes that nh3 allows, or nothing."""
    if not _passes_element(token.tag):
        return
    attrs = {name: value for name, value in token.attrs.items() if _passes(token.tag, name, str(value))}
    yield token.copy(attrs=attrs)


@cache  # bounded by the number of HTML elements
def _passes_element(tag: str) -> bool:
    import nh3

    return tag in nh3.ALLOWED_TAGS


def _passes(tag: str, name: str, value: str) -> bool:
    """Ask nh3 about one attribute, as if it were on a <span>: some elements are invalid on their own."""
    import nh3

    allowed = nh3.ALLOWED_ATTRIBUTES.get(tag, set()) - {"style"}
    tag_alone = f'<span {name}="{escape(value)}">'
    schemes = {"http", "https", "mailto", "tel"}
    return nh3.clean(tag_alone, tags={"span"}, attributes={"span": allowed}, url_schemes=schemes) != "<span></span>"


def _is_foreign(token: Token) -> bool:
    shown = token.type == "image" or (token.type == "html_tag" and token.tag in _SHOWN)
    return shown and _is_remote(str(token.attrs.get("src", "")))


def _is_remote(address: str) -> bool:
    return address.strip().lower().startswith(_REMOTE)


def _link(token: Token, *, in_text: bool) -> Iterator[Token]:
    """Yield a link to a foreign picture or frame, in a paragraph of its own unless it is in text."""
    address = str(token.attrs["src"])
    words = str(token.attrs.get("title") or token.attrs.get("alt") or token.content or address)
    link = [
        Token("link_open", "a", 1, attrs={"href": address}, meta=dict(token.meta)),
        Token("text", "", 0, content=words),
        Token("link_close", "a", -1),
    ]
    if in_text:
        yield from link
        return
    yield Token("paragraph_open", "p", 1, block=True)
    yield Token("inline", "", 0, children=link)
    yield Token("paragraph_close", "p", -1, block=True)
