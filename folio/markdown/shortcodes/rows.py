"""The table of known shortcodes: each row names the function that makes its tokens.

A shortcode that is not in the table, or whose arguments the function cannot use (it returns None), is shown as
written. To add one, write a row and a case in tests/markdown/shortcodes.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Literal, NamedTuple

from markdown_it.common.normalize_url import normalizeLink, validateLink
from markdown_it.token import Token

from folio.markdown.shortcodes.destinations import fill, value
from folio.markdown.shortcodes.tags import Shortcode, Tag, shortcode

Maker = Callable[[Shortcode], list[Token] | None]
# What a pair of tags may hold: nothing (no end tag), verbatim text, Markdown, or Markdown without shortcodes.
Holds = Literal["", "text", "markdown", "raw"]
INNER = "shortcode_inner"  # the type of the token that stands for the Markdown between the tags

_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_PATH = re.compile(r"[\w.@-]{1,64}(?:/[\w.@-]{1,64})?", re.ASCII)
_VIDEO = re.compile(r"(?:[?&]v=|youtu\.be/|/embed/|/shorts/|vimeo\.com/(?:video/)?)([\w-]{1,64})", re.ASCII)
_PICTURE = re.compile(r"figure|fig\b|image|img|photo|picture", re.IGNORECASE)
_SLUG = re.compile(r"(?:(.*\S)\s*<([^<>]+)>|(\S+))\s*", re.DOTALL)


class Row(NamedTuple):
    """How to make a shortcode's tokens: `inline` in text, `block` alone on its line (None: inline there too)."""

    inline: Maker
    block: Maker | None = None
    holds: Holds = ""


def row_of(tag: Tag) -> Row | None:
    """Return the row of a tag; None if it is unknown."""
    return ROWS.get(tag.family, {}).get(tag.name)


# ---- links ----


def reference(tag: Tag) -> list[Token] | None:
    """Return a link for a `ref` or `post_url` in text, with the name it gives as the link's text; None for others."""
    target = value(tag)
    return _link(target, " ".join(shortcode(tag).args[:1]) or target) if target else None


def _gist(code: Shortcode) -> list[Token] | None:
    path = "/".join(code.args[:2]) if "/" not in code.get(at=0) else code.args[0]
    return _link(f"https://gist.github.com/{path}") if _PATH.fullmatch(path) else None


def _tweet(code: Shortcode) -> list[Token] | None:
    user, number = code.get("user") or "i/web", code.get("id", at=0)
    if number.startswith("https://"):
        return _link(number)
    return _link(f"https://x.com/{user}/status/{number}") if number.isdigit() and _PATH.fullmatch(user) else None


def _instagram(code: Shortcode) -> list[Token] | None:
    name = code.get("id", at=0)
    return _link(f"https://www.instagram.com/p/{name}/") if _ID.fullmatch(name) else None


def _document(code: Shortcode) -> list[Token] | None:
    named = _SLUG.fullmatch(code.inner.strip())
    if not named:
        return None
    slug = named[2] or named[3]
    return _link(f"link://slug/{slug}", named[1] or slug)


def _link(target: str, text: str = "") -> list[Token] | None:
    address = normalizeLink(target)
    if not validateLink(address):
        return None
    shown = Token("text", "", 0, content=text or target.removeprefix("https://"))
    return [Token("link_open", "a", 1, attrs={"href": address}), shown, Token("link_close", "a", -1)]


def link_line(target: str) -> list[Token] | None:
    """Return a paragraph that holds only a link; None if the target is not allowed."""
    return _own_line(lambda code: _link(code.name), Shortcode(target)) if target and " " not in target else None


def _own_line(make: Maker, code: Shortcode) -> list[Token] | None:
    """Put inline tokens into a paragraph of their own; its type keeps it out of the summary."""
    children = make(code)
    if children is None:
        return None
    inline = Token("inline", "", 0, children=children, level=1, block=True)
    return [Token("shortcode_open", "p", 1, block=True), inline, Token("shortcode_close", "p", -1, block=True)]


# ---- pictures and videos ----


def _image(code: Shortcode, *, titled: bool = True) -> list[Token] | None:
    """Return an image, in its link if it has one; if `titled`, the caption becomes its title."""
    address = normalizeLink(fill(code.get("src", "url", "image_path", "image", "path", "file", at=0)))
    target = normalizeLink(fill(code.get("link", "href")))
    if not address or not validateLink(address) or not validateLink(target):
        return None
    image = Token("image", "img", 0, attrs={"src": address, "alt": code.get("alt")}, content=code.get("alt"))
    image.children = [Token("text", "", 0, content=code.get("alt"))]
    caption = code.get("caption", "title")
    if titled and caption:
        image.attrs["title"] = caption
    for name in ("width", "height"):
        number = code.get(name).removesuffix("px")
        if number.isdigit():
            image.attrs[name] = number
    return (
        [Token("link_open", "a", 1, attrs={"href": target}), image, Token("link_close", "a", -1)] if target else [image]
    )


def _figure(code: Shortcode) -> list[Token] | None:
    """Return a figure as for an image alone in its paragraph, but with a caption in Markdown."""
    picture = _image(code, titled=False)
    if picture is None:
        return None
    classes = code.get("class")
    figure = Token("figure_open", "figure", 1, attrs={"class": classes} if classes else {}, block=True)
    tokens = [figure, Token("inline", "", 0, children=picture, level=1, block=True)]
    credit, source = code.get("attr"), code.get("attrlink")
    credit = f"[{credit}]({source})" if credit and source else credit
    title, caption = code.get("title"), code.get("caption") or code.inner.strip()
    words = " ".join(filter(None, (f"**{title}**" if title and caption else title, caption, credit)))
    if words:
        tokens += [
            Token("figcaption_open", "figcaption", 1, level=1, block=True),
            Token("inline", "", 0, content=words, children=[], level=2, block=True),
            Token("figcaption_close", "figcaption", -1, level=1, block=True),
        ]
    return [*tokens, Token("figure_close", "figure", -1, block=True)]


def _frame(player: str, what: str, code: Shortcode) -> list[Token] | None:
    """Return an iframe that shows a video, lazily loaded."""
    written = code.get("id", "v", at=0)
    named = _VIDEO.search(written)
    name = named[1] if named else written
    if not _ID.fullmatch(name):
        return None
    title = code.get("title") or what
    attrs: dict[str, str | int | float] = {
        "src": player + name,
        "title": title,
        "loading": "lazy",
        "allowfullscreen": "",
    }
    return [Token("html_tag", "iframe", 1, attrs=attrs), Token("html_tag", "iframe", -1)]


_youtube = partial(_frame, "https://www.youtube-nocookie.com/embed/", "A video on YouTube")
_vimeo = partial(_frame, "https://player.vimeo.com/video/", "A video on Vimeo")


def _include(as_figure: bool, code: Shortcode) -> list[Token] | None:
    """Read Jekyll's `{% include figure.html src="x" %}`; the file's name tells what it shows."""
    file, rest = code.get(at=0), Shortcode(code.name, code.args[1:], code.named)
    for name, player in (("youtube", _youtube), ("vimeo", _vimeo)):
        if name in file.lower() or code.get("provider") == name:
            return player(rest)
    if _PICTURE.search(file):
        return _figure(rest) if as_figure else _image(rest)
    return None


# ---- text ----


def _code(code: Shortcode) -> list[Token] | None:
    return [Token("code_inline", "code", 0, content=" ".join(code.inner.split()), markup="`")]


def _fence(code: Shortcode) -> list[Token] | None:
    """Return a fence with the shortcode's options in its info string, where listings.py reads them."""
    named = (f'{name.replace("mark_lines", "hl_lines")}="{value}"' for name, value in (code.named or {}).items())
    content = re.sub(r"\A(?:[ \t]*\n)+", "", code.inner).rstrip() + "\n"
    info = " ".join((*code.args, *named))
    return [Token("fence", "code", 0, content=content, info=info, markup="```", block=True)]


def _details(code: Shortcode) -> list[Token] | None:
    summary = Token("inline", "", 0, content=code.get("summary", "title", at=0) or "Details", children=[], level=2)
    is_open = code.get("open") not in ("", "false") or "open" in code.args[1:]
    return [
        Token("details_open", "details", 1, attrs={"open": ""} if is_open else {}, block=True),
        Token("summary_open", "summary", 1, level=1, block=True),
        summary,
        Token("summary_close", "summary", -1, level=1, block=True),
        Token(INNER, "", 0, level=1),
        Token("details_close", "details", -1, block=True),
    ]


def _never(code: Shortcode) -> list[Token] | None:
    return None


def _inner(code: Shortcode) -> list[Token] | None:
    return [Token(INNER, "", 0)]


def _nothing(code: Shortcode) -> list[Token] | None:
    return []


def _alone(make: Maker) -> Row:
    return Row(make, partial(_own_line, make))


def _table(rows: Iterable[tuple[str, Row]]) -> Mapping[str, Row]:
    return MappingProxyType({name: row for written, row in rows for name in written.split()})


_FILMS = (
    ("youtube", Row(_youtube, _youtube)),
    ("vimeo", Row(_vimeo, _vimeo)),
    ("gist", _alone(_gist)),
)
_CODE = ("highlight", Row(_code, _fence, "text"))
_COMMENT = ("comment", Row(_nothing, _nothing, "text"))
_CONTENTS = ("toc", Row(_nothing, _nothing))  # pages have their own

ROWS: Mapping[str, Mapping[str, Row]] = MappingProxyType(
    {
        "hugo": _table(
            [
                *_FILMS,
                _CODE,
                _COMMENT,
                _CONTENTS,
                ("figure", Row(_image, _figure)),
                ("tweet x twitter", _alone(_tweet)),
                ("instagram", _alone(_instagram)),
                ("details", Row(_never, _details, "markdown")),
                ("doc", Row(_document, None, "text")),
            ]
        ),
        "liquid": _table(
            [
                *_FILMS,
                _CODE,
                _COMMENT,
                ("include", Row(partial(_include, False), partial(_include, True))),
                ("twitter tweet", _alone(_tweet)),
                ("raw", Row(_inner, _inner, "raw")),
                ("assign", Row(_nothing, _nothing)),
            ]
        ),
        "zola": _table([*_FILMS, ("figure image img", Row(_image, _figure))]),
    }
)
