"""Printers for links, images and raw HTML: every address is resolved, and no <a> stands in another."""

from __future__ import annotations

from collections.abc import Mapping

from markdown_it.token import Token

from folio.markdown.addresses import candidates, joined
from folio.markdown.document import Picture, Reference
from folio.markdown.printer import Printer, quote
from folio.markdown.rawhtml import ADDRESSES
from folio.markdown.urls import normal
from folio.markdown.walk import line_of


def link_open(printer: Printer, token: Token) -> None:
    printed = not printer.in_link
    printer.anchors.append(printed)
    if not printed:
        return
    found = printer.ask(str(token.attrs.get("href", "")), token.meta.get("kind", "link"), line_of(token))
    url = printer.url(found) if found.exists else normal(found.url)  # a broken link keeps the target as written
    attrs = {**token.attrs, "href": url}
    if not found.exists:
        attrs["class"] = f"{token.attrs.get('class', '')} broken".strip()
    printer.out.append(f"<a{printer.attributes('a', attrs)}>")


def link_close(printer: Printer, token: Token) -> None:
    if printer.anchors and printer.anchors.pop():
        printer.out.append("</a>")


def image(printer: Printer, token: Token) -> None:
    found = printer.ask(str(token.attrs.get("src", "")), token.meta.get("kind", "image"), line_of(token))
    show_image(printer, token.attrs, found)


def show_image(printer: Printer, attrs: Mapping[str, str | int | float], found: Reference) -> None:
    """Print <picture> for a photograph of this site, linked to its page, and a plain <img> for any other image.

    A `width` or `height`, in CSS pixels, is the size to show it at if there is room.
    """
    picture = found.picture
    alt = str(attrs.get("alt", ""))
    extra = {name: str(attrs[name]) for name in ("title", "class", "id") if name in attrs}
    if "id" in extra:
        extra["id"] = printer.prefix + extra["id"]
    if not found.exists:
        extra["class"] = f"{extra.get('class', '')} broken".strip()
    size = {name: str(attrs[name]) for name in ("width", "height") if name in attrs}
    wanted = {name: int(value) for name, value in size.items() if value.isdecimal() and len(value) < 6}
    if any(wanted.values()):
        extra["class"] = f"{extra.get('class', '')} sized".strip()
    if picture is None:
        url = found.url if found.exists else normal(found.url)
        printer.out.append(_img({"src": url, "alt": alt, **size, **extra}))
        return
    if any(wanted.values()):
        picture = _at_size(picture, wanted.get("width") or 0, wanted.get("height") or 0)
    if picture.tone:
        extra["class"] = f"{extra.get('class', '')} {picture.tone}".strip()
    linked = bool(picture.page) and not printer.in_link
    if linked:
        name = "" if alt else ' aria-label="The photograph on its own page"'
        printer.out.append(f'<a href="{quote(picture.page)}"{name}>')
    printer.out.append(_picture(picture, alt, extra))
    if linked:
        printer.out.append("</a>")


def _at_size(picture: Picture, width: int, height: int) -> Picture:
    """Scale a picture to fit the given size, keeping its proportions; 0 means any."""
    scales = [wanted / own for wanted, own in ((width, picture.width), (height, picture.height)) if wanted and own]
    scale = min(scales, default=1)
    width, height = (max(1, round(own * scale)) for own in (picture.width, picture.height))
    return picture._replace(width=width, height=height, sizes=f"{width}px")


def _picture(picture: Picture, alt: str, extra: Mapping[str, str]) -> str:
    sizes = {"sizes": picture.sizes} if picture.sizes else {}
    sources = [
        f"<source{_pairs({'type': source.type, 'srcset': source.srcset, **sizes})}>" for source in picture.sources
    ]
    srcset = {"srcset": picture.srcset, **sizes} if picture.srcset else {}
    size = {"width": str(picture.width), "height": str(picture.height)}
    img = _img({"src": picture.src, **srcset, **size, "alt": alt, **extra})
    return f"<picture>{''.join(sources)}{img}</picture>"


def _img(attrs: Mapping[str, str]) -> str:
    return f'<img{_pairs(attrs)} loading="lazy" decoding="async">'


def _pairs(attrs: Mapping[str, str]) -> str:
    return "".join(f' {name}="{quote(value)}"' for name, value in attrs.items())


def html_tag(printer: Printer, token: Token) -> None:
    if token.tag == "a":
        return _raw_anchor(printer, token)
    if token.nesting == -1:
        printer.out.append(f"</{printer.name(token.tag)}>")
        return None
    attrs = dict(token.attrs)
    if token.tag == "img" and "src" in attrs:
        found = printer.ask(str(attrs["src"]), "image", line_of(token))
        return show_image(printer, attrs, found)
    printer.out.append(_raw_start(printer, token))
    return None


def _raw_start(printer: Printer, token: Token) -> str:
    """Print a raw start tag with its addresses resolved."""
    attrs = dict(token.attrs)
    for name, value in token.attrs.items():
        kind = ADDRESSES.get((token.tag, name.removeprefix("xlink:")))
        if kind and (kind == "link" or not str(value).startswith("#")):
            found = printer.ask(str(value), kind, line_of(token))
            attrs[name] = printer.url(found)
            if not found.exists:
                attrs["class"] = f"{attrs.get('class', '')} broken".strip()
    if "srcset" in attrs:
        found_in_set = candidates(str(attrs["srcset"]))
        attrs["srcset"] = joined((_file(printer, address, token), said) for address, said in found_in_set)
    return f"<{printer.name(token.tag)}{printer.attributes(token.tag, attrs)}>"


def _file(printer: Printer, address: str, token: Token) -> str:
    """Return the address of an image's file, not of its page."""
    found = printer.ask(address, "image", line_of(token))
    return found.picture.src if found.picture else printer.url(found)


def _raw_anchor(printer: Printer, token: Token) -> None:
    if token.nesting == -1:
        return link_close(printer, token)
    printed = not printer.in_link
    if printed:
        printer.out.append(_raw_start(printer, token))
    printer.anchors.append(printed)
    return None
