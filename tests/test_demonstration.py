"""The demonstration site as data: what a newcomer reads first must itself be without fault."""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from PIL import ExifTags, Image

from folio import check, config, references, site
from folio.content import Page, Photo
from folio.markdown import Document, parse, render
from folio.snapshot import Site

CONTENT = Path(__file__).parent.parent / "content"
LARGEST_PICTURE_BYTES = 350_000
LARGEST_TREE_BYTES = 6_000_000
WITH_POSITION = "photography/harbour/DSCF0447.jpg"  # on purpose: it shows that a position never leaves
CAMERA_SAYS = (
    "ExposureTime", "FNumber", "ISOSpeedRatings", "FocalLength", "LensModel", "DateTimeOriginal",
)  # fmt: skip


def at(year: int) -> Site:
    """Load the demonstration as it is on the first of December of a year."""
    moment = dt.datetime(year, 12, 1, tzinfo=dt.UTC)
    return site.load(config.load({"content": CONTENT}, environ={}), lambda: moment, moment.timestamp())


@pytest.fixture(scope="module")
def demonstration() -> Site:
    return at(2026)


@pytest.fixture(scope="module")
def texts(demonstration: Site) -> dict[str, tuple[Page, Document]]:
    """Every page that a visitor can open, the folders' own included, by its URL."""
    pages = (*demonstration.public, *(s.page for s in demonstration.sections.values() if s.page))
    language = demonstration.config.language
    return {page.url: (page, parse(page.body.text, language=page.language or language)) for page in pages}


def photographs(demonstration: Site) -> list[Photo]:
    return sorted(demonstration.photos.values(), key=lambda photo: photo.path)


def test_the_engine_finds_nothing_to_complain_of(demonstration: Site, texts: dict[str, tuple[Page, Document]]) -> None:
    assert demonstration.problems == ()
    assert [(page.path, doc.problems) for page, doc in texts.values() if doc.problems] == []


def test_it_shows_each_thing_the_engine_does(demonstration: Site, texts: dict[str, tuple[Page, Document]]) -> None:
    galleries = [s for s in demonstration.sections.values() if s.is_gallery]
    assert len(demonstration.posts) >= 12
    assert len(galleries) == 2
    assert all(6 <= len(gallery.photos) <= 9 for gallery in galleries)
    assert {page.date.precision for page in demonstration.posts if page.date} == {2, 3}
    assert "de" in {page.language for page in demonstration.posts}
    assert {note.number is None for _, doc in texts.values() for note in doc.notes} == {True, False}


def test_every_page_has_a_title_and_a_description(demonstration: Site) -> None:
    undescribed = [
        page.path
        for page in demonstration.public
        if not (page.title and (page.description or len(page.body.text) > 400))
    ]
    assert undescribed == []


def test_every_essay_and_poem_is_dated(demonstration: Site) -> None:
    written = [page for page in demonstration.public if page.section in ("essays", "poetry") and not page.is_index]
    assert [page.path for page in written if page.date is None] == []


def test_check_has_nothing_but_the_position_that_is_there_on_purpose(demonstration: Site) -> None:
    settings = demonstration.config
    reports = check.check(
        demonstration,
        lambda page: check.parse(page, settings),
        lambda photo: check.look(photo, settings),
        lambda: None,
    )
    folder = WITH_POSITION.rpartition("/")[0]
    assert [(report.path, report.kind) for report in reports] == [(folder, "location")]


def test_no_essay_stands_alone(demonstration: Site, texts: dict[str, tuple[Page, Document]]) -> None:
    linked = {
        one.answer.url.partition("#")[0]
        for page, document in texts.values()
        for one in render(document, references.resolver(demonstration, page.path, {})).asked
        if one.answer.url.partition("#")[0] != page.url
    }
    assert [page.url for page in demonstration.posts if page.url not in linked] == []


def test_a_link_that_names_an_address_leads_there(demonstration: Site, texts: dict[str, tuple[Page, Document]]) -> None:
    named = {
        (page.path, link.text): resolve(link.target, link.kind).url
        for page, document in texts.values()
        for resolve in [references.resolver(demonstration, page.path, {})]
        for link in document.links
        if link.text.startswith("/") and link.target != link.text
    }
    assert len(named) >= 3
    assert [one for one, url in named.items() if url != one[1]] == []


def test_the_part_of_nginx_conf_that_an_essay_shows_is_in_it() -> None:
    shown = [
        " ".join(line.split()) for _, language, text in examples() if language == "nginx" for line in text.split(";")
    ]
    written = " ".join((CONTENT.parent / "deploy/nginx.conf").read_text("utf-8").split())
    assert len(shown) >= 4
    assert [line for line in shown if line and f"{line};" not in written] == []


def test_a_tag_brings_at_least_two_pages_together(demonstration: Site) -> None:
    assert [tag.name for tag in demonstration.tags.values() if len(tag.pages) < 2] == []


def test_drafts_stay_private_and_the_letter_waits_for_its_year(demonstration: Site) -> None:
    letter = "/essays/2031-01-01-a-letter-to-whoever-is-paying"
    assert letter not in demonstration.pages
    assert letter in at(2031).pages
    assert not [url for url in at(2031).pages if "draft" in url or "unfinished" in url]
    assert list((CONTENT / "drafts").iterdir())


def test_no_picture_is_fetched_from_elsewhere(texts: dict[str, tuple[Page, Document]]) -> None:
    assert [image.target for _, document in texts.values() for image in document.images if ":" in image.target] == []


def test_every_picture_has_words_for_those_who_cannot_see_it(
    demonstration: Site, texts: dict[str, tuple[Page, Document]]
) -> None:
    assert [photo.path for photo in photographs(demonstration) if not (photo.title and len(photo.alt) > 20)] == []
    assert [image.target for _, document in texts.values() for image in document.images if not image.alt] == []


def test_every_picture_says_what_its_camera_did(demonstration: Site) -> None:
    for photo in photographs(demonstration):
        with Image.open(CONTENT / photo.path) as picture:
            exif = picture.getexif()
            detail = {ExifTags.TAGS[tag]: value for tag, value in exif.get_ifd(ExifTags.IFD.Exif).items()}
            assert exif[ExifTags.Base.Make] and exif[ExifTags.Base.Model] and exif[ExifTags.Base.Copyright], photo.path
            assert [name for name in CAMERA_SAYS if not detail.get(name)] == [], photo.path


def test_one_picture_alone_carries_a_position(demonstration: Site) -> None:
    placed = []
    for photo in photographs(demonstration):
        with Image.open(CONTENT / photo.path) as picture:
            if picture.getexif().get_ifd(ExifTags.IFD.GPSInfo):
                placed.append(photo.path)
    assert placed == [WITH_POSITION]


def test_a_picture_of_every_shape_and_one_lying_on_its_side(demonstration: Site) -> None:
    shapes, turned = set(), []
    for photo in photographs(demonstration):
        with Image.open(CONTENT / photo.path) as picture:
            shapes.add(round(picture.width / picture.height, 2))
            if picture.getexif().get(ExifTags.Base.Orientation, 1) != 1:
                turned.append(photo.path)
    assert len(shapes) >= 4
    assert turned == ["photography/winter-light/DSCF0531.jpg"]


def test_a_clone_stays_small(demonstration: Site) -> None:
    sizes = {
        path: path.stat().st_size for path in CONTENT.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }
    assert [str(path) for path, size in sizes.items() if path.suffix == ".jpg" and size > LARGEST_PICTURE_BYTES] == []
    assert sum(sizes.values()) <= LARGEST_TREE_BYTES


def examples() -> Iterator[tuple[str, str, str]]:
    """Yield (file, language, source) of each fenced block."""
    for path in sorted(CONTENT.rglob("*.md")):
        for fence, language, source in re.findall(r"^(```+)(\w+)\n(.*?)^\1$", path.read_text("utf-8"), re.M | re.S):
            assert fence
            yield path.name, language, source


def test_the_programs_that_it_prints_are_programs() -> None:
    readers = {
        "python": ast.parse,
        "toml": tomllib.loads,
        "json": json.loads,
        "yaml": lambda text: list(yaml.safe_load_all(text)),
    }
    read = [readers[language](source) for _, language, source in examples() if language in readers]
    assert len(read) >= 8
