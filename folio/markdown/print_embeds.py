"""The printer for `![[…]]`: a passage of another page, video, audio, or a link to anything that cannot be shown.

A passage is a block with ids, notes and references of its own. Its notes have letters, since the page's have numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

from folio.markdown import print_notes, print_references
from folio.markdown.document import Passage, Reference
from folio.markdown.embeds import AUDIO, VIDEO, is_page, suffix
from folio.markdown.passages import passage_tokens
from folio.markdown.printer import Printer, escape, quote
from folio.markdown.urls import normal
from folio.markdown.walk import ids, line_of, note_tokens

DEEP = 4  # passages in passages
MOST = 100  # passages on a page
CHARACTERS = 1_000_000  # of passages on a page: two pages of hundreds of embeds of each other would multiply


def embed(printer: Printer, token: Token) -> None:
    """Print an embed: a page's words where a block is allowed, a link to them elsewhere."""
    target = str(token.attrs["src"])
    found = printer.ask(target, "embed", line_of(token))
    if found.passage is not None and token.block and not (printer.in_link or printer.in_footnote):
        tokens = passage_tokens(found.passage.document, found.passage.part)
        if tokens is not None and _has_room(printer, found.passage, tokens):
            return _print_passage(printer, token, found, found.passage, tokens)
    if not token.block or token.meta["bare"]:
        return _line(printer, token, target, found)
    tag = "figure" if found.picture else "p"
    attrs = {name: value for name, value in token.attrs.items() if name != "src"}
    printer.element(Token("paragraph_open", tag, 1, attrs=attrs, block=True))
    _line(printer, token, target, found)
    printer.element(Token("paragraph_close", tag, -1, block=True))
    return None


def _line(printer: Printer, token: Token, target: str, found: Reference) -> None:
    """Print the inline form of an embed: an image, audio, video or a link."""
    text, kind = token.meta["text"], suffix(target)
    if found.picture is not None:
        print_references.show_image(printer, {"alt": token.meta["alt"], **token.meta["size"]}, found)
    elif not found.exists:
        printer.out.append(f'<span class="embed broken">{escape(text)}</span>')
    elif printer.in_link:
        printer.out.append(escape(text))
    elif kind in AUDIO | VIDEO and "://" not in target and printer.style != "foot":  # a PDF plays nothing
        tag = "audio" if kind in AUDIO else "video"
        size = token.meta["size"] if tag == "video" else {}
        attrs = {"src": found.url, "aria-label": text, **({"class": "sized"} if size else {}), **size}
        printed = "".join(f' {name}="{quote(str(value))}"' for name, value in attrs.items())
        printer.out.append(f'<{tag} controls preload="metadata"{printed}></{tag}>')
    else:
        name = "embed" if found.passage is not None or is_page(target) else "file"
        url, part = printer.url(found), target.partition("#")[2]
        url += f"#{normal(part)}" if name == "file" and part and "#" not in url else ""  # paper.pdf#page=2
        printer.out.append(f'<a class="{name}" href="{quote(url)}">{escape(text)}</a>')


def _has_room(printer: Printer, passage: Passage, tokens: Sequence[Token]) -> bool:
    """Return False for circular embeds and those beyond the page's limits; else count the passage as used."""
    page, place = printer.page, (passage.url, passage.part)
    if place in printer.around or (passage.document is page.document and not passage.part):
        return False
    characters = page.characters + sum(len(token.content) for token in tokens)
    if len(printer.around) >= DEEP or page.passages >= MOST or characters > CHARACTERS:
        return False
    page.characters = characters
    page.passages += 1
    return True


def _print_passage(printer: Printer, token: Token, found: Reference, passage: Passage, tokens: Sequence[Token]) -> None:
    inner = Printer(
        passage.resolve,
        printer.style,
        f"{printer.page.prefix}embed-{printer.page.passages}-",
        frozenset(ids(tokens)),
        printer.printers,
        {note.meta["id"]: note for note in note_tokens(tokens)},
        page=printer.page,
        home=passage.url.partition("#")[0],
        around=(*printer.around, (passage.url, passage.part)),
    )
    inner.blocks(tokens)
    if inner.endnotes:
        print_notes.endnotes(inner)
    attrs = {name: value for name, value in token.attrs.items() if name != "src"}
    attrs |= {"class": f"embed {attrs.get('class', '')}".strip(), "aria-label": passage.title}
    printer.element(Token("embed_open", "section", 1, attrs=attrs, block=True))
    source = f'<a href="{quote(printer.url(found))}">{escape(passage.title)}</a>'
    printer.out += ["\n", *inner.out, f'<p class="source">{source}</p>\n</section>\n']
