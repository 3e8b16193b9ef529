"""Texts -> the contexts of the front page, of an essay or any other text page, and of a folder of pages."""

from __future__ import annotations

from collections.abc import Sequence

from folio import structured
from folio.content import Page, Section
from folio.errors import NotFound
from folio.garden import Garden
from folio.markdown import Document, Heading, Html
from folio.metadata import feed_url, forms_of, has_code, make_head, page_head, section_head
from folio.pages import folder_of, tag_slug
from folio.sheets import Groups, sheets
from folio.snapshot import Site
from folio.views.base import Context, Step, base, parent
from folio.views.ends import end_of
from folio.views.listing import line_weight, nth, years
from folio.views.tiles import Tile, by_gallery

HOME_POSTS = 7
TOC_HEADINGS = 3
FORMS = (("PDF", "pdf"), ("EPUB", "epub"), ("Markdown", "md"))  # formats that a page links to


def home(site: Site, index: Document | None, intro: str, summary: str, tiles: tuple[Tile, ...]) -> Context:
    """Return the context of the front page: introduction, latest post, a strip of photographs, seven more posts.

    Without posts, it lists pages instead.
    """
    latest = site.posts[0] if site.posts else None
    others = site.posts[1:] if latest else tuple(page for page in site.public if not page.is_index)
    page = site.sections["/"].page
    described = site.config.description or (index.summary if index else "")
    head = make_head(
        site, "/", page.title if page else "", described, card=True, forms=forms_of(site, site.sections["/"]),
        code=has_code(index),
        nodes=structured.front(site.config, site.config.title, described),
    )  # fmt: skip
    return {
        **base(site, head._replace(title="")),
        "intro": intro,
        "latest": latest,
        "latest_summary": summary,
        "tiles": tiles,
        "posts": others[:HOME_POSTS],
    }


def page(garden: Garden, page: Page, document: Document, html: Html) -> Context:
    """Return the context of an essay or any other text page."""
    site = garden.site
    older, newer = site.neighbours(page)
    parent = site.sections.get(folder_of(page))
    return {
        **base(site, page_head(site, page, document)),
        "page": page,
        "html": html.text,
        "toc": table_of_contents(document) if page.toc else (),
        "section": Step(parent.title, parent.url) if parent and parent.url != "/" else None,
        "older": older,
        "newer": newer,
        "forms": tuple(Step(name, f"{page.url}.{form}") for name, form in FORMS if form in forms_of(site, page)),
        "tags": tuple(Step(tag, f"/tags/{slug}") for tag, slug in _tags_of(site, page)),
        "updated_text": _updated(page),
        **end_of(garden, page),
    }


def section(
    garden: Garden,
    section: Section,
    document: Document | None,
    html: str,
    tiles: tuple[Tile, ...] = (),
    racks: tuple[Step, ...] = (),
    number: int = 1,
) -> Context:
    """Return the context of a folder: its own text, its pages, its subfolders; galleries among them show `tiles`.

    `racks` lead to the photographs below it by camera, lens and year. The list of pages is divided; `number`, from 1,
    selects its page. Raises NotFound past the last.
    """
    site, (divided, jumps) = garden.site, garden.once(_divided, section.url)
    if not 1 <= number <= len(divided):
        raise NotFound(section.url)
    return {
        **base(site, section_head(site, section, document, number=number)),
        "section": section,
        "html": html,
        "children": site.below(section),
        "covers": by_gallery(tiles),
        "racks": racks,
        "pages": tuple(page for _, pages in nth(divided, number) for page in pages),
        "total": len(section.pages),
        "jumps": jumps,
        "page_number": number,
        "page_count": len(divided),
        "pages_url": section.url,
        "parent": parent(site, section.url),
        "feed_url": feed_url(site, section),
    }


def _divided(garden: Garden, url: str) -> tuple[Sequence[Groups[str, Page]], tuple[Step, ...]]:
    """Return the pages of a folder divided into list pages, and links to where each year begins."""
    section = garden.site.section(url)
    divided = sheets([("", section.pages if section else ())], line_weight)
    return divided, years(divided, url)


def table_of_contents(document: Document) -> tuple[Heading, ...]:
    """Return the headings of the second and third level; none if there are fewer than TOC_HEADINGS of the second."""
    listed = tuple(h for h in document.headings if h.level in (2, 3))
    return listed if sum(h.level == 2 for h in listed) >= TOC_HEADINGS else ()


def _tags_of(site: Site, page: Page) -> tuple[tuple[str, str], ...]:
    known = (site.tags.get(tag_slug(name)) for name in page.tags)  # an unlisted page's own tags may have no page
    return tuple((tag.name, tag.slug) for tag in known if tag)


def _updated(page: Page) -> str:
    """Return the date of a page's last change, "" unless it is later than the page's date."""
    if page.updated is None or (page.date and not page.updated.follows(page.date)):
        return ""
    return page.updated.text
