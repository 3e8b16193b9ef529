"""A long list is divided into sheets: nothing lost, nothing twice, none too heavy."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from folio.sheets import GROUP_BYTES, address, count, nth, sheets

WEIGHTS = st.lists(st.lists(st.integers(1, 3_000), max_size=20), max_size=12)


def test_a_short_list_is_one_sheet() -> None:
    assert sheets([("a", [1, 2]), ("b", [3])], lambda n: n) == ((("a", (1, 2)), ("b", (3,))),)


def test_nothing_is_one_empty_sheet() -> None:
    assert sheets([], len) == ((),)


def test_a_group_goes_on_under_its_own_name() -> None:
    found = sheets([("a", ["x" * 400] * 3), ("b", ["y"])], len, 1_200)
    assert [[(key, len(items)) for key, items in sheet] for sheet in found] == [[("a", 2)], [("a", 1), ("b", 1)]]


def test_a_group_without_items_keeps_its_name() -> None:
    assert sheets([("a", []), ("b", [1])], lambda n: n) == ((("a", ()), ("b", (1,))),)


def test_what_is_heavier_than_a_sheet_has_one_to_itself() -> None:
    found = sheets([("a", [1, 9_000, 1])], lambda n: n, 1_000)
    assert [items for sheet in found for _, items in sheet] == [(1,), (9_000,), (1,)]


@given(WEIGHTS)
def test_every_item_is_on_one_sheet_in_its_order(weights: list[list[int]]) -> None:
    found = sheets(list(enumerate(weights)), lambda n: n, 4_000)
    assert [(key, item) for sheet in found for key, items in sheet for item in items] == [
        (key, item) for key, items in enumerate(weights) for item in items
    ]
    for sheet in found:
        heavy = sum(GROUP_BYTES + sum(items) for _, items in sheet)
        assert heavy <= 4_000 or sum(len(items) for _, items in sheet) <= 1
        assert len({key for key, _ in sheet}) == len(sheet)


@given(st.lists(st.integers(), max_size=50), st.integers(1, 12))
def test_sheets_of_so_many_items_hold_each_once(items: list[int], size: int) -> None:
    found = [nth(items, number, size) for number in range(1, count(len(items), size) + 1)]
    assert [item for sheet in found for item in sheet] == items
    assert all(len(sheet) == size for sheet in found[:-1])
    assert not nth(items, len(found) + 1, size)


def test_the_first_page_of_a_list_has_the_address_of_the_list() -> None:
    assert [address("/archive", number) for number in (1, 2)] == ["/archive", "/archive?page=2"]
    assert [address("/search?q=a%26b", n) for n in (1, 12)] == ["/search?q=a%26b", "/search?q=a%26b&page=12"]
