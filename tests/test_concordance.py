"""The index: each term once, under its letter, with the pages that hold it."""

from __future__ import annotations

import time

from conftest import Clock, Write

from folio import site as sites
from folio.concordance import DIGITS, FEW, Concordance, concordance
from folio.config import Config
from folio.extracts import Extract
from folio.snapshot import Site


def of(config: Config, write: Write, *texts: tuple[str, ...]) -> tuple[Site, dict[str, Extract]]:
    """Make a site of pages that hold these terms."""
    for n, _ in enumerate(texts):
        write(f"p{n}.md", f"---\ndate: 2020-01-{n % 28 + 1:02}\n---\n# Page {n}\n")
    site = sites.load(config, Clock(), time.time())
    return site, {f"p{n}.md": Extract(terms=terms) for n, terms in enumerate(texts)}


def entries(found: Concordance) -> list[tuple[str, str, list[str]]]:
    return [
        (letter, term.text, [page.title for page in term.pages]) for letter, terms in found.letters for term in terms
    ]


def test_terms_stand_under_letters_with_their_pages_newest_first(config: Config, write: Write) -> None:
    site, extracts = of(config, write, ("tide", "Été", "3D"), ("Tide", "Ebb", "été", "3D"), ("tide", "ebb"))
    assert entries(concordance(site, extracts)) == [
        ("E", "Ebb", ["Page 2", "Page 1"]),
        ("E", "Été", ["Page 1", "Page 0"]),
        ("T", "tide", ["Page 2", "Page 1", "Page 0"]),
        (DIGITS, "3D", ["Page 1", "Page 0"]),
    ]


def test_an_article_stands_at_the_end(config: Config, write: Write) -> None:
    site, extracts = of(
        config, write, ("The Art of Waiting", "A boat", "Theory"), ("The Art of Waiting", "A boat", "Theory")
    )
    assert [text for _, text, _ in entries(concordance(site, extracts))] == ["Art of Waiting, The", "Boat, A", "Theory"]


def test_a_term_that_is_a_title_leads_to_its_page(config: Config, write: Write) -> None:
    site, extracts = of(config, write, ("Page 1",), ("Page 1", "own"), ())
    ((_, (term,)),) = concordance(site, extracts).letters
    assert term.page is site.pages["/p1"]
    assert [page.title for page in term.pages] == ["Page 0"]


def test_a_small_site_has_names_of_one_page_and_no_other_words(config: Config, write: Write) -> None:
    site, extracts = of(config, write, ("Aldus Manutius", "University of Ghent", "winter light", "Ghent"))
    found = concordance(site, extracts)
    assert [text for _, text, _ in entries(found)] == ["Aldus Manutius", "University of Ghent"]
    assert (found.total, found.left_out) == (2, 2)


def test_a_larger_one_has_what_is_shared(config: Config, write: Write) -> None:
    shared = tuple(f"term {n}" for n in range(FEW))
    site, extracts = of(config, write, (*shared, "Aldus Manutius"), shared)
    found = concordance(site, extracts)
    assert (found.total, found.left_out) == (FEW, 1)


def test_of_too_many_terms_those_that_most_pages_hold_stay(config: Config, write: Write) -> None:
    texts = [tuple(f"term {n:03}" for n in range(300) if n % (page + 1) == 0) for page in range(6)]
    site, extracts = of(config, write, *texts)
    whole, some = concordance(site, extracts), concordance(site, extracts, most=5_000)
    assert whole.total > some.total > 10
    assert some.total + some.left_out == whole.total + whole.left_out == 300
    kept = [len(term.pages) for _, terms in some.letters for term in terms]
    counts = sorted((len(term.pages) for _, terms in whole.letters for term in terms), reverse=True)
    assert sorted(kept, reverse=True) == counts[: some.total]


def test_a_folder_and_what_is_not_read_yet_hold_nothing(config: Config, write: Write) -> None:
    site, extracts = of(config, write, ("Ann Other",), ("Ann Other",))
    write("index.md", "# Home\n")
    site = sites.load(config, Clock(), time.time())
    extracts["index.md"] = Extract(terms=("Ann Other",))
    del extracts["p1.md"]
    assert entries(concordance(site, extracts)) == [("A", "Ann Other", ["Page 0"])]
