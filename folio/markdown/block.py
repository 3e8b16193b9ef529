"""markdown-it-py's block parser, but at each line only the rules that can begin there are tried.

The stock parser tries every rule on every line, and again on every line that may end a paragraph, a list or a
quotation; on ordinary prose all of them fail. What this saves pays for the dialect's own rules. A rule listed in
neither TRIGGERS nor BELOW is tried on every line, as in the stock parser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from markdown_it.parser_block import ParserBlock, RuleFuncBlockType
from markdown_it.ruler import Ruler
from markdown_it.rules_block import StateBlock

# By rule, the characters that the first line of its block can begin with.
TRIGGERS: Mapping[str, str] = MappingProxyType(
    {
        "comment_block": "%",
        "fence": "`~",
        "blockquote": ">",
        "hr": "*-_",
        "list": "*+-0123456789",
        "reference": "[",
        "note_definition": "[",
        "callout_title": "[",
        "callout_fence": ":",
        "attribute_line": "{",
        "math_block": "$",
        "abbreviation": "*",
        "html_block": "<",
        "heading": "#",
        "shortcode": "{",
        "bracket_shortcode": "[",
        "extension_block": "{",
        "markdown_element": "<",
    }
)
# Rules whose blocks begin like any text and are recognised by the line below.
BELOW = frozenset(("table", "lheading", "deflist"))
CODE_INDENT = 4  # columns
CHAINS = ("paragraph", "reference", "blockquote", "list")

_Rules = tuple[RuleFuncBlockType, ...]
_Named = Sequence[tuple[str, RuleFuncBlockType]]


class TriggeredRuler(Ruler[RuleFuncBlockType]):
    """A ruler of block rules that joins the rules which may interrupt a block (each chain of CHAINS) into one rule."""

    def __init__(self) -> None:
        super().__init__()
        self.joined: Mapping[str, list[RuleFuncBlockType]] = {}

    def arrange(self) -> None:
        """Join the rules of each chain; call it once every rule is in place."""
        self.joined = {}
        self.joined = {chain: [_ending(self.named(chain))] for chain in CHAINS}

    def named(self, chain: str = "") -> _Named:
        """Return the active rules of a chain as (name, rule)."""
        names = {rule.fn: rule.name for rule in self.__rules__}
        return [(names[rule], rule) for rule in super().getRules(chain)]

    def getRules(self, chainName: str = "") -> list[RuleFuncBlockType]:
        """Return the active rules of a chain, joined into one if `arrange` has joined them."""
        return self.joined.get(chainName) or super().getRules(chainName)


class TriggeredBlock(ParserBlock):
    """The block parser with its rules sorted by character; `arrange()` it once every rule is in place."""

    ruler: TriggeredRuler

    def __init__(self) -> None:
        super().__init__()
        stock, self.ruler = self.ruler, TriggeredRuler()
        for rule in stock.__rules__:
            self.ruler.push(rule.name, rule.fn, {"alt": rule.alt})
        self.alone: Mapping[str, _Rules] = {}
        self.over_others: Mapping[str, _Rules] = {}
        self.all: _Rules = ()

    def arrange(self) -> None:
        """Index the active rules by the characters they begin with, keeping their order."""
        self.ruler.arrange()
        rules = self.ruler.named()
        self.all = tuple(rule for _, rule in rules)
        unindented = [(name, rule) for name, rule in rules if name != "code"]
        self.over_others = _by_character(unindented)
        self.alone = _by_character([(name, rule) for name, rule in unindented if name not in BELOW])

    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:
        """Read lines into tokens."""
        deepest = state.md.options.maxNesting
        line, blanks = startLine, False
        while line < endLine:
            state.line = line = state.skipEmptyLines(line)
            if line >= endLine or state.sCount[line] < state.blkIndent:
                break
            if state.level >= deepest:
                state.line = endLine
                break
            self._block(state, line, endLine)
            state.tight = not blanks
            line = state.line
            if line - 1 < endLine and state.isEmpty(line - 1):  # a paragraph in a list may take the blank line after it
                blanks = True
            if line < endLine and state.isEmpty(line):
                blanks = True
                line += 1
                state.line = line

    def _block(self, state: StateBlock, line: int, end: int) -> None:
        for rule in self._rules_at(state, line, end):
            if rule(state, line, end, False):
                if state.line <= line:
                    raise RuntimeError("a block rule took no line")
                return
        raise RuntimeError("no block rule took a line")

    def _rules_at(self, state: StateBlock, line: int, end: int) -> _Rules:
        """Return the rules to try at a line that is not blank."""
        if state.sCount[line] - state.blkIndent >= CODE_INDENT:
            return self.all
        table = self.over_others if _has_more(state, line, end) else self.alone
        return table.get(state.src[state.bMarks[line] + state.tShift[line]], table[""])


def _has_more(state: StateBlock, line: int, end: int) -> bool:
    """Return True if the next line is text, or if a definition of the line follows after a blank one."""
    below = line + 1
    if below >= end:
        return False
    if not state.isEmpty(below):
        return True
    below += 1
    return below < end and state.src.startswith((":", "~"), state.bMarks[below] + state.tShift[below])


def _ending(rules: _Named) -> RuleFuncBlockType:
    """Join rules into one that tells whether any of their blocks begins at a line and so ends the block before."""
    # A silent try of "table" looks at the line below, one of "deflist" at the line itself.
    table = _by_character(rules, {**TRIGGERS, "deflist": ":~"})
    ordinary = table[""]

    def ends(state: StateBlock, line: int, end: int, silent: bool) -> bool:
        at = state.bMarks[line] + state.tShift[line]
        for rule in table.get(state.src[at], ordinary) if at < state.eMarks[line] else ordinary:
            if rule(state, line, end, silent):
                return True
        return False

    return ends


def _by_character(rules: _Named, triggers: Mapping[str, str] = TRIGGERS) -> dict[str, _Rules]:
    """Index rules by the character they begin with; "" holds those for lines that begin with any other character."""
    return {
        character: tuple(
            rule for name, rule in rules if name not in triggers or (character and character in triggers[name])
        )
        for character in ("", *set("".join(triggers.values())))
    }
