"""What a machine lacks is named with what to do about it, and what needs the lacking thing alone does not work."""

from __future__ import annotations

import ctypes.util
import json
import shutil
import subprocess
import sys
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import Clock, Write, running
from PIL import features
from serving import ROOT

from folio import cli, doctor, pdf, typeset
from folio.config import Config, Features, Photographs
from folio.doctor import Finding

BARE = """
import ctypes.util, sys
ctypes.util.find_library = lambda name: None
from folio import cli
cli.main(lambda: None)
"""
Usage = namedtuple("Usage", "total used free")


def found(config: Config, *titles: str) -> dict[str, Finding]:
    return {finding.name: finding for finding in doctor.examine(config, titles)}


def run(content: Path, *options: str) -> Result:
    folders = ("--content", str(content), "--cache", str(content.parent / "c"), "--state", str(content.parent / "s"))
    return CliRunner().invoke(cli.commands, ["doctor", *folders, *options])


def test_a_machine_that_has_everything_is_well(config: Config, demo: None) -> None:
    told = found(config, "On cats")
    named = ["python", "packages", "pdf", "pictures", "heic", "fonts", "watch", "content", "cache", "state", "base_url"]
    assert list(told) == named
    assert {name for name, finding in told.items() if finding.state == "wrong"} <= {"pdf"}
    assert [finding for finding in told.values() if (finding.state == "well") == bool(finding.remedy)] == []


def test_it_writes_nothing(content: Path, demo: None) -> None:
    assert run(content).exit_code in (0, 1)
    assert [path.name for path in content.parent.iterdir()] == ["content"]


def test_without_its_libraries_a_pdf_is_named_with_what_to_install(content: Path, demo: None) -> None:
    command = [sys.executable, "-c", BARE, "doctor", "--content", str(content), "--format", "json"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (1, "")
    told = json.loads(said.stdout)
    assert told["status"] == "problems"
    assert [finding for finding in told["findings"] if finding["state"] == "wrong"] == [
        {
            "name": "pdf",
            "state": "wrong",
            "said": "PDF needs the libraries gobject-2.0, pango-1.0, pangoft2-1.0, harfbuzz, harfbuzz-subset, "
            "fontconfig; everything but .pdf works",
            "remedy": pdf.REMEDY,
        }
    ]


async def test_without_pango_everything_but_pdf_works(
    config: Config, clock: Clock, demo: None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    cats = "/essays/2026-06-11-on-cats"
    async with running(config, clock) as live:
        for path in (f"{cats}.pdf", "/essays.pdf", "/tags/travel.pdf"):
            refused = await live.get(path)
            assert refused.status_code == 503
            assert "Not available here" in refused.text and pdf.REMEDY in refused.text
        for path in (cats, f"{cats}.epub", f"{cats}.md", f"{cats}.json", "/essays.epub", f"/og-image{cats}.png"):
            while (answer := await live.get(path)).status_code == 202:
                pass
            assert answer.status_code == 200, path
        health = (await live.get("/health")).json()
    assert health["status"] == "problems"
    assert health["pdf"].startswith("PDF needs the libraries gobject-2.0, ")
    assert pdf.REMEDY in health["pdf"]
    assert capfd.readouterr().out == ""


async def test_where_pdfs_are_switched_off_nothing_is_missing(
    config: Config, clock: Clock, demo: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    assert found(config)["pdf"].state == "wrong"
    without = replace(config, features=Features(pdf=False))
    assert found(without)["pdf"].state == "well"
    async with running(without, clock) as live:
        health = (await live.get("/health")).json()
    assert (health["status"], health["pdf"]) == ("ok", "off")


def test_an_encoder_is_missed_only_where_its_format_is_offered(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda name: name != "avif")
    assert found(config)["pictures"] == Finding("pictures", "well", "Pillow writes jpg, webp")
    both = replace(config, photographs=Photographs(formats=("avif", "webp", "jpg")))
    assert found(both)["pictures"].state == "wrong"
    assert found(both)["pictures"].said == "Pillow cannot write avif"


@pytest.mark.usefixtures("without_system_fonts")
def test_titles_that_no_font_writes_are_named(config: Config) -> None:
    told = found(config, "On cats", "日本語のタイトル", "Περὶ ἀρετῆς", "…", "כותרת")["fonts"]
    assert told.state == "advice"
    assert told.said.startswith("no font here covers 2 of the titles (כותרת, 日本語のタイトル);")


def test_fonts_that_are_gone_are_missed(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeset, "FONTS", tmp_path)
    told = found(config, "On cats")["fonts"]
    assert (told.state, told.remedy) == ("wrong", "restore static/fonts")


def test_folders_that_cannot_be_used_are_named(config: Config, write: Write, content: Path) -> None:
    (content / "lost.md").symlink_to(content / "nowhere.md")
    blocked = write("file", "in the way")
    told = found(replace(config, cache=blocked / "cache", state=blocked))
    assert (told["content"].state, told["content"].said) == ("wrong", f"cannot be read: {content}/lost.md")
    assert told["cache"].said == f"{blocked}/cache cannot be written"
    assert "--cache or FOLIO_CACHE" in told["cache"].remedy
    assert told["state"].state == "wrong"


def test_a_full_disk_is_told(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9, 3_000_000))
    assert found(config)["cache"] == Finding(
        "cache", "wrong", f"{config.cache} has 3 MB left", f"free {doctor.LEAST_FREE_MB} MB on its disk"
    )


@pytest.mark.parametrize(
    ("address", "state"),
    [("http://127.0.0.1:8000", "advice"), ("http://[::1]:80", "advice"), ("https://a.org", "well")],
)
def test_an_address_that_only_this_machine_knows_is_told(config: Config, address: str, state: str) -> None:
    assert found(replace(config, base_url=address))["base_url"].state == state


def test_people_read_a_line_a_finding(content: Path, demo: None) -> None:
    told = run(content, "--base-url", "https://example.org").output.splitlines()
    assert any(line == "well    base_url  https://example.org" for line in told)
    assert told[-1] in ("Nothing needs fixing", "1 to fix")


def test_settings_that_cannot_be_read_end_with_two(content: Path, write: Write) -> None:
    write("site.toml", 'titel = "A site"\n')
    told = run(content)
    assert (told.exit_code, told.stdout) == (2, "")
