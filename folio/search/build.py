"""The worker's part of search: documents -> a Whoosh segment. Runs in the lane "index", never in the engine's process.

Text is parsed, split, folded and stemmed here (words.py), each page in its own language, and weighted (impacts.py);
segments.py passes it to Whoosh. The plain text for phrases and snippets is stored with its document (texts.py): it is
committed, deleted and merged together with it, so the two never disagree.
"""

from __future__ import annotations

import logging
import pickle
import shutil
import time
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folio import progress, transcripts
from folio.cache import Maker
from folio.errors import Busy
from folio.search import seal, texts
from folio.search.documents import Document
from folio.search.impacts import CAPTIONS, DATE, HEADINGS, TAGS, TITLE, impacts
from folio.search.texts import Part
from folio.search.words import joined, language, stem, tokens
from folio.transcripts import Transcript

if TYPE_CHECKING:
    from folio.search.segments import Writer

APPLY = Maker("folio.search.build:apply", 2, "index")
FEW_SEGMENTS = 8  # if there are more, small ones are merged
RETRY_SECONDS = 60
UNUSED_SECONDS = 7 * 86_400.0  # after which an index of another version is removed
TOLD_DOCUMENTS = 20  # indexed between two reports of progress

log = logging.getLogger(__name__)


def packed(put: Sequence[Document]) -> bytes:
    """Pickle documents for the worker, in the calling thread, so that the event loop need not pickle them."""
    return pickle.dumps(tuple(put), pickle.HIGHEST_PROTOCOL)


def unpacked(put: bytes) -> tuple[Document, ...]:
    """Return the documents that `packed` was given; none for b""."""
    return pickle.loads(put) if put else ()  # noqa: S301  our own


def apply(folder: str, before: str, put: bytes, take: Sequence[str], fresh: bool, merge: bool) -> str:
    """Add the documents `put` (`packed`), replacing those of the same URLs, and remove the URLs `take`, in one commit.

    `before` is the id of the seal that the change was computed against ("" for none). Returns the id of the new seal,
    or "" with nothing done if the folder holds another state by now. `fresh` first removes whatever is there. `merge`
    joins small segments. Raises Busy if another process is writing or the disk cannot be written.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with seal.locked(path):
            if fresh or not before:
                _tidy(path, fresh)
            held = seal.peek(path) or seal.Seal()
            if held.id != ("" if fresh else before):
                return ""
            return _change(path, held, unpacked(put), take, merge).id
    except seal.Damaged:
        return ""
    except OSError as error:
        raise Busy(f"the search index cannot be written ({error})", RETRY_SECONDS) from error


def _change(path: Path, held: seal.Seal, put: Sequence[Document], take: Sequence[str], merge: bool) -> seal.Seal:
    gone = {*take, *(document.url for document in put)}
    _commit(path, held, put, gone, merge)
    digests = {url: digest for url, digest in held.digests.items() if url not in gone}
    return seal.write(path, digests | {document.url: document.digest for document in put}, held.files)


def _tidy(path: Path, fresh: bool) -> None:
    """Prepare for a first build: empty the folder if `fresh`, and remove the folders of versions long out of use."""
    if fresh:
        seal.empty(path)
    for other in path.parent.iterdir():
        if other != path and time.time() - other.stat().st_mtime > UNUSED_SECONDS:
            shutil.rmtree(other, ignore_errors=True)


def _commit(path: Path, held: seal.Seal, put: Sequence[Document], gone: set[str], merge: bool) -> None:
    from whoosh.index import create_in, open_dir

    from folio.search import segments

    shutil.rmtree(path / "MAIN.tmp", ignore_errors=True)  # Whoosh's, left by a worker that was killed
    index = open_dir(str(path)) if held.id else create_in(str(path), segments.schema())
    writer = segments.Writer(index)
    try:
        writer.take(sorted(gone & held.digests.keys()))
        left = transcripts.take(path.with_name(transcripts.NAME), {*map(_name, put)})
        for done, document in enumerate(put):
            if done % TOLD_DOCUMENTS == 0:
                progress.tell(done, len(put))
            add(writer, document, *read(document, left.get(_name(document))))
    except BaseException:
        writer.cancel()
        raise
    writer.commit(mergetype=_joined if merge else _unmerged)
    index.close()


def _unmerged(writer: Any, segments: list[Any]) -> list[Any]:
    return segments


def _joined(writer: Writer, segments: list[Any]) -> list[Any]:
    """Rewrite as one the segments with many deletions, and the smallest, each while no larger than twice those before.

    So a page is rewritten only about as often as the index doubles, and there are never many segments.
    """
    chosen = [segment for segment in segments if segment.deleted_count() * 3 >= segment.doc_count_all()]
    size = sum(segment.doc_count() for segment in chosen)
    for segment in sorted(segments, key=lambda segment: int(segment.doc_count())):
        too_many = len(segments) - len(chosen) >= FEW_SEGMENTS
        if segment not in chosen and (segment.doc_count() <= 2 * size or (too_many and len(chosen) < 2)):
            chosen.append(segment)
            size += segment.doc_count()
    if len(chosen) < 2 and not any(segment.has_deletions() for segment in chosen):
        return segments
    writer.join(chosen)
    return [segment for segment in segments if segment not in chosen]


def add(writer: Writer, document: Document, parts: Sequence[Part], captions: str = "") -> None:
    """Index a document whose text is given by `parts`."""
    text = "\n".join(f"{part.heading}\n{part.text}" for part in parts)
    body = tokens(text)
    places = (
        (TITLE, _terms(document.title)),
        (TAGS, _terms("\n".join((*document.tags, *document.aliases)))),
        (HEADINGS, _terms("\n".join(part.heading for part in parts))),
        (DATE, tokens(document.dated)),
        (CAPTIONS, _terms(f"{document.about} {captions}")),
    )
    counts = Counter(body)
    counts.update(joined(text))
    code = language(document.language)
    stems: dict[str, int] = {}
    for word, count in counts.items():
        stemmed = stem(word, code)
        stems[stemmed] = stems.get(stemmed, 0) + count
    by_stem = [(most, [stem(word, code) for word in found]) for most, found in places]
    writer.put(
        document.url,
        texts.pack(parts),
        impacts(stems, by_stem, len(body)),
        impacts(counts, places, len(body)),
    )


def _terms(text: str) -> list[str]:
    return tokens(text) + joined(text)


def read(document: Document, said: Transcript | None = None) -> tuple[tuple[Part, ...], str]:
    """Return a document's text by headings (its description if it has no text), and the words about its pictures.

    The text is parsed unless its transcript, `said`, is given.
    """
    said = said or _parsed(document)
    parts = tuple(Part(part.id, _composed(part.heading), _composed(part.text)) for part in said.parts)
    return parts or (Part("", "", _composed(document.about)),), said.captions


def _name(document: Document) -> str:
    return transcripts.name(document.body.digest, document.language, document.math)


def _parsed(document: Document) -> Transcript:
    """Parse a text; if that fails, log it and return an empty transcript: only the title is indexed then."""
    from folio.markdown import parse

    try:
        text = document.body.text
        return transcripts.transcript(parse(text, language=document.language, math=document.math, coloured=False))
    except Exception:  # one bad page must not keep the others out of search
        log.exception("search: %s cannot be parsed; only its title is indexed", document.url)
        return Transcript()


def _composed(text: str) -> str:
    """Return a text on one line and in Unicode's form NFC, as snippets need it."""
    flat = " ".join(text.split())
    return flat if flat.isascii() else unicodedata.normalize("NFC", flat)
