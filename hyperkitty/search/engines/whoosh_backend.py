"""The engine for small sites where tantivy cannot be installed: Whoosh, all Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from heapq import nlargest, nsmallest
from typing import ClassVar

from haystack.backends import BaseEngine, SearchNode

from hyperkitty.search.generations import Generation
from hyperkitty.search.text import to_index
from hyperkitty.search.values import Facets, Sort, Supports

from .backend import ArchiveBackend, ArchiveQuery, Hits, Writer, bounded
from .whoosh_index import OPEN, VERSION, WhooshIndex, WhooshView, guarded
from .whoosh_query import Scores, WhooshLowering
from .whoosh_words import words_of

MAX_VOCABULARY = 20_000
MAX_AUTHORS = 20
MARKS = ("attachment", "patch", "html", "reply", "starter", "unanswered")


class WhooshBackend(ArchiveBackend):
    """Searches with Whoosh's files, but not with its queries."""

    version: ClassVar[str] = VERSION
    supports: ClassVar[Supports] = Supports(
        facets=True, corrections=True, completions=True, similar=True
    )

    def find(
        self,
        node: SearchNode,
        *,
        sort: Sort = Sort.RELEVANCE,
        offset: int = 0,
        limit: int = 20,
        with_facets: bool = False,
    ) -> Hits:
        """Return hits of *node*, and how many there are exactly."""
        offset, limit = bounded(offset, limit)
        with self._viewing() as (opened, view):
            found = WhooshLowering(opened, view).lower(node)
            facets = _facets(view, found) if with_facets else None
            ranked = _ranked(view, found, sort, offset + limit)[offset:]
        scores = tuple(found[pk] for pk in ranked)
        return Hits(tuple(ranked), scores, len(found), facets)

    def vocabulary(self, prefix: str, node: SearchNode) -> list[tuple[str, int]]:
        """Return words with that beginning in mails of *node*, frequent ones first."""
        with self._viewing() as (opened, view):
            within = WhooshLowering(opened, view).lower(node).keys()
            counts = {
                word: len(view.postings("vocabulary", word).keys() & within)
                for word in view.words_with("vocabulary", prefix, MAX_VOCABULARY)
            }
        return [(word, n) for word, n in Counter(counts).most_common() if n]

    def frequencies(self, text: str) -> dict[str, tuple[int, int]]:
        """Return each word of *text*: how often it is there, and in how many mails."""
        counts = Counter(words_of(to_index(text)))
        with self._viewing() as (_opened, view):
            return {
                word: (count, len(view.postings("vocabulary", word)))
                for word, count in counts.items()
            }

    def stamps(self, first: int, last: int, most: int) -> dict[int, int]:
        """Return the stamps of the entries of mails with ids in this range."""
        with self._viewing() as (_opened, view):
            here = [(pk, stamp) for pk, stamp in view.stamps if first <= pk <= last]
        counts = Counter(pk for pk, _stamp in here)
        return {pk: stamp if counts[pk] == 1 else -1 for pk, stamp in here}

    def size(self) -> int:
        """Return how many mails have an entry."""
        with self._viewing() as (_opened, view):
            return len(view.stamps)

    def check(self) -> None:
        """Open the index in use."""
        with self._viewing():
            pass

    @contextmanager
    def writer(
        self, generation: Generation, *, is_bulk: bool = False
    ) -> Iterator[Writer]:
        """Open the writer of a generation."""
        folder = self.generations.folder(generation)
        with WhooshIndex(folder, generation.languages).writer() as writer:
            yield writer

    @contextmanager
    def _viewing(self) -> Iterator[tuple[WhooshIndex, WhooshView]]:
        """Give the view; Whoosh's files are read by one thread at a time."""
        current = self.current()
        opened = OPEN.get(self.path, current.name, current.languages)
        with opened.lock, guarded():
            yield opened, opened.view()


class WhooshEngine(BaseEngine):
    """``ENGINE`` in HAYSTACK_CONNECTIONS; ``whoosh:///path`` in SEARCH_URL."""

    backend = WhooshBackend
    query = ArchiveQuery


def _ranked(view: WhooshView, found: Scores, sort: Sort, count: int) -> list[int]:
    dates = view.column("date")
    match sort:
        case Sort.NEWEST:
            return nlargest(count, found, key=lambda pk: (dates[pk], pk))
        case Sort.OLDEST:
            return nsmallest(count, found, key=lambda pk: (dates[pk], pk))
        case Sort.RELEVANCE:
            weights = view.column("weight")
            weighed = {pk: score * weights[pk] for pk, score in found.items()}
            return nlargest(count, weighed, key=weighed.__getitem__)


def _facets(view: WhooshView, found: Scores) -> Facets:
    def counted(name: str) -> Counter[int]:
        return Counter(map(view.column(name).__getitem__, found))

    months = {divmod(month, 100): n for month, n in counted("month").items()}
    marks = {mark: len(view.postings("marks", mark).keys() & found) for mark in MARKS}
    return Facets(
        lists=dict(counted("mlist").most_common()),
        authors=tuple(counted("sender").most_common(MAX_AUTHORS)),
        months=dict(sorted(months.items())),
        marks={mark: count for mark, count in marks.items() if count},
    )
