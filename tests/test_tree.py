"""The content folder is read as writers write it: only what changed, never half a file, never a file that leaves it."""

from __future__ import annotations

import itertools
import os
import resource
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Write

from folio import heads, tree
from folio.config import Config
from folio.scan import AWAY, key
from folio.tree import Tree, refresh

NOW = time.time() + 3600  # long after any file of these tests was written


def titles(found: Tree) -> dict[str, str]:
    return {path: entry.page.title for path, entry in found.entries.items() if entry.page}


def said(found: Tree) -> list[str]:
    return [*map(str, found.problems), *(str(entry.error) for entry in found.entries.values() if entry.error)]


@contextmanager
def no_more_files() -> Iterator[None]:
    """Let the process open no further file: what a server under load sees, and a test running as root can make."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_an_absent_folder_is_an_empty_one(config: Config, content: Path) -> None:
    content.rmdir()
    assert refresh(config, Tree(), NOW).entries == {}


def test_a_file_in_the_place_of_the_folder_is_an_empty_one(config: Config, content: Path) -> None:
    content.rmdir()
    content.write_text("not a folder")
    assert refresh(config, Tree(), NOW).entries == {}


@pytest.mark.parametrize("touched", [None, ["a.md"]])
def test_a_folder_that_goes_away_is_no_empty_one(
    config: Config, content: Path, write: Write, touched: list[str] | None
) -> None:
    write("a.md", "# A")
    first = refresh(config, Tree(), NOW)
    content.rename(content.with_name("away"))
    with pytest.raises(FileNotFoundError):
        refresh(config, first, NOW, touched=touched)


OTHER_DISK = -1  # no device has this number


@pytest.mark.parametrize("place", ["", "photos/"])
def test_what_was_on_a_disk_stays_while_that_is_away(config: Config, content: Path, write: Write, place: str) -> None:
    for path in ("a.md", f"{place}b.md", f"{place}c/d.md"):
        write(path, "# A")
    first = refresh(config, Tree(), NOW)
    assert first.disks == {"": content.stat().st_dev}
    first = first._replace(disks={**first.disks, place: OTHER_DISK})
    folder = (content / place).rename(content.with_name("mounted elsewhere"))
    (content / place).mkdir()
    (content / place / ".nothing-is-mounted-here").touch()
    away = refresh(config, first, NOW)
    away = refresh(config, away, NOW + 60)
    assert away.entries == first.entries
    assert away.changed is False
    assert [f"{p.path}: {p.why}" for p in away.problems] == [f"{place.rstrip('/') or '.'}: {AWAY}"]
    shutil.rmtree(content / place)
    folder.rename(content / place)
    back = refresh(config, away, NOW + 70)
    assert (back.entries, back.problems) == (first.entries, ())
    assert back.disks == {"": content.stat().st_dev}


@pytest.mark.parametrize("place", ["", "photos/"])
def test_a_folder_that_is_emptied_is_deleted(config: Config, content: Path, write: Write, place: str) -> None:
    write(f"{place}a.md", "# A")
    first = refresh(config, Tree(), NOW)
    (content / place / "a.md").unlink()
    assert refresh(config, refresh(config, first, NOW), NOW + 60).entries == {}


def test_a_folder_is_deleted_with_the_place_where_its_disk_was(config: Config, content: Path, write: Write) -> None:
    write("photos/a.md", "# A")
    first = refresh(config, Tree(), NOW)._replace(disks={"photos/": OTHER_DISK})
    shutil.rmtree(content / "photos")
    assert refresh(config, refresh(config, first, NOW), NOW + 60).entries == {}


def test_what_did_not_change_is_not_read_again(config: Config, write: Write) -> None:
    write("a.md", "# A")
    write("b.md", "# B")
    first = refresh(config, Tree(), NOW)
    write("b.md", "# Bee")
    second = refresh(config, first, NOW)
    assert second.changed
    assert second.entries["a.md"] is first.entries["a.md"]
    assert titles(second) == {"a.md": "A", "b.md": "Bee"}


def test_nothing_new_is_no_change(config: Config, write: Write) -> None:
    write("a.md", "# A")
    write("b.jpg", b"x")
    first = refresh(config, Tree(), NOW)
    second = refresh(config, first, NOW)
    assert not second.changed
    assert second.same_as(first)
    assert second.due is None


def test_the_same_words_with_another_time_are_no_change(config: Config, write: Write) -> None:
    write("a.md", "# A", age=100)
    first = refresh(config, Tree(), NOW)
    write("a.md", "# A", age=50)
    second = refresh(config, first, NOW)
    assert not second.changed
    assert second.entries["a.md"].page is first.entries["a.md"].page


def test_a_file_of_the_same_size_and_time_is_still_told_apart(config: Config, write: Write) -> None:
    file = write("a.md", "# One")
    first = refresh(config, Tree(), NOW)
    times = file.stat()
    file.write_text("# Two")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert titles(refresh(config, first, NOW)) == {"a.md": "Two"}


def test_a_file_read_soon_after_it_was_written_is_read_once_more(config: Config, write: Write) -> None:
    os.utime(write("a.md", "# A"), (NOW, NOW))
    first = refresh(config, Tree(), NOW)
    assert first.due is not None
    assert first.due <= NOW + tree.SETTLE_SECONDS
    stale = first.entries["a.md"]._replace(page=first.entries["a.md"].page._replace(title="Torn", digest=""))
    torn = first._replace(entries={"a.md": stale})
    assert refresh(config, torn, NOW + 1).entries["a.md"] is stale
    settled = refresh(config, torn, NOW + 10)
    assert (titles(settled), settled.changed, settled.due) == ({"a.md": "A"}, True, None)


def test_a_file_that_settled_during_a_long_reading_is_read_once(
    config: Config, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        os.utime(write(f"{name}.md", "# A"), (NOW, NOW))
    monkeypatch.setattr(time, "monotonic", itertools.count(0.0, tree.SETTLE_SECONDS / 2).__next__)
    young = [path for path, entry in refresh(config, Tree(), NOW).entries.items() if entry.due]
    assert young == ["a.md"], "a second later the clock may still stamp the next change alike"


def test_a_file_of_a_clock_that_is_ahead_is_not_read_again_and_again(config: Config, write: Write) -> None:
    write("a.md", "# A", age=-86_400)
    assert not refresh(config, Tree(), time.time()).entries["a.md"].due


def test_a_second_reading_that_says_the_same_is_no_change(config: Config, write: Write) -> None:
    os.utime(write("a.md", "# A"), (NOW, NOW))
    first = refresh(config, Tree(), NOW)
    settled = refresh(config, first, NOW + 10)
    assert not settled.changed
    assert not settled.same_as(first)
    assert settled.due is None


def test_the_very_same_bytes_are_understood_once(config: Config, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their page is kept as it is, until the folders above or the settings say otherwise."""
    os.utime(write("essays/a.md", "# A"), (NOW, NOW))
    first = refresh(config, Tree(), NOW)
    with monkeypatch.context() as nobody_reads:
        nobody_reads.delattr(heads, "page")
        settled = refresh(config, first, NOW + 10)
        os.utime(config.content / "essays/a.md", (NOW - 50, NOW - 50))
        touched = refresh(config, settled, NOW + 20)
    assert [first.changed, settled.changed, touched.changed] == [True, False, False]
    write("essays/index.md", "---\ncascade: {tags: [told]}\n---\n# Essays")
    assert refresh(config, touched, NOW + 30).entries["essays/a.md"].page.tags == ("told",)


@pytest.mark.parametrize("path", ["a.md", "a.jpg", "site.toml"])
def test_a_file_that_is_gone_or_empty_for_a_moment_is_still_there(config: Config, write: Write, path: str) -> None:
    file = write(path, "# A")
    first = refresh(config, Tree(), NOW)
    file.write_bytes(b"")
    empty = refresh(config, first, NOW)
    file.unlink()
    gone = refresh(config, empty, NOW + 1)
    for found in (empty, gone):
        assert found.entries[path].stat == first.entries[path].stat
        assert found.entries[path].page is first.entries[path].page
        assert found.due == NOW + 2
        assert not found.changed
    write(path, "# B")
    assert refresh(config, gone, NOW + 1.5).changed


def test_a_file_that_stays_gone_goes_after_its_grace(config: Config, write: Write) -> None:
    file = write("a.md", "# A")
    write("b.md", "# B")
    found = refresh(config, Tree(), NOW)
    file.unlink()
    for seconds in (0, 1, 1.9):
        found = refresh(config, found, NOW + seconds)
        assert set(titles(found)) == {"a.md", "b.md"}
    found = refresh(config, found, NOW + 2)
    assert (set(titles(found)), found.changed) == ({"b.md"}, True)


@pytest.mark.parametrize("touched", [None, ()])
def test_a_file_that_is_gone_goes_soon_though_the_clock_is_set_back(
    config: Config, write: Write, touched: tuple[str, ...] | None
) -> None:
    file = write("a.md", "# A")
    write("b.md", "# B")
    first = refresh(config, Tree(), NOW)
    file.unlink()
    gone = refresh(config, first, NOW, touched=["a.md"])
    noticed = refresh(config, gone, NOW - 3600, touched=touched)
    assert (set(titles(noticed)), noticed.due) == ({"a.md", "b.md"}, NOW - 3600 + 2)
    assert set(titles(refresh(config, noticed, NOW - 3600 + 2, touched=touched))) == {"b.md"}


def test_a_young_file_is_read_once_more_though_the_clock_is_set_back(config: Config, write: Write) -> None:
    os.utime(write("a.md", "# A"), (NOW, NOW))
    first = refresh(config, Tree(), NOW)
    assert first.due == NOW + tree.SETTLE_SECONDS
    assert refresh(config, first, NOW - 3600).due is None


def test_a_file_that_stayed_gone_during_a_long_reading_goes_at_its_end(
    config: Config, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = [write(path, "# A") for path in ("a.md", "x/index.md", "x/metadata.yml")]
    back = write("b.md", "# B")
    first = refresh(config, Tree(), NOW)
    for file in (*gone, back):
        file.unlink()
    write("c.md", "# C")

    def understood(*given: Any) -> Any:  # a file comes back while another is being read
        back.write_text("# B")
        return page(*given)

    page = heads.page
    monkeypatch.setattr(heads, "page", understood)
    monkeypatch.setattr(time, "monotonic", itertools.count(0.0, 3.0).__next__)
    found = refresh(config, first, NOW)
    assert set(found.entries) == {"b.md", "c.md", "x/index.md", "x/metadata.yml"}
    assert found.entries["b.md"].missing_since == NOW
    assert set(refresh(config, found, NOW + 10).entries) == {"b.md", "c.md"}


def test_a_file_that_stays_empty_is_an_empty_page_after_its_grace(config: Config, write: Write) -> None:
    write("a.md", "# A")
    first = refresh(config, Tree(), NOW)
    write("a.md", "", age=30)
    kept = refresh(config, first, NOW)
    assert titles(kept) == {"a.md": "A"}
    assert titles(refresh(config, kept, NOW + 2)) == {"a.md": "A"}  # by its name
    assert refresh(config, kept, NOW + 2).entries["a.md"].page is not first.entries["a.md"].page


def test_a_broken_file_keeps_its_last_good_page_until_it_is_mended(config: Config, write: Write) -> None:
    write("a.md", "---\ntitle: Good\n---\n")
    good = refresh(config, Tree(), NOW)
    write("a.md", "---\ntitle: 'Bad\n---\n")
    broken = refresh(config, good, NOW)
    assert titles(broken) == {"a.md": "Good"}
    assert said(broken)[0].startswith("a.md:2: the YAML header does not parse")
    again = refresh(config, broken, NOW)
    assert again.same_as(broken)
    write("a.md", "---\ntitle: Mended\n---\n")
    mended = refresh(config, again, NOW)
    assert (titles(mended), said(mended)) == ({"a.md": "Mended"}, [])


def test_a_file_that_is_broken_at_the_start_says_nothing(config: Config, write: Write) -> None:
    write("a.md", "---\ntitle: 'Bad\n---\n")
    write("b.md", "# B")
    found = refresh(config, Tree(), NOW)
    assert titles(found) == {"b.md": "B"}
    assert [line.split(": ")[0] for line in said(found)] == ["a.md:2"]


def test_a_file_that_cannot_be_opened_is_tried_again(config: Config, write: Write) -> None:
    write("a.md", "# A")
    first = refresh(config, Tree(), NOW)
    write("a.md", "# Ah")
    with no_more_files():
        reading = tree._Reading(config, first.entries, NOW, False, {})
        entry = reading.look("a.md", key((config.content / "a.md").stat()))
    assert entry.page is first.entries["a.md"].page
    assert str(entry.error) == "a.md:1: cannot be read (Too many open files)"
    failed = first._replace(entries={"a.md": entry}, waiting={"a.md": entry})
    assert failed.due == NOW + tree.SETTLE_SECONDS
    assert titles(refresh(config, failed, NOW + 3)) == {"a.md": "Ah"}


def test_a_folder_that_cannot_be_read_just_now_loses_nothing(config: Config, write: Write) -> None:
    write("a.md", "# A")
    write("notes/b.md", "# B")
    first = refresh(config, Tree(), NOW)
    with no_more_files():
        blind = refresh(config, first, NOW + 10)
    assert titles(blind) == {"a.md": "A", "notes/b.md": "B"}
    assert said(blind) == [".: this folder cannot be read (Too many open files)"]
    seeing = refresh(config, blind, NOW + 20)
    assert (titles(seeing), said(seeing)) == (titles(first), [])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("outside.md", "a link that leaves the content folder"),
        ("sibling.md", "a link that leaves the content folder"),
        ("dangling.md", "a link that leads nowhere"),
        ("circle.md", "a link that leads nowhere"),
        ("folder", "a link to a folder (move the folder here)"),
        ("upwards", "a link to a folder (move the folder here)"),
        ("secret.md", "a link to something that is not content"),
        ("pipe.md", "it is neither a file nor a folder"),
        ("socket.md", "it is neither a file nor a folder"),
    ],
)
def test_what_is_no_file_of_the_tree_is_left_out_and_named(
    config: Config, content: Path, write: Write, name: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("good/page.md", "# Good")
    write("_private/page.md", "# Private")
    for folder in ("elsewhere", "content2"):  # one beginning with the same letters
        (content.parent / folder).mkdir()
        (content.parent / folder / "canary.md").write_text("# Canary")
    targets = {
        "outside.md": "../elsewhere/canary.md",
        "sibling.md": str(content) + "2/canary.md",
        "dangling.md": "nowhere.md",
        "circle.md": "circle.md",
        "folder": "good",
        "upwards": "..",
        "secret.md": "_private/page.md",
    }
    if name in targets:
        (content / name).symlink_to(targets[name])
        if name == "upwards":
            why = "a link that leaves the content folder"
    elif name == "pipe.md":
        os.mkfifo(content / name)
    else:
        monkeypatch.chdir(content)  # the path of a socket may be short only
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(name)
    found = refresh(config, Tree(), NOW)
    assert titles(found) == {"good/page.md": "Good"}
    assert said(found) == [f"{name}: left out: {why}"]


def test_a_link_to_a_file_of_the_tree_is_a_page_of_its_own(config: Config, content: Path, write: Write) -> None:
    write("good/page.md", "# Good")
    (content / "alias.md").symlink_to("good/page.md")
    assert titles(refresh(config, Tree(), NOW)) == {"alias.md": "Good", "good/page.md": "Good"}


def test_the_content_folder_itself_may_be_a_link(config: Config, content: Path, write: Write) -> None:
    write("a.md", "# A")
    link = content.parent / "current"
    link.symlink_to(content)
    assert titles(refresh(replace(config, content=link), Tree(), NOW)) == {"a.md": "A"}


def test_a_folder_named_like_a_page_is_a_folder(config: Config, write: Write) -> None:
    write("x.md/inner.md", "# Inner")
    assert titles(refresh(config, Tree(), NOW)) == {"x.md/inner.md": "Inner"}


ODD = (
    "two words.md", "a#b.md", "what?.md", "100%.md", "%2e%2e.md", "it's \"quoted\".md", "cats 🐈.md", "日本語.md",
    "a&b.md", "back\\slash.md", "<script>.md", "new\nline.md", "café.md",
)  # fmt: skip


def test_odd_names_are_content(config: Config, write: Write) -> None:
    for name in ODD:
        write(name, "# Odd")
    assert set(titles(refresh(config, Tree(), NOW))) == set(ODD)


def test_a_name_that_is_not_utf_8_is_left_out_and_named(config: Config, content: Path, write: Write) -> None:
    write("a.md", "# A")
    Path(os.fsdecode(os.fsencode(content) + b"/caf\xe9.md")).write_text("# Cafe")
    found = refresh(config, Tree(), NOW)
    assert titles(found) == {"a.md": "A"}
    assert said(found) == ["caf?.md: left out: its name is not UTF-8"]


@pytest.mark.parametrize(
    "path", [".git/config.md", ".draft.md", "_private/a.md", "a.md~", "a.md.swp", "4913", "notes/.obsidian/a.md"]
)
def test_private_and_temporary_files_are_not_read(config: Config, write: Write, path: str) -> None:
    write(path, "# Canary")
    assert refresh(config, Tree(), NOW).entries == {}


def test_a_tree_too_deep_ends_somewhere(config: Config, write: Write) -> None:
    write("/".join("a" * 80) + "/x.md", "# Deep")
    found = refresh(config, Tree(), NOW)
    assert titles(found) == {}
    assert said(found) == ["/".join("a" * 65) + ": left out: nested too deeply"]


def test_of_a_huge_file_only_the_beginning_is_read(config: Config, write: Write) -> None:
    small = replace(config, limits=replace(config.limits, file_mb=1))
    write("a.md", "# A\n" + "words and words\n" * 100_000)
    page = refresh(small, Tree(), NOW).entries["a.md"].page
    assert page is not None
    assert (page.title, len(page.body.text) < 65_536, len(page.problems)) == ("A", True, 1)


# Moves


def moves(found: Tree) -> list[tuple[str, str]]:
    return [(move.old.url, move.new.url) for move in found.moves]


def test_the_same_bytes_at_another_path_are_a_move(config: Config, content: Path, write: Write) -> None:
    write("a.md", "# A\n\nWords.")
    first = refresh(config, Tree(), NOW)
    (content / "a.md").rename(content / "b.md")
    second = refresh(config, first, NOW)
    assert (moves(second), set(second.entries)) == ([("/a", "/b")], {"b.md"})


def test_a_file_taken_away_before_it_appears_elsewhere_is_a_move(config: Config, content: Path, write: Write) -> None:
    write("a.md", "# A\n\nWords.")
    first = refresh(config, Tree(), NOW)
    (content / "a.md").unlink()
    between = refresh(config, first, NOW + 0.5)
    write("b.md", "# A\n\nWords.")
    assert moves(refresh(config, between, NOW + 1)) == [("/a", "/b")]


def test_another_slug_is_a_move(config: Config, write: Write) -> None:
    write("a.md", "# A")
    first = refresh(config, Tree(), NOW)
    write("a.md", "---\nslug: b\n---\n# A")
    assert moves(refresh(config, first, NOW)) == [("/a", "/b")]


def test_copies_and_empty_files_are_no_moves(config: Config, content: Path, write: Write) -> None:
    for name in ("twin1.md", "twin2.md"):
        write(name, "Twins.")
    for name in ("a.md", "empty.md"):
        write(name, "")
    first = refresh(config, Tree(), NOW)
    write("copy.md", "Twins.")
    for old, new in (("twin1.md", "x.md"), ("twin2.md", "y.md"), ("empty.md", "z.md")):
        (content / old).rename(content / new)
    assert moves(refresh(config, first, NOW)) == []


def test_changed_settings_read_every_file_again(config: Config, write: Write) -> None:
    write("a.md", "---\ndate: 2026-06-11T10:00\n---\n# A")
    write("b.md", "# B")
    first = refresh(config, Tree(), NOW)
    second = refresh(replace(config, timezone="Asia/Tokyo"), first, NOW, reread=True)
    assert second.changed
    assert second.entries["a.md"].page != first.entries["a.md"].page
    assert second.entries["b.md"].page is first.entries["b.md"].page
