"""Visible pages and photographs -> the folders that hold them, as sections with their pages, folders and photographs.

site.py decides what is visible.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from folio import bundles, slugs
from folio.content import Page, Photo, Section, Visibility
from folio.galleries import ordered
from folio.pages import folder_of, in_order, parent_url


def gather(
    visible: Mapping[str, Page],
    public: Sequence[Page],
    pictures: Iterable[Photo],
    galleries: Collection[str],
    names: Mapping[str, str],
    home: str,
) -> dict[str, Section]:
    """Make a section of each folder that holds something visible, and of the root.

    `visible` are pages by URL, `public` pages newest first, `galleries` URLs, `names` the names of folders by URL,
    `home` the root's title if it has no index.
    """
    indexes = {url: page for url, page in visible.items() if page.is_index}
    posts = {url for url, page in visible.items() if bundles.is_bundle(page)}
    held = _held(public, posts)
    shown: dict[str, list[Photo]] = {}
    for photo in pictures:
        if photo.url:
            shown.setdefault(photo.gallery, []).append(photo)
    live = _with_parents({*held, *indexes, *shown}) - (visible.keys() - indexes.keys())
    below = _below(live, indexes, posts)
    return {
        url: Section(
            url=url,
            title=_title(indexes.get(url), names.get(url, url.rpartition("/")[2]), home),
            page=indexes.get(url),
            pages=in_order(held.get(url, ())),
            sections=tuple(below.get(url, ())),
            photos=ordered(shown.get(url, ()), indexes.get(url)),
            is_gallery=url in shown or url in galleries,
        )
        for url in sorted(live)
    }


def is_unlisted(sections: Mapping[str, Section], url: str) -> bool:
    """Say whether a folder is unlisted: by the visibility of its index, else as the folder above."""
    while url != "/":
        section = sections.get(url)
        if section and section.page:
            return section.page.visibility is Visibility.UNLISTED
        url = parent_url(url)
    return False


def _above_posts(folder: str, posts: Collection[str]) -> str:
    """Return the URL of the folder that lists what lies in `folder`; if that is a post's bundle, the post's folder."""
    while folder in posts:
        folder = parent_url(folder)
    return folder


def _held(public: Iterable[Page], posts: Collection[str]) -> dict[str, list[Page]]:
    """Group the pages that are not an index by the URL of their folder; the root is always included."""
    held: dict[str, list[Page]] = {"/": []}
    for page in public:
        if not page.is_index:
            held.setdefault(_above_posts(folder_of(page), posts), []).append(page)
    return held


def _below(live: Iterable[str], indexes: Mapping[str, Page], posts: Collection[str]) -> dict[str, list[str]]:
    """Group the folders to be listed by the URL of the folder that lists them."""
    below: dict[str, list[str]] = {}
    for url in sorted(live):
        if url != "/" and (url not in indexes or indexes[url].visibility is Visibility.PUBLISHED):
            below.setdefault(_above_posts(parent_url(url), posts), []).append(url)
    return below


def _with_parents(urls: set[str]) -> set[str]:
    found = set(urls)
    for url in urls:
        while (url := parent_url(url)) not in found:
            found.add(url)
    return found


def _title(index: Page | None, name: str, home: str) -> str:
    return index.title if index else slugs.pretty(name) or home
