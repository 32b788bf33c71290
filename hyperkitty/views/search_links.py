"""Where a search leads next: narrower, wider, in another order, as a feed or a file."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _

from hyperkitty.models import MailingList
from hyperkitty.search.dates import days
from hyperkitty.search.editing import with_part, without_filter, without_part
from hyperkitty.search.query import Dates, Exact, Field, Node, Query, Text
from hyperkitty.search.values import Sort
from hyperkitty.search.writing import serialize, write

SORTS = {"score": Sort.RELEVANCE, "date-desc": Sort.NEWEST, "date-asc": Sort.OLDEST}
#: Bars of the chart; a longer time is drawn by years.
MAX_BARS = 40
_NO_HOST = "@invalid"


@dataclass(frozen=True, slots=True)
class Link:
    """A search that is one click away."""

    label: str
    url: str
    count: int = 0
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A year or month of the chart."""

    label: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Search:
    """A search as its URL has it."""

    query: Query
    sort: str
    mlist: MailingList | None
    #: Whether the reader sees addresses masked, also in links.
    is_masked: bool

    @property
    def text(self) -> str:
        """The query as text."""
        return serialize(self.query, masked=self.is_masked)

    def url(self, view: str = "hk_search") -> str:
        """Return where this search is."""
        pairs = [("q", self.text)]
        if self.mlist is not None:
            pairs.append(("mlist", self.mlist.name))
        if self.sort != "score":
            pairs.append(("sort", self.sort))
        return f"{reverse(view)}?{urlencode(pairs)}"

    @property
    def feed(self) -> str:
        """Where the newest of its hits are as Atom."""
        return self.url("hk_search_feed")

    @property
    def mbox(self) -> str:
        """Where its first hits are as a file."""
        return self.url("hk_search_mbox")

    def narrowed(self, part: Node) -> str:
        """Return where the search is that asks for *part* too."""
        return replace(self, query=with_part(self.query, part)).url()

    @property
    def sorts(self) -> list[Link]:
        """The orders to choose from."""
        labels = (_("Best match"), _("Newest"), _("Oldest"))
        return [
            Link(label, replace(self, sort=name).url(), is_current=name == self.sort)
            for name, label in zip(SORTS, labels, strict=True)
        ]

    @property
    def filters(self) -> list[Link]:
        """The parts of the query that are no plain words; each link removes one."""
        found = [
            Link(
                write(part, masked=self.is_masked),
                replace(self, query=without_part(self.query, part)).url(),
            )
            for part in self.query.parts
            if not (isinstance(part, Text) and part.field is Field.ANY)
        ]
        found += [
            Link(
                f"is:{name}",
                replace(self, query=without_filter(self.query, name)).url(),
            )
            for name in sorted(self.query.reader_filters)
        ]
        if self.mlist is not None:
            found.insert(0, Link(self.mlist.title, replace(self, mlist=None).url()))
        return found

    @property
    def everywhere(self) -> str:
        """Where the same is sought in all lists."""
        return replace(self, mlist=None).url()

    def in_list(self, mlist: MailingList) -> str:
        """Return where the same is sought in one list."""
        return replace(self, mlist=mlist).url()

    def by(self, address: str, name: str) -> str:
        """Return where the mails of one author are sought."""
        if address.endswith(_NO_HOST):
            return self.narrowed(Text(Field.FROM, name, is_phrase=True))
        return self.narrowed(Exact("address", address))

    def years(self, months: Mapping[tuple[int, int], int]) -> list[Link]:
        """Return the years with hits, latest first, to narrow the search to one."""
        counts = _by_year(months)
        bars = [self._year(year, counts[year]) for year in sorted(counts, reverse=True)]
        return [Link(bar.label, bar.url, bar.count) for bar in bars]

    def bars(self, months: Mapping[tuple[int, int], int]) -> list[Bar]:
        """Return the chart of hits over time, also of months without; [] for one."""
        if len(months) < 2:
            return []
        first, last = min(months), max(months)
        span = 12 * (last[0] - first[0]) + last[1] - first[1] + 1
        if span <= MAX_BARS:
            return [self._month(first, at, months) for at in range(span)]
        years = _by_year(months)
        latest = range(max(first[0], last[0] - MAX_BARS + 1), last[0] + 1)
        return [self._year(year, years.get(year, 0)) for year in latest]

    def _month(
        self, first: tuple[int, int], at: int, months: Mapping[tuple[int, int], int]
    ) -> Bar:
        years, month = divmod(first[1] - 1 + at, 12)
        start = date(first[0] + years, month + 1, 1)
        label = formats.date_format(start, "YEAR_MONTH_FORMAT")
        stop = start + timedelta(days=monthrange(start.year, start.month)[1])
        count = months.get((start.year, start.month), 0)
        return Bar(label, count, self._between(start, stop, f"{start:%Y-%m}"))

    def _year(self, year: int, count: int) -> Bar:
        bounds = date(year, 1, 1), date(year + 1, 1, 1)
        return Bar(str(year), count, self._between(*bounds, f"{year:04}"))

    def _between(self, start: date, stop: date, typed: str) -> str:
        span = days(start, stop)
        return self.narrowed(Dates(span.start, span.end, typed=f"date:{typed}"))


def _by_year(months: Mapping[tuple[int, int], int]) -> dict[int, int]:
    years: dict[int, int] = {}
    for (year, _month), count in months.items():
        years[year] = years.get(year, 0) + count
    return years
