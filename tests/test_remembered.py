"""A start reads only the files that changed since the last one, and says exactly what a start that reads all would."""

from __future__ import annotations

import asyncio
import os
import pickle
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import PATIENCE_SECONDS, Write, running, write_below

from folio.config import Config
from folio.dates import Clock
from folio.entries import Entry
from folio.errors import MakeFailed, Problem
from folio.remembered import SLACK, Remembered
from folio.tree import Tree, refresh

FILES = Path("/proc/self/fd")
NOW = time.time() + 3600  # long after any file of these tests was written
KINDS = (
    "# Plain\n\nWords.\n",
    "---\ntitle: Whole\ndate: 2026-06-11T10:00:00+02:00\ntags: [a, b]\n"
    "visibility: unlisted\nmine: {deep: [1, 2]}\n---\n",
    "---\ndate: 2026-06\nupdated: 2026-07-01\nexpires: 2030-01-01\ntgas: x\n---\n*June 2026*\n",
    "---\ndraft: true\naliases: [/old]\n---\nHidden.\n",
)


@pytest.fixture
def tree(config: Config, write: Write) -> Tree:
    """More pages than are read anew without a word, of every kind, with defaults handed down and one that is broken."""
    write("essays/index.md", "---\ncascade: {author: Ada}\n---\n# Essays\n")
    for n in range(SLACK + 20):
        write(f"essays/{n}.md", KINDS[n % len(KINDS)])
    write("broken.md", "---\ntitle: [\n---\n")
    return refresh(config, Tree(), NOW)


def said(tree: Tree) -> dict[str, tuple[Entry, str]]:
    return {path: (entry._replace(error=None), str(entry.error)) for path, entry in tree.entries.items()}


def kept(config: Config, tree: Tree) -> Mapping[str, Entry]:
    Remembered(config).write(config, tree.entries)
    return Remembered(config).read()


def test_a_start_over_unchanged_files_opens_none_of_them_and_says_the_same(config: Config, tree: Tree) -> None:
    known = kept(config, tree)
    assert known == {path: entry for path, entry in tree.entries.items() if path != "broken.md"}
    (config.content / "broken.md").unlink()
    opened: list[str] = []
    sys.addaudithook(lambda event, details: opened.append(str(details[0])) if event == "open" else None)
    again = refresh(config, Tree(), NOW, remembered=known)
    assert not [path for path in opened if path.endswith(".md")]
    assert dict(again.entries) == dict(known)
    assert again.moves == ()


def test_what_changed_meanwhile_is_read(config: Config, tree: Tree, write: Write) -> None:
    known = kept(config, tree)
    write("essays/0.md", "# Other\n")
    write("essays/new.md", "# New\n")
    (config.content / "essays/1.md").unlink()
    again = refresh(config, Tree(), NOW, remembered=known)
    assert said(again) == said(refresh(config, Tree(), NOW))
    assert (again.entries["essays/0.md"].page or pytest.fail()).title == "Other"
    assert again.entries["essays/2.md"] is known["essays/2.md"]


def test_a_page_that_breaks_while_nobody_serves_is_hidden(config: Config, tree: Tree, write: Write) -> None:
    known = kept(config, tree)
    write("essays/0.md", "---\ndraft: [\n---\n")
    entry = refresh(config, Tree(), NOW, remembered=known).entries["essays/0.md"]
    assert entry.page is None
    assert entry.error


@pytest.mark.parametrize("cascade", ["---\ncascade: {author: Bob}\n---\n", "---\ncascade: [\n---\n"])
def test_other_defaults_of_the_folder_above_count(config: Config, tree: Tree, write: Write, cascade: str) -> None:
    known = kept(config, tree)
    write("essays/index.md", cascade)
    again = refresh(config, Tree(), NOW, remembered=known)
    assert said(again) == said(refresh(config, Tree(), NOW))
    authors = {entry.page.author for path, entry in again.entries.items() if entry.page and path != "essays/index.md"}
    assert authors == ({"Bob"} if "Bob" in cascade else set())


def test_other_settings_remember_nothing(config: Config, tree: Tree) -> None:
    assert kept(config, tree)
    assert Remembered(replace(config, language="de")).read() == {}
    assert Remembered(replace(config, base_url="https://example.net")).read() == {}
    assert Remembered(replace(config, port=9999)).read()


def test_the_port_is_none_of_them(config: Config, tree: Tree) -> None:
    served = [replace(config, port=port, base_url=f"http://127.0.0.1:{port}") for port in (8000, 9999)]
    Remembered(served[0]).write(served[0], tree.entries)
    assert Remembered(served[1]).read()


def test_a_date_of_the_last_change_stays_until_it_is_told_anew(config: Config, tree: Tree) -> None:
    day = dict.fromkeys(tree.entries, "2026-10-10T10:10:10+00:00")
    known = kept(config, refresh(config, Tree(), NOW, updated=day))
    first = refresh(config, Tree(), NOW, remembered=known)
    assert first.entries["essays/0.md"] is known["essays/0.md"]
    later = dict.fromkeys(tree.entries, "2026-11-11T10:10:10+00:00")
    again = refresh(config, first, NOW, updated=later)
    assert said(again) == said(refresh(config, Tree(), NOW, updated=later))


def test_what_was_read_too_soon_after_it_was_written_is_not_remembered(config: Config, tree: Tree) -> None:
    for path in tree.entries:
        os.utime(config.content / path)
    assert kept(config, refresh(config, Tree(), time.time())) == {}
    assert kept(config, refresh(config, Tree(), NOW))


@pytest.mark.parametrize("harm", ["truncated", "zeroed", "flipped", "emptied", "absent", "another's"])
def test_a_damaged_file_is_as_good_as_none_and_is_mended(config: Config, tree: Tree, harm: str) -> None:
    whole = kept(config, tree)
    file = config.cache / "heads"
    written = file.read_bytes()
    middle = len(written) // 2
    harmed = {
        "truncated": written[:middle],
        "zeroed": bytes(len(written)),
        "flipped": written[:middle] + bytes([written[middle] ^ 1]) + written[middle + 1 :],
        "emptied": b"",
        "another's": b'["9.9", 1, [], ""]\n' + written.partition(b"\n")[2],
    }
    if harm == "absent":
        file.unlink()
    else:
        file.write_bytes(harmed[harm])
    book = Remembered(config)
    known = book.read()
    assert known.items() <= whole.items()
    again = refresh(config, Tree(), NOW, remembered=known)
    assert said(again) == said(tree)
    book.write(config, again.entries)
    assert Remembered(config).read() == whole


def texts(entries: Mapping[str, Entry]) -> dict[str, str]:
    return {path: entry.page.body.text for path, entry in entries.items() if entry.page}


def test_texts_leave_memory_once_they_are_written_and_do_not_come_back(config: Config, tree: Tree) -> None:
    def in_memory(entries: Mapping[str, Entry]) -> int:
        bodies = [entry.page.body for entry in entries.values() if entry.page]
        return sum(len(body.place) for body in bodies if isinstance(body.place, bytes))

    assert in_memory(tree.entries) > 0
    known = kept(config, tree)
    assert (in_memory(tree.entries), in_memory(known)) == (0, 0)
    assert texts(known) == texts(tree.entries)
    assert in_memory(known) == 0


@pytest.mark.parametrize("is_next", [False, True], ids=["by the run that wrote it", "by the next"])
@pytest.mark.parametrize("harm", ["truncated", "zeroed", "flipped"])
def test_a_file_that_is_damaged_while_it_is_used_costs_no_text_and_is_mended(
    config: Config, tree: Tree, harm: str, is_next: bool
) -> None:
    whole, book, file = texts(tree.entries), Remembered(config), config.cache / "heads"
    book.write(config, tree.entries)
    used = dict(tree.entries)
    if is_next:
        book = Remembered(config)
        used = dict(book.read())
    written = file.read_bytes()
    harmed = {
        "truncated": written[:200],
        "zeroed": bytes(len(written)),
        "flipped": bytes(byte ^ 1 for byte in written),
    }
    file.write_bytes(harmed[harm])
    assert texts(used) == whole
    book.write(config, used)
    assert texts(Remembered(config).read()) == whole


@pytest.mark.parametrize("fate", ["deleted", "replaced"])
def test_whoever_deletes_or_replaces_the_file_takes_no_text_away(config: Config, tree: Tree, fate: str) -> None:
    whole, known = texts(tree.entries), kept(config, tree)
    if fate == "deleted":
        shutil.rmtree(config.cache)
    else:
        other = replace(config, language="de")
        Remembered(other).write(other, refresh(other, Tree(), NOW).entries)
    shutil.rmtree(config.content)
    assert texts(known) == texts(tree.entries) == whole


def test_a_text_that_is_nowhere_any_more_is_missed_and_not_taken_for_another(
    config: Config, tree: Tree, write: Write
) -> None:
    page = kept(config, tree)["essays/0.md"].page or pytest.fail()
    (config.cache / "heads").write_bytes(b"")
    for path in tree.entries:
        write(path, "# Plain\n\nOther words.\n")
    with pytest.raises(MakeFailed, match="damaged"):
        _ = page.body.text


@pytest.mark.skipif(not FILES.is_dir(), reason="only Linux tells which files are open")
def test_the_file_before_is_closed_though_a_page_was_not_written_again(
    config: Config, tree: Tree, write: Write
) -> None:
    """A page that breaks keeps its last good words, which alone would keep a whole file on the disk."""
    whole, book = texts(tree.entries), Remembered(config)
    book.write(config, tree.entries)
    write("essays/0.md", "---\ndraft: [\n---\n")
    broken = refresh(config, tree, NOW)
    book.write(replace(config, language="de"), broken.entries)
    opened = [str(file.readlink()) for file in FILES.iterdir() if file.is_symlink()]
    assert [name for name in opened if str(config.cache) in name] == [str(config.cache / "heads")]
    assert texts(broken.entries) == whole


def test_a_body_goes_to_a_worker_with_its_words(config: Config, tree: Tree) -> None:
    body = (kept(config, tree)["essays/0.md"].page or pytest.fail()).body
    sent = pickle.dumps(body)
    shutil.rmtree(config.cache)
    assert pickle.loads(sent) == body
    assert pickle.loads(sent).text.strip() == "Words."


def test_the_first_pages_of_a_site_are_written_however_few(config: Config, write: Write) -> None:
    write("index.md", "# Home\n")
    assert [*kept(config, refresh(config, Tree(), NOW))] == ["index.md"]


def test_a_page_whose_file_was_only_touched_is_remembered_with_both_keys(config: Config, tree: Tree) -> None:
    os.utime(config.content / "essays/0.md", (NOW - 1800, NOW - 1800))
    touched = refresh(config, tree, NOW)
    entry = touched.entries["essays/0.md"]
    assert entry.page and entry.page.stat != entry.stat
    assert kept(config, touched)["essays/0.md"] == entry


def test_a_few_changes_are_not_worth_writing_and_many_are(config: Config, tree: Tree, write: Write) -> None:
    book, file = Remembered(config), config.cache / "heads"
    book.write(config, tree.entries)
    before = file.stat()
    write("essays/0.md", "# Other\n")
    second = refresh(config, tree, NOW)
    book.write(config, second.entries)
    assert os.path.samestat(file.stat(), before)
    for n in range(SLACK + 20):
        write(f"essays/{n}.md", "# Other\n")
    third = refresh(config, second, NOW)
    book.write(config, third.entries)
    assert Remembered(config).read()["essays/7.md"] == third.entries["essays/7.md"]


def test_a_folder_that_cannot_be_written_is_told_and_hurts_nothing(
    config: Config, tree: Tree, caplog: pytest.LogCaptureFixture
) -> None:
    config.cache.parent.mkdir(parents=True, exist_ok=True)
    config.cache.write_text("a file in the place of the folder")
    Remembered(config).write(config, tree.entries)
    assert "cannot be written" in caplog.text
    assert Remembered(config).read() == {}


def test_problems_of_pages_are_remembered_with_them(config: Config, tree: Tree) -> None:
    page = kept(config, tree)["essays/2.md"].page
    assert page and page.problems == (tree.entries["essays/2.md"].page or pytest.fail()).problems
    assert all(isinstance(problem, Problem) for problem in page.problems)
    assert page.problems


def test_the_cache_folder_may_be_gone(config: Config, tree: Tree, tmp_path: Path) -> None:
    elsewhere = replace(config, cache=tmp_path / "not" / "there")
    assert Remembered(elsewhere).read() == {}
    assert len(kept(elsewhere, tree)) > SLACK


async def test_files_that_were_young_at_a_start_are_remembered_when_they_have_settled(
    config: Config, clock: Clock, content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("folio.press.KEEP_AFTER_SECONDS", 0.05)
    paths = {f"{n}.md" for n in range(SLACK + 20)}
    for path in paths:
        write_below(content, path, "# Just written\n", age=0)
    async with running(config, clock) as live, asyncio.timeout(PATIENCE_SECONDS):
        while Remembered(config).read().keys() < paths:
            await live.press.refresh()
            await asyncio.sleep(0.1)
