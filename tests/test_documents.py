"""A page's text is parsed once; a long one in a worker, in pieces, and never at the cost of an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from folio import documents
from folio.bodies import Body
from folio.cache import Maker
from folio.config import Config, Limits
from folio.content import Page
from folio.documents import Documents
from folio.errors import MakeFailed
from folio.workers import Workers

LONG = (
    "# A heading\n\nWords[^1] and [a link](/x), ![a picture](y.jpg), > not a quote.\n\n> A quote.\n\n" * 1500
    + "[^1]: A note.\n"
)


class Here:
    """Runs what a worker would run, and counts; `error` is raised instead when there is one."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.runs = error, 0

    async def run(self, maker: Maker, *args: Any) -> Any:
        self.runs += 1
        if self.error:
            raise self.error
        return documents.parse_apart(*args)


def page(body: str, **more: Any) -> Page:
    return Page("long.md", "/long", "Long", body=Body.of(body), **more)


async def test_a_long_text_comes_back_from_a_worker_as_it_was_parsed(config: Config) -> None:
    workers = Workers(config)
    try:
        found = await Documents(workers).of(page(LONG), config)
    finally:
        await workers.close()
    expected = documents.parse(LONG, "en", True)
    assert [token.as_dict() for token in found.tokens] == [token.as_dict() for token in expected.tokens]
    assert found._replace(tokens=()) == expected._replace(tokens=())


async def test_a_text_is_parsed_once_for_each_way_to_read_it(config: Config) -> None:
    here = Here()
    kept = Documents(here)
    first = await kept.of(page(LONG), config)
    assert await kept.of(page(LONG), config) is first
    assert await kept.of(page(LONG, language="de"), config) is not first
    assert await kept.of(page(LONG, math=False), config) is not first
    assert here.runs == 3


async def test_code_is_left_plain_for_those_who_do_not_show_it(config: Config) -> None:
    kept, code = Documents(Here()), page("Some code:\n\n```python\nimport this\n```\n")
    plain = await kept.of(code, config, coloured=False)
    coloured = await kept.of(code, config)
    assert "<span" not in plain.tokens[-1].meta["html"]
    assert "<span" in coloured.tokens[-1].meta["html"]
    assert plain._replace(tokens=()) == coloured._replace(tokens=())
    assert await kept.of(code, config, coloured=False) is coloured


async def test_a_short_text_needs_no_worker(config: Config) -> None:
    here = Here()
    assert (await Documents(here).of(page("Short."), config)).text == "Short."
    assert here.runs == 0


async def test_a_text_that_takes_too_long_is_shown_as_it_is_written(
    config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Documents(Here(MakeFailed("took longer than 20 s")))
    found = await kept.of(page(LONG), replace(config, limits=Limits(inline_parse_kb=1)))
    assert [token.type for token in found.tokens] == ["code_block"]
    assert [problem.why for problem in found.problems] == [
        "this text cannot be read as Markdown within the limits (took longer than 20 s)"
    ]
    assert "long.md: shown as written" in caplog.text
