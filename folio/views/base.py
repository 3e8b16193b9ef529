"""The context that every page has: settings, navigation and head."""

from __future__ import annotations

from typing import Any, NamedTuple

from folio.content import Section
from folio.metadata import Head
from folio.pages import parent_url
from folio.snapshot import Site

NAVIGATION_LINKS = 5  # with skip link, title and search, eight tab stops before the page
STORAGE = frozenset(("attachments", "assets", "images", "img", "media", "static", "wp-content", "uploads", "files"))

Context = dict[str, Any]


class NavigationLink(NamedTuple):
    """A link in the header; `current` if it is the page or a folder above it."""

    title: str
    url: str
    current: bool


class Step(NamedTuple):
    """A link: its text and URL."""

    title: str
    url: str


def base(site: Site, head: Head) -> Context:
    """Return what base.html needs: the settings, the navigation, the head."""
    return {"site": site.config, "nav": _navigation(site, head.path), "head": head}


def parent(site: Site, url: str) -> Step | None:
    """Return the parent folder of a URL; None if that is the root or is not public."""
    above = parent_url(url)
    if url == "/" or above == "/" or above not in site.sections:
        return None
    return Step(site.sections[above].title, above)


def _navigation(site: Site, path: str) -> tuple[NavigationLink, ...]:
    links = [(link.title, link.url) for link in site.config.navigation] or _top_sections(site)
    page = site.pages.get(path)
    here = (path + "/", f"/{page.section}/" if page and page.section else path + "/")
    return tuple(
        NavigationLink(title, url, path == url or (url != "/" and any(one.startswith(url + "/") for one in here)))
        for title, url in links
    )


def _top_sections(site: Site) -> list[tuple[str, str]]:
    """Return the top folders by weight, then by how much they hold, without those that only store files."""

    def key(section: Section) -> tuple[int, int, str]:
        weight = section.page.weight if section.page and section.page.weight is not None else 10**9
        return (weight, -site.held[section.url.lstrip("/")], section.url)

    top = [site.sections[url] for url in site.sections["/"].sections]
    top = sorted((section for section in top if not _is_storage(site, section)), key=key)
    names = [(s.page.link_title if s.page and s.page.link_title else s.title, s.url) for s in top]
    return names[:NAVIGATION_LINKS]


def _is_storage(site: Site, section: Section) -> bool:
    """Return True if a top folder only stores files for other pages: by its name, and as it has no page."""
    name = section.url.strip("/").casefold()
    return name in STORAGE and not section.page and section.url.split("/")[1] not in site.paged
