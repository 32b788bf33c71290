"""What the site's own engines share: Haystack's interface, on generations."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol

from django.core.exceptions import ImproperlyConfigured
from haystack.backends import BaseSearchBackend, BaseSearchQuery, SearchNode
from haystack.models import SearchResult

from hyperkitty.search.documents import Document, read_documents
from hyperkitty.search.generations import Generation, Generations, IndexUnusable
from hyperkitty.search.languages import Languages
from hyperkitty.search.values import Facets, IndexState, Sort, Supports

#: Hits of one page, and the deepest that can be asked for.
MAX_LIMIT = 1_000
MAX_OFFSET = 100_000
#: Seconds that a write waits for another process to finish its own.
WRITE_TIMEOUT = 60


@dataclass(frozen=True, slots=True)
class Hits:
    """What an engine found."""

    email_ids: tuple[int, ...]
    scores: tuple[float, ...]
    count: int
    facets: Facets | None = None


class Writer(Protocol):
    """Changes a generation; readers see it after `commit`."""

    def add(self, documents: Iterable[Document]) -> None:
        """Add entries of mails that have none."""

    def remove(self, email_ids: Collection[int]) -> None:
        """Remove the entries of these mails, if there are any."""

    def remove_from(self, first: int) -> None:
        """Remove the entries of all mails with this id and later ones."""

    def commit(self) -> None:
        """Put all on the disk, or nothing."""


class ArchiveBackend(BaseSearchBackend):
    """Haystack's interface, and the wider one that the archive's pages use.

    PATH in the connection's settings says where the index is. Safe to use from many
    threads and after a fork; what is open belongs to the process, not to this object.
    """

    #: Of the layout; an index of another version is not opened.
    version: ClassVar[str]
    supports: ClassVar[Supports]

    def __init__(self, connection_alias: str, **options: Any) -> None:
        super().__init__(connection_alias, **options)
        if not options.get("PATH"):
            raise ImproperlyConfigured(
                f"HAYSTACK_CONNECTIONS[{connection_alias!r}] needs a PATH."
            )
        self.path = Path(options["PATH"])

    @cached_property
    def generations(self) -> Generations:
        """Where this index lives."""
        return Generations(self.path)

    # What the archive's pages use

    @abstractmethod
    def find(
        self,
        node: SearchNode,
        *,
        sort: Sort = Sort.RELEVANCE,
        offset: int = 0,
        limit: int = 20,
        with_facets: bool = False,
    ) -> Hits:
        """Return hits of *node*, and how many there are. Raises `IndexUnusable`."""

    @abstractmethod
    def vocabulary(self, prefix: str, node: SearchNode) -> list[tuple[str, int]]:
        """Return words as written that begin so in mails of *node*, and in how many."""

    @abstractmethod
    def frequencies(self, text: str) -> dict[str, tuple[int, int]]:
        """Return each word of *text*: how often it is there, and in how many mails."""

    @abstractmethod
    def stamps(self, first: int, last: int, most: int) -> dict[int, int]:
        """Return the stamps of entries of mails with ids in this range.

        An id that has several entries has the stamp -1. Of more than twice *most*
        entries some are left out.
        """

    @abstractmethod
    def size(self) -> int:
        """Return how many mails have an entry."""

    def state(self) -> IndexState:
        """Say whether the index can be searched."""
        try:
            current = self.generations.current()
            if current is not None and current.version == self.version:
                self.check()
                return IndexState.READY
        except IndexUnusable:
            current = None
            unusable = IndexState.BROKEN
        else:
            unusable = IndexState.OLD if current else IndexState.MISSING
        return IndexState.BUILDING if self.generations.building() else unusable

    @abstractmethod
    def check(self) -> None:
        """Open the index in use. Raises `IndexUnusable`."""

    # Writing; the caller of these holds the lock

    @abstractmethod
    def writer(
        self, generation: Generation, *, is_bulk: bool = False
    ) -> AbstractContextManager[Writer]:
        """Open the writer of a generation, which is made if its folder is empty."""

    def begin(self) -> Generation:
        """Begin a generation with the languages that the settings name now."""
        return self.generations.begin(self.version, Languages.of_settings())

    def current(self) -> Generation:
        """Return the generation in use. Raises `IndexUnusable`."""
        current = self.generations.current()
        if current is None:
            raise IndexUnusable("There is no index yet.")
        if current.version != self.version:
            raise IndexUnusable(f"The index is of {current.version}.")
        return current

    # Haystack's interface

    def update(self, index: Any, iterable: Iterable[Any], commit: bool = True) -> None:
        """Write the entries of these mails again."""
        ids = [email.pk for email in iterable]
        with self._writing() as (generation, writer):
            writer.remove(ids)
            writer.add(read_documents(ids, generation.languages))

    def remove(self, obj_or_string: Any, commit: bool = True) -> None:
        """Remove the entry of a mail, given as a row or as Haystack's id of it."""
        pk = getattr(obj_or_string, "pk", None)
        if pk is None:
            pk = int(str(obj_or_string).rpartition(".")[2])
        with self._writing() as (_generation, writer):
            writer.remove([pk])

    def clear(self, models: Collection[Any] | None = None, commit: bool = True) -> None:
        """Remove all entries; there is only one model."""
        with self._writing() as (_generation, writer):
            writer.remove_from(0)

    def search(self, query_string: Any, **kwargs: Any) -> dict[str, Any]:
        """Answer a SearchQuerySet: a query tree, never a string."""
        if not isinstance(query_string, SearchNode):
            raise TypeError("Raw queries are refused: they would be parsed.")
        offset = int(kwargs.get("start_offset") or 0)
        end = kwargs.get("end_offset")
        hits = self.find(
            query_string,
            sort=_sort(kwargs.get("sort_by") or ()),
            offset=offset,
            limit=MAX_LIMIT if end is None else int(end) - offset,
        )
        made = kwargs.get("result_class") or SearchResult
        results = [
            made("hyperkitty", "email", pk, score)
            for pk, score in zip(hits.email_ids, hits.scores, strict=True)
        ]
        return {"results": results, "hits": hits.count}

    def build_schema(self, fields: Any) -> tuple[str, list[Any]]:
        """Name the field that Haystack takes for the main one."""
        return "text", []

    @contextmanager
    def _writing(self) -> Iterator[tuple[Generation, Writer]]:
        with self.generations.lock(WRITE_TIMEOUT) as is_ours:
            if not is_ours:
                raise IndexUnusable("Another process is writing the index.")
            if self.generations.current() is None:
                self.generations.finish(self._empty())
            generation = self.current()
            with self.writer(generation) as writer:
                yield generation, writer
                writer.commit()

    def _empty(self) -> Generation:
        generation = self.begin()
        with self.writer(generation) as writer:
            writer.commit()
        return generation


class ArchiveQuery(BaseSearchQuery):
    """Hands the tree of a SearchQuerySet on as it is."""

    def __str__(self) -> str:
        return str(self.query_filter)

    def build_query(self) -> SearchNode:
        """Return the tree; nothing becomes a string that would be parsed."""
        return self.query_filter


def bounded(offset: int, limit: int) -> tuple[int, int]:
    """Return an offset and a limit that cannot exhaust memory."""
    return max(0, min(offset, MAX_OFFSET)), max(0, min(limit, MAX_LIMIT))


def _sort(fields: Sequence[str]) -> Sort:
    match list(fields)[:1]:
        case ["-date"]:
            return Sort.NEWEST
        case ["date"]:
            return Sort.OLDEST
        case _:
            return Sort.RELEVANCE
