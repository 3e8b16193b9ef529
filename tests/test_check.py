"""Everything that is wrong with the content is told, once, by file and line; what is right never is."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import MappingProxyType

import pytest
from conftest import Clock, Write
from PIL import Image

from folio import check, redirects
from folio import config as settings
from folio import site as sites
from folio.check import Report
from folio.config import Config
from folio.snapshot import Site

Told = Callable[[], list[str]]
LATITUDE = MappingProxyType({1: "N", 2: (48.0, 51.0, 30.1), 3: "E", 4: (2.0, 17.0, 40.2)})


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>'
    b'<rdf:li xml:lang="x-default">A boat</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>'
)


def picture(where: MappingProxyType[int, object] | None = None) -> bytes:
    made, notes = io.BytesIO(), Image.Exif()
    if where is not None:
        notes[0x8825] = dict(where)
    Image.new("RGB", (60, 40), "#aa3322").save(made, "JPEG", exif=notes)
    return made.getvalue()


def reports(site: Site, step: Callable[[], None] = lambda: None) -> tuple[Report, ...]:
    config = site.config
    return check.check(site, partial(check.parse, config=config), partial(check.look, config=config), step)


@pytest.fixture
def told(config: Config, clock: Clock) -> Told:
    """Say what is wrong with the content folder as it is now: "path:line kind: message", advice with a mark."""

    def told() -> list[str]:
        found = reports(sites.load(config, clock, time.time()))
        return [f"{'~' if r.advice else ''}{r.path}:{r.line} {r.kind}: {r.message}" for r in found]

    return told


def kinds(told: list[str]) -> list[str]:
    return [line.partition(":")[0] + " " + line.split()[1].rstrip(":") for line in told]


def test_a_site_without_slips_has_nothing_to_tell(demo: None, write: Write, told: Told) -> None:
    write("photos/red/IMG_0153.md", "---\nalt: A red boat\n---\n")
    assert told() == []


def test_every_kind_of_slip_is_told_with_its_line(write: Write, told: Told) -> None:
    write("a.md", "---\ntitle: A\ndate: June\n---\n\nSee [b](b.md), [[No such]] and [c](#nowhere).\n\n"
          "![A dog](dog.jpg)\n\n<video src=\"film.mp4\"></video>\n\n[^1]: Never cited.\n")  # fmt: skip
    assert told() == [
        "a.md:3 date: date 'June' is not a date (use 2026-06-01)",
        "a.md:6 broken-link: [[No such]] matches no page",
        "a.md:6 broken-link: the link to b.md leads nowhere",
        "a.md:6 missing-anchor: there is no anchor #nowhere on this page",
        "a.md:8 broken-image: the picture dog.jpg does not exist",
        "a.md:10 broken-media: the file film.mp4 does not exist",
        "a.md:12 note: the note [^1] is never cited, so it is not shown",
    ]


def test_places_in_other_pages_are_looked_up_there(write: Write, told: Told) -> None:
    write("b.md", '# B\n\n## Why not\n\n<p id="raw">Raw.</p>\n\nA note[^1].\n\n[^1]: Here.\n')
    links = ("b.md#why-not", "/b#raw", "b#sn-1", "b#top", "b#", "#main", "b#:~:text=Raw", "https://example.net/b#x")
    write("a.md", "# A\n\n" + " ".join(f"[x]({link})" for link in links) + " [[B#Why not]]")
    assert told() == []
    write("a.md", "# A\n\n[x](b.md#why) [x](/b.html#Why-Not)\n")
    assert told() == [
        "a.md:3 missing-anchor: there is no anchor #Why-Not in b.md",
        "a.md:3 missing-anchor: there is no anchor #why in b.md",
    ]


def test_a_lost_link_is_told_what_it_may_have_meant(write: Write, told: Told) -> None:
    write("essays/2026-06-11-on-cats.md", "# On cats")
    write("drafts/on-dogs.md", "# On dogs")
    write("later.md", "---\ndate: 2030\n---\n# Later")
    write("a.md", "[x](cats/on-cats.html) [x](drafts/on-dogs.md) [x](later)")
    assert told() == [
        "a.md:1 broken-link: the link to cats/on-cats.html leads nowhere: did you mean essays/2026-06-11-on-cats.md?",
        "a.md:1 broken-link: the link to drafts/on-dogs.md leads nowhere: drafts/on-dogs.md is a draft page",
        "a.md:1 broken-link: the link to later leads nowhere: later.md is a scheduled page",
    ]


def test_a_lost_target_is_told_as_it_was_written(write: Write, told: Told) -> None:
    write("second.md", "---\ndraft: true\n---\n# Second")
    write("a.md", "[x]({filename}second.md) [x](__GHOST_URL__/second/) [x]({static}none.pdf)")
    assert told() == [
        "a.md:1 broken-link: the link to __GHOST_URL__/second/ leads nowhere: second.md is a draft page",
        "a.md:1 broken-link: the link to {filename}second.md leads nowhere: second.md is a draft page",
        "a.md:1 broken-link: the link to {static}none.pdf leads nowhere",
    ]


def test_a_hint_names_a_file_of_the_same_sort_and_no_short_name(write: Write, told: Told) -> None:
    write("notes/boat.md", "# Boat")
    write("pictures/tree.webp", b"x")
    write("notes/x.md", "# X")
    write("files/report.pdf", b"x")
    write("a.md", "[x](none/x) ![A boat](none/boat.jpg) ![A tree](none/tree.jpg) [x](none/tree) [x](none/report.pdf)")
    assert [line for line in told() if line.startswith("a.md")] == [
        "a.md:1 broken-image: the picture none/boat.jpg does not exist",
        "a.md:1 broken-image: the picture none/tree.jpg does not exist: did you mean pictures/tree.webp?",
        "a.md:1 broken-link: the link to none/report.pdf leads nowhere: did you mean files/report.pdf?",
        "a.md:1 broken-link: the link to none/tree leads nowhere",
        "a.md:1 broken-link: the link to none/x leads nowhere",
    ]


def test_a_circle_is_told_once_for_each_target(write: Write, told: Told) -> None:
    write("a.md", "# A\n\n" + "![[b]]\n\n" * 40 + "![[a]]\n")
    write("b.md", "# B\n\n" + "![[a]]\n\n" * 40)
    assert told() == [
        "a.md:3 embed: ![[b]] embeds this page in itself",
        "a.md:83 embed: ![[a]] embeds this page in itself",
        "b.md:3 embed: ![[a]] embeds this page in itself",
    ]


def test_an_old_name_is_advice(config: Config, write: Write, told: Told) -> None:
    write("boats/Ship.md", "# Ship\n\n[x](Boat.md)\n")
    write("notes/a.md", "# A\n\n[[Boat]] and [[Ship]] and [[boats/Boat|one]]\n")
    assert kinds(told()) == ["boats/Ship.md broken-link", "notes/a.md broken-link", "notes/a.md broken-link"]
    redirects.record(config.state / redirects.RECORDED, [("/boats/Boat", "/boats/Ship")])
    assert told() == [
        "~notes/a.md:3 old-name: [[Boat]] is an old name of boats/Ship.md",
        "~notes/a.md:3 old-name: [[boats/Boat]] is an old name of boats/Ship.md",
    ]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("draft: true", "~a.md:4 broken-link: the link to x leads nowhere (in a draft page)"),
        ("expires: 2026-01-01", "~a.md:4 broken-link: the link to x leads nowhere (in an expired page)"),
        ("unlisted: true", "a.md:4 broken-link: the link to x leads nowhere"),
        ("date: 2030-01-01", "a.md:4 broken-link: the link to x leads nowhere"),
    ],
)
def test_what_nobody_can_see_yet_is_advice(write: Write, told: Told, header: str, expected: str) -> None:
    write("a.md", f"---\n{header}\n---\n[x](x)")
    assert told() == [expected]


def test_a_header_that_hides_its_page_is_no_advice(write: Write, told: Told) -> None:
    write("a.md", "---\ndraft: perhaps\n---\n# A")
    assert told() == ["a.md:2 header: draft is 'perhaps'; write true or false (it is hidden until this is fixed)"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('<p style="color: red">x</p>', "~a.md style"),
        ('[x](/){style="color: red"}', "~a.md style"),
        ('<a href="/" onclick="x()">x</a>', "a.md markup"),
        ("A[^1].", "a.md note"),
        ("[^1]: Never cited.", "a.md note"),
        ("A[^1].\n\n[^1]: One.\n[^1]: Two.", "a.md note"),
        ("{{< nosuch >}}", "a.md shortcode"),
        ("$$\\nosuch{x$$", "a.md math"),
        ("A \x01 bell.", "a.md encoding"),
        ("%%A formula, a shortcode, the note [^1]: nothing is guessed from words.", "a.md markup"),
    ],
)
def test_slips_in_a_text_have_kinds(write: Write, told: Told, text: str, kind: str) -> None:
    write("a.md", f"# A\n\n{text}\n")
    assert kinds(told()) == [kind]


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"a.md": "---\ndate: June\n---\n"}, "a.md date"),
        ({"a.md": "---\nupdated: 2026-02-30\n---\n"}, "a.md date"),
        ({"2013-01-01-a.md": "---\ndate: 2014-01-01\n---\n"}, "2013-01-01-a.md date"),
        ({"a.md": "---\ntitle: [x\n---\n"}, "a.md header"),
        ({"a.md": "---\ntgas: x\n---\n"}, "a.md header"),
        ({"a.md": "---\nauthor: He says no\nweight: it cannot be read (\n---\n"}, "a.md header"),
        ({"a.md": "---\naliases: [/b]\n---\n", "b.md": "# B"}, "a.md alias"),
        ({"a.md": "---\naliases: ['/it''s?x']\n---\n"}, "a.md alias"),
        ({"a.md": "# A", "A.md": "# A"}, "a.md collision"),
        ({"a.md": "# A", "a/b.md": "# B"}, "a.md collision"),
        ({"a/b.md": "# B", "a/feed.xml": "<rss/>"}, "~a/feed.xml file-for-form"),
        ({"a/b.mdx": "---\ntitle: B\n---\nimport B from './b'\n"}, "~a/b.mdx template"),
        ({"a/b.html": "---\nlayout: page\n---\n<p>B</p>\n"}, "~a/b.html template"),
        ({"a/b.md": "# B", "a/c.md": "---\nurl: /a/feed.json\n---\n"}, "~a/c.md file-for-form"),
        ({"a.heic": "x"}, "~a.heic location"),
        ({"a.md": "\ufeff# A".encode("utf-16")}, "a.md encoding"),
        ({"a.md": b"# \xe9"}, "a.md encoding"),
        ({"a.md": "# A\n\0"}, "a.md encoding"),
        ({"a.md": "# A\n" + "x" * (6 << 20)}, "a.md file"),
        ({"_redirects": "/a b c d\n"}, "_redirects redirect"),
    ],
)
def test_slips_in_headers_and_files_have_kinds(
    write: Write, told: Told, files: dict[str, str | bytes], kind: str
) -> None:
    for path, text in files.items():
        write(path, text)
    assert kinds(told()) == [kind]


def test_what_cannot_be_looked_at_is_told(content: Path, told: Told) -> None:
    content.mkdir(exist_ok=True)
    (content / "a.md").symlink_to("nowhere.md")
    assert told() == ["a.md:0 file: left out: a link that leads nowhere"]


def test_settings_that_break_are_told_as_such(config: Config, clock: Clock, write: Write) -> None:
    site = sites.load(config, clock, time.time())
    write("site.toml", "titel = 1\n")

    def given() -> Config:
        return settings.load({"content": config.content}, environ={})

    broken = sites.reload(site, clock, time.time(), given)
    assert [(r.path, r.line, r.kind) for r in reports(broken)] == [("site.toml", 1, "settings")]
    write("a.md", "# A")
    assert reports(sites.reload(broken, clock, time.time(), given)) == reports(broken)


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5, then $6.",
        "`[[No link]]` and `![](x.jpg)`",
        "<!-- [x](nowhere) -->",
        "```\n[x](nowhere)\n```",
        "[x](mailto:a@b.c)",
        "[x](#)",
        "100 %",
        "100 %% sure",
        "It costs 5 %%",
        '<iframe src="https://www.example.net/x" style="border: 0" title="A film"></iframe>',
    ],
)
def test_what_is_right_is_never_told(write: Write, told: Told, text: str) -> None:
    write("a.md", f"# A\n\n{text}\n")
    assert told() == []


def test_embeds_that_are_lost_or_come_back_are_told(write: Write, told: Told) -> None:
    write("a.md", "# A\n\n![[b]]\n\n![[No such]]\n\n![[b#Part]]\n\n![[b#None]]\n")
    write("b.md", "# B\n\n## Part\n\n![[a]]\n\n![[c]]\n")
    write("c.md", "# C\n\n![[c]]\n")
    assert told() == [
        "a.md:3 embed: ![[b]] embeds this page in itself",
        "a.md:5 embed: ![[No such]] matches nothing that can be shown",
        "a.md:9 missing-anchor: there is no anchor #none in b.md",
        "b.md:5 embed: ![[a]] embeds this page in itself",
        "c.md:3 embed: ![[c]] embeds this page in itself",
    ]


def test_a_full_stop_in_a_name_does_not_make_it_a_file(write: Write, told: Told) -> None:
    write("a.md", "# A\n\n![[On 3.1]]\n\n![[Mr.Fox]]\n")
    write("On 3.1.md", "# On 3.1\n\n![[a]]\n")
    write("Mr.Fox.md", "# Mr. Fox\n\n[x](#nowhere)\n")
    assert told() == [
        "Mr.Fox.md:3 missing-anchor: there is no anchor #nowhere on this page",
        "On 3.1.md:3 embed: ![[a]] embeds this page in itself",
        "a.md:3 embed: ![[On 3.1]] embeds this page in itself",
    ]


def test_a_name_that_two_pages_have_is_advice(write: Write, told: Told) -> None:
    write("cats.md", "# Cats")
    write("old/cats.md", "# Cats")
    write("notes/a.md", "See [[cats]] and [[old/cats]].")
    assert kinds(told()) == []
    write("new/dogs.md", "# Dogs")
    write("old/dogs.md", "# Dogs")
    write("notes/a.md", "See [[dogs]].")
    assert told() == ["~notes/a.md:1 ambiguous-link: dogs leads to /new/dogs, but /old/dogs has that name too"]


def test_captions_and_introductions_are_checked_too(write: Write, told: Told) -> None:
    write("photos/red.jpg", picture())
    write("photos/red.md", "---\ntitle: Red\n---\nSee [x](nowhere).")
    write("archive.md", "# Archive\n\nSee [y](nowhere).")
    assert told() == [
        "archive.md:3 broken-link: the link to nowhere leads nowhere",
        "photos/red.md:4 broken-link: the link to nowhere leads nowhere",
    ]


def test_pictures_without_words_are_told_but_decoration_is_not(write: Write, told: Told) -> None:
    write("photos/index.md", "# Photos\n\n![](red.jpg)\n\n![](red.jpg \"Its title\")\n\n![A boat](red.jpg)\n\n"
          '<img src="red.jpg">\n')  # fmt: skip
    write("photos/red.jpg", picture())
    say = "the picture red.jpg has no alternative text: ![what it shows](…)"
    assert told() == [f"photos/index.md:{line} missing-alt: {say}" for line in (3, 5, 9)]
    write("photos/index.md", '# Photos\n\n<img src="red.jpg" alt="">\n\nAnd <img alt="" src="red.jpg"> within.\n')
    assert told() == []


def test_a_gallery_without_words_is_one_line(write: Write, told: Told) -> None:
    for number in range(5):
        write(f"photos/IMG_000{number}.jpg", picture())
    write("photos/IMG_0001.md", "---\nalt: A boat\n---\n")
    write("photos/A boat.jpg", picture())
    assert told() == [
        "~photos:0 alt-in-gallery: 4 photographs have no alternative text (IMG_0000.jpg, IMG_0002.jpg, IMG_0003.jpg, …)"
        ": write alt: in IMG_0000.md beside IMG_0000.jpg"
    ]


def test_words_within_a_picture_file_count(write: Write, told: Told) -> None:
    write("photos/IMG_0001.jpg", picture())
    said = io.BytesIO()
    Image.new("RGB", (30, 20)).save(said, "JPEG", xmp=XMP)
    write("photos/IMG_0002.jpg", said.getvalue())
    assert told() == [
        "~photos:0 alt-in-gallery: 1 photograph has no alternative text (IMG_0001.jpg): "
        "write alt: in IMG_0001.md beside IMG_0001.jpg"
    ]


def test_photographs_of_one_name_and_labels_of_none_are_told(write: Write, told: Told) -> None:
    write("photos/Red.jpg", picture())
    picture_of_another_kind = io.BytesIO()
    Image.new("RGB", (30, 20)).save(picture_of_another_kind, "PNG")
    write("photos/Red.png", picture_of_another_kind.getvalue())
    write("photos/metadata.yml", "Red.jpg: {title: Red}\nBlue.jpg: {title: Blue}\n")
    assert told() == [
        "~photos/Red.png:0 same-name: another photograph has the address /photos/Red, so this one has /photos/Red-png",
        "photos/metadata.yml:2 file: Blue.jpg is not in this folder",
    ]


def test_photographs_that_tell_their_place_are_one_line(write: Write, told: Told) -> None:
    write("photos/Home.jpg", picture(LATITUDE))
    write("photos/Garden.jpg", picture(LATITUDE))
    write("photos/Away.jpg", picture(MappingProxyType({0: b"\2\3\0\0"})))  # as cameras leave it indoors
    assert told() == [
        "~photos:0 location: 2 photographs say where they were taken (Garden.jpg, Home.jpg); "
        "no copy that is served does"
    ]


def test_a_picture_that_cannot_be_shown_is_told(write: Write, told: Told) -> None:
    write("photos/Good.jpg", picture())
    write("photos/Broken.jpg", b"\xff\xd8\xff\xe0 no picture")
    assert kinds(told()) == ["photos/Broken.jpg picture"]


def test_addresses_that_two_want_are_told_with_both(write: Write, told: Told) -> None:
    write("a.md", "# A")
    write("b.md", "---\nurl: /a\n---\n# B")
    write("metrics.md", "# Metrics")
    assert kinds(told()) == ["b.md collision", "metrics.md collision"]


def test_a_file_in_the_place_of_a_form_is_advice(write: Write, told: Told) -> None:
    write("about.md", "# About")
    write("about.pdf", b"%PDF")
    assert kinds(told()) == ["~about.pdf file-for-form"]


def test_slips_in_redirects_settings_and_covers_are_told(
    config: Config, clock: Clock, write: Write, content: Path
) -> None:
    write("_redirects", "/old /nowhere\n")
    write("site.toml", '[[navigation]]\ntitle = "Away"\nurl = "/away"\n')
    write("a.md", "---\nimage: cover.jpg\n---\n# A")
    own = settings.load({"content": content, "cache": config.cache, "state": config.state}, environ={})
    assert [(r.path, r.line, r.kind) for r in reports(sites.load(own, clock, time.time()))] == [
        ("_redirects", 1, "redirect"),
        ("a.md", 0, "broken-image"),
        ("site.toml", 0, "broken-link"),
    ]


def test_recorded_moves_are_told_with_the_place_of_their_file(config: Config, clock: Clock) -> None:
    config.state.mkdir(parents=True)
    (config.state / "redirects").write_text("/a\n")
    found = reports(sites.load(config, clock, time.time()))
    assert [(r.path, r.line, r.kind) for r in found] == [(f"{config.state}/redirects", 1, "redirect")]


def test_a_step_is_taken_for_each_page_and_picture(site: Site) -> None:
    steps: list[None] = []
    reports(site, lambda: steps.append(None))
    assert len(steps) == check.steps(site) > 10


def test_texts_of_any_kind_are_survived(write: Write, told: Told) -> None:
    write("deep.md", "> " * 10_000 + "x")
    write("nul.md", b"# \0 NUL\n\n\xff\xfe")
    write("empty.md", b"")
    write("bom.md", "\ufeff# BOM\r\n\r\n[x](x)\r\n")
    write("large.md", "x\n" * 3_000_000)
    assert {line.split()[0] for line in told()} == {"bom.md:3", "deep.md:1", "large.md:1", "nul.md:1", "nul.md:3"}
