"""Settings: which source wins, and that every slip in site.toml is named with its line and its remedy."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from folio import config
from folio.config import Author, NamedLink, SectionConfig
from folio.errors import BadContent

NESTED = ("author", "photographs", "pdf", "features", "limits")


def load(
    content: Path, toml: str | bytes = "", environ: dict[str, str] | None = None, **overrides: object
) -> config.Config:
    written = toml if isinstance(toml, bytes) else toml.encode()
    if written:
        (content / "site.toml").write_bytes(written)
    return config.load({"content": content, **overrides}, environ or {})


def refused(content: Path, toml: str | bytes) -> BadContent:
    with pytest.raises(BadContent) as caught:
        load(content, toml)
    return caught.value


def test_the_engine_runs_without_any_settings(content: Path) -> None:
    found = load(content)
    assert (found.title, found.port, found.base_url) == ("Folio", 8000, "http://127.0.0.1:8000")


def test_the_command_line_wins_over_the_environment_over_systemd(content: Path, tmp_path: Path) -> None:
    environ = {
        "CACHE_DIRECTORY": "/run/one:/run/two",
        "STATE_DIRECTORY": "/run/state",
        "FOLIO_CACHE": str(tmp_path / "c"),
    }
    found = load(content, environ={**environ, "FOLIO_PORT": "9000"}, port=9001, host=None)
    assert (found.cache, found.state, found.port, found.host) == (tmp_path / "c", Path("/run/state"), 9001, "127.0.0.1")


def test_the_first_of_several_systemd_folders_is_taken(content: Path) -> None:
    assert load(content, environ={"CACHE_DIRECTORY": "/run/one:/run/two"}).cache == Path("/run/one")


def test_a_socket_and_the_proxies_before_it_come_from_the_environment(content: Path, tmp_path: Path) -> None:
    found = load(content, environ={"FOLIO_UDS": str(tmp_path / "s"), "FOLIO_PROXIES": "10.0.0.1, 10.1.0.0/16,::1"})
    assert (found.uds, found.proxies) == (tmp_path / "s", ("10.0.0.1", "10.1.0.0/16", "::1"))
    with pytest.raises(BadContent, match=r"FOLIO_PROXIES:0: 'front' is not an address"):
        load(content, environ={"FOLIO_PROXIES": "front"})


def test_the_content_folder_can_come_from_the_environment(content: Path) -> None:
    (content / "site.toml").write_text('title = "From there"')
    assert config.load({}, {"FOLIO_CONTENT": str(content)}).title == "From there"


@pytest.mark.parametrize(
    ("toml", "environ", "expected"),
    [
        ("", {"FOLIO_PORT": "9000"}, "http://127.0.0.1:9000"),
        ("", {"FOLIO_HOST": "::1"}, "http://[::1]:8000"),
        ('base_url = "https://example.org/"', {"FOLIO_PORT": "9000"}, "https://example.org"),
        ('base_url = "http://127.0.0.1:8000"', {"FOLIO_PORT": "9000"}, "http://127.0.0.1:8000"),
        ('base_url = "https://example.org"', {"FOLIO_BASE_URL": "https://other.example/"}, "https://other.example"),
    ],
)
def test_the_base_url_is_the_one_given_last(content: Path, toml: str, environ: dict[str, str], expected: str) -> None:
    assert load(content, toml, environ).base_url == expected


def test_settings_outside_the_folder_are_not_read(content: Path) -> None:
    (secret := content.with_name("secret.toml")).write_text('title = "Not for the world"')
    (content / "site.toml").symlink_to(secret)
    with pytest.raises(BadContent) as caught:
        load(content)
    assert str(caught.value) == "site.toml:0: cannot be read (a link that leaves the content folder)"


def test_a_whole_site_toml_is_read(content: Path) -> None:
    found = load(
        content,
        """
        title = "Hill"
        timezone = "Europe/Berlin"
        posts = ["essays", "notes"]
        navigation = [{ title = "Essays", url = "/essays" }]
        [author]
        name = "Ada"
        links = [{ name = "Elsewhere", url = "https://ada.example" }]
        [sections.essays]
        accent = "ocean"
        feed = false
        [limits]
        delete_grace_seconds = 1
        """,
    )
    assert found.author == Author("Ada", links=(NamedLink("Elsewhere", "https://ada.example"),))
    assert found.navigation == (NamedLink("Essays", "/essays"),)
    assert found.posts == ("essays", "notes")
    assert found.sections == {"essays": SectionConfig("ocean", feed=False)}
    assert (found.accent_of("essays"), found.accent_of("poems")) == ("ocean", "ember")
    assert found.limits.delete_grace_seconds == 1


def test_the_pages_of_a_section_can_have_a_pattern(content: Path) -> None:
    found = load(content, "[permalinks]\nessays = '/:year/:month/:slug'\n_posts = '/:title/'\n")
    assert found.permalinks == {"essays": "/:year/:month/:slug", "posts": "/:title/"}
    assert load(content, "updated = 'git'").updated == "git"
    assert load(content).updated == "git"
    assert config.Config().updated == ""


def test_a_byte_order_mark_and_windows_lines_are_read(content: Path) -> None:
    assert load(content, "language = 'pt_BR'").language == "pt-BR"
    assert load(content, b'\xef\xbb\xbftitle = "Hill"\r\nlanguage = "de"\r\n').language == "de"


@pytest.mark.parametrize(
    ("toml", "line", "names"),
    [
        ('title = "x"\ntitel = "y"', 2, "did you mean 'title'"),
        ("\n[author]\nnmae = 'x'", 3, "did you mean 'name'"),
        ("[limits]\nfile_kb = 3", 2, "'limits.file_kb'"),
        ("[sections.essays]\nacent = 'ocean'", 2, "did you mean 'accent'"),
        ("zzz = 1", 1, "known: accent, author"),
        ("title = 3", 1, "write text in"),
        ("title = 'x'\nposts = 'essays'", 2, "is a list"),
        ("posts = [1]", 1, "is a list"),
        ("author = 'Ada'", 1, "is a table"),
        ("[features]\npdf = 1", 2, "write true or false (the default is true)"),
        ("[limits]\nfile_mb = 0", 2, "above zero"),
        ("[limits]\nfile_mb = true", 2, "write a whole number"),
        ("navigation = [{ title = 'x' }]", 1, "a title and a url"),
        ("navigation = [{ title = 'x', url = 'javascript:1' }]", 1, "neither a path"),
        ("timezone = 'Mars/Base'", 1, "is not a time zone"),
        ("timezone = '../../etc/passwd'", 1, "is not a time zone"),
        ("accent = 'pink'", 1, "is not an accent"),
        ("[photographs]\noriginals = 'yes'", 2, "'yes' is not private, link or public"),
        ("[photographs]\nwidths = []", 2, "smallest first"),
        ("[photographs]\nwidths = [640, 320]", 2, "smallest first"),
        ("[photographs]\nwidths = [9000]", 2, "16 to 4096"),
        ("[photographs]\nformats = ['bmp']", 2, "avif"),
        ("[pdf]\npaper = 'B5'", 2, "A4, Letter or A5"),
        ("title = 'x'\nbase_url = 'example.org'", 2, "is not an address"),
        ("base_url = 5", 1, "is not an address"),
        ('base_url = "https://example.org\\r\\nX: y"', 1, "is not an address"),
        ("base_url = 'http://[::1'", 1, "is not an address"),
        ("base_url = 'http://x:99999'", 1, "is not an address"),
        ("title = ", 1, "is not TOML"),
        ("title = 'x'\ntitle = 'y'", 2, "is not TOML"),
        ("content = '/elsewhere'", 1, "is not a setting"),
        ("[sections.a]\naccent = 'ocean'\n[sections.b]\nacent = 'ocean'", 4, "'sections.b.acent' is not a setting"),
        ("[sections.a]\naccent = 'ocean'\n[sections.'b c']\naccent = 'pink'", 4, "is not an accent"),
        ("[sections]\na = { accent = 'ocean' }\nb = { accent = 'pink' }", 3, "is not an accent"),
        ("[sections.posts]\nfeed = true\n[permalinks]\nposts = '/:yaer/:slug'", 4, ":yaer is not a part of an address"),
        ("[permalinks]\nessays = '/:year/:month/'", 2, "is one address for every page (write /:year/:slug)"),
        ("permalinks.essays = 3", 1, "is one address for every page"),
        ("permalinks = '/:slug'", 1, "is a table"),
        ("title = 'x'\nupdated = 'svn'", 2, 'write updated = "git", or leave it out'),
        ("updated = true", 1, "write text in"),
        ("title = 'x'\nlanguage = 'Brazilian Portuguese'", 2, "is not a language (use en, or pt-BR)"),
        ("[sections]\nessays = 1", 2, "write [sections.essays]"),
        (b"title = '\xff'", 1, "is not UTF-8"),
        ("[limits]\nfile_mb = " + "1" * 5000, 2, "is not TOML"),
        ("posts = " + "[" * 5000, 1, "is not TOML"),
    ],
)
def test_a_slip_is_named_with_its_line_and_a_remedy(content: Path, toml: str | bytes, line: int, names: str) -> None:
    error = refused(content, toml)
    assert (error.path, error.line) == ("site.toml", line)
    assert names in error.why


@pytest.mark.parametrize("port", ["eighty", "-1", "²", "99999", "8000 "])
def test_a_port_that_is_none_is_refused(content: Path, port: str) -> None:
    with pytest.raises(BadContent, match=r"FOLIO_PORT.*is not a port"):
        load(content, environ={"FOLIO_PORT": port})


def test_a_base_url_of_the_environment_is_refused_under_its_own_name(content: Path) -> None:
    with pytest.raises(BadContent, match="FOLIO_BASE_URL"):
        load(content, environ={"FOLIO_BASE_URL": "nonsense"})


@pytest.mark.parametrize("kind", [config.Config, *(type(getattr(config.Config(), name)) for name in NESTED)])
def test_every_setting_is_asked_for_somewhere(kind: type) -> None:
    rooms = [*(config.ROOT / "folio").rglob("*.py"), config.ROOT / "engine.py"]
    trees = [ast.parse(room.read_text()) for room in rooms if room.name != "config.py"]
    asked = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    asked |= set(re.findall(r"\.(\w+)", "".join(page.read_text() for page in (config.ROOT / "templates").glob("*.*"))))
    through = {"accent": "accent_of", "timezone": "zone", "epub": "offers"}  # what config.py itself makes of them
    assert {field.name for field in fields(kind) if not {field.name, through.get(field.name)} & asked} == set()
