"""A snapshot -> problems where two things claim one address, naming both files, so that none wins silently.

Two files with one URL are reported by site.py, aliases by aliases.py. Nothing reported here is left out of the site.
"""

from __future__ import annotations

from collections.abc import Iterator

from folio import bundles, slugs
from folio.content import Photo, Visibility
from folio.errors import Problem
from folio.pages import parent_url
from folio.snapshot import FEEDS, Site


def found(site: Site) -> Iterator[Problem]:
    """Yield URLs that differ only in spelling, forms and feeds hidden by a file, and pages that hide a folder."""
    yield from _twins(site)
    yield from _shadowed_forms(site)
    yield from _pages_for_folders(site)


def _twins(site: Site) -> Iterator[Problem]:
    for first, url in site.addresses.twins:
        things = [found.thing for found in (site.find(first[1:]), site.find(url[1:]))]
        if not all(isinstance(thing, Photo) for thing in things):  # a camera may write IMG_1.jpg and img_1.JPG
            why = f"{url} and {first} ({site.source(first)}) differ only in spelling; each answers at its own address"
            yield Problem(site.source(url) or url, 0, f"{why} (rename one, or give a slug)", "collision")


def _shadowed_forms(site: Site) -> Iterator[Problem]:
    for url in (*site.files, *site.pages):
        if "." in url and (missed := _missed(site, url)):
            why = f"this file has the address {url}, so {missed} (rename one, or give a slug)"
            yield Problem(site.source(url) or url, 0, why, "file-for-form")


def _missed(site: Site, url: str) -> str:
    """Return which form or feed cannot be reached because a file has this URL, "" if none."""
    folder, _, name = url.rpartition("/")
    if name in FEEDS and folder in site.sections and site.has_feed(folder):
        return f"the folder {folder} has no {name}"
    base, form = slugs.cut_form(url)
    page = site.page(base) if form else None
    return f"{page.path} has no .{form} form" if page else ""


def _pages_for_folders(site: Site) -> Iterator[Problem]:
    told: dict[str, Problem] = {}
    for url in (*site.pages, *site.sections):
        page = site.pages.get(parent_url(url))
        if page is None or page.url in told or bundles.is_bundle(page):  # pages beside a bundle are listed with it
            continue
        listed = site.pages.get(url)
        if listed is None or listed.visibility is not Visibility.UNLISTED:
            remedy = f"move {page.path} to {page.path.rpartition('.')[0]}/index.md"
            why = f"{page.url} is this page, so no folder lists {site.source(url)} ({remedy})"
            told[page.url] = Problem(page.path, 0, why, "collision")
    yield from told.values()
