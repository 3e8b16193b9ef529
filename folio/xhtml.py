"""HTML, ours and the author's -> the well-formed XHTML of an EPUB. Runs in a worker.

The HTML is parsed as browsers do, by WeasyPrint's parser; what a reading system cannot show (frames, forms, scripts,
remote pictures) is replaced by a link or by its text. It is then serialised as XML: every element is closed, every
attribute has a value, and characters stand for themselves, not as HTML's entities.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

HTML = "http://www.w3.org/1999/xhtml"
MATHML = "http://www.w3.org/1998/Math/MathML"
SVG = "http://www.w3.org/2000/svg"
OPS = "http://www.idpf.org/2007/ops"

Attributes = Mapping[str, str]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


PHRASING = _names(
    "abbr b bdi bdo br cite code data dfn em i img kbd mark q rp rt ruby s samp small span strong sub sup time u var "
    "wbr a ins del"
)
BLOCKS = _names(
    "address article aside blockquote dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li "
    "main nav ol p pre section summary table tbody td tfoot th thead tr ul caption colgroup col hgroup"
)
KEPT = PHRASING | BLOCKS | _names("html head title meta link body")
VOID = _names("br hr img wbr col meta link")
# Elements that may hold phrasing only: a block within becomes a <span> with its name as class.
NARROW = (PHRASING - _names("a ins del")) | _names("p pre h1 h2 h3 h4 h5 h6 summary")
SAME: Mapping[str, str] = MappingProxyType(
    {"center": "div", "font": "span", "tt": "code", "big": "span", "strike": "s", "acronym": "abbr", "dir": "ul"}
)  # elements that HTML no longer has, and their replacements
GONE = _names("script style template noscript base head title audio video canvas map area select option datalist "
              "button textarea meta link frame frameset")  # fmt: skip
SHOWN_ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {"iframe": "src", "embed": "src", "object": "data", "video": "src", "audio": "src"}
)  # elements replaced by a link, and the attribute that holds its address
ANY = _names("id class lang dir title role tabindex")
OWN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "a": _names("href"), "img": _names("src alt width height"), "ol": _names("start reversed type"),
        "li": _names("value"), "td": _names("colspan rowspan headers"),
        "th": _names("colspan rowspan headers scope abbr"), "col": _names("span"), "colgroup": _names("span"),
        "time": _names("datetime"), "ins": _names("datetime cite"), "del": _names("datetime cite"),
        "blockquote": _names("cite"), "q": _names("cite"), "data": _names("value"), "details": _names("open"),
    }
)  # fmt: skip
MATH_ATTRIBUTES = _names(
    "id class dir display mathvariant stretchy fence separator form lspace rspace symmetric maxsize minsize largeop "
    "movablelimits accent accentunder linethickness width height depth voffset columnalign rowalign columnspacing "
    "rowspacing columnlines rowlines frame columnspan rowspan displaystyle scriptlevel notation encoding bevelled href "
    "mathcolor mathbackground"
)
TYPES: Mapping[str, str] = MappingProxyType({"doc-noteref": "noteref", "doc-endnotes": "footnotes"})  # by role
# The only children that a parent may have; any others are wrapped in the first of these.
ONLY: Mapping[str, tuple[str, ...]] = MappingProxyType({"ul": ("li",), "ol": ("li",)})
UNDRAWN = _names("script style foreignObject image use animate animateMotion animateTransform set")  # in drawings
CHECKED, UNCHECKED = "\u2611\ufe0e", "\u2610\ufe0e"
_DRAWN = re.compile(r"(?!on|href|style|xmlns)[A-Za-z][A-Za-z-]*")  # the attributes kept in a drawing
_ID = re.compile(r"[^\s]+")
_NUMBER = re.compile(r"\d{1,5}")
_SPACE = re.compile("[\t\n\r\f ]*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


@dataclass(slots=True)
class Element:
    """An element to be written: `tag` has no namespace prefix; children are elements and text."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    @property
    def words(self) -> str:
        return "".join(child if isinstance(child, str) else child.words for child in self.children)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One document of a book, ready to be written, with the facts that the package file needs.

    `ids` are possible targets of links, `headings` the (id, text) of its <h2>, `pictures` the addresses of its
    pictures.
    """

    root: Element
    ids: frozenset[str] = frozenset()
    headings: tuple[tuple[str, str], ...] = ()
    has_mathml: bool = False
    has_svg: bool = False
    pictures: tuple[str, ...] = ()
    undescribed: bool = False  # a picture has no alternative text


def language(tag: str) -> str:
    """Return a tag if it is a valid BCP 47 language tag, else "en"."""
    return tag if _LANGUAGE.fullmatch(tag) else "en"


def leaf(html: str, picture: Callable[[str], str], link: Callable[[str], str]) -> Leaf:
    """Turn a complete HTML document into XHTML.

    `picture` returns the place of a picture's file in the book, "" if it has none; `link` the address to write for a
    link, "" to drop it.
    """
    import tinyhtml5  # pure Python, and slow: 60 ms an essay

    work = _Work(picture, link)
    root = work.tidied(tinyhtml5.parse(html))
    return Leaf(
        root,
        frozenset(work.ids),
        tuple(work.headings),
        work.has_mathml,
        work.has_svg,
        tuple(dict.fromkeys(work.pictures)),
        work.undescribed,
    )


@dataclass(slots=True)
class _Work:
    """The conversion of one document."""

    picture: Callable[[str], str]
    link: Callable[[str], str]
    ids: dict[str, None] = field(default_factory=dict)
    headings: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    has_mathml: bool = False
    has_svg: bool = False
    undescribed: bool = False

    def tidied(self, root: Any) -> Element:
        """Convert a whole document: copy the head, which is ours, and tidy the body."""
        head, body = root.find(f"{{{HTML}}}head"), root.find(f"{{{HTML}}}body")
        out = Element("html", {"xmlns": HTML, "xmlns:epub": OPS})
        tag = language(root.get("lang", ""))
        out.attributes |= {"lang": tag, "xml:lang": tag} | ({"dir": root.get("dir")} if root.get("dir") else {})
        out.children = [_copied(head), "\n", Element("body", self.attributes(body, "body"))]
        kept = out.children[2]
        assert isinstance(kept, Element)
        kept.children = self.children(body, False, False)
        return out

    def children(self, parent: Any, narrow: bool, in_link: bool) -> list[Element | str]:
        """Tidy an element's children; `narrow` allows phrasing only, `in_link` no links."""
        out: list[Element | str] = [parent.text] if parent.text else []
        for child in parent:
            if isinstance(child.tag, str):
                out += self.element(child, narrow, in_link)
            if child.tail:
                out.append(child.tail)
        return out

    def element(self, source: Any, narrow: bool, in_link: bool) -> list[Element | str]:
        """Tidy an element; one that is not allowed here is replaced by its children, by a link, or by nothing."""
        space, _, tag = source.tag.removeprefix("{").rpartition("}")
        if space == MATHML and tag == "math":
            self.has_mathml = True
            return [_formula(source, top=True)]
        tag = SAME.get(tag, tag)
        if tag in SHOWN_ELSEWHERE:
            return self.elsewhere(source, tag, narrow, in_link)
        if tag == "input":
            return (
                [CHECKED if source.get("checked") is not None else UNCHECKED]
                if source.get("type") == "checkbox"
                else []
            )
        if space == SVG and tag == "svg":
            self.has_svg = True
            return [_drawing(source, top=True)]
        if tag in GONE or space != HTML:
            return []
        if tag == "img":
            return self.image(source, in_link)
        if tag not in KEPT or (tag == "a" and in_link):
            return self.children(source, narrow, in_link)
        return [self.kept(source, tag, narrow, in_link)]

    def kept(self, source: Any, tag: str, narrow: bool, in_link: bool) -> Element:
        attributes = self.attributes(source, tag)
        if narrow and tag in BLOCKS:  # a <div> in an <em>, say
            attributes = {name: attributes[name] for name in attributes if name in ANY}
            attributes["class"] = f"{tag} {attributes.get('class', '')}".strip()
            tag = "span" if tag != "hr" else "br"
        out = Element(tag, attributes)
        if tag == "br":
            out.attributes.pop("class", None)
            return out
        if tag not in VOID:
            out.children = self.children(source, narrow or tag in NARROW, in_link or tag == "a")
        if tag in ONLY:
            out.children = _only(out.children, ONLY[tag])
        if tag == "h2" and "id" in attributes:
            self.headings.append((attributes["id"], " ".join(out.words.split())))
        return out

    def attributes(self, source: Any, tag: str) -> dict[str, str]:
        """Return the attributes that a book may have, and an `epub:type` for notes, which lets them pop up."""
        allowed = ANY | OWN.get(tag, frozenset())
        found = {n: v for n, v in source.attrib.items() if isinstance(n, str) and (n in allowed or n == "aria-label")}
        for name in ("width", "height", "colspan", "rowspan", "span", "start", "value", "tabindex"):
            if name in found and not _NUMBER.fullmatch(found[name]) and not (name == "value" and tag == "data"):
                del found[name]
        if found.get("dir", "ltr") not in ("ltr", "rtl", "auto"):
            del found["dir"]
        if "lang" in found:
            found["lang"] = found["xml:lang"] = language(found["lang"])
        for name in ("open", "reversed"):
            if name in found:
                found[name] = name
        if "id" in found and (not _ID.fullmatch(found["id"]) or found["id"] in self.ids):
            del found["id"]
        if "id" in found:
            self.ids[found["id"]] = None
        if "href" in found and not (address := self.link(found.pop("href"))):
            return found
        return found | ({"href": address} if "href" in source.attrib and tag == "a" else {}) | _type(tag, found, source)

    def image(self, source: Any, in_link: bool) -> list[Element | str]:
        """Keep a picture whose file is in the book; replace any other by its text, linked to it where allowed."""
        alt = source.get("alt", "")
        address = source.get("src", "")
        place = self.picture(address)
        if place:
            self.pictures.append(address)
            self.undescribed |= not alt
            return [Element("img", self.attributes(source, "img") | {"src": place, "alt": alt})]
        target = "" if in_link else self.link(address)
        return [Element("a", {"href": target}, [alt or "Picture"])] if target else [alt]

    def elsewhere(self, source: Any, tag: str, narrow: bool, in_link: bool) -> list[Element | str]:
        """Replace media and frames by a link."""
        of = next(iter(source.iter(f"{{{HTML}}}source")), source)
        address = source.get(SHOWN_ELSEWHERE[tag]) or of.get("src", "")
        target = "" if in_link or not address else self.link(address)
        if not target:
            return []
        words = source.get("title") or target
        link = Element("a", {"href": target}, [words])
        return [link] if narrow else [Element("p", {"class": "elsewhere"}, [link])]


def _type(tag: str, found: Attributes, source: Any) -> dict[str, str]:
    """Return the `epub:type` of an element: of notes, so that they pop up, and of what our templates mark."""
    kind = TYPES.get(found.get("role", ""), "")
    if tag == "li" and found.get("id", "").rpartition("sn-")[2].isdigit():
        kind = "footnote"
    kind = source.get("epub:type") or kind
    return {"epub:type": kind} if kind else {}


def _only(children: list[Element | str], names: tuple[str, ...]) -> list[Element | str]:
    """Wrap children other than `names`, such as text between the items of a list, in elements of the first name."""
    out: list[Element | str] = []
    for child in children:
        if isinstance(child, str):
            out.append(child if _SPACE.fullmatch(child) else Element(names[0], {}, [child]))
        else:
            out.append(child if child.tag in names else Element(names[0], {}, [child]))
    return out


def _copied(source: Any) -> Element:
    """Copy an element unchanged: the head of the document, which is ours."""
    own = {name: value for name, value in source.attrib.items() if isinstance(name, str)}
    out = Element(source.tag.rpartition("}")[2], own, [source.text] if source.text else [])
    for child in source:
        if isinstance(child.tag, str):
            out.children += [_copied(child), child.tail or ""]
    return out


def _formula(source: Any, *, top: bool = False) -> Element:
    """Copy a formula with the attributes of MathML, in its own namespace."""
    tag = source.tag.rpartition("}")[2]
    own = {n: v for n, v in source.attrib.items() if isinstance(n, str) and n in MATH_ATTRIBUTES}
    out = Element(tag, ({"xmlns": MATHML} if top else {}) | own, [source.text] if source.text else [])
    for child in source:
        if isinstance(child.tag, str):
            out.children += [_formula(child), child.tail or ""]
    return out


def _drawing(source: Any, *, top: bool = False) -> Element:
    """Copy an SVG drawing without scripts, animations and external resources; links keep their contents."""
    tag = source.tag.rpartition("}")[2]
    own = {n: v for n, v in source.attrib.items() if isinstance(n, str) and _DRAWN.fullmatch(n) and "url(http" not in v}
    out = Element(tag, ({"xmlns": SVG} if top else {}) | own, [source.text] if source.text else [])
    for child in source:
        if isinstance(child.tag, str) and child.tag.startswith(f"{{{SVG}}}"):
            inner = _drawing(child)
            out.children += ([] if inner.tag in UNDRAWN else [inner]) + [child.tail or ""]
    out.tag = "g" if tag == "a" else tag
    return out


def document(root: Element) -> bytes:
    """Serialise a complete document."""
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n' + "".join(written(root)) + "\n").encode()


def links(root: Element) -> Iterator[Element]:
    """Yield every link of a document."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if element.tag == "a" and "href" in element.attributes:
            yield element
        waiting += [child for child in element.children if isinstance(child, Element)]


def written(root: Element) -> Iterator[str]:
    """Serialise an element as XML, with a stack: a text may be nested deeper than Python's recursion limit."""
    waiting: list[Element | str] = [root]
    while waiting:
        piece = waiting.pop()
        if isinstance(piece, str):
            yield piece
            continue
        pairs = "".join(f' {name}="{_quoted(value)}"' for name, value in piece.attributes.items())
        if not piece.children and (piece.tag in VOID or piece.attributes.get("xmlns") in (MATHML, SVG)):
            yield f"<{piece.tag}{pairs}/>"
            continue
        yield f"<{piece.tag}{pairs}>"
        waiting.append(f"</{piece.tag}>")
        waiting += [escaped(child) if isinstance(child, str) else child for child in reversed(piece.children)]


def escaped(text: str) -> str:
    """Escape text for XML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return escaped(text).replace('"', "&quot;").replace("\n", " ").replace("\t", " ")
