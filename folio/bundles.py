"""Folders that are one page: Hugo's leaf bundles. `essays/2024-05-01-cats/index.md` beside its pictures and files.

site.py asks which index is a page like any other because nothing else can be visited in its folder, and which pictures
belong to the words beside them rather than to a gallery.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import quote

from folio import slugs
from folio.content import Page
from folio.pages import parent_url

_COVER = re.compile(r"(?:cover|feature|thumbnail|banner)", re.IGNORECASE)  # as themes name the one above the text


def leaves(visible: Iterable[Page], public: Iterable[Page], galleries: Iterable[str]) -> Iterator[Page]:
    """Yield the pages of folders in and below which there is no other public page and no gallery, as ordinary pages.

    Hidden pages do not count: what is seen must not change because of one. `_index.md` always is a folder's page.
    """
    inhabited: set[str] = set()  # folders, and their URLs
    for page in public:
        folder = page.path.rpartition("/")[0]
        _climb(folder.rpartition("/")[0] if page.is_index else folder, inhabited)
        _climb(page.url.rpartition("/")[0], inhabited)
    for folder in galleries:
        _climb(folder, inhabited)
    for page in visible:
        folder = page.path.rpartition("/")[0]
        is_bundle = slugs.stem(page.path) == "index" and folder and page.url != "/"
        if is_bundle and not {folder, page.url} & inhabited:
            yield replace(page, is_index=False, section="" if parent_url(page.url) == "/" else page.section)


def _climb(folder: str, seen: set[str]) -> None:
    while folder and folder not in seen:
        seen.add(folder)
        folder = folder.rpartition("/")[0]


def shows(page: Page, folder: str, names: list[str]) -> bool:
    """Say whether the pictures `names` of a folder belong to a page in it or above it.

    To the page of the folder itself when its text uses one or all are its cover; to one further up when its text uses
    most of them: a section that shows a picture of a gallery does not take it over.
    """
    own = page.path.rpartition("/")[0]
    inner = folder[len(own) + 1 :] + "/" if folder != own else ""
    if inner and inner not in page.body and quote(inner) not in page.body:
        return False
    used = (inner + name in page.body or quote(inner + name) in page.body for name in names)
    if inner:
        return 2 * sum(used) >= len(names)
    is_leaf = slugs.stem(page.path) == "index"
    return any(used) or (is_leaf and all(_COVER.match(name) or page.image.rpartition("/")[2] == name for name in names))
