"""Who has what, after any changes, is what a look at everything finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from folio import holders

NAMES = ("ants", "bees", "cats")
TRAITS = st.sets(st.sampled_from("uvwx"))


@given(st.lists(TRAITS, min_size=3, max_size=3), st.lists(st.tuples(st.sampled_from(range(3)), TRAITS), max_size=5))
def test_changes_end_in_what_is_found_at_once(first: list[set[str]], changes: list[tuple[int, set[str]]]) -> None:
    having = [*first]
    known = before = holders.gather(zip(NAMES, having, strict=True))
    told = {trait: [*names] for trait, names in before.items()}
    for n, traits in changes:
        known = holders.changed(known, [(NAMES[n], having[n], traits)])
        having[n] = traits
    assert known == holders.gather(zip(NAMES, having, strict=True))
    assert before == told  # who asks of the generation before is not told of this one
