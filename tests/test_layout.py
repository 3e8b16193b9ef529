"""The house keeps its shape: imports run one way, state has one place, engine.py only declares."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from folio import LATER

ROOT = Path(__file__).resolve().parent.parent

# Each room, and the rooms it may look into: only ones above it in this table. Packages count as one room.
LAYERS = """
errors
progress
collector
dates
slugs
inside
permalinks: dates slugs
config: errors inside permalinks
icons
sheets
conditions
descriptors
records: conditions
notations: errors
headers: errors notations
frontmatter: errors headers slugs
bodies
cache: config errors
findings: cache collector errors
redirects: errors inside slugs
assets: config errors records
templates: assets config dates icons sheets
workers: cache config errors progress
markdown: errors
watch
content: bodies dates errors
pages: content dates slugs
sprites: content icons
cascades: content errors frontmatter slugs
fields: cascades config content dates errors frontmatter pages permalinks slugs
heads: bodies cascades config content dates errors fields frontmatter markdown permalinks slugs
scan: content errors slugs
mediatypes: scan
labels: bodies config content errors fields frontmatter notations slugs
entries: cascades content errors labels
tree: cascades config content entries errors heads inside labels scan
readers: cache config entries errors tree workers
remembered: bodies cache collector config content entries errors heads tree
captions
exif: dates
pixels: captions errors exif
prints: errors exif pixels
strip: errors exif pixels
images: cache captions config content dates errors exif markdown pixels prints
factsbook: cache config content dates errors findings images
systemfonts:
typeset: config errors
cards: cache errors icons pixels typeset
favicons: cache cards
volumes
xhtml
pdf: cache config content errors icons progress volumes
epub: assets cache config errors progress templates volumes xhtml
bindery: errors progress
documents: cache collector config content errors markdown
impressions: markdown
names: content dates heads
aliases: content errors pages redirects slugs
addresses: aliases content dates heads slugs
bundles: content dates pages slugs
conventions: pages slugs
snapshot: addresses aliases config content conventions errors names pages redirects slugs sprites tree
smallfiles: inside
originals: cache config content snapshot strip
collisions: bundles content errors pages slugs snapshot
galleries: bundles content entries errors labels pages slugs
sections: bundles content galleries pages slugs
arrivals: addresses content dates entries heads pages slugs snapshot
revisions: arrivals bundles content entries pages snapshot sprites tree
site: addresses aliases bundles collisions config content conventions dates entries errors galleries heads labels pages redirects revisions sections slugs snapshot tree
shelves: content dates errors galleries images pages slugs snapshot
archives: content pages snapshot
books: archives content dates pages snapshot
holders
suggestions: content holders snapshot
targets: markdown
references: content errors images markdown pages slugs snapshot targets
opening: config content dates entries errors heads markdown names pages redirects references site slugs snapshot targets tree
passages: content errors markdown references snapshot targets
transcripts: documents markdown
extracts: bodies cache config content documents errors findings markdown transcripts
links: addresses content conventions dates errors extracts holders markdown names pages references slugs snapshot
related: content extracts holders links pages snapshot
concordance: archives content extracts snapshot
garden: archives concordance content extracts holders links related snapshot
fragments
backmatter: content extracts fragments garden markdown pages
layout
graph: backmatter cache content layout markdown
feeds: config content dates errors markdown pages sheets snapshot
limits: errors
openapi
manifest: snapshot
search: bodies cache config content dates errors markdown pages progress sheets snapshot transcripts
forms: books config content images markdown pages references sheets snapshot
git: cache content errors
generation: content extracts factsbook garden holders records shelves snapshot suggestions
loading: collector config dates entries generation opening readers remembered scan site snapshot
press: assets bindery cache collector config content dates documents errors extracts factsbook generation git images impressions loading markdown opening pdf records remembered search site snapshot templates watch workers
rendering: content markdown passages press references snapshot
binding: bindery books cache content epub errors icons images markdown pages pdf press references rendering snapshot templates volumes xhtml
ledger
edge: conditions ledger records
pagecache: ledger records
protocol: descriptors records
server: config errors protocol
structured: config content dates markdown pages references snapshot
metadata: config content markdown pages references sheets slugs snapshot structured
views: archives backmatter concordance content dates errors feeds fragments garden graph images layout links markdown metadata openapi pages references search sheets shelves snapshot structured
answers: descriptors errors markdown records
apologies: answers errors forms press records suggestions templates views
health: content pages pdf press search slugs snapshot
files: answers cache cards content descriptors errors favicons generation icons images inside markdown mediatypes originals pdf press records references smallfiles snapshot systemfonts templates
photographs: content errors feeds forms galleries generation images markdown originals pages press sheets shelves snapshot views
replies: answers content errors files garden generation markdown photographs press records references rendering snapshot templates views
editions: answers bindery binding books content epub errors files forms press records references rendering replies slugs snapshot templates views
lists: answers backmatter editions errors graph markdown pages records references replies views
syndication: answers content feeds records replies snapshot views
responses: answers content conventions editions errors feeds forms fragments markdown openapi photographs records references rendering replies search shelves slugs snapshot syndication views
searches: answers content errors feeds records replies search suggestions syndication views
hits: answers content errors press references search
schemas: answers archives backmatter content errors graph hits press sheets snapshot
check: config content dates documents errors images markdown pages pixels redirects references slugs snapshot targets
warm: cache config content errors extracts factsbook images workers
doctor: config content errors pdf systemfonts typeset watch
hosting: records redirects snapshot
folder: errors
mirror: documents extracts folder hosting press records responses snapshot
crew: config content entries errors extracts folder generation mirror press readers shelves site snapshot syndication templates tree
verdict: check snapshot
cli: check config crew dates doctor errors git mirror server site slugs snapshot verdict warm
"""  # noqa: E501 - a room a line
ALLOWED = {
    name.strip(): set(below.split()) for name, _, below in (line.partition(":") for line in LAYERS.split("\n") if line)
}
FRONT_PAGE = """
import asyncio, pathlib, sys
import httpx
import engine
from folio import config

content = pathlib.Path(sys.argv[1])
settings = config.load({"content": content, "cache": content / ".cache", "state": content / ".state"}, {})

async def ask():
    api = engine.create_api(settings)
    async with api.state.press.lifespan(api), httpx.AsyncClient(transport=httpx.ASGITransport(api)) as client:
        print((await client.get("http://test/", headers={"Accept": "text/html"})).status_code)
        print([name for name in sys.modules if name.startswith("folio.search.") or name == "pygments.lexer"])

asyncio.run(ask())
"""
HEAVY = ("weasyprint", "whoosh", "feedgen", "lxml", "PIL", "pygments", "fontTools")


def modules() -> Iterator[tuple[str, str, ast.Module]]:
    """Yield (room, file, syntax tree) of everything in folio/."""
    for file in sorted((ROOT / "folio").rglob("*.py")):
        path = file.relative_to(ROOT / "folio")
        room = path.parts[0].removesuffix(".py")
        if room != "__init__":
            yield room, str(path), ast.parse(file.read_text())


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the dotted name of every import; `from folio import x` counts as folio.x."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "folio" else [node.module]
            yield from names


MODULES = tuple(modules())


def test_every_room_is_on_the_plan() -> None:
    assert {room for room, _, _ in MODULES} == set(ALLOWED)


def test_the_plan_runs_one_way() -> None:
    order = list(ALLOWED)
    for room, below in ALLOWED.items():
        assert below <= set(order[: order.index(room)]), room


@pytest.mark.parametrize(("room", "file", "tree"), [pytest.param(*m, id=m[1]) for m in MODULES])
def test_a_room_imports_only_what_lies_below_it(room: str, file: str, tree: ast.Module) -> None:
    seen = {name.split(".")[1] for name in imported(tree) if name.startswith("folio.")}
    assert seen - {room, "__version__", "open_all", "LATER", "LONG"} <= ALLOWED[room]


@pytest.mark.parametrize(("room", "file", "tree"), [pytest.param(*m, id=m[1]) for m in MODULES])
def test_no_module_keeps_state_of_its_own(room: str, file: str, tree: ast.Module) -> None:
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Global)]
    mutable = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, mutable):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            assert all(name.isupper() or name.startswith("_") or name == "__all__" for name in names), names


def test_nothing_imports_the_engine() -> None:
    assert not [file for _, file, tree in MODULES if "engine" in imported(tree)]


def test_the_engine_only_declares() -> None:
    source = (ROOT / "engine.py").read_text()
    tree = ast.parse(source)
    standard = sys.stdlib_module_names
    assert {name.split(".")[0] for name in imported(tree)} - standard == {"responder", "folio"}
    assert not {"re", "os", "io", "pathlib", "json", "socket"} & {name.split(".")[0] for name in imported(tree)}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Try | ast.Global | ast.With)]
    assert "open(" not in source
    assert source.count("\n") <= 350
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
    assert len(handlers) >= 25
    for handler in handlers:
        assert ast.get_docstring(handler), handler.name
        assert 1 <= len(handler.body) - 1 <= 5, handler.name


def test_starting_up_loads_no_heavy_library_and_no_room_that_a_front_page_does_without() -> None:
    late = (*HEAVY, *(f"folio.{room}" for room in LATER))
    code = f"import sys, engine; print([m for m in {late!r} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_start_opens_the_rooms_that_take_long_and_no_others() -> None:
    rooms = ("folio.search", "folio.schemas", "folio.hits", "folio.epub", "folio.cards")
    code = f"import sys, engine, folio; folio.open_all(folio.LONG); print([r in sys.modules for r in {rooms}])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[True, True, True, False, False]"


def test_a_plain_text_is_read_without_the_rooms_of_what_few_texts_have() -> None:
    rooms = [f"folio.markdown.{room}" for room in ("listings", "mathml", "terms", "shortcodes.rows", "shortcodes.tags")]
    texts = "A [link](/a) and a <b>tag</b>.", "```py\n1\n```\n\n$x^2$ {{< x >}}"
    code = f"""import sys
from folio import markdown
for text in {texts!r}:
    said = markdown.parse(text)
    print([room for room in {rooms!r} if room in sys.modules])
said.terms
print("folio.markdown.terms" in sys.modules)"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["[]", str([room for room in rooms if "terms" not in room]), "True"]


def test_a_front_page_is_made_without_the_room_of_search_and_without_a_lexer(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text("[features]\nsearch = false\n")
    (tmp_path / "index.md").write_text("# Home\n")
    (tmp_path / "2026-06-01-code.md").write_text("Its summary is on the front page.\n\n```python\nimport this\n```\n")
    run = subprocess.run(
        [sys.executable, "-c", FRONT_PAGE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines() == ["200", "[]"]
