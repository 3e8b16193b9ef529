"""The results of parsing and rendering: immutable, picklable records; a Document's references are unresolved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from markdown_it.token import Token

from folio.errors import Problem

# How a target is written: in a link, an image, audio or video, or by name in `[[…]]` ("wiki") and `![[…]]` ("embed").
Kind = Literal["link", "image", "media", "wiki", "embed"]
NoteStyle = Literal["margin", "foot", "end"]


class Heading(NamedTuple):
    """One heading: `level` 1-6 as rendered, `id` unique on its page, `text` plain."""

    level: int
    id: str
    text: str
    line: int


class Link(NamedTuple):
    """A link as written: `target` unresolved, `sentence` the plain sentence that holds it; `kind` "link" or "wiki"."""

    target: str
    text: str
    sentence: str
    line: int
    kind: Kind = "link"


class Image(NamedTuple):
    """An image as written: `target` unresolved; `kind` "image", or "embed" of `![[photo.jpg]]`."""

    target: str
    alt: str
    title: str
    line: int
    kind: Kind = "image"


class Note(NamedTuple):
    """A sidenote (`number` counts from 1 in reading order) or a margin note (`number` None), as plain text."""

    id: str
    number: int | None
    text: str
    line: int


class Quote(NamedTuple):
    """A block quotation as plain text."""

    text: str
    line: int


class Part(NamedTuple):
    """The plain text under one heading, for search: `id` and `heading` are empty before the first heading."""

    id: str
    heading: str
    text: str


class Document(NamedTuple):
    """One parsed text: the token stream with references unresolved, and every fact drawn from it.

    `text` is all of it as plain text (notes in reading order at the end); `summary` the first paragraph, plain,
    at most 300 characters, cut at a word; `words` the count of words in body and notes; `ids` every id that a link may
    name ("why", "^block", "sn-1"); `embeds` the targets of `![[…]]` ("Cats#Sleep"); `frames` the hosts of embedded
    iframes ("speakerdeck.com"). Lines count from 1 in the text that was parsed.
    """

    tokens: tuple[Token, ...]
    headings: tuple[Heading, ...] = ()
    links: tuple[Link, ...] = ()
    images: tuple[Image, ...] = ()
    notes: tuple[Note, ...] = ()
    quotes: tuple[Quote, ...] = ()
    parts: tuple[Part, ...] = ()
    text: str = ""
    summary: str = ""
    words: int = 0
    has_code: bool = False
    ids: frozenset[str] = frozenset()
    embeds: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    language: str = ""  # BCP 47

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms that an index would list; computed at each call, since only the site-wide lists need them."""
        from folio.markdown.terms import terms

        return terms(self.tokens, self.language)


class PictureSource(NamedTuple):
    """One `<source>`: `type` a MIME type, `srcset` ready to print."""

    type: str
    srcset: str


class Picture(NamedTuple):
    """A photograph ready for `<picture>`: sizes in CSS pixels of the largest derivative, `page` its own page or "".

    `tone` holds the CSS classes of the colour shown until the picture has loaded, "" for none.
    """

    src: str
    width: int
    height: int
    srcset: str = ""
    sources: tuple[PictureSource, ...] = ()
    page: str = ""
    sizes: str = "(min-width: 62rem) 38rem, 100vw"
    tone: str = ""


class Passage(NamedTuple):
    """A passage of another page, to be shown in this one: all of `document`, or the `part` of it.

    `part` is the id of a heading (for it and all below it) or of a block ("^id"); `resolve` resolves its references.
    """

    title: str
    url: str
    document: Document
    resolve: Resolve
    part: str = ""


class Reference(NamedTuple):
    """What a target resolved to. `exists` is False for a local target that leads nowhere.

    `also` holds the other URLs that an ambiguous name could mean; `passage` is what an "embed" of a page shows.
    """

    url: str
    exists: bool = True
    picture: Picture | None = None
    also: tuple[str, ...] = ()
    passage: Passage | None = None


Resolve = Callable[[str, Kind], Reference]


class Asked(NamedTuple):
    """One call of the resolver during rendering, with its answer; `line` counts from 1."""

    target: str
    kind: Kind
    line: int
    answer: Reference


class Html(NamedTuple):
    """Rendered HTML, safe to print inside `<article>`: no style or script attributes, every reference resolved."""

    text: str
    asked: tuple[Asked, ...] = ()

    @property
    def broken(self) -> tuple[tuple[str, int], ...]:
        """The local targets that lead nowhere, with the line they stand on."""
        return tuple((one.target, one.line) for one in self.asked if not one.answer.exists)
