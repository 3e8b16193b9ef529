"""A photograph -> its entry in a feed: the facts, the picture, the HTML with absolute URLs."""

from __future__ import annotations

from html import escape

from folio import feeds, images
from folio.content import Page, Photo
from folio.images import Facts
from folio.markdown import public
from folio.snapshot import Site

FEED_PX = 1440  # the width of a picture in a feed


def feed_page(photo: Photo) -> Page:
    """Return a photograph as a Page, for the functions that make feed entries of pages."""
    title = photo.title or (photo.date.text if photo.date else "")
    text = public(photo.sidecar.body.text).strip() if photo.sidecar else ""
    return Page(
        path=photo.path,
        url=photo.url,
        title=title or "Photograph",
        date=photo.date,
        description=photo.caption or photo.alt or text.partition("\n")[0],
        tags=photo.tags,
    )


def medium(site: Site, photo: Photo, facts: Facts) -> feeds.Medium:
    """Return the picture of an entry, in the format that every reader knows."""
    picture = images.single(photo, facts, site.config, FEED_PX)
    return feeds.Medium(
        url=site.config.base_url + picture.src,
        type=images.TYPES[site.config.photographs.formats[-1]],
        width=picture.width,
        height=picture.height,
    )


def feed_entry(site: Site, photo: Photo, medium: feeds.Medium, caption: str) -> str:
    """Return the HTML of an entry; `caption` is the HTML of the sidecar, with absolute URLs."""
    size = f'width="{medium.width}" height="{medium.height}"'
    img = f'<img src="{escape(medium.url)}" {size} alt="{escape(photo.alt or photo.title)}">'
    words = caption or (f"<p>{escape(photo.caption)}</p>" if photo.caption else "")
    return f'<p><a href="{escape(feeds.absolute(site.config, photo.url))}">{img}</a></p>\n{words}'
