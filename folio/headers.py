"""A text -> its header: the block of front matter in any notation, its position and its keys and values.

Seven notations: YAML `---`, TOML `+++` (in Eleventy `---toml`), JSON `{`, and those without fences: `Title: x` lines
(Pelican, MultiMarkdown), `title:: x` lines (Logseq), `.. title: x` lines, and these within an HTML comment (Nikola).
Keys are used here only to tell a header from prose; frontmatter.py interprets them.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from folio import notations
from folio.errors import BadContent
from folio.notations import key_of

MAX_CHARACTERS = 65_536  # a longer header is an accident or an attack
MAX_KEYS = 500
MAX_UNCLOSED_LINES = 40  # searched for keys, to tell a header without an end from prose

Known = Callable[[str], bool]  # says whether the engine knows a key

# Without fences, one of these as the first key makes a header: prose does not begin like that.
_SIGNS = frozenset((
    "lastmod", "modified", "permalink", "pubdate", "publishdate", "redirect_from", "save_as", "slug", "tags",
    "title",
))  # fmt: skip
# Keys that decide who may see the page: one of them is enough with one of _DECISIONS, and is never ignored.
_DECIDING = frozenset((
    "draft", "hidden", "publish", "published", "status", "unlisted", "visibility",
))  # fmt: skip
_DECISIONS = frozenset((
    "draft", "false", "hidden", "no", "private", "published", "skip", "true", "unlisted", "yes",
))  # fmt: skip
# Known keys that are common in prose as well ("Place: Berlin"): these alone make no header.
_EVERYDAY = frozenset((
    "alias", "alt", "banner", "build", "canonical", "caption", "cover", "dir", "direction", "extra", "headless",
    "image", "language", "layout", "location", "math", "order", "params", "part", "place", "render", "series",
    "template", "thumbnail", "toc", "type", "url", "weight",
))  # fmt: skip
_PAIR = re.compile(r"([^\W\d_][\w-]*(?: [\w-]+){0,3}):(?:[ \t]+(.*)|[ \t]*$)")
_FENCES = frozenset(("---", "+++", "---yaml", "---yml", "---toml", "---json", "---js", "---javascript"))
_PROPERTY = re.compile(r"([^\W\d_][\w-]*)::(?:[ \t]+(.*)|[ \t]*$)")
_NOTION = re.compile(r" [0-9a-f]{32}\.md$")  # how it calls what it exports
_YAML_END = re.compile(r"^(?:---|\.\.\.)[^\S\n]*$", re.MULTILINE)
_TOML_END = re.compile(r"^\+\+\+[^\S\n]*$", re.MULTILINE)
_DOTTED = re.compile(r"\.\. ([^\W\d_][\w-]*):(?:[ \t]+(.*)|[ \t]*$)")


class Header(NamedTuple):
    """A header: `raw` begins in `line` of the file; `length` is the number of the header's last line, with its fence.

    `kind` is "yaml", "toml", "json", "plain" (`Title: x`), "properties" (`title:: x`) or "nikola"; in the last three
    every value is a string, or a list of strings for a repeated key.
    """

    kind: str
    raw: str
    line: int
    length: int
    table: Mapping[str, Any] = MappingProxyType({})

    def lines(self, start: int = 0) -> dict[str, int]:
        """Return the first line of each key in the file, at or after line `start`."""
        raw = re.sub(r"^\.\. ", "", self.raw, flags=re.MULTILINE) if self.kind == "nikola" else self.raw
        return notations.key_lines(raw, self.line, start)

    def bad(self, path: str, why: str, line: int = 0) -> BadContent:
        return BadContent(path, line or self.line, why)


def read(text: str, path: str, known: Known) -> Header | None:
    """Read the header of `text` (BOM and CRLF already removed); return None if there is none.

    It may follow blank lines. Raises BadContent(path, line, why) for a header that cannot be parsed or has no end,
    because it may hide a page.
    """
    start = re.match(r"(?:[ \t]*\n)*", text).end()  # type: ignore[union-attr]
    blank = text.count("\n", 0, start)
    first = text[start : start + MAX_CHARACTERS].partition("\n")[0].rstrip()
    if first in _FENCES:
        found = _fenced(text, start, blank, path, known)
    elif first == "{" or re.match(r'\{\s*"', text[start : start + MAX_CHARACTERS]):
        found = _braced(text, start, blank, path, known)
    elif first.startswith(("..", "<!--")):
        return _dotted(text, start, blank, path, known)
    elif first.startswith("# ") and _NOTION.search(path):
        return _database(text, start, blank, path, known)
    elif _PROPERTY.match(first):
        return _properties(text, start, blank, path, known)
    else:
        return _plain(text, start, blank, path, known) if _PAIR.match(first) else None
    if found is None:
        return None
    _within_bounds(found, path)
    parse = {"yaml": notations.from_yaml, "toml": notations.from_toml, "json": notations.from_json}[found.kind]
    table = parse(found.raw, path, found.line)
    if table is None:  # an empty header
        table = {}
    return _checked(found, table, path) if isinstance(table, dict) else None


def _within_bounds(header: Header, path: str) -> None:
    if len(header.raw) > MAX_CHARACTERS:
        raise header.bad(path, f"the header is longer than {MAX_CHARACTERS} characters")


def _checked(header: Header, table: dict[Any, Any], path: str) -> Header:
    if len(table) > MAX_KEYS:
        raise header.bad(path, f"the header has more than {MAX_KEYS} keys")
    named = {str(key).strip(): value for key, value in table.items()}
    return Header(header.kind, header.raw, header.line, header.length, named)


def _fenced(text: str, start: int, blank: int, path: str, known: Known) -> Header | None:
    """Find a header between two fences; None if the first is a thematic break with prose below it."""
    fence, end_of = ("---", _YAML_END) if text.startswith("---", start) else ("+++", _TOML_END)
    language = text[start + 3 : start + 20].partition("\n")[0].strip()
    start = text.find("\n", start) + 1 or len(text)
    end = end_of.search(text, start)
    if end is None:
        if _has_known_key(text[start:].split("\n", MAX_UNCLOSED_LINES)[:MAX_UNCLOSED_LINES], known):
            raise BadContent(path, blank + 1, f"the header is not closed (write {fence} on a line below it)")
        return None
    if language.startswith("j") and language != "json":
        raise BadContent(path, blank + 1, "a header in JavaScript is not read (write --- alone, and YAML below it)")
    raw = text[start : end.start()]
    lines = raw.split("\n")[:-1]
    if fence == "---" and not language and not _looks_like_yaml(lines, known):
        return None
    kind = "toml" if fence == "+++" or language == "toml" else "yaml"  # as which JSON is read as well
    return Header(kind, raw.removesuffix("\n"), blank + 2, blank + len(lines) + 2)


def _braced(text: str, start: int, blank: int, path: str, known: Known) -> Header | None:
    """Find a JSON object; None if it is only a text that begins with a brace."""
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
        why = "text follows its last brace" if text[end:].partition("\n")[0].strip() else ""
        line = text.count("\n", 0, end) + 1
    except json.JSONDecodeError as error:
        why, line = error.msg, error.lineno
    except (ValueError, RecursionError) as error:
        why, line = str(error), blank + 1
    if not why:
        return Header("json", text[start:end], blank + 1, line)
    if _has_known_key(re.split(r"[,{\n]", text[start : start + MAX_CHARACTERS])[:MAX_UNCLOSED_LINES], known):
        raise BadContent(path, line, f"the JSON header does not parse: {why}")
    return None


def _looks_like_yaml(lines: list[str], known: Known) -> bool:
    written = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not written or re.match(r"[\"']?[\w .-]+[\"']?\s*:(\s|$)|\{", written[0]):
        return True
    return _has_known_key(written[:MAX_UNCLOSED_LINES], known)


def _has_known_key(lines: Iterable[str], known: Known) -> bool:
    return any(known(key) for key in map(key_of, lines) if key)


def _plain(text: str, start: int, blank: int, path: str, known: Known) -> Header | None:
    """Read `Key: value` lines down to the first blank line; None if it is prose.

    A line that has no key and is not indented makes all of it prose, unless a key decides who may see the page: then
    that line is an error.
    """
    block = re.split(r"\n[ \t]*(?:\n|$)", text[start : start + 2 * MAX_CHARACTERS], maxsplit=1)[0].rstrip("\n")
    lines = block.split("\n")
    pairs, misfit = _pairs(enumerate(lines, blank + 1), _PAIR)
    first, value = _folded(pairs[0][1]), pairs[0][2][0].casefold()
    names = {_folded(key) for _, key, _ in pairs if known(key)} - _EVERYDAY
    is_header = first in _SIGNS or (first in _DECIDING and value in _DECISIONS) or (first in names and len(names) > 1)
    if not is_header or (misfit and not names & _DECIDING):
        return None
    header = Header("plain", block, blank + 1, blank + len(lines))
    if misfit:
        raise header.bad(path, "this line of the header is not `key: value` (leave a blank line below it)", misfit)
    _within_bounds(header, path)
    return _checked(header, _as_table(pairs), path)


def _properties(text: str, start: int, blank: int, path: str, known: Known) -> Header | None:
    """Read `key:: value` lines down to the first that is none; None where they say nothing that is known."""
    lines = list(itertools.takewhile(_PROPERTY.match, text[start : start + MAX_CHARACTERS].split("\n")))
    pairs, _ = _pairs(enumerate(lines, blank + 1), _PROPERTY)
    if not any(known(key) or key == "public" for _, key, _ in pairs):
        return None
    header = Header("properties", "\n".join(lines), blank + 1, blank + len(lines))
    return _checked(header, _as_table(pairs), path)


def _database(text: str, start: int, blank: int, path: str, known: Known) -> Header | None:
    """Read the `Key: value` lines that Notion writes below the title of a page that a database holds.

    A status that says nothing of who may see the page is the author's own.
    """
    title, _, rest = text[start : start + MAX_CHARACTERS].partition("\n\n")
    lines = rest.partition("\n\n")[0].rstrip("\n").split("\n")
    pairs, misfit = _pairs(enumerate(lines, blank + 3), _PAIR)
    pairs = [one for one in pairs if one[1].casefold() != "status" or one[2][0].casefold() in _DECISIONS]
    if misfit or "\n" in title or not any(known(key) for _, key, _ in pairs):
        return None
    header = Header("plain", "\n".join(lines), blank + 3, blank + 2 + len(lines))
    return _checked(header, {"title": title[2:].strip(), **_as_table(pairs)}, path)


def _dotted(text: str, start: int, blank: int, path: str, known: Known) -> Header | None:
    """Read `.. key: value` lines down to the first blank line, or within one HTML comment."""
    wrapped = text.startswith("<!--", start)
    begin = re.compile(r"\s*").match(text, start + 4).end() if wrapped else start  # type: ignore[union-attr]
    if not _DOTTED.match(text[begin : begin + MAX_CHARACTERS].partition("\n")[0]):
        return None
    line = text.count("\n", 0, begin) + 1
    end = re.compile(r"-->" if wrapped else r"\n[ \t]*(?:\n|$)|$").search(text, begin)
    raw = text[begin : end.start() if end else begin + MAX_CHARACTERS].rstrip("\n")
    pairs, misfit = _pairs(enumerate(raw.split("\n"), line), _DOTTED)
    if not any(known(key) for _, key, _ in pairs):
        return None
    closed = end.start() if end and wrapped else begin + len(raw)
    header = Header("nikola", raw, line, text.count("\n", 0, closed) + 1)
    if end is None:
        raise header.bad(path, "the header is not closed (write --> on a line below it)", blank + 1)
    if wrapped and text[end.end() :].partition("\n")[0].strip():
        raise header.bad(path, "text follows the header's --> (move it below)", header.length)
    if misfit:
        raise header.bad(path, "this line of the header is not `.. key: value` (leave a blank line below it)", misfit)
    _within_bounds(header, path)
    return _checked(header, _as_table(pairs), path)


Pairs = list[tuple[int, str, list[str]]]  # (line, key, the lines of its value)


def _pairs(lines: Iterable[tuple[int, str]], pair: re.Pattern[str]) -> tuple[Pairs, int]:
    """Read numbered lines as keys with values; an indented line continues the value above it.

    Also returns the number of the first line that is neither, 0 if there is none.
    """
    found: Pairs = []
    misfit = 0
    for n, line in lines:
        if read := pair.match(line):
            found.append((n, read[1], [(read[2] or "").strip()]))
        elif found and line[:1] in ("", " ", "\t"):
            found[-1][2].append(line.strip())
        else:
            misfit = misfit or n
    return found, misfit


def _as_table(pairs: Pairs) -> dict[Any, Any]:
    """Return pairs as one table. A key repeated in any case has a list as its value, with "a, b" split in two."""
    spelled: dict[str, str] = {}
    held: dict[str, list[str]] = {}
    for _, key, lines in pairs:
        held.setdefault(spelled.setdefault(_folded(key), key), []).append("\n".join(lines).strip())
    return {
        key: values[0] if len(values) == 1 else [part.strip() for value in values for part in re.split("[,\n]", value)]
        for key, values in held.items()
    }


def _folded(key: str) -> str:
    return key.casefold().replace("-", "_")
