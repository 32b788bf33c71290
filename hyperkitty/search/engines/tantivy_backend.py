"""The default engine: tantivy, embedded, one folder and no server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import tantivy
from haystack.backends import BaseEngine, SearchNode

from hyperkitty.search.generations import Generation
from hyperkitty.search.text import to_index
from hyperkitty.search.values import Facets, Sort, Supports

from .backend import ArchiveBackend, ArchiveQuery, Hits, Writer, bounded
from .tantivy_index import OPEN, VERSION, TantivyIndex, guarded
from .tantivy_query import TantivyLowering

#: Words with one beginning that corrections look through, the most frequent first.
MAX_VOCABULARY = 20_000
MAX_AUTHORS = 20
_ALL = 10_000
_AGGREGATIONS = {
    "lists": {"terms": {"field": "mlist", "size": _ALL}},
    "authors": {"terms": {"field": "sender", "size": MAX_AUTHORS}},
    "months": {"terms": {"field": "month", "size": _ALL}},
    "marks": {"terms": {"field": "marks", "size": 20}},
}


class TantivyBackend(ArchiveBackend):
    """Searches with tantivy.

    A score by relevance is multiplied by the weight of the mail: tantivy multiplies by
    the logarithm of a number, so the number kept is a power with that exponent.
    """

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
        opened = self._opened()
        offset, limit = bounded(offset, limit)
        with guarded():
            query = TantivyLowering(opened).lower(node)
            searcher = opened.searcher()
            result = searcher.search(
                query, max(limit, 1), offset=offset, **_order(sort)
            )
            hits = result.hits[:limit]
            ids = searcher.fast_field_values("email", [at for _score, at in hits])
            facets = (
                _facets(searcher.aggregate(query, _AGGREGATIONS))
                if with_facets
                else None
            )
        scores = tuple(float(score) for score, _at in hits)
        return Hits(tuple(ids), scores, result.count, facets)

    def vocabulary(self, prefix: str, node: SearchNode) -> list[tuple[str, int]]:
        """Return words with that beginning in mails of *node*, frequent ones first."""
        opened = self._opened()
        with guarded():
            within = TantivyLowering(opened).lower(node) if node.children else None
            found: list[tuple[str, int]] = opened.searcher().terms_with_prefix(
                "vocabulary", prefix, within, MAX_VOCABULARY
            )
            return found

    def frequencies(self, text: str) -> dict[str, tuple[int, int]]:
        """Return each word of *text*: how often it is there, and in how many mails."""
        opened = self._opened()
        with guarded():
            searcher = opened.searcher()
            counts = Counter(opened.whole.analyze(to_index(text)))
            return {
                word: (count, searcher.doc_freq("vocabulary", word))
                for word, count in counts.items()
            }

    def stamps(self, first: int, last: int, most: int) -> dict[int, int]:
        """Return the stamps of the entries of mails with ids in this range."""
        opened = self._opened()
        with guarded():
            searcher = opened.searcher()
            query = tantivy.Query.range_query(
                opened.schema, "email", tantivy.FieldType.Unsigned, first, last
            )
            hits = searcher.search(query, 2 * most).hits
            places = [at for _score, at in hits]
            ids = searcher.fast_field_values("email", places)
            stamps = searcher.fast_field_values("stamp", places)
        counts = Counter(ids)
        pairs = zip(ids, stamps, strict=True)
        return {pk: stamp if counts[pk] == 1 else -1 for pk, stamp in pairs}

    def size(self) -> int:
        """Return how many mails have an entry."""
        return int(self._opened().searcher().num_docs)

    def check(self) -> None:
        """Open the index in use."""
        self._opened().searcher()

    @contextmanager
    def writer(
        self, generation: Generation, *, is_bulk: bool = False
    ) -> Iterator[Writer]:
        """Open the writer of a generation."""
        folder = self.generations.folder(generation)
        with TantivyIndex(folder, generation.languages).writer(
            is_bulk=is_bulk
        ) as writer:
            yield writer

    def _opened(self) -> TantivyIndex:
        current = self.current()
        return OPEN.get(self.path, current.name, current.languages)


class TantivyEngine(BaseEngine):
    """``ENGINE`` in HAYSTACK_CONNECTIONS; ``tantivy:///path`` in SEARCH_URL."""

    backend = TantivyBackend
    query = ArchiveQuery


def _order(sort: Sort) -> dict[str, Any]:
    match sort:
        case Sort.NEWEST:
            return {"order_by_field": "date", "order": tantivy.Order.Desc}
        case Sort.OLDEST:
            return {"order_by_field": "date", "order": tantivy.Order.Asc}
        case Sort.RELEVANCE:
            return {"weight_by_field": "weight"}


def _facets(found: dict[str, Any]) -> Facets:
    counts = {
        name: {bucket["key"]: bucket["doc_count"] for bucket in part["buckets"]}
        for name, part in found.items()
    }
    months = {divmod(int(key), 100): n for key, n in counts["months"].items()}
    return Facets(
        lists={int(key): n for key, n in counts["lists"].items()},
        authors=tuple((int(key), n) for key, n in counts["authors"].items()),
        months=dict(sorted(months.items())),
        marks={str(key): n for key, n in counts["marks"].items()},
    )
