"""The text of a header in YAML, TOML or JSON -> its table; nesting that could exhaust memory is refused first.

headers.py finds the text. Each function takes it with the `path` of its file and the `line` it begins on, and raises
BadContent with the line of the error.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from folio.errors import BadContent

MAX_DEPTH = 100
MAX_COLLECTIONS = 1_000
_MAX_BITS = 4_096  # of a number: longer ones cannot be converted to text again
# As in YAML 1.2, only these and integers are not text; dates, versions, `012` and all keys are text.
_CONSTANTS: Mapping[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", "")),
}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_UNQUOTED = re.compile(r"""[*&!@`%'"-]|\{[{%]|\[[^\]]*\].|[^\[{].*:(?: |$)""")  # text that would need quotation marks
_END = object()  # of a list


def from_yaml(raw: str, path: str, line: int, what: str = "header", most: int = MAX_COLLECTIONS) -> Any:
    """Parse YAML without aliases, tags or repeated keys, of at most `most` lists and tables; errors call it `what`."""
    try:
        return _document(_bounded(iter(yaml.CSafeLoader(raw).get_event, None), most))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at, text = (mark.line + line, raw.split("\n")[mark.line : mark.line + 1]) if mark else (line, [])
        why = f"{error.problem or error.context}{_remedy(''.join(text))}"
        raise BadContent(path, at, f"the YAML {what} does not parse: {why}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadContent(path, line, f"the YAML {what} does not parse: {error}") from error


def _remedy(line: str) -> str:
    """Return the remedy for a usual mistake in a line of YAML, else ""."""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return " (indent with spaces, not tabs)"
    value = line.partition(": ")[2].strip()
    return ' (put all of the text in quotation marks: "…")' if _UNQUOTED.match(value) else ""


def _document(events: Iterator[Any]) -> Any:
    """Build the value of a stream's only document, None without one."""
    found = None
    for n, start in enumerate(event for event in events if isinstance(event, yaml.DocumentStartEvent)):
        if n:
            raise _misuse("but found another document", start)
        found = _value(events)
    return found


def _value(events: Iterator[Any]) -> Any:
    """Build the value that the next event begins; _END if it ends a list."""
    event = next(events)
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event.value) if event.implicit[0] else event.value  # plain, else quoted
    if isinstance(event, yaml.MappingStartEvent):
        return _table(events)
    return list(iter(lambda: _value(events), _END)) if isinstance(event, yaml.SequenceStartEvent) else _END


def _table(events: Iterator[Any]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    while not isinstance(key := next(events), yaml.MappingEndEvent):
        if not isinstance(key, yaml.ScalarEvent):
            raise _misuse("a key is a word, not a list or a table", key)
        if key.value in table:
            raise _misuse(f"{key.value!r} is written twice", key)
        table[key.value] = _value(events)
    return table


def _scalar(text: str) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return int(text) if _NUMBER.fullmatch(text) else text


def _bounded(events: Iterator[Any], most: int) -> Iterator[Any]:
    """Pass events on, refusing all that could exhaust memory: aliases, tags, deep nesting, thousands of collections."""
    depth = collections = 0
    for event in events:
        if getattr(event, "tag", None) not in (None, "!"):
            raise _misuse("tags (!!name) are not allowed here", event)
        if isinstance(event, yaml.ScalarEvent):  # nearly all are
            pass
        elif isinstance(event, yaml.AliasEvent):
            raise _misuse("aliases (*name) are not allowed here", event)
        elif isinstance(event, yaml.CollectionStartEvent):
            depth, collections = depth + 1, collections + 1
            if depth > MAX_DEPTH or collections > most:
                raise _misuse("it is nested too deeply", event)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        yield event


def _misuse(problem: str, at: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=at.start_mark)


def from_toml(raw: str, path: str, line: int) -> Any:
    """Parse TOML."""
    try:
        return _shallow(tomllib.loads(raw), raw, path, line)
    except RecursionError as error:
        raise BadContent(path, line, "the TOML header is nested too deeply") from error
    except ValueError as error:  # TOMLDecodeError is one; a number of 5,000 digits raises another
        found = re.search(r"line (\d+)", str(error))
        at = line + (int(found[1]) - 1 if found else raw.count("\n"))  # the last line for "at end of document"
        raise BadContent(path, at, f"the TOML header does not parse: {error}") from error


def from_json(raw: str, path: str, line: int) -> Any:
    """Parse JSON that is known to be well formed, without repeated keys."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) < len(pairs):
            twice = next(key for n, (key, _) in enumerate(pairs) if key in dict(pairs[:n]))
            raise BadContent(path, key_lines(raw, line).get(twice, line), f"{twice!r} is written twice")
        return table

    return _shallow(json.loads(raw, object_pairs_hook=once), raw, path, line)


def _shallow(table: Any, raw: str, path: str, line: int) -> Any:
    """Return a table unchanged. Raises BadContent, with the key's line, for too deep a value or too long a number."""
    for key, value in table.items():
        level = [value]
        for _ in range(MAX_DEPTH):
            if any(isinstance(one, int) and one.bit_length() > _MAX_BITS for one in level):
                raise BadContent(path, _line_of(key, raw, line), f"{key[:40]!r} holds a number that is too long")
            inner = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
            level = [each for one in inner for each in one]
            if not level:
                break
        else:
            raise BadContent(path, _line_of(key, raw, line), f"{key[:40]!r} is nested too deeply")
    return table


def _line_of(key: str, raw: str, line: int) -> int:
    lines = (n for n, text in enumerate(raw.split("\n"), line) if text.lstrip(" \t[{\"'").startswith(key))
    return next(lines, line)


def key_lines(raw: str, line: int, start: int = 0) -> dict[str, int]:
    """Return the first line of each key, from line `start` of the file on; a key that is not indented wins."""
    inner: dict[str, int] = {}
    outer: dict[str, int] = {}
    for n, text in enumerate(raw.split("\n"), line):
        if n >= start and (key := key_of(text.lstrip(" \t").removeprefix("- "))):
            (inner if text[0] in " \t-" else outer).setdefault(key, n)
    return {**inner, **outer}


def key_of(line: str) -> str:
    """Return the key in a line of a header, "" if it has none."""
    before, found, _ = line.partition(":") if ":" in line.partition("=")[0] else line.partition("=")
    return before.strip(" \t\"'{,") if found else ""
