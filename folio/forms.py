"""A page, a folder or a photograph -> its Markdown, plain text or JSON. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml

from folio import sheets
from folio.config import Config
from folio.content import Page, Photo, Section
from folio.images import TYPES, Facts, exif_line, picture
from folio.markdown import Asked, Document, Html, Kind, literal, public
from folio.markdown.readable import WIDTH, columns, readable, wrapped
from folio.pages import parent_url
from folio.references import href
from folio.snapshot import Site

if TYPE_CHECKING:
    from folio.books import Book

CONTENT_TYPES = {
    "md": "text/markdown; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
}
_QUOTED_DATE = re.compile(r"^((?:date|updated): )'([^']*)'$", re.MULTILINE)  # PyYAML quotes dates given as text


def markdown(page: Page, config: Config) -> str:
    """Return a page's source without comments: front matter of public facts, title, body.

    Of the author's own front matter only what describes the text is kept. The rest (unknown keys, visibility and
    schedule, aliases) is private.
    """
    return f"{_header(page, config)}# {literal(page.title)}\n\n{public(page.body.text).strip()}\n"


def _header(page: Page, config: Config) -> str:
    known = {
        "title": page.title,
        "date": page.date.iso if page.date else "",
        "updated": page.updated.iso if page.updated else "",
        "author": page.author or config.author.name,
        "description": page.description,
        "tags": list(page.tags),
        "series": page.series,
        "lang": page.language,
        "canonical": page.canonical or config.base_url + href(page.url),
    }
    said = {name: value for name, value in known.items() if value}
    flow = None if page.tags else False  # None puts tags on one line, but without tags it would put all keys on one
    written: str = yaml.dump(
        said,
        Dumper=_dumper("".join(map(str, said.values()))),
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=flow,
        width=10_000,
    )
    dated = _QUOTED_DATE.sub(r"\1\2", written)
    return f"---\n{dated}---\n\n"


def _dumper(text: str) -> type[yaml.SafeDumper | yaml.CSafeDumper]:
    """Choose libyaml's dumper, which takes a tenth of the time, unless it would escape printable text such as emoji."""
    return yaml.CSafeDumper if text.isprintable() and max(text, default="") <= "\uffff" else yaml.SafeDumper


def llms_full(site: Site) -> bytes:
    """Join the Markdown of all public pages, newest first, up to `limits.llms_kb`."""
    room, parts, left_out = site.config.limits.llms_kb << 10, [f"# {literal(site.config.title)}\n"], 0
    for page in (page for page in site.newest if not page.noindex):
        part = markdown(page, site.config)
        size = len(part.encode("utf-8", "replace"))
        left_out += size > room
        if size <= room:
            parts.append(part)
            room -= size
    if left_out:
        listed = f"{site.config.base_url}/llms.txt"
        parts.append(f"Left out to save space: {left_out:,} of the pages in {listed}\n")
    return "\n".join(parts).encode("utf-8", "replace")


def text(page: Page, document: Document) -> str:
    """Return a page as plain text in lines of 72 columns, with its notes at the end."""
    date = f"{page.date.text}\n\n" if page.date else ""
    return f"{_titled(page.title)}\n\n{date}{readable(document)}"


def _titled(title: str) -> str:
    """Return a title underlined with "="."""
    lines = wrapped(title, WIDTH)
    return "\n".join([*lines, "=" * max(map(columns, lines))])


def section_markdown(section: Section, site: Site) -> str:
    """Return the Markdown of a folder's index and a list of what the folder holds."""
    own = markdown(section.page, site.config) if section.page else f"# {literal(section.title)}\n"
    listed = [f"- [{literal(page.title)}]({page.url})" for page in section.pages]
    listed += [f"- [{literal(below.title)}]({below.url})" for below in site.below(section)]
    listed += [f"- [{literal(photo.title or photo.url.rpartition('/')[2])}]({photo.url})" for photo in section.photos]
    return own + ("\n" + "\n".join(listed) + "\n" if listed else "")


def section_text(section: Section, document: Document | None) -> str:
    """Return the plain text of a folder's index and the titles of its pages."""
    own = text(section.page, document) if section.page and document else f"{_titled(section.title)}\n\n"
    listed = [f"- {page.title}" + (f" ({page.date.text})" if page.date else "") for page in section.pages]
    return own + ("\n" + "\n".join(listed) + "\n" if listed else "")


def item(page: Page) -> dict[str, Any]:
    """Return a page as an entry of a list: everything but its text."""
    return {
        "url": page.url,
        "title": page.title,
        "date": page.date.iso if page.date else None,
        "updated": page.updated.iso if page.updated else None,
        "tags": list(page.tags),
        "summary": page.description,
        "words": page.words,
        "minutes": page.minutes,
    }


def page_data(page: Page, document: Document, html: Html) -> dict[str, Any]:
    """Return a whole page as data, with the URLs of its links and pictures resolved."""
    asked = {(one.target, one.kind): one for one in html.asked}
    return {
        **item(page),
        "summary": page.description or document.summary,
        "html": html.text,
        "text": document.text,
        "toc": [{"level": h.level, "id": h.id, "text": h.text} for h in document.headings],
        "links": [{"url": _leads(asked, link.target, link.kind), "text": link.text} for link in document.links],
        "images": [
            {"url": _leads(asked, image.target, image.kind), "alt": image.alt, "caption": image.title}
            for image in document.images
        ],
        "notes": [{"number": note.number, "text": note.text} for note in document.notes],
    }


def _leads(asked: Mapping[tuple[str, Kind], Asked], target: str, kind: Kind) -> str:
    """Return the URL that a target was resolved to (a picture's file, else an address); the target itself if none."""
    one = asked.get((target, kind))
    if one is None:
        return target
    return one.answer.picture.src if one.answer.picture else one.answer.url


def section_data(section: Section, site: Site) -> dict[str, Any]:
    """Return a folder as data: its pages and subfolders."""
    items = [item(page) for page in section.pages]
    return _list(section, site, items, len(items), 1, 1)


def gallery_data(section: Section, site: Site, facts: Mapping[str, Facts], number: int, size: int) -> dict[str, Any]:
    """Return a page of a gallery as data, `size` photographs a page; `number` counts from 1."""
    shown = sheets.nth(section.photos, number, size)
    items = [photo_data(photo, facts.get(photo.path), site.config) for photo in shown]
    total = len(section.photos)
    return _list(section, site, items, total, number, sheets.count(total, size))


def _list(
    section: Section, site: Site, items: list[dict[str, Any]], total: int, number: int, pages: int
) -> dict[str, Any]:
    folders = [{"title": below.title, "url": below.url} for below in site.below(section)]
    return {
        "title": section.title,
        "url": section.url,
        "items": items,
        "sections": folders,
        "total": total,
        "page": number,
        "pages": pages,
    }


def list_data(book: Book) -> dict[str, Any]:
    """Return a whole list of the engine as data, newest first."""
    items = [item(page) for page in reversed(book.pages)]
    return {"title": book.title, "url": book.url, "items": items, "total": book.total, "page": 1, "pages": 1}


def list_text(book: Book, *, markdown: bool) -> bytes:
    """Return a list of the engine as Markdown or plain text: its title, and one line per page, newest first."""
    head = f"# {literal(book.title)}" if markdown else _titled(book.title)
    pages = reversed(book.pages)
    lines = [f"- [{literal(p.title)}]({p.url})" if markdown else f"- {p.title}{_dated(p)}" for p in pages]
    return "\n".join([head, "", *lines, ""]).encode()


def _dated(page: Page) -> str:
    return f" ({page.date.text})" if page.date else ""


def photo_data(photo: Photo, facts: Facts | None, config: Config) -> dict[str, Any]:
    """Return a photograph as data: its texts, its EXIF facts, the URLs of its copies.

    Its place is only what the author wrote, or allows the gallery to show.
    """
    date = photo.date or (facts.date if facts else None)
    known = facts if facts and facts.width else None
    return {
        "url": photo.url,
        "title": photo.title,
        "alt": photo.alt,
        "caption": public(photo.sidecar.body.text).strip() if photo.sidecar and photo.sidecar.body else photo.caption,
        "date": date.iso if date else None,
        "place": photo.place,
        "tags": list(photo.tags),
        "width": known.width if known else None,
        "height": known.height if known else None,
        "exif": exif_line(known) if known else "",
        "camera": known.camera if known else "",
        "lens": known.lens if known else "",
        "images": _copies(photo, known, config) if known else [],
        "gallery": parent_url(photo.url),
    }


def _copies(photo: Photo, facts: Facts, config: Config) -> list[dict[str, Any]]:
    """Return every copy of a photograph: width in pixels, type, URL."""
    shown = picture(photo, facts, config)
    sets = [(source.type, source.srcset) for source in shown.sources]
    sets.append((TYPES[config.photographs.formats[-1]], shown.srcset))
    return [
        {"url": url, "width": int(width.removesuffix("w")), "type": kind}
        for kind, srcset in sets
        for url, _, width in (candidate.rpartition(" ") for candidate in srcset.split(", "))
    ]


def photo_text(photo: dict[str, Any], *, markdown: bool) -> str:
    """Return the data of `photo_data` as Markdown or plain text."""
    title = photo["title"] or "Photograph"
    head = f"# {literal(title)}" if markdown else _titled(title)
    parts = (head, photo["alt"], photo["caption"], photo["date"], photo["exif"])
    return "\n\n".join(part for part in parts if part) + "\n"


def dump(data: Any) -> bytes:
    """Return compact JSON in UTF-8, the same bytes for the same data."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
