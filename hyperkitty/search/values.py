"""What a search gives back, and how an index is doing; no engine and no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Sort(StrEnum):
    """In which order hits come."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


class IndexState(StrEnum):
    """Whether the index can be searched, and if not, why."""

    READY = "ready"
    BUILDING = "building"  # and nothing older can be searched meanwhile
    MISSING = "missing"
    BROKEN = "broken"
    OLD = "old"  # made by a release that wrote it in another way


@dataclass(frozen=True, slots=True)
class Supports:
    """What an engine has beyond words, fields, dates, order and the reader's lists."""

    facets: bool = False
    corrections: bool = False
    completions: bool = False
    similar: bool = False


@dataclass(frozen=True, slots=True)
class Facets:
    """How many of all hits have what; a filter more would leave that many."""

    #: By id of the list's row, most hits first.
    lists: Mapping[int, int] = field(default_factory=dict)
    #: Id of the sender's row and count, most hits first; the best few.
    authors: tuple[tuple[int, int], ...] = ()
    #: By year and month in UTC, in order of time.
    months: Mapping[tuple[int, int], int] = field(default_factory=dict)
    #: "attachment", "patch", "html", "starter", "reply".
    marks: Mapping[str, int] = field(default_factory=dict)

    @property
    def years(self) -> dict[int, int]:
        """Hits by year in UTC, in order of time."""
        years: dict[int, int] = {}
        for (year, _month), count in self.months.items():
            years[year] = years.get(year, 0) + count
        return years


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits. Ids are those of `Email` rows; the database has the last word."""

    email_ids: tuple[int, ...] = ()
    count: int = 0
    #: False if there may be more than *count*.
    is_exact: bool = True
    facets: Facets | None = None
    state: IndexState = IndexState.READY
    supports: Supports = Supports()
