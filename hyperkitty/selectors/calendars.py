"""The calendar of a list: its months with mail, and where the next ones are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from hyperkitty.models import ListActivity, MailingList

from .periods import Period, days_of


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


def days(mlist: MailingList, period: Period) -> list[tuple[date, int]]:
    """Return the mails of each day of a period that has an end. One query."""
    if period.first is None or period.end is None:
        raise ValueError("All time has too many days.")
    counts = dict(days_of(mlist, period).values_list("day", "emails_count"))
    found = (period.first + timedelta(days=n) for n in range(period.days))
    return [(day, counts.get(day, 0)) for day in found]


def month_neighbors(
    mlist: MailingList, start: date, end: date
) -> tuple[date | None, date | None]:
    """Return the nearest days with mail before *start* and from *end* on. 2 queries."""
    busy = ListActivity.objects.filter(mlist=mlist, emails_count__gt=0)
    days = busy.values_list("day", flat=True)
    before = days.filter(day__lt=start).order_by("-day").first()
    after = days.filter(day__gte=end).order_by("day").first()
    return before, after


def _year(year: int, counts: dict[tuple[int, int], int], busiest: int) -> Year:
    months = tuple(
        Month(date(year, month, 1), count, -(-4 * count // busiest))
        for month in range(1, 13)
        for count in [counts.get((year, month), 0)]
    )
    return Year(year, sum(month.emails_count for month in months), months)
