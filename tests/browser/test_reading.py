"""An essay as a reader has it before them: how long its lines are, and where its notes stand."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TypedDict

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Open
from browser.kinds import ESSAY, LONG

pytestmark = pytest.mark.needs("chromium")

LINE_PX = 36  # a line of text at its largest

LINES = """() => [...document.querySelectorAll(".essay > p:not(:has(.sn, .mn))")].flatMap((paragraph) => {
  const lines = new Map();
  const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const height = parseFloat(getComputedStyle(paragraph).lineHeight);
  const top = paragraph.getBoundingClientRect().top;
  while (walker.nextNode()) {
    for (let i = 0; i < walker.currentNode.length; i++) {
      range.setStart(walker.currentNode, i);
      range.setEnd(walker.currentNode, i + 1);
      const box = range.getBoundingClientRect();
      if (!box.width) continue;
      const line = Math.floor((box.top + box.height / 2 - top) / height);
      lines.set(line, (lines.get(line) ?? 0) + 1);
    }
  }
  return [...lines.values()].slice(0, -1);
})"""  # letters on each line of the text but the last of a paragraph
COLUMNS = """() => [...document.querySelectorAll(".columns .matter")].map((part) => {
  const lefts = [...part.querySelectorAll(":scope > ul > li, :scope > ol > li")]
    .map((line) => Math.round(line.getClientRects()[0].left));
  return [...new Set(lefts)].map((left) => lefts.filter((one) => one === left).length);
})"""  # the lines that each part has in each column it is in
ALONE = """() => [...document.querySelectorAll(".sn")].filter((note) => {
  const arrow = note.querySelector(".back");
  const range = document.createRange();
  const before = document.createTreeWalker(note, NodeFilter.SHOW_TEXT);
  let words;
  while (before.nextNode() && !arrow.contains(before.currentNode)) words = before.currentNode;
  range.selectNodeContents(words);
  return [...range.getClientRects()].at(-1).bottom < arrow.getBoundingClientRect().top;
}).map((note) => note.id)"""  # notes whose arrow stands on a line without words
NOTES = """() => [...document.querySelectorAll(".sn, .mn")].map((note) => {
  const reference = document.querySelector(`.ref[href="#${note.id}"]`);
  const box = ({ left, right, top, bottom }) => ({ left, right, top: top + scrollY, bottom: bottom + scrollY });
  return {
    id: note.id,
    block: note.localName === "aside",
    reference: reference && box(reference.getBoundingClientRect()),
    shown: note.checkVisibility({ opacityProperty: true, visibilityProperty: true }),
    ...box(note.getBoundingClientRect()),
  };
})"""


class Box(TypedDict):
    left: float
    right: float
    top: float
    bottom: float


class Note(Box):
    id: str
    block: bool
    reference: Box | None
    shown: bool


def notes(page: Page) -> list[Note]:
    found: list[Note] = page.evaluate(NOTES)
    assert len(found) >= 5
    return found


def overlap(one: Note, other: Note) -> bool:
    return (
        min(one["right"], other["right"]) - max(one["left"], other["left"]) > 1
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 1
    )


@pytest.mark.parametrize("width", [768, 1440, 1920])
def test_a_line_holds_sixty_to_sixty_eight_letters(new_page: Open, width: int) -> None:
    page = new_page(width)
    page.goto(LONG)
    page.evaluate("document.fonts.ready")
    page.reload()
    lines = page.evaluate(LINES)
    assert len(lines) > 40
    assert 60 <= sum(lines) / len(lines) <= 68


@pytest.mark.parametrize("width", [1024, 1440, 1920])
def test_notes_stand_beside_their_reference_and_never_on_each_other(new_page: Open, width: int) -> None:
    page = new_page(width)
    page.goto(ESSAY)
    found = notes(page)
    edge = page.evaluate("document.querySelector('.essay').getBoundingClientRect().right")
    assert [note["id"] for note in found if note["left"] < edge or note["right"] > width or not note["shown"]] == []
    assert [pair for pair in combinations(found, 2) if overlap(*pair)] == []
    for before, note in pairwise([None, *found]):
        assert note
        if note["reference"] and not note["block"] and not (before and note["top"] - before["bottom"] < LINE_PX):
            assert abs(note["top"] - note["reference"]["top"]) < LINE_PX, note["id"]


def test_on_a_phone_every_note_is_open_below_its_line(new_page: Open) -> None:
    page = new_page(390)
    page.goto(ESSAY)
    for note in notes(page):
        assert note["shown"] and note["left"] >= 0 and note["right"] <= 390
        assert note["bottom"] - note["top"] > 10
        if note["reference"]:
            assert note["top"] >= note["reference"]["top"], note["id"]
    assert [pair for pair in combinations(notes(page), 2) if overlap(*pair)] == []


def test_a_reference_leads_to_its_note_and_back(new_page: Open) -> None:
    page = new_page(390)
    page.goto(ESSAY)
    page.locator(".ref").first.click()
    note = page.locator(".sn:target")
    expect(note).to_be_in_viewport()
    expect(note).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")
    note.get_by_role("doc-backlink").or_(note.locator(".back")).first.click()
    expect(page.locator(".ref:target")).to_be_in_viewport()


def test_on_paper_the_notes_stay_and_the_furniture_goes(new_page: Open) -> None:
    page = new_page(700)
    page.emulate_media(media="print")
    page.goto(ESSAY)
    assert all(note["shown"] for note in notes(page))
    for furniture in (".masthead", ".colophon", ".end", ".toc >> nth=0", ".back >> nth=0"):
        expect(page.locator(furniture)).to_be_hidden()


def test_contents_unfold_on_a_phone_and_stand_in_a_wide_margin(new_page: Open) -> None:
    page = new_page(390)
    page.goto(LONG)
    entry = page.locator("details.toc li").first
    expect(entry).to_be_hidden()
    page.get_by_text("Contents", exact=True).click()
    expect(entry).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.get_by_role("navigation", name="Contents")).to_be_visible()
    expect(entry).to_be_hidden()


def test_code_can_be_copied(new_page: Open) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(ESSAY)
    block = page.locator(".code").first
    block.hover()
    block.get_by_role("button").click()
    expect(block.get_by_role("button")).to_have_text("Copied")
    expect(page.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == block.locator("pre").text_content()


def test_code_that_a_browser_will_not_copy_is_selected_for_the_reader(new_page: Open) -> None:
    page = new_page()
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'))")
    page.goto(ESSAY)
    block = page.locator(".code").first
    block.hover()
    block.get_by_role("button").click()
    expect(block.get_by_role("button")).to_have_text("Selected")
    expect(page.get_by_role("status")).to_have_text("Selected")
    assert page.evaluate("getSelection().toString().trim()") == str(block.locator("pre").text_content()).strip()


def test_where_there_is_no_clipboard_no_button_offers_it(new_page: Open) -> None:
    page = new_page()
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined })")
    page.goto(ESSAY)
    expect(page.locator(".code").first).to_be_visible()
    expect(page.locator(".copy")).to_have_count(0)


@pytest.mark.parametrize("path", ["/sitemap", "/archive/outlines", "/archive/terms"])
def test_in_columns_no_line_stands_alone(new_page: Open, path: str) -> None:
    page = new_page()
    page.goto(path)
    parts: list[list[int]] = page.evaluate(COLUMNS)
    assert max(map(len, parts)) <= 2
    assert all(len(counts) < 2 or (counts[0] >= 2 and counts[-1] >= 3) for counts in parts)


def test_the_arrow_of_a_note_stays_with_its_last_word(new_page: Open) -> None:
    page = new_page()
    for width in range(320, 480, 8):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(ESSAY)
        assert page.evaluate(ALONE) == []
