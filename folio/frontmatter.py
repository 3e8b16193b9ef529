"""The header of a text -> typed values under canonical keys: YAML `---`, TOML `+++` or JSON `{`.

One place turns what people write (a dozen spellings of "date") into one name; content.py gives the names types.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from folio.errors import BadContent, Problem

MAX_CHARACTERS = 65_536  # a longer header is an accident or an attack
MAX_DEPTH = 100
MAX_COLLECTIONS = 1_000
MAX_KEYS = 500
MAX_UNCLOSED_LINES = 40  # looked at for keys, to tell a header without an end from prose
DECIDING = ("draft", "publish", "status", "unlisted", "visibility")  # who may see the page
SWITCHES = ("yes", "no", "on", "off", "y", "n", "true", "false", "0", "1")

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
    found = _split(text, path)
    if found is None:
        return FrontMatter()
    if len(found.raw) > MAX_CHARACTERS:
        raise BadContent(path, found.line, f"the header is longer than {MAX_CHARACTERS} characters")
    table = {"yaml": _yaml, "toml": _toml, "json": _json}[found.kind](found, path)
    if table is None:  # nothing but its fences
        table = {}
    if not isinstance(table, dict):
        return FrontMatter()
    if len(table) > MAX_KEYS:
        raise BadContent(path, found.line, f"the header has more than {MAX_KEYS} keys")
    return _named(table, found, path)


@dataclass(frozen=True, slots=True)
class _Header:
    """A header as found: its text `raw` begins in `line` of the file, and its last line is number `length`."""

    kind: str
    raw: str
    line: int
    length: int


def _split(text: str, path: str) -> _Header | None:
    """Find the header, after blank lines at most. Raises BadContent for one without an end: it may hide a page."""
    start = re.match(r"(?:[ \t]*\n)*", text).end()  # type: ignore[union-attr]
    blank = text.count("\n", 0, start)
    first, _, rest = text[start:].partition("\n")
    fence = first.rstrip()
    if fence in ("---", "+++"):
        lines = rest.split("\n")
        closing = ("---", "...") if fence == "---" else ("+++",)
        end = next((n for n, line in enumerate(lines) if line.rstrip() in closing), None)
        if end is None:
            if _has_known_key(lines[:MAX_UNCLOSED_LINES]):
                raise BadContent(path, blank + 1, f"the header has no end (write {fence} on a line below it)")
            return None
        if fence == "---" and not _looks_like_yaml(lines[:end]):
            return None  # a thematic break, then prose
        return _Header("yaml" if fence == "---" else "toml", "\n".join(lines[:end]), blank + 2, blank + end + 2)
    if fence == "{" or re.match(r'\{\s*"', text[start:]):
        return _split_json(text, start, blank, path)
    return None


def _split_json(text: str, start: int, blank: int, path: str) -> _Header | None:
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
        why = "words follow its last brace" if text[end:].partition("\n")[0].strip() else ""
        line = text.count("\n", 0, end) + 1
    except json.JSONDecodeError as error:
        why, line = error.msg, error.lineno
    except (ValueError, RecursionError) as error:
        why, line = str(error), blank + 1
    if not why:
        return _Header("json", text[start:end], blank + 1, line)
    if _has_known_key(re.split(r"[,{\n]", text[start : start + MAX_CHARACTERS])[:MAX_UNCLOSED_LINES]):
        raise BadContent(path, line, f"the JSON header does not parse: {why}")
    return None


def _looks_like_yaml(lines: list[str]) -> bool:
    written = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not written or re.match(r"[\"']?[\w .-]+[\"']?\s*:(\s|$)|\{", written[0]):
        return True
    return _has_known_key(written[:MAX_UNCLOSED_LINES])


def _has_known_key(lines: Iterable[str]) -> bool:
    return any(_canonical(key) for key in map(_key_of, lines) if key)


def _key_of(line: str) -> str:
    """Return the key that a line of a header gives a value to, else ""."""
    before, found, _ = line.partition(":") if ":" in line.partition("=")[0] else line.partition("=")
    return before.strip(" \t\"'{,") if found else ""


def _canonical(key: str) -> str | None:
    return SYNONYMS.get(key.casefold().replace("-", "_"))


class _Loader(yaml.CSafeLoader):
    """YAML 1.2's idea of scalars: only true and false are booleans; dates, versions and `012` stay text."""

    yaml_implicit_resolvers: Mapping[str, Any] = {}  # type: ignore[assignment]

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _misuse("a key is a word, not a list or a table", key)
            if key.value in seen:
                raise _misuse(f"{key.value!r} is written twice", key)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9][0-9]{0,17})$"), list("-0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])


def _yaml(header: _Header, path: str) -> Any:
    try:
        _bounded(yaml.parse(header.raw, Loader=yaml.CSafeLoader))
        return yaml.load(header.raw, Loader=_Loader)  # noqa: S506 - a CSafeLoader with fewer kinds of scalar
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + header.line if mark else header.line
        raise BadContent(path, line, f"the YAML header does not parse: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadContent(path, header.line, f"the YAML header does not parse: {error}") from error


def _bounded(events: Iterator[Any]) -> None:
    """Refuse what can blow up before it is built: aliases, tags, deep nesting, thousands of collections."""
    depth = collections = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            raise _misuse("aliases (*name) are not allowed here", event)
        if getattr(event, "tag", None) not in (None, "!"):
            raise _misuse("tags (!!name) are not allowed here", event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth, collections = depth + 1, collections + 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH or collections > MAX_COLLECTIONS:
            raise _misuse("it is nested too deep", event)


def _misuse(problem: str, at: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=at.start_mark)


def _toml(header: _Header, path: str) -> Any:
    try:
        return tomllib.loads(header.raw)
    except RecursionError as error:
        raise BadContent(path, header.line, "the TOML header is nested too deep") from error
    except ValueError as error:  # TOMLDecodeError is one, and so is what a number of 5,000 digits raises
        found = re.search(r"line (\d+)", str(error))
        line = header.line + int(found[1]) - 1 if found else header.length - 1  # "at end of document"
        raise BadContent(path, line, f"the TOML header does not parse: {error}") from error


def _json(header: _Header, path: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) < len(pairs):
            twice = next(key for n, (key, _) in enumerate(pairs) if key in dict(pairs[:n]))
            raise BadContent(path, _lines(header).get(twice, header.line), f"{twice!r} is written twice")
        return table

    return json.loads(header.raw, object_pairs_hook=once)


def _named(table: Mapping[Any, Any], header: _Header, path: str) -> FrontMatter:
    """Sort the keys into known and extra; warn of a key that is nearly a known one."""
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    written_at = _lines(header)
    for written, value in table.items():
        key = str(written).strip()
        name = _canonical(key)
        if name == "date" and key.casefold() == "published" and str(value).casefold() in SWITCHES:
            name = "publish"  # Jekyll's `published: false`; `no` is an error, not a date
        line = written_at.get(key, header.line)
        lines.setdefault(name or key, line)
        if name in DECIDING and values.get(name, value) != value:
            raise BadContent(path, line, f"{key!r} contradicts line {lines[name]} (keep one)")
        if name == "tags" and name in values:
            values[name] = [*as_list(values[name]), *as_list(value)]  # tags and categories together
        elif name:
            values.setdefault(name, value)
        else:
            extra[key] = value
            near = difflib.get_close_matches(key.casefold(), SYNONYMS, n=1, cutoff=0.75)
            if near and abs(len(near[0]) - len(key)) <= 1:
                problems.append(Problem(path, line, f"{key!r} is not a key we know: did you mean {near[0]!r}?"))
    return FrontMatter(values, extra, lines, header.length, tuple(problems))


def _lines(header: _Header) -> dict[str, int]:
    """Return the line of the file on which each key stands first."""
    found: dict[str, int] = {}
    for n, line in enumerate(header.raw.split("\n"), header.line):
        if key := _key_of(line):
            found.setdefault(key, n)
    return found


def as_list(value: Any) -> list[str]:
    """Read a string ("a, b"), a list, or nothing as a list of non-empty strings; of a table, its `name`."""
    if value is None:
        return []
    if isinstance(value, str):
        return [part for part in (p.strip() for p in value.split(",")) if part]
    if isinstance(value, list | tuple):
        return [word for word in map(_word, value) if word]
    word = _word(value)
    return [word] if word else []


def _word(value: Any) -> str:
    named = value.get("name") if isinstance(value, dict) else value  # authors: [{name: Ada, url: …}]
    return "" if named is None else str(named).strip()
