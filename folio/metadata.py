"""Site + a thing on it -> Head: its page's metadata for browsers, other sites and search engines. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from folio import sheets, slugs, structured
from folio.config import Config
from folio.content import Page, Photo, Section, Visibility
from folio.markdown import Document, Picture
from folio.pages import Tag, folder_of
from folio.references import href
from folio.snapshot import Site
from folio.structured import Node

DESCRIPTION_CHARACTERS = 300
CARD_PX = (1200, 630)
FORMS = (
    ("md", "text/markdown", "Markdown"),
    ("txt", "text/plain", "Plain text"),
    ("json", "application/json", "JSON"),
    ("pdf", "application/pdf", "PDF"),
    ("epub", "application/epub+zip", "EPUB"),
)  # forms beside HTML: (suffix, media type, name)
FEEDS = (
    ("feed.xml", "application/rss+xml", "RSS"),
    ("atom.xml", "application/atom+xml", "Atom"),
    ("feed.json", "application/feed+json", "JSON Feed"),
)
_TWITTER = re.compile(r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/@?(\w{1,15})/?")
_FEDIVERSE = re.compile(r"https?://([\w.-]+)/@(\w+)/?")


class Head(NamedTuple):
    """What base.html writes into a page's <head>; `canonical` and `card` are absolute, other URLs root-relative.

    `structured` is its JSON-LD as a ready script; `twitter` and `fediverse` name the author where a link of
    site.toml tells ("@ada", "@ada@social.example").
    """

    title: str
    canonical: str
    path: str
    icon: str
    accent: str
    language: str
    description: str = ""
    alternates: tuple[tuple[str, str, str], ...] = ()  # (type, href, title)
    card: str = ""
    card_alt: str = ""
    card_px: tuple[int, int] = CARD_PX
    kind: str = "website"  # website | article
    published: str = ""  # ISO, as precise as known
    updated: str = ""
    author: str = ""  # the name of the page's author
    section: str = ""
    tags: tuple[str, ...] = ()
    twitter: str = ""
    fediverse: str = ""
    direction: str = ""
    code: bool = False
    tables: bool = False
    noindex: bool = False
    gallery: bool = False
    structured: Markup = structured.NOTHING


def page_head(site: Site, page: Page, document: Document) -> Head:
    """Return the head of a page."""
    section = site.sections.get(folder_of(page))
    card = card_url(site.config, page.url) if site.config.features.cards else ""
    return make_head(
        site,
        page.url,
        page.title,
        page.description or document.summary,
        card=True,
        forms=forms_of(site, page),
        kind="article" if page.date else "website",
        published=page.date.iso if page.date else "",
        updated=page.updated.iso if page.updated else "",
        author=page.author or site.config.author.name,
        section=section.title if section and section.url != "/" else "",
        tags=page.tags,
        language=page.language,
        direction=page.direction,
        code=document.has_code,
        tables=has_tables(document),
        noindex=page.noindex or page.visibility is not Visibility.PUBLISHED,
        canonical=page.canonical,
        nodes=[structured.article(site, page, document, card)],
    )


def section_head(
    site: Site,
    section: Section,
    document: Document | None,
    *,
    gallery: bool = False,
    shown: Iterable[tuple[Photo, Picture]] = (),
    number: int = 1,
) -> Head:
    """Return the head of page `number` of a folder; `shown` are the photographs on that page of a gallery."""
    feed = feed_url(site, section)
    described = (section.page.description if section.page else "") or (document.summary if document else "")
    language = section.page.language if section.page else ""
    node = structured.gallery(site, section, described, shown) if gallery else _listed(site, section, described)
    return make_head(
        site, section.url, section.title, described, card=True, feed=feed, code=has_code(document),
        language=language, gallery=gallery, tables=bool(document and has_tables(document)),
        forms=forms_of(site, section), canonical=numbered(site, section.url, number),
        noindex=section.url in site.unlisted or bool(section.page and section.page.noindex), nodes=[node],
    )  # fmt: skip


def numbered(site: Site, path: str, number: int) -> str:
    """Return the canonical address of page `number` of a list; "" for the first, whose address is the list's."""
    return site.config.base_url + sheets.address(href(path), number) if number > 1 else ""


def _listed(site: Site, section: Section, description: str) -> Node:
    return structured.collection(site, section.url, section.title, description)


def forms_of(site: Site, thing: Page | Section | Photo | Tag) -> tuple[str, ...]:
    """Return the suffixes of a thing's forms beside HTML; photographs and empty folders have no PDF and no EPUB."""
    features = site.config.features
    holds = isinstance(thing, Section) and bool(thing.page or thing.pages or thing.photos or thing.sections)
    bound = holds or isinstance(thing, Page | Tag)
    return tuple(form for form, _, _ in FORMS if features.offers(form) and (bound or form not in slugs.BOUND))


def feed_url(site: Site, section: Section) -> str:
    """Return the address of a folder's feed, "" where it has none or the author wants none."""
    wanted = site.config.sections.get(section.url.strip("/"))
    listed = section.url in site.sections and (wanted is None or wanted.feed)
    filled = (section.is_gallery and section.photos) or site.has_posts(section.url)
    return f"{section.url}/feed.xml" if listed and filled else ""


def make_head(
    site: Site,
    path: str,
    title: str,
    description: str = "",
    *,
    card: bool = False,
    forms: Collection[str] = (),
    feed: str = "",
    icon: str = "",
    language: str = "",
    canonical: str = "",
    noindex: bool = False,
    nodes: Sequence[Node] = (),
    **rest: Any,
) -> Head:
    """Make the head of any page; `forms` are the suffixes, out of FORMS, of its forms beside HTML.

    `nodes` are its structured data, to which breadcrumbs are added; a page with `noindex` has none.
    """
    config = site.config
    name = "/index" if path == "/" else href(path)
    card = card and config.features.cards
    data = [] if noindex else [*nodes, *(structured.breadcrumbs(site, path, title) if nodes else ())]
    return Head(
        title=title,
        canonical=canonical or config.base_url + href(path),
        path=path,
        icon=icon or f"/icon{name}.svg",
        accent=site.accent_at(path),
        language=language or config.language,
        description=(description or ("" if noindex else _in_short(title, config)))[:DESCRIPTION_CHARACTERS],
        alternates=(*_forms(name, forms), *_feeds(feed, title, config)),
        card=card_url(config, path) if card else "",
        card_alt=title or config.title if card else "",
        twitter=twitter(config),
        fediverse=fediverse(config),
        noindex=noindex,
        structured=structured.script(data),
        **rest,
    )


def _in_short(title: str, config: Config) -> str:
    """Describe a page without a description by its title and the site's description."""
    return f"{title}. {config.description}" if title and config.description else title or config.title


def _forms(name: str, forms: Collection[str]) -> Iterable[tuple[str, str, str]]:
    return [(kind, f"{name}.{form}", called) for form, kind, called in FORMS if form in forms]


def _feeds(feed: str, title: str, config: Config) -> Iterable[tuple[str, str, str]]:
    """Yield every feed of a list, then those of the site; `feed` is the address of the list's first one."""
    folders = {feed.rpartition("/")[0]: title} if feed else {}
    for folder, called in (folders | {"": config.title}).items():
        yield from ((kind, f"{folder}/{name}", f"{called} ({sort})") for name, kind, sort in FEEDS)


def card_url(config: Config, path: str) -> str:
    """Return the absolute address of the card of the thing at a URL path."""
    return f"{config.base_url}/og-image{'/index' if path == '/' else href(path)}.png"


def twitter(config: Config) -> str:
    """Return the author's name on Twitter, from a link of site.toml: "@ada"; "" without such a link."""
    found = filter(None, (_TWITTER.fullmatch(link.url) for link in config.author.links))
    return next((f"@{match[1]}" for match in found), "")


def fediverse(config: Config) -> str:
    """Return the author's name in the fediverse, from a link of site.toml: "@ada@social.example", or ""."""
    found = filter(None, (_FEDIVERSE.fullmatch(link.url) for link in config.author.links))
    return next((f"@{match[2]}@{match[1]}" for match in found), "")


def intro_head(site: Site, path: str, title: str, *, lists: bool = True, **rest: Any) -> Head:
    """Return the head of an engine page; the author's own page at that address gives title and description.

    `lists` is False for a page that is not a list.
    """
    own = site.intros.get(path)
    titled, described = own.title if own else title, own.description if own else ""
    node = structured.collection(site, path, titled, described, "CollectionPage" if lists else "WebPage")
    return make_head(site, path, titled, described, icon="/icon/index.svg", nodes=[node], **rest)


def has_code(document: Document | None) -> bool:
    return bool(document and document.has_code)


def has_tables(document: Document) -> bool:
    return any(token.type == "table_open" for token in document.tokens)
