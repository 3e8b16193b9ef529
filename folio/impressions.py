"""A cache of the texts rendered for feeds, kept from one generation to the next while their HTML would be the same.

A feed holds thirty whole texts, of which an edit changes one. HTML depends on a document and on what each of its
references resolves to; so these are resolved again, which takes a tenth of the time. Called by rendering.py.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from folio.markdown import Document, Html, Kind, Reference, Resolve

MOST_TEXTS = 60  # those of two feeds; the least recently used are dropped first


@dataclass(frozen=True, slots=True)
class Impression:
    """A rendered text, and all answers that its resolver gave."""

    document: Document
    answers: Mapping[tuple[str, Kind], Reference]
    html: Html

    def holds(self, document: Document, resolve: Resolve) -> bool:
        """Say whether rendering this document again would give the same HTML."""
        return document is self.document and all(resolve(*asked) == answer for asked, answer in self.answers.items())


class Impressions:
    """A cache of at most `most` impressions, by page and manner of rendering."""

    def __init__(self, most: int = MOST_TEXTS) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Impression] = OrderedDict()

    def of(self, key: Hashable, document: Document, resolve: Resolve, render: Callable[[Resolve], Html]) -> Html:
        """Return a text's HTML, made by `render` where it is not cached; a text that embeds others is never cached.

        `key` names its page and everything else that `render` depends on.
        """
        known = self._kept.get(key)
        if known is None or not known.holds(document, resolve):
            known = _made(document, resolve, render)
        if not any(answer.passage for answer in known.answers.values()):
            self._keep(key, known)
        return known.html

    def _keep(self, key: Hashable, impression: Impression) -> None:
        self._kept[key] = impression
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)


def _made(document: Document, resolve: Resolve, render: Callable[[Resolve], Html]) -> Impression:
    answers: dict[tuple[str, Kind], Reference] = {}

    def noted(written: str, kind: Kind) -> Reference:
        answer = answers[written, kind] = resolve(written, kind)
        return answer

    return Impression(document, answers, render(noted))
