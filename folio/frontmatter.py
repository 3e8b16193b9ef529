"""The header of a text -> typed values under canonical keys: YAML `---`, TOML `+++` or JSON `{`.

One place turns what people write (a dozen spellings of "date") into one name; content.py gives the names types.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from folio.errors import BadContent, Problem

MAX_CHARACTERS = 65_536  # a longer header is an accident or an attack
MAX_DEPTH = 100
MAX_COLLECTIONS = 1_000

SYNONYMS: Mapping[str, str] = {
    synonym: name
    for name, synonyms in {
        "title": "title",
        "link_title": "linktitle link_title",
        "date": "date publishdate pubdate published created",
        "updated": "updated lastmod modified last_modified_at",
        "expires": "expires expirydate",
        "draft": "draft",
        "publish": "publish",
        "status": "status",
        "unlisted": "unlisted hidden",
        "visibility": "visibility",
        "description": "description summary excerpt subtitle",
        "tags": "tags tag keywords categories category",
        "taxonomies": "taxonomies",
        "slug": "slug",
        "url": "url permalink",
        "aliases": "aliases alias redirect_from",
        "image": "image cover thumbnail featured_image banner",
        "weight": "weight order nav_order",
        "series": "series",
        "series_order": "series_order part",
        "author": "author authors",
        "layout": "layout template type",
        "language": "lang language",
        "direction": "dir direction",
        "toc": "toc",
        "math": "math",
        "noindex": "noindex",
        "canonical": "canonical",
        "license": "license licence",
        "alt": "alt",
        "caption": "caption",
        "place": "place location",
    }.items()
    for synonym in synonyms.split()
}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a header says. `values` by canonical name, `extra` by the author's own keys, `lines` of both in the file.

    `length` is the number of lines the header takes, its fences included; 0 when the text has none.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    length: int = 0
    problems: tuple[Problem, ...] = ()


def read(text: str, path: str) -> FrontMatter:
    """Read the header of `text` (BOM and CRLF already gone); a text that has none gives an empty one.

    Raises BadContent(path, line, why) for a header that is there but cannot be understood.
    """
    found = _split(text)
    if found is None:
        return FrontMatter()
    kind, raw, length = found
    if len(raw) > MAX_CHARACTERS:
        raise BadContent(path, 1, f"the header is longer than {MAX_CHARACTERS} characters")
    table = {"yaml": _yaml, "toml": _toml, "json": _json}[kind](raw, path)
    if not isinstance(table, dict):
        return FrontMatter()
    return _named(table, raw, path, length)


def _split(text: str) -> tuple[str, str, int] | None:
    """Return (kind, the header's text, its length in lines), or None."""
    first, _, rest = text.partition("\n")
    fence = first.rstrip()
    if fence in ("---", "+++"):
        lines = rest.split("\n")
        closing = ("---", "...") if fence == "---" else ("+++",)
        end = next((n for n, line in enumerate(lines) if line.rstrip() in closing), None)
        raw = "\n".join(lines[:end]) if end is not None else ""
        if end is None or (fence == "---" and not _looks_like_yaml(raw)):
            return None  # a thematic break, then prose
        return ("yaml" if fence == "---" else "toml"), raw, end + 2
    if text.startswith("{\n") or re.match(r'\{\s*"', text):
        try:
            _, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return None
        return "json", text[:end], text.count("\n", 0, end) + 1
    return None


def _looks_like_yaml(raw: str) -> bool:
    written = [line for line in raw.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    return not written or re.match(r"[\"']?[\w .-]+[\"']?\s*:(\s|$)|\{", written[0]) is not None


class _Loader(yaml.CSafeLoader):
    """YAML 1.2's idea of scalars: only true and false are booleans; dates, versions and `012` stay text."""

    yaml_implicit_resolvers: Mapping[str, Any] = {}  # type: ignore[assignment]

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise _misuse(f"{key.value!r} is written twice", key)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9][0-9]{0,17})$"), list("-0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])


def _yaml(raw: str, path: str) -> Any:
    try:
        _bounded(yaml.parse(raw, Loader=yaml.CSafeLoader))
        return yaml.load(raw, Loader=_Loader)  # noqa: S506 - a CSafeLoader with fewer kinds of scalar
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 2 if mark else 1
        raise BadContent(path, line, f"the YAML header does not parse: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadContent(path, 1, f"the YAML header does not parse: {error}") from error


def _bounded(events: Iterator[Any]) -> None:
    """Refuse what can blow up before it is built: aliases, deep nesting, thousands of collections."""
    depth = collections = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            raise _misuse("aliases (*name) are not allowed here", event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth, collections = depth + 1, collections + 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH or collections > MAX_COLLECTIONS:
            raise _misuse("it is nested too deep", event)


def _misuse(problem: str, at: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=at.start_mark)


def _toml(raw: str, path: str) -> Any:
    try:
        return tomllib.loads(raw)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        raise BadContent(path, int(found[1]) + 1 if found else 1, f"the TOML header does not parse: {error}") from error


def _json(raw: str, path: str) -> Any:
    return json.loads(raw)


def _named(table: Mapping[Any, Any], raw: str, path: str, length: int) -> FrontMatter:
    """Sort the keys into known and extra; warn of a key that is nearly a known one."""
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    for written, value in table.items():
        key = str(written).strip()
        name = SYNONYMS.get(key.casefold().replace("-", "_"))
        line = _line_of(key, raw)
        lines[name or key] = line
        if name == "date" and key.casefold() == "published" and isinstance(value, bool):
            values["publish"] = value  # Jekyll's `published: false`
        elif name == "tags" and name in values:
            values[name] = [*as_list(values[name]), *as_list(value)]  # tags and categories together
        elif name:
            values.setdefault(name, value)
        else:
            extra[key] = value
            near = difflib.get_close_matches(key.casefold(), SYNONYMS, n=1, cutoff=0.75)
            if near and abs(len(near[0]) - len(key)) <= 1:
                problems.append(Problem(path, line, f"{key!r} is not a key we know: did you mean {near[0]!r}?"))
    return FrontMatter(values, extra, lines, length, tuple(problems))


def _line_of(key: str, raw: str) -> int:
    name = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[:=]")
    return next((n for n, line in enumerate(raw.split("\n"), 2) if name.match(line)), 1)


def as_list(value: Any) -> list[str]:
    """Read a string ("a, b"), a list, or nothing as a list of non-empty strings."""
    if value is None:
        return []
    if isinstance(value, str):
        return [part for part in (p.strip() for p in value.split(",")) if part]
    if isinstance(value, list | tuple):
        return [str(part).strip() for part in value if part is not None and str(part).strip()]
    return [str(value)]
