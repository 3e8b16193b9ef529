"""Assets: what static/ holds, under names that change with the bytes; the style sheet whole and within its budget."""

from __future__ import annotations

import itertools
import re
from io import BytesIO
from pathlib import Path

import brotli
import pytest
from fontTools.ttLib import TTFont

from folio.answers import FOR_EVER
from folio.assets import STATIC, Assets, tidy
from folio.errors import NotFound
from folio.images import Facts, tone_class
from folio.records import BROTLI_QUALITY
from folio.templates import everyday

LAYERS = ["reset", "tokens", "base", "layout", "components", "prose", "utilities", "print"]


@pytest.fixture(scope="module")
def assets() -> Assets:
    return Assets()


@pytest.fixture(scope="module")
def sheet(assets: Assets) -> str:
    return assets.find("site.css").body.decode()


def test_a_url_changes_with_the_bytes_and_only_with_them(tmp_path: Path) -> None:
    script = tmp_path / "js" / "theme.js"
    script.parent.mkdir()
    script.write_text("1")
    before = Assets(tmp_path).url("js/theme.js")
    assert re.fullmatch(r"/static/js/theme\.js\?v=[0-9a-f]{8}", before)
    assert Assets(tmp_path).url("js/theme.js") == before
    script.write_text("2")
    assert Assets(tmp_path).url("js/theme.js") != before


def test_an_unknown_name_is_refused_and_the_nearest_named(assets: Assets) -> None:
    with pytest.raises(NotFound, match=r"js/pgae\.js.*near: js/page\.js"):
        assets.url("js/pgae.js")


@pytest.mark.parametrize(
    "name", ["", "..", "../engine.py", "/etc/passwd", "css/../js/theme.js", "js", "fonts/make.py", "x" * 5000, "\0"]
)
def test_a_name_that_is_no_file_of_ours_is_not_found(assets: Assets, name: str) -> None:
    with pytest.raises(NotFound):
        assets.find(name)


def test_hidden_files_and_unknown_kinds_are_left_out(tmp_path: Path) -> None:
    for name in (".secret.txt", "notes.swp", "script.py", "kept.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config.txt").write_text("x")
    assert [file.name for file in Assets(tmp_path)] == ["kept.txt"]


def test_the_sheets_are_joined_in_the_order_of_their_imports(tmp_path: Path) -> None:
    css = tmp_path / "css"
    css.mkdir()
    (css / "site.css").write_text(
        '/* why */\n@layer a, b;\n@import url("b.css") layer(b);\n@import url("a.css") layer(a);\n'
    )
    (css / "a.css").write_text("  p { color: red; } /* not sent */\n\n")
    (css / "b.css").write_text('@font-face { src: url("../f.woff2"); }\n')
    (tmp_path / "f.woff2").write_bytes(b"font")
    (css / "own.css").write_text('.own { src: url("../f.woff2") }')
    assets = Assets(tmp_path)
    font = assets.url("f.woff2")
    assert assets.find("site.css").body.decode() == (
        '@layer a,b;\n@layer b{@font-face{src:url("' + font + '")}}\n@layer a{p{color:red}}'
    )
    assert assets.find("css/own.css").body.decode() == '.own{src:url("' + font + '")}'
    assert sorted(file.name for file in assets) == ["css/own.css", "f.woff2", "site.css"]


@pytest.mark.parametrize(
    ("css", "sent"),
    [
        ("a  >\n b + c ~ d { color : red ; }", "a>b + c~d{color :red}"),
        ("a { inline-size: calc(1em + 2px); margin: 0 auto; }", "a{inline-size:calc(1em + 2px);margin:0 auto}"),
        ("a { content: 'x  ; }'; b: \"/* { } */\"; }", "a{content:'x  ; }';b:\"/* { } */\"}"),
        ("a{background:url(x/*;y)}/* it's */b{c:d}", "a{background:url(x/*;y)}b{c:d}"),
        ("a/* */b :hover, p:is( .x ) {}", "a b :hover,p:is( .x ){}"),
        ("@media (width >= 62rem) { a { b: c; } }", "@media (width >= 62rem){a{b:c}}"),
        ("a { &:hover > b { c: d; } e: f; }", "a{&:hover>b{c:d}e:f}"),
    ],
)
def test_what_divides_nothing_is_not_sent(css: str, sent: str) -> None:
    assert tidy(css) == sent


@pytest.mark.parametrize("line", ['@import url("gone.css") layer(a);', 'p { background: url("gone.png"); }'])
def test_a_sheet_that_names_a_missing_file_is_found_at_start(tmp_path: Path, line: str) -> None:
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "site.css").write_text(line)
    with pytest.raises(NotFound, match=r"gone\."):
        Assets(tmp_path)


def test_every_sheet_is_imported_once_into_a_declared_layer_or_names_the_layers_itself() -> None:
    site = (STATIC / "css" / "site.css").read_text()
    imports = re.findall(r'@import url\("([a-z]+\.css)"\) layer\(([a-z]+)\);', site)
    order = f"@layer {', '.join(LAYERS)};"
    assert order in site
    positions = [LAYERS.index(layer) for _, layer in imports]
    assert positions == sorted(positions)
    names = [name for name, _ in imports]
    assert len(set(names)) == len(names)
    for path in (STATIC / "css").glob("*.css"):
        assert path.name in names or order in path.read_text(), path.name


def test_the_style_sheet_keeps_its_budget(assets: Assets, sheet: str) -> None:
    """8 KB on the wire with some 800 bytes of headers, for a text with code and formulas too."""
    asset = assets.find("site.css")
    packed = assets.answer(asset, FOR_EVER).variants
    packed_again = assets.answer(asset, FOR_EVER).variants
    assert packed["br"].is_slow
    assert packed["br"].body is packed_again["br"].body
    assert len(packed["br"].body) <= 7_200
    assert len(packed["gzip"].body) <= 8_192
    assert len(brotli.compress(sheet.encode(), quality=BROTLI_QUALITY)) > len(packed["br"].body)
    assert all(len(assets.find(f"css/{name}.css").body) <= 2_100 for name in ("graph", "matter", "results", "scripts"))


def test_the_style_sheet_reaches_for_nothing_outside(sheet: str) -> None:
    assert sheet.count("{") == sheet.count("}")
    assert "@import" not in sheet
    assert all(url.startswith("/static/fonts/") for url in re.findall(r'url\("?([^")]+)', sheet))


def test_every_tone_of_a_photograph_has_its_classes(sheet: str) -> None:
    greys = {tone_class(Facts(colour=f"#{level:02x}{level:02x}{level:02x}")) for level in range(256)}
    colours = {
        tone_class(Facts(colour=f"#{r:02x}{g:02x}{b:02x}"))
        for r, g, b in itertools.product(range(0, 256, 15), repeat=3)
    }
    assert len(greys) == 4
    assert len(greys | colours) == 28
    for name in {name for tone in greys | colours for name in tone.split()}:
        assert re.search(rf"\.{name}[\s,{{]", sheet)
    assert tone_class(Facts()) == ""


def test_a_script_can_be_read_in_one_sitting() -> None:
    assert all(path.read_text().count("\n") <= 60 for path in (STATIC / "js").iterdir())


def test_scripts_leave_without_the_comments_and_indents_that_are_for_us(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("// Why.\nif (1) {\n  go(`//x`); // on\n}\n\n")
    assert Assets(tmp_path).find("a.js").body == b"if (1) {\ngo(`//x`); // on\n}"


def test_the_licences_lie_beside_the_fonts(assets: Assets) -> None:
    names = [file.name for file in assets]
    for licence, font in (
        ("LICENSE-ET-Book.txt", "et-book-roman.woff2"),
        ("OFL-EB-Garamond.txt", "eb-garamond-latin.woff2"),
        ("OFL-JetBrains-Mono.txt", "jetbrains-mono-latin.woff2"),
        ("OFL-STIX-Two-Math.txt", "stix-two-math.woff2"),
    ):
        assert f"fonts/{licence}" in names
        assert assets.find(f"fonts/{font}").content_type == "font/woff2"


def test_the_font_of_formulas_knows_how_signs_grow_and_is_light(assets: Assets) -> None:
    body = assets.find("fonts/stix-two-math.woff2").body
    font = TTFont(BytesIO(body))
    assert len(body) <= 70_000
    assert set(map(ord, "∑∫√⌈⟨{→≤∈ℝ𝒪𝑥𝛼𝐯")) <= font.getBestCmap().keys()
    grows = font["MATH"].table.MathVariants.VertGlyphCoverage.glyphs
    assert {font.getBestCmap()[ord(sign)] for sign in "([{|⌈⌊⟨√∑∫"} <= set(grows)


def test_the_small_font_of_formulas_has_what_is_everyday_and_grows_it_as_the_whole_one_does(assets: Assets) -> None:
    body = assets.find("fonts/stix-everyday.woff2").body
    small, whole = (TTFont(BytesIO(one)) for one in (body, assets.find("fonts/stix-two-math.woff2").body))
    letters = {chr(code): chr(code - 0x3B1 + 0x1D6FC) for code in range(0x3B1, 0x3CA)}  # set in italics if alone
    letters |= dict(zip("ϵϑϰϕϱϖ", map(chr, range(0x1D716, 0x1D71C)), strict=True))
    known = {chr(code) for code in whole.getBestCmap()} | {chr(code) for code in range(0x2000, 0x2C00)}
    shown = {letters.get(sign, sign) for sign in known | letters.keys() if everyday(f"<math><mi>{sign}</mi></math>")}
    assert len(body) <= 30_000
    assert {ord(sign) for sign in shown if sign >= " "} <= small.getBestCmap().keys()
    for axis in ("Vert", "Horiz"):
        mine, all_ = (sizes(font, axis) for font in (small, whole))
        assert mine == {sign: count for sign, count in all_.items() if sign in small.getBestCmap()}


def sizes(font: TTFont, axis: str) -> dict[int, tuple[int, int]]:
    """Count the sizes and pieces of each sign that grows along an axis, by character."""
    table, signs = font["MATH"].table.MathVariants, {name: code for code, name in font.getBestCmap().items()}
    grown = getattr(table, f"{axis}GlyphCoverage").glyphs
    return {
        signs[name]: (
            len(made.MathGlyphVariantRecord),
            len(made.GlyphAssembly.PartRecords) if made.GlyphAssembly else 0,
        )
        for name, made in zip(grown, getattr(table, f"{axis}GlyphConstruction"), strict=True)
        if name in signs
    }


def test_the_font_of_code_holds_what_is_shown_and_no_more(assets: Assets) -> None:
    bodies = [assets.find(f"fonts/jetbrains-mono-{name}.woff2").body for name in ("latin", "semibold")]
    fonts = [TTFont(BytesIO(body)) for body in bodies]
    assert max(map(len, bodies)) <= 10_000
    assert [font["OS/2"].usWeightClass for font in fonts] == [400, 600]
    assert all(set(range(0x20, 0x7F)) <= font.getBestCmap().keys() for font in fonts)
    assert {width for font in fonts for width, _ in font["hmtx"].metrics.values()} <= {0, 600}
