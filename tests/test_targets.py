"""A target is read as the system it was written for would read it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folio import targets
from folio.targets import FOREIGN, NOWHERE, Target

HOME = "https://www.example.org"


@pytest.mark.parametrize(
    ("written", "target"),
    [
        # an ordinary one
        ("a/b%20c.md?x=1#y%20z", Target("path", "a/b c.md", "?x=1#y%20z")),
        ("#why", Target("path", "", "#why")),
        ("a.md?#", Target("path", "a.md")),
        # Zola
        ("@/a/b.md#c", Target("path", "/a/b.md", "#c")),
        # Pelican, as it is written and as a Markdown parser hands it on
        ("{filename}a.md", Target("path", "a.md")),
        ("%7Bfilename%7D/my%20file.md#x", Target("path", "/my file.md", "#x")),
        ("|filename|../a.md", Target("path", "../a.md")),
        ("%7Cfilename%7Ca.md", Target("path", "a.md")),
        ("{static}/x.jpg", Target("path", "/x.jpg")),
        ("{attach}x.pdf", Target("path", "x.pdf")),
        ("{index}", Target("path", "/")),
        ("{tag}on%20cats", Target("tag", "on cats")),
        ("{category}essays", Target("category", "essays")),
        ("{author}ada", NOWHERE),
        # Ghost
        ("__GHOST_URL__/on-cats/#why", Target("path", "/on-cats/", "#why")),
        ("__GHOST_URL__//elsewhere.example/a", Target("path", "/elsewhere.example/a")),
        ("__GHOST_URL__", Target("path", "/")),
        ("{other}x", Target("path", "{other}x")),
        # Hugo and Jekyll, whose shortcodes are read before
        ("ref:a/b.md#c", Target("name", "a/b.md", "#c")),
        ("ref:#c", Target("name", "", "#c")),
        ("post:2013-01-27-on-cats", Target("name", "2013-01-27-on-cats")),
        # Nikola
        ("link://slug/on-cats#why", Target("name", "on-cats", "#why")),
        ("link://filename/posts/x.md", Target("path", "/posts/x.md")),
        ("link://tag/animals", Target("tag", "animals")),
        ("link://category/animals", Target("category", "animals")),
        ("link://archive/2013", Target("path", "/archive", "#y2013")),
        ("link://archive/2013/01", Target("path", "/archive", "#y2013")),
        ("link://archive", Target("path", "/archive")),
        ("link://slug/", NOWHERE),
        ("link://listing/x.py", NOWHERE),
        ("link:x", NOWHERE),
        # the site's own address, however it is written
        ("https://example.org/a%20b#c", Target("path", "/a b", "#c")),
        ("http://WWW.example.org:80/a?b", Target("path", "/a", "?b")),
        ("//example.org/a", Target("path", "/a")),
        ("https://www.example.org", Target("path", "/")),
        ("https://www.example.org#top", Target("path", "/", "#top")),
        ("https://example.org//elsewhere.example/a", Target("path", "/elsewhere.example/a")),
        # others
        ("https://example.org.elsewhere.example/a", FOREIGN),
        ("https://example.org:8000/a", FOREIGN),
        ("https://me@example.org/a", FOREIGN),
        ("ftp://example.org/a", FOREIGN),
        ("mailto:ada@example.org", FOREIGN),
        ("http://[", FOREIGN),
    ],
)
def test_an_address_is_read(written: str, target: Target) -> None:
    assert targets.read(written, "link", HOME) == target


def test_a_site_below_a_path_owns_that_path_alone() -> None:
    home = "https://example.org/blog"
    assert targets.read("https://example.org/blog/a", "link", home) == Target("path", "/a")
    assert targets.read("https://example.org/blog", "link", home) == Target("path", "/")
    assert targets.read("https://example.org/blogs", "link", home) == FOREIGN


@pytest.mark.parametrize("kind", ["wiki", "embed"])
@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("Cats", Target("name", "Cats")),
        (" Cats # Where they sleep ", Target("name", "Cats", "#Where they sleep")),
        ("Cats#Sleep#Deep", Target("name", "Cats", "#Deep")),
        ("Cats#^b1", Target("name", "Cats", "#^b1")),
        ("#^b1", Target("name", "", "#^b1")),
        ("Cats#", Target("name", "Cats")),
        ("What? 100%20 {tag}x: y", Target("name", "What? 100%20 {tag}x: y")),
        ("https://example.org/a", FOREIGN),
        ("mailto:ada@example.org", FOREIGN),
    ],
)
def test_a_name_is_no_address(kind: Any, written: str, target: Target) -> None:
    assert targets.read(written, kind, HOME) == target


@given(
    st.text() | st.text("{}|@/:#?%7BDdetagrfilnmpos [].", max_size=30),
    st.sampled_from(["link", "image", "wiki", "embed"]),
)
def test_whatever_is_written_is_read(written: str, kind: Any) -> None:
    target = targets.read(written, kind, HOME)
    assert target.way not in ("foreign", "nowhere") or not (target.path or target.tail)
    assert not target.tail or target.tail[0] in "?#"
