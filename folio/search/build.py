"""The worker's part of search: documents -> Whoosh's index. Runs in the lane "index", never in the engine.

Text is split, folded and stemmed here (words.py) and handed to Whoosh as words between spaces, so that a query and the
index agree by construction and each page is stemmed in its own language. The plain text that snippets are cut from is
stored with its document, compressed: it is committed, deleted and merged together with it, and cannot go astray. No
positions are kept: a phrase of common words took Whoosh 300 ms over 300 pages, looking into the text takes 10.
"""

from __future__ import annotations

import heapq
import json
import logging
import shutil
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from folio.cache import Maker
from folio.errors import Busy
from folio.search import seal
from folio.search.documents import Document
from folio.search.words import stem, tokens

APPLY = Maker("folio.search.build:apply", 1, "index")
TEXT_CHARACTERS = 200_000  # of a page that are stored for snippets; all of it is indexed
MEMORY_MB = 256  # of Whoosh's pool, before it spills to disk
LARGE = 4  # segments that merging leaves alone: joining all takes 8 ms a page
VOCABULARY_WORDS = 300_000
RETRY_SECONDS = 60
UNUSED_SECONDS = 7 * 86_400.0

log = logging.getLogger(__name__)


def apply(folder: str, before: str, put: Sequence[Document], take: Sequence[str], fresh: bool, merge: bool) -> str:
    """Put documents in and take URLs out, in one commit; the old document of a URL that is put goes.

    `before` is the id of the seal that the difference was made against ("" for none); returns the id of the new one,
    or "" with nothing done, when the folder holds another state by now: look again. `fresh` throws away whatever lies
    there. `merge` joins the small segments. Raises Busy while another process is writing, or the disk does not let us.
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
            return _change(path, held, put, take, merge).id
    except seal.Damaged:
        return ""
    except OSError as error:
        raise Busy(f"the search index cannot be written ({error})", RETRY_SECONDS) from error


def _change(path: Path, held: seal.Seal, put: Sequence[Document], take: Sequence[str], merge: bool) -> seal.Seal:
    words = _commit(path, held, put, take, merge)
    _write_vocabulary(path, words)
    gone = {*take, *(document.url for document in put)}
    digests = {url: digest for url, digest in held.digests.items() if url not in gone}
    return seal.write(path, digests | {document.url: document.digest for document in put}, held.files)


def _tidy(path: Path, fresh: bool) -> None:
    """Make room for a first build: empty this folder if so told, and drop those of versions long out of use."""
    if fresh:
        seal.empty(path)
    for other in path.parent.iterdir():
        if other != path and time.time() - other.stat().st_mtime > UNUSED_SECONDS:
            shutil.rmtree(other, ignore_errors=True)


def _commit(path: Path, held: seal.Seal, put: Sequence[Document], take: Sequence[str], merge: bool) -> Counter[str]:
    """Write one commit and return the words that it brought, each with the number of its documents."""
    from whoosh.index import create_in, open_dir

    shutil.rmtree(path / "MAIN.tmp", ignore_errors=True)  # Whoosh's, left by a worker that was killed
    index = open_dir(str(path)) if held.id else create_in(str(path), _schema())
    writer = index.writer(limitmb=MEMORY_MB)
    brought: Counter[str] = Counter()
    try:
        with writer.searcher() as searcher:
            for url in (*take, *(document.url for document in put)):
                writer.delete_by_term("url", url, searcher=searcher)
        for document in put:
            fields = _fields(document)
            brought.update(set(fields["words"].split()))
            writer.add_document(**fields)
    except BaseException:
        writer.cancel()
        raise
    writer.commit(mergetype=_compacted if merge else _as_they_are)
    index.close()
    return brought


def _as_they_are(writer: Any, segments: list[Any]) -> list[Any]:
    return segments


def _compacted(writer: Any, segments: list[Any]) -> list[Any]:
    """Keep the LARGE largest segments and write the others, and those full of deleted pages, into the new one."""
    from whoosh.reading import SegmentReader

    by_size = sorted(segments, key=lambda segment: segment.doc_count(), reverse=True)
    kept = [s for s in by_size[:LARGE] if s.deleted_count() * 3 < s.doc_count_all()]
    for segment in segments:
        if segment not in kept:
            reader = SegmentReader(writer.storage, writer.schema, segment)
            writer.add_reader(reader)
            reader.close()
    return kept


def _schema() -> Any:
    """Stems by where they stand, each field weighed by the query; whole words once more, for prefixes and phrases."""
    from whoosh.analysis import SpaceSeparatedTokenizer
    from whoosh.fields import ID, STORED, TEXT, Schema

    def words() -> Any:
        return TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False)  # phrases are verified against the text

    return Schema(
        url=ID(unique=True, sortable=True),
        title=words(),
        tags=words(),
        heads=words(),
        body=words(),
        words=words(),
        text=STORED,  # as it reads, for snippets
        folded=STORED,  # its words between spaces, for phrases
    )


def _fields(document: Document) -> dict[str, Any]:
    """Turn a document into Whoosh's fields; a text that cannot be parsed keeps its title, and the worker says so."""
    from folio.markdown import parse

    text, headings = "", ""
    try:
        parsed = parse(document.body, language=document.language)
        text, headings = parsed.text, " ".join(heading.text for heading in parsed.headings)
    except Exception:  # one bad page must not keep the others out of search
        log.exception("search: %s cannot be parsed; only its title is indexed", document.url)
    title, tags = tokens(document.title), [token for tag in document.tags for token in tokens(tag)]
    heads, body = tokens(f"{headings} {document.about}"), tokens(text)
    stems = {
        name: " ".join(stem(word, document.language) for word in words)
        for name, words in (("title", title), ("tags", tags), ("heads", heads), ("body", body))
    }
    words = " ".join((*title, *tags, *tokens(document.about), *body))
    return {
        "url": document.url,
        **stems,
        "words": words,
        "text": _packed(text or document.about),
        "folded": _packed(words),
    }


def _packed(text: str) -> bytes:
    return zlib.compress(text[:TEXT_CHARACTERS].encode("utf-8", "replace"), 1)


def _write_vocabulary(path: Path, brought: Counter[str]) -> None:
    """Add the words of a commit to the list that prefixes are looked up in, sorted: {"words": […], "counts": […]}.

    Words of deleted pages stay until the next fresh build: they lead to no document. Reading Whoosh's own list costs
    26 µs a word, this 0.3.
    """
    known = Counter(dict(_vocabulary(path)))
    known.update(brought)
    if len(known) > VOCABULARY_WORDS:
        known = Counter(dict(heapq.nlargest(VOCABULARY_WORDS, known.items(), key=lambda item: (item[1], item[0]))))
    words = sorted(known)
    text = json.dumps({"words": words, "counts": [known[word] for word in words]}, ensure_ascii=False)
    temporary = path / f"{seal.VOCABULARY}.tmp"
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path / seal.VOCABULARY)


def _vocabulary(path: Path) -> Iterator[tuple[str, int]]:
    file = path / seal.VOCABULARY
    if file.exists():
        values = json.loads(file.read_text(encoding="utf-8"))
        yield from zip(values["words"], values["counts"], strict=True)
