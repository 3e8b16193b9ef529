"""A link target as written -> how to look it up: in this site's own syntax, and in that of other site generators.

Pure: references.py knows the site and looks it up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from folio.markdown import Kind

Way = Literal["path", "name", "tag", "category", "foreign", "nowhere"]

BY_NAME: frozenset[Kind] = frozenset(("wiki", "embed"))  # `[[…]]` and `![[…]]`: a name, not an address

GHOST = "__GHOST_URL__"  # the address of the site in what Ghost exports
# Pelican's "{filename}a.md" and "|filename|a.md", as they are or as a Markdown parser encodes them.
_WORDS = "filename|static|attach|author|category|tag|index"
_BRACED = re.compile(rf"(?:\{{|%7B)({_WORDS})(?:\}}|%7D)|(?:\||%7C)({_WORDS})(?:\||%7C)", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://|(?:mailto|tel):", re.IGNORECASE)  # of what would else be taken for a name


class Target(NamedTuple):
    """How to look up a target. `path` is decoded: a path, a name, or a tag's name; "" is the page itself.

    `tail` follows it: "?query#fragment" as written; after a name, "#" and a heading's text or "#^block".
    """

    way: Way
    path: str = ""
    tail: str = ""


FOREIGN, NOWHERE = Target("foreign"), Target("nowhere")


def read(written: str, kind: Kind, base_url: str) -> Target:
    """Parse a target; `base_url` is the site's own, whose absolute addresses are local too.

    "https://example.org/a#b" of our own host -> Target("path", "/a", "#b"); "@/a.md" (Zola) -> Target("path", "/a.md").
    """
    if kind in BY_NAME:
        return FOREIGN if _SCHEME.match(written) else _name(written)
    if written.startswith(GHOST):
        return _path("/" + written[len(GHOST) :].lstrip("/"))
    if written.startswith("@/"):
        return _path(written[1:])
    if braced := _BRACED.match(written):
        return _pelican((braced[1] or braced[2]).lower(), written[braced.end() :])
    scheme, colon, rest = written.partition(":")
    if colon and scheme in _SCHEMES:
        return _SCHEMES[scheme](rest)
    if is_foreign(written):
        own = _own(written, base_url)
        return _path(own) if own else FOREIGN
    return _path(written)


def is_foreign(written: str) -> bool:
    """Say whether a target has a scheme ("https:", "mailto:") or a host."""
    try:
        return written.startswith("//") or bool(urlsplit(written).scheme)
    except ValueError:  # "http://[", which is no valid address
        return True


def _path(written: str) -> Target:
    address, _, fragment = written.partition("#")
    path, _, query = address.partition("?")
    return Target("path", unquote(path), (f"?{query}" if query else "") + (f"#{fragment}" if fragment else ""))


def _name(written: str) -> Target:
    """Parse the text of `[[…]]`: "Cats#Sleep#Deep" -> Target("name", "Cats", "#Deep")."""
    name, *headings = written.split("#")
    last = headings[-1].strip() if headings else ""
    return Target("name", name.strip(), f"#{last}" if last else "")


def _pelican(what: str, rest: str) -> Target:
    if what in ("filename", "static", "attach"):
        return _path(rest)
    if what == "index":
        return Target("path", "/", _path(rest).tail)
    return Target("tag" if what == "tag" else "category", _path(rest).path) if what in ("tag", "category") else NOWHERE


def _nikola(rest: str) -> Target:
    """Parse what follows "link:": "//slug/on-cats#why"."""
    kind, _, value = rest.removeprefix("//").partition("/")
    found = _path(value)
    if kind == "filename":
        return Target("path", f"/{found.path.lstrip('/')}", found.tail)
    if kind == "archive":
        year = re.match(r"(\d{4})(?:/|$)", found.path)
        return Target("path", "/archive", f"#y{year[1]}" if year else "")
    if kind in ("tag", "category"):
        return Target("tag" if kind == "tag" else "category", found.path)
    return Target("name", found.path, found.tail) if kind == "slug" and found.path else NOWHERE


def _reference(rest: str) -> Target:
    """Parse the argument of Hugo's ref or Jekyll's post_url: a file, by its path or the end of it."""
    found = _path(rest)
    return Target("name", found.path.strip(), found.tail)


_SCHEMES: Mapping[str, Callable[[str], Target]] = MappingProxyType(
    {"ref": _reference, "post": _reference, "link": _nikola}
)


def _own(written: str, base_url: str) -> str:
    """Return path, query and fragment of an absolute address of this site, "" for any other."""
    try:
        parts, base = urlsplit(written), urlsplit(base_url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https", "") or _host(parts) != _host(base):
        return ""
    path = f"/{parts.path.lstrip('/')}"
    if not f"{path}/".startswith(f"{base.path}/"):
        return ""
    tail = (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
    return (path[len(base.path) :] or "/") + tail


def _host(parts: SplitResult) -> str:
    """Return a host without case, `www.` and default port, which do not make another site."""
    return parts.netloc.lower().removesuffix(":80").removesuffix(":443").removeprefix("www.")
