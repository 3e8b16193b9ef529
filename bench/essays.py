"""Generates a content tree of any size, the same on every machine: `python -m bench.essays COUNT FOLDER`.

The sentences mean nothing, but words are as frequent as in a language: a few hundred common English ones, and thirty
thousand rare ones made of syllables. Every benchmark that needs many pages takes them from here.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FIRST, LAST = dt.date(2004, 1, 1), dt.date(2025, 12, 28)
WORDS = 600, 2_500  # of an essay; half of them have more than 1,200
RARE = 30_000  # made-up words
SCATTER = 7_919  # a prime, so that the words of neighbouring numbers do not look alike
FALL = 1.2  # the exponent of Zipf's law: the common words are two thirds of a text
NOTES, LINKS, SECTIONS = 6, 6, 7  # at most so many notes and links an essay; a heading after so many paragraphs
SERIES_EVERY, SERIES_PARTS = 40, 5  # a series begins with every 40th essay
SYLLABLES = (
    "al", "ber", "cor", "dan", "el", "far", "gil", "har", "in", "jor", "kel", "lum", "mor", "nes", "or", "pel", "quin",
    "ras", "sol", "tam", "ul", "ver", "wen", "yar", "zel", "bran", "cle", "dri", "fen", "gra",
)  # fmt: skip
ENDINGS = (
    "", "a", "e", "o", "in", "el", "et", "on", "ow", "y", "s", "as", "es", "os", "ins", "els", "ed", "en", "er", "est",
    "ing", "ish", "ful", "less", "ly", "ment", "ness", "ward", "wick", "ling", "le", "ry", "dom", "ance",
)  # fmt: skip
COMMON = (
    "the of and a to in it is that was for on with as he at by his but from this have not be or which are one they had "
    "her she we you an were so there all their when him what up out no then them would more some into time can has my "
    "like now other about only its over than two may any way could new these our first after also back many where most "
    "see well me too little down own very still such before here again just long through must being never work year "
    "day old paper light water hand morning winter street window page letter room stone river garden table house "
    "evening road field summer photograph kitchen library shelf margin pencil drawer lamp door harbour bridge train "
    "station hill village rain frost candle tea bread salt apple notebook sentence word book author reader printer ink "
    "type line spine cover binding index chapter story memory name place map journey walk bench square market tower "
    "bell clock silence music song piano violin fiddle voice neighbour sister brother mother father friend stranger "
    "child teacher doctor baker carpenter sailor gardener machine tool hammer needle thread cloth coat boot hat pocket "
    "key lock lantern mirror picture frame wall roof floor stair attic cellar fence gate path meadow orchard barn tree "
    "branch leaf root seed flower moss fern bird crow heron swallow fish eel otter fox hare dog cat horse sheep cow "
    "found made kept left came went said knew thought felt wrote read held stood turned opened closed carried waited "
    "small quiet slow plain careful patient broken early late cold warm dark bright heavy narrow wide deep far near"
).split()
TAGS = (
    "books", "walking", "photography", "weather", "letters", "gardens", "trains", "printing", "kitchens", "rivers",
    "tools", "memory", "maps", "birds", "music", "programming", "typography", "harbours", "winter", "neighbours",
    "archives", "paper", "clocks", "bridges", "bread", "silence", "towns", "handwriting", "libraries", "lamps",
)  # fmt: skip
TITLES = ("On the {0} {1}", "A {0} {1}", "What the {0} {1} keeps", "Notes towards a {0} {1}", "The {0} {1}, again")
CODE: Sequence[tuple[str, str]] = (
    (
        "python",
        "from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\n"
        "class {0}:\n    name: str\n    {1}: int = 0\n\n"
        '    def {2}(self) -> str:\n        """Say it in one line."""\n'
        '        return f"{{self.name}}: {{self.{1}:,}}"\n',
    ),
    (
        "python",
        "def {0}(lines: list[str]) -> dict[str, int]:\n    {1} = {{}}\n    for line in lines:  # one each\n"
        "        key, _, value = line.partition('=')\n        {1}[key.strip()] = int(value or 0)\n"
        "    return dict(sorted({1}.items()))\n",
    ),
    ("bash", 'for file in {0}/*.md; do\n  grep -q "{1}" "$file" && echo "${{file%.md}}" >> {2}.txt\ndone\n'),
    (
        "javascript",
        "export function {0}(list) {{\n  const {1} = new Map();\n  for (const item of list) {{\n"
        "    {1}.set(item.id, (item.{2} ?? 0) + 1);\n  }}\n  return [...{1}.entries()];\n}}\n",
    ),
    ("toml", '[{0}]\n{1} = true\n{2} = ["first", "second"]  # in this order\n'),
    ("sql", "SELECT {0}, count(*) AS {1}\nFROM {2}\nWHERE {0} IS NOT NULL\nGROUP BY {0} ORDER BY {1} DESC;\n"),
)


@dataclass(frozen=True, slots=True)
class Essay:
    """One text: its front matter and its Markdown, whose links name other essays' files."""

    name: str  # of its file, without .md: "2011-03-05-on-the-quiet-belmora"
    title: str
    date: dt.date
    description: str
    tags: tuple[str, ...]
    series: str  # "" for most
    body: str

    @property
    def text(self) -> str:
        """The content of the file, with YAML front matter that Hugo and Eleventy read too."""
        header = {"title": self.title, "date": self.date, "description": self.description, "tags": list(self.tags)}
        if self.series:
            header["series"] = self.series
        lines = (f"{key}: {value if key == 'date' else json.dumps(value)}" for key, value in header.items())
        return "\n".join(("---", *lines, "---", "", self.body))


def essays(count: int) -> Iterator[Essay]:
    """Yield `count` essays, the oldest first. Number n has the same words in a tree of any size, but another date."""
    names = [_name(n, count) for n in range(count)]
    for n, name in enumerate(names):
        yield _essay(n, name, names, _date(n, count))


def write(tree: Path, count: int) -> tuple[str, ...]:
    """Write a whole site of `count` essays, and return their URLs, the oldest first."""
    folder = tree / "essays"
    folder.mkdir(parents=True)
    (tree / "site.toml").write_text('title = "A long shelf"\ndescription = "Essays, many of them."\n')
    (tree / "index.md").write_text("# A long shelf\n\nSomebody has been writing here for years.\n")
    (tree / "about.md").write_text("# About\n\nA writer who does not stop. [Essays](essays/index.md) are the rest.\n")
    (folder / "index.md").write_text("# Essays\n\nThe newest first.\n")
    addresses = []
    for essay in essays(count):
        (folder / f"{essay.name}.md").write_text(essay.text, encoding="utf-8")
        addresses.append(f"/essays/{essay.name}")
    return tuple(addresses)


def rare(n: int) -> str:
    """Return made-up word n, unique for every n below RARE; the title of essay n holds it."""
    n, ending = divmod(n * SCATTER % RARE, len(ENDINGS))
    first, second = divmod(n, len(SYLLABLES))
    return SYLLABLES[first] + SYLLABLES[second] + ENDINGS[ending]


@functools.cache
def _vocabulary() -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return all words and their cumulative weights, by Zipf's law."""
    words = (*COMMON, *(rare(n) for n in range(RARE)))
    return words, tuple(itertools.accumulate((n + 3) ** -FALL for n in range(len(words))))


def _date(n: int, count: int) -> dt.date:
    return FIRST + (LAST - FIRST) * (n + 1) // count


def _title(n: int) -> str:
    chance = random.Random(f"title {n}")
    return chance.choice(TITLES).format(chance.choice(COMMON[-18:]), rare(n % RARE))


def _name(n: int, count: int) -> str:
    slug = "".join(letter for letter in _title(n).lower() if letter.isalpha() or letter == " ").replace(" ", "-")
    return f"{_date(n, count)}-{slug}"


def _essay(n: int, name: str, names: Sequence[str], date: dt.date) -> Essay:
    chance = random.Random(f"essay {n}")
    tags = sorted({TAGS[int(len(TAGS) * chance.random() ** 2)] for _ in range(chance.randint(1, 4))})
    series = f"The {rare(n // SERIES_EVERY)} papers" if n % SERIES_EVERY < SERIES_PARTS else ""
    body = _body(chance, {_title(m): names[m] for m in _cited(chance, n)})
    return Essay(name, _title(n), date, _sentence(chance, 12), tuple(tags), series, body)


def _cited(chance: random.Random, n: int) -> Sequence[int]:
    """Return the essays that essay n links to: earlier ones, mostly near ones."""
    if not n:
        return ()
    return sorted({n - 1 - int(n * chance.random() ** 3) for _ in range(chance.randint(0, LINKS))})


def _body(chance: random.Random, cited: Mapping[str, str]) -> str:
    """Return paragraphs until there are enough words, with headings, code, quotations, lists and tables between."""
    wanted = WORDS[0] + int((WORDS[1] - WORDS[0]) * chance.random() ** 2)
    notes = [f"[^{n}]" for n in range(1, chance.randint(0, NOTES) + 1)]
    hung = [f"[{title}]({name}.md)" for title, name in cited.items()] + notes
    chance.shuffle(hung)
    parts: list[str] = []
    words = 0
    for n in itertools.count():
        if n and n % SECTIONS == 0:
            parts.append(f"## {_sentence(chance, chance.randint(2, 5)).rstrip('.')}")
        parts.append(_paragraph(chance, hung.pop() if hung else ""))
        words += len(parts[-1].split())
        if chance.random() < 0.12:
            parts.append(_aside(chance))
        if words >= wanted and not hung:
            break
    return "\n\n".join((*parts, *(f"{note}: {_sentence(chance, 18)}" for note in notes))) + "\n"


def _paragraph(chance: random.Random, hung: str) -> str:
    """Return some sentences, the first with `hung`: a link or a note reference."""
    sentences = [_sentence(chance, chance.randint(6, 24)) for _ in range(chance.randint(3, 6))]
    if hung.startswith("[^"):
        sentences[0] += hung
    elif hung:
        sentences[0] = f"{sentences[0][:-1]}, as in {hung}."
    if chance.random() < 0.3:
        first, _, rest = sentences[1].partition(" ")
        sentences[1] = f"*{first}* {rest}"
    return " ".join(sentences)


def _sentence(chance: random.Random, words: int) -> str:
    vocabulary, often = _vocabulary()
    said = chance.choices(vocabulary, cum_weights=often, k=words)
    if words > 12:
        said[words // 2] += ","
    return " ".join(said).capitalize() + "."


def _aside(chance: random.Random) -> str:
    """Return a block of code, a quotation, a list or a table."""
    kind = chance.randrange(4)
    if kind == 0:
        language, code = chance.choice(CODE)
        names = [rare(chance.randrange(RARE)) for _ in range(3)]
        return f"```{language}\n{code.format(*names)}```"
    if kind == 1:
        return f"> {_sentence(chance, 20)}\n>\n> — {rare(chance.randrange(RARE)).capitalize()}"
    lines = [_sentence(chance, 7) for _ in range(4)]
    if kind == 2:
        return "\n".join(f"- {line}" for line in lines)
    return "\n".join(
        ("| What | How many |", "|---|--:|", *(f"| {line} | {chance.randint(1, 999)} |" for line in lines))
    )


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
