"""Texts as they were rendered for feeds -> the same again, for the next generation, while they would come out alike.

A feed holds thirty whole texts, of which an edit changes one. HTML follows from a document and from what each of its
references leads to; so these are asked again, which takes a tenth of the time. rendering.py asks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from folio.markdown import Document, Html, Kind, Reference, Resolve

MOST_TEXTS = 60  # of two feeds; the longest unused are forgotten first


@dataclass(frozen=True, slots=True)
class Impression:
    """A text as it was rendered, and the answers to all that it asked of its resolver."""

    document: Document
    answers: Mapping[tuple[str, Kind], Reference]
    html: Html

    def holds(self, document: Document, resolve: Resolve) -> bool:
        """Say whether this very document would be rendered so again."""
        return document is self.document and all(resolve(*asked) == told for asked, told in self.answers.items())


class Impressions:
    """Kept by whose text it is and how it is rendered. `most` of them are."""

    def __init__(self, most: int = MOST_TEXTS) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Impression] = OrderedDict()

    def of(self, key: Hashable, document: Document, resolve: Resolve, render: Callable[[Resolve], Html]) -> Html:
        """Return a text as `render` makes it with a resolver. One that shows others within its own is always made.

        `key` names its page and everything else that `render` goes by.
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
