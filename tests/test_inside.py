"""Whatever is put in the place of a file after it was looked at, nothing outside the folder is read."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Write

from folio.config import Config
from folio.inside import opened
from folio.tree import read_alone

SECRET = b"# Not for the world\n"
FILES = Path("/proc/self/fd")  # those that this process has open


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "a.md").write_bytes(SECRET)
    return folder


def _dangles(content: Path, elsewhere: Path) -> None:
    (content / "notes/a.md").symlink_to(content / "nothing")


def _leads_out(content: Path, elsewhere: Path) -> None:
    (content / "notes/a.md").symlink_to(elsewhere / "a.md")


def _folder_leads_out(content: Path, elsewhere: Path) -> None:
    (content / "notes").rmdir()
    (content / "notes").symlink_to(elsewhere)


def _leads_out_by_way_of_another(content: Path, elsewhere: Path) -> None:
    (content / "other").symlink_to(elsewhere)
    (content / "notes/a.md").symlink_to(content / "other/a.md")


def _goes_in_a_circle(content: Path, elsewhere: Path) -> None:
    (content / "notes/a.md").symlink_to(content / "notes/a.md")


def _is_a_folder(content: Path, elsewhere: Path) -> None:
    (content / "notes/a.md").mkdir()


@pytest.mark.parametrize(
    "put",
    [_dangles, _leads_out, _folder_leads_out, _leads_out_by_way_of_another, _goes_in_a_circle, _is_a_folder],
)
def test_what_is_put_in_the_place_of_a_file_is_not_read(
    config: Config, content: Path, elsewhere: Path, put: Callable[[Path, Path], None]
) -> None:
    (content / "notes").mkdir()
    put(content, elsewhere)
    with pytest.raises(OSError):
        opened(content, "notes/a.md").read()
    assert read_alone(config, ["notes/a.md"], {}, time.time()) == []


def test_a_file_and_a_link_to_one_of_the_folder_are_read(content: Path, write: Write) -> None:
    write("deep/down/a.md", "# A")
    (content / "b.md").symlink_to("deep/down/a.md")
    for root in (content, _link_to(content)):
        for path in ("deep/down/a.md", "b.md"):
            with opened(root, path) as file:
                assert file.read() == b"# A"


def _link_to(folder: Path) -> Path:
    link = folder.with_name("current")
    link.symlink_to(folder)
    return link


@pytest.mark.skipif(not FILES.is_dir(), reason="only Linux tells which files are open")
def test_a_folder_in_the_place_of_a_file_is_not_left_open(content: Path) -> None:
    (content / "a.md").mkdir()
    with pytest.raises(IsADirectoryError):
        opened(content, "a.md")
    assert content / "a.md" not in {one.resolve() for one in FILES.iterdir()}


def test_a_pipe_holds_nobody(content: Path) -> None:
    os.mkfifo(content / "a.md")
    with opened(content, "a.md") as file:
        assert file.read() == b""
