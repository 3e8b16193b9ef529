"""The texts that a page must be able to hold, as a content tree: the Markdown beside this file, and one made of notes.

Each is an address of TEXTS; `lay_out(folder)` writes the tree. The words are ours, and right in their languages.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
NAMES = (
    "arabic", "japanese", "polish", "code", "tables", "formulas", "poem", "long-title", "plain", "notes",
)  # fmt: skip
TEXTS: Mapping[str, str] = {name: f"/texts/{name}" for name in NAMES}
PICTURES = {"wide.png": (1600, 700), "tall.png": (500, 800)}  # width and height in pixels

LONG = (
    "A long note, which has much to say and takes its time over it: it began as a word in a margin, was asked for its "
    "reasons, and has been giving them ever since, to everybody who stands still for long enough, in the order in "
    "which they come to mind, so that it is longer than the paragraph that it belongs to and has to be waited for."
)
BLOCK = """[^block]: A note of several blocks. Its first says little.

    ```sh
    grep -rn "a line of code that is wider than any margin" content/ | sort | uniq -c
    ```

    - one thing;
    - and another.

    The last says that it ends here.
"""


def lay_out(folder: Path) -> Path:
    """Write the tree into an empty folder and return it."""
    shutil.copytree(HERE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for name, size in PICTURES.items():
        Image.linear_gradient("L").resize(size).convert("RGB").save(folder / "texts" / name)
    (folder / "texts" / "notes.md").write_text("\n\n".join(notes()), encoding="utf-8")
    return folder


def notes() -> Iterator[str]:
    """Give the paragraphs of a text with eighty notes, wherever notes can stand."""
    yield "---\ntitle: Eighty notes\ndate: 2026-05-01\ndescription: In lines, lists, headings and quotations.\n---"
    yield "Three in one line: here,^[The first.] here,^[The second, close upon it.] and here.^[The third.] Then text."
    yield f"A long one.^[{LONG}] It is followed at once by another paragraph."
    yield "The other paragraph has a note as well.^[It has to wait until the long one is done.] And a few words."
    yield "## A heading with a note^[Even a heading may have one.] in it"
    yield "A list of things that need a note:"
    yield "- one;^[A note in a list.]\n- two;^[And its neighbour.]\n  - a second level;^[Deep inside.]\n- three."
    yield "> A quotation, which somebody has explained.^[A note in a quotation.] It goes on for a second sentence."
    yield "Here comes a note of several blocks.[^block] The text has one more sentence, and no more."
    yield BLOCK.rstrip()
    yield f"A note right above a picture.^[{LONG}]"
    yield "![A grey slope](wide.png){.wide}"
    yield "*A caption of the text’s own.* And a note after a wide picture.^[Below the picture, not on it.]"
    yield f"The same above a picture as wide as the window.^[{LONG}]"
    yield '![A grey slope](wide.png "With a caption"){.full}'
    yield f"And above one that is no wider than the text.^[{LONG}]"
    yield "![A grey tower](tall.png)\n*With a caption and a note.^[A note in a caption.]*"
    yield "A table may have notes too."
    yield "| Word | Sense |\n|---|---|\n| note | what is beside^[In a cell.] |\n| text | what is not |"
    yield f"A note before a program.^[{LONG}]"
    yield "```python\nprint('a program that is wider than the column, and is scrolled to its end', 1 + 1)\n```"
    yield "> [!tip] A callout\n> With a note in it.^[A note in a callout.]"
    yield from ripples(80 - 18)


def ripples(count: int) -> Iterator[str]:
    """Give short paragraphs with two notes each, some of them longer than the paragraph."""
    for number in range(1, count, 2):
        tail = "It is one of many, and it says so in two lines. " * (number % 3)
        yield (
            f"Sentence {number} asks for a note,^[Note {number} is here. {tail.strip()}] and before it has ended "
            f"it asks for one more.^[Note {number + 1}.]"
        )
