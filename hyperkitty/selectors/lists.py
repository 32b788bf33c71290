"""What the index of lists and the overview of a list show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from enum import StrEnum

from django.db.models import (
    Count,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, TruncMonth
from django.utils import timezone

from hyperkitty.models import ListActivity, MailingList

from .periods import RECENT

WEEKS = 26


class ListSort(StrEnum):
    """Orders of the index; the names stand in URLs."""

    POPULAR = "popular"
    ACTIVE = "active"
    NAME = "name"
    CREATION = "creation"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A list on the index, with its mails of the last weeks, oldest week first."""

    mlist: MailingList
    weeks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a list's calendar."""

    first_day: date
    emails_count: int
    level: int  # 0 for none, 1 to 4 by how the month compares with the busiest


@dataclass(frozen=True, slots=True)
class Year:
    """Twelve months of a list's calendar."""

    year: int
    emails_count: int
    months: tuple[Month, ...]


def lists_version(lists: QuerySet[MailingList]) -> tuple[object, ...]:
    """Return what changes whenever an index of *lists* does. One query."""
    found = lists.order_by().aggregate(
        count=Count("pk"),
        revisions=Sum("revision"),
        changed=Max("changed_at"),
        newest=Max("pk"),
    )
    return tuple(found.values())


def matching_lists(lists: QuerySet[MailingList], text: str) -> QuerySet[MailingList]:
    """Keep the lists with *text* in their address or their name."""
    return lists.filter(Q(name__icontains=text) | Q(display_name__icontains=text))


def sorted_lists(lists: QuerySet[MailingList], sort: ListSort) -> QuerySet[MailingList]:
    """Order *lists* for the index; equal ones by name."""
    match sort:
        case ListSort.POPULAR:
            return lists.annotate(recent=_recent_mails()).order_by("-recent", "name")
        case ListSort.ACTIVE:
            return lists.order_by(F("last_date").desc(nulls_last=True), "name")
        case ListSort.CREATION:
            return lists.order_by("-created_at", "name")
        case ListSort.NAME:
            return lists.order_by("name")


def with_activity(lists: Iterable[MailingList], today: date) -> list[ListEntry]:
    """Return *lists* with their mails per week up to *today*. One query."""
    lists = list(lists)
    first = today - timedelta(days=7 * WEEKS - 1)
    weeks = {mlist.pk: [0] * WEEKS for mlist in lists}
    rows = ListActivity.objects.filter(mlist__in=lists, day__range=(first, today))
    for mlist_id, day, count in rows.values_list("mlist_id", "day", "emails_count"):
        weeks[mlist_id][(day - first).days // 7] += count
    return [ListEntry(mlist, tuple(weeks[mlist.pk])) for mlist in lists]


def calendar(mlist: MailingList) -> list[Year]:
    """Return the years of *mlist*, latest first, whole even where empty. One query."""
    rows = (
        ListActivity.objects.filter(mlist=mlist, emails_count__gt=0)
        .annotate(month=TruncMonth("day"))
        .values_list("month")
        .annotate(count=Sum("emails_count"))
        .order_by("month")
    )
    counts = {(month.year, month.month): count for month, count in rows}
    busiest = max(counts.values(), default=0)
    years = sorted({year for year, _month in counts}, reverse=True)
    return [_year(year, counts, busiest) for year in years]


def month_neighbors(
    mlist: MailingList, start: date, end: date
) -> tuple[date | None, date | None]:
    """Return the nearest days with mail before *start* and from *end* on. 2 queries."""
    busy = ListActivity.objects.filter(mlist=mlist, emails_count__gt=0)
    days = busy.values_list("day", flat=True)
    before = days.filter(day__lt=start).order_by("-day").first()
    after = days.filter(day__gte=end).order_by("day").first()
    return before, after


def _recent_mails() -> Coalesce:
    since = timezone.now().astimezone(UTC).date() - RECENT
    mine = ListActivity.objects.filter(mlist=OuterRef("pk"), day__gte=since)
    total = mine.values("mlist").annotate(total=Sum("emails_count")).values("total")
    return Coalesce(Subquery(total), Value(0))


def _year(year: int, counts: dict[tuple[int, int], int], busiest: int) -> Year:
    months = tuple(
        Month(date(year, month, 1), count, -(-4 * count // busiest))
        for month in range(1, 13)
        for count in [counts.get((year, month), 0)]
    )
    return Year(year, sum(month.emails_count for month in months), months)
