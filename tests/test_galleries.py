"""A folder of pictures and what lies beside them -> a gallery in order, each picture with its words."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Clock, Write
from hypothesis import given
from hypothesis import strategies as st

from folio import labels, slugs
from folio import site as sites
from folio.config import Config
from folio.content import Photo
from folio.errors import BadContent, Moved, NotFound
from folio.site import Site

Load = Callable[[], Site]


@pytest.fixture
def load(config: Config, clock: Clock) -> Load:
    return lambda: sites.load(config, clock, time.time())


@pytest.fixture
def pictures(write: Write) -> Callable[..., None]:
    def pictures(*names: str) -> None:
        for name in names:
            write(f"p/{name}", b"x")

    return pictures


def names(site: Site) -> list[str]:
    """The file names of the gallery /p, as it shows them."""
    return [photo.path.removeprefix("p/") for photo in site.sections["/p"].photos]


def photo(site: Site, name: str) -> Photo:
    return site.pictures[f"p/{name}"]


def said(site: Site) -> list[str]:
    return [str(problem) for problem in site.problems]


def test_numbers_in_names_count_as_numbers(load: Load, pictures: Callable[..., None]) -> None:
    pictures("IMG_10.jpg", "IMG_9.jpg", "b.jpg", "A.jpg", "IMG_09b.jpg")
    assert names(load()) == ["A.jpg", "b.jpg", "IMG_9.jpg", "IMG_09b.jpg", "IMG_10.jpg"]


@pytest.mark.parametrize(
    ("header", "order"),
    [
        ("sort: name", ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]),
        ("sort: -name", ["d.jpg", "c.jpg", "b.jpg", "a.jpg"]),
        ("sort: date", ["c.jpg", "b.jpg", "a.jpg", "d.jpg"]),
        ("sort: -date", ["b.jpg", "c.jpg", "a.jpg", "d.jpg"]),
        ("order: [d.jpg, b]", ["d.jpg", "b.jpg", "a.jpg", "c.jpg"]),
        ("order: [D.JPG, b]\nsort: -name", ["d.jpg", "b.jpg", "c.jpg", "a.jpg"]),
        ("sort: [d.jpg]", ["d.jpg", "a.jpg", "b.jpg", "c.jpg"]),
    ],
)
def test_a_gallery_is_in_the_order_its_index_asks_for(
    load: Load, write: Write, pictures: Callable[..., None], header: str, order: list[str]
) -> None:
    pictures("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    write("p/index.md", f"---\n{header}\n---\n# Pictures\n")
    write("p/b.md", "---\ndate: 2014-01-01\n---\n")
    write("p/c.md", "---\ndate: 2013-05\n---\n")
    site = load()
    assert (names(site), said(site)) == (order, [])


def test_pictures_with_a_weight_come_first(load: Load, write: Write, pictures: Callable[..., None]) -> None:
    pictures("a.jpg", "b.jpg", "c.jpg")
    write("p/c.md", "---\nweight: 1\n---\n")
    write("p/metadata.yml", "b.jpg: {order: 2}\n")
    assert names(load()) == ["c.jpg", "b.jpg", "a.jpg"]


def test_an_order_that_nobody_knows_is_reported(load: Load, write: Write, pictures: Callable[..., None]) -> None:
    pictures("a.jpg")
    write("p/index.md", "---\nsort: beauty\norder: [z.jpg]\noriginals: everybody\n---\n# P\n")
    assert said(load()) == [
        "p/index.md:1: order names z.jpg, which is not in this folder",
        "p/index.md:2: sort is 'beauty'; write name or -name or date or -date or rating",
        "p/index.md:4: originals is 'everybody'; write private or link or public",
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [("private", "private"), ("link", "link"), ("public", "public"), ("prviate", "private"), ("true", "private")],
)
def test_an_index_says_who_may_have_the_originals(
    load: Load, write: Write, pictures: Callable[..., None], written: str, told: str
) -> None:
    pictures("a.jpg")
    write("p/index.md", f"---\noriginals: {written}\nplace: true\n---\n# P\n")
    page = load().sections["/p"].page
    assert page and (page.originals, page.shows_place, page.place) == (told, True, "")


YAML = "the YAML file does not parse:"
METADATA = (
    "a.jpg:\n  title: A door\n  alt: A red door\n  caption: |\n    In *the* harbour.\n\n    Twice.\n"
    "  tags: [red, doors]\n"
    "  date: 2013-07-13\n  place: Cold Staithe\nB: The sea\nc.jpg: {hidden: true, title: Shy}\nd.jpg: {draft: true}\n"
)


@pytest.mark.parametrize("name", labels.FILES)
def test_a_file_of_labels_gives_pictures_their_words(
    load: Load, write: Write, pictures: Callable[..., None], name: str
) -> None:
    pictures("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    write(f"p/{name}", METADATA.replace("B:", "b.jpg:"))
    site = load()
    door = photo(site, "a.jpg")
    assert (door.title, door.alt, door.tags, door.place) == ("A door", "A red door", ("red", "doors"), "Cold Staithe")
    assert door.date and door.date.iso == "2013-07-13"
    assert door.sidecar and door.sidecar.body.text == "In *the* harbour.\n\nTwice.\n"
    assert photo(site, "b.jpg").title == "The sea"
    assert names(site) == ["a.jpg", "b.jpg"]
    assert (photo(site, "c.jpg").url, "p/d.jpg" in site.pictures) == ("", False)
    assert f"/p/{name}" not in site.files and said(site) == []


@pytest.mark.parametrize(
    "text",
    [
        "- file: a.jpg\n  title: A door\n",
        "- filename: a.jpg\n  title: A door\n",
        "- image_path: /p/a.jpg\n  title: A door\n",
        "photos:\n  - src: a.jpg\n    title: A door\n",
        "title: All of it\nimages:\n  a.jpg:\n    title: A door\n",
        "resources:\n- src: a.jpg\n  params:\n    title: A door\n",
        "A.JPG: A door\n",
        "a:\n  title: A door\n",
        "\ufeffa.jpg:\r\n  title: A door\r\n",
    ],
)
def test_labels_are_read_as_people_write_them(
    load: Load, write: Write, pictures: Callable[..., None], text: str
) -> None:
    pictures("a.jpg")
    write("p/metadata.yml", text)
    site = load()
    assert (photo(site, "a.jpg").title, said(site)) == ("A door", [])


def test_a_sidecar_goes_before_a_label_field_by_field(load: Load, write: Write, pictures: Callable[..., None]) -> None:
    pictures("a.jpg", "b.jpg")
    write(
        "p/metadata.yml", "a.jpg: {title: Label, alt: Label, caption: Label}\nb.jpg: {title: Label, caption: Label}\n"
    )
    write("p/a.md", "---\nalt: Sidecar\n---\n")
    write("p/b.md", "---\ntitle: Sidecar\n---\nSidecar\n")
    site = load()
    first, second = photo(site, "a.jpg"), photo(site, "b.jpg")
    assert (first.title, first.alt, first.sidecar and first.sidecar.body.text) == ("Label", "Sidecar", "Label")
    assert (second.title, second.sidecar and second.sidecar.body.text.strip()) == ("Sidecar", "Sidecar")


@pytest.mark.parametrize(
    ("label", "sidecar", "shown"),
    [
        ("{draft: true}", "", False),
        ("{published: false}", "", False),
        ("{date: 2030-01-01}", "", False),
        ("{expires: 2013-01-01}", "", False),
        ("{draft: perhaps}", "", False),
        ("{draft: true}", "---\ndraft: false\n---\n", False),
        ("{draft: false}", "---\ndraft: true\n---\n", False),
        ("{title: x}", "", True),
    ],
)
def test_a_picture_is_hidden_by_its_label_or_its_sidecar(
    load: Load, write: Write, pictures: Callable[..., None], label: str, sidecar: str, shown: bool
) -> None:
    pictures("a.jpg", "b.jpg")
    write("p/metadata.yml", f"a.jpg: {label}\n")
    if sidecar:
        write("p/a.md", sidecar)
    assert ("p/a.jpg" in load().pictures) is shown


def test_a_label_hides_a_picture_in_any_folder(load: Load, write: Write, pictures: Callable[..., None]) -> None:
    pictures("a.jpg", "b.jpg")
    write("p/index.md", "# P\n\n![](a.jpg) ![](b.jpg)\n")
    write("p/metadata.yml", "a.jpg: {draft: true}\n")
    assert list(load().pictures) == ["p/b.jpg"]


def test_a_label_that_opens_later_is_due_then(load: Load, write: Write, pictures: Callable[..., None]) -> None:
    pictures("a.jpg", "b.jpg")
    write("p/metadata.yml", "a.jpg: {date: 2030-01-01T00:00:00Z}\n")
    assert load().next_due == 1893456000


@pytest.mark.parametrize(
    ("text", "why", "hides"),
    [
        ("a.jpg: {title: x\n", f"2: {YAML} did not find expected ',' or '}}' (its text", False),
        ("a.jpg: {draft: true\n", f"2: {YAML} did not find expected ',' or '}}' (the pictures", True),
        ("a.jpg: &x {title: y}\nb.jpg: *x\n", f"2: {YAML} aliases (*name)", False),
        ("a.jpg: !!python/object:os.system {}\n", f"1: {YAML} tags", False),
        ("just words\n", "1: this is text, not a table of pictures", False),
        ("a.jpg: {title: x}\na.jpg: {title: y}\n", f"2: {YAML} 'a.jpg' is written twice", False),
        ("[" * 200, f"1: {YAML} it is nested too deeply", False),
        (b"a.jpg: {title: caf\xe9}\n", "1: this is not UTF-8 text", False),
        ("a.jpg: {date: 2011-06-01\n", f"2: {YAML} did not find expected ',' or '}}' (its text", False),
        ("a.jpg: {date: 2998-06-01\n", f"2: {YAML} did not find expected ',' or '}}' (the pictures", True),
        ("a.jpg: {expiryDate: 2011-06-01\n", f"2: {YAML} did not find expected ',' or '}}' (the pictures", True),
        ("a.jpg: {title: x}\n" * 300_000 + "b.jpg: {draft: true}\n", "1: this file is larger than 2 MB", True),
    ],
)  # fmt: skip
def test_labels_that_cannot_be_read_are_reported_and_publish_nothing(
    load: Load, write: Write, pictures: Callable[..., None], text: str | bytes, why: str, hides: bool
) -> None:
    pictures("a.jpg", "b.jpg")
    write("p/metadata.yml", text)
    site = load()
    assert [line for line in said(site) if line.startswith(f"p/metadata.yml:{why}")], said(site)
    assert (site.pictures == {}) is hides


def test_labels_that_break_keep_what_they_said_last(
    load: Load, write: Write, pictures: Callable[..., None], config: Config, clock: Clock
) -> None:
    pictures("a.jpg", "b.jpg")
    write("p/metadata.yml", "a.jpg: {draft: true}\nb.jpg: {title: The sea}\n")
    before = load()
    write("p/metadata.yml", "a.jpg: {draft: fal\n", age=30)
    after = sites.reload(before, clock, time.time(), lambda: config)
    assert [(p.path, p.title) for p in after.pictures.values()] == [("p/b.jpg", "The sea")]
    assert "its last good version counts" in said(after)[0]
    write("p/metadata.yml", "a.jpg: {draft: false}\n", age=20)
    mended = sites.reload(after, clock, time.time(), lambda: config)
    assert (list(mended.pictures), said(mended)) == (["p/a.jpg", "p/b.jpg"], [])


def test_a_renamed_photograph_leaves_a_redirect(
    load: Load, write: Write, pictures: Callable[..., None], config: Config, clock: Clock, content: Path
) -> None:
    pictures("a.jpg", "b.jpg", "shy.jpg")
    write("p/metadata.yml", "shy.jpg: {draft: true}\n")
    before = load()
    (content / "p/a.jpg").rename(content / "p/Red door.jpg")
    (content / "p/shy.jpg").rename(content / "p/bold.jpg")
    (content / "q").mkdir()
    (content / "p/b.jpg").rename(content / "q/b.jpg")
    after = sites.reload(before, clock, time.time(), lambda: config)
    for old, new in (("p/a", "/p/Red-door"), ("p/b", "/q/b")):
        with pytest.raises(Moved) as moved:
            after.find(old)
        assert (moved.value.location, moved.value.status) == (new, 301)
    with pytest.raises(NotFound):
        after.find("p/shy")
    (content / "p/Red door.jpg").rename(content / "p/a.jpg")
    back = sites.reload(after, clock, time.time(), lambda: config)
    assert isinstance(back.find("p/a").thing, Photo)


def test_copies_and_new_photographs_are_no_moves(
    load: Load, write: Write, pictures: Callable[..., None], config: Config, clock: Clock, content: Path
) -> None:
    pictures("a.jpg", "b.jpg")
    before = load()
    write("p/c.jpg", b"x")
    (content / "p/a.jpg").unlink()
    after = sites.reload(before, clock, time.time() + 10, lambda: config)
    assert after.tree.renamed == ()


def test_a_gallery_that_changed_over_and_over_equals_a_fresh_start(
    load: Load, write: Write, config: Config, clock: Clock, content: Path
) -> None:
    chance, site = random.Random(2), load()
    files = ("a.jpg", "a.png", "A.jpg", "IMG_1.jpg", "IMG_1.md", "index.md", "metadata.yml", "index.txt")
    words = ("", "---\ndraft: true\n---\n", "---\nunlisted: true\n---\n", "---\nsort: -name\n---\nSee a.jpg")
    for step in range(80):
        file = content / chance.choice("pq") / chance.choice(files)
        if file.exists() and chance.random() < 0.4:
            file.unlink()
        elif file.name == "metadata.yml":
            write(str(file.relative_to(content)), f"a.jpg: {{{chance.choice(['draft: true', 'title: Sea'])}}}", age=30)
        else:
            text = chance.choice(words) if file.suffix == ".md" else ""
            write(str(file.relative_to(content)), f"{text}\n{step}", age=30)
        for later in (0, 10):  # at the second look the grace of what is gone has ended
            site = sites.reload(site, clock, time.time() + 10 * step + later, lambda: config)
        fresh = load()
        for name in ("pictures", "photos", "sections", "unlisted", "files", "pages", "addresses", "gone", "problems"):
            assert getattr(site, name) == getattr(fresh, name), (step, name)


def test_a_dropped_photograph_makes_no_other_anew(
    load: Load, pictures: Callable[..., None], config: Config, clock: Clock
) -> None:
    pictures("a.jpg", "b.jpg")
    before = load()
    pictures("c.jpg")
    after = sites.reload(before, clock, time.time(), lambda: config)
    assert names(after) == ["a.jpg", "b.jpg", "c.jpg"]
    for path in ("p/a.jpg", "p/b.jpg"):
        assert after.pictures[path] is before.pictures[path]
        assert after.tree.entries[path] is before.tree.entries[path]


def test_slips_in_labels_are_told_by_line(load: Load, write: Write, pictures: Callable[..., None]) -> None:
    pictures("a.jpg", "b.jpg")
    write(
        "p/metadata.yml",
        "a.jpg:\n  title: x\n  date: someday\nz.jpg:\n  title: Gone\nb.jpg:\n  draft: perhaps\n  ttle: x\n",
    )
    found = said(load())
    assert len(found) == 3
    assert found[0].startswith("p/metadata.yml:3: date 'someday'")
    assert found[1] == "p/metadata.yml:4: z.jpg is not in this folder"
    assert found[2].startswith("p/metadata.yml:7: draft is 'perhaps'")


def test_ten_thousand_labels_are_read_in_moments(config: Config) -> None:
    """No step looks at every label for every label: hostile files cost what honest ones of their size cost."""
    text = "".join(f"{n:05}.jpg:\n  title: Number {n}\n  tags: [a]\n" for n in range(10_000))
    found = labels.read("p/metadata.yml", text.encode(), len(text), config)
    assert len(found.by_name) == 10_000
    with pytest.raises(BadContent, match="nested too deep"):
        labels.read("p/metadata.yml", b"a: [" + b"[]," * 60_000 + b"]", 1000, config)
    with pytest.raises(BadContent, match="larger than 2 MB"):
        labels.read("p/metadata.yml", b"", 3_000_000, config)


@given(st.text(max_size=200))
def test_no_text_upsets_the_reader_of_labels(text: str) -> None:
    try:
        found = labels.read("p/metadata.yml", text.encode("utf-8", "surrogatepass"), len(text), Config())
    except BadContent:
        return
    assert all(isinstance(name, str) for name in found.by_name)


@pytest.mark.parametrize(
    "stem",
    ["L1006054", "_8640087180_o", "8640087180_a1b2c3d4e5_o", "IMG_0153~2", "IMG_0153-Edit", "20130713-L1006054-Edit-2",
     "1c5148f1-4c61-4a70-9481-48988b4a4a6c", "d41d8cd98f00b204e9800998ecf8427e", "FB_IMG_1234567890123",
     "IMG-20230101-WA0001", "2013-07-13 12.04.00", "12345678_1234567890123_n", "DSC09999-HDR-Pano", "XT1A0001",
     "image (3)",     "WhatsApp Image 2023-01-01 at 12.00.00",
     "Screenshot 2023-01-01 at 12.00.00 PM", "photo_2023-01-01_12-00-00", "07",
     "PXL_20230101_123456789.MP", "pexels-photo-12345", "john-doe-AbC123xyz_A-unsplash", "_MG_1234", "A7R01234"],
)  # fmt: skip
def test_what_a_camera_or_a_host_calls_a_picture_is_no_title(stem: str) -> None:
    assert slugs.photo_title(stem) == ""


@pytest.mark.parametrize(
    ("stem", "title"),
    [("In Stride_8640087180_o", "In Stride"), ("L1006054-red door", "Red door"), ("2013-07-13 Harbour", "Harbour"),
     ("Pier (IMG_0153)", "Pier"), ("NGC7000", "NGC7000"), ("Route 66", "Route 66"), ("1984 rally", "1984 rally"),
     ("Self portrait", "Self portrait"), ("Screen door", "Screen door"), ("Summer2013", "Summer2013"), ("日本", "日本"),
     ("B-52", "B 52"), ("facade", "Facade"), ("24h Le Mans", "24h Le Mans"), ("DSCF0236 - Moon", "Moon")],
)  # fmt: skip
def test_what_a_person_calls_a_picture_is_its_title(stem: str, title: str) -> None:
    assert slugs.photo_title(stem) == title
