"""Tokens -> the facts of a Document, in one pass: headings, links with their sentence, notes, text by heading, …"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from markdown_it.token import Token
from markdown_it.utils import EnvType

from folio.markdown.document import Document, Heading, Image, Link, Note, Part, Quote
from folio.markdown.embeds import may_be_page
from folio.markdown.walk import line_of, plain, reference_id

SUMMARY_CHARACTERS = 300
SENTENCE_CHARACTERS = 300

_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff]{1,2}")  # two ranges: for three `re` builds a table, in 3 ms
_PLAIN = bytes((*b"\t\n\r", *range(32, 127)))
_KINDS = bytes(ord(" " if byte < 128 and chr(byte).isspace() else "a") for byte in range(256))
_SPACE = re.compile(r"\s+")


def document(tokens: Sequence[Token], env: EnvType) -> Document:
    """Return the Document of a finished token stream."""
    reader = _Reader()
    reader.blocks(tokens)
    notes = sorted(reader.notes)
    body = "\n\n".join(reader.prose)
    note_texts = [note.text for _, note in notes]
    return Document(
        tokens=tuple(tokens),
        headings=tuple(reader.headings),
        links=tuple(reader.links),
        images=tuple(reader.images),
        notes=tuple(note for _, note in notes),
        quotes=tuple(quote for quote in reader.quotes if quote.text),
        parts=tuple(reader.finished_parts()),
        text="\n\n".join([*reader.prose_and_code, *note_texts]),
        summary=reader.summary(),
        words=count_words(body) + sum(map(count_words, note_texts)),
        has_code=reader.has_code,
        ids=frozenset((*env.get("ids", ()), *reader.note_ids)),
        embeds=tuple(target for target in dict.fromkeys(reader.embeds) if may_be_page(target)),
        frames=tuple(env.get("frames", ())),
        problems=tuple(sorted(env.get("problems", ()))),
        language=str(env.get("language", "")),
    )


def count_words(text: str) -> int:
    """Count words as a reader would: "don't" is one word, a lone dash none."""
    text = parted(text)
    if any(map(str.isspace, unusual(text))):
        words = len(text.split())
    else:  # all space is ASCII, so counting in bytes gives the same in a fifth of the time
        words = (b" " + text.encode("utf-8", "surrogatepass").translate(_KINDS)).count(b" a")
    return words - text.count(" — ") - text.count(" – ")


def unusual(text: str) -> str:
    """Return the characters of a text that are not printable ASCII or space: few, so cheaper to search than all."""
    return text.encode("utf-8", "surrogatepass").translate(None, _PLAIN).decode("utf-8", "surrogatepass")


def parted(text: str) -> str:
    """Replace every two characters of Chinese and Japanese, which put no spaces between words, by one word.

    They are read at 450 characters a minute, so two take the time of a word.
    """
    return _CJK.sub(" x ", text) if _CJK.search(unusual(text)) else text


def cut(text: str, characters: int) -> str:
    """Shorten a text to at most so many characters, at a word, with an ellipsis; a single long word is cut anywhere."""
    if len(text) <= characters:
        return text
    head = text[: characters - 1]
    at_word = head.rsplit(" ", 1)[0] if " " in head else head
    return at_word.rstrip(" ,;:–—-") + "…"


class _Reader:
    """One pass over the blocks. `parts` holds (id, heading, texts); `first` the paragraphs a summary may use."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self.links: list[Link] = []
        self.images: list[Image] = []
        self.notes: list[tuple[int, Note]] = []
        self.quotes: list[Quote] = []
        self.parts: list[tuple[str, str, list[str]]] = [("", "", [])]
        self.prose: list[str] = []
        self.prose_and_code: list[str] = []
        self.first: list[str] = []
        self.before_more: list[str] | None = None
        self.has_code = False
        self.embeds: list[str] = []
        self.note_ids: list[str] = []

    def blocks(self, tokens: Sequence[Token]) -> None:
        quoting: list[str] = []
        depth = quote_line = 0
        for index, token in enumerate(tokens):
            kind = token.type
            if kind == "inline":
                place = len(self.parts[-1][2])
                text = self.inline(token)
                self._text(text, tokens, index, place)
                quoting += [text] if depth and text else []
            elif kind == "blockquote_open":
                quote_line = line_of(token) if not depth else quote_line
                depth += 1
            elif kind == "blockquote_close":
                depth -= 1
                if not depth:
                    self.quotes.append(Quote(" ".join(quoting), quote_line))
                    quoting = []
            elif kind in _OTHERS:
                _OTHERS[kind](self, token)

    def inline(self, token: Token) -> str:
        """Read an inline token: record its links, images and notes; return its plain text."""
        line = line_of(token)
        found: list[tuple[Token, int, int]] = []
        asides: list[Token] = []
        text = _read(token.children or (), found, asides).rstrip()
        sentences = _sentences(text) if found else []
        for child, start, end in found:
            at = line_of(child, line)
            if child.type == "embed":
                self.embed(child)
            elif child.type == "image" or child.tag == "img":
                self._image(child, at)
            else:
                target, kind = str(child.attrs.get("href", "")), child.meta.get("kind", "link")
                self.links.append(Link(target, text[start:end], _sentence(text, sentences, start, end), at, kind))
        for child in asides:
            if child.type == "note":
                self.note(child)
            else:
                self.more(child)
        return text

    def note(self, token: Token) -> None:
        """Read a note: its links count as the page's, its text goes to the part that cites it."""
        texts = [self._words(child) for child in token.children or ()] if token.block else [self.inline(token)]
        text, meta = " ".join(filter(None, texts)), token.meta
        self.notes.append((meta["order"], Note(meta["id"], meta["number"], text, meta["line"])))
        self.note_ids.append(meta["id"])
        self.note_ids += (reference_id(meta["number"], nth) for nth in range(1, meta["cites"] + 1))
        self.parts[-1][2].append(text)

    def _words(self, token: Token) -> str:
        """Return the text of one token in a note made of blocks: inline text, code, or words in raw HTML."""
        if token.type == "inline":
            return self.inline(token)
        return token.content.strip() if token.type in ("fence", "code_block", "text") else ""

    def embed(self, token: Token) -> None:
        """Record the target of `![[…]]`; its words belong to another page."""
        self.embeds.append(str(token.attrs["src"]))

    def code(self, token: Token) -> None:
        self.has_code = True
        self.prose_and_code.append(token.content.rstrip())
        self.parts[-1][2].append(token.content.rstrip())

    def raw(self, token: Token) -> None:
        """Read a text or tag of raw HTML that stands between blocks."""
        if token.type == "text":
            text = _SPACE.sub(" ", token.content).strip()
            if text:
                self._add(text)
        elif token.tag == "img" and token.nesting == 0:
            self._image(token, line_of(token))
        elif token.tag == "a" and "href" in token.attrs and token.nesting == 1:
            self.links.append(Link(str(token.attrs["href"]), "", "", line_of(token)))

    def more(self, token: Token) -> None:
        if self.before_more is None:
            self.before_more = [*self.first]

    def summary(self) -> str:
        """Return the paragraphs before `<!--more-->`, else the first; at most SUMMARY_CHARACTERS."""
        chosen = self.before_more or self.first[:1]
        return cut(" ".join(chosen), SUMMARY_CHARACTERS)

    def finished_parts(self) -> Iterator[Part]:
        for name, heading, texts in self.parts:
            if heading or texts:
                yield Part(name, heading, "\n".join(texts))

    def _image(self, token: Token, line: int) -> None:
        attrs = token.attrs
        alt, title = str(attrs.get("alt", "")), str(attrs.get("title", ""))
        self.images.append(Image(str(attrs.get("src", "")), alt, title, line, token.meta.get("kind", "image")))

    def _text(self, text: str, tokens: Sequence[Token], index: int, place: int) -> None:
        """Record an inline text, in its part at `place`, before the notes cited in it."""
        opening = tokens[index - 1] if index else None
        if opening is not None and opening.type == "heading_open":
            self._heading(opening, text)
            return
        if not text:
            return
        self._add(text, place)
        if opening is not None and (
            (opening.type == "paragraph_open" and not opening.level)
            or (opening.tag == "p" and opening.type == "html_tag")
        ):
            self.first.append(text)

    def _heading(self, opening: Token, text: str) -> None:
        name = str(opening.attrs.get("id", ""))
        self.headings.append(Heading(int(opening.tag[1]), name, text, line_of(opening)))
        self.parts.append((name, text, []))
        self.prose.append(text)
        self.prose_and_code.append(text)

    def _add(self, text: str, place: int | None = None) -> None:
        self.prose.append(text)
        self.prose_and_code.append(text)
        texts = self.parts[-1][2]
        texts.insert(len(texts) if place is None else place, text)


_OTHERS = {
    "fence": _Reader.code,
    "code_block": _Reader.code,
    "note": _Reader.note,
    "more": _Reader.more,
    "embed": _Reader.embed,
    "text": _Reader.raw,
    "html_tag": _Reader.raw,
}


def _read(children: Iterable[Token], found: list[tuple[Token, int, int]], asides: list[Token]) -> str:
    """Join the plain text of inline tokens; append links and images with their place to `found`, notes to `asides`."""
    parts: list[str] = []
    length = 0
    open_links: list[tuple[Token, int]] = []
    for child in children:
        kind = child.type
        if kind == "text":
            text = child.content
        elif child.nesting:
            if child.tag == "a" and child.nesting == 1:
                open_links.append((child, length))
            elif child.tag == "a" and open_links:
                link, start = open_links.pop()
                if "href" in link.attrs:
                    found.append((link, start, length))
            continue
        elif kind in ("note", "more"):
            asides.append(child)
            continue
        else:
            text = plain((child,))
            if kind in ("image", "embed") or child.tag == "img":
                found.append((child, length, length))
        if text:
            if "\n" in text or "  " in text:
                text = _SPACE.sub(" ", text)
            if text[0] == " " and (not parts or parts[-1].endswith(" ")):
                text = text[1:]
            if text:
                parts.append(text)
                length += len(text)
    return "".join(parts)


def _sentences(text: str) -> list[int]:
    """Return where the sentences of a text begin: after a full stop that no lower-case letter follows."""
    starts = [0]
    for match in _SENTENCE_END.finditer(text):
        if not text[match.end() : match.end() + 1].islower():
            starts.append(match.end())
    return starts


def _sentence(text: str, starts: list[int], start: int, end: int) -> str:
    """Return the sentence around a place; of a very long one only the words around the place."""
    which = bisect_right(starts, start) - 1
    first = starts[which]
    after = bisect_right(starts, max(end - 1, start))
    last = starts[after] if after < len(starts) else len(text)
    if last - first <= SENTENCE_CHARACTERS:
        return text[first:last].strip()
    half = SENTENCE_CHARACTERS // 2
    left, right = max(first, start - half), min(last, start + half)
    window = text[left:right].strip()
    if left > first:
        window = "…" + window.split(" ", 1)[-1]
    if right < last:
        window = window.rsplit(" ", 1)[0] + "…"
    return window
