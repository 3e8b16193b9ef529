"""The style sheets as Chromium reads them: what is sent says what is written."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from folio.assets import STATIC, tidy

pytestmark = pytest.mark.needs("chromium")

PARSED = """([written, sent]) => [written, sent].map((text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  const read = (rule) => rule.cssRules?.length ? 1 + [...rule.cssRules].reduce((sum, one) => sum + read(one), 0) : 1;
  return [[...sheet.cssRules].map((rule) => rule.cssText), [...sheet.cssRules].reduce((n, one) => n + read(one), 0)];
})"""  # the rules as the browser understood them, and how many there are
CALC = "a { inline-size: calc(1em  +  2px); } a:is( .b , .c )  >  d  ~ e { margin : 0  auto ; ; } "
SHEETS = sorted(path for path in (STATIC / "css").glob("*.css") if path.name != "site.css")


@pytest.mark.parametrize("css", [*(path.read_text() for path in SHEETS), CALC], ids=[*(p.stem for p in SHEETS), "odd"])
def test_a_sheet_without_its_spaces_means_the_same(same_page: Page, css: str) -> None:
    (written, rules), (sent, as_many) = same_page.evaluate(PARSED, [css, tidy(css)])
    assert rules == as_many > 0
    assert [even(rule) for rule in sent] == [even(rule) for rule in written]


def even(rule: str) -> str:
    """Make spaces even: a browser hands back a value that has a variable in it as it was written."""
    return re.sub(r"\s+", " ", re.sub(r",\s+", ",", rule))
