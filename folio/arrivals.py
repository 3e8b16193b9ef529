"""A page added or removed -> whether that changes nothing but the page itself and the lists that contain it.

If it changes more, the snapshot has to be rebuilt. Called by revisions.py with a snapshot whose tree is already the new
one, but whose pages do not yet have the added page and still have the removed one.
"""

from __future__ import annotations

import datetime as dt

from folio import addresses, slugs
from folio.content import Page, Visibility
from folio.dates import is_later
from folio.entries import is_index_file, is_page, is_picture
from folio.heads import url_of
from folio.pages import begins, folder_of
from folio.snapshot import Site, holds_files_only, is_reserved


def is_alone(site: Site, page: Page, now: dt.datetime) -> bool:
    """Say whether adding or removing a public page leaves the name, URL, listing and content of all else unchanged."""
    return (
        _is_plain(page)
        and _is_lasting(page, now)
        and _is_free(site, page)
        and _lies_apart(site, page)
        and _has_sibling(site, page)
    )


def is_nowhere(site: Site, page: Page, now: dt.datetime) -> bool:
    """Say whether a page is a draft that affects no other file and stays a draft as time passes."""
    hidden = page.visibility is Visibility.DRAFT and _is_lasting(page, now) and not page.problems
    return hidden and _lies_apart(site, page) and _has_sibling(site, page)


def _is_plain(page: Page) -> bool:
    """Say whether a page is no index, has an ordinary URL, no aliases or WordPress numbers, and no problems."""
    return not (
        page.is_index
        or is_index_file(page.path)
        or slugs.stem(page.path).startswith(("index.", "_index."))
        or page.problems
        or page.aliases
        or any(addresses.numbers_of(page))
        or "." in page.url
        or is_reserved(page.url)
        or holds_files_only(page.url)
    )


def _is_lasting(page: Page, now: dt.datetime) -> bool:
    """Say whether the passing of time changes nothing about a page."""
    start = begins(page, now)
    return not (page.expires or page.opens or (start and is_later(start, now)))


def _is_free(site: Site, page: Page) -> bool:
    """Say whether nothing else has, had or claims the address of a page, or an address that begins with it."""
    key, known = slugs.spelling(page.url), site.addresses
    if site.pages.get(page.url) is not page and (key in known.things or page.url in site.intros):
        return False
    if key in known.files or key in known.gone or any(name in site.ruled for name in addresses.called(page)):
        return False
    if any(problem.kind == "collision" for problem in site.problems):  # the loser may be waiting for the address
        return False
    every = "\n".join(("", *known.things.values(), *known.files.values()))
    return not any(f"\n{page.url}{going_on}" in every for going_on in "./")


def _lies_apart(site: Site, page: Page) -> bool:
    """Say whether no folder or picture in the tree belongs to a page, by its name or its address."""
    folder, own = page.path.rpartition("/")[0], page.path.rpartition(".")[0]
    entries = site.tree.entries
    near = [path for path in entries if path.startswith(own) and path != page.path]
    if any(path == own or path[len(own)] == "/" or (is_page(path) and path.rpartition(".")[0] == own) for path in near):
        return False
    if any(url_of(f"{one}/index.md") == page.url for one in {path.rpartition("/")[0] for path in entries} if one):
        return False
    pictured = [path for path in entries if not path.endswith(".md") and is_picture(path)]
    pictures = {slugs.stem(path) for path in pictured if path.rpartition("/")[0] == folder}
    if not pictures:
        return True
    beside = (path for path in entries if path.rpartition("/")[0] == folder and path != page.path and is_page(path))
    # With one other page that is no sidecar, the folder is not a gallery, with or without this page.
    return any(slugs.stem(path) not in pictures and not is_index_file(path) for path in beside)


def _has_sibling(site: Site, page: Page) -> bool:
    """Say whether the folder lists another page of this kind, so that its own kind does not depend on this one."""
    folder, above = page.path.rpartition("/")[0], folder_of(page)
    section = site.sections.get(above)
    return section is not None and any(
        one.path.rpartition("/")[0] == folder
        and folder_of(one) == above
        and (one.date is None) == (page.date is None)
        and one.section == page.section
        and not slugs.stem(one.path).startswith(("index", "_index"))
        for one in section.pages
        if one.path != page.path
    )
