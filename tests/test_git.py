"""Pages say when they last changed as git knows it: the same from every checkout, and never an invention."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PATIENCE_SECONDS, Clock, Live, Write, running

from folio import config as settings
from folio import git
from folio.config import Config
from folio.errors import BadContent
from folio.git import History

pytestmark = [pytest.mark.needs("git"), pytest.mark.unsearched]

JUNE, JULY, AUGUST = (f"2026-{month:02}-05T10:00:00+02:00" for month in (6, 7, 8))
Commit = Callable[..., str]


def run(folder: Path, *arguments: str, moment: str = JUNE) -> str:
    """Run git as nobody in particular, at a moment."""
    names = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": moment}
    names |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in names.items()}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env={**os.environ, **names, **alone}, capture_output=True, text=True
    )
    assert not done.returncode, done.stderr
    return done.stdout.strip()


@pytest.fixture
def commit(content: Path) -> Commit:
    """Commit everything in the folder that holds the content folder."""
    run(content.parent, "init", "-q", "-b", "main")

    def commit(moment: str = JUNE, message: str = "words") -> str:
        run(content.parent, "add", "content")
        run(content.parent, "commit", "-q", "-m", message, moment=moment)
        return run(content.parent, "rev-parse", "HEAD")

    return commit


def test_a_page_has_the_moment_of_the_last_commit_that_changed_it(content: Path, write: Write, commit: Commit) -> None:
    write("a.md", "# A")
    write("essays/b.md", "# B")
    write("photo.jpg", b"no page")
    commit(JUNE)
    write("essays/b.md", "# B, better")
    commit(JULY)
    assert git.read(str(content)) == History({"a.md": JUNE, "essays/b.md": JULY})


def test_the_times_of_files_mean_nothing(content: Path, write: Write, commit: Commit) -> None:
    write("a.md", "# A")
    commit(JUNE)
    write("a.md", "# A", age=5)
    assert git.read(str(content)).dates == {"a.md": JUNE}
    assert git.read(str(content)).dates == {"a.md": JUNE}
    write("a.md", "# Not committed")
    assert git.read(str(content)).dates == {"a.md": JUNE}


def test_the_content_folder_can_be_the_whole_checkout(content: Path, write: Write) -> None:
    write("essays/b.md", "# B")
    run(content, "init", "-q")
    run(content, "add", ".")
    run(content, "commit", "-q", "-m", "words", moment=JULY)
    assert git.read(str(content)) == History({"essays/b.md": JULY})


@pytest.mark.parametrize("name", ["naïve 日本.md", 'a "quoted" \\ one.md', "a\nb.md", "/".join(["deep"] * 20) + ".md"])
def test_any_name_is_understood(content: Path, write: Write, commit: Commit, name: str) -> None:
    write(name, "# A")
    commit(JULY)
    assert git.read(str(content)).dates == {name: JULY}


def test_a_page_that_moved_changed_with_its_move(content: Path, write: Write, commit: Commit) -> None:
    (content / write("old.md", "# The same words")).rename(content / "older.md")
    commit(JUNE)
    (content / "older.md").rename(content / "new.md")
    commit(JULY)
    assert git.read(str(content)).dates["new.md"] == JULY


def test_a_merge_changes_only_what_it_changes_by_itself(content: Path, write: Write, commit: Commit) -> None:
    write("a.md", "# A\n")
    write("both.md", "# Both\n")
    commit(JUNE)
    run(content.parent, "switch", "-q", "-c", "side")
    write("side.md", "# Side")
    write("both.md", "# Both, aside\n")
    commit(JUNE)
    run(content.parent, "switch", "-q", "main")
    write("both.md", "# Both, ahead\n")
    commit(JULY)
    run(content.parent, "merge", "-q", "--strategy=ours", "--no-commit", "side")
    write("side.md", "# Side")
    write("both.md", "# Both, together\n")
    commit(AUGUST)
    assert git.read(str(content)) == History({"a.md": JUNE, "side.md": JUNE, "both.md": AUGUST})


def test_a_clock_that_ran_wrong_changes_no_order(content: Path, write: Write, commit: Commit) -> None:
    write("a.md", "# A")
    commit(AUGUST)
    write("a.md", "# A, later, on a machine whose clock is slow")
    commit(JUNE)
    assert git.read(str(content)).dates == {"a.md": JUNE}


def test_a_shallow_clone_dates_only_what_it_saw_change(
    content: Path, write: Write, commit: Commit, tmp_path: Path
) -> None:
    write("old.md", "# Old")
    write("new.md", "# New")
    commit(JUNE)
    write("b.md", "# B")
    commit(JULY)
    write("new.md", "# Newer")
    commit(AUGUST)
    run(tmp_path, "clone", "-q", "--depth=2", content.parent.as_uri(), "shallow")
    assert git.read(str(tmp_path / "shallow/content")) == History(
        {"new.md": AUGUST}, "the clone is shallow: 2 pages have no date (git fetch --unshallow)"
    )


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        ((), "the content folder is not in a git checkout"),
        (("init", "-q"), "git cannot read its history: pages may have no date"),
    ],
)
def test_where_git_knows_nothing_it_is_said_once(content: Path, prepare: tuple[str, ...], why: str) -> None:
    if prepare:
        run(content, *prepare)
    assert git.read(str(content)) == History(why=why)


def test_a_folder_that_git_does_not_hold_has_no_dates(content: Path, write: Write, commit: Commit) -> None:
    write("a.md", "# A")
    commit()
    write("apart/b.md", "# B")
    assert git.read(str(content / "apart")) == History(why="git knows no page of the content folder")


def test_a_machine_without_git_says_so(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(content))
    assert git.read(str(content)) == History(why="git is not installed")


def test_nothing_of_the_repository_is_run_or_written(content: Path, write: Write, commit: Commit) -> None:
    write("a.md", "# A")
    commit()
    trap = content.parent / "trap.sh"
    trap.write_text("#!/bin/sh\ntouch sprung\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "gpg.program", "diff.external", "core.sshCommand", "core.editor"):
        run(content.parent, "config", name, str(trap))
    run(content.parent, "config", "log.showSignature", "true")
    before = {file: file.stat().st_mtime_ns for file in content.parent.rglob("*")}
    assert git.read(str(content)).dates == {"a.md": JUNE}
    assert {file: file.stat().st_mtime_ns for file in content.parent.rglob("*")} == before


def test_the_settings_of_a_user_change_no_date(
    content: Path, write: Write, commit: Commit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.md", "# A")
    commit()
    own = tmp_path / "gitconfig"
    own.write_text(
        "[log]\n follow = true\n date = relative\n[diff]\n relative = true\n noprefix = true\n[color]\n ui = always\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert git.read(str(content)) == History({"a.md": JUNE})


def test_the_stamp_changes_with_each_commit_branch_and_checkout(content: Path, write: Write, commit: Commit) -> None:
    assert git.stamp(Path("/")) == ()
    seen = {git.stamp(content)}
    write("a.md", "# A")
    first = commit(JUNE)
    seen.add(git.stamp(content))
    write("a.md", "# Another")
    commit(JULY)
    seen.add(git.stamp(content))
    run(content.parent, "switch", "-q", "-c", "other")
    seen.add(git.stamp(content))
    run(content.parent, "reset", "-q", "--hard", first)
    seen.add(git.stamp(content))
    assert len(seen) == 5
    write("a.md", "# A third")
    assert git.stamp(content) in seen


def test_the_stamp_of_a_linked_worktree_is_its_own(content: Path, write: Write, commit: Commit, tmp_path: Path) -> None:
    write("a.md", "# A")
    commit(JUNE)
    run(content.parent, "worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
    there = tmp_path / "linked/content"
    before = git.stamp(there)
    (there / "a.md").write_text("# Another")
    run(there, "commit", "-q", "-a", "-m", "words", moment=JULY)
    assert git.stamp(there) != before
    assert git.read(str(there)).dates == {"a.md": JULY}


# While the site runs

WANTED = 'title = "A small site"\nupdated = "git"\n'
CATS = "/essays/2026-06-11-on-cats"


@pytest.fixture
def dated(config: Config, write: Write) -> Config:
    """Settings that ask for the dates of git, read from site.toml."""
    write("site.toml", WANTED)
    return settings.load({"content": config.content, "cache": config.cache, "state": config.state}, environ={})


def test_no_other_source_of_dates_is_known(write: Write, content: Path) -> None:
    write("site.toml", 'updated = "mtime"\n')
    with pytest.raises(BadContent) as caught:
        settings.load({"content": content}, environ={})
    assert str(caught.value) == """site.toml:1: updated is 'mtime' (write updated = "git", or leave it out)"""


async def updated(live: Live) -> str | None:
    found: str | None = (await live.get(f"{CATS}.json")).json()["updated"]
    return found


async def now(live: Live) -> None:
    """Ask git, and show what it says."""
    await live.press.date()
    await live.press.refresh()


async def test_pages_show_when_git_saw_them_change(
    demo: None, dated: Config, clock: Clock, write: Write, commit: Commit
) -> None:
    commit(JUNE)
    async with running(dated, clock) as live:
        await now(live)
        assert await updated(live) is None  # committed before its date: nothing was updated
        write("essays/2026-06-11-on-cats.md", "# On cats\n\nCats wake.\n")
        commit(JULY)
        await now(live)
        assert await updated(live) == JULY
        assert "5 July 2026" in (await live.get(CATS)).text


async def test_a_commit_shows_by_itself(demo: None, dated: Config, clock: Clock, write: Write, content: Path) -> None:
    run(content, "init", "-q")
    async with running(dated, clock) as live:
        run(content, "add", ".")
        run(content, "commit", "-q", "-m", "words", moment=JULY)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await updated(live) is None:  # noqa: ASYNC110 - the watcher has no event that a test could wait for
                await asyncio.sleep(0.02)
        assert await updated(live) == JULY


async def test_dates_of_git_go_when_nobody_asks_for_them(
    demo: None, dated: Config, clock: Clock, write: Write, commit: Commit
) -> None:
    commit(JULY)
    async with running(dated, clock) as live:
        await now(live)
        assert await updated(live) == JULY
        write("site.toml", 'title = "A small site"\n', age=30)
        live.press.reread = lambda: settings.load({"content": dated.content}, environ={})
        await live.press.refresh()
        await now(live)
        assert await updated(live) is None


async def test_what_git_does_not_know_is_told_to_the_keeper(demo: None, dated: Config, clock: Clock) -> None:
    async with running(dated, clock) as live:
        await now(live)
        told = (await live.get("/health")).json()
        assert (await live.get(CATS)).status_code == 200
    assert told["problems"] == ["site.toml: the content folder is not in a git checkout"]


async def test_without_the_setting_git_is_never_asked(live: Live, commit: Commit) -> None:
    commit(JULY)
    await now(live)
    assert live.press.chronicle.history == History()
    assert await updated(live) is None
