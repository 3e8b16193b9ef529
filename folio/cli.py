"""The command line: `python engine.py` serves, `check` tells what is wrong with the content, `doctor` with the machine.

engine.py passes `create_api` in. Each command imports what it needs when it runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import io
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from folio import __version__, config, slugs, verdict
from folio.config import Config
from folio.errors import SiteError, Unavailable

if TYPE_CHECKING:
    from folio import mirror
    from folio.check import Report
    from folio.snapshot import Site
    from folio.warm import Tally

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
FOLDER = click.Path(file_okay=False, path_type=Path)
# Settings files of Hugo, Zola and Pelican, which keep their pages in a folder `content`.
SYSTEMS = (
    "hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config.yaml", "config.yml", "config.json",
    "pelicanconf.py",
)  # fmt: skip
PAPERS = frozenset(("README", "LICENSE", "LICENCE", "CHANGELOG", "CONTRIBUTING"))  # a repository's, not a site's pages
EXPORT_SECONDS = 300  # time limit of one PDF or picture in an export, where no visitor waits
LONG = 200  # number of pages and pictures from which `check` shows a progress bar


class Unusable(click.ClickException):
    """An error in the settings or the folder, with the exit status of a wrong command line."""

    exit_code = 2


class Commands(click.Group):
    """A group that suggests the nearest command for a misspelled one."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self.commands, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(self.list_commands(ctx))}"
            ctx.fail(f"{args[0]!r} is not a command ({hint})")
        return super().resolve_command(ctx, args)


def main(create_api: Callable[..., Any]) -> None:
    """Run the command line; without a command, or if it begins with an option, run `serve`."""
    arguments = sys.argv[1:]
    named = arguments and (not arguments[0].startswith("-") or arguments[0] in ("--help", "--version"))
    commands(arguments if named else ["serve", *arguments], obj=create_api, prog_name="engine.py")


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="folio")
def commands() -> None:
    """Folio: a folder of Markdown and photographs, served as a whole site.

    Without a command it serves.
    """


def folders(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that name folders."""
    state = click.option("--state", type=FOLDER, help="Where recorded moves are kept.")
    return click.option("--content", type=FOLDER, help="The site's folder [content].")(state(command))


@commands.command()
@folders
@click.option("--cache", type=FOLDER, help="Where generated files are kept.")
@click.option("--host", help="The address to listen on [127.0.0.1].")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on [8000].")
@click.option("--uds", type=click.Path(path_type=Path), help="A Unix socket to listen on, instead of a port.")
@click.option("--base-url", help="The site's public address, such as https://example.org.")
@click.pass_obj
def serve(create_api: Callable[..., Any], /, **given: Any) -> None:
    """Serve the site until stopped; what changes in the content shows at once."""
    from folio import server

    _log()
    reread = partial(config.load, given)
    try:
        settings = _settings(reread)
        for _, doubt in _doubts(settings.content):
            logging.getLogger("folio.content").warning("%s", doubt)
        api = create_api(settings, reread=reread)
        server.serve(api, settings, api.state.kept.reply)
    except SiteError as error:
        raise click.ClickException(_with_remedy(error)) from error


def _log() -> None:
    """Log to standard error; lines of the access log, which have their own time, go there unformatted."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    access, plain = logging.getLogger("folio.access"), logging.StreamHandler(sys.stderr)
    plain.setFormatter(logging.Formatter("%(message)s"))
    access.addHandler(plain)
    access.propagate = False


@commands.command()
@folders
@click.option("--format", type=click.Choice(["text", "json"]), default="text", help="The output format [text].")
@click.option("--strict", is_flag=True, help="Count advice as problems.")
def check(format: str, strict: bool, **given: Any) -> None:
    """Report everything that is wrong with the content, by file and line; change nothing.

    \b
    Problems: links, pictures and files that do not exist; anchors (#...) that their page does not have; pictures
      without alternative text; headers and dates that cannot be read; notes never cited; markup that is left out;
      addresses that two files claim; lines of _redirects that lead nowhere; pictures that cannot be shown.
    Advice: whatever is wrong in drafts and expired pages; names that several pages have, or had before a move;
      galleries with photographs without alternative text; photographs that say where they were taken (no copy served
      does); files that hide a form of a page (about.pdf beside about.md); style= in HTML; dates that Git does not
      know; a folder that is empty, or the root of another system's site; its templates, which are sent as they are.

    The exit status is 0 when there is no problem, 1 when there is one, 2 when the settings or the folder are unusable.
    Advice counts only with --strict.
    """
    try:
        settings = _settings(partial(config.load, given))
    except SiteError as error:
        raise Unusable(_with_remedy(error)) from error
    site, reports = _checked(settings)
    problems = [report for report in reports if strict or not report.advice]
    advice = [report for report in reports if report.advice and not strict]
    told = verdict.as_json if format == "json" else verdict.as_text
    _print(told(site, problems, advice))
    raise SystemExit(1 if problems else 0)


@commands.command()
@folders
@click.option("--cache", type=FOLDER, help="Where generated files are kept.")
@click.option("--base-url", help="The site's public address, such as https://example.org.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", help="The output format [text].")
def doctor(format: str, **given: Any) -> None:
    """Report what the site needs that this machine lacks, and how to get it; change nothing.

    The exit status is 0 when nothing needs fixing, 1 when something does, 2 when the settings are unusable.
    """
    from folio import dates, doctor, site

    try:
        settings = _settings(partial(config.load, given))
        titles = [page.title for page in site.load(settings, dates.now, time.time()).public]
    except SiteError as error:
        raise Unusable(_with_remedy(error)) from error
    findings = doctor.examine(settings, titles)
    _print(doctor.as_json(findings) if format == "json" else _printable_lines(doctor.as_text(findings)))
    raise SystemExit(1 if any(finding.state == "wrong" for finding in findings) else 0)


def _printable_lines(text: str) -> str:
    return "\n".join(map(verdict.printable, text.split("\n")))


@commands.command()
@folders
@click.option("--cache", type=FOLDER, help="Where generated files are kept.")
@click.option("--formats", help="Which of avif, webp and jpg, separated by commas [as site.toml lists].")
def warm(formats: str | None, **given: Any) -> None:
    """Read every page and make every copy of every photograph now, so that no reader waits.

    What already exists is left alone: stop whenever you like, and continue later.
    """
    from folio import dates, site, warm

    try:
        settings = _settings(partial(config.load, given))
        snapshot = site.load(settings, dates.now, time.time())
    except SiteError as error:
        raise click.ClickException(_with_remedy(error)) from error
    wanted = _formats(formats, settings)
    photos = tuple(snapshot.pictures.values())
    with _progress(len(photos), "Copying", least=2) as step:
        tally = asyncio.run(warm.warm(snapshot.public, photos, snapshot.config, wanted, os.cpu_count() or 1, step))
    for path, why in sorted(tally.failed.items()):
        click.echo(f"{verdict.printable(path)}: {verdict.printable(why)}", err=True)
    _print(_warm_summary(len(photos), tally, settings))
    raise SystemExit(1 if tally.failed else 0)


def _formats(written: str | None, settings: Config) -> tuple[str, ...]:
    """Read --formats. Raises UsageError for a format that the site does not offer."""
    listed = settings.photographs.formats
    wanted = tuple(dict.fromkeys(part.strip() for part in written.split(",") if part.strip())) if written else listed
    if strangers := [name for name in wanted if name not in listed]:
        raise click.UsageError(
            f"--formats: {strangers[0]!r} is not offered by this site ({', '.join(listed)}); list it in site.toml first"
        )
    return wanted


def _warm_summary(photos: int, tally: Tally, settings: Config) -> str:
    """Return "120 copies of 10 photographs made (24 MB), 0 already there", with a note if they exceed the cache."""
    size = f" ({max(1, round(tally.made_bytes / 1e6)):,} MB)" if tally.made else ""
    made, of = verdict.counted(tally.made, "copy", "copies"), verdict.counted(photos, "photograph")
    told = f"{made} of {of} made{size}, {tally.skipped:,} already there"
    if tally.texts:
        told = f"{verdict.counted(tally.texts, 'page')} read; {told}"
    if tally.failed:
        told += f"; {verdict.counted(len(tally.failed), 'photograph')} cannot be copied"
    if tally.made_bytes > settings.limits.cache_mb * 1_000_000:
        told += f"\nThe cache keeps {settings.limits.cache_mb:,} MB: raise [limits] cache_mb, or the oldest files go."
    return told


@commands.command()
@click.argument("folder", type=FOLDER)
@folders
@click.option("--cache", type=FOLDER, help="Where generated files are kept.")
@click.option("--base-url", help="The site's public address, such as https://example.org.")
@click.option("--check", is_flag=True, help="Only compare; the exit status is 1 when something differs.")
@click.option("--processes", type=click.IntRange(1, 64), help="How many processes work at once [one per core].")
@click.pass_obj
def export(create_api: Callable[..., Any], /, folder: Path, check: bool, processes: int | None, **given: Any) -> None:
    """Write the whole site as files: every public address in every form.

    The files are what the engine answers, byte for byte, so any server can send them: .mirror/ in the folder holds what
    to tell nginx and Caddy of types and old addresses, _redirects tells hosts of Netlify's kind. Done again, it writes
    only what has changed and removes what is gone.
    """
    try:
        settings = _settings(partial(config.load, given))
        patient = replace(settings.limits, make_seconds=max(settings.limits.make_seconds, EXPORT_SECONDS))
        settings = replace(settings, limits=patient)
        report = _export(create_api, settings, folder, check, processes)
    except SiteError as error:
        raise click.ClickException(_with_remedy(error)) from error
    for url, why in report.failed:
        click.echo(f"{verdict.printable(url)}: {why}", err=True)
    changed = [*report.written, *report.removed]
    if check:
        _print("".join(f"{verdict.printable(name)}\n" for name in sorted(changed)).rstrip("\n") or "Nothing differs")
    else:
        files = verdict.counted(len(report.files), "file")
        told = f"{len(report.written):,} written, {len(report.removed):,} removed, {len(report.redirects):,} redirects"
        _print(f"{files}: {told}")
    raise SystemExit(1 if report.failed or (check and changed) else 0)


def _export(
    create_api: Callable[..., Any], settings: Config, folder: Path, check: bool, processes: int | None
) -> mirror.Report:
    """Export with `processes` processes, at most and by default as many as can run at once."""
    from folio import crew

    count = min(processes or crew.processes(), crew.processes())
    with _asked() as step:
        if count > 1:
            return crew.export(create_api, settings, folder, step, count, check=check)
        return asyncio.run(_export_alone(create_api, settings, folder, check, step))


async def _export_alone(
    create_api: Callable[..., Any], settings: Config, folder: Path, check: bool, step: mirror.Step
) -> mirror.Report:
    from folio import mirror

    api = create_api(settings)
    press = mirror.for_export(api.state.press)
    async with press.lifespan(api):
        return await mirror.export(api, press, folder, step, check=check)


@contextlib.contextmanager
def _asked() -> Iterator[mirror.Step]:
    """Show a progress bar of an export, if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda asked, known: None
        return
    with click.progressbar(length=1, label="Exporting", file=sys.stderr) as bar:

        def step(asked: int, known: int) -> None:
            bar.length = known
            bar.update(asked - bar.pos)

        yield step


def _settings(load: Callable[[], Config]) -> Config:
    """Load the settings. Raises SiteError if they are unreadable or the content folder does not exist."""
    settings = load()
    if not settings.content.is_dir():
        raise Unavailable(f"{settings.content} is not a folder", "use --content DIR, or set FOLIO_CONTENT")
    return settings


def _doubts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what speaks against a folder being the one that is meant, each with its kind."""
    if nested := _nested(folder):
        yield "nested", nested
    if not any(slugs.is_content(item.name) for item in folder.iterdir()):
        yield "empty", f"{folder} is empty: is its disk mounted?"


def _nested(folder: Path) -> str:
    """Return a hint if a folder looks like the root of a Hugo, Zola or Pelican site, with the pages in `content`."""
    inner = folder / "content"
    if not inner.is_dir() or not any((folder / name).is_file() for name in SYSTEMS):
        return ""
    pages = {file.stem for file in folder.iterdir() if file.suffix.lower() in (".md", ".markdown")}
    if {name for name in pages if name.upper() not in PAPERS}:
        return ""
    return f"{folder} is the root of another system's site: did you mean --content {inner}?"


def _with_remedy(error: SiteError) -> str:
    return f"{error}\n{error.remedy}" if isinstance(error, Unavailable) else str(error)


def _checked(settings: Config) -> tuple[Site, tuple[Report, ...]]:
    """Load the whole site and check it, with a progress bar at a terminal."""
    from folio import check as checking
    from folio import dates, git, site

    snapshot = site.load(settings, dates.now, time.time())
    with _progress(checking.steps(snapshot), "Checking", LONG) as step:
        found = checking.check(
            snapshot, lambda page: checking.parse(page, settings), partial(checking.look, config=settings), step
        )
    if settings.updated == "git" and (why := git.read(str(settings.content)).why):
        found = (*found, checking.Report("site.toml", 0, "git", why, advice=True))
    doubts = (checking.Report(".", 0, kind, doubt, advice=True) for kind, doubt in _doubts(settings.content))
    return snapshot, tuple(sorted((*found, *doubts)))


@contextlib.contextmanager
def _progress(steps: int, label: str, least: int) -> Iterator[Callable[[], None]]:
    if not sys.stderr.isatty() or steps < least:
        yield lambda: None
        return
    with click.progressbar(length=steps, label=label, file=sys.stderr) as bar:
        yield lambda: bar.update(1)


def _print(told: str | bytes) -> None:
    """Print all in one call, so that `| head` ends it quietly; escape characters the terminal cannot encode."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    click.echo(told, nl=isinstance(told, str), color=False if os.environ.get("NO_COLOR") else None)
