"""The aliases in the headers of pages -> rules that send those addresses on to the pages.

    aliases: [/old/page, old-page, "https://example.org/old/", /old#part, /?p=123, Cat lore]

A path with its first slash begins at the root. One without lies beside the page, as in Hugo, or, when it has folders,
begins at the root; the other meaning counts where nobody else claims it. So do mere words, the names of an Obsidian
note. site.py asks; what is really there always wins over an alias.
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
    """An address a page wants: `url` in one of its spellings; `quiet` when it is only one meaning of the words."""

    page: Page
    written: str
    url: str
    fragment: str = ""
    quiet: bool = False

    @property
    def rule(self) -> Rule:
        return Rule(self.url, redirects.location(self.page.url) + self.fragment, 301)

    def never(self, why: str) -> Problem:
        return Problem(self.page.path, 0, f"alias {self.written!r} is never followed: {why}", "alias")

    def elsewhere(self, first: Claim) -> Problem:
        why = f"alias {self.written!r}: {self.url} leads to {first.page.path}, which has it as well"
        return Problem(self.page.path, 0, f"{why} (write the whole path, or keep one of the two)", "ambiguous-link")


class Aliases(NamedTuple):
    """Who has which address, by its folded spelling."""

    given: Mapping[str, Claim]
    problems: tuple[Problem, ...] = ()

    @property
    def redirects(self) -> Redirects:
        """The aliases as rules."""
        rules = {claim.url: claim.rule for claim in self.given.values()}
        spelled = {key: rules[claim.url] for key, claim in self.given.items()}
        return Redirects(rules, problems=self.problems, spelled=spelled)

    def shadowed(self, author: Redirects, lives: Answers, source: Answers) -> Iterator[Problem]:
        """Tell what is never followed: something lives there, or the author's `_redirects` leads elsewhere.

        `source` names the file behind a canonical address, None for the engine's own.
        """
        for claim in self.given.values():
            if claim.quiet:
                continue
            if there := lives(claim.url):
                owner = source(there) or "the engine"
                if owner != claim.page.path:
                    yield claim.never(f"{there} belongs to {owner} (take the alias out)")
            elif (line := author.rule(claim.url)) and line.new != claim.rule.new:
                yield claim.never(f"line {line.line} of _redirects leads to {line.new} (keep one of the two)")


def gather(pages: Iterable[Page], base_url: str) -> Aliases:
    """Read the aliases of pages. Two that claim one address are told, and the first by path has it.

    A quiet claim counts when nobody makes a loud one.
    """
    loud: dict[str, Claim] = {}
    quiet: dict[str, Claim] = {}
    problems: list[Problem] = []
    rivals: list[tuple[str, Claim, Claim]] = []  # of quiet claims, the first and another
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
                problems.append(claim.never(f"{first.page.path} has it as well (keep one of the two)"))
    told = {(claim.page.path, claim.written): claim.elsewhere(first) for key, first, claim in rivals if key not in loud}
    return Aliases({**quiet, **loud}, (*problems, *told.values()))


def number_of(address: str) -> str:
    """Return the number by which an address names a post, "" where it names none: "/?p=0123" -> "123"."""
    found = _NUMBER.search(address)
    return found[1] if found else ""


def _claims(page: Page, base_url: str) -> Iterator[Claim | Problem]:
    """Read a page's aliases; one that cannot be an address of this site is told."""
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
            why = f"alias {written!r} is left out: it is no address of this site (write /old/page)"
            yield Problem(page.path, 0, why, "alias")
        elif query and not (path == "/" and number_of(written)):  # addresses.py sees to "/?p=123"
            why = f"alias {written!r} is left out: of addresses with a ? only /?p=123 leads on (write the path alone)"
            yield Problem(page.path, 0, why, "alias")
        elif path.strip("/") and _strays(path := unquote(path), parent_url(page.url)):
            why = f"alias {written!r} is left out: it leaves the site or has an empty part (write /old/page)"
            yield Problem(page.path, 0, why, "alias")
        elif path.strip("/"):
            yield from _addresses(page, written, path, mark + fragment)


def _strays(path: str, folder: str) -> bool:
    """Say whether a path has an empty part, or climbs: at all when it begins at the root, else above the root."""
    depth = folder.strip("/").count("/") + 1 if folder != "/" else 0
    if path.startswith("/"):
        return "//" in path or ".." in path.split("/")
    for part in path.split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            return True
    return "//" in path


def _local(address: str, base_url: str) -> str:
    """Return the path of an absolute address of this site, "" of another."""
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
