"""`*[HTML]: Hyper Text Markup Language`, anywhere in a text -> `<abbr title>` around every word "HTML" in it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from folio.markdown.punctuation import educated
from folio.markdown.walk import holders, names, report

_DEFINITION = re.compile(r"\*\[([^\[\]\n]{1,100}+)\]:[ \t]*+(\S[^\n]*)")
_START = re.compile(r"\w+|[^\w\s]")
_CODE = names("code pre kbd samp tt var script style textarea")


class _Dictionary(NamedTuple):
    """The meaning of each abbreviation, and by first word or sign the lengths of those that begin so, longest first."""

    meanings: Mapping[str, str]
    lengths: Mapping[str, tuple[int, ...]]


def abbreviations_plugin(md: MarkdownIt) -> None:
    """Add the rule that reads definitions into `env["abbreviations"]`."""
    md.block.ruler.before("list", "abbreviation", definition, {"alt": ["paragraph", "reference"]})


def definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read `*[label]: meaning`; of several definitions of a label the first counts."""
    begin = state.bMarks[start] + state.tShift[start]
    match = _DEFINITION.fullmatch(state.src, begin, state.eMarks[start])
    if not match or not match[1].strip() or state.is_code_block(start):
        return False
    if silent:
        return True
    label = match[1].strip()
    known: dict[str, tuple[str, int]] = state.env.setdefault("abbreviations", {})
    if label in known:
        report(state.env, start + 1, f"the abbreviation {label} is already explained on line {known[label][1]}")
    known.setdefault(label, (match[2].strip(), start + 1))
    state.line = start + 1
    return True


def abbreviations(state: StateCore) -> None:
    """Mark every defined abbreviation, except in code, in bare addresses and in parts of words."""
    known: Mapping[str, tuple[str, int]] = state.env.get("abbreviations", {})
    if not known:
        return
    language = str(state.env.get("language", ""))
    meanings = {educated(label, language): educated(meaning, language) for label, (meaning, _) in known.items()}
    lengths: defaultdict[str, set[int]] = defaultdict(set)
    for label in meanings:
        first = _START.match(label)
        lengths[first[0] if first else label].add(len(label))
    dictionary = _Dictionary(
        meanings,
        {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()},
    )
    for holder in holders(state.tokens):
        holder.children = _marked(holder.children or [], dictionary)


def _marked(children: list[Token], dictionary: _Dictionary) -> list[Token]:
    out: list[Token] = []
    hidden = 0  # how many bare links and elements of code are open
    for child in children:
        if child.type == "text" and not hidden:
            out += _split(child, dictionary)
            continue
        if (child.type == "html_tag" and child.tag in _CODE) or child.info == "auto":
            hidden += child.nesting
        out.append(child)
    return out


def _split(token: Token, dictionary: _Dictionary) -> list[Token]:
    """Split a text token at its abbreviations."""
    text, out, done = token.content, [], 0
    for found in _START.finditer(text):
        start = found.start()
        lengths = dictionary.lengths.get(found[0])
        if not lengths or start < done:
            continue
        label = next((text[start : start + n] for n in lengths if _is_whole_word(text, start, n, dictionary)), "")
        if label:
            opening = Token("abbr_open", "abbr", 1, attrs={"title": dictionary.meanings[label]})
            word, closing = Token("text", "", 0, content=label), Token("abbr_close", "abbr", -1)
            before = [Token("text", "", 0, content=text[done:start])] if start > done else []
            out += [*before, opening, word, closing]
            done = start + len(label)
    if not out:
        return [token]
    token.content = text[done:]
    return [*out, token] if token.content else out


def _is_whole_word(text: str, start: int, length: int, dictionary: _Dictionary) -> bool:
    end = start + length
    if end > len(text) or text[start:end] not in dictionary.meanings:
        return False
    return not (text[end - 1].isalnum() and text[end : end + 1].isalnum()) and not text[start - 1 : start].isalnum()
