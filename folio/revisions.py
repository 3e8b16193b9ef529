"""A snapshot and a new reading of its tree in which a few pages changed -> the next snapshot, without a full rebuild.

site.py tries this before a rebuild, which takes 0.2 s for 10,000 pages. A page's body affects no address, order, tag or
visibility of others; nor does the title of a page that is ordered by its date. So the new state replaces the old one in
every place, and everything else is shared. A page that arrivals.py finds to be independent of others is inserted or
removed likewise. Any other change takes a rebuild.
"""

from __future__ import annotations

import datetime as dt
import itertools
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from folio import arrivals, bundles
from folio.content import Page, Section, Visibility
from folio.entries import Entry, is_index_file, is_page
from folio.pages import (
    Tag,
    by_url,
    exchanged,
    folder_of,
    newest,
    parent_url,
    recency,
    standing,
    tag_slug,
    tagged,
    top_of,
)
from folio.snapshot import SAME, TITLED, Beside, Change, Revision, Site, in_turn, knowing
from folio.tree import Tree

FEW = 20  # changes, each of which takes up to 15 ms among 10,000 pages
# Fields of a page that no other page, list or address depends on, except those made on request.
WORDS = ("description", "updated", "words", "body", "body_line", "digest", "stat")


def revised(site: Site, tree: Tree, now: dt.datetime) -> Site | None:
    """Return the snapshot with a few pages replaced, added or removed; None if it has to be rebuilt."""
    changes = _changes(site, tree)
    if changes is None or len(changes) > FEW:
        return None
    after = knowing(replace(site, tree=tree, now=now), site)
    for old, new in changes:
        revise = _reworded if old and new and _differs_in_words(old, new) else _moved
        try:
            next_one = revise(after, old, new)
        except (LookupError, ValueError):  # a page is not where it should be
            return None
        if next_one is None:
            return None
        after = next_one
    return knowing(replace(after, revision=Revision(site.pages, changes)), after)


def settled(site: Site, tree: Tree) -> Site:
    """Return the same snapshot for a new reading of its tree that changes no page."""
    return knowing(replace(site, tree=tree), site)


def _changes(site: Site, tree: Tree) -> Sequence[Change] | None:
    """Return the changed pages, or None if anything other than single pages changed."""
    before, found = site.tree.entries, list[Change]()
    if tree.moves or tree.renamed or tree.problems != site.tree.problems:
        return None
    gone = (path for path in before if path not in tree.entries)
    for path in itertools.chain(tree.entries, gone) if tree.seen is None else tree.seen:
        old, new = before.get(path), tree.entries.get(path)
        if old is new or (old and new and _says_alike(old, new)):
            continue
        if not is_page(path) or is_index_file(path):
            return None
        if any(entry and (entry.error or not entry.page) for entry in (old, new)):
            return None
        found.append((old and old.page, new and new.page))
    return found


def _says_alike(old: Entry, new: Entry) -> bool:
    return is_page(new.path) and new.page is old.page and str(new.error) == str(old.error)


def _differs_in_words(old: Page, new: Page) -> bool:
    by_date = new.date and new.weight is None  # ordered by date in its folder, not by title
    words: dict[str, Any] = {name: getattr(old, name) for name in (*WORDS, *(["title"] if by_date else []))}
    return new._replace(**words) == old


def _reworded(site: Site, old: Page | None, new: Page | None) -> Site | None:
    """Replace a page whose words changed; a draft is in no list, so nothing changes."""
    if new is None or old is None or old.visibility is Visibility.DRAFT:
        return site
    return _exchanged(site, old, new) if site.pages.get(old.url) is old else None


def _moved(site: Site, old: Page | None, new: Page | None) -> Site | None:
    """Remove a page from its places, insert another, or both; None if other things depend on them.

    A draft is in no list; but its file keeps links from finding another of its name.
    """
    for page, came in ((old, False), (new, True)):
        if page is None or (old and new and arrivals.is_nowhere(site, page, site.now)):
            continue
        if page.visibility is not Visibility.PUBLISHED or not arrivals.is_alone(site, page, site.now):
            return None
        if not came and site.pages.get(page.url) is not page:
            return None
        site = _exchanged(site, None, page) if came else _exchanged(site, page, None)
    return site


def _exchanged(site: Site, old: Page | None, new: Page | None) -> Site:
    """Replace a page by another at the same address; without `old` it is added, without `new` removed."""
    page = old or new
    assert page
    pages = {**site.pages, **({new.url: new} if new else {})}
    if not new:
        del pages[page.url]
    after = replace(site, pages=pages)
    if page.visibility is not Visibility.PUBLISHED:
        return _retitled(knowing(after, site), old, new)
    is_post = page.url in site.posted if old else _is_post(site, page)
    listing = _listing(site, old, new)
    after = replace(
        after,
        public=exchanged(site.public, old, new, by_url),
        posts=exchanged(site.posts, old, new, recency) if is_post else site.posts,
        sections=_with(site.sections, listing),
        unlisted=_with(site.unlisted, listing),
        tags=_tags(site, old, new),
        addresses=site.addresses if old and new else site.addresses.exchanged(old and old.url, new and new.url),
    )
    vars(after)["newest"] = exchanged(site.newest, old, new, recency)
    vars(after)["beside"] = _beside(site, listing, page) if listing and page.date else site.beside
    if old and new:
        return _retitled(knowing(after, site, (*SAME, *TITLED)), old, new)
    return _carried_over(site, after, old, new)


def _is_post(site: Site, page: Page) -> bool:
    """Say whether an added page is a post, by site.py's rule."""
    if page.date is None or page.section in site.config.posts:
        return page.date is not None
    return not any(entry.page and entry.page.section in site.config.posts for entry in site.tree.entries.values())


def _listing(site: Site, old: Page | None, new: Page | None) -> Section | None:
    """Return the section that lists a page, after the change; None if the page lies below another page."""
    page = old or new
    assert page
    above = folder_of(page)
    while (section := site.section(above)) is None and bundles.is_bundle(site.pages[above]):
        above = parent_url(above)
    return section and section._replace(pages=exchanged(section.pages, old, new, standing))


def _with(sections: Mapping[str, Any], section: Section | None) -> Mapping[str, Any]:
    return {**sections, section.url: section} if section and section.url in sections else sections


def _tags(site: Site, old: Page | None, new: Page | None) -> Mapping[str, Tag]:
    had, has = ({tag_slug(name): page for name in page.tags} if page else {} for page in (old, new))
    found = {**site.tags}
    for slug in {**had, **has}:
        pages = exchanged(found[slug].pages if slug in found else (), had.get(slug), has.get(slug), recency)
        if had and has and slug in found:
            found[slug] = found[slug]._replace(pages=pages)
        elif pages:
            found[slug] = tagged(pages)[slug]
        else:
            del found[slug]
    return found if found.keys() == site.tags.keys() else dict(sorted(found.items()))


def _beside(site: Site, section: Section, page: Page) -> Mapping[str, Beside]:
    """Return `site.beside` updated for the dated pages around a changed one, in the section that lists it by date."""
    found, pages = {**site.beside}, section.pages
    found.pop(page.url, None)
    if pages and pages[0].weight is not None:  # else they are in that order already
        pages = newest(one for one in pages if one.date)
    at = bisect_left(pages, (False, recency(page)), key=lambda one: (one.date is None, recency(one)))
    first, last = max(at - 2, 0), at + 3
    ends = last >= len(pages) or pages[last].date is None
    near = [*in_turn(pages[first:last])][first > 0 : None if ends else -1]
    found.update((one.url, two) for one, two in near if folder_of(one) == section.url)
    return found


def _retitled(site: Site, old: Page | None, new: Page | None) -> Site:
    """Update the indexes of titles in a snapshot that has taken them over from the previous one."""
    if old and new and old.title != new.title:
        if "names" in vars(site):
            vars(site)["names"] = site.names.exchanged(old, new)
        if "sprites" in vars(site):
            vars(site)["sprites"] = site.sprites.exchanged(old, new)
    return site


def _carried_over(before: Site, after: Site, old: Page | None, new: Page | None) -> Site:
    """Carry over what was computed of a snapshot to the next one, in which a page was added or removed."""
    page, count, found = old or new, 1 if new else -1, vars(after)
    assert page
    top = top_of(page)
    has = {name for name in (*SAME, *TITLED) if name in vars(before)}
    knowing(after, before, ("former", "ruled"))
    if "posted" in has:
        found["posted"] = before.posted if after.posts is before.posts else before.posted ^ {page.url}
    if "held" in has:
        found["held"] = Counter(before.held) + Counter({top: count})
    if "paged" in has and page.url.count("/") > 1:  # another page of the folder stays
        found["paged"] = before.paged
    if "past" in has and (past := before.past.exchanged(old, new)):
        found["past"] = past
    if "sprites" in has and (laid := before.sprites.exchanged(old, new)):
        found["sprites"] = laid
    if "names" in has:
        found["names"] = before.names.exchanged(old, new)
    return after
