"""Old addresses lead where their pages are now, never in a circle and never to another host by a visitor's will."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folio import redirects
from folio.errors import Gone, Moved
from folio.redirects import Redirects

LIVE = ("/", "/new", "/essays/x", "/a b", "/é", "/x.md", "/x.pdf")


def answers(url: str) -> str | None:
    return url if url in LIVE else "/new" if url.casefold() == "/new/page" else None


def anything(url: str) -> str | None:
    return url


def leads(rules: str, url: str) -> str:
    """Return where a URL leads, "410", or "" for nowhere."""
    found = redirects.parse(rules, "_redirects").find(url, answers)
    if isinstance(found, Gone):
        return "410"
    return f"{found.status} {found.location}" if found else ""


@pytest.mark.parametrize(
    ("rules", "url", "expected"),
    [
        ("/old /new", "/old", "301 /new"),
        ("/old /new 302", "/old", "302 /new"),
        ("/old /new 301!", "/old", "301 /new"),
        ("/old /new 302!", "/old", "302 /new"),
        ("/old 410!", "/old", "410"),
        ("/old/ /new/ 308", "/old", "308 /new"),
        ("/old /new # it moved", "/old", "301 /new"),
        ("# /old /new", "/old", ""),
        ("/old /new#part", "/old", "301 /new#part"),
        ("/old /new?a=b%20c#d", "/old", "301 /new?a=b%20c#d"),
        ("/old /new?q=é", "/old", "301 /new?q=%C3%A9"),
        ("/old /a%20b", "/old", "301 /a%20b"),
        ("/old /é", "/old", "301 /%C3%A9"),
        ("/%C3%BC /new", "/ü", "301 /new"),
        ("/old https://elsewhere.example/a%2Fb?c#d", "/old", "301 https://elsewhere.example/a%2Fb?c#d"),
        ("/old https://elsewhere.example/é", "/old", "301 https://elsewhere.example/%C3%A9"),
        ("/old 410", "/old", "410"),
        ("/old /new 410", "/old", "410"),
        ("/old /nowhere", "/old", ""),
        ("/old /new", "/other", ""),
        ("/a /b\n/b /c 302\n/c /new", "/a", "302 /new"),
        ("/a /b\n/b 410", "/a", "410"),
        ("/a /b\n/b https://elsewhere.example", "/a", "301 https://elsewhere.example"),
        ("/a /a", "/a", ""),
        ("/a /b\n/b /a", "/a", ""),
        ("".join(f"/{n} /{n + 1}\n" for n in range(30)), "/0", ""),
        ("/old/* /essays/:splat", "/old/x", "301 /essays/x"),
        ("/old/* /essays/:splat", "/old/y", ""),
        ("/old/* /new", "/old", "301 /new"),
        ("/old/* /new", "/old/a/b", "301 /new"),
        ("/old/* /new", "/older", ""),
        ("/old-* /new", "/old-thing", "301 /new"),
        ("/* /new", "/anything", "301 /new"),
        ("/old/x /new\n/old/* /", "/old/x", "301 /new"),
        ("/old/* 410", "/old/x", "410"),
        ("/* /:splat/again", "/x", ""),
        ("/* /:splat", "/x", ""),
        ("/old /New/Page", "/old", "301 /new"),
        ("/Old_Page /new", "/old-page.html", "301 /new"),
        ("/old-page /new\n/Old_Page /a%20b", "/Old_Page", "301 /a%20b"),
        ("/old-page /new\n/Old_Page /a%20b", "/OLD-PAGE", "301 /new"),
        ("/old /Old", "/old", ""),
        ("/old 410", "/old.md", "410"),
        ("/old /x", "/old.MD", "301 /x.md"),
        ("/old /x#part", "/old.pdf", "301 /x.pdf"),
        ("/old /new", "/old.md", ""),
        ("/old https://elsewhere.example/x", "/old.md", ""),
        ("/old https://elsewhere.example/x\n/* /new", "/old.md", "301 /new"),
    ],
)
def test_an_old_address_leads_on(rules: str, url: str, expected: str) -> None:
    assert leads(rules, url) == expected


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("/old/\\evil.example", "https://archive.example/%5Cevil.example"),
        ("/old/a\r\nSet-Cookie: x", "https://archive.example/a%0D%0ASet-Cookie%3A%20x"),
        ("/old//evil.example/x", "https://archive.example/evil.example/x"),
        ("/old/@evil.example", "https://archive.example/%40evil.example"),
        ("/old/\udcff", "https://archive.example/%3F"),
    ],
)
def test_what_a_visitor_adds_stays_a_path(url: str, location: str) -> None:
    assert leads("/old/* https://archive.example/:splat", url) == f"301 {location}"


@pytest.mark.parametrize(
    "url", ["/old/\\evil.example", "/old//evil.example", "/old/%5Cevil.example", "/old/\t/evil.example"]
)
def test_a_splat_at_the_root_leads_to_no_other_host(url: str) -> None:
    rules = redirects.parse("/old/* /:splat", "_redirects")
    found = rules.find(url, anything)
    assert isinstance(found, Moved)
    assert found.location[1] not in "/\\"


@given(st.text(max_size=60), st.sampled_from(["/:splat", "/new/:splat", "https://x.example/:splat", "/a?b=:splat#c"]))
def test_no_visitor_can_choose_a_host_or_a_header(tail: str, new: str) -> None:
    found = redirects.parse(f"/old/* {new}", "_redirects").find(f"/old/{tail}", anything)
    assert isinstance(found, Moved)
    assert found.location.startswith(("https://x.example/", "/"))
    assert not found.location.startswith(("//", "/\\"))
    assert not set(found.location) & set("\r\n\0 \\")
    assert found.location.isascii()


@given(st.text())
def test_a_location_is_a_path_of_this_host(url: str) -> None:
    location = redirects.location(url)
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert location.isascii()
    assert not set(location) & set("\r\n\0 \\?#")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/old", "write /old /new"),
        ("old /new", "write /old /new"),
        ("/old /new 301 more", "write /old /new"),
        ("/old /new 200", "'200' is none of 301, 302, 307, 308, 410"),
        ("/old //evil.example", "neither a path"),
        ("/old /\\evil.example", "neither a path"),
        ("/old javascript:alert(1)", "neither a path"),
        ("/old new", "neither a path"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(line: str, why: str) -> None:
    rules = redirects.parse(f"# mine\n\n{line}\n/fine /new", "_redirects")
    (problem,) = rules.problems
    assert (problem.path, problem.line) == ("_redirects", 3)
    assert why in problem.why
    assert list(rules.exact) == ["/fine"]


def test_of_two_lines_for_one_address_the_first_counts() -> None:
    rules = redirects.parse("/old /new\n/old /other", "_redirects")
    assert rules.exact["/old"].new == "/new"
    assert [str(p) for p in rules.problems] == ["_redirects:2: /old already leads to /new; line 1 counts"]


def test_shadowed_dead_and_circular_lines_are_named() -> None:
    rules = redirects.parse("/new /x\n/dead /nowhere\n/a /b\n/b /a\n/fine /new\n/gone 410", "_redirects")
    told = [(p.line, p.why.split(";")[0]) for p in rules.mistakes(rules.exact.values(), "_redirects", answers, answers)]
    assert told == [
        (1, "/new is the address of a page"),
        (2, "/dead leads to /nowhere, which is missing, or in a circle"),
        (3, "/a leads to /b, which is missing, or in a circle"),
        (4, "/b leads to /a, which is missing, or in a circle"),
    ]


def test_a_line_for_a_spelling_that_is_known_anyway_is_no_mistake() -> None:
    rules = redirects.parse("/new/page /new\n/New/Page /x.md", "_redirects")
    told = [p.line for p in rules.mistakes(rules.exact.values(), "_redirects", answers, answers)]
    assert told == [2]


def test_the_authors_lines_win_over_recorded_ones() -> None:
    author = redirects.parse("/old /new", "_redirects")
    recorded = redirects.parse("/OLD /x.md\n/old /essays/x\n/b /new\n/c /x.md", "redirects")
    merged = redirects.merge(author, redirects.parse("/c /new\n/b* /", "aliases"), recorded)
    assert {old: rule.new for old, rule in merged.exact.items()} == {
        "/OLD": "/x.md", "/old": "/new", "/b": "/new", "/c": "/new"
    }  # fmt: skip
    assert [merged.rule(url) for url in ("/old/", "/c.html")] == [author.exact["/old"], merged.exact["/c"]]
    assert [rule.old for rule in merged.splats] == ["/b"]


# Recorded moves


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "redirects"


def recorded(file: Path) -> dict[str, str]:
    return {old: rule.new for old, rule in redirects.read(file, "redirects").exact.items()}


def test_moves_are_recorded_and_chains_collapse(file: Path) -> None:
    redirects.record(file, [("/a", "/b")])
    redirects.record(file, [("/b", "/c")])
    assert recorded(file) == {"/a": "/c", "/b": "/c"}
    assert [path.name for path in file.parent.iterdir()] == ["redirects"]


def test_an_address_that_lives_again_loses_its_line(file: Path) -> None:
    redirects.record(file, [("/a", "/b")])
    redirects.record(file, [("/b", "/a")])
    assert recorded(file) == {"/b": "/a"}


def test_addresses_of_any_letters_come_back_as_they_were(file: Path) -> None:
    redirects.record(file, [("/日本語/a&b", "/é-x")])
    assert file.read_text().isascii()
    found = redirects.read(file, "redirects").find("/日本語/a&b", lambda url: url if url == "/é-x" else None)
    assert isinstance(found, Moved)
    assert found.location == "/%C3%A9-x"


def test_what_the_author_wrote_among_the_recorded_stays(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("/x https://elsewhere.example/a 302\n/gone / 410\n/old/* /new/:splat 301\n")
    redirects.record(file, [("/a", "/b")])
    assert file.read_text().splitlines()[1:] == [
        "/a /b 301", "/gone / 410", "/x https://elsewhere.example/a 302", "/old/* /new/:splat 301"
    ]  # fmt: skip


def test_a_damaged_record_does_not_stop_the_next(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"\xff\xfe\0garbage\n/a /b 301\n")
    redirects.record(file, [("/c", "/d")])
    assert recorded(file) == {"/a": "/b", "/c": "/d"}


def test_an_absent_file_is_empty_and_an_unreadable_one_is_reported(tmp_path: Path) -> None:
    assert redirects.read(tmp_path / "none", "redirects") == Redirects()
    (tmp_path / "folder").mkdir()
    assert [str(p) for p in redirects.read(tmp_path / "folder", "redirects").problems] == [
        "redirects: cannot be read (Is a directory)"
    ]


@given(st.text(max_size=200))
def test_any_text_is_a_file_of_redirects(text: str) -> None:
    rules = redirects.parse(text, "_redirects")
    for old in rules.exact:
        found = rules.find(old, lambda url: url if len(url) % 2 == 0 else None)
        assert found is None or isinstance(found, Moved | Gone)


def test_recorded_moves_lie_on_the_disk_before_they_take_the_place_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, kept = tmp_path / "redirects", list[tuple[str, int]]()
    redirects.record(file, [("/a", "/b")])
    before = file.read_text()
    monkeypatch.setattr(os, "fsync", lambda opened: kept.append((file.read_text(), os.fstat(opened).st_size)))
    redirects.record(file, [("/c", "/d")])
    assert kept == [(before, file.stat().st_size)]
