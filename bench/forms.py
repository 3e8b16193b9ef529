"""What do a card and a PDF cost once their worker is warm, beside WeasyPrint alone?

`python -m bench.forms FILE.png` draws the cards on one sheet, to look at them.
"""

from __future__ import annotations

import gc
import io
import sys
import time
from pathlib import Path

from bench.harness import Table, middle
from folio import cards, config, dates, markdown, pdf, references, site, templates
from folio.assets import Assets
from folio.cards import Card
from folio.content import Page
from folio.snapshot import Site

WORDS = 2_500  # of the page for the PDF
PASSES = 9
EXCERPT = "A page is a letter to somebody you have not met, and the margin is where they may write back. " * 3
ASIDES = "A title of the kind that nobody should write and somebody always does, with asides and clauses, and more"
TITLES = (
    "Cats", "I", "Ὁ", "2013", "?!…", "—", '"Straight" quotes and \'single\' ones, don\'t you think?',
    "On reading slowly, writing plainly, and leaving the rest of the page for the reader’s hand",
    "The quiet pleasures of a wide margin in a small book", f"{ASIDES}; {ASIDES}"[:200], "x" * 200, "W" * 30,
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "CAPITALS EVERYWHERE IN A TITLE OF SOME LENGTH", "fjord, file, flight, affix, office",
    "a/b/c/d/e/f/g/very-long-path/with-many-parts/and/more-parts/to/come", "C++ & <script>alert(1)</script>",
    "E = mc² and a² + b² ≤ c²; ½ → ⅓", "Year 2026: №5, §3, ™, ©, €100", "Dvořák’s Čardáš and Łódź’s looms",
    "Þórður í Öræfum", "İstanbul’da çay", "Tiếng Việt và cà phê", "Περὶ τῆς ἀρετῆς", "Το καλοκαίρι στο νησί",
    "Записки из деревни", "Ёлка, їжак і ґанок", "Cats 🐈 and dogs 🐕", "👩‍👩‍👧‍👦🏳️‍🌈",
    "漢字 and Latin together in one title",
    "日本語のタイトル", "中文标题", "한국어 제목", "كتابة على الرمل", "שיר השירים", "हिन्दी में एक निबंध", "ภาษาไทย",
    "Հայերեն տիտղոս", "ქართული ენა", "አማርኛ",
)  # fmt: skip


def measure(content: Path) -> Table:
    """Draw a card of every title, and make a PDF of 2,500 words with the engine and with WeasyPrint alone."""
    snapshot = site.load(config.load({"content": content}, environ={}), dates.now, time.time())
    cards.draw(_card(TITLES[0]))
    drawn = [_seconds(lambda title=title: cards.draw(_card(title))) for title in TITLES]  # type: ignore[misc]
    rows = (("a card", _ms(middle(drawn)), f"{_ms(max(drawn))} at most"), *_pdf(snapshot))
    sizes = max(len(cards.draw(_card(title))) for title in TITLES)
    notes = (
        f"CPU, in one process that has made one before. {len(TITLES)} titles of one letter to 200 and twelve scripts; "
        f"the largest card has {sizes / 1000:.0f} KB. The PDF is of {WORDS:,} words of the content's own pages: the "
        f"least of {PASSES} times of each in turn, and the middle of their ratios, promised to stay at most 1.15."
    )
    return Table("Forms", ("", "CPU", ""), rows, notes)


def _pdf(snapshot: Site) -> tuple[tuple[str, ...], ...]:
    """Measure the engine and WeasyPrint alone in turn, since the machine's speed may vary."""
    printed, sheet = _printed(snapshot)
    weasyprint = pdf._weasyprint()

    def ours() -> object:
        return pdf.make(printed, sheet.canonical, sheet.icon)

    def bare() -> object:
        fetcher = pdf._fetcher(weasyprint, sheet.canonical, {pdf.ICON: sheet.icon.encode()})
        html = weasyprint.HTML(string=printed, base_url=sheet.canonical, url_fetcher=fetcher)
        return html.write_pdf(pdf_variant="pdf/ua-1")

    ours(), bare()
    pairs = [(_seconds(ours), _seconds(bare)) for _ in range(PASSES)]
    engine, alone = (min(pair[n] for pair in pairs) for n in (0, 1))
    ratio = middle([one / other for one, other in pairs])
    return ("a PDF", _ms(engine), f"{ratio:.2f} × WeasyPrint"), ("WeasyPrint alone", _ms(alone), "")


def _printed(snapshot: Site) -> tuple[str, pdf.Sheet]:
    """Return the HTML of a page of WORDS words from the content's posts, and its Sheet."""
    words = [word for page in snapshot.posts for word in markdown.parse(page.body.text).text.split()]
    many = (words * (WORDS // max(1, len(words)) + 1))[:WORDS]
    body = "\n\n".join(" ".join(many[n : n + 90]) for n in range(0, WORDS, 90))
    page = Page(path="long.md", url="/long", title="A long page")
    html = markdown.render(markdown.parse(body), references.resolver(snapshot, page.path, {}), "foot")
    sheet = pdf.sheet(page, html.text, "", snapshot.config)
    return templates.render(templates.environment(Assets()), "pdf.html", sheet=sheet), sheet


def _card(title: str) -> Card:
    return Card(title, "A small site", "Ada Example", "11 June 2026", "12 min", EXCERPT, "ocean")


def _seconds(work: object) -> float:
    """Return the CPU time of a function, without the collection of garbage left from before."""
    gc.collect()
    before = time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - before


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def sheet_of_cards(file: Path) -> None:
    """Draw every card on one sheet, four in a row, at a third of their size."""
    from PIL import Image

    width, height, gap = cards.WIDTH // 3, cards.HEIGHT // 3, 10
    sheet = Image.new("RGB", (4 * (width + gap) + gap, -(-len(TITLES) // 4) * (height + gap) + gap), "#888")
    for n, title in enumerate(TITLES):
        with Image.open(io.BytesIO(cards.draw(_card(title)))) as card:
            at = gap + n % 4 * (width + gap), gap + n // 4 * (height + gap)
            sheet.paste(card.convert("RGB").resize((width, height)), at)
    sheet.save(file)


if __name__ == "__main__":
    sheet_of_cards(Path(sys.argv[1]))
