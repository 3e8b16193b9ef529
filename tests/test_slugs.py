"""Names become URL segments that read like the names, and can never climb out of their folder."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from folio import slugs
from folio.heads import url_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("on-cats", "on-cats"),
        ("Remote_TextMate", "Remote_TextMate"),
        ("requests-v1.0", "requests-v1.0"),
        ("On cats & dogs", "On-cats-&-dogs"),
        ("what?  why#", "what-why"),
        ('"quoted" 100%', "quoted-100"),
        ("日本語", "日本語"),
        ("हिन्दी", "हिन्दी"),
        (unicodedata.normalize("NFD", "café"), "café"),
        ("cats 🐈", "cats"),
        ("🐈", "untitled"),
        ("..", "untitled"),
        (".", "untitled"),
        ("...", "untitled"),
        ("", "untitled"),
        ("a/b", "ab"),
        ("a\\..\\b", "a..b"),
        ("a\r\nb", "a-b"),
        ("a\0b", "ab"),
    ],
)
def test_a_name_becomes_one_segment(name: str, slug: str) -> None:
    assert slugs.slug(name) == slug


MARKED = st.text("aé-_.&% \u0301\u0338\u0345ﬁ\u212b\u1fef\u2000\u202e\u0374日", max_size=8)


@given(st.text() | MARKED)
@example("a%\u0301")
def test_no_name_leaves_its_folder_or_its_header_line(name: str) -> None:
    slug = slugs.slug(name)
    assert slug.strip(".")
    assert not set(slug) & set("/\\?#%\r\n\0\"'<>:;@ ")
    assert all(c.isalnum() or c in "._-&" or unicodedata.category(c)[0] == "M" for c in slug)
    assert unicodedata.is_normalized("NFC", slug)
    assert slugs.slug(slug) == slug


@given(st.lists(st.text(st.characters(exclude_characters="/")), min_size=1, max_size=4))
def test_no_path_gives_an_address_of_another_host(parts: list[str]) -> None:
    url = url_of("/".join(parts))
    assert url.startswith("/")
    assert not url.startswith("//")
    assert ".." not in url.split("/")


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("index.md", "/"),
        ("_index.md", "/"),
        ("a/index.md", "/a"),
        ("a b/On cats.md", "/a-b/On-cats"),
        ("_posts/2013-01-27-on-cats.md", "/2013-01-27-on-cats"),
        ("notes/v1.0.md", "/notes/v1.0"),
        ("a/Index.md", "/a/Index"),
    ],
)
def test_a_place_in_the_tree_is_an_address(path: str, url: str) -> None:
    assert url_of(path) == url


@pytest.mark.parametrize(
    "asked",
    ["/essays/on-cats", "/essays/on-cats/", "/Essays/On_Cats", "/essays/on-cats.html", "/essays/on cats",
     "/essays/On+cats", "/essays/on-cats/index.html", "essays/on-cats/index", "//essays//on-cats//",
     "/essays/ON-CATS.HTM", "/essays/on-cats.html/index.html/"],
)  # fmt: skip
def test_all_spellings_people_try_are_one(asked: str) -> None:
    assert slugs.spelling(asked) == "essays/on-cats"


def test_a_composed_and_a_decomposed_address_are_one() -> None:
    assert slugs.spelling("/cafe\u0301") == slugs.spelling("/caf\u00e9")


@pytest.mark.parametrize("path", ["", "/", "/index", "index.html", "/Index.HTM", "//", "/.html", "index/index"])
def test_all_spellings_of_the_front_page_are_one(path: str) -> None:
    assert slugs.spelling(path) == ""


@pytest.mark.parametrize(
    ("path", "other"), [("/about", "/about\n"), ("/a", "/ab"), ("/a/b", "/a-b"), ("/sindex", "/s"), ("/xhtml", "/x")]
)
def test_what_is_another_address_stays_one(path: str, other: str) -> None:
    assert slugs.spelling(path) != slugs.spelling(other)


def capital(letter: str) -> str:
    big = letter.upper()
    return big if letter.isalpha() and len(big) == 1 and big.casefold() == letter.casefold() else letter


@given(st.text() | MARKED)
def test_a_spelling_is_the_same_composed_decomposed_and_capital(path: str) -> None:
    folded = slugs.spelling(path)
    assert slugs.spelling(unicodedata.normalize("NFD", path)) == folded
    assert slugs.spelling(unicodedata.normalize("NFC", path)) == folded
    assert slugs.spelling("".join(map(capital, path))) == folded
    assert slugs.spelling(f"/{path}/index.html") == folded


@pytest.mark.parametrize(
    ("url", "base", "form"),
    [("/a.md", "/a", "md"), ("/a.PDF/", "/a", "pdf"), ("/v1.0", "", ""), ("/.md", "", ""), ("/x/.md", "", ""),
     ("/a.md.txt", "/a.md", "txt"), ("", "", ""), ("/", "", ""), ("/a.md\n", "", "")],
)  # fmt: skip
def test_a_form_is_cut_off_an_address(url: str, base: str, form: str) -> None:
    assert slugs.cut_form(url) == (base, form)


@pytest.mark.parametrize(
    ("name", "title"),
    [("remote_textmate", "Remote textmate"), ("on-cats", "On cats"), ("a - b", "A - b"), ("-", "-"), ("", "")],
)
def test_a_file_name_becomes_a_title(name: str, title: str) -> None:
    assert slugs.pretty(name) == title


@pytest.mark.parametrize(
    "stem",
    ["IMG_0153", "IMG_0153_2", "img_0153", "DSC00042", "DSCF1234", "L1007785", "P1050123", "_DSC0042",
     "PXL_20230101_123456789", "20230101_123456", "1234567", "IMG_0153 (2)", "Untitled", "GOPR0042"],
)  # fmt: skip
def test_a_cameras_name_is_no_title(stem: str) -> None:
    assert slugs.photo_title(stem) == ""


@pytest.mark.parametrize(
    ("stem", "title"),
    [("red_door", "Red door"), ("little_orange_8265866502_o", "Little orange"), ("Harbour at dawn", "Harbour at dawn")],
)
def test_an_authors_name_of_a_photograph_is_its_title(stem: str, title: str) -> None:
    assert slugs.photo_title(stem) == title


@pytest.mark.parametrize(
    "name",
    [".git", ".draft.md", ".#a.md", "a.md~", "a.md.swp", "a.SWX", "4913", "#a.md#", "a.tmp", "a.md.part", "_private",
     "_a.md", ".syncthing.a.md.tmp", "Thumbs.db", "bak", "Map.excalidraw.md"],
)  # fmt: skip
def test_private_and_temporary_names_are_no_content(name: str) -> None:
    assert not slugs.is_content(name)


@pytest.mark.parametrize(
    "name", ["a.md", "_index.md", "_posts", "_redirects", "_drafts", "swp.md", "4913.md", "a b#.md"]
)
def test_other_names_are_content(name: str) -> None:
    assert slugs.is_content(name)


@pytest.mark.parametrize(
    ("path", "stem"), [("a/IMG_1.jpg", "IMG_1"), ("v1.0.md", "v1.0"), ("a.b/c", "c"), ("a/..md", "..md"), ("", "")]
)
def test_a_stem_is_a_name_without_its_suffix(path: str, stem: str) -> None:
    assert slugs.stem(path) == stem
