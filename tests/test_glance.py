"""Where a watcher tells what it saw a few files are read again and no more; all ends as after a look at everything."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from conftest import Live, Write

from folio import scan, site, tree
from folio.config import Config
from folio.errors import NotFound
from folio.tree import Tree, refresh

NOW = time.time() + 3600  # long after any file of these tests was written
FILES = {
    "site.toml": 'title = "T"\n',
    "a.md": "# A\n",
    "essays/index.md": "---\ncascade:\n  tags: [x]\n---\n# Essays\n",
    "essays/b.md": "---\nslug: bee\n---\n# B\n",
    "essays/c.md": "# C\n",
    "photos/p.jpg": b"picture",
    "photos/metadata.yml": "p.jpg:\n  title: P\n",
    ".well-known/security.txt": "Contact: mailto:ada@example.org\n",
}
Change = Callable[[Path, Write], object]
TOUCHES: dict[str, tuple[bool, Collection[str], Change]] = {  # what was done: is a glance enough, where was it, how
    "nothing": (True, (), lambda folder, write: None),
    "words": (True, ["a.md"], lambda folder, write: write("a.md", "# A\n\nMore.\n")),
    "below an index": (True, ["essays/c.md"], lambda folder, write: write("essays/c.md", "# Sea\n")),
    "a slug": (True, ["essays/b.md"], lambda folder, write: write("essays/b.md", "---\nslug: bea\n---\n# B\n")),
    "broken": (True, ["a.md"], lambda folder, write: write("a.md", "---\ndraft: [\n---\n")),
    "emptied": (True, ["a.md"], lambda folder, write: write("a.md", "")),
    "a picture": (True, ["photos/p.jpg"], lambda folder, write: write("photos/p.jpg", b"another")),
    "labels": (True, ["photos/metadata.yml"], lambda folder, write: write("photos/metadata.yml", "p.jpg: {title: Q}")),
    "settings": (True, ["site.toml"], lambda folder, write: write("site.toml", 'title = "U"\n')),
    "what programs look for": (
        True,
        [".well-known/security.txt", ".well-known/a.md", "essays/.well-known/b.txt"],
        lambda folder, write: (
            write(".well-known/security.txt", "Contact: https://example.org\n"),
            write(".well-known/a.md", "# Not a page\n"),
            write("essays/.well-known/b.txt", "Not at the top of the tree\n"),
        ),
    ),
    "a folder for programs gone": (
        False,
        [".well-known/security.txt", ".well-known"],
        lambda folder, write: shutil.rmtree(folder / ".well-known"),
    ),
    "an editor's files": (
        True,
        ["a.md", "a.md~", ".a.md.swp", "4913", ".git/index"],
        lambda folder, write: (write(".git/index", "x"), write("new", "# N\n").rename(folder / "a.md")),
    ),
    "an index": (False, ["essays/index.md"], lambda folder, write: write("essays/index.md", "# Essays\n")),
    "new": (True, ["new.md"], lambda folder, write: write("new.md", "# New\n")),
    "new below an index": (True, ["essays/new.md"], lambda folder, write: write("essays/new.md", "# New\n")),
    "the first page of a folder": (False, ["photos/p.md"], lambda folder, write: write("photos/p.md", "# P\n")),
    "a new index": (False, ["photos/index.md"], lambda folder, write: write("photos/index.md", "# P\n")),
    "a new picture": (False, ["photos/q.jpg"], lambda folder, write: write("photos/q.jpg", b"picture")),
    "a picture gone": (False, ["photos/p.jpg"], lambda folder, write: (folder / "photos/p.jpg").unlink()),
    "an index gone": (False, ["essays/index.md"], lambda folder, write: (folder / "essays/index.md").unlink()),
    "what came and went": (False, ["passing"], lambda folder, write: None),
    "gone": (True, ["a.md"], lambda folder, write: (folder / "a.md").unlink()),
    "renamed": (True, ["a.md", "z.md"], lambda folder, write: (folder / "a.md").rename(folder / "z.md")),
    "put in the place of another": (
        True,
        ["a.md", "essays/c.md"],
        lambda folder, write: (folder / "a.md").rename(folder / "essays/c.md"),
    ),
    "a folder": (False, ["notes"], lambda folder, write: write("notes/d.md", "# D\n")),
    "a folder gone": (False, ["essays"], lambda folder, write: shutil.rmtree(folder / "essays")),
    "a folder renamed": (False, ["essays"], lambda folder, write: (folder / "essays").rename(folder / "works")),
    "a folder in its place": (
        False,
        ["a.md"],
        lambda folder, write: ((folder / "a.md").unlink(), write("a.md/index.md", "# A\n")),
    ),
    "a link": (
        False,
        ["a.md"],
        lambda folder, write: ((folder / "a.md").unlink(), (folder / "a.md").symlink_to("essays/c.md")),
    ),
    "the folder itself": (False, [""], lambda folder, write: write("new.md", "# New\n")),
    "somewhere": (False, [*"abcdefghijklmnopqrstuvwxyz"], lambda folder, write: write("a.md", "# B\n")),
}


def shown(found: Tree) -> str:
    entries = dict(sorted(found.entries.items()))
    return re.sub(
        "0x[0-9a-f]+", "", repr(found._replace(entries=entries, seen=None))
    )  # errors and texts are equal to nothing but themselves


@pytest.fixture
def before(config: Config, write: Write) -> Tree:
    for path, text in FILES.items():
        write(path, text)
    return refresh(config, Tree(), NOW)


@pytest.mark.parametrize("name", TOUCHES)
def test_a_glance_finds_what_a_whole_look_does(
    config: Config, content: Path, write: Write, before: Tree, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    enough, touched, change = TOUCHES[name]
    change(content, write)
    whole = refresh(config, before, NOW)
    monkeypatch.setattr(tree, "scan", lambda *args: looks.append("whole") or scan.scan(*args))
    looks: list[str] = []
    assert shown(refresh(config, before, NOW, touched=touched)) == shown(whole)
    assert looks == ([] if enough else ["whole"])


def test_what_nobody_touched_is_not_looked_at(config: Config, write: Write, before: Tree) -> None:
    write("a.md", "# Ay\n")
    write("essays/c.md", "# Sea\n")
    after = refresh(config, before, NOW, touched=["a.md"])
    assert after.entries["a.md"].page != before.entries["a.md"].page
    assert after.entries["essays/c.md"] is before.entries["essays/c.md"]


@pytest.mark.parametrize("how", [os.symlink, os.link])
def test_a_file_of_two_names_changes_under_both(
    config: Config, content: Path, write: Write, before: Tree, how: Callable[[Path, Path], None]
) -> None:
    how(content / "a.md", content / "z.md")
    linked = refresh(config, before, NOW)
    write("a.md", "# Ay\n")
    assert shown(refresh(config, linked, NOW, touched=["a.md"])) == shown(refresh(config, linked, NOW))


def test_what_falls_due_is_not_forgotten_beside_an_edit(config: Config, content: Path, write: Write) -> None:
    write("a.md", "# A\n")
    write("b.md", "# B\n")
    first = refresh(config, Tree(), NOW)
    (content / "b.md").unlink()
    waiting = refresh(config, first, NOW)
    write("a.md", "# Ay\n")
    within = refresh(config, waiting, NOW + 1, touched=["a.md"])
    assert [*within.entries] == ["a.md", "b.md"]
    write("a.md", "# Aye\n")
    assert [*refresh(config, within, NOW + 1000, touched=["a.md"]).entries] == ["a.md"]


def test_what_was_left_out_is_looked_for_again(config: Config, content: Path, write: Write) -> None:
    write("a.md", "# A\n")
    (content / "b.md").symlink_to("nowhere")
    first = refresh(config, Tree(), NOW)
    assert first.problems
    (content / "b.md").unlink()
    write("a.md", "# Ay\n")
    assert not refresh(config, first, NOW, touched=["a.md"]).problems


async def test_after_a_look_that_failed_everything_is_looked_at(
    live: Live, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was told is lost with it."""

    def fail(*args: object) -> None:
        raise OSError("disk")

    write("notes/new.md", "# New\n")
    with monkeypatch.context() as broken:
        broken.setattr(site, "refresh", fail)
        await live.press.look(["notes/new.md"])
    with pytest.raises(NotFound):
        live.press.site.find("notes/new")
    await live.press.look(["about.md"])
    assert live.press.site.find("notes/new")
