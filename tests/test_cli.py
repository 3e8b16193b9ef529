"""The command line says what it can do, what is wrong with the content, and what was typed amiss."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import Write
from PIL import Image

from folio import cli

ROOT = Path(__file__).resolve().parent.parent
Run = Callable[..., Result]


@pytest.fixture
def run(content: Path, tmp_path: Path) -> Run:
    """Run `check` on the content folder."""

    def run(*arguments: str) -> Result:
        folders = ["--content", str(content), "--state", str(tmp_path / "state")]
        return CliRunner().invoke(cli.commands, ["check", *folders, *arguments], prog_name="engine.py")

    return run


def engine(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "engine.py", *arguments], cwd=ROOT, capture_output=True, text=True)


def test_the_help_lists_every_command() -> None:
    told = engine("--help")
    assert told.returncode == 0
    assert {line.split()[0] for line in told.stdout.partition("Commands:")[2].splitlines() if line} >= {
        "check",
        "export",
        "serve",
        "warm",
    }


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["chekc"], "Error: 'chekc' is not a command (did you mean 'check'?)"),
        (["xyz"], "Error: 'xyz' is not a command (known: check, "),
        (["check", "--contents", "x"], "Error: No such option '--contents'"),
    ],
)
def test_a_slip_on_the_command_line_is_named(typed: list[str], said: str) -> None:
    told = CliRunner().invoke(cli.commands, typed, prog_name="engine.py")
    assert told.exit_code == 2
    assert said in told.output


def test_options_alone_are_those_of_serve() -> None:
    told = engine("--content", "/no/such/folder")
    assert (told.returncode, told.stderr) == (
        1,
        "Error: /no/such/folder is not a folder\nuse --content DIR, or set FOLIO_CONTENT\n",
    )


def test_a_clean_site_ends_well(demo: None, run: Run) -> None:
    told = run()
    assert told.output.splitlines()[1:] == ["No problems in 9 pages and 2 pictures; 1 piece of advice"]
    assert told.exit_code == 0
    assert run("--strict").exit_code == 1


def test_problems_are_told_by_line_and_summed_up(run: Run, write: Write, content: Path) -> None:
    write("b.md", "# B\n\n[x](x) [y](y#z)\n\n![](https://example.net/a.png)\n")
    write("a.md", "---\ndraft: true\n---\n# A\n\n[x](x)\n")
    told = run()
    assert told.output == (
        f"{content}/b.md:3: the link to x leads nowhere\n"
        f"{content}/b.md:3: the link to y#z leads nowhere\n"
        f"{content}/b.md:5: the picture https://example.net/a.png has no alternative text: "
        "![what it shows](…)\n"
        f"{content}/a.md:6: advice: the link to x leads nowhere (in a draft page)\n"
        "3 problems in 1 file: 2 broken links, 1 picture without alternative text; 1 piece of advice\n"
    )
    assert told.exit_code == 1


def test_kinds_are_counted_in_good_english(run: Run, write: Write) -> None:
    write("a.md", "---\naliases: [/b, /c, /'it?x']\n---\n# A\n\n$$\\nosuch{x$$\n\n$$\\nosuch{y$$\n")
    for name in "bc":
        write(f"{name}.md", "# B\n")
    assert run().output.splitlines()[-1] == "5 problems in 1 file: 3 aliases, 2 mistakes in formulas"


@pytest.mark.parametrize("settings", ["hugo.toml", "config.toml", "pelicanconf.py", "config.yaml"])
def test_the_root_of_another_systems_site_is_told(run: Run, write: Write, content: Path, settings: str) -> None:
    write(settings, "")
    write("content/a.md", "# A\n")
    write("README.md", "# How to build it\n")
    told = run().output.splitlines()
    said = f"{content} is the root of another system's site: did you mean --content {content}/content?"
    assert [line for line in told if "--content" in line] == [f"{content}: advice: {said}"]
    write("about.md", "# About\n")
    assert "--content" not in run().output


@pytest.mark.parametrize("names", [(), (".lost", "_private.md")])
def test_a_folder_without_anything_is_told(run: Run, write: Write, content: Path, names: tuple[str, ...]) -> None:
    content.mkdir(exist_ok=True)
    for name in names:
        write(name, "# A\n")
    told = run()
    assert told.exit_code == 0
    assert told.output.splitlines() == [
        f"{content}: advice: {content} is empty: is its disk mounted?",
        "No problems in 0 pages and 0 pictures; 1 piece of advice",
    ]
    write("a.md", "# A\n")
    assert "mounted" not in run().output


def test_programs_get_json(run: Run, write: Write) -> None:
    write("café.md", "# C\n\n[x](naïve)\n")
    told = run("--format", "json")
    assert json.loads(told.stdout_bytes.decode()) == {
        "problems": [
            {"kind": "broken-link", "path": "café.md", "line": 3, "message": "the link to naïve leads nowhere"}
        ],
        "advice": [],
        "pages": 1,
        "photographs": 0,
    }
    assert "café".encode() in told.stdout_bytes
    assert told.exit_code == 1


def test_unusable_settings_end_with_two(run: Run, write: Write, content: Path) -> None:
    write("site.toml", 'titel = "A site"\n')
    told = run("--format", "json")
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr == "Error: site.toml:1: 'titel' is not a setting (did you mean 'title'?)\n"
    told = run("--content", str(content / "none"))
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr == f"Error: {content}/none is not a folder\nuse --content DIR, or set FOLIO_CONTENT\n"


def test_a_check_writes_nothing(demo: None, run: Run, tmp_path: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    run()
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == before


def test_dates_that_git_does_not_know_are_advice(run: Run, write: Write) -> None:
    write("site.toml", 'updated = "git"\n')
    told = json.loads(run("--format", "json").stdout)
    assert [(each["kind"], each["path"]) for each in told["advice"]] == [("git", "site.toml")]


def test_recorded_moves_are_told_by_where_they_are(run: Run, content: Path, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "redirects").write_text("# moved\n/a\n")
    assert run().output.splitlines()[0].startswith(f"{tmp_path}/state/redirects:2: this line is left out: ")


def test_names_cannot_command_a_terminal(run: Run, write: Write) -> None:
    write("a\x1b[31m.md", "# A\n\n[x](x)")
    told = run()
    assert "\x1b" not in told.output
    assert "a\\x1b[31m.md:3: the link to x leads nowhere" in told.output


def test_a_pipe_that_closes_is_no_error(write: Write, content: Path) -> None:
    write("a.md", "# A\n\n" + "[x](nowhere)\n\n" * 20_000)
    command = [sys.executable, "engine.py", "check", "--content", str(content)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout and running.stderr
        first = running.stdout.readline()
        running.stdout.close()
        assert (first, running.stderr.read()) == (f"{content}/a.md:3: the link to nowhere leads nowhere\n", "")
    assert running.returncode == 1


@pytest.fixture
def warm(content: Path, tmp_path: Path) -> Run:
    """Run `warm` on the content folder."""

    def run(*arguments: str) -> Result:
        folders = ["--content", str(content), "--cache", str(tmp_path / "cache")]
        return CliRunner().invoke(cli.commands, ["warm", *folders, *arguments], prog_name="engine.py")

    return run


def test_prints_are_made_ahead_once(warm: Run, content: Path, tmp_path: Path) -> None:
    (content / "photos").mkdir()
    Image.new("RGB", (700, 400), (200, 0, 0)).save(content / "photos" / "a.jpg")
    Image.new("RGB", (300, 200), (0, 200, 0)).save(content / "photos" / "b #1.png")
    first, second = warm(), warm()
    assert (first.exit_code, first.stdout) == (0, "8 copies of 2 photographs made (1 MB), 0 already there\n")
    assert second.stdout == "0 copies of 2 photographs made, 8 already there\n"
    made = sorted((tmp_path / "cache" / "made").rglob("*.*"))
    assert [file.suffix for file in made].count(".webp") == 4
    made[0].unlink()
    assert warm().stdout == "1 copy of 2 photographs made (1 MB), 7 already there\n"


def test_texts_are_read_ahead_once(warm: Run, write: Write) -> None:
    for n in range(3):
        write(f"{n}.md", f"# Page {n}\n\nWords.\n")
    nothing = "0 copies of 0 photographs made, 0 already there\n"
    assert [warm().stdout, warm().stdout] == [f"3 pages read; {nothing}", nothing]
    write("1.md", "# Page 1\n\nOther words.\n")
    assert warm().stdout == f"1 page read; {nothing}"


def test_formats_are_chosen_among_those_of_the_site(warm: Run, write: Write, content: Path, tmp_path: Path) -> None:
    write("site.toml", '[photographs]\nformats = ["avif", "jpg"]\nwidths = [320]\n')
    Image.new("RGB", (700, 400), (200, 0, 0)).save(content / "a.jpg")
    assert warm("--formats", "avif").stdout == "1 copy of 1 photograph made (1 MB), 0 already there\n"
    assert warm().stdout == "1 copy of 1 photograph made (1 MB), 1 already there\n"
    refused = warm("--formats", "webp")
    assert refused.exit_code == 2
    assert "'webp' is not offered by this site (avif, jpg)" in refused.stderr


def test_a_photograph_that_cannot_be_printed_is_named(warm: Run, write: Write) -> None:
    write("a.jpg", b"\xff\xd8 nothing")
    told = warm()
    assert (told.exit_code, told.stderr) == (1, "a.jpg: is not a picture of a known format\n")
    assert told.stdout == "0 copies of 1 photograph made, 0 already there; 1 photograph cannot be copied\n"
