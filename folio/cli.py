"""The command line: `python engine.py` serves; engine.py passes the application's maker in."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from folio import __version__, config
from folio.errors import SiteError, Unavailable

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def main(create_api: Callable[..., Any]) -> None:
    """Run the command line: `serve` unless another command is named."""
    arguments = sys.argv[1:]
    named = any(argument in commands.commands or argument in ("--help", "--version") for argument in arguments)
    commands(arguments if named else ["serve", *arguments], obj=create_api, prog_name="engine.py")


@click.group()
@click.version_option(__version__, prog_name="folio")
def commands() -> None:
    """Folio: a folder of Markdown and photographs, served as a whole site."""


@commands.command()
@click.option("--content", type=click.Path(file_okay=False, path_type=Path), help="The folder to serve.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="Where made things are kept.")
@click.option("--state", type=click.Path(file_okay=False, path_type=Path), help="Where recorded moves are kept.")
@click.option("--host", help="The address to listen on [127.0.0.1].")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on [8000].")
@click.option("--base-url", help="The site's public address, https://example.org.")
@click.pass_obj
def serve(create_api: Callable[..., Any], /, **given: Any) -> None:
    """Serve the site until stopped; what changes in the content shows at once."""
    from folio import server

    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    reread = partial(config.load, given)
    try:
        settings = reread()
        if not settings.content.is_dir():
            raise Unavailable(f"{settings.content} is no folder", "use --content DIR, or set FOLIO_CONTENT")
        server.serve(create_api(settings, reread=reread), settings)
    except SiteError as error:
        remedy = f"\n{error.remedy}" if isinstance(error, Unavailable) else ""
        raise click.ClickException(f"{error}{remedy}") from error
