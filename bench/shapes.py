"""Texts that are hard on Markdown parsers: the opening of each rule repeated, and deeply nested constructs.

`bench.hostile` times them at 100 kB; the tests parse small ones and check the output.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

TUFTE = '<span class="sidenote">'
# Each is repeated up to the requested size.
UNITS = (
    # links, images, notes
    *("[", "]", "![", "](", "^[", "[]", "[a", "[a](", "[a](<", "[a][", "[a](b) ", "[a](b 'c", "![a](b)\n\n", "\\["),
    *("[^", "[^a]", "[^a]: b\n\n", "[a]: b\n", "[a]: <", "[a]:\n"),
    # names, embeds, marks, comments, block ids
    *("[[", "![[", "]]", "[[a", "[[a]] ", "[[a#", "[[a|b", "![[a]]\n\n", "[[a|[[b]] ", "==", "==a ", "==a== ", "=a="),
    *("%%", "%%a ", "%%\n", "%%a%% ", "^a ", "a ^b\n\n", "- a ^b\n", "[[#^a]] "),
    *("[[a|", "![[a]]\n", "![[a.png|9]]\n\n", "a %%b", "^a\n"),
    *("%% a\n", "%% a\n\n", "> %% a\n\n", "- %% a\n", "a\n%% b %%c%%\n"),
    *("{::comment}\n", "- {::comment}\n", "a {::nomarkdown} ", '<div markdown="1">\n'),
    *("[code]\n", "[caption]a\n", "[gallery]\n"),
    *("*a <script>b* ", "<script></script> ", "a\n{.b}\n\n", '<img srcset="a 1x, a', "    :::a\n\n"),
    # emphasis, quotation marks, code
    *("*", "_", "**", "*a ", "*a_ ", "**a ", "_a*", "~", "~~a "),
    *("'", '"a ', "'a ", "-- ", "...", "`", "``", "`a ", "\\"),
    # mathematics, attributes, shortcodes
    *("$", "$$", "$a", "$a$ ", "$a ", "$$\n", "$$a$$\n\n", "\\("),
    *("\\(a\\) ", "\\$", "{", "}", "{.a ", "{#a", "{#a} ", "*a*{.b} "),
    *("{:", "{: .a}\n\n", "a {.b}\n\n", "{{<", "{{%", "{%"),
    *("{{", "{{< a ", "{{< a >}}", "{% a %}", "{% a\n", "{{ a() }}"),
    *("{% highlight a %}\n", "{{< ref 'a' >}} ", "[a]({{< ref 'b' >}}) "),
    *("{{< a >}}{{< /b >}}\n", '{{< a b="', "%}", ">}}"),
    *("{.a}\n", "a\n{: .a}\n", "- a\n{: .a}\n", "`a`{.a}", "[a]{.a}", "[a{.a}", "# a {#a .b}\n"),
    *("$a $", "$$a\n", "$$\n\n", "$a_", "${", "```math\na\n```\n"),
    *("{{<a ", "{{< a\n", "{{< a >}}\n", "{% raw %}", "- {% raw %}\n", "{{< details >}}\n", "{% a %}{{ b }}"),
    *("[a]({{ site.url }} ", "![a]({{<ref x>}} ", '<a href="{{ x }}', "<div>{{< a >}}", "{{< youtube a >}} "),
    # blocks
    *(">", "> ", "> [!", "> [!note]\n", "> [!note]- a\n> b\n\n"),
    *("> a\n\n", "- ", "- a\n", "1. ", "1) a\n", "- [ ] a\n"),
    *("#", "# a\n", "## a {#a}\n", "###### a\n", "a\n=\n", "a\n-\n"),
    *("---\n", "a\n", "a\\\n", "a  \n", "    a\n", "\t"),
    *(": a\n", "a\n: b\n\n", "a\n: b\n: c\n", "*["),
    *("*[a]: b\n", "*[a]: b\n\na a a\n\n", "```\n", "~~~a\n", "``` {1-9}\n"),
    *("|", "|a", "|\n", "|-", "|a|\n|-|\n", "|`", "<!--more-->\n\n", "{{ toc }}\n\n", "[TOC]\n\n"),
    *("> [!a] ", "> [!note]- a\n\n", "*[a", "*[a b]: c\n\na b ", "``` {1-9} linenos\na\n```\n", "![a](b)\n*a*\n\n"),
    # raw HTML, entities, addresses
    *("<", "</", "<a", "<a ", "<a href=", "<b>", "</b>", "<i><b>", "<!--", "<!-- a -->", "<?", "<!A", "<![CDATA["),
    *("<div>\n\n", "<details>\n", "<p>a\n\n", "<svg>", "<script>"),
    *(TUFTE, '<label class="margin-toggle">', "&", "&a", "&#1;"),
    *("http://a", "://", "http://a.b/(", "www.", "www.a.", "a@", "a@b.", "<http://a> "),
    *("a: ", "http: ", "http:", "mailto:"),
    # letters
    *("word ", "a", "A B ", "é", "日", "a\u0301", "\u202e", "\n", "\r", "\0", " ", "\u2028"),
)  # fmt: skip


def shapes(size: int) -> Mapping[str, str]:
    """Return hostile texts of about `size` characters, by name."""
    return {**{f"only {unit!r}": _fill(unit, size) for unit in UNITS}, **dict(_built(size)), **dict(_code(size))}


def _fill(unit: str, size: int) -> str:
    return (unit * (size // len(unit) + 1))[:size]


def _counted(unit: str, size: int) -> str:
    """Repeat a unit with a running number in it."""
    return "".join(unit.format(number) for number in range(size // len(unit.format(size // 10)) + 1))


def _built(size: int) -> Iterator[tuple[str, str]]:
    """Yield nested texts, and those of two parts."""
    half, third, root = size // 2, size // 3, int(size**0.5)
    yield "closed brackets", "[" * half + "]" * half
    yield "closed images", "![" * third + "](x)" * third
    yield "closed notes", "^[" * third + "]" * third
    yield "closed names", "[[" * (half // 2) + "]]" * (half // 2)
    yield "closed embeds", "![[" * (size // 5) + "]]" * (size // 5)
    yield "closed braces", "{" * half + "}" * half
    yield "closed emphasis", "*a " * third + "a* " * third
    yield "mixed emphasis", "*a **b " * (size // 14) + "b** a* " * (size // 14)
    yield "closed Tufte notes", TUFTE * (size // 30) + "</span>" * (size // 30)
    yield "closed elements", "<i>" * (size // 7) + "</i>" * (size // 7)
    yield "closed shortcodes", "{{< a >}}" * (size // 20) + "{{< /a >}}" * (size // 20)
    yield "cited notes", "[^a]: x\n\n" + _fill("[^a]", size)
    yield "chained notes", "[^0]\n\n" + "".join(f"[^{i}]: n[^{i + 1}]\n\n" for i in range(size // 20))
    yield "many notes", _counted("[^{}] ", half) + _counted("\n\n[^{}]: x", half)
    yield "many names", _counted("[[{0}#{0}|a]] ", size)
    yield "many block ids", _counted("a ^b{}\n\n", size)
    yield "many ids", _counted("## a {{#a{}}}\n", size)
    yield "many attributes", "a {" + _fill(".a ", size) + "}"
    yield "many values", "# a {" + _counted("a{}=b ", size) + "}"
    yield "abbreviations of one text", _counted("*[a{}]: b\n", half) + "\n" + _fill("a1 a2 a3 ", half)
    yield "abbreviations of two words", _counted("*[a b{}]: x\n", half) + _fill("a ", size)
    yield "long abbreviations", "".join(f"*[{'a ' * i}b]: x\n" for i in range(1, 40)) + _fill("a ", size)
    yield "prefixes of abbreviations", "".join(f"*[{'a' * i}]: b\n" for i in range(1, root)) + "\n" + "a" * half
    yield "definitions", _counted("[{}]: /u\n", size)
    yield "one definition, many uses", "[a]: /u 't'\n\n" + _fill("[a] ", size)
    yield "a long label", "[" + "a " * half + "]: b\n\n[" + "a " * half + "]"
    yield "mixed quotes", '"a ' * (size // 6) + "b' " * (size // 6)
    yield "emphasis runs", "".join("a" + "*" * i for i in range(1, int((2 * size) ** 0.5)))
    yield "underscore runs", " ".join("_" * (i % 7) + "a" + "_" * (i % 5) for i in range(size // 7))
    yield "backtick runs", "".join("e" + "`" * i for i in range(1, int((2 * size) ** 0.5)))
    yield "dollar runs", "".join("e" + "$" * (i % 4) for i in range(size // 3))
    yield "percent runs", "".join("e" + "%" * (i % 5) for i in range(size // 3))
    yield "nested lists", "".join("  " * i + "- a\n" for i in range(root))
    yield "nested quotations", "".join("> " * i + "a\n" for i in range(root))
    yield "nested callouts", "".join("> " * i + "[!note]\n" for i in range(1, root))
    yield "nested comments", "> " * 90 + "%%\n" + _fill("> %%\n", size)
    yield "a list that has a name", "- a\n" * (size // 8) + "\n^a" * (size // 8)
    yield "closed spans", "[a " * (size // 8) + "]{.a}" * (size // 8)
    yield "lists in quotations", "> - " * (size // 4) + "a\n"
    yield "ever deeper lists", "\n".join("- " * (i % 60) + "a" for i in range(size // 60))
    yield "a wide table", "|a" * (size // 6) + "\n" + "|-" * (size // 6) + "\n" + "|a" * (size // 6)
    yield "wide tables, short rows", "|a" * (size // 100) + "\n" + "|-" * (size // 100) + "\n" + _fill("|x\n", size)
    yield "a long table", "|a|b|\n|-|-|\n" + _fill("|x|y|\n", size)
    yield "a table of pipes in code", "|a|b|\n|-|-|\n" + _fill("|`|`\\|", size)
    yield "an underlined paragraph", _fill("a\n", size) + "===\n"
    yield "a long word", "a" * size
    yield "a long host", "http://" + _fill("a.", size)
    yield "a long address", "http://a.b/" + _fill("(a", size)
    yield "a long mailbox", _fill("a.", half) + "@" + _fill("b.", half)
    yield "a long line", _fill("word ", size)
    yield "a deep formula", "$$\n" + "\\frac{a}{" * (size // 11) + "}" * (size // 11) + "\n$$"
    yield "a formula of braces", "$" + "{" * half + "}" * half + "$"
    yield "a formula of powers", "$" + "a^{" * (size // 4) + "}" * (size // 4) + "$"
    yield "a long formula", "$$" + _fill("a + ", size) + "b$$"
    yield "many formulas", _counted("$a_{{{}}}$ ", size)
    yield "wide formulas", " ".join(f"${'x^2+' * 450}{i}$" for i in range(size // 1800))
    yield "a wide formula", "$$\\begin{matrix}" + _fill("a & ", size) + "\\end{matrix}$$"
    yield "a comment without end", "<!--" + _fill("- ", size)
    yield "a tag without end", "<a " + _fill("b='c' ", size)
    yield "a frame without end", "<iframe src='//a'>" + _fill("<b>", size)
    yield "attributes of one tag", "<b " + _counted("a{} ", size) + ">"
    yield "terms with one definition", _fill("a\n", size) + ": b\n"
    yield "one term, many definitions", "a\n" + _fill(": b\n", size)


def _code(size: int) -> Iterator[tuple[str, str]]:
    """Yield blocks of code that is no program, and fences with extreme options."""
    yield "yaml of backticks", f"```yaml\n{_fill('`', size)}\n```"
    yield "java of words", f"```java\n{_fill('a ', size)}\n```"
    yield "c of blank lines", "```c\n" + _fill("\t\n", size) + "\n```"
    yield "python of quotes", "```python\n" + _fill("'''\"\n", size) + "\n```"
    yield "html of tags", "```html\n" + _fill("<a b=\n", size) + "\n```"
    yield "perl of slashes", "```perl\n" + _fill("/ ", size) + "\n```"
    yield "many small programs", _fill("```python\nx = [1]\n```\n\n", size)
    yield "many lines to mark", "```python {" + ",".join(map(str, range(size // 12))) + "}\n" + _fill("a\n", size // 2)
    yield "endless lines to number", "```a {1-99999999} linenos\n" + _fill("\n", size) + "```"
    yield "endless lines to mark", "```python {1-999999999999}\na\n```\n" + _fill("``` {9-1}\na\n```\n", size)
    yield "endless numbers", "```python {linenos=true, linenostart=99999999999999999999}\na\n```\n" * (size // 70 + 1)
    yield "a long info string", "```" + _fill("a {b} ", size) + "\na\n```"
