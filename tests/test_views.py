"""What a page says, where the site has little to say it with."""

from __future__ import annotations

import time

from conftest import Clock, Write
from PIL import Image

from folio import site as sites
from folio import views
from folio.config import Config
from folio.snapshot import Site


def loaded(config: Config) -> Site:
    return sites.load(config, Clock(), time.time())


def test_the_front_page_of_a_site_without_posts_lists_its_pages(config: Config, write: Write) -> None:
    write("hello.md", "# Hello\n")
    write("notes/index.md", "# Notes\n")
    write("notes/one.md", "# One\n")
    front = views.home(loaded(config), None, "", "", ())
    assert front["latest"] is None
    assert [page.title for page in front["posts"]] == ["Hello", "One"]


def test_the_front_page_of_an_empty_site_holds_nothing(config: Config) -> None:
    front = views.home(loaded(config), None, "", "", ())
    assert (front["latest"], front["posts"], front["tiles"]) == (None, (), ())


def test_a_folder_shows_the_first_photographs_of_each_gallery_in_it(config: Config, write: Write) -> None:
    write("photos/index.md", "# Photographs\n")
    for gallery, count in (("blue", 2), ("red", 6)):
        for n in range(count):
            picture = write(f"photos/{gallery}/{n}.jpg", b"")
            Image.new("RGB", (30, 20), gallery).save(picture)
    site = loaded(config)
    shown = views.covers(site, site.sections["/photos"])
    assert [photo.url for photo in shown] == [
        *(f"/photos/blue/{n}" for n in range(2)),
        *(f"/photos/red/{n}" for n in range(views.COVER_PHOTOS)),
    ]
