"""Printers for code, formulas and the titles of callouts."""

from __future__ import annotations

from markdown_it.token import Token

from folio.markdown.printer import Printer, escape, quote

MATHML = "http://www.w3.org/1998/Math/MathML"


def code(printer: Printer, token: Token) -> None:
    """Print a block of code: as <figure> if it has a title, else as <div>."""
    meta = token.meta
    named = f' class="language-{quote(meta["language"])}"' if meta["language"] else ""
    if printer.in_footnote:
        printer.out.append(f'<span class="pre"><code{named}>{meta["html"]}</code></span>')
        return
    own = {**token.attrs, "class": f"code {token.attrs.get('class', '')}".strip()}
    attributes = printer.attributes("", own) if len(own) > 1 or own["class"] != "code" else ' class="code"'
    tag = "figure" if meta.get("title") else "div"
    title = f"<figcaption>{escape(meta['title'])}</figcaption>" if meta.get("title") else ""
    printer.out.append(
        f'<{tag}{attributes}>{title}<pre tabindex="0"><code{named}>{meta["html"]}</code></pre></{tag}>\n'
    )


def code_inline(printer: Printer, token: Token) -> None:
    printer.out.append(f"<code{printer.attributes('code', token.attrs)}>{escape(token.content)}</code>")


def math(printer: Printer, token: Token) -> None:
    """Print a formula with its TeX source as an annotation; the source alone if it could not be set."""
    source, made = escape(token.content), token.meta["mathml"]
    if not made:
        printer.out.append(f'<code class="math">{source}</code>')
        return
    namespace = f' xmlns="{MATHML}"' if printer.style == "end" else ""  # feeds and EPUB are read as XML
    display = ' display="block"' if token.meta["display"] else ""
    note = f'<annotation encoding="application/x-tex">{source}</annotation>'
    printer.out.append(f"<math{namespace}{display}><semantics>{made}{note}</semantics></math>")


def callout_title(printer: Printer, token: Token) -> None:
    """Begin a title; before an author's own title comes the type, for readers who cannot see its colour."""
    printer.element(token)
    if token.meta["kind"]:
        printer.out.append(f'<span class="hush">{token.meta["kind"]}: </span>')
