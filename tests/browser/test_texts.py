"""Texts of every kind, in the windows that people have: nothing leaves the page, no note stands on anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from browser.browsing import site
from browser.conftest import Open, opener
from browser.test_pages import LARGEST_SHIFT, TOO_WIDE, WATCH, release
from browser.test_reading import LINES
from browser.texts import TEXTS, lay_out

pytestmark = pytest.mark.needs("chromium")

WIDTHS = (320, 390, 768, 1440, 1920)
LATE_MS = 600  # for a font
TARGET_PX = 24
NOTES_MADE = 80

# Boxes of notes, and of what they must keep clear of: [what it is, left, top, right, bottom]. An element that scrolls
# is its frame; a text is its lines, so that a float beside or between them is not taken to stand on them.
BOXES = """() => {
  const NOTE = ".sn, .mn";
  const whole = (one) => [one, one.getBoundingClientRect()];
  const lines = (one) => {
    const walker = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const { parentElement, data } = walker.currentNode;
      if (!data.trim() || parentElement.closest(NOTE + ", .hush, pre, .table, math")) continue;
      const range = document.createRange();
      range.selectNodeContents(walker.currentNode);
      for (const box of range.getClientRects()) found.push([one, box]);
    }
    return found;
  };
  const all = (selector) => [...document.querySelectorAll(selector)];
  const read = ([one, { left, top, right, bottom }]) => [
    `${one.localName}.${one.className} ${one.id}`, left, top, right, bottom];
  const outside = (one) => !one.closest(NOTE);
  return {
    notes: all(NOTE).map(whole).map(read),
    others: [
      ...all(".essay :is(figure, .table, pre, img, .math)")
        .filter((one) => outside(one) && !one.querySelector(NOTE)).map(whole),
      ...all(".essay > :is(p, ul, ol, blockquote, h2, h3, .callout)").filter(outside).flatMap(lines),
    ].map(read),
  };
}"""
HIDDEN_NOTES = """() => [...document.querySelectorAll(".sn, .mn")].filter((note) => {
  const box = note.getBoundingClientRect();
  return !note.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || box.width < 20 || box.height < 8;
}).map((note) => note.id)"""
SMALL_TARGETS = """(least) => [...document.querySelectorAll(".ref")].filter((one) => {
  const { width, height } = getComputedStyle(one, "::after");
  return parseFloat(width) < least || parseFloat(height) < least;
}).map((one) => one.id)"""
SIZES = """() => ["body", ".meta", "h1"].map(
  (one) => parseFloat(getComputedStyle(document.querySelector(one)).fontSize))"""
UNSEEN = """() => {
  const seen = (one, pseudo) => getComputedStyle(one, pseudo);
  const paper = seen(document.documentElement).backgroundColor;
  return [...document.querySelectorAll(".sn, .mn, .ref, .theme button, .copy, .essay p, .anchor")].filter((one) =>
    seen(one).color === paper || seen(one).opacity === "0").map((one) => one.outerHTML.slice(0, 80));
}"""


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the texts are served."""
    folder = tmp_path_factory.mktemp("texts")
    with site(folder, lay_out(folder / "content")) as address:
        yield address


@pytest.fixture(scope="module")
def text_page(browser: Browser, texts: str) -> Iterator[Page]:
    """One window over them for the tests that only look."""
    with opener(browser, texts) as open_page:
        yield open_page(bypass_csp=True)


@pytest.fixture
def new_text_page(browser: Browser, texts: str) -> Iterator[Open]:
    """Open an empty window over them."""
    with opener(browser, texts) as open_page:
        yield open_page


def show(page: Page, name: str, width: int) -> None:
    """Show a text in a window of a width, its fonts and pictures there."""
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(TEXTS.get(name, name))
    page.evaluate("document.fonts.ready")


def touching(one: list[Any], other: list[Any]) -> bool:
    """Say whether two boxes share more than a hair of room."""
    return min(one[3], other[3]) - max(one[1], other[1]) > 1 and min(one[4], other[4]) - max(one[2], other[2]) > 1


@pytest.mark.parametrize("name", [*TEXTS, "/", "/texts", "/blank", "/archive", "/search?q=note"])
def test_no_width_of_a_window_is_too_small_for_it(text_page: Page, name: str) -> None:
    for width in WIDTHS:
        show(text_page, name, width)
        assert text_page.evaluate("document.documentElement.scrollWidth") == width, text_page.evaluate(TOO_WIDE)
        assert text_page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("width", [*WIDTHS, 1024])
@pytest.mark.parametrize("name", ["notes", "arabic", "tables", "code"])
def test_notes_stand_clear_of_each_other_and_of_everything(text_page: Page, name: str, width: int) -> None:
    show(text_page, name, width)
    boxes = text_page.evaluate(BOXES)
    assert len(boxes["notes"]) >= (NOTES_MADE if name == "notes" else 1) and len(boxes["others"]) > 3
    notes = sorted(boxes["notes"], key=lambda box: box[2])
    near = [(one, other) for i, one in enumerate(notes) for other in notes[i + 1 : i + 9]]
    others = [(one, other) for one in notes for other in boxes["others"]]
    assert [(one[0], other[0]) for one, other in near + others if touching(one, other)] == []


@pytest.mark.parametrize("media", ["screen", "print"])
def test_on_a_phone_and_on_paper_every_note_is_there(text_page: Page, media: str) -> None:
    show(text_page, "notes", 390)
    text_page.emulate_media(media=media)
    assert text_page.locator(".sn, .mn").count() >= NOTES_MADE
    assert text_page.evaluate(HIDDEN_NOTES) == []


def test_a_finger_finds_every_reference(text_page: Page) -> None:
    show(text_page, "notes", 390)
    assert text_page.evaluate(SMALL_TARGETS, TARGET_PX) == []


@pytest.mark.parametrize("width", [390, 1440])
def test_a_note_that_was_asked_for_is_marked(text_page: Page, width: int) -> None:
    show(text_page, "notes", width)
    text_page.goto(f"{TEXTS['notes']}#sn-40")
    colours = "one => [one, document.querySelector('#sn-41')].map((note) => getComputedStyle(note).backgroundColor)"
    marked, other = text_page.locator("#sn-40:target").evaluate(colours)
    assert marked != other == "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize("width", [768, 1440, 1920])
def test_a_line_of_polish_too_holds_sixty_to_sixty_eight_letters(text_page: Page, width: int) -> None:
    show(text_page, "polish", width)
    show(text_page, "polish", width)  # with its fonts
    lines = text_page.evaluate(LINES.replace(":not(:has(.sn, .mn))", ":not(:has(.sn, .mn, code))"))
    assert len(lines) >= 8
    assert 60 <= sum(lines) / len(lines) <= 68


@pytest.mark.parametrize("name", TEXTS)
def test_doubled_letters_still_fit(new_text_page: Open, name: str) -> None:
    page = new_text_page(1280)
    sizes = []
    for standard in (16, 32):
        page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": standard}})
        page.goto(TEXTS[name])
        sizes.append(page.evaluate(SIZES))
        assert page.evaluate("document.documentElement.scrollWidth") == 1280, page.evaluate(TOO_WIDE)
    assert sizes[1] == pytest.approx([2 * size for size in sizes[0]], rel=0.01)


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("name", ["notes", "polish", "arabic", "code", "formulas"])
def test_nothing_moves_when_the_fonts_are_late(new_text_page: Open, name: str, width: int) -> None:
    page = new_text_page(width)
    page.add_init_script(WATCH)
    late: list[Route] = []
    page.route("**/*.woff2*", lambda route: late.append(route))
    with page.expect_request("**/*.woff2*"):
        page.goto(TEXTS[name], wait_until="domcontentloaded")
    page.wait_for_timeout(LATE_MS)
    page.route("**/*.woff2*", lambda route: route.continue_())  # what is asked for from now on
    release(late)
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    assert page.evaluate("shift") < LARGEST_SHIFT


def test_polish_is_set_in_one_face(text_page: Page) -> None:
    for _ in range(2):  # fonts are used when they are there at the first paint: the second visit has them for sure
        show(text_page, "polish", 1440)
    client = text_page.context.new_cdp_session(text_page)
    client.send("DOM.enable")
    client.send("CSS.enable")
    root = client.send("DOM.getDocument")["root"]["nodeId"]
    for selector in ("h1", ".lede", ".essay > p", ".essay em", ".essay strong", ".end", ".colophon p"):
        node = client.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
        fonts = client.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        assert {font["familyName"] for font in fonts} == {"EB Garamond"}, selector
    assert "Set in EB Garamond" in text_page.locator(".colophon").inner_text()


def test_arabic_runs_from_the_right_with_its_notes_on_the_left(text_page: Page) -> None:
    show(text_page, "arabic", 1440)
    text, note = (text_page.locator(one).first.bounding_box() for one in (".essay > p", ".sn"))
    assert text and note and note["x"] + note["width"] < text["x"]
    items = [item.bounding_box() for item in text_page.locator(".meta > *").all()]
    assert [box["x"] for box in items if box] == sorted((box["x"] for box in items if box), reverse=True)
    assert "Set in" not in text_page.locator(".colophon").inner_text()  # it is in the reader's own


def test_code_and_tables_scroll_within_themselves_and_a_keyboard_can_do_it(text_page: Page) -> None:
    for name, frame in (("code", ".code pre"), ("tables", ".table >> nth=1"), ("formulas", ".math >> nth=1")):
        show(text_page, name, 390)
        scroller = text_page.locator(frame).first
        assert scroller.evaluate("one => one.scrollWidth > one.clientWidth")
        scroller.focus()
        assert scroller.evaluate("one => document.activeElement === one")
        text_page.keyboard.press("ArrowRight")
        text_page.wait_for_function("one => one.scrollLeft > 0", arg=scroller.element_handle())
        assert text_page.evaluate("scrollX") == 0


def test_in_forced_colours_all_of_it_can_be_seen(new_text_page: Open) -> None:
    page = new_text_page(1440, forced_colors="active")
    for name in ("notes", "code"):
        page.goto(f"{TEXTS[name]}#sn-1")
        page.wait_for_load_state("load")
        assert page.evaluate(UNSEEN) == []
    end = "getComputedStyle(document.querySelector('.essay > p:last-child'), '::after').backgroundColor"
    assert page.evaluate(end) == page.evaluate("getComputedStyle(document.body).color")
    assert page.locator(".sn:target").evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    page.keyboard.press("Tab")
    assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
