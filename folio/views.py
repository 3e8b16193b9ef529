"""Site + a thing on it -> the context of its template. Pure: what a page says, apart from how it looks or travels."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from folio import archives, images
from folio.content import Page, Photo, Section
from folio.images import Facts
from folio.markdown import Document, Heading, Html, Picture
from folio.metadata import Head, feed_url, has_code, intro_head, make_head, page_head, section_head
from folio.pages import Tag, parent_url, tag_slug
from folio.snapshot import Site

Context = dict[str, Any]
NAVIGATION_LINKS = 5  # with skip link, title and search the eight stops a keyboard passes before the page
HOME_POSTS = 7
HOME_PHOTOS = 6
COVER_PHOTOS = 4
GALLERY_PAGE = 200
TOC_HEADINGS = 3
FORMS = (("PDF", "pdf"), ("Markdown", "md"))  # offered beside a page
STORAGE = frozenset(("attachments", "assets", "images", "img", "media", "static", "wp-content", "uploads", "files"))
ARCHIVE_VIEWS = (
    ("By year", "/archive"),
    ("By length", "/archive/by-length"),
    ("Tags", "/tags"),
    ("Directory", "/directory"),
)


class NavigationLink(NamedTuple):
    """A link in the header; `current` when the page is it or lies below it."""

    title: str
    url: str
    current: bool


class Step(NamedTuple):
    """A link with its words."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A photograph in a row of them."""

    photo: Photo
    picture: Picture
    title: str
    alt: str
    ratio: str
    url: str


def home(site: Site, index: Document | None, intro: str, summary: str, tiles: tuple[Tile, ...]) -> Context:
    """The front page: the author's word, the latest post, a strip of photographs, seven more; of no posts, pages."""
    latest = site.posts[0] if site.posts else None
    others = site.posts[1:] if latest else tuple(page for page in site.public if not page.is_index)
    page = site.sections["/"].page
    described = site.config.description or (index.summary if index else "")
    head = make_head(
        site, "/", page.title if page else "", described, card=True, feed="/feed.xml", code=has_code(index)
    )
    return {
        **_base(site, replace(head, title="")),
        "intro": intro,
        "latest": latest,
        "latest_summary": summary,
        "tiles": tiles,
        "tiles_url": parent_url(tiles[0].photo.gallery) if tiles else "",
        "posts": others[:HOME_POSTS],
        "more_url": "/archive",
    }


def page(site: Site, page: Page, document: Document, html: Html, has_pdf: bool) -> Context:
    """An essay, a poem, any page of words."""
    older, newer = site.neighbours(page)
    parent = site.sections.get(parent_url(page.url))
    return {
        **_base(site, page_head(site, page, document)),
        "page": page,
        "html": html.text,
        "toc": table_of_contents(document),
        "section": Step(parent.title, parent.url) if parent and parent.url != "/" else None,
        "older": older,
        "newer": newer,
        "forms": tuple(Step(name, f"{page.url}.{form}") for name, form in FORMS if form != "pdf" or has_pdf),
        "summary": page.description,
        "tags": tuple(Step(tag, f"/tags/{slug}") for tag, slug in _tags_of(site, page)),
        "updated_text": _updated(page),
    }


def section(
    site: Site, section: Section, document: Document | None, html: str, tiles: tuple[Tile, ...] = ()
) -> Context:
    """A folder: its own words, its pages, the folders below; `tiles` of the galleries among these are shown by them."""
    return {
        **_base(site, section_head(site, section, document)),
        "section": section,
        "html": html,
        "summary": section.page.description if section.page else "",
        "children": site.below(section),
        "covers": _by_gallery(tiles),
        "pages": section.pages,
        "parent": _parent(site, section.url),
        "feed_url": feed_url(site, section),
    }


def gallery(
    site: Site, section: Section, document: Document | None, html: str, tiles: tuple[Tile, ...], number: int
) -> Context:
    """A folder of photographs, `GALLERY_PAGE` of them a page; `number` counts from 1."""
    head = section_head(site, section, document, gallery=True)
    return {
        **_base(site, head),
        "section": section,
        "html": html,
        "tiles": tiles,
        "children": site.below(section),
        "parent": _parent(site, section.url),
        "page_number": number,
        "page_count": gallery_pages(section),
        "total": len(section.photos),
    }


def photo(site: Site, photo: Photo, facts: Facts, caption: str) -> Context:
    """One photograph on a page of its own, with its neighbours."""
    gallery = site.section(photo.gallery)
    assert gallery is not None  # a photo has an address only in a gallery
    paths = [p.path for p in gallery.photos]
    n = paths.index(photo.path)
    title = photo_name(photo, n + 1)
    noindex = gallery.url in site.unlisted
    head = make_head(site, photo.url, title, photo.alt, icon=f"/icon{gallery.url}.svg", gallery=True, noindex=noindex)
    picture = images.picture(photo, facts, site.config)
    return {
        **_base(site, replace(head, card=site.config.base_url + picture.src if facts.width else "")),
        "photo": photo,
        "title": title,
        "picture": picture,
        "alt": photo.alt,
        "caption": caption,
        "exif": images.exif_line(facts),
        "ratio": images.ratio_class(facts),
        "date": photo.date or facts.date,
        "previous": _photo_step(gallery, n - 1),
        "next": _photo_step(gallery, n + 1),
        "gallery": Step(gallery.title, gallery.url),
        "position": n + 1,
        "total": len(paths),
    }


def archive(site: Site, intro: str) -> Context:
    """Every dated page, by year."""
    dated = archives.dated(site)
    undated = tuple(p for p in site.public if not p.date and not p.is_index)
    return {
        **_base(site, intro_head(site, "/archive", "Archive", feed="/feed.xml")),
        "years": archives.by_year(dated),
        "undated": undated,
        "total": len(dated) + len(undated),
        "words": sum(page.words for page in (*dated, *undated)),
        "views": _archive_views("/archive"),
        "intro": intro,
    }


def archive_by_length(site: Site, intro: str) -> Context:
    """Every page, by how long it takes to read."""
    pages = tuple(page for page in site.public if not page.is_index)
    return {
        **_base(site, intro_head(site, "/archive/by-length", "Archive by length")),
        "groups": archives.by_length(pages),
        "total": len(pages),
        "words": sum(page.words for page in pages),
        "views": _archive_views("/archive/by-length"),
        "intro": intro,
    }


def tags(site: Site, intro: str) -> Context:
    """Every tag with its count."""
    return {**_base(site, intro_head(site, "/tags", "Tags")), "tags": tuple(site.tags.values()), "intro": intro}


def tag(site: Site, tag: Tag, intro: str) -> Context:
    """The pages of one tag, under its name or the title the author gives it."""
    feed = f"{tag.url}/feed.xml"
    return {
        **_base(site, intro_head(site, tag.url, tag.name, feed=feed)),
        "tag": tag,
        "intro": intro,
        "pages": tag.pages,
        "feed_url": feed,
    }


def directory(site: Site, intro: str) -> Context:
    """The tree of the whole site."""
    head = intro_head(site, "/directory", "Directory")
    return {**_base(site, head), "tree": archives.directory(site), "total": len(site.public), "intro": intro}


LISTINGS: Mapping[str, tuple[str, Callable[[Site, str], Context]]] = {
    "/archive": ("archive.html", archive),
    "/archive/by-length": ("archive_length.html", archive_by_length),
    "/tags": ("tags.html", tags),
    "/directory": ("directory.html", directory),
}  # address -> its template, and what fills it from the site and the author's introduction


def search(site: Site, query: str, results: Any, number: int, building: str) -> Context:
    """The search form and what it found."""
    head = intro_head(site, "/search", f"Search: {query}" if query else "Search", noindex=bool(query))
    return {**_base(site, head), "query": query, "results": results, "page": number, "building": building}


def error(site: Site, status: int, words: tuple[str, str, str], suggestions: Sequence[Page], query: str) -> Context:
    """What went wrong, in words a visitor can use: (title, message, remedy)."""
    title, message, remedy = words
    head = make_head(site, "/", title, icon="/icon/index.svg", noindex=True)
    return {
        **_base(site, replace(head, canonical="")),
        "status": status,
        "title": title,
        "message": message,
        "remedy": remedy,
        "suggestions": tuple(Step(page.title, page.url) for page in suggestions),
        "query": query,
    }


def programs(site: Site, paths: tuple[tuple[str, str, str], ...]) -> Context:
    """What programs can ask."""
    return {**_base(site, intro_head(site, "/api", "For programs")), "paths": paths}


def table_of_contents(document: Document) -> tuple[Heading, ...]:
    """Return the headings of the second and third level, or none when there are too few to need a list."""
    listed = tuple(h for h in document.headings if h.level in (2, 3))
    return listed if sum(h.level == 2 for h in listed) >= TOC_HEADINGS else ()


def strip(site: Site) -> tuple[Photo, ...]:
    """Return the photographs of the front page: the first of each gallery, then the second of each, and so on."""
    galleries = [section.photos for section in site.sections.values() if section.is_gallery]
    rounds = (photo for row in itertools.zip_longest(*galleries) for photo in row if photo)
    return tuple(itertools.islice(rounds, HOME_PHOTOS))


def covers(site: Site, section: Section) -> tuple[Photo, ...]:
    """Return the first photographs of each gallery that lies in a folder."""
    return tuple(photo for below in site.below(section) if below.is_gallery for photo in below.photos[:COVER_PHOTOS])


def tiles(photos: Sequence[Photo], facts: Mapping[str, Facts], site: Site) -> tuple[Tile, ...]:
    """Return a tile for each photograph; one whose file cannot be read is left out (health names it)."""
    return tuple(
        Tile(
            photo=p,
            picture=images.picture(p, facts[p.path], site.config, page=p.url),
            title=p.title,
            alt=p.alt or p.title,
            ratio=images.ratio_class(facts[p.path]),
            url=p.url,
        )
        for p in photos
        if p.path in facts and facts[p.path].width
    )


def gallery_pages(section: Section) -> int:
    """Return how many pages a gallery takes, at least 1."""
    return max(1, -(-len(section.photos) // GALLERY_PAGE))


def photo_name(photo: Photo, position: int) -> str:
    """Name a photograph: its title, or "Photograph 3" where it has none."""
    return photo.title or f"Photograph {position}"


def _by_gallery(tiles: Sequence[Tile]) -> Mapping[str, tuple[Tile, ...]]:
    return {url: tuple(shown) for url, shown in itertools.groupby(tiles, lambda tile: tile.photo.gallery)}


def _photo_step(gallery: Section, n: int) -> Step | None:
    if not 0 <= n < len(gallery.photos):
        return None
    return Step(photo_name(gallery.photos[n], n + 1), gallery.photos[n].url)


def _base(site: Site, head: Head) -> Context:
    return {"site": site.config, "nav": _navigation(site, head.path), "head": head}


def _navigation(site: Site, path: str) -> tuple[NavigationLink, ...]:
    links = [(link.title, link.url) for link in site.config.navigation] or _top_sections(site)
    return tuple(
        NavigationLink(title, url, path == url or (url != "/" and path.startswith(url + "/"))) for title, url in links
    )


def _top_sections(site: Site) -> list[tuple[str, str]]:
    """The top folders by weight, then by how much they hold, without those that hold only what others show."""

    def key(section: Section) -> tuple[int, int, str]:
        weight = section.page.weight if section.page and section.page.weight is not None else 10**9
        return (weight, -site.held[section.url.lstrip("/")], section.url)

    top = [site.sections[url] for url in site.sections["/"].sections]
    top = sorted((section for section in top if not _is_storage(site, section)), key=key)
    names = [(s.page.link_title if s.page and s.page.link_title else s.title, s.url) for s in top]
    return names[:NAVIGATION_LINKS]


def _is_storage(site: Site, section: Section) -> bool:
    """Say whether a top folder only keeps what other pages show: it has the name of such a one, and no page."""
    name = section.url.strip("/").casefold()
    return name in STORAGE and not section.page and section.url.split("/")[1] not in site.paged


def _parent(site: Site, url: str) -> Step | None:
    above = parent_url(url)
    if url == "/" or above == "/" or above not in site.sections:
        return None
    return Step(site.sections[above].title, above)


def _archive_views(current: str) -> tuple[tuple[str, str, bool], ...]:
    return tuple((name, url, url == current) for name, url in ARCHIVE_VIEWS)


def _tags_of(site: Site, page: Page) -> tuple[tuple[str, str], ...]:
    known = (site.tags.get(tag_slug(name)) for name in page.tags)  # an unlisted page's own tags may have no page
    return tuple((tag.name, tag.slug) for tag in known if tag)


def _updated(page: Page) -> str:
    """Say when a page was last changed, on a later day than that of its date."""
    if page.updated is None or (page.date and not page.updated.follows(page.date)):
        return ""
    return page.updated.text
