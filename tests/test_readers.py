"""Very many files are read by several processes at a first start; the tree is the same as by one."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from folio import readers
from folio.cache import Maker
from folio.config import Config
from folio.entries import Entry
from folio.errors import MakeFailed
from folio.press import Press
from folio.tree import Handed, Tree, refresh
from folio.workers import Workers

FILES = {
    "index.md": "# Home\n",
    "metadata.yml": "hill.jpg: A hill\n",
    "hugo/_index.md": "---\ntitle: Notes\ncascade:\n  draft: true\n  tags: [one]\n---\n",
    "hugo/own.md": "---\ndraft: false\n---\n# Own\n\nSaid.\n",
    "hugo/none.md": "# None\n\nSaid.\n",
    "shut/_index.md": "---\ncascade: [\n---\n",
    "shut/page.md": "# Behind what nobody can read\n",
    "bad.md": "---\ntitle: [\n---\n\nBroken.\n",
    "slip.md": "---\ndate: June\n---\n# A slip\n\nOf a date.\n",
    "latin.md": "# Caf\xe9\n",
    "empty.md": "",
    **{
        f"many/{n}.md": f"---\ntags: [same, t{n}]\nkey: {n}\n---\n# Page {n}\n\nIts words, {n} of them.\n"
        for n in range(60)
    },
}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Write FILES, an hour old; two processes are worth it for ten files."""
    root, then = tmp_path / "content", time.time() - 3600
    for name, text in FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("latin-1"))
        os.utime(file, (then, then))
    monkeypatch.setattr(readers, "EACH", 5)
    monkeypatch.setattr(readers, "AT_ONCE", 7)
    monkeypatch.setattr(readers, "cores", lambda: 2)
    return Config(content=root, cache=tmp_path / "cache", state=tmp_path / "state")


def ahead_of(config: Config) -> tuple[Tree, Tree, dict[str, Entry]]:
    """Read the tree with what processes read ahead, and without; return that too."""
    given: dict[str, Entry] = {}

    def ahead(config: Config, paths: Sequence[str], handed: Handed) -> dict[str, Entry]:
        given.update(readers.read_ahead(config, paths, handed))
        return given

    now = time.time()
    return refresh(config, Tree(), now, ahead=ahead), refresh(config, Tree(), now), given


def said(tree: Tree) -> dict[str, tuple[Entry, str]]:
    """Return the entries of a tree, their errors by their words."""
    return {path: (entry._replace(error=None), str(entry.error)) for path, entry in tree.entries.items()}


def test_what_is_read_by_several_processes_is_what_one_reads(config: Config) -> None:
    together, alone, given = ahead_of(config)
    assert said(together) == said(alone)
    assert given.keys() == {path for path, entry in alone.entries.items() if entry.page and not entry.error}
    assert all(together.entries[path] is entry for path, entry in given.items() if "index" not in path)
    assert [entry.page.body.text for entry in together.entries.values() if entry.page] == [
        entry.page.body.text for entry in alone.entries.values() if entry.page
    ]


def test_a_file_that_changed_since_is_read_once_more(config: Config) -> None:
    def ahead(config: Config, paths: Sequence[str], handed: Handed) -> dict[str, Entry]:
        found = dict(readers.read_ahead(config, paths, handed))
        stale = found["many/7.md"]
        return found | {"many/7.md": stale._replace(stat=stale.stat._replace(mtime_ns=1), page=None)}

    now = time.time()
    assert said(refresh(config, Tree(), now, ahead=ahead)) == said(refresh(config, Tree(), now))


def test_a_process_that_fails_leaves_its_share_to_the_engine(
    config: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(self: Workers, maker: Maker, *args: Any) -> Any:
        raise MakeFailed("no process can be started")

    whole = ahead_of(config)[2]
    monkeypatch.setattr(Workers, "run", fails)
    together, alone, given = ahead_of(config)
    assert said(together) == said(alone)
    assert len(whole) - readers.AT_ONCE <= len(given) < len(whole)
    assert "no process can be started" in caplog.text


@pytest.mark.parametrize(("cores", "each"), [(1, 5), (8, 40)], ids=["one core", "few files"])
def test_where_they_are_not_worth_it_no_process_is_started(
    config: Config, monkeypatch: pytest.MonkeyPatch, cores: int, each: int
) -> None:
    monkeypatch.setattr(readers, "Workers", None)
    monkeypatch.setattr(readers, "cores", lambda: cores)
    monkeypatch.setattr(readers, "EACH", each)
    together, alone, given = ahead_of(config)
    assert (said(together) == said(alone), given) == (True, {})


async def test_a_first_start_of_the_engine_reads_ahead_and_the_next_need_not(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def counted(config: Config, paths: Sequence[str], handed: Handed) -> Mapping[str, Entry]:
        asked.append(len(paths))
        return readers.read_ahead(config, paths, handed)

    monkeypatch.setattr("folio.loading.readers", SimpleNamespace(read_ahead=counted))
    for _ in range(2):
        press = Press(config, lambda: dt.datetime.now(dt.UTC))
        await press.start()
        press.remembered.write(config, press.site.tree.entries)
        assert len(press.site.public) > 60
        await press.stop()
    assert asked[0] > 60 > asked[1]


def test_only_files_that_are_not_remembered_are_read_ahead(config: Config) -> None:
    known = {path: entry for path, entry in refresh(config, Tree(), time.time()).entries.items() if entry.page}
    os.utime(config.content / "many/3.md")
    (config.content / "many/new.md").write_text("# New\n")
    asked: list[str] = []

    def ahead(config: Config, paths: Sequence[str], handed: Handed) -> dict[str, Entry]:
        asked.extend(paths)
        return {}

    refresh(config, Tree(), time.time(), remembered=known, ahead=ahead)
    assert {"many/3.md", "many/new.md"} <= set(asked) <= {"many/3.md", "many/new.md", *FILES.keys() - known.keys()}
