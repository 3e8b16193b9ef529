"""What every kind of page keeps to, as a browser sees it: its own site, its own width, still while it loads."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from itertools import product

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from browser.conftest import Open, opener
from browser.kinds import ESSAY, KINDS

pytestmark = pytest.mark.needs("chromium")

LARGEST_SHIFT = 0.01
OUR_FACES = {"ET Book", "EB Garamond", "JetBrains Mono"}

WATCH = """
window.shift = 0;
window.refused = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
  window.refused.push(`${violatedDirective} ${blockedURI}`);
});
"""
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
READ = """async () => {
  for (let y = 0; y <= document.body.scrollHeight; y += innerHeight) {
    scrollTo(0, y);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }
  await Promise.all([...document.images].map((image) => image.decode().catch(() => window.refused.push(image.src))));
}"""  # to the end, until every picture is there
TOPS = (
    """() => [...document.querySelectorAll(".strip .tile")].map((one) => Math.round(one.getBoundingClientRect().top))"""
)
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5)
  .filter((one) => !one.closest("pre, .table, .math, .sheet, .hush, .skip"))
  .map((one) => one.outerHTML.slice(0, 120))"""


DOTS = ".meta *, .meta { color: #fff0 !important; text-decoration: none !important } "
DOTS += ".meta > ::before, .meta > ::after { color: #f00 !important }"
FACTS = """(line) => {
  const tops = [...line.children].map((fact) => Math.round(fact.getBoundingClientRect().top));
  return [...new Set(tops)].map((top) => tops.filter((one) => one === top).length);
}"""  # how many stand on each line


@dataclass(frozen=True)
class Visit:
    """What came of reading a page to its end, its fonts coming late: addresses, and words in the order they came."""

    kind: str
    status: int
    asked: list[str]
    heard: list[str]  # in the console
    refused: list[str]  # by the policy that the page was sent with, and pictures that are none
    shift: float


@pytest.fixture(scope="module", params=[(kind, width) for kind in KINDS for width in (1440, 390)], ids=str)
def visit(request: pytest.FixtureRequest, browser: Browser, address: str) -> Visit:
    """Visit every kind of page, wide and narrow, each as somebody who has never been here."""
    kind, width = request.param
    with opener(browser, address) as new_page:
        return read(new_page(width), kind)


def read(page: Page, kind: str) -> Visit:
    heard: list[str] = []
    asked: list[str] = []
    late: list[Route] = []
    page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("requestfailed", lambda request: heard.append(f"failed: {request.url}"))
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(WATCH)
    page.route("**/*.woff2*", lambda route: late.append(route))
    answer = page.goto(KINDS[kind], wait_until="domcontentloaded")
    page.evaluate(PAINTED)
    page.route("**/*.woff2*", lambda route: route.continue_())  # what is asked for from now on
    release(late)
    page.wait_for_load_state("load")
    page.evaluate(READ)
    page.evaluate("document.fonts.ready.then(() => undefined)")
    page.evaluate(PAINTED)
    assert answer
    return Visit(kind, answer.status, asked, heard, page.evaluate("refused"), page.evaluate("shift"))


def release(late: list[Route]) -> None:
    """Let held requests go on their way."""
    while late:
        late.pop().continue_()


def test_it_asks_nobody_else(visit: Visit, address: str) -> None:
    assert [url for url in visit.asked if not url.startswith(address + "/")] == []


def test_nothing_is_refused_and_the_console_is_silent(visit: Visit) -> None:
    assert visit.status == (int(visit.kind) if visit.kind.isdigit() else 200)
    assert visit.refused == []
    # a browser says in its console that the page itself is missing: that is all it may say
    assert [words for words in visit.heard if not (visit.kind.isdigit() and f" {visit.kind} (" in words)] == []


def test_nothing_moves_while_it_loads(visit: Visit) -> None:
    assert visit.shift < LARGEST_SHIFT


@pytest.mark.parametrize("kind", KINDS)
def test_it_fits_a_window_of_320(same_page: Page, kind: str) -> None:
    page = same_page
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(KINDS[kind])
    assert page.evaluate("document.documentElement.scrollWidth") == 320, page.evaluate(TOO_WIDE)
    assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("kind", ["essay", "photo", "gallery"])
def test_a_dot_stands_between_two_facts_and_at_no_end_of_a_line(new_page: Open, kind: str, direction: str) -> None:
    page = new_page(320, bypass_csp=True)
    page.goto(KINDS[kind])
    page.evaluate("(direction) => { document.documentElement.dir = direction }", direction)
    page.add_style_tag(content=DOTS)
    meta = page.locator(".meta").first
    lines = meta.evaluate(FACTS)
    assert len(lines) > 1
    with Image.open(BytesIO(meta.screenshot())) as seen:
        assert dots(seen) == sum(lines) - len(lines)


def dots(seen: Image.Image) -> int:
    """Count the red spots."""
    wide, red = seen.convert("RGB"), set()
    for x, y in product(range(wide.width), range(wide.height)):
        r, g, _ = wide.getpixel((x, y))  # type: ignore[misc]
        red |= {(x, y)} if r - g > 40 else set()
    found = 0
    while red:
        found, near = found + 1, [red.pop()]
        for x, y in near:
            beside = {(x + i, y + j) for i, j in product((-1, 0, 1), repeat=2)} & red
            near += beside
            red -= beside
    return found


def test_the_strip_of_photographs_has_whole_rows(same_page: Page) -> None:
    for width in (320, 390, 430, 540, 639, 640, 768, 991, 992, 1440):
        same_page.set_viewport_size({"width": width, "height": 900})
        same_page.goto("/")
        tops = same_page.evaluate(TOPS)
        assert sorted(tops.count(top) for top in set(tops)) in ([3, 3], [6]), width


def test_the_letters_are_ours(new_page: Open) -> None:
    page = new_page()
    page.goto(ESSAY)  # fonts are used when they are there at the first paint: the second visit has them for sure
    page.evaluate("document.fonts.ready")
    page.goto(ESSAY)
    client = page.context.new_cdp_session(page)
    client.send("DOM.enable")
    client.send("CSS.enable")
    root = client.send("DOM.getDocument")["root"]["nodeId"]
    used = set()
    for selector in ("h1", ".lede", ".essay > p", ".essay em", ".essay pre code", "th", ".meta"):
        node = client.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
        used |= {
            (face["familyName"], face["isCustomFont"])
            for face in client.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        }
    assert {ours for _, ours in used} == {True}, used
    assert page.evaluate("[...document.fonts].filter((face) => face.status === 'error').length") == 0
    loaded = page.evaluate("[...document.fonts].filter((face) => face.status === 'loaded').map((face) => face.family)")
    assert {name.strip('"') for name in loaded} <= OUR_FACES


def test_a_reader_who_doubles_the_letters_gets_them_doubled(new_page: Open) -> None:
    sizes = []
    for standard in (16, 32):
        page = new_page(390)
        page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": standard}})
        page.goto(ESSAY)
        sizes.append([page.evaluate(f"parseFloat(getComputedStyle(document.querySelector('{one}')).fontSize)")
                      for one in ("body", ".sn", ".meta")])  # fmt: skip
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert sizes[1] == pytest.approx([2 * size for size in sizes[0]], rel=0.01)


def test_the_chosen_colours_hold_on_every_page_and_follow_the_system_again(new_page: Open) -> None:
    page = new_page(color_scheme="light")
    page.goto("/")
    light = paper(page)
    page.get_by_role("button", name="Dark").click()
    dark = paper(page)
    assert dark != light
    page.reload()
    assert paper(page) == dark
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    page.goto(ESSAY)
    assert paper(page) == dark
    assert around(page) == ["#15130f"]
    page.get_by_role("button", name="Auto").click()
    assert paper(page) == light
    assert around(page) == ["#fffdf6"]
    page.emulate_media(color_scheme="dark")
    assert paper(page) == dark


def around(page: Page) -> list[str]:
    """Return the colours that the page wants around it now: of the browser's own bars."""
    metas = page.locator("meta[name=theme-color]")
    return list(metas.evaluate_all("all => all.filter((m) => matchMedia(m.media).matches).map((m) => m.content)"))


def paper(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
