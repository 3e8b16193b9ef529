"""An index of all that a wikilink can name: visible pages, folders, photographs and files, by whole or partial paths.

Built once per snapshot by sorting its things; a look-up costs a few dictionary look-ups and bisections.
"""

from __future__ import annotations

import copy
import heapq
import posixpath
import unicodedata
from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from folio import dates
from folio.content import PAGE_SUFFIXES, Asset, Page, Photo
from folio.heads import url_of

_INDEXES = frozenset(("index", "_index"))
_LAST = "\U0010ffff"  # sorts after every character of a path
MAX_FOUND = 8  # other meanings of a name, at most
Rank = tuple[int, str]  # of a thing: the number of folders above it, and its path
Table = Mapping[str, Sequence[str]]  # paths by key, ordered by rank


@dataclass(frozen=True, slots=True)
class Named:
    """One thing: its path in the tree (of a folder without an index, the folder's), and its address.

    `bare` is the path as people write it: a page without its suffix, an index by its folder. `page` is set for Markdown
    files: the page, or a photograph's sidecar.
    """

    path: str
    url: str
    bare: str
    page: Page | None = None

    @property
    def rank(self) -> Rank:
        return (self.bare.count("/"), self.path)


class Names:
    """The index. Things are ranked by how many folders they lie in, fewest first, then by path; the tables hold paths.

    Each table is built when a look-up first needs it; a name that is in none needs all, 130 ms for 10,000 pages. Call
    `prepare` in a thread to build them ahead.
    """

    def __init__(
        self, pages: Iterable[Page], photos: Iterable[Photo], files: Iterable[Asset], folders: Collection[str]
    ) -> None:
        """Index what may be found; `folders` are the URLs of folders that can be visited."""
        things = {page.path: _page(page, page.url) for page in pages}
        for photo in photos:
            address = f"/{photo.path}"
            things[photo.path] = Named(photo.path, address, photo.path)
            if words := photo.sidecar:
                things.setdefault(words.path, _page(words, photo.url or address))
        things |= {file.path: Named(file.path, file.url, file.path) for file in files}
        indexed = {thing.bare for thing in things.values()}
        for folder in _folders(tuple(things)):
            if folder not in indexed and (url := url_of(f"{folder}/index.md")) in folders:
                things[folder] = Named(folder, url, folder)
        self._rank(things.values())

    @classmethod
    def of_places(cls, paths: Collection[str]) -> Names:
        """Index files and their folders by path alone, without titles, aliases and addresses."""
        unread = Page("", "", "")
        things = [
            Named(p, "", _bare(p), unread) if p.lower().endswith(PAGE_SUFFIXES) else Named(p, "", p) for p in paths
        ]
        indexed = {thing.bare for thing in things}
        made = cls.__new__(cls)
        made._rank([*things, *(Named(folder, "", folder) for folder in _folders(paths) if folder not in indexed)])
        return made

    def _rank(self, things: Iterable[Named]) -> None:
        self.ready = False  # whether every table is built
        self._things = {thing.path: thing for thing in sorted(things, key=lambda thing: thing.rank)}

    def find(self, name: str, folder: str) -> tuple[Named, ...]:
        """Return what a name means in a file of `folder`: the thing meant first, then up to MAX_FOUND others.

        The name is tried as a path from the root, a path from `folder`, both again in any spelling, the end of a path,
        a dated name without its date, a title, an alias or the end of an address, the day of a journal; the first of
        these that finds anything decides. Of several the one in `folder` is meant, else the one in the fewest folders,
        then by path.
        """
        paths = next(filter(None, self._steps(name, folder)), ())
        own = next((path for path in sorted(paths, key=self._rank_of) if _folder(path) == folder), None)
        best = heapq.nsmallest(MAX_FOUND, {*paths} - {own}, key=self._rank_of)
        return tuple(self._things[path] for path in (best if own is None else (own, *best)))

    def _rank_of(self, path: str) -> Rank:
        return self._things[path].rank

    def prepare(self) -> None:
        """Build every table now."""
        tables = (self._exactly, self._folded, self._ends, self._undated, self._titles, self._aliases)
        self.ready = all(table is not None for table in tables)

    def exchanged(self, old: Page | None, new: Page | None) -> Names:
        """Return the index with one page replaced (another title), added or removed; tables are shared where equal.

        The page must not be a folder's index, and must have no aliases.
        """
        self.prepare()
        made = copy.copy(self)
        vars(made).pop("_keys", None)
        if old and new and (old.path, old.url) == (new.path, new.url):
            made._things = {**self._things, new.path: _page(new, new.url)}
            titles = _without(self._titles, fold(old.title), old.path)
            made._titles = made._with(titles, fold(new.title), new.path)
            return made
        if old:
            made._leave(_page(old, old.url))
        if new:
            made._enter(_page(new, new.url))
        return made

    def _enter(self, thing: Named) -> None:
        self._things = {**self._things, thing.path: thing}  # out of order: only building tables needs the order
        self._exactly = {**self._exactly, thing.path: (thing.path,), thing.bare: (thing.path,)}
        key = _key(thing.bare)
        self._folded = self._with(self._folded, key, thing.path)
        self._ends = self._ends.exchanged((), [(key, thing.path)])
        self._undated = self._undated.exchanged((), _dateless(key, thing))
        self._titles = self._with(self._titles, *_titled(thing))
        self._aliases = self._with(self._aliases, *_placed(thing))

    def _leave(self, thing: Named) -> None:
        key = _key(thing.bare)
        self._exactly = _without(_without(self._exactly, thing.path, thing.path), thing.bare, thing.path)
        self._folded = _without(self._folded, key, thing.path)
        self._ends = self._ends.exchanged([(key, thing.path)], ())
        self._undated = self._undated.exchanged(_dateless(key, thing), ())
        self._titles = _without(self._titles, *_titled(thing))
        self._aliases = _without(self._aliases, *_placed(thing))
        self._things = {**self._things}
        del self._things[thing.path]

    def _with(self, table: Table, key: str, path: str) -> Table:
        return {**table, key: sorted({*table.get(key, ()), path}, key=self._rank_of)}

    def _steps(self, name: str, folder: str) -> Iterator[Sequence[str]]:
        paths = [path for path in _paths(name, folder) if path != ".." and not path.startswith("../")]
        for path in paths:
            yield self._exactly.get(path, ())
        for path in paths:
            yield self._folded.get(_key(path), ())
        if name.startswith("/") or not paths:
            return
        key = _key(paths[0])
        yield self._ends.of(key)
        yield self._undated.of(key)
        folded = fold(name)
        yield self._titles.get(folded, ())
        yield self._aliases.get(folded, ())
        if name[-4:].isdigit() and (day := dates.day_of(name)):
            yield self._ends.of(day)

    @cached_property
    def _exactly(self) -> Table:
        """Things by their path, pages without suffix too, indexes by their folder; the first of equal keys counts."""
        known = {path: (path,) for path in self._things}
        for thing in self._things.values():
            if thing.page:
                known.setdefault(_stripped(thing.path), (thing.path,))
        for thing in self._things.values():
            known.setdefault(thing.bare, (thing.path,))
        return known

    @cached_property
    def _keys(self) -> Mapping[str, str]:
        return {path: key for path, thing in self._things.items() if (key := _key(thing.bare))}

    @cached_property
    def _folded(self) -> Table:
        return _table((key, path) for path, key in self._keys.items())

    @cached_property
    def _ends(self) -> _Ends:
        return _Ends((key, path) for path, key in self._keys.items())

    @cached_property
    def _undated(self) -> _Ends:
        return _Ends(one for path, key in self._keys.items() for one in _dateless(key, self._things[path]))

    @cached_property
    def _titles(self) -> Table:
        return _table(_titled(thing) for thing in self._things.values() if thing.page)

    @cached_property
    def _aliases(self) -> Table:
        return _table(
            (fold(alias), thing.path)
            for thing in self._things.values()
            if thing.page
            for alias in (*thing.page.aliases, thing.url.rpartition("/")[2])
        )


class Places:
    """What names can mean in a tree of which only the paths of its files are known.

    A name that finds nothing here may still be a title, an alias or the end of an address.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = tuple(paths)
        self._folded = fold("\0".join(self._paths)).split("\0")  # folding all at once takes a tenth of the time

    def find(self, name: str, folder: str) -> tuple[Named, ...]:
        """Return what a name can mean, as `Names.find` does; results have no address."""
        last = _key(name).rpartition("/")[2]
        near = [path for path, key in zip(self._paths, self._folded, strict=True) if last in key]
        return Names.of_places(near).find(name, folder)


class _Ends:
    """Finds paths by their last segments, in a sorted list of paths with their segments reversed."""

    def __init__(self, paths: Iterable[tuple[str, str]]) -> None:
        """Take (key, path) pairs; keys are searched, paths returned."""
        self._reversed = sorted((_reversed(key), path) for key, path in paths)

    def of(self, end: str) -> Sequence[str]:
        """Return the paths whose keys are `end` or end in "/" and it."""
        key = _reversed(end)
        start = bisect_left(self._reversed, (key,))
        return [path for _, path in self._reversed[start : bisect_left(self._reversed, (key + _LAST,), start)]]

    def exchanged(self, old: Iterable[tuple[str, str]], new: Iterable[tuple[str, str]]) -> _Ends:
        """Return a copy without the pairs `old` and with the pairs `new`."""
        made = copy.copy(self)
        made._reversed = [*self._reversed]
        for key, path in old:
            made._reversed.remove((_reversed(key), path))
        for key, path in new:
            insort(made._reversed, (_reversed(key), path))
        return made


def fold(text: str) -> str:
    """Fold case, and "_", "-" and space into one; normalise to NFC, as names on disk may be decomposed."""
    if not text.isascii():  # canonical caseless matching (Unicode, D145), then composed
        text = unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
    return text.casefold().replace("_", "-").replace(" ", "-")  # quicker than str.translate


def _page(page: Page, url: str) -> Named:
    return Named(page.path, url, _bare(page.path), page)


def _bare(path: str) -> str:
    """Return a page's path as people write it: without its suffix, an index by its folder."""
    bare = _stripped(path)
    folder, _, name = bare.rpartition("/")
    return folder if name in _INDEXES else bare


def _key(path: str) -> str:
    """Return the key of a path: folded, without a page's suffix, `_posts` and a final `index`."""
    path = _stripped(path) if path.lower().endswith(PAGE_SUFFIXES) else path
    path = path.replace("___", "/")  # Logseq's name for what lies below a page
    if "_posts" in path:
        path = "/".join(part for part in path.split("/") if part != "_posts")
    folded = fold(path)
    folder, _, name = folded.rpartition("/")
    return folder if name in ("index", "-index") else folded


def _stripped(path: str) -> str:
    return path[: path.rindex(".")]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _paths(name: str, folder: str) -> Iterator[str]:
    """Yield the paths that a name may mean: from the root, then from `folder` unless it begins with "/"."""
    if not name.startswith(("./", "../")):
        yield posixpath.normpath(name.lstrip("/")) if name.strip("/") else ""
    if not name.startswith("/"):
        yield posixpath.normpath(posixpath.join(folder, name))


def _folders(paths: Iterable[str]) -> Iterator[str]:
    """Yield every folder above the paths, each once, except Jekyll's `_posts`."""
    seen = {""}
    for path in paths:
        folder = _folder(path)
        while folder not in seen:
            seen.add(folder)
            if not folder.endswith("_posts"):
                yield folder
            folder = _folder(folder)


def _titled(thing: Named) -> tuple[str, str]:
    return fold(thing.page.title if thing.page else ""), thing.path


def _placed(thing: Named) -> tuple[str, str]:
    """Return (the folded end of a page's address, its path)."""
    return fold(thing.url.rpartition("/")[2]), thing.path


def _dateless(key: str, thing: Named) -> Iterator[tuple[str, str]]:
    """Yield (key, path) if a file name is dated: its key without the date, and with a Zettelkasten number alone."""
    last = key[key.rfind("/") + 1 :]
    if last[:4].isdigit() and thing.page:
        date, rest = dates.from_name(last)
        if date and rest:
            yield key[: -len(last)] + rest, thing.path
            if last[:12].isdigit():
                yield key[: -len(last)] + last.partition("-")[0], thing.path


def _reversed(path: str) -> str:
    return "/".join(path.split("/")[::-1]) + "/"


def _table(pairs: Iterable[tuple[str, str]]) -> Table:
    known: dict[str, list[str]] = {}
    for key, path in pairs:
        known.setdefault(key, []).append(path)
    return known


def _without(table: Table, key: str, path: str) -> Table:
    """Return the table without a path under a key."""
    rest = [one for one in table[key] if one != path]
    others = {**table, key: rest}
    if not rest:
        del others[key]
    return others
