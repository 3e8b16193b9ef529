"""Settings for the host of a mirror: content types and redirects, for nginx, Caddy and Netlify."""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote

from folio.records import CSP, SECURITY_HEADERS
from folio.redirects import Rule
from folio.snapshot import Site

POLICY = "content-security-policy"
Files = Mapping[str, Mapping[str, str]]  # by file name: "address", "type", "policy"
Redirects = Mapping[str, tuple[str, int]]
NGINX_HEAD = """# For nginx: in a server { } block say
#
#     root /path/to/the/export;
#     include /path/to/the/export/.mirror/nginx.conf;
#
# and in the http { } block   include /path/to/the/export/.mirror/nginx-map.conf;
"""
NGINX_SERVER = """
location ~ /\\.(?!well-known/) { return 404; }
location = /_redirects { return 404; }
location = / { try_files /index.html =404; }
location / {
    if ($mirror_moved) { return 301 $mirror_moved; }
    if ($mirror_found) { return 302 $mirror_found; }
    if ($mirror_gone) { return 410; }
    rewrite ^(/.+)/+$ $1 permanent;
    try_files $uri$is_args$args.html $uri.html $uri$is_args$args $uri =404;
}
error_page 404 /404.html;
error_page 410 /404.html;
absolute_redirect off;
etag on;
"""
CADDY_SITE = """# For Caddy: in a site block say
#
#     root * /path/to/the/export
#     import /path/to/the/export/.mirror/Caddyfile

handle_errors {{
    rewrite * /404.html
    file_server
}}
route {{
    @hidden {{
        path */.* /_redirects
        not path /.well-known/*
    }}
    error @hidden 404
    rewrite / /index.html
    @closed path_regexp closed ^(/.+?)/+$
    redir @closed {{re.closed.1}} 301
    @asked file {{path}}?{{query}}.html
    rewrite @asked {{file_match.relative}}
    @missing not file {{path}}.html {{path}}
    route @missing {{
{moved}        error 404
    }}
    @page file {{path}}.html {{path}}
    rewrite @page {{file_match.relative}}
{headers}    file_server
}}
"""


def encoded(url: str) -> str:
    """Percent-encode the path of a URL."""
    return quote(url, safe="/:@!$&'()*+,;=~-._")


def files(files: Files, redirects: Redirects, site: Site) -> dict[str, bytes]:
    """Return the settings by file name: nginx.conf, nginx-map.conf, Caddyfile, _redirects."""
    splats = site.redirects.splats
    made = {
        "nginx.conf": _nginx(files, splats),
        "nginx-map.conf": _nginx_map(files, redirects),
        "Caddyfile": _caddy(files, redirects, splats),
        "_redirects": _netlify(redirects, splats),
    }
    return {name: text.encode() for name, text in made.items()}


def _nginx(files: Files, splats: Iterable[Rule]) -> str:
    usual, special = _types(files)
    types = "".join(f"    {_quoted(type)} {extension};\n" for extension, type in sorted(usual.items()))
    out = [NGINX_HEAD, f"types {{\n{types}}}\n", "default_type application/octet-stream;\n"]
    pairs = [(name, value) for name, value in SECURITY_HEADERS.items() if name != POLICY]
    out += [f"add_header {name.title()} {_quoted(value)} always;\n" for name, value in pairs]
    out.append("add_header Content-Security-Policy $mirror_policy always;\n")
    for name, type in sorted(special.items()):
        own = _quoted(f"/{re.escape(name)}$" if "/" not in name else f"/{name.lstrip('/')}")
        where = f"~ {own}" if "/" not in name else f"= {own}"
        out.append(f"location {where} {{ types {{ }} default_type {_quoted(type)}; }}\n")
    for rule in splats:
        to = "return 410;" if rule.status == 410 else _nginx_splat(rule)
        out.append(f"location ~ {_quoted('^' + re.escape(rule.old.rstrip('/')) + '(?:/(.*))?$')} {{ {to} }}\n")
    return "".join(out) + NGINX_SERVER


def _nginx_splat(rule: Rule) -> str:
    """Return a redirect that keeps the splat's encoding: the decoded $uri must not go into a header."""
    to = _quoted(rule.new.replace("$", "").replace(":splat", "$1"))
    return f"if ($request_uri ~ {_quoted(_splat_pattern(rule))}) {{ return {rule.status} {to}; }} return 404;"


def _splat_pattern(rule: Rule) -> str:
    """Return a regular expression for the encoded URLs that a splat rule covers; its group is the splat."""
    return f"^{re.escape(encoded(rule.old.rstrip('/')))}(?:/([^?]*))?(?:[?].*)?$"


def _nginx_map(files: Files, redirects: Redirects) -> str:
    wanted = (("moved", (301, 308)), ("found", (302, 307)), ("gone", (410,)))
    out = ["map_hash_bucket_size 512;\nmap_hash_max_size 65536;\n"]
    for variable, statuses in wanted:
        lines = [
            f"    {_quoted(unquote(old))} {_quoted(new.replace('$', '%24') or '1')};\n"
            for old, (new, status) in sorted(redirects.items())
            if status in statuses and "?" not in old
        ]
        out.append(f'map $uri $mirror_{variable} {{\n    default "";\n{"".join(lines)}}}\n')
    policies = [
        f"    {_quoted('/' + name)} {_quoted(file['policy'])};\n"
        for name, file in sorted(files.items())
        if file["policy"] not in ("", CSP)
    ]
    out.append(f"map $uri $mirror_policy {{\n    default {_quoted(CSP)};\n{''.join(policies)}}}\n")
    return "".join(out)


def _caddy(files: Files, redirects: Redirects, splats: Iterable[Rule]) -> str:
    """Put all into one route, as Caddy otherwise reorders directives; existing files win over redirects."""
    moved = [_caddy_moved(unquote(old.partition("?")[0]), to) for old, to in sorted(redirects.items())]
    moved += [_caddy_splat(n, rule) for n, rule in enumerate(splats, 1)]
    headers = [f"    header {name} {_quoted(value)}\n" for name, value in SECURITY_HEADERS.items()]
    usual, special = _types(files)
    typed = {f"*.{extension}": type for extension, type in sorted(usual.items())}
    typed |= {name if "/" in name else f"*/{name}": type for name, type in sorted(special.items())}
    headers += [
        f"    @type{n} path {_quoted(path)}\n    header @type{n} Content-Type {_quoted(type)}\n"
        for n, (path, type) in enumerate(typed.items(), 1)
    ]
    headers += [
        f"    header {_quoted('/' + name)} Content-Security-Policy {_quoted(file['policy'])}\n"
        for name, file in sorted(files.items())
        if file["policy"] not in ("", CSP)
    ]
    return CADDY_SITE.format(moved="".join(moved), headers="".join(headers))


def _caddy_moved(old: str, to: tuple[str, int]) -> str:
    new, status = to
    return (
        f"        error {_quoted(old)} 410\n"
        if status == 410
        else f"        redir {_quoted(old)} {_quoted(new)} {status}\n"
    )


def _caddy_splat(n: int, rule: Rule) -> str:
    asked = _splat_pattern(rule).replace("`", "%60")
    matcher = f"        @splat{n} vars_regexp splat{n} {{uri}} `{asked}`\n"
    if rule.status == 410:
        return f"{matcher}        error @splat{n} 410\n"
    new = rule.new.replace("{", "\\{").replace(":splat", f"{{re.splat{n}.1}}")
    return f"{matcher}        redir @splat{n} {_quoted(new)} {rule.status}\n"


def _netlify(redirects: Redirects, splats: Iterable[Rule]) -> str:
    out = [f"{old} {new or '/404.html'} {status}\n" for old, (new, status) in sorted(redirects.items())]
    out += [f"{encoded(rule.old.rstrip('/'))}/* {rule.new or '/404.html'} {rule.status}\n" for rule in splats]
    return "".join(out)


def _types(files: Files) -> tuple[dict[str, str], dict[str, str]]:
    """Return the usual type of each extension, and the types of other files, by base name if all of that name agree.

    A key with "/" is a whole path.
    """
    typed = {name: file["type"] for name, file in files.items() if file["type"]}
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for name, type in typed.items():
        counted[_extension(name)][type] += 1
    usual = {ext: min(types, key=lambda type: (-types[type], type)) for ext, types in counted.items() if ext}
    last: dict[str, set[str]] = defaultdict(set)
    for name, type in typed.items():
        last[posixpath.basename(name)].add(type)
    special: dict[str, str] = {}
    for name, type in typed.items():
        base = posixpath.basename(name)
        if type != usual.get(_extension(name), ""):
            special[base if len(last[base]) == 1 else f"/{name}"] = type
    return usual, special


def _extension(name: str) -> str:
    found = posixpath.splitext(name)[1].lstrip(".")
    return found if re.fullmatch(r"[A-Za-z0-9]{1,12}", found) else ""


def _quoted(text: str) -> str:
    """Quote a value for nginx and Caddy."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
