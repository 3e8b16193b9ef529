"""The aliases in pages' front matter -> redirect rules to those pages.

    aliases: [/old/page, old-page, "https://example.org/old/", /old#part, /?p=123, Cat lore]

A path with a leading slash is relative to the root. Without one it is relative to the page's folder, as in Hugo, or to
the root if it contains a slash; the other reading applies if no other page claims that address. Plain words, the names
of an Obsidian note, are tried both ways. Called by site.py; an existing page or file always wins over an alias.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from folio import redirects, slugs
from folio.content import Page
from folio.errors import Problem
from folio.pages import parent_url
from folio.redirects import Answers, Redirects, Rule

# How WordPress names a post; its "&" may be written "&#038;".
_NUMBER = re.compile(r"[?&;](?:p|page_id)=0*([1-9][0-9]{0,17})(?:&|\Z)")
_HOST = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_SEGMENT = re.compile(r"[\w.%-]*[\d_.%-][\w.%-]*(?:#.*)?")  # "old-page"; "Cats" and "Cat lore" are words


class Claim(NamedTuple):
    """An address that a page claims: `url` in any spelling; `quiet` if it is only one possible reading of the alias."""

    page: Page
    written: str
    url: str
    fragment: str = ""
    quiet: bool = False

    @property
    def rule(self) -> Rule:
        return Rule(self.url, redirects.location(self.page.url) + self.fragment, 301)

    def ignored(self, why: str) -> Problem:
        """Return the problem of an alias that never applies."""
        return Problem(self.page.path, 0, f"alias {self.written!r} is never followed: {why}", "alias")

    def ambiguous(self, first: Claim) -> Problem:
        """Return the problem of a quiet claim to an address that `first` has got."""
        why = f"alias {self.written!r}: {self.url} leads to {first.page.path}, which claims it too"
        return Problem(self.page.path, 0, f"{why} (write the whole path, or keep one of the two)", "ambiguous-link")


class Aliases(NamedTuple):
    """The winning claim on each address, by its folded spelling."""

    given: Mapping[str, Claim]
    problems: tuple[Problem, ...] = ()

    @property
    def redirects(self) -> Redirects:
        """The aliases as rules."""
        rules = {claim.url: claim.rule for claim in self.given.values()}
        spelled = {key: rules[claim.url] for key, claim in self.given.items()}
        return Redirects(rules, problems=self.problems, spelled=spelled)

    def shadowed(self, author: Redirects, lives: Answers, source: Answers) -> Iterator[Problem]:
        """Yield a problem for each alias that can never apply: its address exists, or `_redirects` sends it elsewhere.

        `source` returns the file behind a canonical URL, None for the engine's own.
        """
        for claim in self.given.values():
            if claim.quiet:
                continue
            if there := lives(claim.url):
                owner = source(there) or "the engine"
                if owner != claim.page.path:
                    yield claim.ignored(f"{there} belongs to {owner} (remove the alias)")
            elif (line := author.rule(claim.url)) and line.new != claim.rule.new:
                yield claim.ignored(f"line {line.line} of _redirects leads to {line.new} (keep one of the two)")


def gather(pages: Iterable[Page], base_url: str) -> Aliases:
    """Read the aliases of pages. If two claim one address, the first by path gets it and the other is reported.

    A quiet claim applies only where there is no other kind of claim.
    """
    loud: dict[str, Claim] = {}
    quiet: dict[str, Claim] = {}
    problems: list[Problem] = []
    rivals: list[tuple[str, Claim, Claim]] = []  # key, first quiet claim, a later quiet claim
    for page in sorted(pages, key=lambda page: page.path):
        for claim in _claims(page, base_url) if page.aliases else ():
            if isinstance(claim, Problem):
                problems.append(claim)
                continue
            key = slugs.spelling(claim.url)
            first = (quiet if claim.quiet else loud).setdefault(key, claim)
            if first.page is page:
                continue
            if claim.quiet:
                rivals.append((key, first, claim))
            else:
                problems.append(claim.ignored(f"{first.page.path} claims it too (keep one of the two)"))
    told = {(claim.page.path, claim.written): claim.ambiguous(first) for key, first, claim in rivals if key not in loud}
    return Aliases({**quiet, **loud}, (*problems, *told.values()))


def number_of(address: str) -> str:
    """Return the WordPress post number in an address, "" if it has none: "/?p=0123" -> "123"."""
    found = _NUMBER.search(address)
    return found[1] if found else ""


def _claims(page: Page, base_url: str) -> Iterator[Claim | Problem]:
    """Yield the claims of a page's aliases, and a problem for each that cannot be an address of this site."""
    for written in page.aliases:
        if "/" not in written and not _SEGMENT.fullmatch(written):
            yield from (
                Claim(page, written, _joined(at, written), quiet=True)
                for at in sorted({"/", parent_url(page.url)}, reverse=True)
            )
            continue
        path, mark, fragment = written.partition("#")
        path, _, query = path.partition("?")
        if _HOST.match(path) and not (path := _local(path, base_url)):
            why = f"alias {written!r} is left out: it is not an address of this site (write /old/page)"
            yield Problem(page.path, 0, why, "alias")
        elif query and not (path == "/" and number_of(written)):  # addresses.py sees to "/?p=123"
            why = f"alias {written!r} is left out: with a ? only /?p=123 is redirected (write the path alone)"
            yield Problem(page.path, 0, why, "alias")
        elif path.strip("/") and _strays(path := unquote(path), parent_url(page.url)):
            why = f"alias {written!r} is left out: it leaves the site or has an empty part (write /old/page)"
            yield Problem(page.path, 0, why, "alias")
        elif path.strip("/"):
            yield from _addresses(page, written, path, mark + fragment)


def _strays(path: str, folder: str) -> bool:
    """Say whether a path has an empty segment or a forbidden "..": any in an absolute path, else one above the root."""
    depth = folder.strip("/").count("/") + 1 if folder != "/" else 0
    if path.startswith("/"):
        return "//" in path or ".." in path.split("/")
    for part in path.split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            return True
    return "//" in path


def _local(address: str, base_url: str) -> str:
    """Return the path of an absolute URL of this site, "" for another host."""
    try:
        asked, own = urlsplit(address), urlsplit(base_url)
    except ValueError:  # "http://["
        return ""
    same = asked.netloc.casefold().removeprefix("www.") == own.netloc.casefold().removeprefix("www.")
    return (asked.path.removeprefix(own.path) or "/") if same else ""


def _addresses(page: Page, written: str, path: str, fragment: str) -> Iterator[Claim]:
    root, folder = _joined("/", path), parent_url(page.url)
    if path.startswith("/") or folder == "/":
        yield Claim(page, written, root, fragment)
    else:
        nested = "/" in path.strip("/")
        yield Claim(page, written, root, fragment, quiet=not nested)
        yield Claim(page, written, _joined(folder, path), fragment, quiet=nested)


def _joined(folder: str, path: str) -> str:
    if folder == "/" and "./" not in path and "//" not in path and not path.endswith("."):
        return "/" + path.strip("/")
    return "/" + posixpath.normpath(posixpath.join(folder, path)).strip("/")
