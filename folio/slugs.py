"""File names -> URL segments and titles, and which names are content at all.

slug("On cats & dogs") -> "On-cats-&-dogs"; pretty("if_textmate_42") -> "If textmate 42".
"""

from __future__ import annotations

import re
import unicodedata

BOUND = ("pdf", "epub")  # forms that workers make
FORMS = ("md", "txt", "json", *BOUND)  # suffixes of a page's other forms
UNTITLED = "untitled"  # the slug of a name without letters
_KEPT = frozenset("._-&")
_PLAIN = re.compile(r"[A-Za-z0-9._&-]*[A-Za-z0-9_&-][A-Za-z0-9._&-]*")
_TAILS = (".html", ".htm", "/index")
# Meaningless parts of a photograph's file name: a camera's or a host's number (not a star's: NGC7000), a date, an id;
# and the words that stand beside those.
_NUMBER = re.compile(
    r"\d+|(?!(?:NGC|UGC|IC)\d)[A-Z]{1,5}\d{3,}[A-Z]?|[A-Z]{1,3}\d[A-Z]\d{4,}|\d[A-Z]\d|WA\d+|\d+X\d+|\d+PX"
    r"|(?=[A-F]*\d)[0-9A-F]{4,}|(?=.*\d.*[A-Z].*\d)[0-9A-Z]{10,}",
    re.IGNORECASE | re.ASCII,
)
_NOTHING = frozenset((
    "am", "at", "copy", "cover", "crop", "cropped", "crw", "dcim", "dji", "dng", "download", "dsc", "dscf", "dscn",
    "edit", "edited", "enhanced", "export", "fb", "file", "final", "fullsizerender", "gopr", "hdr", "heic", "image",
    "img", "imgp", "jpeg", "jpg", "kopie", "large", "lr", "mg", "mp", "mvimg", "nr", "orig", "original", "pano",
    "photo", "photograph", "pic", "picture", "pm", "portrait", "pxl", "raw", "received", "sam", "scan", "screen",
    "screenshot", "shot", "signal", "sq", "thumb", "untitled", "unnamed", "vid", "wa", "web", "whatsapp", "wp",
))  # fmt: skip
_EMPTY = frozenset((
    "cover", "download", "fullsizerender", "image", "img", "photo", "picture", "scan", "screenshot", "unnamed",
    "untitled",
))  # fmt: skip  # meaningless even alone
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_HOSTED = re.compile(
    r".*-unsplash|pexels-.*\d{4,}|tumblr_.*|.*shutterstock_\d+|(?:i?stock|gettyimages)-\d+.*", re.IGNORECASE
)
_PARTS = re.compile(r"[\s_.,~()\[\]-]+")
# Numbers after a name (little_orange_8265866502_o, Pier (IMG_0153)) and before it (2013-07-13 Pier, L1006054-Pier).
_SERIAL = re.compile(
    r"[ _-]+\(?(?:\d{8,}(?:_[a-z0-9]+)*|(?:IMG|DSC|DSCF|DSCN|MG|PXL|L|P)[_-]?\d{4,8})\)?$", re.IGNORECASE | re.ASCII
)
_BEFORE = re.compile(
    r"_?(?:\d{8}(?:[_-]\d{4,6})?|\d{4}-\d\d-\d\d|(?:IMG|DSC|DSCF|DSCN|MG|L|P)[_-]?\d{4,8})[ _-]+(?=[^\W\d_]{2})",
    re.IGNORECASE | re.ASCII,
)
_NOTION = re.compile(r"(?<=\S) [0-9a-f]{32}$")
_TEMPORARY = ("~", ".swp", ".swx", ".tmp", ".part", ".bak", ".orig", ".rej", ".excalidraw.md")  # a drawing has no text
_KEEPSAKES = frozenset(("4913", "bak", "thumbs.db"))  # Vim's, Logseq's folder of old pages, Windows'


def slug(name: str) -> str:
    """Return a name as one URL segment: letters, digits and `._-&` stay, spaces become `-`, the rest is dropped.

    Normalised to NFC, so that a name is spelled alike from every disk; combining marks count as letters. Never empty,
    "." or "..": such a name gives "untitled".
    """
    if _PLAIN.fullmatch(name):
        return name
    kept = "".join(c if _is_letter(c) or c in _KEPT else "-" if c.isspace() else "" for c in name)
    if kept != name:
        kept = re.sub(r"-{2,}", "-", kept).strip("-")
    kept = unicodedata.normalize("NFC", kept)  # last, as dropping characters may let others combine
    return kept if kept.strip(".") else UNTITLED


def _is_letter(c: str) -> bool:
    return c.isalnum() or unicodedata.category(c)[0] == "M"  # "हिन्दी" without its marks is another word


def spelling(path: str) -> str:
    """Return the same key for all usual spellings of a URL path: case, `_` and `+`, slashes, `.html`, `index`."""
    folded = path.casefold()
    if not path.isascii():  # canonical caseless matching (Unicode, D145), then composed
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())
    folded = folded.replace("_", "-").replace(" ", "-").replace("+", "-").strip("/")  # quicker than str.translate
    if "//" in folded:
        folded = re.sub("/{2,}", "/", folded)
    while folded.endswith(_TAILS) or folded == "index":
        folded = (folded[:-5] if folded[-1] == "x" else folded.rpartition(".")[0]).rstrip("/")
    return folded


def cut_form(url: str) -> tuple[str, str]:
    """Split the suffix of a form off an address: "/a.MD" -> ("/a", "md"); ("", "") without one."""
    base, _, suffix = url.rstrip("/").rpartition(".")
    form = suffix.lower() if base else ""
    return (base, form) if form in FORMS and not base.endswith("/") else ("", "")


def stem(path: str) -> str:
    """Return a path's last name without its suffix: "a/v1.0.md" -> "v1.0"; six times faster than pathlib's."""
    name = path.rpartition("/")[2]
    base = name.rpartition(".")[0]
    return base if base.strip(".") else name  # leading dots are not a suffix


def pretty(name: str) -> str:
    """Return a title made of a file name: "remote_textmate" -> "Remote textmate"; Notion's id is left out."""
    words = re.sub(r"[_\s]+|(?<=\w)-(?=\w)", " ", name).strip()
    words = _NOTION.sub("", words)
    return words[:1].upper() + words[1:] if words else name


def photo_title(stem: str) -> str:
    """Return a title made of a photograph's file name, "" for a name given by a camera, a host or a program.

    "IMG_0153_2", "L1007785-Edit", "_8640087180_o", "2013-07-13 12.04.00", "Untitled (23)" are no titles;
    "In Stride_8640087180_o" -> "In Stride".
    """
    if is_serial(stem):
        return ""
    name = _BEFORE.sub("", _SERIAL.sub("", stem))
    return "" if is_serial(name) else pretty(name)


def is_serial(name: str) -> bool:
    """Say whether a photograph's name consists only of numbers and meaningless words."""
    parts = [part.casefold() for part in _PARTS.split(name) if part]
    if not parts or (len(parts) == 1 and parts[0] in _EMPTY) or _UUID.fullmatch(name) or _HOSTED.fullmatch(name):
        return True
    numbers = [part for part in parts if _NUMBER.fullmatch(part)]
    letters = any(len(part) > 3 for part in numbers)  # "_8640087180_o", but "B-52" is a name
    return bool(numbers) and all(
        part in _NOTHING or _NUMBER.fullmatch(part) or (letters and len(part) == 1) for part in parts
    )


def is_content(name: str) -> bool:
    """Say whether a file or folder of this name can be content: no dot-files, temporary files or private `_names`."""
    if name.startswith("."):
        return False
    if name.startswith("_"):
        return name in ("_index.md", "_posts", "_drafts", "_redirects")
    folded = name.lower()
    locked = folded.startswith("#") and folded[1:].endswith("#")  # as Emacs names its autosaves
    return not (locked or folded.endswith(_TEMPORARY) or folded in _KEEPSAKES)


def is_drafts_folder(name: str) -> bool:
    """Say whether everything in a folder of this name is a draft."""
    return name in ("drafts", "_drafts")
