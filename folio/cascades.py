"""[cascade]: defaults in the front matter of a folder's index -> values for the pages below it.

tree.py passes them down from folder to folder; a page's own front matter wins, then the nearest folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from folio import slugs
from folio.content import Cascade
from folio.errors import BadContent, Problem
from folio.frontmatter import DECIDING, FrontMatter

KINDS = ("page", "section", "home")
_TAGS = frozenset(("tags", "taxonomies", "categories"))  # synonyms, so a page's own are never merged with defaults


def read(front: FrontMatter, path: str) -> tuple[tuple[Cascade, ...], tuple[Problem, ...]]:
    """Read the cascade tables of front matter; one whose target is not understood is left out and reported.

    Raises BadContent if such a table has a key that decides who may see the pages.
    """
    line = front.lines.get("cascade", 1)
    if not is_index(path) and isinstance(front.values.get("cascade"), dict | list):
        return (), (Problem(path, line, "cascade works only in the index of a folder (write it in index.md)"),)
    found: list[Cascade] = []
    problems: list[Problem] = []
    for defaults in front.cascade:
        place, kind, why = _target(defaults.target)
        if not why:
            found.append(Cascade(path, defaults.values, defaults.extra, place, kind))
        elif any(name in defaults.values for name in DECIDING):
            raise BadContent(path, line, why)
        else:
            problems.append(Problem(path, line, why + "; these defaults are left out"))
    return tuple(found), tuple(problems)


def _target(target: Any) -> tuple[str, str, str]:
    """Return the path pattern and the kind of a target, and what is wrong with it, "" if nothing."""
    if target is None:
        return "", "", ""
    if not isinstance(target, dict) or set(target) - {"path", "kind"}:
        return "", "", f"the target of a cascade cannot be {target!r} (write path: /essays/*, or kind: page)"
    place, kind = target.get("path") or "", target.get("kind") or ""
    if not isinstance(place, str) or kind not in ("", *KINDS):
        return "", "", f"the target of a cascade cannot be {target!r} (a path is text, a kind is {' or '.join(KINDS)})"
    return "/" + place.strip().strip("/").casefold() if place.strip() else "", kind, ""


def is_index(path: str) -> bool:
    """Say whether a Markdown file's name makes it the index of its folder."""
    return slugs.stem(path) in ("index", "_index")


def covers(cascade: Cascade, path: str) -> bool:
    """Say whether defaults apply to a page, by its place ("essays/On-cats.md" is "/essays/on-cats") and kind."""
    if not cascade.place and not cascade.kind:
        return True
    folder, stem = path.rpartition("/")[0], slugs.stem(path)
    place = ("/" + (folder if is_index(path) else f"{folder}/{stem}").strip("/")).casefold()
    kind = "home" if place == "/" else "section" if stem == "_index" else "page"
    return cascade.kind in ("", kind) and (not cascade.place or fnmatchcase(place, cascade.place))


def inherit(front: FrontMatter, handed: Sequence[Cascade]) -> tuple[FrontMatter, frozenset[str]]:
    """Fill in what front matter does not set from the inherited defaults `handed`, nearest folder first.

    Also returns the names that were filled in: errors in those are reported at the index, not at each page.
    """
    if not handed:
        return front, frozenset()
    values, extra = dict(front.values), dict(front.extra)
    for cascade in handed:
        tagged = not _TAGS.isdisjoint(values)
        for name, value in cascade.values.items():
            if not (tagged and name in _TAGS):
                values.setdefault(name, value)
        for key, value in cascade.extra.items():
            extra.setdefault(key, value)
    return front._replace(values=values, extra=extra), frozenset(values) - frozenset(front.values)
