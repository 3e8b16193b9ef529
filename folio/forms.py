"""A page, a folder or a photograph -> its Markdown, its plain text, its JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from folio.config import Config
from folio.content import Page, Photo, Section
from folio.images import TYPES, Facts, exif_line, picture
from folio.markdown import Document, public
from folio.pages import parent_url
from folio.snapshot import Site

CONTENT_TYPES = {
    "md": "text/markdown; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
    "pdf": "application/pdf",
}
MEDIA_TYPES = {"text/html": "", "text/markdown": "md", "text/plain": "txt", "application/json": "json"}


def markdown(page: Page) -> str:
    """Return a page's source as its author would write it, without comments of their own: title, date, body."""
    date = f"*{page.date.text}*\n\n" if page.date else ""
    return f"# {page.title}\n\n{date}{public(page.body).strip()}\n"


def text(page: Page, document: Document) -> str:
    """Return a page as plain text, notes at the end."""
    date = f"{page.date.text}\n\n" if page.date else ""
    return f"{page.title}\n{'=' * min(len(page.title), 72)}\n\n{date}{document.text.strip()}\n"


def section_markdown(section: Section, site: Site) -> str:
    """Return a folder's own words and a list of what it holds."""
    own = markdown(section.page) if section.page else f"# {section.title}\n"
    listed = [f"- [{page.title}]({page.url})" for page in section.pages]
    listed += [f"- [{below.title}]({below.url})" for below in site.below(section)]
    listed += [f"- [{photo.title or photo.url.rpartition('/')[2]}]({photo.url})" for photo in section.photos]
    return own + ("\n" + "\n".join(listed) + "\n" if listed else "")


def section_text(section: Section, document: Document | None) -> str:
    """Return a folder's own words and the titles in it, as plain text."""
    own = text(section.page, document) if section.page and document else f"{section.title}\n\n"
    listed = [f"- {page.title}" + (f" ({page.date.text})" if page.date else "") for page in section.pages]
    return own + ("\n" + "\n".join(listed) + "\n" if listed else "")


def item(page: Page) -> dict[str, Any]:
    """Return a page as an entry of a list: everything but its words."""
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


def page_data(page: Page, document: Document, html: str) -> dict[str, Any]:
    """Return a page whole, as data."""
    return {
        **item(page),
        "summary": page.description or document.summary,
        "html": html,
        "text": document.text,
        "toc": [{"level": h.level, "id": h.id, "text": h.text} for h in document.headings],
        "links": [{"url": link.target, "text": link.text} for link in document.links],
        "images": [{"url": image.target, "alt": image.alt, "caption": image.title} for image in document.images],
        "notes": [{"number": note.number, "text": note.text} for note in document.notes],
    }


def section_data(section: Section, site: Site) -> dict[str, Any]:
    """Return a folder as data: its pages and the folders below."""
    items = [item(page) for page in section.pages]
    return _list(section, site, items, len(items), 1, 1)


def gallery_data(section: Section, site: Site, facts: Mapping[str, Facts], number: int, size: int) -> dict[str, Any]:
    """Return a page of a gallery as data, `size` photographs a page; `number` counts from 1."""
    shown = section.photos[(number - 1) * size : number * size]
    items = [photo_data(photo, facts.get(photo.path), site.config) for photo in shown]
    total = len(section.photos)
    return _list(section, site, items, total, number, max(1, -(-total // size)))


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


def photo_data(photo: Photo, facts: Facts | None, config: Config) -> dict[str, Any]:
    """Return a photograph as data: its words, what its camera wrote, where its copies are.

    Of where it was taken only what the author wrote beside it, or lets the gallery tell.
    """
    date = photo.date or (facts.date if facts else None)
    known = facts if facts and facts.width else None
    return {
        "url": photo.url,
        "title": photo.title,
        "alt": photo.alt,
        "caption": public(photo.sidecar.body).strip()
        if photo.sidecar and photo.sidecar.body.strip()
        else photo.caption,
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
    """Return every copy of a photograph: width in pixels, type, address."""
    shown = picture(photo, facts, config)
    sets = [(source.type, source.srcset) for source in shown.sources]
    sets.append((TYPES[config.photographs.formats[-1]], shown.srcset))
    return [
        {"url": url, "width": int(width.removesuffix("w")), "type": kind}
        for kind, srcset in sets
        for url, _, width in (candidate.rpartition(" ") for candidate in srcset.split(", "))
    ]


def photo_text(photo: dict[str, Any], *, markdown: bool) -> str:
    """Return what `photo_data` says in words."""
    title = photo["title"] or "Photograph"
    head = f"# {title}" if markdown else f"{title}\n{'=' * min(len(title), 72)}"
    parts = (head, photo["alt"], photo["caption"], photo["date"], photo["exif"])
    return "\n\n".join(part for part in parts if part) + "\n"


def dump(data: Any) -> bytes:
    """Write JSON in UTF-8, the same bytes for the same data."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
