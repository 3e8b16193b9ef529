"""Site + extracts -> which page cites which, in which sentence, and which pictures each page shows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from folio import addresses, conventions, dates, holders, references, slugs
from folio.content import Asset, Page, Photo, Section, Visibility
from folio.errors import SiteError
from folio.extracts import Extract
from folio.holders import Holders
from folio.markdown import Kind
from folio.names import fold
from folio.pages import newest
from folio.snapshot import Found, Site


@dataclass(frozen=True, slots=True)
class Citation:
    """A link from a public page to something public: `target` is its canonical URL path, decoded.

    `text` is the link's, `sentence` the plain sentence around it (at most 300 characters); both are "" for a page
    embedded in another (`![[Page]]`).
    """

    page: Page
    target: str
    text: str
    sentence: str

    @property
    def says_more(self) -> bool:
        """Say whether the sentence holds more words than the link's own; a list of links does not."""
        return any(map(str.isalnum, self.sentence.replace(self.text, "", 1)))


@dataclass(frozen=True, slots=True)
class Leads:
    """The links of one page: its citations in the order of its text, each target once, and its pictures' paths."""

    citations: tuple[Citation, ...] = ()
    pictures: tuple[str, ...] = ()


NOWHERE = Leads()


def followed(site: Site, extracts: Mapping[str, Extract], known: Mapping[str, Leads]) -> Mapping[str, Leads]:
    """Follow the links of every public page, by its URL; `known` are those followed before.

    Links in notes and in index pages count; links to the page itself, to another site or to what is not public do not.
    """
    finder = Finder(site)
    return {page.url: known.get(page.url) or follow(finder, page, extracts.get(page.path)) for page in site.public}


def count(site: Site, extracts: Mapping[str, Extract], known: Mapping[str, Leads]) -> int:
    """Return how many links `followed` has to follow, at about 20 µs each."""
    unread = (extracts[page.path] for page in site.public if page.url not in known and page.path in extracts)
    return sum(len(extract.links) + len(extract.embeds) + len(extract.images) for extract in unread)


def written(extracts: Mapping[str, Extract]) -> Holders:
    """Map each target, in its folded spelling, to the paths of the texts that link to it or embed it."""
    return holders.gather((path, _written(extracts[path])) for path in sorted(extracts))


def written_after(
    written: Holders, paths: Iterable[str], old: Mapping[str, Extract], new: Mapping[str, Extract]
) -> Holders:
    """Return `written` updated for changed texts at a few `paths`."""
    nothing = Extract()
    both = ((path, old.get(path, nothing), new.get(path, nothing)) for path in paths)
    return holders.changed(written, ((path, _written(had), _written(has)) for path, had, has in both))


def naming(written: Holders, names: Iterable[str]) -> frozenset[str]:
    """Return the paths of all texts that may link to a thing by one of these names, and perhaps of a few others."""
    every = "\n".join(written)  # most names occur nowhere: searching one string takes a tenth of the time
    folded = {folded for name in names if (folded := _folded(name)) in every}
    return frozenset(path for name in folded for target in written if name in target for path in written[target])


def names_of(page: Page) -> Iterator[str]:
    """Yield names of a page such that the target of any link to it contains one of them."""
    yield page.title
    yield from addresses.called(page)
    stem = fold(slugs.stem(page.path))
    date, rest = dates.from_name(stem)
    yield rest or stem
    yield (rest or stem).rpartition("---")[2]  # "Tea/Green" may mean Tea___Green.md
    if stem[:12].isdigit():
        yield stem.partition("-")[0]  # "202606111530" may mean 202606111530 Cats.md
    if date and not rest:
        yield str(date.year)  # "Jun 11th, 2026" may mean 2026_06_11.md


def tags_named() -> Iterator[str]:
    """Yield strings such that the target of any link to a tag contains one of them."""
    for taxonomy in conventions.TAXONOMIES:
        yield from (f"{taxonomy}/", f"{{{taxonomy}}}", f"|{taxonomy}|")


def _written(extract: Extract) -> frozenset[str]:
    targets = (*(link.target for link in extract.links), *extract.embeds)
    return frozenset(_folded(unquote(target) if "%" in target else target) for target in targets)


def _folded(name: str) -> str:
    return fold(name).replace("+", "-")  # "+" may stand for a space in addresses


def outgoing(leads: Mapping[str, Leads]) -> Mapping[str, tuple[Citation, ...]]:
    """Return the citations of each page, by its URL; pages that cite nothing are left out."""
    return {url: one.citations for url, one in leads.items() if one.citations}


def outgoing_after(
    outgoing: Mapping[str, tuple[Citation, ...]], old: Mapping[str, Leads], new: Mapping[str, Leads]
) -> Mapping[str, tuple[Citation, ...]]:
    """Return `outgoing` updated for a few pages, by URL, whose links changed or that are gone."""
    found = {**outgoing, **{url: leads.citations for url, leads in new.items()}}
    for url in {*old, *new}:
        if url not in new or not found[url]:
            found.pop(url, None)
    return found


def living(site: Site, known: Mapping[str, Leads]) -> Mapping[str, Leads]:
    """Return `known` without the citations and pictures that are not public in this snapshot of the site."""
    targets = {citation.target for leads in known.values() for citation in leads.citations}
    alive = {target for target in targets if _is_public(site, target)}
    return {
        url: Leads(
            tuple(citation for citation in leads.citations if citation.target in alive),
            tuple(path for path in leads.pictures if path in site.pictures),
        )
        for url, leads in known.items()
    }


def incoming(site: Site, leads: Mapping[str, Leads]) -> Mapping[str, tuple[Citation, ...]]:
    """Return the citations of each URL, newest citing page first."""
    citing: dict[str, list[Citation]] = {}
    for page in site.newest:
        for citation in leads[page.url].citations:
            citing.setdefault(citation.target, []).append(citation)
    return {url: tuple(found) for url, found in citing.items()}


def incoming_after(
    incoming: Mapping[str, tuple[Citation, ...]], old: Mapping[str, Leads], new: Mapping[str, Leads]
) -> Mapping[str, tuple[Citation, ...]]:
    """Return `incoming` updated for a few pages, by URL, whose links changed or that are gone."""
    found, changed = dict(incoming), {*old, *new}
    fresh = [citation for leads in new.values() for citation in leads.citations]
    for target in {citation.target for leads in old.values() for citation in leads.citations}.union(
        citation.target for citation in fresh
    ):
        kept = [citation for citation in found.pop(target, ()) if citation.page.url not in changed]
        citing = {citation.page.url: citation for citation in (*kept, *(one for one in fresh if one.target == target))}
        if citing:
            found[target] = tuple(citing[page.url] for page in newest(citation.page for citation in citing.values()))
    return found


def shown_after(
    shown: Mapping[str, tuple[Page, ...]], pages: Mapping[str, Page], old: Mapping[str, Leads], new: Mapping[str, Leads]
) -> Mapping[str, tuple[Page, ...]]:
    """Return `shown` updated for a few pages, by URL, whose pictures changed or that are gone."""
    found, changed = dict(shown), {*old, *new}
    for path in {path for leads in (*old.values(), *new.values()) for path in leads.pictures}:
        kept = [page for page in found.pop(path, ()) if page.url not in changed]
        showing = [*kept, *(pages[url] for url, leads in new.items() if path in leads.pictures)]
        if showing:
            found[path] = newest(showing)
    return found


def shown(site: Site, leads: Mapping[str, Leads]) -> Mapping[str, tuple[Page, ...]]:
    """Return the public pages that show each picture, by its path, newest first."""
    showing: dict[str, list[Page]] = {}
    for page in site.newest:
        for path in leads[page.url].pictures:
            showing.setdefault(path, []).append(page)
    return {path: tuple(pages) for path, pages in showing.items()}


class Finder:
    """Resolves link targets, each once per folder: two of three occur again in the same folder."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._known: dict[tuple[str, str, str, Kind], Found | None] = {}

    def find(self, page: Page, target: str, kind: Kind) -> Found | None:
        """Return what a target in the text of a page leads to, None if nothing."""
        key = page.path.rpartition("/")[0], page.url.rpartition("/")[0], target, kind
        if key in self._known:
            return self._known[key]
        found = references.locate(self.site, page.path, target, kind)
        if found is None or found.thing.url != page.url:  # "#why" means another page in each text
            self._known[key] = found
        return found


def follow(finder: Finder, page: Page, extract: Extract | None) -> Leads:
    """Follow the links of one page; NOWHERE while its text is not read yet."""
    if extract is None:
        return NOWHERE
    return Leads(_best(page, _cited(finder, page, extract)), tuple(dict.fromkeys(_pictures(finder, page, extract))))


def _best(page: Page, cited: Iterable[Citation]) -> tuple[Citation, ...]:
    """Choose one citation of each target: the first whose sentence says something, else the first."""
    chosen: dict[str, Citation] = {}
    for citation in cited:
        first = chosen.setdefault(citation.target, citation)
        if citation.says_more and not first.says_more:
            chosen[citation.target] = citation
    chosen.pop(page.url, None)
    return tuple(chosen.values())


def _cited(finder: Finder, page: Page, extract: Extract) -> Iterator[Citation]:
    for link in extract.links:
        found = finder.find(page, link.target, link.kind)
        if found and (url := _public(finder.site, found.thing)):
            yield Citation(page, url, link.text, link.sentence)
    for target in extract.embeds:
        found = finder.find(page, target, "embed")
        if found and isinstance(found.thing, Page | Section) and (url := _public(finder.site, found.thing)):
            yield Citation(page, url, "", "")


def _public(site: Site, thing: Page | Section | Photo | Asset) -> str:
    """Return the address of a thing that may be listed, else ""."""
    if isinstance(thing, Page):
        return thing.url if thing.visibility is Visibility.PUBLISHED else ""
    if isinstance(thing, Photo):
        listed = thing.gallery in site.sections if thing.url else True
        return (thing.url or f"/{thing.path}") if listed else ""
    return thing.url if isinstance(thing, Asset) or thing.url in site.sections else ""


def _is_public(site: Site, target: str) -> bool:
    try:
        return _public(site, site.find(target.removeprefix("/")).thing) == target
    except SiteError:
        return False


def _pictures(finder: Finder, page: Page, extract: Extract) -> Iterator[str]:
    asked: list[tuple[str, Kind]] = [(target, "image") for target in extract.images]
    asked += [(target, "embed") for target in extract.embeds]
    for target, kind in asked:
        found = finder.find(page, target, kind)
        if found and isinstance(found.thing, Photo):
            yield found.thing.path
