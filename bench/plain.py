"""The libraries alone: Markdown by markdown-it-py, code by Pygments, pages by Jinja, and nothing else.

`python -m bench.plain FOLDER` builds every essay of a folder once and prints the CPU seconds; `application()` is a
minimal Flask application that renders a page for every request, over the folder in $ESSAYS.
"""

from __future__ import annotations

import functools
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound
from yaml import CSafeLoader, load

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{ title }}</title>
<meta name="description" content="{{ description }}"></head>
<body><header><nav><a href="/">A long shelf</a> <a href="/essays/">Essays</a> <a href="/tags/">Tags</a></nav></header>
<main><article><h1>{{ title }}</h1>
<p><time datetime="{{ date }}">{{ date.strftime("%d %B %Y") }}</time>
{% for tag in tags %}<a href="/tags/{{ tag }}/">{{ tag }}</a> {% endfor %}</p>
{{ content | safe }}</article></main><footer><p>A long shelf</p></footer></body>
</html>
"""


def parser() -> MarkdownIt:
    """Return the plain parser: CommonMark with tables, code highlighted by Pygments; it caches lexers as the engine."""
    lexer, formatter = functools.cache(get_lexer_by_name), HtmlFormatter(nowrap=True)

    def coloured(code: str, language: str, attributes: str) -> str:
        try:
            return highlight(code, lexer(language), formatter) if language else ""
        except ClassNotFound:
            return ""

    return MarkdownIt("commonmark", {"highlight": coloured}).enable("table")


def printer() -> Callable[[str], str]:
    """Return a function that renders a file's text, front matter and footnotes included, with one template."""
    markdown, template = parser().use(footnote_plugin), Environment(autoescape=True).from_string(PAGE)

    def page(text: str) -> str:
        _, header, body = re.split(r"^---\n", text, maxsplit=2, flags=re.MULTILINE)
        return template.render(**load(header, CSafeLoader), content=markdown.render(body))

    return page


def application() -> Any:
    """Make the Flask application; gunicorn calls it."""
    from flask import Flask, abort

    app, files, page = Flask(__name__), Path(os.environ["ESSAYS"]), printer()

    @app.get("/")
    def home() -> str:
        return "home"

    @app.get("/essays/<name>")
    def essay(name: str) -> str:
        file = files / f"{name}.md"
        return page(file.read_text(encoding="utf-8")) if file.is_file() else abort(404)

    return app


def main(folder: str) -> None:
    """Build every essay once, after a few as a warm-up."""
    page = printer()
    texts = [file.read_text(encoding="utf-8") for file in sorted(Path(folder).glob("2*.md"))]
    for text in texts[:20]:
        page(text)
    before = time.process_time()
    for text in texts:
        page(text)
    print(time.process_time() - before)


if __name__ == "__main__":
    main(sys.argv[1])
