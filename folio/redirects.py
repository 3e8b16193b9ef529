"""Old addresses -> new ones: the author's `_redirects`, the aliases of pages, and the moves the engine has recorded.

The first and the last are lines in Netlify's format: `/old /new [301|302|308|410]`, `#` comments, `*` at the end of
the old path; "301!" is 301. An old address matches in every spelling.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote, unquote

from folio import inside, slugs
from folio.errors import Gone, Moved, Problem

Answers = Callable[[str], str | None]  # the address under which a local path answers, None if it does not
STATUSES = ("301", "302", "307", "308", "410")
MAX_HOPS = 10
WRITTEN = "_redirects"  # the author's file, in the content folder
RECORDED = "redirects"  # the file of recorded moves, in the state folder
RECORDED_HEADER = "# Addresses that moved, recorded by the engine. Edit or delete lines freely.\n"
_PLAIN = re.compile(r"/(?!/)[A-Za-z0-9/._~-]*")
_WRITTEN = "%/:@!$&'()*+,;=?#[]~-._"  # characters that an author may have left unquoted on purpose


class Rule(NamedTuple):
    """One line: `old` is a decoded URL path without a final slash; of a `splat`, what stood before its `*`.

    `new` is as written: a path of this site, percent-encoded or not, or an absolute URL. `line` counts from 1.
    """

    old: str
    new: str
    status: int
    splat: bool = False
    line: int = 0

    def covers(self, url: str) -> bool:
        """Say whether a splat matches a URL path: "/old/*" matches "/old" and "/old/a", but not "/older"."""
        return url.startswith(self.old) or url + "/" == self.old

    def target(self, url: str) -> str:
        """Return `new` with `:splat` filled in, percent-encoded so that `url` can add nothing but a path."""
        if not self.splat:
            return self.new
        return self.new.replace(":splat", quote(url[len(self.old) :].lstrip("/"), safe="/", errors="replace"))


class Redirects(NamedTuple):
    """Rules by old path (`exact`) and by its folded spelling (`spelled`); `splats` are in the order written."""

    exact: Mapping[str, Rule] = MappingProxyType({})
    splats: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()
    spelled: Mapping[str, Rule] = MappingProxyType({})

    def find(self, url: str, answers: Answers) -> Moved | Gone | None:
        """Follow a URL path through all redirects to its final address; None for a dead end or a circle.

        A form of an old address ("/old.md") leads to that form of the new one. The location is percent-encoded.
        """
        status, seen = 301, {url}
        for _ in range(MAX_HOPS):
            rule, form = self._rule(url)
            if rule is None:
                return None
            if rule.status == 410:
                return Gone(url)
            status = rule.status if rule.status != 301 else status
            if not _is_local(rule.new):  # judged by what the author wrote, not by a visitor's splat
                return Moved(quote(rule.target(url), safe=_WRITTEN), status)
            path, tail = _cut(rule.target(url))
            url = "/" + unquote(path).strip("/")
            url = f"{'/index' if url == '/' else url}.{form}" if form else url
            if url in seen:
                return None
            if there := answers(url):
                return Moved(location(there) + ("" if form else quote(tail, safe=_WRITTEN)), status)
            seen.add(url)
        return None

    def rule(self, url: str) -> Rule | None:
        """Return the rule for exactly this address, in any spelling."""
        return self.exact.get(url) or self.spelled.get(slugs.spelling(url))

    def _rule(self, url: str) -> tuple[Rule | None, str]:
        """Return the rule for a URL path and "", or the rule for the path without its form and the form ("md")."""
        if rule := self.rule(url):
            return rule, ""
        base, form = slugs.cut_form(url)
        if form and (rule := self.rule(base)) and (rule.status == 410 or _is_local(rule.new)):
            return rule, form
        return next((splat for splat in self.splats if splat.covers(url)), None), ""

    def mistakes(self, rules: Iterable[Rule], path: str, lives: Answers, answers: Answers) -> Iterator[Problem]:
        """Yield the problems of one file's rules: those that a page shadows, that lead nowhere, or in a circle.

        `lives` finds what exists, `answers` also what redirects by itself. A line for a spelling that would be
        understood without it is no problem.
        """
        for rule in rules:
            there = lives(rule.old)
            if there and (there == rule.old or there != lives("/" + unquote(_cut(rule.new)[0]).strip("/"))):
                why = f"{rule.old} is the address of a page; this line is never followed"
                yield Problem(path, rule.line, why, "redirect")
            elif there is None and self.find(rule.old, answers) is None:
                why = f"{rule.old} leads to {rule.new}, which is missing, or in a circle"
                yield Problem(path, rule.line, why, "redirect")


def location(url: str) -> str:
    """Percent-encode a URL path for a Location header, never so that a browser could read another host in it."""
    if _PLAIN.fullmatch(url):  # ten times faster, for thousands of aliases
        return url
    return "/" + quote(url.lstrip("/"), safe="/:@!$&'()*+,;=~-._", errors="replace")


def _cut(target: str) -> tuple[str, str]:
    """Cut a local target before its query or fragment: "/a?b#c" -> ("/a", "?b#c")."""
    at = min((n for n in (target.find("?"), target.find("#")) if n >= 0), default=len(target))
    return target[:at], target[at:]


def _spelled(exact: dict[str, Rule]) -> Mapping[str, Rule]:
    """Return rules by the folded spelling of their old path; of two alike the first counts."""
    return {slugs.spelling(old): exact[old] for old in reversed(exact)}


def parse(text: str, path: str) -> Redirects:
    """Parse a redirects file; a line that makes no sense is left out and reported."""
    exact: dict[str, Rule] = {}
    splats: list[Rule] = []
    problems: list[Problem] = []
    for n, line in enumerate(text.splitlines(), 1):
        words = list(itertools.takewhile(lambda word: not word.startswith("#"), line.split()))
        if not words:
            continue
        try:
            rule = _rule(words, n)
        except ValueError as error:
            problems.append(Problem(path, n, f"this line is left out: {error}", "redirect"))
            continue
        if rule.splat:
            splats.append(rule)
        elif rule.old in exact:
            first = exact[rule.old]
            why = f"{rule.old} already leads to {first.new}; line {first.line} counts"
            problems.append(Problem(path, n, why, "redirect"))
        else:
            exact[rule.old] = rule
    return Redirects(exact, tuple(splats), tuple(problems), _spelled(exact))


def _rule(words: list[str], line: int) -> Rule:
    if len(words) == 2 and words[1] in ("410", "410!"):
        words = [words[0], "/", "410"]
    if len(words) not in (2, 3) or not words[0].startswith("/"):
        raise ValueError("write /old /new, or /old /new 302, or /old 410")
    old, new = unquote(words[0]), words[1]
    status = words[2].removesuffix("!") if len(words) == 3 else "301"  # "!" forces one over a page: here a page wins
    if status not in STATUSES:
        raise ValueError(f"{status!r} is none of {', '.join(STATUSES)}")
    if not _is_local(new) and not new.startswith(("https://", "http://")):
        raise ValueError(f"{new!r} is neither a path of this site nor an address (https://…)")
    splat = old.endswith("*")
    return Rule(old.rstrip("*") if splat else old.rstrip("/") or "/", new, int(status), splat, line)


def _is_local(target: str) -> bool:
    return target.startswith("/") and not target.startswith(("//", "/\\"))


def merge(*ranked: Redirects) -> Redirects:
    """Merge several; the earlier ones win, and an exact rule wins over any that ends in `*`."""
    exact: dict[str, Rule] = {}
    spelled: dict[str, Rule] = {}
    for redirects in reversed(ranked):
        exact |= redirects.exact
        spelled |= redirects.spelled
    return Redirects(
        exact,
        tuple(rule for redirects in ranked for rule in redirects.splats),
        tuple(problem for redirects in ranked for problem in redirects.problems),
        spelled,
    )


def record(file: Path, moves: Iterable[tuple[str, str]]) -> None:
    """Add (old URL, new URL) to the recorded moves, atomically; an address that is in use again loses its line.

    Lines that the author added stay. Raises OSError if the state folder cannot be written.
    """
    known = parse(file.read_text("utf-8-sig", "replace"), file.name) if file.exists() else Redirects()
    kept = dict(known.exact)
    for old, new in moves:
        lived = {rule.old for rule in kept.values() if rule.status != 410 and unquote(rule.new) == old}
        kept |= {a: kept[a]._replace(new=location(new)) for a in lived}
        kept[old] = Rule(old, location(new), 301)
        kept.pop(new, None)
    lines = [f"{location(rule.old)} {rule.new} {rule.status}\n" for _, rule in sorted(kept.items())]
    lines += [f"{location(rule.old)}* {rule.new} {rule.status}\n" for rule in known.splats]
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as written:
        written.write(RECORDED_HEADER + "".join(lines))
        written.flush()
        os.fsync(written.fileno())  # moves lost in a power cut could not be found again
    temporary.replace(file)


def written(root: Path, before: Redirects) -> Redirects:
    """Read the author's redirects in the content folder; while they cannot be read those of `before` stay."""
    try:
        with inside.opened(root, WRITTEN) as file:
            return parse(file.read().decode("utf-8-sig", "replace"), WRITTEN)
    except FileNotFoundError:  # for a moment: an editor takes away before it puts back
        return before
    except OSError as error:
        return before._replace(problems=(Problem(WRITTEN, 0, f"cannot be read ({error.strerror})", "redirect"),))


def read(file: Path, name: str) -> Redirects:
    """Read a redirects file, called `name` in problems; an absent one is empty."""
    try:
        return parse(file.read_text(encoding="utf-8-sig", errors="replace"), name)
    except FileNotFoundError:
        return Redirects()
    except OSError as error:
        return Redirects(problems=(Problem(name, 0, f"cannot be read ({error.strerror})", "redirect"),))
