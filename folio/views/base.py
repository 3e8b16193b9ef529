"""What every page has: the links of its header, and its head."""

from __future__ import annotations

from typing import Any, NamedTuple

from folio.content import Section
from folio.metadata import Head
from folio.pages import parent_url
from folio.snapshot import Site

NAVIGATION_LINKS = 5  # with skip link, title and search the eight stops a keyboard passes before the page
STORAGE = frozenset(("attachments", "assets", "images", "img", "media", "static", "wp-content", "uploads", "files"))

Context = dict[str, Any]


class NavigationLink(NamedTuple):
    """A link in the header; `current` when the page is it or lies below it."""

    title: str
    url: str
    current: bool


class Step(NamedTuple):
    """A link with its words."""

    title: str
    url: str


def base(site: Site, head: Head) -> Context:
    """Return what base.html needs: the settings, the links of the header, the head."""
    return {"site": site.config, "nav": _navigation(site, head.path), "head": head}


def parent(site: Site, url: str) -> Step | None:
    """Return the folder that the one at `url` lies in; None where that is the root, or nobody sees it."""
    above = parent_url(url)
    if url == "/" or above == "/" or above not in site.sections:
        return None
    return Step(site.sections[above].title, above)


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
