"""`{#id .class key="value"}` -> the id, classes and attributes of the element before or after it.

    [text](url){.class}  ![alt](x.jpg){.wide width=400}  `code`{.python}  *em*{#id}  [words]{.class}   right behind
    {.class #id}         on the line before a block
                         or, as in Hugo, on the line after a block if no block follows
    {: .class #id}       kramdown's: on the line after a block or before one; {:.class} also right behind

Attributes that pages do not allow (`style`, `on…`, any other name) are left out and reported. A `{` in prose stays
text, and so do attributes with nothing before them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

from folio.markdown.headings import claim
from folio.markdown.walk import holders, line_of, names, report

_ONE = (
    r"#[^\s{}\"'<>#]{1,100}+|\.[^\s{}\"'<>#.=]{1,100}+"
    r"|[A-Za-z][\w-]{0,40}+=(?:\"[^\"{}\n]*+\"|'[^'{}\n]*+'|[^\s\"'{}<>=]++)"
)
_EACH = re.compile(_ONE)
_BRACES = re.compile(rf"\{{(:?)[ \t]*+((?:(?:{_ONE})[ \t]*+)++)\}}")
_LINE = re.compile(rf"\{{(:?)[ \t]*+((?:(?:{_ONE})[ \t]*+)++|toc[ \t]*+)\}}[ \t]*+")
_SPAN = re.compile(r"\[(?:[^\[\]\\]|\\.|\[[^\[\]]*+\])++\](?=\{)")  # brackets in it may nest once
_WORD = re.compile(r"-?[^\W\d][\w-]*")
_VALUES: Mapping[str, tuple[frozenset[str], re.Pattern[str]]] = MappingProxyType(
    {  # the tags that may have the attribute (none listed: all), and the form of its value
        "title": (names(""), re.compile(r".+")),
        "lang": (names(""), re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")),
        "dir": (names(""), re.compile("ltr|rtl|auto")),
        "width": (names("img"), re.compile(r"[1-9]\d{0,4}")),
        "height": (names("img"), re.compile(r"[1-9]\d{0,4}")),
        "start": (names("ol"), re.compile(r"\d{1,9}")),
        "rel": (names("a"), re.compile(r"[a-z]+(?: [a-z]+)*")),
    }
)
_IGNORED = names("target loading decoding")  # pages decide these, so they are dropped without a report
_KNOWN = _IGNORED | names("class id style") | frozenset(_VALUES)
_BEFORE = frozenset(")]}`*_~=")  # the characters that attributes may follow directly
_ALONE = names("image code_inline")
_LISTS = names("bullet_list_open ordered_list_open")


def attributes_plugin(md: MarkdownIt) -> None:
    """Add the block and inline rules; dialect.py places the core rules below."""
    md.block.ruler.before("table", "attribute_line", line, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.inline.ruler.after("link", "attribute_span", span)
    md.inline.ruler.push("attributes", behind)


def read(written: str) -> dict[str, str]:
    """Parse the inside of braces: ".a .b #c d=e" -> {"class": "a b", "id": "c", "d": "e"}; the last id counts."""
    found: dict[str, str] = {}
    for one in _EACH.findall(written):
        if one[0] == ".":
            found["class"] = f"{found.get('class', '')} {one[1:]}".strip()
        elif one[0] == "#":
            found["id"] = one[1:]
        else:
            name, _, value = one.partition("=")
            value = value[1:-1] if value[0] in "\"'" else value
            found[name.lower()] = f"{found['class']} {value}" if name == "class" and "class" in found else value
    return found


def give(token: Token, written: Mapping[str, str], line: int, env: EnvType) -> None:
    """Set the allowed attributes on a token, and report the others."""
    for name, value in written.items():
        if name == "class":
            words = value.split()
            strange = [word for word in words if not _WORD.fullmatch(word)]
            classes = [str(token.attrs.get("class", "")), *(word for word in words if word not in strange)]
            if "".join(classes):
                token.attrs["class"] = " ".join(filter(None, classes))
            for word in strange:
                report(env, line, f"the class {word} is left out: use letters, digits and hyphens")
        elif name == "id":
            if claim(env, value):
                token.attrs["id"] = value
            else:
                report(env, line, f"the id #{value} is already used, and is left out here")
        elif name not in _IGNORED:
            _value(token, name, value, line, env)


def _value(token: Token, name: str, value: str, line: int, env: EnvType) -> None:
    tags, form = _VALUES.get(name, (names(""), None))
    if form is None or (tags and token.tag not in tags):
        if name == "style":
            report(env, line, "style= is left out: use a class", "style")
        else:
            why = "scripts are not allowed" if name.startswith("on") else "it is not allowed here"
            report(env, line, f"{name}= is left out: {why}")
        return
    value = value.removesuffix("px") if "img" in tags else value
    if form.fullmatch(value):
        token.attrs[name] = value
    else:
        wanted = " (write a number of pixels)" if "img" in tags else ""
        report(env, line, f'{name}="{value}" is left out: it cannot have that value{wanted}')


# ---- on a line of their own ----


def line(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a line of attributes; kramdown's belong to the block they touch, others to the block that follows.

    If none follows, they belong to the block before, as in Hugo.
    """
    begin = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("{", begin) or state.is_code_block(start):
        return False
    match = _LINE.fullmatch(state.src, begin, state.eMarks[start])
    if not match or (match[2].startswith("toc") and not match[1]):
        return False
    has_next = _has_next(state, start, end)
    is_behind = bool(match[1]) or (not has_next and _KNOWN.issuperset(read(match[2])))
    if silent:
        return is_behind
    last = state.tokens[-1] if state.tokens else None
    if is_behind and last is not None and last.nesting != 1 and start and not state.isEmpty(start - 1):
        if not _behind_block(state, match[2], start):
            return False
    elif has_next and not match[2].startswith("toc"):
        state.push("attributes", "", 0).meta = {"written": match[2], "line": start + 1, "owner": None}
    else:
        return False
    state.line = start + 1
    return True


def _has_next(state: StateBlock, start: int, end: int) -> bool:
    return start + 1 < end and not state.isEmpty(start + 1) and state.sCount[start + 1] >= state.blkIndent


def _behind_block(state: StateBlock, written: str, start: int) -> bool:
    """Give attributes to the block just read; `{:toc}` removes a list, for pages have their own table of contents."""
    at = len(state.tokens) - 1
    while at > 0 and (state.tokens[at].level > state.level or state.tokens[at].nesting == -1):
        at -= 1
    block = state.tokens[at]
    if written.startswith("toc"):
        if block.type in _LISTS:
            del state.tokens[at:]
        return block.type in _LISTS
    state.push("attributes", "", 0).meta = {"written": written, "line": start + 1, "owner": block}
    return True


def block_attributes(state: StateCore) -> None:
    """Give the attributes on a line to their block, and those at the end of a heading to the heading."""
    if "{" not in state.src:
        return
    tokens: list[Token] = []
    waiting: list[Token] = []
    item: Token | None = None  # the last list item, which gets the attributes of a paragraph that prints no <p>
    for token in state.tokens:
        if token.type == "attributes":
            owner = token.meta["owner"]
            if owner is None:
                waiting.append(token)
            else:
                _give(item if owner.hidden and item else owner, token, state.env)
            continue
        for found in waiting:
            _give(token, found, state.env)
        waiting.clear()
        item = token if token.type == "list_item_open" else item
        if token.type == "inline" and token.content.endswith("}") and tokens[-1].type == "heading_open":
            _end_of_heading(tokens[-1], token, state.env)
        tokens.append(token)
    state.tokens = tokens


def _give(token: Token, found: Token, env: EnvType) -> None:
    if token.nesting == -1 or not token.tag:
        report(env, found.meta["line"], "these attributes follow nothing that can have them")
    else:
        give(token, read(found.meta["written"]), found.meta["line"], env)


def _end_of_heading(opening: Token, text: Token, env: EnvType) -> None:
    """Move the attributes at the end of a heading's text to the heading."""
    text.content, written = cut(text.content)
    give(opening, written, line_of(opening), env)


def cut(heading: str) -> tuple[str, Mapping[str, str]]:
    """Split `{#id .class}` off the end of a heading's source; Pandoc's `{-}` is dropped without a report."""
    start = heading.rfind("{")
    before = heading[: max(start, 0)].rstrip()
    match = _BRACES.fullmatch(heading, start) if start >= 0 else None
    written = read(match[2]) if match else {}
    if before.endswith("\\") or not ("id" in written or heading.endswith("{-}") or (written and len(before) < start)):
        return heading, {}
    return before, written


def is_attributes(line: str) -> bool:
    """Return True if a line is nothing but kramdown's attributes for the block above it: "{: .class #id}"."""
    match = _LINE.fullmatch(line.strip())
    return match is not None and bool(match[1])


# ---- in text ----


def span(state: StateInline, silent: bool) -> bool:
    """Read `[words]{.class}`; the rule of links was tried before."""
    match = _SPAN.match(state.src, state.pos, state.posMax)
    if not match or not _BRACES.match(state.src, match.end(), state.posMax):
        return False
    end = match.end() - 1
    if not silent:
        maximum, start = state.posMax, state.pos + 1
        state.pos, state.posMax = start, end
        state.push("span_open", "span", 1)
        state.md.inline.tokenize(state)
        state.push("span_close", "span", -1)
        state.posMax = maximum
    state.pos = end + 1
    return True


def behind(state: StateInline, silent: bool) -> bool:
    """Read `{…}` right behind an element; which one is decided by `inline_attributes`, once the line is read."""
    at = state.pos
    if not at or state.src[at - 1] not in _BEFORE:
        return False
    match = _BRACES.match(state.src, at, state.posMax)
    if not match:
        return False
    if not silent:
        token = state.push("attributes", "", 0)
        token.content = match[0]
        token.meta = {"written": match[2]}
        state.env["has_attributes"] = True
    state.pos = match.end()
    return True


def inline_attributes(state: StateCore) -> None:
    """Give attributes to the link, image, code or emphasis before them; if there is none, they become text again."""
    if "has_attributes" not in state.env:
        return
    for holder in holders(state.tokens):
        children = holder.children or []
        if any(child.type == "attributes" for child in children):
            holder.children = _given(children, state.env)


def _given(children: list[Token], env: EnvType) -> list[Token]:
    out: list[Token] = []
    opened: list[Token] = []
    owner: Token | None = None
    for child in children:
        if child.type == "attributes":
            if owner is not None:
                give(owner, read(child.meta["written"]), line_of(child), env)
                continue
            child = Token("text", "", 0, content=child.content)
        elif child.type == "text" and not child.content:
            continue
        owner = child if child.type in _ALONE else None
        if child.nesting == 1:
            opened.append(child)
        elif child.nesting == -1 and opened:
            owner = opened.pop()
        out.append(child)
    return out
