"""Any HTML as XHTML of a book: what is kept, what gives way, and that it can be read as XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from drawing import draws
from hypothesis import given
from hypothesis import strategies as st

from folio import xhtml
from folio.xhtml import Leaf

HTML = "{http://www.w3.org/1999/xhtml}"
PAGE = '<!doctype html><html lang="en"><head><title>T</title></head><body>{}</body></html>'


def leaf(body: str) -> Leaf:
    """Read a body whose one picture at hand is /a.jpg, and whose links lead nowhere but to https and places."""
    return xhtml.leaf(
        PAGE.format(body),
        lambda url: "../images/1.jpg" if url == "/a.jpg" else "",
        lambda url: url if url.startswith(("https://", "#")) else "",
    )


def shown(body: str) -> str:
    """Return what stands in the body."""
    text = xhtml.document(leaf(body).root).decode()
    ET.fromstring(text)
    return text.partition("<body>")[2].partition("</body>")[0]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("<p>a<br>b&nbsp;c &amp; d &lt;", "<p>a<br/>b\u00a0c &amp; d &lt;</p>"),
        ('<p class=x onclick="y" style="z" data-q=1>a', '<p class="x">a</p>'),
        ("<ol reversed start=3><li>a</ol>", '<ol reversed="reversed" start="3"><li>a</li></ol>'),
        ("<p>a<div>b</div>", "<p>a</p><div>b</div>"),
        ("<em>a<div>b</div></em>", '<em>a<span class="div">b</span></em>'),
        ("<ul>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<center>a</center><font color=red>b</font>", "<div>a</div><span>b</span>"),
        ("<blink>a</blink>", "a"),
        ("<script>a</script><style>b</style><template>c</template>", ""),
        ('<img src="/a.jpg" alt="A" srcset="x 1x" loading=lazy width=10>',
         '<img src="../images/1.jpg" alt="A" width="10"/>'),
        ('<img src="https://x.example/b.jpg" alt="B">', '<a href="https://x.example/b.jpg">B</a>'),
        ('<img src="/c.jpg" alt="C">', "C"),
        ('<a href="https://x.example/"><img src="https://x.example/b.jpg" alt="B"></a>',
         '<a href="https://x.example/">B</a>'),
        ('<a href="javascript:x">a</a>', "<a>a</a>"),
        ('<iframe src="https://v.example/1" title="A film"></iframe>',
         '<p class="elsewhere"><a href="https://v.example/1">A film</a></p>'),
        ('<video controls><source src="https://v.example/1.mp4"></video>',
         '<p class="elsewhere"><a href="https://v.example/1.mp4">https://v.example/1.mp4</a></p>'),
        ('<input type="checkbox" checked disabled> done', "\u2611\ufe0e done"),
        ('<b id="x">a</b><b id="x">b</b>', '<b id="x">a</b><b>b</b>'),
        ('<i lang="not a tag">a</i>', '<i lang="en" xml:lang="en">a</i>'),
        ('<a href="#sn-1" role="doc-noteref">1</a>', '<a role="doc-noteref" href="#sn-1" epub:type="noteref">1</a>'),
        ('<section role="doc-endnotes"><ol><li id="sn-1">n</ol></section>',
         '<section role="doc-endnotes" epub:type="footnotes"><ol><li id="sn-1" epub:type="footnote">n</li></ol>'
         "</section>"),
        ("<!-- a -->b", "b"),
        ("<svg viewBox='0 0 1 1' onload='x'><a href='y'><text>t</text></a><script>z</script></svg>",
         '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><g><text>t</text></g></svg>'),
        ("<math><mi>x</mi></math>", '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math>'),
    ],
)  # fmt: skip
def test_html_becomes_what_a_book_may_hold(written: str, kept: str) -> None:
    assert shown(written) == kept


def test_a_leaf_tells_what_the_package_must_say() -> None:
    found = leaf('<h2 id="why">Why <em>so</em></h2><img src="/a.jpg"><math><mi>x</mi></math><p id="b">')
    assert found.headings == (("why", "Why so"),)
    assert found.ids == {"why", "b"}
    assert found.pictures == ("/a.jpg",)
    assert (found.has_mathml, found.has_svg, found.undescribed) == (True, False, True)


@draws(150)
@given(
    st.lists(
        st.sampled_from([
            "<p>", "</p>", "<div>", "</div>", "<b>", "</b>", "<a href=https://x.example>", "</a>", "<ul>", "<li>",
            "</ul>", "<table>", "<tr>", "<td>", "text", "&amp;", "&nbsp;", "<br>", "<svg>", "</svg>", "<math>", "<mi>",
            "<h2 id=a>", "<img src=/a.jpg>", "<pre>", "<custom-x a:b=c>", "<details>", "<summary>", "]]>",
            '<p title="a&quot;<b">',
        ]),
        max_size=30,
    ).map("".join)
)  # fmt: skip
def test_whatever_is_written_can_be_read_as_xml(html: str) -> None:
    shown(html)
