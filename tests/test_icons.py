"""Icons: deterministic, inside their grid, well-formed whatever the title."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folio import icons
from folio.config import ACCENTS

TITLES = [f"Essay number {n}" for n in range(400)]
PAPERS = ((0xFF, 0xFD, 0xF6), (0x15, 0x13, 0x0F))


def test_a_title_keeps_its_icon_for_ever() -> None:
    assert icons.shapes("On Cats") == (
        icons.Shape("polygon", (0, 5, 2, 5, 2, 8, 0, 8), 1),
        icons.Shape("polygon", (2, 2, 4, 2, 4, 8, 2, 8), 0),
        icons.Shape("polygon", (4, 4, 6, 4, 6, 8, 4, 8), 1),
        icons.Shape("polygon", (6, 0, 8, 0, 8, 8, 6, 8), 0),
    )


def test_case_and_spacing_do_not_change_an_icon() -> None:
    assert icons.shapes("On  Cats ") == icons.shapes("on cats")


def test_icons_differ_from_title_to_title() -> None:
    drawn = [icons.shapes(title) for title in TITLES]
    neighbours_alike = sum(a == b for a, b in pairwise(drawn))
    assert len(set(drawn)) > 200
    assert neighbours_alike <= 4


def test_all_shapes_that_there_are_can_be_remembered() -> None:
    shapes = {shape for n in range(3000) for shape in icons.shapes(f"Title {n}")}
    assert 500 < len(shapes) < icons.ELEMENTS / (1 + len(ACCENTS))
    assert icons._outline.cache_info().currsize < icons.LEAVES


@given(st.text(max_size=200))
def test_any_title_has_three_to_five_shapes_inside_the_grid(title: str) -> None:
    drawn = icons.shapes(title)
    assert 3 <= len(drawn) <= 5
    assert {shape.tone for shape in drawn} == {0, 1}
    for shape in drawn:
        if shape.kind == "polygon":
            assert len(shape.points) >= 6 and len(shape.points) % 2 == 0
            assert all(-0.3 <= value <= icons.GRID + 0.3 for value in shape.points)
        else:
            x, y, radius = shape.points[:3]
            assert 0 < radius <= 4
            assert shape.kind == "pie" or (radius <= min(x, y, icons.GRID - x, icons.GRID - y) + 0.01)


@given(st.text(max_size=200), st.sampled_from(ACCENTS))
def test_an_icon_is_a_whole_svg_document_with_a_dark_side(title: str, accent: str) -> None:
    drawing = icons.svg(title, accent)
    root = ElementTree.fromstring(drawing)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["viewBox"] == "0 0 8 8"
    assert "prefers-color-scheme:dark" in drawing
    assert "<script" not in drawing.lower()
    assert len(drawing.encode()) < 2_500 + 6 * len(title)


def test_every_accent_has_its_tones_and_an_unknown_one_takes_the_first() -> None:
    assert set(icons.TONES) == set(ACCENTS)
    assert icons.tones("mauve") == icons.tones("ember")


@pytest.mark.parametrize("accent", ACCENTS)
def test_the_strong_tone_stands_out_on_both_papers(accent: str) -> None:
    for (strong, soft), paper in zip(icons.tones(accent), PAPERS, strict=True):
        assert _contrast(strong, paper) >= 5.9
        assert _contrast(soft, paper) >= 1.8
        assert _contrast(strong, _rgb(soft)) >= 2


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _contrast(colour: str, paper: tuple[int, int, int]) -> float:
    """WCAG 2 contrast ratio."""
    light, dark = sorted((_luminance(_rgb(colour)), _luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: tuple[int, int, int]) -> float:
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (c / 255 for c in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
