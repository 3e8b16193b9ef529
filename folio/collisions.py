"""A snapshot -> where two things want one address, told with their files, so that none wins silently.

Of two files with one URL site.py tells itself, of aliases aliases.py. Nothing here is left out of the site.
"""

from __future__ import annotations

from collections.abc import Iterator

from folio import slugs
from folio.content import Photo
from folio.errors import Problem
from folio.pages import parent_url
from folio.snapshot import Site


def found(site: Site) -> Iterator[Problem]:
    """Tell addresses that differ only in spelling, forms of pages behind a file, pages in the place of a folder."""
    yield from _twins(site)
    yield from _shadowed_forms(site)
    yield from _pages_for_folders(site)


def _twins(site: Site) -> Iterator[Problem]:
    for first, url in site.addresses.twins:
        things = [found.thing for found in (site.find(first[1:]), site.find(url[1:]))]
        if not all(isinstance(thing, Photo) for thing in things):  # a camera's IMG_1.jpg and img_1.JPG
            why = f"{url} and {first} ({site.source(first)}) differ only in spelling; each answers at its own address"
            yield Problem(site.source(url) or url, 0, f"{why} (rename one, or give a slug)")


def _shadowed_forms(site: Site) -> Iterator[Problem]:
    for url in (*site.files, *site.pages):
        base, form = slugs.cut_form(url)
        if form and (page := site.page(base)):
            why = f"{url} is this file's, so that {page.path} has no .{form} form"
            yield Problem(site.source(url) or url, 0, f"{why} (rename one, or give a slug)")


def _pages_for_folders(site: Site) -> Iterator[Problem]:
    told: dict[str, Problem] = {}
    for url in (*site.pages, *site.sections):
        page = site.pages.get(parent_url(url))
        if page and page.url not in told:
            remedy = f"move {page.path} to {page.path.rpartition('.')[0]}/index.md"
            why = f"{page.url} is this page, so that no folder lists {site.source(url)} ({remedy})"
            told[page.url] = Problem(page.path, 0, why)
    yield from told.values()
