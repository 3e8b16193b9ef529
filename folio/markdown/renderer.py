"""Document -> Html: tokens printed, every reference asked of the resolver. Reads tokens, never changes them.

Three ways to set notes: in the margin beside the text (pages), at the foot (PDF: an element WeasyPrint floats there)
and at the end (feeds, EPUB). Two things hold whatever the text is: no <a> stands in another, and tags are balanced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import unquote

from markdown_it.token import Token

from folio.markdown.document import Document, Html, Kind, NoteStyle, Picture, Reference, Resolve
from folio.markdown.rawhtml import ADDRESSES
from folio.markdown.walk import line_of, names

# What cannot stand in a <p> is printed as <span class="…"> in a footnote, which is inside its reference.
_BLOCKS = names(
    "p ul ol li dl dt dd blockquote div pre table thead tbody tr th td figure figcaption h1 h2 h3 h4 "
    "h5 h6 hr section aside details summary address article"
)
_NEWLINE_AFTER = names("p ul ol li dl dt dd blockquote table thead tbody tr th td figure figcaption h2 h3 h4 h5 h6 div")
_NEWLINE_INSIDE = names("ul ol dl blockquote table thead tbody tr div figure")


@dataclass(slots=True)
class Printer:
    """One rendering: `out` is the page so far."""

    resolve: Resolve
    style: NoteStyle
    prefix: str
    ids: frozenset[str]
    notes: Mapping[str, Token] = field(default_factory=dict)  # by id, for footnotes
    out: list[str] = field(default_factory=list)
    broken: list[tuple[str, int]] = field(default_factory=list)
    anchors: list[bool] = field(default_factory=list)  # one for each <a> in the text: was it printed?
    endnotes: list[Token] = field(default_factory=list)
    nested: list[Token] = field(default_factory=list)  # footnotes cited in the footnote being printed
    in_footnote: bool = False
    heading: str = ""  # the id of the heading being printed

    def blocks(self, tokens: Iterable[Token]) -> None:
        """Print tokens of any kind, in order."""
        for token in tokens:
            kind = token.type
            if kind == "text" or kind == "text_special":
                self.out.append(escape(token.content))
            elif kind == "inline":
                self.blocks(token.children or ())
            elif kind in _PRINTERS:
                _PRINTERS[kind](self, token)
            elif not token.hidden:
                self.element(token)

    def element(self, token: Token) -> None:
        """Print a plain start or end tag."""
        tag = token.tag
        if token.nesting == -1:
            self.out.append(f"</{self.name(tag)}>")
            if token.block and tag in _NEWLINE_AFTER:
                self.out.append("\n")
            return
        self.out.append(f"<{self.name(tag)}{self.attributes(token)}>")
        if token.block and tag in _NEWLINE_INSIDE:
            self.out.append("\n")

    def name(self, tag: str) -> str:
        return "span" if self.in_footnote and tag in _BLOCKS else tag

    def attributes(self, token: Token) -> str:
        """Print a tag's attributes, its id with the prefix; in a footnote the class names the block it stands for."""
        pairs = dict(token.attrs)
        if "id" in pairs:
            pairs["id"] = f"{self.prefix}{pairs['id']}"
        if self.in_footnote and token.tag in _BLOCKS:
            pairs = {"class": f"{token.tag} {pairs.get('class', '')}".strip()}
        return "".join(f' {name}="{quote(str(value))}"' for name, value in pairs.items())

    def ask(self, target: str, kind: Kind, line: int) -> Reference:
        """Resolve a target, and remember it when it leads nowhere."""
        found = self.resolve(target, kind)
        if not found.exists:
            self.broken.append((target, line))
        return found

    def url(self, found: Reference) -> str:
        """The URL to print; one to a place on this page gets the prefix of its ids."""
        if self.prefix and found.url.startswith("#") and unquote(found.url[1:]) in self.ids:
            return f"#{self.prefix}{found.url[1:]}"
        return found.url

    @property
    def in_link(self) -> bool:
        return any(self.anchors)


def render(document: Document, resolve: Resolve, notes: NoteStyle = "margin", *, prefix: str = "") -> Html:
    """Print a document. `prefix` goes before every id, so that several documents can stand on one page."""
    bodies = {token.meta["id"]: token for token in _notes(document.tokens)}
    ids = frozenset(_ids(document.tokens)) if prefix else frozenset()
    printer = Printer(resolve, notes, prefix, ids, bodies)
    printer.blocks(document.tokens)
    if printer.endnotes:
        _endnotes(printer)
    return Html("".join(printer.out), tuple(printer.broken))


def _notes(tokens: Iterable[Token]) -> Iterable[Token]:
    for token in tokens:
        if token.type == "note":
            yield token
        elif token.type == "inline":
            yield from (child for child in token.children or () if child.type == "note")


def _ids(tokens: Iterable[Token]) -> Iterator[str]:
    """Every id the author could point a link at: headings' and raw HTML's."""
    for token in tokens:
        if "id" in token.attrs:
            yield str(token.attrs["id"])
        if token.children:
            yield from (str(child.attrs["id"]) for child in token.children if "id" in child.attrs)


def escape(text: str) -> str:
    """Escape text for HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quote(text: str) -> str:
    """Escape text for an attribute in double quotes."""
    return escape(text).replace('"', "&quot;")


# ---- links, images, raw HTML ----


def _link_open(printer: Printer, token: Token) -> None:
    printed = not printer.in_link
    printer.anchors.append(printed)
    if not printed:
        return
    found = printer.ask(str(token.attrs.get("href", "")), "link", line_of(token))
    title = f' title="{quote(str(token.attrs["title"]))}"' if "title" in token.attrs else ""
    broken = "" if found.exists else ' class="broken"'
    printer.out.append(f'<a href="{quote(printer.url(found))}"{title}{broken}>')


def _link_close(printer: Printer, token: Token) -> None:
    if printer.anchors and printer.anchors.pop():
        printer.out.append("</a>")


def _image(printer: Printer, token: Token) -> None:
    found = printer.ask(str(token.attrs.get("src", "")), "image", line_of(token))
    _print_image(printer, token.attrs, found)


def _print_image(printer: Printer, attrs: Mapping[str, str | int | float], found: Reference) -> None:
    """Print <picture> for a photograph of ours, linked to its page, and a plain <img> for any other image."""
    picture = found.picture
    alt = str(attrs.get("alt", ""))
    extra = {name: str(attrs[name]) for name in ("title", "class", "id") if name in attrs}
    if "id" in extra:
        extra["id"] = printer.prefix + extra["id"]
    if not found.exists:
        extra["class"] = f"{extra.get('class', '')} broken".strip()
    if picture is None:
        size = {name: str(attrs[name]) for name in ("width", "height") if name in attrs}
        printer.out.append(_img({"src": found.url, "alt": alt, **size, **extra}))
        return
    linked = bool(picture.page) and not printer.in_link
    if linked:
        name = "" if alt else ' aria-label="The photograph on its own page"'
        printer.out.append(f'<a href="{quote(picture.page)}"{name}>')
    printer.out.append(_picture(picture, alt, extra))
    if linked:
        printer.out.append("</a>")


def _picture(picture: Picture, alt: str, extra: Mapping[str, str]) -> str:
    sizes = {"sizes": picture.sizes} if picture.sizes else {}
    sources = [
        f"<source{_pairs({'type': source.type, 'srcset': source.srcset, **sizes})}>" for source in picture.sources
    ]
    srcset = {"srcset": picture.srcset, **sizes} if picture.srcset else {}
    size = {"width": str(picture.width), "height": str(picture.height)}
    img = _img({"src": picture.src, **srcset, **size, "alt": alt, **extra})
    return f"<picture>{''.join(sources)}{img}</picture>"


def _img(attrs: Mapping[str, str]) -> str:
    return f'<img{_pairs(attrs)} loading="lazy" decoding="async">'


def _pairs(attrs: Mapping[str, str]) -> str:
    return "".join(f' {name}="{quote(value)}"' for name, value in attrs.items())


def _html_tag(printer: Printer, token: Token) -> None:
    if token.tag == "a":
        return _raw_anchor(printer, token)
    if token.nesting == -1:
        printer.out.append(f"</{printer.name(token.tag)}>")
        return None
    attrs = dict(token.attrs)
    if token.tag == "img" and "src" in attrs:
        found = printer.ask(str(attrs["src"]), "image", line_of(token))
        return _print_image(printer, attrs, found)
    printer.out.append(_raw_start(printer, token))
    return None


def _raw_start(printer: Printer, token: Token) -> str:
    """Print a raw start tag with its addresses resolved."""
    attrs = dict(token.attrs)
    for name, value in token.attrs.items():
        kind = ADDRESSES.get((token.tag, name.removeprefix("xlink:")))
        if kind and (kind == "link" or not str(value).startswith("#")):
            found = printer.ask(str(value), kind, line_of(token))
            attrs[name] = printer.url(found)
            if not found.exists:
                attrs["class"] = f"{attrs.get('class', '')} broken".strip()
    shown = Token(token.type, token.tag, token.nesting, attrs=attrs)
    return f"<{printer.name(token.tag)}{printer.attributes(shown)}>"


def _raw_anchor(printer: Printer, token: Token) -> None:
    if token.nesting == -1:
        return _link_close(printer, token)
    printed = not printer.in_link
    if printed:
        printer.out.append(_raw_start(printer, token))
    printer.anchors.append(printed)
    return None


# ---- blocks with more to them than a tag ----


def _heading_open(printer: Printer, token: Token) -> None:
    printer.heading = str(token.attrs.get("id", ""))
    printer.element(token)


def _heading_close(printer: Printer, token: Token) -> None:
    """End a heading with a quiet link to itself, on pages alone; it is for the mouse, so it takes no tab stop."""
    if printer.style == "margin" and not printer.in_link:
        href = quote(f"#{printer.prefix}{printer.heading}")
        printer.out.append(f' <a class="anchor" href="{href}" aria-hidden="true" tabindex="-1">#</a>')
    printer.element(token)


def _code(printer: Printer, token: Token) -> None:
    language, html = token.meta["language"], token.meta["html"]
    named = f' class="language-{quote(language)}"' if language else ""
    if printer.in_footnote:
        printer.out.append(f'<span class="pre"><code{named}>{html}</code></span>')
    else:
        printer.out.append(f'<div class="code"><pre tabindex="0"><code{named}>{html}</code></pre></div>\n')


def _code_inline(printer: Printer, token: Token) -> None:
    printer.out.append(f"<code>{escape(token.content)}</code>")


def _hardbreak(printer: Printer, token: Token) -> None:
    printer.out.append("<br>\n")


def _softbreak(printer: Printer, token: Token) -> None:
    printer.out.append("\n")


def _rule(printer: Printer, token: Token) -> None:
    printer.out.append("<br>" if printer.in_footnote else "<hr>\n")


def _nothing(printer: Printer, token: Token) -> None:
    """Print nothing: the token is there for whoever reads the document's facts."""


def _table_open(printer: Printer, token: Token) -> None:
    if not printer.in_footnote:
        printer.out.append('<div class="table" tabindex="0">')
    printer.element(token)


def _table_close(printer: Printer, token: Token) -> None:
    printer.element(token)
    if not printer.in_footnote:
        printer.out.append("</div>\n")


def _item_open(printer: Printer, token: Token) -> None:
    printer.element(token)
    if "checked" in token.meta:
        done = token.meta["checked"]
        state = 'aria-label="Done" checked' if done else 'aria-label="To do"'
        printer.out.append(f'<input type="checkbox" disabled {state}> ')


# ---- notes ----


def _note_ref(printer: Printer, token: Token) -> None:
    number, nth = token.meta["number"], token.meta["nth"]
    note = printer.notes.get(f"sn-{number}")
    if printer.style == "foot" and nth == 1 and note is not None:
        if not printer.in_footnote:
            return _footnote(printer, note)
        printer.nested.append(note)
    href = f"#{printer.prefix}sn-{number}"
    place = f"{printer.prefix}{_reference_id(number, nth)}"
    if printer.in_link:
        printer.out.append(f'<span class="ref" id="{quote(place)}">{number}</span>')
    else:
        printer.out.append(f'<a class="ref" href="{quote(href)}" id="{quote(place)}" role="doc-noteref">{number}</a>')
    return None


def _reference_id(number: int, nth: int) -> str:
    return f"ref-{number}" if nth == 1 else f"ref-{number}-{nth}"


def _note(printer: Printer, token: Token) -> None:
    number, name = token.meta["number"], f"{printer.prefix}{token.meta['id']}"
    if printer.style == "margin":
        kind = "sn" if number else "mn"
        printer.out.append(f'<{token.tag} class="{kind}" id="{quote(name)}" role="note">')
        printer.blocks(token.children or ())
        printer.out.append(f"</{token.tag}>" + ("\n" if token.block else ""))
    elif number is None:
        tag = "aside" if token.block else "small"
        gap = "" if printer.out and printer.out[-1][-1:].isspace() else " "
        printer.out.append(f'{gap}<{tag} class="mn" id="{quote(name)}">')
        printer.blocks(token.children or ())
        printer.out.append(f"</{tag}>")
    elif printer.style == "end":
        printer.endnotes.append(token)


def _note_number(printer: Printer, token: Token) -> None:
    if printer.style == "margin":
        printer.out.append(f'<span class="sn-number">{token.meta["number"]}</span> ')


def _note_back(printer: Printer, token: Token) -> None:
    if printer.style == "foot" or printer.in_link:
        return
    number = token.meta["number"]
    for nth in range(1, token.meta["cites"] + 1):
        href = quote(f"#{printer.prefix}{_reference_id(number, nth)}")
        label, which = ("Back to the text", "") if nth == 1 else (f"Back to the text, {nth}", f"<sup>{nth}</sup>")
        printer.out.append(f' <a class="back" href="{href}" role="doc-backlink" aria-label="{label}">↩{which}</a>')


def _footnote(printer: Printer, note: Token) -> None:
    """Print a note inside its reference, in elements that a paragraph may hold, and after it those it cites."""
    waiting = [note]
    kind = "footnote"
    printer.in_footnote = True
    while waiting:
        note = waiting.pop(0)
        name = quote(f"{printer.prefix}{note.meta['id']}")
        printer.out.append(f'<span class="{kind}" id="{name}">')
        printer.blocks(note.children or ())
        printer.out.append("</span>")
        waiting += printer.nested
        printer.nested = []
        kind = "footnote nested"
    printer.in_footnote = False


def _endnotes(printer: Printer) -> None:
    printer.out.append('<section class="notes" role="doc-endnotes">\n<ol>\n')
    for note in sorted(printer.endnotes, key=lambda note: int(note.meta["number"])):
        name = quote(f"{printer.prefix}{note.meta['id']}")
        printer.out.append(f'<li id="{name}">')
        if not note.block:
            printer.out.append("<p>")
        printer.blocks(note.children or ())
        if not note.block:
            printer.out.append("</p>")
        printer.out.append("</li>\n")
    printer.out.append("</ol>\n</section>\n")


_PRINTERS: Mapping[str, Callable[[Printer, Token], None]] = MappingProxyType(
    {
        "link_open": _link_open,
        "link_close": _link_close,
        "image": _image,
        "html_tag": _html_tag,
        "fence": _code,
        "code_block": _code,
        "code_inline": _code_inline,
        "hardbreak": _hardbreak,
        "softbreak": _softbreak,
        "hr": _rule,
        "more": _nothing,
        "heading_open": _heading_open,
        "heading_close": _heading_close,
        "table_open": _table_open,
        "table_close": _table_close,
        "list_item_open": _item_open,
        "note": _note,
        "note_ref": _note_ref,
        "note_number": _note_number,
        "note_back": _note_back,
    }
)
