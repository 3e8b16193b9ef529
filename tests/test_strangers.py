"""Texts of people who are not trusted with HTML: `untrusted = true` in site.toml."""

from __future__ import annotations

import importlib.util
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Clock, Write, running
from test_markdown_hostile import faults, resolve

from folio import config as settings
from folio.config import Config
from folio.errors import BadContent
from folio.markdown import harmless, parse, render


def shown(text: str) -> str:
    html = render(harmless(parse(text)), resolve).text
    assert faults(html) == []
    return html.strip()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("<b>bold</b> and <kbd>K</kbd>", "<p><b>bold</b> and <kbd>K</kbd></p>"),
        ("<b class=card id=x data-x=1 onclick=y()>bold</b>", "<p><b>bold</b></p>"),
        ("<form action=/search><button>Go</button></form>", "Go"),
        ("<svg><path d='M0 0'/><text>words</text></svg>", "<p>words</p>"),
        ("<math><mi>x</mi></math>", "<p>x</p>"),
        ("<object data=/a.svg>words</object><embed src=/b.svg>", "<p>words</p>"),
        ("<video src=/a.mp4 controls autoplay>words</video>", "<p>words</p>"),
        ("<input name=password><textarea>words</textarea>", "<p>words</p>"),
        ("<script>alert(1)</script><style>p{}</style>words", "words"),
        ("<td colspan=2 style=color:red>cell</td>", '<td colspan="2">cell</td>'),
        ("<details open><summary>More</summary>words</details>", "<details><summary>More</summary>words</details>"),
        ("<i lang=fr title='Tiens' dir=ltr>tiens</i>", '<p><i lang="fr" title="Tiens">tiens</i></p>'),
    ],
)  # fmt: skip
def test_of_raw_html_only_what_is_harmless_is_kept(written: str, kept: str) -> None:
    assert shown(written) == kept


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "vbscript:x",
     "data:text/html,<script>alert(1)</script>", "&#106;avascript:alert(1)", "javascript&colon;alert(1)"],
)  # fmt: skip
def test_no_address_runs(address: str) -> None:
    html = shown(f'<a href="{address}">a</a> <a title="x" href=\'{address}\'>b</a>')
    assert not re.search(r'href="\W*(javascript|vbscript|data):', html.lower())


def test_frames_and_pictures_of_other_sites_are_links_to_them() -> None:
    frame = '<iframe src="https://talks.example/1" title="A talk">none</iframe>'
    pixel = (
        "A ![pixel](https://spy.example/p.gif) and <img src='//spy.example/q.gif' alt=other> ^[![n](http://s.example/)]"
    )
    document = harmless(parse(f"{frame}\n\n{pixel}\n\n{{{{< youtube dQw4w9WgXcQ >}}}}\n\n![ours](a.png)\n"))
    html = render(document, resolve).text
    assert faults(html) == []
    assert "<iframe" not in html
    assert html.count("<img") == html.count("/p.jpg") > 0  # ours
    assert '<a href="https://talks.example/1">A talk</a>' in html
    assert [*document.frames, *(image.target for image in document.images)] == ["a.png"]


async def test_the_switch_holds_on_every_page_and_in_every_form(config: Config, clock: Clock, write: Write) -> None:
    attack = (
        "<form action=/x><input name=p></form>\n\n<iframe src='https://frames.example/'></iframe>\n\n"
        "![p](https://spy.example/p.gif)\n\n<b onclick=x() class=card>word</b>\n"
    )
    write("essays/2026-01-01-a.md", f"# A\n\n{attack}")
    write("essays/2026-01-02-b.md", "# B\n\n![[2026-01-01-a]]\n")
    async with running(replace(config, untrusted=True), clock) as live:
        for path in ("/essays/2026-01-01-a", "/essays/2026-01-02-b", "/feed.xml", "/feed.json", "/atom.xml"):
            reply = await live.get(path)
            assert reply.status_code == 200
            for word in ("<iframe", '<form action="/x', "<input name=", "onclick", 'class="card', 'src="https://spy'):
                assert word not in reply.text.replace("&lt;", "<").replace('\\"', '"'), (path, word)
            assert "frames.example" not in reply.headers["content-security-policy"]
            assert "spy.example" not in reply.headers["content-security-policy"]
        html = json.loads((await live.get("/essays/2026-01-01-a.json")).content)["html"]
    assert "<b>word</b>" in html
    assert faults(html) == []


async def test_without_the_switch_a_writer_is_trusted(config: Config, clock: Clock, write: Write) -> None:
    write("a.md", "# A\n\n<form action=/search><input name=q></form>\n")
    async with running(config, clock) as live:
        assert "<input" in (await live.get("/a.json")).json()["html"]


def test_where_nh3_is_missing_the_switch_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site.toml").write_text("title = 'A'\nuntrusted = true\n")
    assert settings.load({"content": tmp_path}, {}).untrusted
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadContent, match=r"site\.toml:2: .*pip install nh3"):
        settings.load({"content": tmp_path}, {})
