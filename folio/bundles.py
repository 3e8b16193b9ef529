"""Folders that are one page: Hugo's leaf bundles, `essays/2024-05-01-cats/index.md` beside its pictures and files.

Tells site.py which index is an ordinary page (a leaf), and which pictures belong to a page rather than to a gallery.
An index is a leaf if its folder has no other page or gallery to visit, or if it is a post with pages beside it: it has
a date, its folder is nested or has a date in its name, and no other page there is dated but translations
("index.de.md"). The pages beside it keep their addresses and are listed where the post is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from folio import dates, slugs
from folio.content import Page
from folio.pages import parent_url

_COVER = re.compile(r"(?:cover|feature|thumbnail|banner)", re.IGNORECASE)  # usual names in Hugo's themes


def leaves(visible: Iterable[Page], public: Iterable[Page], galleries: Iterable[str]) -> Iterator[Page]:
    """Yield, as ordinary pages, the indexes of folders that hold no other public page and no gallery at any depth.

    Beside a post only dated pages count. Hidden pages never count: they must not change what visitors see.
    `_index.md` always is a folder's page.
    """
    inhabited: set[str] = set()  # folders with public pages or galleries, by path and by URL
    posted: set[str] = set()  # those with dated pages or galleries
    for page in public:
        folder = page.path.rpartition("/")[0]
        named_index = "index." in page.path and slugs.stem(page.path).startswith("index.")  # "index.de.md"
        seen = inhabited if page.date is None or named_index else posted
        _add_with_parents(folder.rpartition("/")[0] if page.is_index else folder, seen)
        _add_with_parents(page.url.rpartition("/")[0], seen)
    inhabited |= posted
    for folder in galleries:
        _add_with_parents(folder, inhabited)
        _add_with_parents(folder, posted)
    for page in visible:
        if "/index." not in page.path:
            continue
        folder = page.path.rpartition("/")[0]
        is_leaf = slugs.stem(page.path) == "index" and page.url != "/"
        if is_leaf and not {folder, page.url} & (posted if _is_post(page, folder) else inhabited):
            yield page._replace(is_index=False, section="" if parent_url(page.url) == "/" else page.section)


def is_bundle(page: Page) -> bool:
    """Say whether a page, once `leaves` has been applied, is a leaf bundle."""
    return not page.is_index and "index." in page.path and slugs.stem(page.path) == "index"


def _is_post(page: Page, folder: str) -> bool:
    return page.date is not None and ("/" in folder or dates.from_name(folder)[0] is not None)


def _add_with_parents(folder: str, seen: set[str]) -> None:
    while folder and folder not in seen:
        seen.add(folder)
        folder = folder.rpartition("/")[0]


def shows(page: Page, folder: str, names: list[str]) -> bool:
    """Say whether the pictures `names` of a folder belong to a page in it or above it.

    They belong to a page in the folder if its text uses one of them, or if it is the index and all are its cover. They
    belong to a page above if its text uses at least half: showing one picture of a gallery does not take it over.
    """
    own = page.path.rpartition("/")[0]
    inner = folder[len(own) + 1 :] + "/" if folder != own else ""
    body = page.body.text
    if inner and inner not in body and quote(inner) not in body:
        return False
    asked = names if body.strip() else ()
    used = (inner + name in body or quote(inner + name) in body for name in asked)
    if inner:
        return 2 * sum(used) >= len(names)
    is_leaf = slugs.stem(page.path) == "index"
    return any(used) or (is_leaf and all(_COVER.match(name) or page.image.rpartition("/")[2] == name for name in names))
