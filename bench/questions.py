"""Search queries: about essays, each with the URL that should be found first; and hostile ones."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from bench.essays import Essay

JUDGED = Path(__file__).parent / "judged"
PIECES = (
    *("cats", "wild", "dogs", "the", "a", "tag:", "in:", "year:", "from:", "camera:", "-", '"', "“", "(", ")"),
    *("[a TO z]", "*", "?", "~2", "c*", "*a*", "^9", "AND", "OR", "NOT", "\\", "\0", "\x1b", "‮", "日本", "\ud800"),
    *("🐈‍⬛", "x" * 500, "<b>", "{", "/re/", "&&", "||", "%00", "../", "';--", "ﷺ", "Ⅷ", "\u0301" * 40, "ß" * 90),
)


@dataclass(frozen=True, slots=True)
class Question:
    """One query and the URL that should be found first, with "#id" if it is a part of a page.

    For another writer's content only the hash of the URL is given.
    """

    kind: str
    typed: str
    address: str

    def is_answered_by(self, address: str) -> bool:
        return self.address in (address, digest(address))


def digest(address: str) -> str:
    """Return the hash that stands for a URL."""
    return blake2b(address.encode(), digest_size=6).hexdigest()


def judged(name: str) -> tuple[Question, ...]:
    """Read a set of queries judged by hand."""
    lines = (JUDGED / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(Question(*line.split("\t")) for line in lines if not line.startswith("#"))


def about(essays: Sequence[Essay], count: int) -> Iterator[Question]:
    """Yield a query for each of `count` essays, in turn by title, two words, a typo, a prefix, a phrase, filters …"""
    chance = random.Random(7)
    for n, essay in enumerate(chance.sample(list(essays), count)):
        address = f"/essays/{essay.name}"
        adjective, noun = _named(essay)
        common = chance.choice(("harbour", "library", "winter", "kitchen", "photograph", "river"))
        asked = (
            ("name", essay.title),
            ("two words", f"{noun} {adjective}"),
            ("typo", f"{adjective} {noun[:2]}{noun[3:]}"),
            ("prefix", f"{adjective} {noun[:-1]}"),
            ("phrase", f'"{adjective} {noun}"'),
            ("filter", f"{noun} year:{essay.date.year} tag:{essay.tags[0]}"),
            ("with a common word", f"{noun} {common}"),
            ("common words", f"{common} garden of the evening"),
        )
        kind, typed = asked[n % len(asked)]
        yield Question(kind, typed, address)


def _named(essay: Essay) -> tuple[str, str]:
    """Return the adjective and noun that end a title: "Notes towards a quiet belmora" -> ("quiet", "belmora")."""
    words = [word.strip(",") for word in essay.title.split() if word.strip(",") not in ("keeps", "again")]
    return words[-2], words[-1]


def hostile(count: int) -> list[str]:
    """Return hostile queries (wildcards, brackets, control characters, extreme lengths), the same each time."""
    chance = random.Random(13)
    found = ["*", "?" * 200, "c* " * 104, "word " * 2000, "x" * 10_000, '"' * 999, "(" * 5000, "-" * 500, "tag:" * 300]
    found += ["[a TO z]", "a~99", '"a b"~9999', "\0" * 400, "title:[* TO *]", " ".join("abcdefghijklmnop")]
    found += ["é" * 10_000, " ".join(f"t{n}" for n in range(2_000)), '"the of" "of and" "and a" "a to" "to in"']
    found += [
        "the of and a to in it is that was for on with as he at",
        '-"the of" the',
        "ss ae oe th ij",
        "a b c d e f g",
    ]
    while len(found) < count:
        joint = chance.choice(["", " ", "  ", ":"])
        found.append(joint.join(chance.choice(PIECES) for _ in range(chance.randint(1, 60))))
    return found
