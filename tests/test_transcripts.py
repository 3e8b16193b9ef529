"""What a text says is left by the worker that parses it for lists, and taken by the one that indexes it."""

from __future__ import annotations

import datetime as dt
import marshal
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from folio import documents, extracts, markdown, transcripts
from folio.cache import Maker
from folio.config import Config
from folio.extracts import Extracts
from folio.press import Press
from folio.search import Index
from folio.search.build import APPLY
from folio.site import load
from folio.transcripts import Transcript
from folio.workers import Workers

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
TEXT = documents.parse("# Why\n\nAn otter, a “heron” and\ta crow.\n\n![Reeds](reeds.jpg)\n", "en", True)
SAID = transcripts.transcript(TEXT)
ESSAYS = {
    "cats.md": "# Cats\n\nThey sleep “all day”, and *never* on the shelf.\n\n## Otters\n\n![A heron](h.jpg)\n",
    "dogs.md": "---\nlang: de\n---\n# Hunde\n\nSie sagen \"wau\", und [Katzen](cats.md) schlafen.\n",
    "sums.md": "---\nmath: false\n---\n# Sums\n\nFor $5 or $6 an otter.\n",
    "index.md": "# Home\n\nA river.\n",
}  # fmt: skip


@dataclass(slots=True)
class Counted:
    """Real workers; `done` are the makers they were sent to, and `meddle` is called before each index."""

    workers: Workers
    meddle: Callable[[], None] = lambda: None
    done: list[Maker] = field(default_factory=list)

    async def run(self, maker: Maker, *args: Any) -> Any:
        self.done.append(maker)
        if maker == APPLY:
            self.meddle()
        return await self.workers.run(maker, *args)


def test_transcripts_are_taken_as_they_were_left_and_once(tmp_path: Path) -> None:
    transcripts.leave(tmp_path / "some", {"a": SAID, "b": Transcript()})
    transcripts.leave(tmp_path / "some", {"c": SAID})
    assert SAID.captions == "Reeds "
    assert transcripts.take(tmp_path / "some", {"c", "d"}) == {"c": SAID}
    assert transcripts.take(tmp_path / "some", {"b", "c"}) == {"b": Transcript()}, "a waits for who wants it"
    assert transcripts.take(tmp_path / "some", {"a", "b"}) == {"a": SAID, "b": Transcript()}
    assert not list((tmp_path / "some").iterdir())
    assert transcripts.take(tmp_path / "none", {"a"}) == {}


def test_what_is_read_in_another_way_has_another_name() -> None:
    ways = [(b"a", "en", True), (b"b", "en", True), (b"a", "de", True), (b"a", "en", False)]
    assert len({transcripts.name(*way) for way in ways}) == len(ways)


@pytest.mark.parametrize("at", range(0, 120, 7))
def test_damaged_transcripts_are_none(tmp_path: Path, at: int) -> None:
    transcripts.leave(tmp_path, {"a": SAID})
    transcripts.leave(tmp_path, {"b": SAID})
    raw = bytearray((tmp_path / "a").read_bytes())
    raw[at % len(raw)] ^= 4
    for damaged in (raw, raw[:at]):
        (tmp_path / "a").write_bytes(damaged)
        assert transcripts.take(tmp_path, {"a", "b"}) == {"b": SAID}
        transcripts.leave(tmp_path, {"b": SAID})


def test_a_disk_that_takes_no_transcripts_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("")
    transcripts.leave(tmp_path / "in the way", {"a": SAID})
    assert transcripts.take(tmp_path / "in the way", {"a"}) == {}


def emptied(folder: Path) -> None:
    for file in folder.iterdir():
        file.write_bytes(b"")


def told(folder: Path) -> None:
    """Change what was left: whoever takes it tells."""
    names = [*marshal.loads(next(folder.iterdir()).read_bytes()[transcripts.CHECKSUM_BYTES :])]
    transcripts.leave(folder, dict.fromkeys(names, Transcript((markdown.Part("", "", "A badger was here."),))))


@pytest.mark.parametrize(
    ("meddle", "badgers"), [(lambda folder: None, 0), (emptied, 0), (told, 4)], ids=["left", "damaged", "told"]
)
async def test_what_was_read_for_lists_is_indexed_without_being_parsed_again(
    tmp_path: Path, meddle: Callable[[Path], None], badgers: int
) -> None:
    config = Config(content=tmp_path / "content", cache=tmp_path / "cache", state=tmp_path / "state")
    config.content.mkdir()
    for name, text in ESSAYS.items():
        (config.content / name).write_text(text, encoding="utf-8")
    folder = transcripts.folder(config.cache)
    workers = Counted(Workers(config), lambda: meddle(folder))
    book = Extracts(config, workers, transcribed=True)
    index = Index(config, workers, learn=book.learn)
    plain = Index(Config(content=config.content, cache=tmp_path / "other", state=config.state), workers.workers)
    site = load(config, lambda: NOW, time.time())
    try:
        await index.update(site)
        assert workers.done == [extracts.DRAW, APPLY]
        assert (index.state, folder.exists()) == ("ready", False)
        assert len((await index.query(site, "badger")).hits) == badgers
        await plain.update(site)
        if not badgers:
            for words in ("otter", "heron", "wau", "schlafen", "$5", '"all day"', "river"):
                assert await index.query(site, words) == await plain.query(site, words)
    finally:
        await index.close()
        await plain.close()
        await book.close()
        await workers.workers.close()


@pytest.mark.parametrize("search", [True, False])
async def test_transcripts_are_left_only_where_there_is_search(config: Config, search: bool) -> None:
    config = replace(config, features=replace(config.features, search=search))
    config.content.mkdir(exist_ok=True)
    for name, text in ESSAYS.items():
        (config.content / name).write_text(text, encoding="utf-8")
    site, press = load(config, lambda: NOW, time.time()), Press(config, lambda: NOW)
    folder = transcripts.folder(config.cache)
    try:
        await press.extracts.learn(site.public, "en")
        assert len(list(folder.glob("*"))) == (1 if search else 0)
        if search:
            await press.index.update(site)
            assert (press.index.state, folder.exists()) == ("ready", False)
            await press.index.close()
    finally:
        await press.extracts.close()
        await press.workers.close()
        await press.store.close()
