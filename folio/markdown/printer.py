"""The state and helpers that all printers of tokens share; renderer.py lists the types with printers of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from markdown_it.token import Token

from folio.markdown.document import Asked, Document, Kind, NoteStyle, Reference, Resolve
from folio.markdown.walk import names

# A footnote stands inside its reference, in a <p>: elements that a <p> cannot hold are printed as <span class="…">.
_BLOCKS = names(
    "p ul ol li dl dt dd blockquote div pre table thead tbody tr th td figure figcaption h1 h2 h3 h4 "
    "h5 h6 hr section aside details summary address article"
)
_NEWLINE_AFTER = names("p ul ol li dl dt dd blockquote table thead tbody tr th td figure figcaption h2 h3 h4 h5 h6 div")
_NEWLINE_INSIDE = names("ul ol dl blockquote table thead tbody tr div figure")


@dataclass(slots=True)
class Page:
    """What a page shares with its embedded passages: its document and prefix, and how much they have used so far."""

    prefix: str = ""
    document: Document | None = None
    passages: int = 0
    characters: int = 0


@dataclass(slots=True)
class Printer:
    """One rendering of a page or of a passage in it; `out` collects the HTML."""

    resolve: Resolve
    style: NoteStyle
    prefix: str
    ids: frozenset[str]  # every id in the document that a link may point at
    printers: Mapping[str, Callable[[Printer, Token], None]]  # by token type; other tokens print as plain tags
    notes: Mapping[str, Token] = field(default_factory=dict)  # by id, for footnotes
    out: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    anchors: list[bool] = field(default_factory=list)  # for each <a> that is open in the source: was it printed?
    endnotes: list[Token] = field(default_factory=list)
    nested: list[Token] = field(default_factory=list)  # footnotes cited in the footnote being printed
    in_footnote: bool = False
    heading: str = ""  # the id of the heading being printed
    page: Page = field(default_factory=Page)
    home: str = ""  # of a passage: the URL of the page it comes from
    around: tuple[tuple[str, str], ...] = ()  # the passages around, this one included, as (URL, part)

    def blocks(self, tokens: Iterable[Token]) -> None:
        """Print tokens of any kind, in order."""
        out, printers = self.out, self.printers
        for token in tokens:
            kind = token.type
            if kind == "text" or kind == "text_special":
                out.append(escape(token.content))
            elif kind == "inline":
                self.blocks(token.children or ())
            elif own := printers.get(kind):
                own(self, token)
            elif not token.hidden:
                self.element(token)

    def element(self, token: Token) -> None:
        """Print a plain start or end tag."""
        tag, footnote = token.tag, self.in_footnote
        name = self.name(tag) if footnote else tag
        if token.nesting == -1:
            newline = "\n" if token.block and tag in _NEWLINE_AFTER and not footnote else ""
            self.out.append(f"</{name}>{newline}")
        else:
            newline = "\n" if token.block and tag in _NEWLINE_INSIDE and not footnote else ""
            attributes = self.attributes(tag, token.attrs) if token.attrs or footnote else ""
            self.out.append(f"<{name}{attributes}>{newline}")

    def name(self, tag: str) -> str:
        return "span" if self.in_footnote and tag in _BLOCKS else tag

    def attributes(self, tag: str, attrs: Mapping[str, str | int | float]) -> str:
        """Return a tag's attributes, the id with its prefix; in a footnote a block's class names the replaced tag."""
        if self.in_footnote and tag in _BLOCKS:
            attrs = {"class": f"{tag} {attrs.get('class', '')}".strip()}
        elif "id" in attrs:
            attrs = {**attrs, "id": f"{self.prefix}{attrs['id']}"}
        return "".join([f' {name}="{quote(str(value))}"' for name, value in attrs.items()])

    def ask(self, target: str, kind: Kind, line: int) -> Reference:
        """Resolve a target, and record the answer in `asked`."""
        found = self.resolve(target, kind)
        self.asked.append(Asked(target, kind, line, found))
        return found

    def url(self, found: Reference) -> str:
        """Return the URL to print; "#…" gets the prefix of this page's ids."""
        if not self.prefix or not found.url.startswith("#"):
            return found.url
        if unquote(found.url[1:]) in self.ids:
            return f"#{self.prefix}{found.url[1:]}"
        return f"{self.home}{found.url}"  # a place outside of the passage: link to its own page

    def label(self, number: int) -> str:
        """Return a note's label: its number, or in a passage a letter, so that it is not taken for the page's."""
        return letters(number) if self.around else str(number)

    @property
    def in_link(self) -> bool:
        return any(self.anchors)


def letters(number: int) -> str:
    """Return a number in letters, like CSS's lower-alpha: 1 -> "a", 26 -> "z", 27 -> "aa"."""
    out = ""
    while number:
        number, letter = divmod(number - 1, 26)
        out = chr(ord("a") + letter) + out
    return out


def escape(text: str) -> str:
    """Escape text for HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quote(text: str) -> str:
    """Escape text for an attribute in double quotes."""
    return escape(text).replace('"', "&quot;")
