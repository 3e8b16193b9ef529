"""Old addresses -> new ones: the author's `_redirects`, and the moves the engine recorded itself.

Both are lines of the Netlify form: `/old /new [301|302|308|410]`, `#` comments, `*` at the end of the old path.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from folio.errors import Gone, Moved, Problem

STATUSES = (301, 302, 307, 308, 410)
MAX_HOPS = 10
RECORDED_HEADER = "# Addresses that moved, recorded by the engine. Edit or delete lines freely.\n"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: `old` a decoded URL path without a slash at the end; `splat` when it ended in `*`."""

    old: str
    new: str
    status: int
    splat: bool = False


@dataclass(frozen=True, slots=True)
class Redirects:
    """Rules by their old path, and those that end in `*` in the order written."""

    exact: Mapping[str, Rule] = field(default_factory=dict)
    splats: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()

    def find(self, url: str, exists: Callable[[str], bool]) -> Moved | Gone | None:
        """Follow a URL path to where it leads now; chains collapse, a dead or circular end is None.

        `exists` says whether a local path answers. The location is percent-encoded.
        """
        status, seen = 301, {url}
        for _ in range(MAX_HOPS):
            rule = self.exact.get(url) or next((r for r in self.splats if url.startswith(r.old)), None)
            if rule is None:
                return None
            if rule.status == 410:
                return Gone(url)
            status = rule.status if rule.status != 301 else status
            target = rule.new.replace(":splat", url[len(rule.old) :].lstrip("/")) if rule.splat else rule.new
            if not _is_local(target):
                return Moved(target, status)
            parts = urlsplit(target)
            url = parts.path.rstrip("/") or "/"
            if exists(url):
                tail = f"?{parts.query}" if parts.query else ""
                return Moved(location(url) + tail + (f"#{parts.fragment}" if parts.fragment else ""), status)
            if url in seen:
                return None
            seen.add(url)
        return None


def location(url: str) -> str:
    """Percent-encode a URL path for a Location header; never one a browser could read as another host."""
    return "/" + quote(url.lstrip("/"), safe="/:@!$&'()*+,;=~-._")


def parse(text: str, path: str) -> Redirects:
    """Read a redirects file; a line that makes no sense is left out and reported."""
    exact: dict[str, Rule] = {}
    splats: list[Rule] = []
    problems: list[Problem] = []
    for n, line in enumerate(text.splitlines(), 1):
        words = line.split("#", 1)[0].split() if line.lstrip().startswith("#") else line.split()
        if not words:
            continue
        try:
            rule = _rule(words)
        except ValueError as error:
            problems.append(Problem(path, n, f"this line is left out: {error}"))
            continue
        if rule.splat:
            splats.append(rule)
        elif rule.old in exact:
            problems.append(
                Problem(path, n, f"{rule.old} already leads to {exact[rule.old].new}; the first line counts")
            )
        else:
            exact[rule.old] = rule
    return Redirects(exact, tuple(splats), tuple(problems))


def _rule(words: list[str]) -> Rule:
    gone = len(words) == 2 and words[1] == "410"
    if gone:
        words = [words[0], "/", "410"]
    if len(words) not in (2, 3) or not words[0].startswith("/"):
        raise ValueError("write /old /new, or /old /new 302, or /old 410")
    old, new = unquote(words[0]), unquote(words[1])
    status = words[2] if len(words) == 3 else "301"
    if not status.isdigit() or int(status) not in STATUSES:
        raise ValueError(f"{status!r} is none of {', '.join(map(str, STATUSES))}")
    if not _is_local(new) and not new.startswith(("https://", "http://")):
        raise ValueError(f"{new!r} is neither a path of this site nor an address (https://…)")
    splat = old.endswith("*")
    return Rule(old.rstrip("*").rstrip("/") or "/", new, int(status), splat)


def _is_local(target: str) -> bool:
    return target.startswith("/") and not target.startswith(("//", "/\\"))


def merge(author: Redirects, recorded: Redirects) -> Redirects:
    """Put the author's rules before the recorded ones."""
    return Redirects(
        {**recorded.exact, **author.exact},
        (*author.splats, *recorded.splats),
        (*author.problems, *recorded.problems),
    )


def record(file: Path, moves: Iterable[tuple[str, str]]) -> None:
    """Add (old URL, new URL) to the recorded moves, atomically; an address that lives again loses its line.

    Raises OSError when the state folder cannot be written.
    """
    kept: dict[str, str] = {}
    with contextlib.suppress(FileNotFoundError):
        known = parse(file.read_text(encoding="utf-8"), file.name)
        kept = {rule.old: rule.new for rule in known.exact.values()}
    for old, new in moves:
        kept = {a: (new if b == old else b) for a, b in kept.items()}
        kept[old] = new
        kept.pop(new, None)
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    lines = (f"{location(old)} {location(new)} 301\n" for old, new in sorted(kept.items()))
    temporary.write_text(RECORDED_HEADER + "".join(lines), encoding="utf-8")
    temporary.replace(file)


def read(file: Path, name: str) -> Redirects:
    """Read a redirects file, named `name` in what is reported; an absent one is empty."""
    try:
        return parse(file.read_text(encoding="utf-8-sig", errors="replace"), name)
    except FileNotFoundError:
        return Redirects()
    except OSError as error:
        return Redirects(problems=(Problem(name, 0, f"cannot be read ({error.strerror})"),))
