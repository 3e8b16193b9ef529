"""Whoosh's segments, written and read in bulk: the only module that depends on the internals of Whoosh 2.7.5.

Whoosh's writer takes one posting at a time through a pool, its matcher returns one at a time: 27 ms a document to
build, and 0.3 s for a common word at 10,000 pages. Here a term is written and read as two arrays, document numbers and
weights, by a custom codec; files, table of contents, deletions and commits remain Whoosh's.
Imported only where the index is read or written.
"""

from __future__ import annotations

import heapq
import marshal
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import accumulate, groupby
from operator import itemgetter, sub
from sys import intern
from typing import Any, TypeAlias

from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3TermInfo
from whoosh.columns import VarBytesColumn
from whoosh.fields import COLUMN, ID, Schema
from whoosh.index import FileIndex
from whoosh.reading import SegmentReader, TermNotFound
from whoosh.system import pack_ushort
from whoosh.writing import SegmentWriter

STEMS, WORDS = "stems", "words"  # the two fields that are searched: stems and exact words
URL = "url"  # a third field, to delete documents by
ADDRESS, TEXT = "address", "text"  # the two columns
VOCABULARY = ".voc"  # a file of each segment: its words, sorted, and the count of documents of each

Numbers = Sequence[int]  # of documents in a segment, ascending
Postings: TypeAlias = "array[int]"  # of a term: document number << 8 | weight


def schema() -> Any:
    """Return Whoosh's schema: no positions, no lengths, nothing stored except the columns."""
    return Schema(
        stems=ID(), words=ID(), url=ID(unique=True), text=COLUMN(VarBytesColumn()), address=COLUMN(VarBytesColumn())
    )


class Codec(W3Codec):  # type: ignore[misc]
    """Whoosh's own format, except for the postings."""

    def field_writer(self, storage: Any, segment: Any) -> FieldWriter:
        return FieldWriter(self, storage, segment)


class FieldWriter(W3FieldWriter):  # type: ignore[misc]
    """Writes each term at once: the integer type, the differences between document numbers, one byte of weight each."""

    def add_postings(self, schema: Any, lengths: Any, items: Iterable[tuple[str, bytes, Postings]]) -> None:
        """Write items of (field, term, postings), ascending, and the vocabulary of the field WORDS."""
        words: list[str] = []
        counts: list[int] = []
        for field, terms in groupby(items, key=itemgetter(0)):
            self.start_field(field, schema[field])
            for _, term, found in terms:
                self._tindex.add(pack_ushort(self._fieldid) + term, self._written(found).to_bytes())
                if field == WORDS:
                    words.append(term.decode())
                    counts.append(len(found))
            self.finish_field()
        with self._segment.create_file(self._storage, VOCABULARY) as file:
            file.write(marshal.dumps((words, counts)))

    def _written(self, found: Postings) -> W3TermInfo:
        numbers, weights = [posting >> 8 for posting in found], bytes([posting & 255 for posting in found])
        steps = array("I", map(sub, numbers, (0, *numbers[:-1])))
        width = next(code for code in "BHI" if max(steps) < 1 << 8 * array(code).itemsize)
        info = W3TermInfo(weight=sum(weights), df=len(numbers), maxweight=max(weights), minid=numbers[0])
        info._maxid, start = numbers[-1], self._postfile.tell()
        self._postfile.write(width.encode() + array(width, steps).tobytes() + weights)
        info.set_extent(start, self._postfile.tell() - start)
        return info


class Writer(SegmentWriter):  # type: ignore[misc]
    """Whoosh's writer of one commit, for documents with weighted terms. It is its own pool of postings."""

    def __init__(self, index: FileIndex) -> None:
        super().__init__(index, codec=Codec())
        self._postings: dict[str, dict[str, Postings]] = {STEMS: {}, WORDS: {}, URL: {}}
        self.pool = self

    def put(self, url: str, text: bytes, stems: Mapping[str, int], words: Mapping[str, int]) -> None:
        """Add a document: its URL, text, and terms with weights of one byte."""
        self._document(url.encode(), text)
        for field, terms in ((STEMS, stems), (WORDS, words), (URL, {url: 1})):
            postings, number = self._postings[field], self.docnum << 8
            for term, weight in terms.items():
                try:
                    postings[term].append(number | weight)
                except KeyError:
                    postings[term] = array("I", (number | weight,))
        self.docnum += 1

    def take(self, urls: Sequence[str]) -> None:
        """Delete the documents of these URLs from the existing segments."""
        for segment in self.segments if urls else ():
            with closing(SegmentReader(self.storage, self.schema, segment)) as reader:
                for url in urls:
                    for number in postings(reader, URL, url)[0]:
                        if not segment.is_deleted(number):
                            segment.delete_document(number)

    def join(self, segments: Sequence[Any]) -> None:
        """Add the documents of other segments, without the deleted ones."""
        readers = [SegmentReader(self.storage, self.schema, segment) for segment in segments]
        moved = [self._moved(reader) for reader in readers]
        for field in (STEMS, WORDS, URL):
            terms = (_terms(reader, field, n) for n, reader in enumerate(readers))
            for term, sources in groupby(heapq.merge(*terms), key=itemgetter(0)):
                joined = self._postings[field].setdefault(term.decode(), array("I"))
                for _, n in sources:
                    for number, weight in zip(*postings(readers[n], field, term.decode()), strict=True):
                        if (new := moved[n][number]) >= 0:
                            joined.append(new << 8 | weight)
        for reader in readers:
            reader.close()

    def _moved(self, reader: Any) -> list[int]:
        """Copy the columns of a segment; return the new number of each of its documents, -1 for deleted ones."""
        urls, texts = (reader.column_reader(name) for name in (ADDRESS, TEXT))
        moved = []
        for number in range(reader.doc_count_all()):
            if reader.is_deleted(number):
                moved.append(-1)
                continue
            self._document(urls[number], texts[number])
            moved.append(self.docnum)
            self.docnum += 1
        return moved

    def _document(self, url: bytes, text: bytes) -> None:
        perdoc = self.perdocwriter
        perdoc.start_doc(self.docnum)
        for name, value in ((ADDRESS, url), (TEXT, text)):
            perdoc.add_column_value(name, self.schema[name].column_type, value)
        perdoc.finish_doc()
        self._added = True

    def iter_postings(self) -> Iterator[tuple[str, bytes, Postings]]:
        """Yield all terms in the order that Whoosh's files need: by field, then by their bytes."""
        for field in sorted(self._postings):
            terms = self._postings[field]
            for term in sorted(terms, key=str.encode):
                if found := terms[term]:
                    yield field, term.encode(), found

    def cleanup(self) -> None:
        """Do nothing: part of the pool's interface, but there are no temporary files to remove."""


def postings(reader: Any, field: str, term: str, base: int = 0) -> tuple[Numbers, bytes]:
    """Return the documents of a segment with a term, ascending, numbered from `base`, deleted ones too, and weights."""
    try:
        info = reader._terms.term_info(field, term.encode())
    except TermNotFound:
        return (), b""
    start, length = info.extent()
    (length,) = length if isinstance(length, tuple) else (length,)  # 2.7.5 reads it as a tuple of one
    written = reader._terms._postfile.get(start, length)
    steps = array(chr(written[0]))
    steps.frombytes(written[1 : -info.doc_frequency()])
    return list(accumulate(steps, initial=base))[1:], written[-info.doc_frequency() :]


def vocabulary(reader: Any) -> tuple[list[str], list[int]]:
    """Return the words of a segment, sorted, and the count of documents of each, deleted ones included."""
    with reader.segment().open_file(reader.storage(), VOCABULARY) as file:
        words, counts = marshal.loads(file.read())  # noqa: S302  our own worker wrote it, and its checksum is right
    return [intern(word) for word in words], counts  # segments share most words; `map` would not release the GIL


def column(reader: Any, name: str) -> Any:
    """Return the bytes of a column by document number."""
    return reader.column_reader(name)


def _terms(reader: Any, field: str, n: int) -> Iterator[tuple[bytes, int]]:
    """Yield the terms of a field, ascending, each with the number of its segment."""
    for name, term in reader._terms.terms_from(field, b""):
        if name != field:
            break
        yield term, n
