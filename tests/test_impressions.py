"""A text for feeds is rendered again only where it, or what it refers to, is another; and then always."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from conftest import Live, Write

from folio import impressions, markdown, rendering
from folio.impressions import Impressions
from folio.markdown import Document, Html, Kind, NoteStyle, Passage, Picture, Reference, Resolve

TEXT = "See [the cat](cat.md) and ![a dog](dog.jpg).\n"
PICTURE = Picture("/dog.jpg", 600, 400)


class Press:
    """Renders with answers that a test gives, and counts how often."""

    def __init__(self, most: int = impressions.MOST_TEXTS) -> None:
        self.kept, self.made = Impressions(most), 0

    def print(self, document: Document, answers: Mapping[str, Reference], path: str = "a.md") -> str:
        def resolve(written: str, kind: Kind) -> Reference:
            return answers.get(written, Reference(f"/{written}"))

        def render(asked: Resolve) -> Html:
            self.made += 1
            return markdown.render(document, asked, "end")

        html = self.kept.of(path, document, resolve, render).text
        assert html == markdown.render(document, resolve, "end").text
        return html


def test_a_text_that_would_come_out_alike_is_not_rendered_again() -> None:
    press, document = Press(), markdown.parse(TEXT)
    assert press.print(document, {"dog.jpg": Reference("/dog", picture=PICTURE)}) == press.print(
        document, {"dog.jpg": Reference("/dog", picture=Picture("/dog.jpg", 600, 400))}
    )
    assert press.made == 1


@pytest.mark.parametrize(
    "now",
    [
        {"cat.md": Reference("/cats")},
        {"cat.md": Reference("/cat.md", exists=False)},
        {"dog.jpg": Reference("/dog", picture=PICTURE)},
        {"dog.jpg": Reference("/dog", picture=Picture("/dog.jpg", 300, 200))},
    ],
)
def test_a_reference_that_leads_elsewhere_has_it_rendered_again(now: Mapping[str, Reference]) -> None:
    press, document = Press(), markdown.parse(TEXT)
    for n, answers in enumerate(({}, now, {}), 1):
        press.print(document, answers)
        assert press.made == n


def test_another_text_of_the_same_page_is_rendered() -> None:
    press = Press()
    assert press.print(markdown.parse(TEXT), {}) != press.print(markdown.parse(f"More. {TEXT}"), {})


def test_a_text_that_shows_another_is_always_rendered() -> None:
    press, document = Press(), markdown.parse("![[cat]]\n")
    for n in (1, 2):
        inner = Passage("Cat", "/cat", markdown.parse(f"Cat {n}.\n"), lambda written, kind: Reference(written))
        assert f"Cat {n}." in press.print(document, {"cat": Reference("/cat", passage=inner)})


def test_those_unused_longest_are_forgotten() -> None:
    press, documents = Press(most=2), {path: markdown.parse(f"{path}\n") for path in "abc"}
    for path in "abacab":
        press.print(documents[path], {}, path)
    assert press.made == 4  # "b" was the third to be asked for, and rendered again at the end
    assert len(press.kept._kept) == 2


@pytest.mark.parametrize("notes", ["foot", "margin"])
async def test_a_text_rendered_otherwise_is_another(live: Live, write: Write, notes: NoteStyle) -> None:
    write("essays/2026-10-20-on-dogs.md", "# On dogs\n\nWet.[^1]\n\n[^1]: And loud.\n")
    await live.refresh()
    press, page = live.press, live.press.site.pages["/essays/2026-10-20-on-dogs"]
    ends = await rendering.render(press, press.site, page, "end", absolute=True)
    others = await rendering.render(press, press.site, page, notes, absolute=True)
    again = await rendering.render(press, press.site, page, "end", absolute=True)
    assert again.html == ends.html != others.html


async def test_a_feed_follows_what_its_texts_lead_to(live: Live, write: Write) -> None:
    write("essays/2026-10-20-on-dogs.md", "# On dogs\n\nUnlike [a cat](../notes/whiskers.md).\n")
    write("essays/2026-10-21-on-hairs.md", "# On hairs\n\n![[whiskers]]\n")
    seen = []
    for n, text in enumerate(("Gaps.", "Widths.", "---\nslug: hairs\n---\nWidths.")):
        write("notes/whiskers.md", text, age=30 + n)
        await live.refresh()
        seen.append((await live.get("/feed.xml")).text)
    assert ['/notes/whiskers"&gt;a cat' in one for one in seen] == [True, True, False]
    assert ['/notes/hairs"&gt;a cat' in one for one in seen] == [False, False, True]
    assert ["Gaps." in one for one in seen] == [True, False, False]
