"""Site + a thing on it -> structured data for search engines: schema.org as JSON-LD, one data block per page. Pure.

metadata.py puts it in the head. Dates keep their precision, and unknown properties are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from folio.config import Config
from folio.content import Page, Photo, Section
from folio.dates import Date
from folio.markdown import Document
from folio.markdown.document import Picture
from folio.pages import folder_of
from folio.references import href
from folio.snapshot import Site

Node = dict[str, Any]

NOTHING = Markup()
GALLERY_IMAGES = 50  # listed for one page of a gallery; the sitemap has all of them
OWN_LISTS: Mapping[str, str] = {"/archive": "Archive", "/tags": "Tags"}  # with pages below them
_UNSAFE = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def script(nodes: Sequence[Node]) -> Markup:
    """Write nodes as the text of a `<script type="application/ld+json">`, "" without any.

    In JSON, characters that could end the script or begin markup occur only in strings, where an escape means the
    same: "</script>" is written "\\u003c/script\\u003e", so that no title can break out.
    """
    if not nodes:
        return NOTHING
    graph = nodes[0] if len(nodes) == 1 else {"@graph": list(nodes)}
    written = json.dumps({"@context": "https://schema.org", **graph}, ensure_ascii=False, separators=(",", ":"))
    return Markup(written.translate(_UNSAFE))  # noqa: S704 - escaped for where it stands


def article(site: Site, page: Page, document: Document, image: str) -> Node:
    """Describe a page: a post, another dated page, or an undated one; `image` is an absolute URL."""
    address = page.canonical or site.config.base_url + href(page.url)
    section = site.sections.get(folder_of(page))
    kind = "WebPage" if not page.date else "BlogPosting" if page.url in site.posted else "Article"
    return _known(
        {
            "@type": kind,
            "headline" if page.date else "name": page.title,
            "description": page.description or document.summary,
            "url": address,
            "mainEntityOfPage": address if page.date else "",
            "datePublished": _iso(page.date),
            "dateModified": _iso(page.updated),
            "author": author(site.config, page.author),
            "image": image,
            "wordCount": document.words if page.date else None,
            "keywords": list(page.tags),
            "articleSection": section.title if page.date and section and section.url != "/" else "",
            "inLanguage": page.language or site.config.language,
            "isPartOf": _website(site.config),
        }
    )


def collection(site: Site, url: str, title: str, description: str, kind: str = "CollectionPage", **more: Any) -> Node:
    """Describe a page that lists others."""
    return _known(
        {
            "@type": kind,
            "name": title,
            "description": description,
            "url": site.config.base_url + href(url),
            "inLanguage": site.config.language,
            "author": author(site.config) if more else None,
            "isPartOf": _website(site.config),
            **more,
        }
    )


def gallery(site: Site, section: Section, description: str, shown: Iterable[tuple[Photo, Picture]]) -> Node:
    """Describe one page of a gallery with the photographs on it, at most `GALLERY_IMAGES`."""
    few = [pair for _, pair in zip(range(GALLERY_IMAGES), shown, strict=False)]
    images = [_image(site.config, photo, picture) for photo, picture in few]
    return collection(site, section.url, section.title, description, "ImageGallery", associatedMedia=images)


def photograph(site: Site, photo: Photo, picture: Picture, title: str, caption: str, date: Date | None) -> Node:
    """Describe a photograph on its own page."""
    return _known(
        {
            **_image(site.config, photo, picture),
            "name": title,
            "caption": caption,
            "dateCreated": _iso(date),
            "creator": author(site.config),
            "creditText": site.config.author.name,
            "representativeOfPage": True,
            "isPartOf": site.config.base_url + href(photo.gallery),
        }
    )


def front(config: Config, title: str, description: str) -> list[Node]:
    """Describe the site and its author."""
    target = {"@type": "EntryPoint", "urlTemplate": f"{config.base_url}/search?q={{query}}"}
    search = {"@type": "SearchAction", "target": target, "query-input": "required name=query"}
    person = author(config)
    site = _known(
        {
            **_website(config),
            "name": title,
            "description": description,
            "inLanguage": config.language,
            "author": {"@id": person["@id"]} if person else None,
            "potentialAction": search if config.features.search else None,
        }
    )
    return [site, person] if person else [site]


def author(config: Config, name: str = "") -> Node | None:
    """Describe the author of a page: the site's, or a person of another `name`; None if neither is named."""
    own = config.author
    if name and name != own.name:
        return {"@type": "Person", "name": name}
    links = [link.url for link in own.links if link.url.startswith("http")]
    person = {"@type": "Person", "@id": f"{config.base_url}/#author", "name": own.name, "sameAs": links}
    return _known({**person, "url": own.url or f"{config.base_url}/"}) if own.name else None


def breadcrumbs(site: Site, url: str, title: str) -> list[Node]:
    """Describe the path from the front page to a page below a folder or a list; [] for any other page."""
    between = list(_above(site, url))
    if not between:
        return []
    way = [(site.config.title, "/"), *between, (title, url)]
    steps = [
        {"@type": "ListItem", "position": n, "name": name, "item": site.config.base_url + href(address)}
        for n, (name, address) in enumerate(way, 1)
    ]
    return [{"@type": "BreadcrumbList", "itemListElement": steps}]


def _above(site: Site, url: str) -> Iterator[tuple[str, str]]:
    """Yield (title, URL) of the folders or lists above a page, outermost first, without the front page."""
    parts = url.split("/")[1:-1]
    for n in range(len(parts)):
        above = "/" + "/".join(parts[: n + 1])
        if above in site.sections:
            yield site.sections[above].title, above
        elif above in OWN_LISTS:
            yield site.intros[above].title if above in site.intros else OWN_LISTS[above], above


def _image(config: Config, photo: Photo, picture: Picture) -> Node:
    largest = picture.srcset.rpartition(", ")[2].partition(" ")[0] or picture.src
    return _known(
        {
            "@type": "ImageObject",
            "contentUrl": config.base_url + largest,
            "url": config.base_url + href(photo.url),
            "name": photo.title,
            "description": photo.alt,
            "width": picture.width,
            "height": picture.height,
        }
    )


def _website(config: Config) -> Node:
    home = f"{config.base_url}/"
    return {"@type": "WebSite", "@id": f"{home}#website", "name": config.title, "url": home}


def _iso(date: Date | None) -> str:
    return date.iso if date else ""


def _known(node: Node) -> Node:
    return {name: value for name, value in node.items() if value not in ("", None, [])}
