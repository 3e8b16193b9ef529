"""What an attacker sends: request targets that try to leave the site, redirects, markup in every field, odd names.

All are made from small parts, the same at every run.
"""

from __future__ import annotations

import itertools
import random
import string
from collections.abc import Iterator

PREFIXES = ("/", "/static/", "/thumb/", "/images/640/x/", "/icon/", "/og-image/", "/tags/", "/archive/", "/essays/")

# ".." and "/" in the spellings that decoders have been known to take for them.
DOTS = (
    "..", "%2e%2e", ".%2e", "%2E.", "%252e%252e", "%25252e%25252e", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae",
    "%uff0e%uff0e", "%ef%bc%8e%ef%bc%8e", "%e2%80%a5", "...", "....", "..%00", "..;", "..;v=1", "..%20", ". .",
    ".%0a.", "..%0d%0a", "%5c..",
)  # fmt: skip
SLASHES = (
    "/", "//", "%2f", "%2F", "%252f", "%25252f", "\\", "%5c", "%255c", "%c0%af", "%e0%80%af", "%ef%bc%8f", "%e2%88%95",
    "%e2%81%84", "/./", "/%2e/", "%00/", "/;/", "%u2215", "\\/",
)  # fmt: skip
# Places from which the files of the field (test_wire) lie one or more steps up or down.
TARGETS = (
    "above.txt", "content2/plan.md", "content/site.toml", "content/.git/config", "content/drafts/plan.md",
    "content/.env", "etc/passwd", "engine.py", "pyproject.toml", "state/redirects",
)  # fmt: skip
DIRECT = (
    ".git/config", ".git", ".git/", ".env", ".hidden.md", ".hidden", "_private.md", "_private", "_redirects",
    "site.toml", "SITE.TOML", "site.toml.md", "site.toml%00.md", "site.toml%20", "site.toml.", "site.toml/",
    "site.toml;.css", "site.toml::$DATA", "drafts/plan", "drafts/plan.md", "drafts/plan.pdf", "drafts", "drafts/",
    "%64rafts/plan", "d%72afts%2fplan.json", "DRAFTS/plan", "_drafts/plan", "essays/.draft", "essays/_private",
    "photos/hall/dark.jpg", "photos/hall/dark", "photos/hall/dark.md", "photos/hall/DARK.JPG",
    "photos/hall/dark.jpg.webp", "photos/hall/dark.webp", "%2egit%2fconfig", "%2e%67it/config", "\u002egit/HEAD",
    ".git%c0%afconfig", "content/.git/config", "metadata.yml", "C:/Windows/win.ini", "c:%5cboot.ini",
    "C%3a%2fboot.ini", "file:///etc/passwd", "file:%2f%2f/etc/passwd", "http://127.0.0.1/", "\\\\host\\share",
    "%5c%5chost%5cshare", "~root/.ssh/id_rsa", "$HOME/.ssh/id_rsa", "*", "?", "??x", "%", "%%", "%zz", "%u0000", "%00",
    "%00.md", "a%00b", "%0a", "%0d%0aSet-Cookie:a=b", "%ff", "%ff%fe", "%ed%a0%80", "%f4%90%80%80", "%e2%80%ae",
    "%cc%81" * 800, "nul", "con", "aux.md", "COM1", "proc/self/environ", "dev/stdin", "dev/random", "proc/self/fd/0",
    "a" * 256, "a" * 5_000, "a/" * 2_000, "/" * 3_000, "../" * 2_000, "%2e%2e%2f" * 1_000, "%25" * 2_000, "." * 4_000,
    "-" * 4_000, "%F0%9F%98%80" * 300, "[" * 2_000, "(" * 2_000, "1" * 5_000, "\u0660.jpg".encode().hex(), "{{7*7}}",
    "${7*7}", "<%=7*7%>", "{%25 include 'x' %25}", "|id", ";id", "`id`", "$(id)", "' OR 1=1--", "%27%20OR%201=1--",
    "<script>", "%3Cscript%3E", "index.php", "wp-login.php", "cgi-bin/.%2e/bin/sh",
)  # fmt: skip


def targets() -> tuple[str, ...]:
    """Return at least 500 different path endings, none with a prefix."""
    found = dict.fromkeys(DIRECT)
    for dot, slash in itertools.product(DOTS, SLASHES):
        found.update(dict.fromkeys(_climb(dot, slash, len(found))))
    chance = random.Random(2)
    for _ in range(60):  # all mixed within one path
        steps = (chance.choice(DOTS) + chance.choice(SLASHES) for _ in range(chance.randint(1, 7)))
        found["".join(steps) + chance.choice(TARGETS)] = None
    for file in TARGETS:
        found.update(dict.fromkeys(f"{slash}{file}" for slash in SLASHES))  # absolute
        found.update(dict.fromkeys(f"{lead}../{file}" for lead in ("x/../", "a/b/../../", "essays/../", "./", "..//")))
    return tuple(found)


def many(least: int) -> tuple[str, ...]:
    """Return at least `least` different path endings: every spelling at other depths, to other places, dressed."""
    found = dict.fromkeys(targets())
    leads, tails = (
        ("", "essays/", "./", "x/", "%2f", "photos/red/"),
        ("", ".md", ".json", "/", "%00.md", "?.css", "%20"),
    )
    turns = itertools.count()
    while len(found) < least:
        turn = next(turns)
        for dot, slash in itertools.product(DOTS, SLASHES):
            n = len(found)
            file = TARGETS[(n + turn) % len(TARGETS)].replace("/", slash)
            climb = (dot + slash) * (1 + (n + turn) % 11)
            found[leads[n % len(leads)] + climb + file + tails[(n + turn) % len(tails)]] = None
    return tuple(found)


def _climb(dot: str, slash: str, n: int) -> Iterator[str]:
    """Yield a climb in one spelling, short or long, to one of the targets."""
    yield (dot + slash) * (1, 2, 3, 9)[n % 4] + TARGETS[n // 4 % len(TARGETS)].replace("/", slash)


def redirections(host: str = "evil.example") -> tuple[str, ...]:
    """Return at least 200 request targets that ask to be sent to another host."""
    leads = (
        "//", "///", "////", "/%2f", "/%2F%2f", "%2f%2f", "/\\", "\\\\", "/%5c", "/%5C%5c", "/%09/", "/\t/", "/%0a/",
        "/%0d/", "/%0d%0a/", "/.", "/./", "/..//", "/%2e%2e//", "/;//", "/@", "/x@", "/%40", "/https:", "/https://",
        "/http:", "/%68ttp://",
    "/javascript:", "/data:", "/%00//", "/%20//", "/\u2044\u2044", "/%E2%81%84%E2%81%84", "/%EF%BC%8F%EF%BC%8F",
    "//%0a/",
    )  # fmt: skip
    tails = ("", "/essays/", "/%2e%2e", "/index.html", "?x=1", "%0d%0aLocation:%20//a")
    shapes = [f"{lead}{host}{tail}" for lead, tail in itertools.product(leads, tails)]
    known = ("ESSAYS", "essays/", "essays/index.html", "About.html", "old-cats", "old-cats/", "moved/", "moved")
    shapes += [f"{lead}{page}" for lead in leads for page in known]
    splats = ("//", "/\\", "%2f%2f", "%5c", "@", ":80@", ".", "%0d%0a", "?//", "%23@", "%3f@", "https:%2f%2f")
    shapes += [
        f"{rule}{splat}{host}" for rule in ("/moved/", "/moved", "/away/", "/tags/", "/random/") for splat in splats
    ]
    shapes += [
        f"/{page}?{query}" for page in known for query in (f"next=//{host}", "%0d%0aSet-Cookie:a=b", f"//{host}")
    ]
    return tuple(dict.fromkeys(shapes))


# Each holds MARK, so that a test can ask how it came out.
MARK = "xq7"
MARKUP = (
    f"<script>{MARK}()</script>",
    f"\"><img src=x onerror={MARK}()>",
    f"' onmouseover='{MARK}()",
    f"</title></textarea></script><svg/onload={MARK}()>",
    f"]]><script xmlns='http://www.w3.org/1999/xhtml'>{MARK}()</script>",
    f"<!--<script>{MARK}()//-->",
    f"{{{{ 7*7 }}}}{{% for a in b %}}{MARK}<b>",
    f"&lt;script&gt;{MARK}()&lt;/script&gt;<b {MARK}>",
    f"\u2028<b {MARK}>\u202e",
    f"`onclick={MARK}()`<a href=javascript:{MARK}()>",
)  # fmt: skip
SCHEMES = (
    "javascript:xq7()",
    "JaVaScRiPt:xq7()",
    " javascript:xq7()",
    "java\tscript:xq7()",
    "data:text/html,<script>xq7()</script>",
    "vbscript:xq7",
)

ODD_NAMES = (
    "with space", "two  spaces", " lead", "hash#tag", "what?", "100%", "50%20off", "%2e%2e", "quo'te", 'dou"ble',
    "a&b", "a+b", "a;b=c", "semi;colon", "back\\slash", "pipe|", "star*", "<angle>", "dollar$", "comma,", "colon:x",
    "@at", "[bracket]", "(paren)", "{brace}", "tilde~x", "\U0001f600",
    "emoji \U0001f468\u200d\U0001f469\u200d\U0001f467", "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627",
    "\u202ertl", "\u0939\u093f\u0928\u094d\u0926\u0940", "caf\u00e9", "cafe\u0301", "\u6f22\u5b57", "\u0130stanbul",
    "stra\u00dfe", "A", "a", "dots...in", "v1.0", "x.md", "y.html", "z.json", "f.pdf", "tab\tname", "line\nbreak",
    "\x01control", "\x7fdel", "-dash", "--", "&", "index2", "feed.xml", "0", "con", "nul.txt", "\ufeffbom", "\u200b",
    "\u2028", string.ascii_lowercase * 8 + "x" * 30, "\u00e9" * 120,
)  # fmt: skip
