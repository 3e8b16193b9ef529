"""Shortcodes of other engines, as facts of the text. What each prints is data in tests/markdown/shortcodes.md."""

from __future__ import annotations

import pytest

from folio.errors import Problem
from folio.markdown import Image, Link, parse
from folio.markdown.shortcodes.tags import shortcode, tag_at


@pytest.mark.parametrize(
    ("written", "family", "name", "args", "named"),
    [
        (
            '{{< figure "a b" `c` src=d alt="e \\"f\\"" >}}',
            "hugo",
            "figure",
            ("a b", "c"),
            {"src": "d", "alt": 'e "f"'},
        ),
        ("{{% ref /a/b.md %}}", "hugo", "ref", ("/a/b.md",), {}),
        ("{{<a/>}}", "hugo", "a", (), {}),
        ("{%- include a.html b='c' -%}", "liquid", "include", ("a.html",), {"b": "c"}),
        ('{{ youtube(id="x", start=30) }}', "zola", "youtube", (), {"id": "x", "start": "30"}),
        ("{% gallery() %}", "zola", "gallery", (), {}),
    ],
)
def test_the_tags_of_each_engine_are_read(
    written: str, family: str, name: str, args: tuple[str, ...], named: dict[str, str]
) -> None:
    tag = tag_at(f"x{written}y", 1, len(written) + 2)
    assert tag is not None
    read = shortcode(tag)
    assert (tag.family, tag.name, tag.text, tag.end) == (family, name, written, len(written) + 1)
    assert (read.args, read.named) == (args, named)


@pytest.mark.parametrize(
    "written", ["{{<", "{{< 1 >}}", "{{< a }}", "{% %}", "{{ }}", "{", "{% and {%}", "{{< a {{< b >}}"]
)
def test_what_only_looks_like_a_tag_is_none(written: str) -> None:
    assert tag_at(written, 0, len(written)) is None


def test_each_unknown_shortcode_is_reported_once_where_it_first_stands() -> None:
    text = "a\n\nb\nsee {{< one >}} {{ page.x }}\n\n{{< two >}}\nc\n{{< /two >}}\n\n{{< one >}}{{< two >}}\n"
    assert parse(text).problems == (
        Problem("", 4, "the shortcode `one` is not known; its text is shown as written"),
        Problem("", 4, "the variable `page.x` is not known; its text is shown as written"),
        Problem("", 6, "the shortcode `two` is not known; its text is shown as written"),
    )


def test_what_cannot_be_shown_is_reported_by_its_name() -> None:
    problems = parse("{{< youtube >}}\n\n{% include a.html %}\n\n{{< highlight >}}\n").problems
    assert [(problem.line, problem.why.split(";")[0]) for problem in problems] == [
        (1, "the shortcode `youtube` cannot be shown here"),
        (3, "the shortcode `include a.html` cannot be shown here"),
        (5, "the shortcode `highlight` is never closed"),
    ]


def test_known_shortcodes_and_templates_in_prose_are_nothing_to_report() -> None:
    text = (
        "{{mustache}} and {{ a | b }}\n\n{{< figure src=a.jpg >}}\n{% raw %}{{ page.x }}{% endraw %}\n\n`{{< one >}}`\n"
    )
    assert parse(text).problems == ()


def test_a_note_is_no_text_of_the_authors() -> None:
    document = parse("{{< toc >}}\n\n{{< gist a b >}}\n\nThe {{< badge >}} first.\n")
    assert (document.summary, document.words) == ("The first.", 3)
    assert "toc" not in document.text


def test_links_pictures_and_frames_of_shortcodes_count() -> None:
    document = parse(
        'a\n\nSee [it]({{< ref "b.md" >}}).\n\n{{< figure src="c.jpg" alt="C" >}}\n\n{{< youtube d >}}{{< vimeo 1 >}}'
    )
    assert document.links == (Link("ref:b.md", "it", "See it.", 3),)
    assert document.images == (Image("c.jpg", "C", "", 5),)
    assert document.frames == ("www.youtube-nocookie.com", "player.vimeo.com")


def test_the_code_of_a_shortcode_is_code() -> None:
    document = parse("{% highlight py %}\nx = 1\n{% endhighlight %}\n")
    assert (document.has_code, document.text, document.words) == (True, "x = 1", 0)
