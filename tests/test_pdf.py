"""A page as a typeset PDF: its fonts, its notes, its structure, what it may read, and the same bytes every time."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
import tools
from conftest import Clock, running
from PIL import Image
from serving import ROOT

from folio import pdf
from folio.assets import Assets
from folio.config import Author, Config, Pdf, load
from folio.content import Page
from folio.dates import Date
from folio.errors import Unavailable
from folio.markdown import parse, render
from folio.markdown.document import Passage, Reference
from folio.templates import environment
from folio.templates import render as print_template

CONFIG = Config(base_url="https://site.example", title="Notes from a Harbour", author=Author("Ada Winter"))
PAGE = Page(
    path="essays/tides.md",
    url="/essays/tides",
    title="On Tides & Time",
    section="essays",
    date=Date(2026, 6, 11),
    updated=Date(2026, 7, 1),
    tags=("sea", "moon"),
    description="Why the harbour empties.",
)
ESSAY = """
The tide went out.[^1] It will be back, and the *boats* know it.

[^1]: Twice a day, give or take.

## Springs and neaps

```python
def tide(hour): return abs(hour)
```

| Port | Range |
|------|------:|
| Home | 4.2   |
"""
OUR_FACES = re.compile("ET-Book|Garamond|JetBrains-Mono|STIX")
needs_pango = pytest.mark.needs("pango")


def sheet_of(text: str, page: Page = PAGE, config: Config = CONFIG, *files: tuple[str, str]) -> pdf.Sheet:
    document = parse(text)
    html = render(document, lambda target, kind: Reference(target), "foot")
    return pdf.sheet(page, html.text, document.summary, config, files)


def printed(sheet: pdf.Sheet) -> str:
    return print_template(environment(Assets()), "pdf.html", sheet=sheet)


def made(sheet: pdf.Sheet) -> bytes:
    return pdf.make(printed(sheet), sheet.canonical, sheet.icon, sheet.files)


def says(program: str, made_pdf: bytes, folder: Path, *options: str) -> str:
    """Run a PDF tool on a PDF, and return what it says."""
    file = folder / "made.pdf"
    file.write_bytes(made_pdf)
    last = ("-",) if program == "pdftotext" else ()
    command = [tools.find(program), *options, str(file), *last]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def opened(made_pdf: bytes, folder: Path) -> str:
    """Return a PDF as text, every stream of it unpacked."""
    (folder / "packed.pdf").write_bytes(made_pdf)
    command = [tools.find("qpdf"), "--qdf", "--object-streams=disable", str(folder / "packed.pdf"), "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode("latin-1")


@needs_pango
@pytest.mark.needs("pdffonts", "pdfinfo", "qpdf")
def test_a_page_becomes_a_sound_tagged_pdf_in_the_fonts_of_the_site(tmp_path: Path) -> None:
    made_pdf = made(sheet_of(ESSAY))
    fonts = [line.split() for line in says("pdffonts", made_pdf, tmp_path).splitlines()[2:]]
    names = {font[0].split("+")[1].rstrip(",") for font in fonts}
    assert names == {"ET-Book", "ET-Book,-Italic", "JetBrains-Mono"}
    assert all(font[-5:-2] == ["yes", "yes", "yes"] for font in fonts)  # embedded, subset, searchable
    about = dict(line.split(":", 1) for line in says("pdfinfo", made_pdf, tmp_path, "-isodates").splitlines())
    facts = {name: value.strip() for name, value in about.items()}
    assert facts["Title"] == "On Tides & Time"
    assert facts["Author"] == "Ada Winter"
    assert facts["Subject"] == "Why the harbour empties."
    assert facts["Keywords"] == "sea, moon"
    assert facts["CreationDate"] == "2026-06-11T00:00:00Z"
    assert facts["ModDate"] == "2026-07-01T00:00:00Z"
    assert facts["Tagged"] == "yes"
    assert "/Lang (en)" in opened(made_pdf, tmp_path)
    assert "No syntax or stream encoding errors" in says("qpdf", made_pdf, tmp_path, "--check")


@needs_pango
@pytest.mark.needs("pdfinfo")
def test_it_declares_the_accessibility_standard(tmp_path: Path) -> None:
    assert "<rdf:Description" in (metadata := says("pdfinfo", made(sheet_of("Words.")), tmp_path, "-meta"))
    assert 'pdfuaid:part="1"' in metadata


@needs_pango
def test_the_same_page_is_the_same_bytes_in_another_process_at_another_time(tmp_path: Path) -> None:
    sheet = sheet_of(ESSAY)
    (tmp_path / "printed.html").write_text(printed(sheet), encoding="utf-8")
    (tmp_path / "icon.svg").write_text(sheet.icon, encoding="utf-8")
    code = (
        "import pathlib, sys; from folio import pdf; here = pathlib.Path(sys.argv[1])\n"
        "read = lambda name: (here / name).read_text(encoding='utf-8')\n"
        "(here / 'other.pdf').write_bytes(pdf.make(read('printed.html'), sys.argv[2], read('icon.svg')))"
    )
    environ = {"PATH": "", "HOME": str(tmp_path), "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", code, str(tmp_path), sheet.canonical]
    subprocess.run(command, cwd=ROOT, env=environ, check=True)
    assert (tmp_path / "other.pdf").read_bytes() == made(sheet)


@needs_pango
@pytest.mark.needs("pdftotext")
def test_notes_stand_at_the_foot_of_the_page_that_cites_them(tmp_path: Path) -> None:
    notes = "[^a]: Long note.\n\n    - a list\n\n    with an end[^b]\n\n[^b]: Nested.\n\n"
    text = f"One[^a] two^[Short.] again[^a].\n\n{notes}"
    page = says("pdftotext", made(sheet_of(text)), tmp_path, "-layout")
    lines = [line.split() for line in page.splitlines() if line.strip()]
    foot = [line for line in lines if line[0] in ("1", "2", "3")]
    assert foot == [["1", "Long", "note."], ["2", "Nested."], ["3", "Short."]]
    whole = page[page.index("Long note.") : page.index("Short.")]
    assert "\n\n" not in whole  # no empty line between the blocks of a note


@needs_pango
@pytest.mark.needs("pdftotext", "pdffonts")
@pytest.mark.parametrize("note", ["^[Short.]", "[^a]"])
def test_the_number_of_a_note_never_begins_a_line(tmp_path: Path, note: str) -> None:
    ends = "\n\n".join(f"{'i' * width} {'words ' * 9}words.{note}" for width in range(1, 11))
    made_pdf = made(sheet_of(f"First[^a].\n\n{ends}\n\n[^a]: Long."))
    page = says("pdftotext", made_pdf, tmp_path, "-l", "1", "-layout")  # whose own number is not shown
    assert [line for line in page.splitlines() if line.strip().isdigit()] == []
    assert "words" in page
    faces = [line.split()[0] for line in says("pdffonts", made_pdf, tmp_path).splitlines()[2:]]
    assert [face for face in faces if "ET-Book" not in face] == []


@needs_pango
@pytest.mark.needs("pdftotext")
def test_no_row_of_a_table_stands_alone_on_a_page(tmp_path: Path) -> None:
    def rows(count: int, page: int) -> int:
        table = "| a | b |\n|---|---|\n" + "".join(f"| row{n} | x |\n" for n in range(count))
        on_page = str(page)
        return says("pdftotext", made(sheet_of(table)), tmp_path, "-f", on_page, "-l", on_page).count("row")

    fit = rows(60, 1)
    assert 10 < fit < 60
    assert (rows(fit + 1, 1), rows(fit + 1, 2)) == (fit - 1, 2)


@needs_pango
@pytest.mark.needs("pdftotext")
def test_running_heads_and_page_numbers_begin_on_the_second_page(tmp_path: Path) -> None:
    made_pdf = made(sheet_of("\n\n".join(["A paragraph about the sea. " * 20] * 30)))
    first, second, third = (
        says("pdftotext", made_pdf, tmp_path, "-layout", "-f", n, "-l", n).strip().splitlines() for n in "123"
    )
    assert first[0].strip() == "On Tides & Time"
    assert not first[-1].strip("\f ").isdigit()
    assert second[0].strip() == "Ada Winter"
    assert second[-1].strip("\f ") == "2"
    assert third[0].strip() == "On Tides & Time"
    assert third[-1].strip("\f ") == "3"


@needs_pango
@pytest.mark.needs("pdftotext")
def test_the_colophon_tells_where_it_is_from(tmp_path: Path) -> None:
    text = says("pdftotext", made(sheet_of("Words.")), tmp_path)
    assert "From site.example/essays/tides, 11 June 2026." in text


@needs_pango
@pytest.mark.needs("pdfinfo")
@pytest.mark.parametrize(
    ("paper", "points"), [("A4", "595.276 x 841.89"), ("Letter", "612 x 792"), ("A5", "419.528 x 595")]
)
def test_every_paper_is_its_own_size(tmp_path: Path, paper: str, points: str) -> None:
    sheet = sheet_of("Words.", config=replace(CONFIG, pdf=Pdf(paper=paper)))
    assert f"Page size:       {points}" in says("pdfinfo", made(sheet), tmp_path)


@needs_pango
@pytest.mark.needs("pdftotext", "pdffonts")
def test_letters_that_the_book_face_lacks_are_set_in_a_font_of_ours(tmp_path: Path) -> None:
    made_pdf = made(sheet_of("Čapek, łódź, Ελλάδα, Москва."))
    assert "Čapek, łódź, Ελλάδα, Москва." in says("pdftotext", made_pdf, tmp_path)
    fonts = says("pdffonts", made_pdf, tmp_path)
    assert all(f"Garamond-{name}" in fonts for name in ("Latin-Extended", "Greek", "Cyrillic"))


@needs_pango
@pytest.mark.needs("pdffonts")
def test_an_arrow_in_the_text_is_set_in_a_font_of_ours(tmp_path: Path) -> None:
    faces = says("pdffonts", made(sheet_of("Harbour → loft, and *x* ≤ *y*.")), tmp_path).splitlines()[2:]
    assert [face for face in faces if not re.search("ET-Book|Garamond|STIX", face)] == []


def test_fonts_are_asked_for_only_by_pages_that_need_them() -> None:
    def names(html: str) -> list[str]:
        return [url.removeprefix("/static/pdf/").split("?v=")[0] for url in pdf.style_sheets(html)]

    assert names("<p>Naïve “words” — 2026…</p>") == ["pdf.css"]
    assert names("<p>&#x10d; is č</p>") == ["pdf.css", "fonts-scripts.css"]
    assert names("<code>x</code>") == ["pdf.css", "fonts-code.css"]
    assert names("<math><mi>x</mi></math>") == ["pdf.css", "fonts-math.css"]


def photograph(folder: Path) -> str:
    file = folder / "photo.jpg"
    Image.new("RGB", (400, 300), "#336677").save(file)
    return str(file)


@needs_pango
@pytest.mark.needs("pdfimages")
def test_a_picture_that_was_given_is_in_the_pdf_and_no_other(tmp_path: Path) -> None:
    secret = photograph(tmp_path)
    given = ("/images/960/abc/essays/caf%C3%A9.jpg", secret)
    targets = [
        given[0],
        "https://site.example" + given[0],
        f"file://{secret}",
        "https://elsewhere.example" + given[0],
        "http://127.0.0.1:9/x.png",
        "/static/../LICENSE",
        "/essays/other.jpg",
    ]
    text = "\n\n".join(f"![a picture]({target})" for target in targets)
    listed = says("pdfimages", made(sheet_of(text, PAGE, CONFIG, given)), tmp_path, "-list").splitlines()[2:]
    assert len({line.split()[10] for line in listed}) == 1  # one object, drawn twice


@needs_pango
@pytest.mark.needs("pdfimages")
def test_a_picture_is_as_wide_as_the_author_asked(tmp_path: Path) -> None:
    text = "![a|100](/a.jpg)\n\n![a|50](/a.jpg)"
    made_pdf = made(sheet_of(text, PAGE, CONFIG, ("/a.jpg", photograph(tmp_path))))
    listed = [line.split() for line in says("pdfimages", made_pdf, tmp_path, "-list").splitlines()[2:]]
    assert [round(int(one[3]) / int(one[12]) * 96) for one in listed] == [100, 50]


@needs_pango
@pytest.mark.needs("pdftotext")
def test_the_notes_of_a_passage_are_lettered_and_the_pages_counted_on(tmp_path: Path) -> None:
    borrowed = parse("Words[^a] more^[Second.] again[^a].\n\n[^a]: First.")
    passage = Passage("Borrowed", "/b", borrowed, lambda target, kind: Reference(target))
    document = parse("One^[Of one.]\n\n![[b]]\n\nTwo^[Of two.]\n\n![[b]]\n\nThree^[Of three.]")
    html = render(document, lambda target, kind: Reference("/b", passage=passage), "foot")
    page = says("pdftotext", made(pdf.sheet(PAGE, html.text, "", CONFIG, ())), tmp_path, "-layout")
    lines = [line.split() for line in page.splitlines() if line.rstrip().endswith(".") and "Words" not in line]
    notes = [" ".join(line) for line in lines if len(line[0]) == 1]
    assert notes == ["1 Of one.", "a First.", "b Second.", "2 Of two.", "a First.", "b Second.", "3 Of three."]


@needs_pango
@pytest.mark.needs("pdfimages")
def test_a_picture_that_has_gone_or_is_broken_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "torn.jpg").write_bytes(Path(photograph(tmp_path)).read_bytes()[:60])
    files = [("/a.jpg", str(tmp_path / "torn.jpg")), ("/b.jpg", str(tmp_path / "gone.jpg"))]
    made_pdf = made(sheet_of("![torn](/a.jpg)\n\n![gone](/b.jpg)\n\nWords.", PAGE, CONFIG, *files))
    assert len(says("pdfimages", made_pdf, tmp_path, "-list").splitlines()) == 2


@needs_pango
@pytest.mark.needs("qpdf")
def test_nothing_is_attached(tmp_path: Path) -> None:
    secret = ("/secret.txt", photograph(tmp_path))
    text = '<link rel="attachment" href="/secret.txt"><a rel="attachment" href="/secret.txt">x</a>\n'
    assert "EmbeddedFile" not in opened(made(sheet_of(text, PAGE, CONFIG, secret)), tmp_path)


@needs_pango
@pytest.mark.needs("qpdf")
def test_an_address_in_the_text_becomes_absolute(tmp_path: Path) -> None:
    text = opened(made(sheet_of("[there](/essays/moon) and [here](#up)\n\n## Up")), tmp_path)
    assert "(https://site.example/essays/moon)" in text
    assert "/Dest (up)" in text


def test_the_key_changes_with_everything_that_shows() -> None:
    sheet = sheet_of(ESSAY)
    other = [
        sheet_of(ESSAY + "More."),
        sheet_of(ESSAY, PAGE._replace(title="Other")),
        sheet_of(ESSAY, PAGE._replace(section="poems"), replace(CONFIG, accent="ocean")),
        sheet_of(ESSAY, config=replace(CONFIG, pdf=Pdf("A5"))),
        sheet_of(ESSAY, PAGE, CONFIG, ("/images/960/v2/x.jpg", "/x")),
    ]
    keys = {pdf.key(printed(one), one) for one in [sheet, *other]}
    assert len(keys) == 6
    assert pdf.key(printed(sheet), sheet) == pdf.key(printed(sheet_of(ESSAY)), sheet_of(ESSAY))


def test_titles_and_names_cannot_break_out_of_the_template() -> None:
    hostile = '"><script>alert(1)</script>'
    page = PAGE._replace(title=hostile, author=hostile, tags=(hostile,), description=hostile)
    assert "<script" not in printed(sheet_of("Words.", page))


BROKEN = """
import sys
from folio import pdf
from folio.errors import Unavailable
class Refuser:
    def find_spec(self, name, path=None, target=None):
        if name == "weasyprint.text.ffi":
            print("----- a banner -----")
            raise OSError("cannot load library 'pangoft2-1.0-0'")
sys.meta_path.insert(0, Refuser())
try:
    pdf.make("<p>Words", "https://site.example/", "<svg/>")
except Unavailable as error:
    print(f"{error} | {error.remedy}", file=sys.stderr)
"""


def test_without_pango_it_says_what_to_install_and_prints_nothing() -> None:
    run = subprocess.run([sys.executable, "-c", BROKEN], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == ""
    assert run.stderr.startswith("PDF needs Pango (cannot load library 'pangoft2-1.0-0')")
    assert run.stderr.endswith(" | apt install libpangoft2-1.0-0 libharfbuzz-subset0\n")


def test_what_is_missing_is_named_without_loading_it() -> None:
    heavy = "print([name for name in ('weasyprint', 'PIL', 'fontTools') if name in sys.modules])"
    code = f"import sys; from folio import pdf; print(pdf.missing()); {heavy}"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"
    if tools.have("pango"):
        assert run.stdout == "\n[]\n"
    else:
        assert run.stdout.startswith("PDF needs ")


def test_unavailable_survives_the_way_from_a_worker() -> None:
    error = pickle.loads(pickle.dumps(Unavailable("PDF needs Pango", pdf.REMEDY)))
    assert (str(error), error.remedy) == ("PDF needs Pango", pdf.REMEDY)


@pytest.mark.soak
@needs_pango
@pytest.mark.needs("pdffonts", "pdfinfo", "qpdf")
async def test_every_page_of_a_site_is_a_sound_pdf_the_same_from_two_engines(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """The demonstration, and the folder that FOLIO_TEST_CORPUS names: ten of its texts from all over it."""
    for folder in filter(None, (ROOT / "content", os.environ.get("FOLIO_TEST_CORPUS"))):
        settings = load({"content": folder}, environ={})
        settings = replace(settings, limits=replace(settings.limits, make_seconds=300))  # on a machine that is busy
        twins = [replace(settings, cache=tmp_path / name, state=tmp_path / name) for name in ("one", "other")]
        async with running(twins[0], Clock()) as one, running(twins[1], Clock()) as other:
            pages = [
                page for page in one.press.site.public if page.url not in one.press.site.sections
            ]  # those are books
            chosen = pages if folder == ROOT / "content" else pages[:: len(pages) // 10]
            for page in chosen:
                path = f"{quote(page.url)}.pdf"
                answers = [await site.get(path) for site in (one, other)]
                assert [answer.status_code for answer in answers] == [200, 200], path
                bodies = [answer.content for answer in answers]
                assert bodies[0] == bodies[1], page.url
                _assert_sound(page, bodies[0], tmp_path)
        figure(f"{len(chosen)} PDFs of {Path(folder).name}: sound, and the same twice")


def _assert_sound(page: Page, body: bytes, folder: Path) -> None:
    about = dict(line.split(":", 1) for line in says("pdfinfo", body, folder).splitlines())
    assert (about["Tagged"].strip(), about["Title"].strip()) == ("yes", page.title), page.url
    faces = says("pdffonts", body, folder).splitlines()[2:]
    assert faces, page.url
    assert [face for face in faces if face.split()[-5] != "yes" or not OUR_FACES.search(face)] == [], page.url
    assert "No syntax or stream encoding errors" in says("qpdf", body, folder, "--check"), page.url
