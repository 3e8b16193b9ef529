"""Names -> URL segments and back: which names are content at all, how each is spelled in a URL, what it is called.

slug("On cats & dogs") -> "On-cats-&-dogs"; pretty("if_textmate_42") -> "If textmate 42".
"""

from __future__ import annotations

import posixpath
import re
import unicodedata

FORMS = ("md", "txt", "json", "pdf")  # suffixes of a page's other forms
_KEPT = frozenset("._-&")
_PLAIN = re.compile(r"[A-Za-z0-9._&-]*[A-Za-z0-9_&-][A-Za-z0-9._&-]*")
_TAILS = (".html", ".htm", "/index")
_SAME = str.maketrans("_ +", "---")
_CAMERA = re.compile(
    r"(?:[A-Z]{1,4}[_-]?\d{3,}(?:[_-]\d+)*|_?[A-Z]{3}\d{4,}|\d{6,}(?:[_-]\d+)*|P\d{7}|Untitled)(?:[ _-]?\(\d+\))?",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"_\d{8,}(?:_[a-z0-9]+)*$")  # little_orange_8265866502_o
_TEMPORARY = re.compile(r".*(?:~|\.swp|\.swx|\.tmp|\.part|\.bak|\.orig|\.rej)$|#.*#$|4913$|Thumbs\.db$", re.IGNORECASE)


def slug(name: str) -> str:
    """Spell a name as one URL segment: letters, digits and `._-&` stay as they are, spaces become `-`, the rest goes.

    Composed (NFC), so that one name has one spelling whatever the disk; marks belong to their letters. Never empty,
    ".", or "..": such a name gives "untitled".
    """
    if _PLAIN.fullmatch(name):
        return name
    kept = "".join(c if _is_letter(c) or c in _KEPT else "-" if c.isspace() else "" for c in name)
    if kept != name:
        kept = re.sub(r"-{2,}", "-", kept).strip("-")
    kept = unicodedata.normalize("NFC", kept)  # at last: letters may have come together
    return kept if kept.strip(".") else "untitled"


def _is_letter(c: str) -> bool:
    return c.isalnum() or unicodedata.category(c)[0] == "M"  # "हिन्दी" without its marks is another word


def spelling(path: str) -> str:
    """Fold a URL path so that every spelling people try is one key: case, `_` and `+`, slashes, `.html`, `index`."""
    folded = path.casefold()
    if not path.isascii():  # canonical caseless matching (Unicode, D145), then composed
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())
    folded = folded.translate(_SAME).strip("/")
    if "//" in folded:
        folded = re.sub("/{2,}", "/", folded)
    while folded.endswith(_TAILS) or folded == "index":
        folded = (folded[:-5] if folded[-1] == "x" else folded.rpartition(".")[0]).rstrip("/")
    return folded


def cut_form(url: str) -> tuple[str, str]:
    """Cut the suffix of a form off an address: "/a.MD" -> ("/a", "md"); of none, ("", "")."""
    base, _, suffix = url.rstrip("/").rpartition(".")
    form = suffix.lower()
    return (base, form) if form in FORMS and not base.endswith("/") else ("", "")


def stem(path: str) -> str:
    """Return a path's last name without its suffix: "a/v1.0.md" -> "v1.0"; ten times faster than pathlib's."""
    return posixpath.splitext(path.rpartition("/")[2])[0]


def pretty(name: str) -> str:
    """Make a title of a file name: "remote_textmate" -> "Remote textmate"."""
    words = re.sub(r"[_\s]+|(?<=\w)-(?=\w)", " ", name).strip()
    return words[:1].upper() + words[1:] if words else name


def photo_title(stem: str) -> str:
    """Make a title of a photograph's file name, or "" when a camera or a host gave it: "IMG_0153_2", "L1007785"."""
    name = _SERIAL.sub("", stem)
    return "" if _CAMERA.fullmatch(stem) or _CAMERA.fullmatch(name) else pretty(name)


def is_content(name: str) -> bool:
    """Say whether a file or folder of this name can be content: no dot-files, temporary files or private `_names`."""
    if name.startswith("."):
        return False
    if name.startswith("_"):
        return name in ("_index.md", "_posts", "_drafts", "_redirects")
    return not _TEMPORARY.fullmatch(name)


def is_drafts_folder(name: str) -> bool:
    """Say whether everything in a folder of this name is a draft."""
    return name in ("drafts", "_drafts")
