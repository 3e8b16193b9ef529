"""The content -> everything the engine knows is wrong with it, by file and line: `python engine.py check`.

Pure: parsing a page and examining a picture are passed in as functions. Only facts are kept of each page, so that ten
thousand pages fit in memory; nothing is written anywhere.
"""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from folio import dates, documents, images, markdown, pixels, redirects, references, slugs, targets
from folio.config import Config
from folio.content import PAGE_SUFFIXES, PHOTO_SUFFIXES, Page, Photo, Section
from folio.errors import MakeFailed, Problem
from folio.markdown import Asked, Document, Image, Kind
from folio.markdown.walk import holders
from folio.pages import state_of
from folio.snapshot import Site

ADVICE = frozenset((
    "alt-in-gallery", "ambiguous-link", "file-for-form", "git", "location", "old-name", "same-name", "style",
    "template",
))  # fmt: skip
TEMPLATES = (".html", ".htm", ".mdx", ".njk", ".liquid")  # page sources of other systems, if they begin with a header
NAMING = ("link", "wiki", "embed")  # kinds of reference that can have an anchor ("page#place")
UNSERVED = ("draft", "expired")  # states in which a problem affects no reader
SHORT = 2  # a name of this length or less is too short for a "do you mean"
NAMED = 3  # most files named in one report
LOST: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "link": ("broken-link", "the link to {} leads nowhere"),
        "wiki": ("broken-link", "[[{}]] matches no page"),
        "image": ("broken-image", "the picture {} does not exist"),
        "media": ("broken-media", "the file {} does not exist"),
        "embed": ("embed", "![[{}]] matches nothing that can be shown"),
    }
)

_SUFFIX = re.compile(r"\.[a-z][a-z0-9]{0,4}\Z")

Parse = Callable[[Page], Document]


@dataclass(frozen=True, slots=True, order=True)
class Report:
    """Something to fix. `line` counts from 1, 0 is the whole file; `kind` is a stable name such as "broken-link".

    `path` is relative to the content folder, except that of the recorded moves, which is in the state folder.
    `advice` affects no reader, or may be intended.
    """

    path: str
    line: int
    kind: str
    message: str
    advice: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """The findings in a picture file: why it cannot be shown, "" if it can; whether it holds its GPS location.

    `worded` says whether it holds a text alternative.
    """

    error: str = ""
    located: bool = False
    worded: bool = False


def steps(site: Site) -> int:
    """Return how often `check` calls its `step`."""
    return len(site.pictures) + sum(1 for entry in site.tree.entries.values() if entry.page)


def check(site: Site, parse: Parse, look: Callable[[Photo], Look], step: Callable[[], None]) -> tuple[Report, ...]:
    """Return all reports, sorted by path and line. `step` is called after each page and each picture."""
    pages = _Pages(site, parse)
    found = {_report_of(problem, site.config) for problem in site.problems}
    for entry in site.tree.entries.values():
        if entry.page:
            found.update(pages.reports(entry.page))
            step()
    worded: set[str] = set()  # paths of pictures whose files hold a text alternative
    found.update(pages.lost_anchors(), pages.circles(), _pictures(site, look, step, worded))
    found.update(_galleries(site, worded), _navigation(site), _templates(site))
    return tuple(sorted(_classified(site, report) for report in found))


def _classified(site: Site, report: Report) -> Report:
    """Decide whether a report is advice; add the state of a page that readers do not see to its message."""
    entry = site.tree.entries.get(report.path)
    page = entry.page if entry and not entry.error else None
    state = state_of(page, site.now) if page else ""
    unserved = state in UNSERVED
    said = f"{report.message} (in {_state(page, site)} page)" if page and unserved and report.line else report.message
    return Report(report.path, report.line, report.kind, said, unserved or report.kind in ADVICE)


def _state(page: Page, site: Site) -> str:
    """Return a page's state with its article, to precede "page": "a draft", "an expired", "a scheduled"."""
    state = state_of(page, site.now)
    return f"{'an' if state[0] in 'eu' else 'a'} {state}"


def _report_of(problem: Problem, config: Config) -> Report:
    """Make a report of a problem found by the snapshot; the file of recorded moves is named by its full path."""
    is_recorded = problem.kind == "redirect" and problem.path == redirects.RECORDED
    path = str(config.state / redirects.RECORDED) if is_recorded else problem.path
    return Report(path, problem.line, problem.kind, problem.why)


class _Pages:
    """Checks pages one by one, and collects the anchors and embeds that are checked when all pages have been seen."""

    def __init__(self, site: Site, parse: Parse) -> None:
        self._site, self._parse = site, parse
        self._ids: dict[str, frozenset[str]] = {}  # by path
        self._embeds: dict[str, list[tuple[int, str, str]]] = {}  # by path: line, target, path of the embedded page
        self._asked: list[tuple[Page, int, str, str]] = []  # links with an anchor: page, line, target's path, URL

    def reports(self, page: Page) -> Iterator[Report]:
        """Yield what is wrong with one page, except for the anchors of its links and circular embeds."""
        document = self._parse(page)
        self._ids[page.path] = document.ids | {markdown.fragment(page.title)}  # the title is the top of the page
        resolve = references.resolver(self._site, page.path, {}, {page.path: document})
        for problem in document.problems:
            yield Report(page.path, _line(page, problem.line), problem.kind, problem.why)
        for one in markdown.render(document, resolve).asked:
            yield from self._reference_reports(page, one, _line(page, one.line))
        for image in _without_alt(document):
            name = _written(image.target)
            how = f"![[{name}|what it shows]]" if image.kind == "embed" else "![what it shows](…)"
            say = f"the picture {name} has no alternative text: {how}"
            yield Report(page.path, _line(page, image.line), "missing-alt", say)
        if page.image and not resolve(page.image, "image").exists:
            yield Report(page.path, 0, "broken-image", f"the picture {page.image} in its header does not exist")

    def lost_anchors(self) -> Iterator[Report]:
        """Yield the links to anchors that the target page does not have."""
        for page, line, path, url in self._asked:
            if not references.has_anchor(url, self._ids[path]):
                where = "on this page" if path == page.path else f"in {path}"
                name = unquote(url.partition("#")[2])
                yield Report(page.path, line, "missing-anchor", f"there is no anchor #{name} {where}")

    def circles(self) -> Iterator[Report]:
        """Yield the embeds that lead back to their own page; the renderer replaces these by links."""
        for path, embeds in self._embeds.items():
            first = {shown: (line, written) for line, written, shown in sorted(embeds, reverse=True)}
            for shown, (line, written) in first.items():
                edge = {shown}
                for _ in range(references.DEPTH):
                    edge |= {inner for one in edge for _, _, inner in self._embeds.get(one, ())}
                if path in edge:
                    yield Report(path, line, "embed", f"![[{written}]] embeds this page in itself")

    def _reference_reports(self, page: Page, one: Asked, line: int) -> Iterator[Report]:
        """Yield what is wrong with one reference; note its anchor or embed for the checks at the end."""
        if not one.answer.exists:
            kind, words = LOST[one.kind]
            yield Report(page.path, line, kind, words.format(_written(one.target)) + self._hint(page, one))
            return
        if one.answer.also:
            others = " or ".join(one.answer.also)
            say = f"{_written(one.target)} leads to {one.answer.url}, but {others} has that name too"
            yield Report(page.path, line, "ambiguous-link", say)
        if one.kind in NAMING and (target := self._page(page, one.answer.url)):
            if references.is_old_name(self._site, page.path, one.target, one.kind):
                say = f"[[{one.target}]] is an old name of {target.path}"
                yield Report(page.path, line, "old-name", say)
            if "#" in one.answer.url:
                self._asked.append((page, line, target.path, one.answer.url))
            elif one.kind == "embed":
                self._embeds.setdefault(page.path, []).append((line, one.target, target.path))

    def _page(self, page: Page, url: str) -> Page | None:
        """Return the page at a resolved URL ("#…" is `page` itself), None if it is no page of this site."""
        if url.startswith("#"):
            return page
        return self._site.page(unquote(urlsplit(url).path)) if url.startswith("/") else None

    def _hint(self, page: Page, one: Asked) -> str:
        """Return a hint for a broken target: the hidden file at its path, or the only file of that name; else ""."""
        path = targets.read(one.target, one.kind, self._site.config.base_url).path
        if not path:
            return ""
        near = (posixpath.normpath(posixpath.join(posixpath.dirname(page.path), path)), path.strip("/"))
        entries = self._site.tree.entries
        found = next((e for p in near for s in ("", ".md", "/index.md") if (e := entries.get(p + s))), None)
        if found:
            return f": {found.path} is {f'{_state(found.page, self._site)} page' if found.page else 'hidden'}"
        name, sort = _name(path), _sort(path, one.kind)
        named = [known for known in self._named.get(name, ()) if len(name) > SHORT and _sort(known, "link") == sort]
        return f": did you mean {named[0]}?" if len(named) == 1 else ""

    @functools.cached_property
    def _named(self) -> Mapping[str, list[str]]:
        """The paths of all files by name, folded and without date."""
        known: dict[str, list[str]] = {}
        for path in self._site.tree.entries:
            known.setdefault(_name(path), []).append(path)
        return known


def _name(path: str) -> str:
    folder, _, name = path.strip("/").rpartition("/")
    stem = slugs.stem(name)
    if stem in ("index", "_index"):
        return slugs.spelling(folder.rpartition("/")[2])
    return slugs.spelling(dates.from_name(stem)[1] or stem)


def _sort(path: str, kind: Kind) -> str:
    """Return the sort of file that a path names: "page", "picture", or its suffix; "On 3.1" has no suffix."""
    found = _SUFFIX.search(path.lower())
    suffix = found[0] if found else ""
    if kind == "image" or suffix in PHOTO_SUFFIXES:
        return "picture"
    return "page" if suffix in ("", ".html", ".htm", *PAGE_SUFFIXES) else suffix


def _written(target: str) -> str:
    """Return a target as its author probably wrote it: the parser percent-encodes non-ASCII characters and braces."""
    return re.sub(r"(?:%[89A-F][0-9A-F])+|%7[BCD]", lambda found: unquote(found[0]), target)


def _line(page: Page, line: int) -> int:
    return line + page.body_line if line else 0


def _without_alt(document: Document) -> list[Image]:
    """Return the images without alternative text, except raw HTML with alt="", which marks decoration."""
    bare = [image for image in document.images if not image.alt]
    if not bare:
        return []
    tokens = (token for holder in holders(document.tokens) for token in holder.children or ())
    raw = (token for token in (*document.tokens, *tokens) if token.type == "html_tag" and "alt" in token.attrs)
    meant = {str(token.attrs.get("src", "")) for token in raw}
    return [image for image in bare if image.target not in meant]


def _pictures(
    site: Site, look: Callable[[Photo], Look], step: Callable[[], None], worded: set[str]
) -> Iterator[Report]:
    """Yield a report for each picture that cannot be shown, and one per folder for those that hold a location.

    Adds the paths of those whose files hold a text alternative to `worded`.
    """
    located: dict[str, list[str]] = {}
    for photo in site.pictures.values():
        seen = look(photo)
        if seen.error:
            yield Report(photo.path, 0, "picture", f"cannot be shown: it {seen.error}")
        if seen.worded:
            worded.add(photo.path)
        if seen.located:
            located.setdefault(posixpath.dirname(photo.path), []).append(posixpath.basename(photo.path))
        step()
    for folder, names in located.items():
        say = _counted(names, "photograph says where it was taken", "photographs say where they were taken")
        yield Report(folder or ".", 0, "location", f"{say}; no copy that is served does")


def _galleries(site: Site, worded: Collection[str]) -> Iterator[Report]:
    """Yield a report for each gallery with photographs that lack a text alternative, and for photographs of one name.

    `worded` are the paths of those whose files hold one.
    """
    for section in (*site.sections.values(), *(s for s in site.unlisted.values() if isinstance(s, Section))):
        wordless = [photo for photo in section.photos if not (photo.alt or photo.title or photo.path in worded)]
        bare = [posixpath.basename(photo.path) for photo in wordless]
        for photo in section.photos:
            stem, _, suffix = posixpath.basename(photo.path).rpartition(".")
            if photo.url == f"{section.url}/{slugs.slug(stem)}-{suffix.lower()}":
                say = (
                    f"another photograph has the address {section.url}/{slugs.slug(stem)}, so this one has {photo.url}"
                )
                yield Report(photo.path, 0, "same-name", say)
        if bare:
            say = _counted(bare, "photograph has no alternative text", "photographs have no alternative text")
            how = f"write alt: in {slugs.stem(bare[0])}.md beside {bare[0]}"
            folder = posixpath.dirname(section.photos[0].path)
            yield Report(folder, 0, "alt-in-gallery", f"{say}: {how}")


def _counted(names: list[str], one: str, many: str) -> str:
    """Return a count with the first names: "5 photographs say where they were taken (a.jpg, …)"."""
    shown = ", ".join([*names[:NAMED], *(["…"] if len(names) > NAMED else [])])
    return f"{len(names)} {one if len(names) == 1 else many} ({shown})"


def _navigation(site: Site) -> Iterator[Report]:
    """Yield the links of site.toml's navigation that lead nowhere."""
    resolve = references.resolver(site, "site.toml", {})
    for link in site.config.navigation:
        if not resolve(link.url, "link").exists:
            yield Report("site.toml", 0, "broken-link", f"the link to {link.url} in the navigation leads nowhere")


def _templates(site: Site) -> Iterator[Report]:
    """Yield the files that another system makes pages of, and that are sent as they are."""
    for file in site.files.values():
        if file.path.lower().endswith(TEMPLATES) and _has_header(site.config.content / file.path):
            how = f"write {slugs.stem(file.path)}.md"
            yield Report(file.path, 0, "template", f"it is not a page: it is sent as it is, header included ({how})")


def _has_header(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(5).removeprefix(b"\xef\xbb\xbf").startswith(b"---")
    except OSError:
        return False


def parse(page: Page, config: Config) -> Document:
    """Parse a page as for serving, without highlighting code."""
    return documents.parse(page.body.text, page.language or config.language, page.math, coloured=False)


def look(photo: Photo, config: Config) -> Look:
    """Examine a picture file as for serving."""
    path, most = str(config.content / photo.path), config.photographs.max_megapixels
    facts = images.read(path, config.zone, most)
    if facts.error:
        return Look(facts.error)
    worded = bool(facts.alt or slugs.photo_title(facts.title))
    try:
        return Look(located=pixels.tells_place(path, most), worded=worded)
    except MakeFailed as error:
        return Look(str(error))
