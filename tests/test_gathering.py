"""A page shows the words of others within its own, in every form it leaves in, and never without end."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from conftest import Clock, Live, Write, running, settings_in, write_below
from PIL import Image as Picture

from folio import passages
from folio import site as sites
from folio.config import Config
from folio.content import Page
from folio.errors import MakeFailed
from folio.markdown import Document, Image, parse
from folio.snapshot import Site

in_module = pytest.mark.asyncio(loop_scope="module")  # where `vault` lives


def embedding(*names: str) -> Document:
    return Document((), embeds=names)


async def gathered(site: Site, texts: dict[str, Document], source: str) -> list[str]:
    """Gather the texts that a page needs from `texts` by path; what is missing cannot be read."""

    async def read(page: Page) -> Document:
        if page.path not in texts:
            raise MakeFailed(page.path)
        return texts[page.path]

    page = site.tree.entries[source].page
    assert page is not None
    found = await passages.gather(site, page, read)
    assert found == {path: texts[path] for path in found}
    return list(found)


@pytest.fixture
def site(config: Config, clock: Clock, write: Write) -> Site:
    for name in "abcdefg":
        write(f"{name}.md", f"# {name.upper()}")
    for n in range(60):
        write(f"many/{n:02}.md", f"# {n}")
    write("hidden.md", "---\ndraft: true\n---\n# Hidden")
    return sites.load(config, clock, time.time())


async def test_the_texts_that_a_page_shows_are_gathered_the_nearest_first(site: Site) -> None:
    texts = {
        "a.md": embedding("c", "b#Part", "b", "nowhere", "hidden"),
        "b.md": embedding("e"),
        "c.md": embedding("d", "a"),
        "d.md": Document(()),
        "e.md": embedding("b"),
    }
    assert await gathered(site, texts, "a.md") == ["a.md", "c.md", "b.md", "d.md", "e.md"]


@pytest.mark.parametrize(
    ("target", "asked"), [("b.md", False), ("/b.md", False), ("elsewhere", False), ("gone.md", True)]
)
async def test_names_are_ready_where_a_link_may_have_to_be_found_by_its_name(
    site: Site, target: str, asked: bool
) -> None:
    """They take 0.1 s among 10,000 pages, which the event loop has not; nor has it those that nobody asks for."""
    await gathered(site, {"a.md": parse(f"[It]({target}).\n")}, "a.md")
    assert ("names" in vars(site)) is asked
    assert site.names.ready is asked


async def test_a_text_that_cannot_be_read_is_left_out(site: Site) -> None:
    assert await gathered(site, {"a.md": embedding("b", "c"), "c.md": Document(())}, "a.md") == ["a.md", "c.md"]


async def test_texts_are_gathered_four_deep_and_forty_in_all(site: Site) -> None:
    chain = {f"{name}.md": embedding(inner) for name, inner in zip("abcdef", "bcdefg", strict=True)}
    assert await gathered(site, chain, "a.md") == ["a.md", "b.md", "c.md", "d.md", "e.md"]
    many = {f"many/{n:02}.md": Document(()) for n in range(60)}
    wide = {"a.md": embedding(*(f"many/{n:02}" for n in range(60))), **many}
    assert await gathered(site, wide, "a.md") == ["a.md", *(f"many/{n:02}.md" for n in range(40))]


def test_a_page_needs_what_the_texts_in_it_need() -> None:
    own = Document((), images=(Image("x.jpg", "", "", 1),), frames=("a.example", "b.example"))
    far = Image("https://c.example/y.jpg", "", "", 1)
    other = Document((), images=(Image("z.jpg", "", "", 1), far), frames=("b.example", "d.example"), has_code=True)
    whole = passages.completed(own, {"a.md": own, "b.md": other})
    assert whole.has_code
    assert whole.frames == ("a.example", "b.example", "d.example")
    assert [image.target for image in whole.images] == ["x.jpg", "https://c.example/y.jpg"]
    assert passages.completed(own, {"a.md": own}) is own


VAULT = {
    "essays/2026-01-01-host.md": "# Host\n\nBefore.\n\n![[Guest]]\n\n![[Long#Second]]\n\n![[Block#^b1]]\n\n"
    "![[red.jpg|A red one]]\n\n![[Host]]\n\nSee [[Guest#Sleep|how they sleep]], [[twin]] and [[nobody]].\n",
    "notes/Guest.md": "# Guest\n\nGuest words[^1] and [a page](../notes/Long.md).\n\n## Sleep\n\n![](near.jpg)\n\n"
    "```python\nprint(1)\n```\n\n![[Host]]\n\n[^1]: Noted.\n",
    "notes/Long.md": "# Long\n\n## First\n\nNot shown.\n\n## Second\n\nShown part.\n\n## Third\n\nNot shown.\n",
    "notes/Block.md": "# Block\n\nNot shown.\n\nShown block. ^b1\n",
    "one/twin.md": "# One",
    "two/twin.md": "# Two",
    "drafts/nobody.md": "# Nobody\n\nhushhush\n",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vault(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    config = settings_in(tmp_path_factory.mktemp("vault"))
    for path, text in VAULT.items():
        write_below(config.content, path, text)
    for path in ("notes/near.jpg", "photos/red.jpg", "photos/blue.jpg"):
        write_below(config.content, path, b"")
        Picture.new("RGB", (300, 200), "#aa3322").save(config.content / path)
    async with running(config, Clock()) as own:
        yield own


HOST = "/essays/2026-01-01-host"


@in_module
async def test_a_page_shows_the_words_of_others(vault: Live) -> None:
    text = (await vault.get(HOST)).text
    for words in ("Guest words", "Noted.", "Shown part.", "Shown block."):
        assert text.count(words) == 1
    assert "Not shown." not in text
    assert 'href="/notes/Long"' in text
    assert "/notes/near.jpg.jpg" in text  # beside the page it was written in
    assert "/photos/red.jpg.jpg" in text
    assert 'href="/notes/Guest#sleep">how they sleep</a>' in text
    assert 'href="/one/twin">twin</a>' in text
    assert "/static/js/copy.js" in text


@in_module
async def test_what_is_hidden_is_neither_named_nor_shown(vault: Live) -> None:
    text = (await vault.get(HOST)).text
    assert "hushhush" not in text
    assert 'class="broken">nobody</a>' in text


@in_module
@pytest.mark.parametrize("form", [HOST + ".json", "/essays/feed.xml", "/atom.xml", "/feed.json"])
async def test_other_forms_show_them_too(vault: Live, form: str) -> None:
    text = (await vault.get(form)).text
    for words in ("Guest words", "Noted.", "Shown part.", "Shown block."):
        assert words in text
    assert "Not shown." not in text


@in_module
async def test_in_a_feed_their_references_are_absolute(vault: Live) -> None:
    text = (await vault.get("/feed.json")).json()["items"][0]["content_html"]
    assert 'href="https://example.org/notes/Long"' in text
    assert 'src="https://example.org/images/' in text
    assert 'href="/' not in text


@in_module
@pytest.mark.needs("pango")
async def test_a_pdf_shows_them_with_their_pictures(vault: Live) -> None:
    answer = await vault.get(HOST + ".pdf")
    assert answer.status_code == 200
    assert answer.content.count(b"/Subtype /Image") == 2
