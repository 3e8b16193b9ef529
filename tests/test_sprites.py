"""Sprites of icons: each public page on one of them and no other, named by what is drawn, read by every list."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from conftest import Live, Write
from hypothesis import given
from hypothesis import strategies as st

from folio import icons, sprites
from folio.content import Page

WITH_ALL = pytest.mark.asyncio(loop_scope="module")  # tests of the shared site, which only read
CATS = "/essays/2026-06-11-on-cats"
SYMBOL = "{http://www.w3.org/2000/svg}symbol"
USED = re.compile(r'<use href="(/icon-sprite/[^"#]+)#([^"]+)"/>')


def page(url: str, title: str = "A title") -> Page:
    return Page(f"{url[1:]}.md", url, title)


def ids(sprite: sprites.Sprite) -> list[str]:
    root = ElementTree.fromstring(sprite.svg())
    assert {child.tag for child in root} == {SYMBOL}
    return [child.attrib["id"] for child in root]


def test_small_sections_share_a_sprite_and_each_page_wears_its_own_accent() -> None:
    laid = sprites.lay([page("/about"), page("/essays/b"), page("/essays/2013/a"), page("/")])
    assert {name: ids(sprite) for name, sprite in laid.named.items()} == {
        "0": [sprites.name_of(url) for url in ("/", "/about", "/essays/2013/a", "/essays/b")]
    }
    version = laid.named["0"].version
    assert laid.place("/essays/b", "plum") == (f"/icon-sprite/0.svg?v={version}#{sprites.name_of('/essays/b')}", "plum")
    assert laid.place("/about", "ocean") == (f"/icon-sprite/0.svg?v={version}#{sprites.name_of('/about')}", "ocean")
    assert laid.place("/essays/c", "plum") is None


def test_a_long_section_has_several_of_its_own() -> None:
    laid = sprites.lay([page(f"/essays/{n:04}", f"Essay number {n}") for n in range(2 * sprites.SPRITE_ICONS + 1)])
    assert [len(sprite.pages) for sprite in laid.named.values()] == [sprites.SPRITE_ICONS, sprites.SPRITE_ICONS, 1]
    assert all(len(sprite.svg()) < 120_000 for sprite in laid.named.values())


URLS = st.sampled_from([f"{top}/{name}" for top in ("", "/a", "/b") for name in "abcdefgh"])
CHANGES = st.lists(st.tuples(URLS, st.none() | st.text(max_size=2)), max_size=12)


@given(st.dictionaries(URLS, st.text(max_size=2)), CHANGES)
def test_pages_that_change_come_and_go_are_laid_as_all_would_be(
    titles: dict[str, str], changes: list[tuple[str, str | None]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sprites, "SPRITE_ICONS", 3)
        pages = {url: page(url, title) for url, title in titles.items()}
        laid: sprites.Sprites | None = sprites.lay(pages.values())
        for url, title in changes:
            old, new = pages.pop(url, None), None if title is None else page(url, title)
            pages |= {url: new} if new else {}
            whole = sprites.lay(pages.values())
            laid = (laid or whole).exchanged(old, new) if old or new else laid
            assert laid in (None, whole)
            laid = whole


def test_another_title_leaves_the_other_sprites_and_those_of_what_is_on_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sprites, "SPRITE_ICONS", 2)
    pages = [page(f"/a/{name}") for name in "abcde"]
    laid = sprites.lay(pages)
    after = laid.exchanged(pages[2], pages[2]._replace(title="Another"))
    assert after
    assert [after.named[name] is laid.named[name] for name in ("a-0", "a-1", "a-2")] == [True, False, True]
    assert laid.exchanged(page("/hidden"), page("/hidden", "Another")) is laid


def test_a_version_is_of_what_is_drawn_whatever_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(*pages: Page) -> str:
        return sprites.lay(pages).named["0"].version

    both = version(page("/essays/a"), page("/essays/b"))
    assert both == version(page("/essays/b"), page("/essays/a"))
    assert both != version(page("/essays/a"), page("/essays/b", "Another title"))
    assert both != version(page("/essays/a"))
    assert both == version(page("/essays/a"), page("/essays/b")._replace(words=900))
    monkeypatch.setattr(icons, "DRAWING", icons.DRAWING + 1)
    assert both != version(page("/essays/a"), page("/essays/b"))


@given(st.text(min_size=1, max_size=60), st.text(max_size=60))
def test_any_address_and_title_is_drawn_and_can_be_pointed_at(name: str, title: str) -> None:
    laid = sprites.lay([page(f"/essays/{name}", title)])
    (sprite,) = laid.named.values()
    place = laid.place(f"/essays/{name}", "plum")
    assert place
    assert [ElementTree.fromstring(sprite.svg())[0].attrib["id"]] == [place.href.partition("#")[2]]


@WITH_ALL
async def test_a_list_asks_for_a_sprite_and_not_for_each_icon(shared: Live) -> None:
    for path in ("/essays", "/archive", "/archive/by-length", "/tags/travel"):
        html = (await shared.get(path)).text
        used = USED.findall(html)
        assert used and "/icon/essays/20" not in html, path
        for href, name in used:
            sprite = await shared.get(href)
            assert sprite.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert f'id="{name}"' in sprite.text


@WITH_ALL
async def test_a_sprite_without_its_version_or_with_an_old_one_is_asked_for_again(shared: Live) -> None:
    for query in ("", "?v=00000000"):
        sprite = await shared.get(f"/icon-sprite/0.svg{query}")
        assert sprite.headers["cache-control"] == "public, no-cache"
        assert f'id="{sprites.name_of(CATS)}"' in sprite.text
    for unknown in ("1.svg", "0", "essays-0.svg", "essays.svg", ".svg"):
        assert (await shared.get(f"/icon-sprite/{unknown}")).status_code == 404


@pytest.mark.unsearched
async def test_what_is_hidden_is_on_no_sprite(live: Live, write: Write) -> None:
    write("quiet/index.md", "---\nunlisted: true\ncascade:\n  unlisted: true\n---\n# Quiet\n")
    write("quiet/room.md", "# A quiet room\n")
    await live.refresh()
    for name, sprite in live.press.site.sprites.named.items():
        assert not re.search("draft|later|secret|quiet", name + sprite.svg())
    assert live.press.site.icon_place("/quiet/room") is None
    assert (await live.get("/quiet/room")).status_code == 200


@WITH_ALL
async def test_a_page_shows_its_own_icon_without_asking_for_it(shared: Live) -> None:
    html = (await shared.get(CATS)).text
    assert icons.drawing("On cats") in html
    assert "<img" not in html.partition("</header>\n<")[2].partition("</header>")[0]


@pytest.mark.unsearched
async def test_a_new_title_has_a_new_sprite(live: Live, write: Write) -> None:
    before = live.press.site.icon_place(CATS)
    write("essays/2026-06-11-on-cats.md", "# On dogs\n", age=0)
    await live.refresh()
    after = live.press.site.icon_place(CATS)
    assert before and after and before != after
    assert f"{after.href.partition('?')[0]}" in (await live.get("/essays")).text
    assert after.href in (await live.get("/essays")).text
