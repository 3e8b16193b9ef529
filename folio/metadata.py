"""Site + a thing on it -> Head: what the page says of itself to browsers, other sites and search engines. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from folio.content import Page, Section, Visibility
from folio.markdown import Document
from folio.references import href
from folio.snapshot import Site

DESCRIPTION_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Head:
    """What base.html says of a page in its <head>; `canonical` and `card` are absolute, other URLs root-relative."""

    title: str
    canonical: str
    path: str
    icon: str
    accent: str
    language: str
    description: str = ""
    alternates: tuple[tuple[str, str, str], ...] = ()  # (type, href, title)
    card: str = ""
    kind: str = "website"  # website | article
    published: str = ""  # ISO, as precise as known
    updated: str = ""
    direction: str = ""
    code: bool = False
    tables: bool = False
    noindex: bool = False
    gallery: bool = False


def page_head(site: Site, page: Page, document: Document) -> Head:
    """The head of a page of words."""
    return make_head(
        site,
        page.url,
        page.title,
        page.description or document.summary,
        card=True,
        kind="article" if page.date else "website",
        published=page.date.iso if page.date else "",
        updated=page.updated.iso if page.updated else "",
        language=page.language,
        direction=page.direction,
        code=document.has_code,
        tables=has_tables(document),
        noindex=page.noindex or page.visibility is not Visibility.PUBLISHED,
        canonical=page.canonical,
    )


def section_head(site: Site, section: Section, document: Document | None, *, gallery: bool = False) -> Head:
    """The head of a folder's page."""
    feed = feed_url(site, section)
    described = (section.page.description if section.page else "") or (document.summary if document else "")
    language = section.page.language if section.page else ""
    return make_head(
        site, section.url, section.title, described, card=True, feed=feed, code=has_code(document),
        language=language, gallery=gallery, tables=bool(document and has_tables(document)),
        noindex=section.url in site.unlisted or bool(section.page and section.page.noindex),
    )  # fmt: skip


def feed_url(site: Site, section: Section) -> str:
    """Give the address of a folder's feed, "" where it has none or the author wants none."""
    wanted = site.config.sections.get(section.url.strip("/"))
    listed = section.url in site.sections and (wanted is None or wanted.feed)
    return f"{section.url}/feed.xml" if listed and site.posts_of(section.url) else ""


def make_head(
    site: Site,
    path: str,
    title: str,
    description: str = "",
    *,
    card: bool = False,
    feed: str = "",
    icon: str = "",
    language: str = "",
    canonical: str = "",
    **rest: Any,
) -> Head:
    own = href(path)
    name = "/index" if path == "/" else own
    alternates = []
    if card:
        alternates.append(("text/markdown", f"{name}.md", "Markdown"))
    if feed:
        alternates.append(("application/rss+xml", feed, f"{title or site.config.title}: feed"))
    if feed != "/feed.xml":
        alternates.append(("application/rss+xml", "/feed.xml", site.config.title))
    return Head(
        title=title,
        canonical=canonical or site.config.base_url + own,
        path=path,
        icon=icon or f"/icon{name}.svg",
        accent=site.config.accent_of(path.split("/")[1]),
        language=language or site.config.language,
        description=description[:DESCRIPTION_CHARACTERS],
        alternates=tuple(alternates),
        card=f"{site.config.base_url}/og-image{name}.png" if card else "",
        **rest,
    )


def intro_head(site: Site, path: str, title: str, **rest: Any) -> Head:
    """The head of an engine page; the author's own page of that address gives title and description."""
    own = site.intros.get(path)
    described = own.description if own else ""
    return make_head(site, path, own.title if own else title, described, icon="/icon/index.svg", **rest)


def has_code(document: Document | None) -> bool:
    return bool(document and document.has_code)


def has_tables(document: Document) -> bool:
    return any(token.type == "table_open" for token in document.tokens)
