"""The findings of `check` -> its output, for a terminal or for programs. Called by cli.py."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from folio.check import Report
    from folio.snapshot import Site

NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(  # of kinds in the summary: singular, and irregular plural
    {
        "alt-in-gallery": ("gallery without alternative text", "galleries without alternative text"),
        "alias": ("alias", "aliases"),
        "ambiguous-link": ("ambiguous link",),
        "broken-image": ("missing picture",),
        "broken-link": ("broken link",),
        "broken-media": ("missing file",),
        "collision": ("address used twice", "addresses used twice"),
        "embed": ("broken embed",),
        "encoding": ("encoding",),
        "file": ("unreadable file",),
        "file-for-form": ("file that hides a form", "files that hide a form"),
        "git": ("page history", "page histories"),
        "header": ("mistake in a header", "mistakes in headers"),
        "location": ("folder with photograph locations", "folders with photograph locations"),
        "markup": ("mistake in markup", "mistakes in markup"),
        "math": ("mistake in a formula", "mistakes in formulas"),
        "missing-alt": ("picture without alternative text", "pictures without alternative text"),
        "missing-anchor": ("missing anchor",),
        "empty": ("empty folder", "empty folders"),
        "nested": ("folder of another system", "folders of another system"),
        "same-name": ("photograph with another's name", "photographs with another's name"),
        "old-name": ("old name",),
        "picture": ("unreadable picture",),
        "settings": ("setting",),
        "style": ("style=", "style="),
        "template": ("template of another system", "templates of another system"),
    }
)


def as_json(site: Site, problems: Sequence[Report], advice: Sequence[Report]) -> bytes:
    """Return the reports as JSON, with kind, path, line and message, and the counts of what was checked."""
    lists = {
        name: [{"kind": r.kind, "path": r.path, "line": r.line, "message": r.message} for r in reports]
        for name, reports in (("problems", problems), ("advice", advice))
    }
    counts = {"pages": len(site.public), "photographs": len(site.pictures)}
    return json.dumps({**lists, **counts}, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"


def as_text(site: Site, problems: Sequence[Report], advice: Sequence[Report]) -> str:
    """Return the reports as compilers print them, "path:line: message", the advice last, and a summary."""
    folder = site.config.content
    lines = [_line(folder, report, "") for report in problems]
    lines += [_line(folder, report, click.style("advice: ", fg="cyan")) for report in advice]
    return "\n".join([*lines, _summary(site, problems, advice)])


def _line(folder: Path, report: Report, mark: str) -> str:
    path = folder / report.path
    path = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    place = f"{path}:{report.line}:" if report.line else f"{path}:"
    return f"{click.style(printable(place), bold=True)} {mark}{printable(report.message)}"


def printable(text: str) -> str:
    """Escape control characters, which a file name may hold and a terminal would obey."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _summary(site: Site, problems: Sequence[Report], advice: Sequence[Report]) -> str:
    """Return "12 problems in 5 files: 8 broken links, 4 missing anchors; 3 pieces of advice"."""
    also = f"; {counted(len(advice), 'piece of advice', 'pieces of advice')}" if advice else ""
    if not problems:
        pages, pictures = counted(len(site.public), "page"), counted(len(site.pictures), "picture")
        return click.style(f"No problems in {pages} and {pictures}", fg="green") + also
    kinds = Counter(report.kind for report in problems).most_common()
    by_kind = ", ".join(counted(count, *NAMES.get(kind, (kind,))) for kind, count in kinds)
    files = counted(len({report.path for report in problems}), "file")
    return click.style(f"{counted(len(problems), 'problem')} in {files}: {by_kind}", fg="red") + also


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: "1 page", "2 pages"; `many` is for irregular plurals."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
