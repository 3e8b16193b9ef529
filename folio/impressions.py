"""Texts as they were rendered for feeds -> the same again, for the next generation, while they would come out alike.

A feed holds thirty whole texts, of which an edit changes one. HTML follows from a document and from what each of its
references leads to; so these are asked again, which takes a tenth of the time. rendering.py asks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
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
    """Kept by the path of their page; all rendered in the same way. `most` of them are."""

    def __init__(self, most: int = MOST_TEXTS) -> None:
        self._most = most
        self._kept: OrderedDict[str, Impression] = OrderedDict()

    def of(self, path: str, document: Document, resolve: Resolve, render: Callable[[Resolve], Html]) -> Html:
        """Return a text as `render` makes it with a resolver. One that shows others within its own is always made."""
        known = self._kept.get(path)
        if known is None or not known.holds(document, resolve):
            known = _made(document, resolve, render)
        if not any(answer.passage for answer in known.answers.values()):
            self._keep(path, known)
        return known.html

    def _keep(self, path: str, impression: Impression) -> None:
        self._kept[path] = impression
        self._kept.move_to_end(path)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)


def _made(document: Document, resolve: Resolve, render: Callable[[Resolve], Html]) -> Impression:
    answers: dict[tuple[str, Kind], Reference] = {}

    def noted(written: str, kind: Kind) -> Reference:
        answer = answers[written, kind] = resolve(written, kind)
        return answer

    return Impression(document, answers, render(noted))
