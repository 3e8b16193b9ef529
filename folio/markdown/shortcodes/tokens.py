"""A shortcode's tag -> its tokens, inline or block, or a `shortcode` token that shows its source."""

from __future__ import annotations

from collections.abc import Iterable

from markdown_it.token import Token
from markdown_it.utils import EnvType

from folio.markdown.shortcodes.destinations import value
from folio.markdown.shortcodes.rows import Row, reference
from folio.markdown.shortcodes.tags import Tag, shortcode


def tokens_of(tag: Tag, row: Row | None, inner: str | None, *, in_text: bool) -> list[Token]:
    """Return the tokens of a tag; `inner` is the text before its end tag, None if it has none."""
    if tag.family == "comment":
        return [_text(tag, tag.words)]
    if tag.family == "output":
        return _output(tag)
    linked = reference(tag)
    if linked is not None:
        return linked
    if tag.family == "zola" and tag.closes:
        return []  # the end of a tag that is itself shown as written
    if row is None:
        return [_note(tag, "" if tag.closes else f"the shortcode `{tag.name}` is not known", in_text)]
    if tag.closes:
        return [_note(tag, f"the shortcode `{tag.name}` is closed here but never opened", in_text)]
    if row.holds and inner is None and not tag.empty:
        return [_note(tag, f"the shortcode `{tag.name}` is never closed", in_text)]
    make = row.inline if in_text or row.block is None else row.block
    made = make(shortcode(tag, inner or ""))
    if made is None:
        return [_note(tag, f"the shortcode `{_full_name(tag)}` cannot be shown here", in_text)]
    return made


def _full_name(tag: Tag) -> str:
    """Return a tag's name, for `include` with the file's: "include figure.html"."""
    return " ".join((tag.name, *tag.words.split()[:1])) if tag.name == "include" else tag.name


def note_frames(env: EnvType, tokens: Iterable[Token]) -> None:
    """Record the hosts of iframes in `env["frames"]`, as rawhtml.py does."""
    for token in tokens:
        if token.tag == "iframe" and token.nesting == 1:
            env.setdefault("frames", {})[str(token.attrs["src"]).split("/")[2]] = None


def _output(tag: Tag) -> list[Token]:
    text = value(tag)
    if text is None and tag.name.startswith(("site.", "page.")):
        return [_note(tag, f"the variable `{tag.name}` is not known", True)]
    shown = tag.text if text is None else text
    return [_text(tag, shown)] if shown else []


def _text(tag: Tag, content: str) -> Token:
    return Token("text_special", "", 0, content=content, info="shortcode", markup=tag.text)


def _note(tag: Tag, why: str, in_text: bool) -> Token:
    meta = {"why": why, "name": _full_name(tag)}
    return Token("shortcode", "span" if in_text else "div", 0, content=tag.text, block=not in_text, meta=meta)
