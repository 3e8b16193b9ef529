"""What a page says, where the site has little to say it with."""

from __future__ import annotations

import time

import pytest
from conftest import Clock, Write
from PIL import Image

from folio import markdown, views
from folio import site as sites
from folio.config import Config
from folio.garden import Garden
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


def test_folders_of_pictures_for_pages_are_in_no_navigation(config: Config, write: Write) -> None:
    write("attachments/a.jpg", b"x")
    write("Images/2020/a.jpg", b"x")
    write("media/about.md", "# About media\n")
    write("static/a.txt", "x")
    write("boats/a.jpg", b"x")
    links = views.home(loaded(config), None, "", "", ())["nav"]
    assert [link.url for link in links] == ["/boats", "/media"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("date: 2013-06-11\nupdated: 2013-06-12", "12 June 2013"),
        ("date: 2013-06-11\nupdated: 2013-06-11T22:00:00", ""),
        ("date: 2013-06\nupdated: 2013-06-12", ""),
        ("date: 2013-06-11\nupdated: 2012-06-12", ""),
        ("updated: 2013-06-12", "12 June 2013"),
        ("date: 2013-06-11", ""),
    ],
)
def test_a_page_is_updated_on_a_later_day_than_its_date(config: Config, write: Write, header: str, said: str) -> None:
    write("a.md", f"---\n{header}\n---\n# A")
    site = loaded(config)
    page = site.pages["/a"]
    document = markdown.parse(page.body.text)
    assert views.page(Garden(site), page, document, markdown.Html(""))["updated_text"] == said


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
