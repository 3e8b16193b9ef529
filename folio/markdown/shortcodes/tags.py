"""The syntax of shortcodes in Hugo, Jekyll, Zola and Nikola: source -> Tag, and a Tag's arguments -> Shortcode.

`{{< figure src="a.jpg" >}}` `{{% doc %}}` `{% post_url 2013-01-27-x %}` `{{ youtube(id="x") }}` `{{ site.baseurl }}`.
rows.py knows what each means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

LONGEST = 2_000  # characters of a tag
# "output" is Liquid's `{{ x }}`, "comment" Hugo's escape for a tag to be shown, not run: `{{</* x */>}}`.
Family = Literal["hugo", "liquid", "zola", "output", "comment"]

_DELIMITERS = (("{{<", ">}}"), ("{{%", "%}}"), ("{%", "%}"), ("{{", "}}"))
_NAMED = re.compile(r"([A-Za-z_][\w./:-]*+)\s*+(.*)", re.DOTALL)
_CALL = re.compile(r"([A-Za-z_][\w:]*+)\(\s*+((?:\w++\s*+=.*)?)\)", re.DOTALL)
_ARGUMENT = re.compile(
    r"(?:([\w-]++)\s*+=\s*+)?(?:\"((?:[^\"\\]|\\.)*+)\"|'((?:[^'\\]|\\.)*+)'|`([^`]*+)`|([^\s\"'`,]++))", re.DOTALL
)


class Tag(NamedTuple):
    """One tag: `text` its source, `end` where it ends, `words` everything after its name.

    `closes` marks an end tag (`{{< /x >}}`, `{% endx %}`, Zola's `{% end %}`), `empty` one without (`{{< x />}}`).
    The `name` of an "output" is the whole expression; the `words` of a "comment" are the text to show.
    """

    family: Family
    name: str
    words: str
    text: str
    end: int
    closes: bool = False
    empty: bool = False


class Shortcode(NamedTuple):
    """A shortcode with parsed arguments, and the `inner` text between its tags."""

    name: str
    args: tuple[str, ...] = ()
    named: Mapping[str, str] | None = None
    inner: str = ""

    def get(self, *names: str, at: int = -1) -> str:
        """Return the first named argument that is present, else the positional one at `at`, else ""."""
        for name in names:
            if self.named and name in self.named:
                return self.named[name]
        return self.args[at] if 0 <= at < len(self.args) else ""


def tag_at(source: str, start: int, end: int) -> Tag | None:
    """Return the tag that begins at `start`, or None."""
    for opening, closing in _DELIMITERS:
        if source.startswith(opening, start):
            inside = start + len(opening)
            stop = source.find(closing, inside, min(end, start + LONGEST))
            if stop < 0:
                return None
            after = stop + len(closing)
            return _tag(opening, closing, source[inside:stop], source[start:after], after)
    return None


def shortcode(tag: Tag, inner: str = "") -> Shortcode:
    """Parse a tag's arguments: `a "b c" k="v"`."""
    args, named = [], {}
    for match in _ARGUMENT.finditer(tag.words):
        value = next(group for group in match.groups()[1:] if group is not None)
        if match[2] is not None or match[3] is not None:
            value = value.replace('\\"', '"').replace("\\'", "'")
        if match[1]:
            named[match[1].lower()] = value
        else:
            args.append(value)
    return Shortcode(tag.name, tuple(args), named, inner)


def _tag(opening: str, closing: str, body: str, text: str, end: int) -> Tag | None:
    bare = body.strip()
    if opening in body or body.endswith("{"):  # "{% and {%}" is prose
        return None
    if bare.startswith("/*") and bare.endswith("*/") and len(bare) >= 4:
        return Tag("comment", "", f"{opening}{bare[2:-2]}{closing}", text, end)
    if opening in ("{{<", "{{%"):
        return _hugo(body, text, end)
    bare = bare.strip("-").strip()  # {%- x -%} trims the space around it
    call = _CALL.fullmatch(bare)
    if call:
        return Tag("zola", call[1].removeprefix("shortcodes::"), call[2], text, end, empty=opening == "{{")
    if opening == "{{":
        return Tag("output", bare, "", text, end) if bare else None
    return _liquid(bare, text, end)


def _hugo(body: str, text: str, end: int) -> Tag | None:
    empty = body.endswith("/")
    bare = body.strip()
    closes = bare.startswith("/") and not empty
    match = _NAMED.fullmatch(bare.removeprefix("/").lstrip().removesuffix("/" if empty else ""))
    return Tag("hugo", match[1], match[2].rstrip(), text, end, closes, empty) if match else None


def _liquid(bare: str, text: str, end: int) -> Tag | None:
    match = _NAMED.fullmatch(bare)
    if not match:
        return None
    name = match[1]
    if name == "end":
        return Tag("zola", "end", match[2], text, end, closes=True)
    closes = name.startswith("end")
    return Tag("liquid", name.removeprefix("end"), match[2], text, end, closes)
