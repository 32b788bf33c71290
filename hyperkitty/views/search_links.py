"""Where a search leads next: narrower, wider, in another order, as a feed or a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _

from hyperkitty.models import MailingList
from hyperkitty.search.editing import with_part, without_filter, without_part
from hyperkitty.search.query import Dates, Exact, Field, Node, Query, Text
from hyperkitty.search.values import Sort
from hyperkitty.search.writing import serialize, write

SORTS = {"score": Sort.RELEVANCE, "date-desc": Sort.NEWEST, "date-asc": Sort.OLDEST}
#: Bars of the chart; a longer time is drawn by years.
MAX_BARS = 40
_NO_HOST = "@invalid"
#: Stands for a date while a query is written; nobody can type it.
_PLACE = "\x00"


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
        return self._url_of(self.text, reverse(view))

    def _url_of(self, text: str, path: str) -> str:
        pairs = [("q", text)]
        if self.mlist is not None:
            pairs.append(("mlist", self.mlist.name))
        if self.sort != "score":
            pairs.append(("sort", self.sort))
        return f"{path}?{urlencode(pairs)}"

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
        at = self._by_date()
        years = sorted(counts, reverse=True)
        return [Link(str(year), at(f"{year:04}"), counts[year]) for year in years]

    def bars(self, months: Mapping[tuple[int, int], int]) -> list[Bar]:
        """Return the chart of hits over time, also of months without; [] for one."""
        if len(months) < 2:
            return []
        first, last = min(months), max(months)
        span = 12 * (last[0] - first[0]) + last[1] - first[1] + 1
        at = self._by_date()
        if span <= MAX_BARS:
            return [_month(first, place, months, at) for place in range(span)]
        years = _by_year(months)
        latest = range(max(first[0], last[0] - MAX_BARS + 1), last[0] + 1)
        return [Bar(str(y), years.get(y, 0), at(f"{y:04}")) for y in latest]

    def _by_date(self) -> Callable[[str], str]:
        """Return what gives the search in a year or month, instead of its dates.

        A page links many: what is the same in all of them is written once.
        """
        query = with_part(self.query, Dates(None, None, typed=_PLACE))
        text = serialize(query, masked=self.is_masked)
        path = reverse("hk_search")
        return lambda date: self._url_of(text.replace(_PLACE, f"date:{date}"), path)


def _month(
    first: tuple[int, int],
    place: int,
    months: Mapping[tuple[int, int], int],
    at: Callable[[str], str],
) -> Bar:
    years, month = divmod(first[1] - 1 + place, 12)
    day = date(first[0] + years, month + 1, 1)
    label = formats.date_format(day, "YEAR_MONTH_FORMAT")
    count = months.get((day.year, day.month), 0)
    return Bar(label, count, at(f"{day:%Y-%m}"))


def _by_year(months: Mapping[tuple[int, int], int]) -> dict[int, int]:
    years: dict[int, int] = {}
    for (year, _month), count in months.items():
        years[year] = years.get(year, 0) + count
    return years
