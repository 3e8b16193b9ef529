"""A snapshot and a new reading of its tree in which a few pages say something else -> the next snapshot, at once.

site.py asks before it puts a snapshot together anew, which takes 0.2 s for 10,000 pages. What a page says in its body
decides nothing about others: no address, order, tag or visibility; nor does the title of a page that stands where it
does by its date. So its new state takes the place of the old one, wherever that stands, and everything else is shared.
Whatever else changed, there is nothing to be revised.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from folio.content import Page, Section
from folio.entries import is_index_file, is_page
from folio.pages import Tag, tag_slug
from folio.snapshot import SAME, TITLED, Beside, Site, knowing
from folio.tree import Tree

New = Mapping[int, Page]  # states of pages by the `id` of the old ones, which stand wherever a page does

# Of a page: what no other page, list or address is made from before somebody asks for it.
WORDS = ("description", "updated", "words", "body", "body_line", "digest", "stat")


def revised(site: Site, tree: Tree, now: dt.datetime) -> Site | None:
    """Return the snapshot with the new words of pages; None when more than words changed."""
    pages = _reworded(site, tree)
    if pages is None:
        return None
    new = {id(site.pages[url]): page for url, page in pages.items()}
    named = {tag_slug(name) for page in pages.values() for name in page.tags} & site.tags.keys()
    after = replace(
        site,
        tree=tree,
        now=now,
        pages={**site.pages, **pages},
        public=_swapped(site.public, new),
        posts=_swapped(site.posts, new),
        sections={url: _section(section, new) for url, section in site.sections.items()},
        unlisted={u: _section(one, new) if isinstance(one, Section) else one for u, one in site.unlisted.items()},
        tags={**site.tags, **{slug: _tag(site.tags[slug], new) for slug in named}},
    )
    if "newest" in vars(site):
        vars(after)["newest"] = _swapped(site.newest, new)
    retitled = [page for url, page in pages.items() if page.title != site.pages[url].title]
    if "beside" in vars(site):
        vars(after)["beside"] = _between(site.beside, pages.values())
    for name in TITLED if retitled else ():
        if name in vars(site):
            vars(after)[name] = getattr(site, name).retitled(retitled)
    return knowing(after, site, SAME if retitled else (*SAME, *TITLED))


def settled(site: Site, tree: Tree) -> Site:
    """Return the snapshot of a new reading of its tree that says the same."""
    return knowing(replace(site, tree=tree), site)


def _reworded(site: Site, tree: Tree) -> Mapping[str, Page] | None:
    """Return the new states of pages by URL, if all that changed are words of pages that have their own address."""
    before = site.tree.entries
    if tree.entries.keys() != before.keys() or tree.problems != site.tree.problems:
        return None
    found: dict[str, Page] = {}
    for path, entry in tree.entries.items():
        old = before[path]
        if entry is old or (is_page(path) and entry.page is old.page and str(entry.error) == str(old.error)):
            continue
        if entry.error or old.error or not entry.page or not old.page or is_index_file(path):
            return None
        if site.pages.get(old.page.url) is not old.page or not _differs_in_words(old.page, entry.page):
            return None
        found[old.page.url] = entry.page
    return found


def _differs_in_words(old: Page, new: Page) -> bool:
    by_date = new.date and new.weight is None  # in the lists of its folder; others are ordered by title
    words: dict[str, Any] = {name: getattr(old, name) for name in (*WORDS, *(["title"] if by_date else []))}
    return new._replace(**words) == old


def _swapped(shown: tuple[Page, ...], new: New) -> tuple[Page, ...]:
    """Put the new states in the places of the old ones; the very same tuple where none of them is in it."""
    return shown if new.keys().isdisjoint(map(id, shown)) else tuple(map(new.get, map(id, shown), shown))


def _between(beside: Mapping[str, Beside], pages: Iterable[Page]) -> Mapping[str, Beside]:
    """Put the new states beside those that they stand beside."""
    found = dict(beside)
    for page in pages:
        older, newer = found.get(page.url, (None, None))
        if older:
            found[older.url] = found[older.url][0], page
        if newer:
            found[newer.url] = page, found[newer.url][1]
    return found


def _section(section: Section, new: New) -> Section:
    swapped = _swapped(section.pages, new)
    return section if swapped is section.pages else section._replace(pages=swapped)


def _tag(tag: Tag, new: New) -> Tag:
    swapped = _swapped(tag.pages, new)
    return tag if swapped is tag.pages else tag._replace(pages=swapped)
